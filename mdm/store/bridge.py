"""The bridge between PostgreSQL and DuckDB: Arrow streams out, CSV streams in; memory does not grow with the data.

Measured for a million rows of about 500 bytes (2 cores, fsync on): see ``mdm/decisions`` and ``make benchmark``.

Types that travel out (PostgreSQL -> DuckDB): text, bool, integers, double (with NaN and infinities), date,
timestamptz, uuid, json and jsonb (as JSON), arrays (as lists). ``numeric`` arrives as VARCHAR: cast it in the SELECT.
Types that travel in: all of these; lists go into array columns, and lists, structs and maps into json columns.
NULL and '' stay two things both ways.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import sqlalchemy as sa
from adbc_driver_postgresql import dbapi as adbc
from psycopg import sql as pgsql
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from mdm.errors import MdmError
from mdm.processes import is_alive
from mdm.settings import Settings, writable_scratch
from mdm.store.engine import SESSION, Store
from mdm.store.failures import database_errors, unavailable
from mdm.store.indexes import is_filled_at_once

BATCH_BYTES = 4 << 20  # measured: 1 to 4 MB is fastest and adds 150 MB; the driver's own 16 MB adds 280 MB
PIPE_BYTES = 1 << 20
_SET_PIPE_SIZE = getattr(fcntl, "F_SETPIPE_SZ", None)  # Linux only; elsewhere the pipe stays small

# A list as PostgreSQL's array literal: every element quoted, so that NULL the word and NULL the thing stay apart.
_ARRAY_LITERAL = r"""
'{' || array_to_string(list_transform(#, lambda x: CASE WHEN x IS NULL THEN 'NULL'
    ELSE '"' || replace(replace(CAST(x AS VARCHAR), '\', '\\'), '"', '\"') || '"' END), ',') || '}'
"""


class BridgeError(MdmError):
    """A SELECT on either side of the bridge failed; the message shows no values."""


def open_duckdb(settings: Settings) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB within our limits, spilling below ``MDM_HOME/tmp``, in UTC. Use one ``cursor()`` per
    thread. RefusedInput when nothing can be written there.
    """
    scratch = writable_scratch(settings)
    _remove_orphans(scratch)
    spill = scratch / f"duckdb-{os.getpid()}-{secrets.token_hex(4)}"  # DuckDB makes it when needed and removes it
    connection = duckdb.connect(
        config={"threads": settings.threads, "memory_limit": settings.memory_limit, "temp_directory": str(spill)}
    )
    connection.execute("SET TimeZone = 'UTC'").fetchall()
    with contextlib.suppress(
        duckdb.Error
    ):  # it would write into --json; notebooks without ipywidgets refuse the setting
        connection.execute("SET enable_progress_bar = false").fetchall()
    return connection


def _remove_orphans(scratch: Path) -> None:
    """Spill folders of processes that were killed."""
    for folder in scratch.glob("duckdb-*-*"):
        pid = folder.name.split("-")[1]
        if pid.isdigit() and not is_alive(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Reader:
    """One connection for many reads, by one thread at a time. Each SELECT sees what is committed when it begins."""

    connection: adbc.Connection = field(repr=False)

    def read(
        self,
        *,
        sql: str | sa.Executable,
        duck: duckdb.DuckDBPyConnection,
        name: str,
        params: Mapping[str, Any] | None = None,
    ) -> int:
        """Streams a SELECT of PostgreSQL into the DuckDB table ``name`` (made anew); answers the number of rows.

        ``sql`` is the text of a ``.sql`` file with ``:name`` parameters, or a SQLAlchemy statement. Lists among
        ``params`` are arrays: write ``= any(CAST(:ids AS bigint[]))``. Without the cast their type follows their
        values, and PostgreSQL compares another integer type row by row.
        """
        statement = _literal_sql(sql, params or {})
        with database_errors(), _without_values(), self.connection.cursor() as cursor:
            cursor.adbc_statement.set_options(**{"adbc.postgresql.batch_size_hint_bytes": str(BATCH_BYTES)})
            cursor.execute(statement)
            stream = cursor.fetch_record_batch()
            view = f"stream_{secrets.token_hex(6)}"
            duck.register(view, stream)
            try:
                made = duck.execute(
                    " ".join(("CREATE OR REPLACE TABLE", quoted(name), "AS SELECT * FROM", view))
                ).fetchall()
            except duckdb.Error as error:
                if f"'{view}' failed" not in str(error):
                    raise
                # DuckDB met the server's error in the middle of the stream, and quotes it: only its kind passes
                with self.connection.cursor() as asking:
                    asking.execute("select 1")
                raise BridgeError("PostgreSQL broke off a SELECT of ours") from None
            finally:
                duck.unregister(view)
        return int(made[0][0])


@contextlib.contextmanager
def open_reader(store: Store) -> Iterator[Reader]:
    """A connection of its own, kept for the reads of a run: connecting for each costs more than a small SELECT."""
    with database_errors(), _without_values():
        # autocommit: in a transaction of the driver's, open from the first SELECT on, vacuum would wait for the run
        connection = adbc.connect(store.url, autocommit=True)
    with connection:
        with database_errors(), _without_values(), connection.cursor() as cursor:
            for command in SESSION:
                cursor.execute(command)
        yield Reader(connection)


def read_table(
    store: Store,
    *,
    sql: str | sa.Executable,
    duck: duckdb.DuckDBPyConnection,
    name: str,
    params: Mapping[str, Any] | None = None,
) -> int:
    """One ``Reader.read`` on a connection of its own."""
    with open_reader(store) as reader:
        return reader.read(sql=sql, duck=duck, name=name, params=params)


@contextlib.contextmanager
def _without_values() -> Iterator[None]:
    """The driver's errors quote the statement, and with it personal data: only the SQLSTATE passes."""
    try:
        yield
    except adbc.Error as error:
        if unavailable(error) is not None:
            raise
        raise BridgeError(f"PostgreSQL refused a SELECT of ours: SQLSTATE {error.sqlstate or 'unknown'}") from None


def copy_into(
    connection: sa.Connection,
    *,
    duck: duckdb.DuckDBPyConnection,
    select: str,
    table: sa.Table,
    columns: Sequence[str],
) -> int:
    """Streams a DuckDB SELECT into a PostgreSQL table by COPY, inside the caller's transaction; answers the number of
    rows.

    ``columns`` name the target columns in the order of the SELECT's. BridgeError when DuckDB fails, psycopg's error
    when PostgreSQL refuses a row; the caller's transaction is then to be rolled back. ``duck`` is busy until this
    returns.
    """
    export = _export_sql(duck, select=select, table=table, columns=columns)
    target = pgsql.SQL("copy {}.{} ({}) from stdin (format csv{})").format(
        pgsql.Identifier(table.schema or "public"),
        pgsql.Identifier(table.name),
        pgsql.SQL(", ").join(map(pgsql.Identifier, columns)),
        pgsql.SQL(", freeze" if is_filled_at_once(connection, table) else ""),
    )
    raw = connection.connection.driver_connection
    if not isinstance(raw, psycopg.Connection):
        raise TypeError("the bridge needs a psycopg connection")
    with database_errors(), raw.cursor() as cursor:
        with cursor.copy(target) as copy, _csv_stream(duck, export) as blocks:
            for block in blocks:
                copy.write(block)
        return cursor.rowcount


def quoted(name: str) -> str:
    """An identifier for DuckDB's SQL."""
    return '"' + name.replace('"', '""') + '"'


def _literal_sql(sql: str | sa.Executable, params: Mapping[str, Any]) -> str:
    """The statement with its parameters written in as literals: the driver streams only statements without parameters.

    psycopg quotes them as libpq does for UTF8 and standard strings, which every Store has.
    """
    statement = sa.text(sql) if isinstance(sql, str) else sql
    if not isinstance(statement, sa.ClauseElement):
        raise TypeError("sql is text or a SQLAlchemy statement")
    dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    values = compiled.construct_params(dict(params)) or {}
    literals = {name: pgsql.Literal(value).as_string(None) for name, value in values.items()}
    return str(compiled) % literals


def _export_sql(duck: duckdb.DuckDBPyConnection, *, select: str, table: sa.Table, columns: Sequence[str]) -> str:
    """The SELECT with every column in a form PostgreSQL's CSV reader takes for the target column."""
    if unknown := [name for name in columns if name not in table.c]:
        raise ValueError(f"{table.name} has no column {', '.join(unknown)}")
    described = duck.execute("DESCRIBE " + select).fetchall()
    if len(described) != len(columns):
        raise ValueError(f"{len(described)} columns selected for the {len(columns)} of {table.name}")
    places = [f"c{i}" for i in range(len(columns))]
    forms = [
        _form(place, str(kind[1]), table.c[column].type)
        for place, kind, column in zip(places, described, columns, strict=True)
    ]
    return f"SELECT {', '.join(forms)} FROM ({select}) AS given({', '.join(places)})"  # noqa: S608  generated names


def _form(place: str, kind: str, target: sa.types.TypeEngine[Any]) -> str:
    if kind == "BLOB":
        return rf"'\x' || hex({place})"
    if kind.endswith("]") and isinstance(target, sa.types.ARRAY):
        return _ARRAY_LITERAL.replace("#", place)
    if kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION")):
        return f"to_json({place})"
    return place


@contextlib.contextmanager
def _csv_stream(duck: duckdb.DuckDBPyConnection, select: str) -> Iterator[Iterator[bytes]]:
    """The rows of a DuckDB SELECT as blocks of CSV, through a pipe that DuckDB fills in a thread of its own.

    DuckDB writes NULL as nothing and '' as "", which is how PostgreSQL tells them apart. A single column is always
    quoted, as PostgreSQL before 18 takes a line ``\\.`` for the end of the data.
    """
    reading, writing = os.pipe()
    if _SET_PIPE_SIZE is not None:
        with contextlib.suppress(OSError):  # limited by /proc/sys/fs/pipe-max-size
            fcntl.fcntl(writing, _SET_PIPE_SIZE, PIPE_BYTES)
    failures: list[BaseException] = []

    def fill() -> None:
        options = "FORMAT csv, HEADER false, NULLSTR '', FORCE_QUOTE (#), USE_TMP_FILE false, PRESERVE_ORDER false"
        single = select.startswith("SELECT c0 FROM")
        options = options.replace("#", "c0") if single else options.replace("FORCE_QUOTE (#), ", "")
        try:
            duck.execute(f"COPY ({select}) TO '/dev/fd/{writing}' ({options})").fetchall()
        except BaseException as error:
            failures.append(error)
        finally:
            os.close(writing)

    thread = threading.Thread(target=fill, name="mdm-copy", daemon=True)
    thread.start()
    try:
        yield _blocks(reading, failures)
    except BaseException:
        duck.interrupt()
        raise
    finally:
        os.close(reading)  # DuckDB, still writing, then fails at once
        thread.join()


def _blocks(reading: int, failures: list[BaseException]) -> Iterator[bytes]:
    while block := os.read(reading, PIPE_BYTES):
        yield block
    if failures:
        raise BridgeError(f"DuckDB could not export rows: {type(failures[0]).__name__}") from failures[0]
