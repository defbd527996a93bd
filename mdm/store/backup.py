"""Backup and restore of the whole store as one file, by pg_dump and pg_restore of the binaries found."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import sqlalchemy as sa
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from mdm.errors import DatabaseUnavailable, MdmError, NotFound, RefusedInput
from mdm.settings import Settings
from mdm.store.embedded import find_binaries
from mdm.store.engine import Store
from mdm.store.failures import database_errors
from mdm.store.locks import hold_run_lock
from mdm.store.schema import schema_version
from mdm.store.tables import SCHEMA, metadata, setting

_ASIDE = "mdm_before_restore"


def backup(store: Store, file: Path) -> int:
    """Writes the store to ``file`` (pg_dump's custom format, mode 0600) and answers its size in bytes.

    One consistent moment; others may go on working. The file appears only when it is complete. It holds personal data.
    """
    if not file.parent.is_dir():
        raise RefusedInput(f"{file.parent} is not a folder")
    part = file.with_name(file.name + ".part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        _run(
            store, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--schema={SCHEMA}", f"--file={part}"
        )
        part.replace(file)
    except OSError as error:
        raise RefusedInput(f"{file} cannot be written: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
    return file.stat().st_size


def restore(store: Store, file: Path, *, replace: bool = False) -> str | None:
    """Brings a backup back, all or nothing, and answers the schema's version (older ones need ``mdm db upgrade`` then).

    RefusedInput when the database holds data and ``replace`` was not said, or when ``file`` is no backup. LockHeld
    while a run goes on.
    """
    if not file.is_file():
        raise NotFound(f"there is no file {file}")
    with open(file, "rb") as head:  # noqa: PTH123
        if head.read(5) != b"PGDMP":
            raise RefusedInput(f"{file} is not a backup made by `mdm db backup`")
    with hold_run_lock(store):
        _set_aside(store, file, replace=replace)
        try:
            _run(store, "pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction",
                 f"--dbname={_conninfo(store)}", str(file))  # fmt: skip
        except BaseException:
            _put_back(store)
            raise
        with store.begin() as connection:
            connection.execute(sa.schema.DropSchema(_ASIDE, cascade=True, if_exists=True))
            return schema_version(connection)


def _set_aside(store: Store, file: Path, *, replace: bool) -> None:
    """Renames the schema that is there, so that a failed restore can bring it back."""
    with store.begin() as connection:
        present = sa.inspect(connection).get_schema_names()
        if _ASIDE in present:  # an earlier restore was killed
            if SCHEMA in present:
                connection.execute(sa.schema.DropSchema(SCHEMA, cascade=True))
            connection.execute(_rename(_ASIDE, SCHEMA))
        elif SCHEMA not in present:
            return
        if not replace and _holds_data(connection):
            raise RefusedInput(f"the database holds data that {file.name} would replace: say --replace to do so")
        connection.execute(_rename(SCHEMA, _ASIDE))


def _put_back(store: Store) -> None:
    with store.begin() as connection:
        if _ASIDE in sa.inspect(connection).get_schema_names():
            connection.execute(sa.schema.DropSchema(SCHEMA, cascade=True, if_exists=True))
            connection.execute(_rename(_ASIDE, SCHEMA))


def _rename(old: str, new: str) -> sa.TextClause:
    return sa.text(f"alter schema {old} rename to {new}")  # both are constants of this module


def _holds_data(connection: sa.Connection) -> bool:
    present = set(sa.inspect(connection).get_table_names(schema=SCHEMA))
    tables = [table for table in metadata.sorted_tables if table.name in present and table is not setting]
    return any(connection.scalar(sa.select(sa.exists(sa.select(sa.literal(1)).select_from(table)))) for table in tables)


def _run(store: Store, program: str, *arguments: str) -> None:
    """Runs a client program against the store. The password travels in the environment, never in the command line."""
    tool = _tool(store.settings, program)
    parts = conninfo_to_dict(store.url)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    environment["LC_ALL"] = "C"
    if "password" in parts:
        environment["PGPASSWORD"] = str(parts["password"])
    if program == "pg_dump":
        arguments = (*arguments, f"--dbname={_conninfo(store)}")
    with database_errors():
        done = subprocess.run([tool, *arguments], capture_output=True, text=True, env=environment, check=False)  # noqa: S603
    if done.returncode:
        lines = (
            [line for line in done.stderr.splitlines() if "error:" in line]
            or done.stderr.splitlines()
            or ["no message"]
        )
        said = lines[0].partition("error: ")[2] or lines[0]
        if "connection to server" in said or "permission denied" in said:
            raise DatabaseUnavailable(f"{program}: {said}")
        raise MdmError(f"{program} failed: {said}")


def _conninfo(store: Store) -> str:
    parts = conninfo_to_dict(store.url)
    return make_conninfo("", **{name: value for name, value in parts.items() if name != "password"})


def _tool(settings: Settings, program: str) -> str:
    """The client program: of the server's own binaries, else the one on PATH."""
    binaries = find_binaries(settings)
    if binaries is not None and (binaries.folder / program).exists():
        return str(binaries.folder / program)
    found = shutil.which(program)
    if found is None:
        raise MdmError(
            f"{program} was not found: install PostgreSQL's client programs, or set MDM_PG_BIN to their folder"
        )
    return found
