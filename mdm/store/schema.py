"""The schema's versions: which one is there, which one is needed, and the way up. Migrations travel inside the
package.
"""

from __future__ import annotations

import re
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.dialects.postgresql import insert

from mdm.errors import DatabaseUnavailable
from mdm.store.tables import SCHEMA, setting

_MIGRATIONS = Path(__file__).parent / "migrations"
_UPGRADE_LOCK = 0x6D64_6D00_0001  # "mdm", then the number of the lock
DATABASE_ID = "database_id"


def needed_version() -> str:
    """The schema this code works with: the newest migration's number."""
    return max(_known_versions())


def schema_version(connection: sa.Connection) -> str | None:
    """The schema the database has; None when it has none."""
    known = sa.inspect(connection).has_table("alembic_version", schema=SCHEMA)
    if not known:
        return None
    version = connection.scalar(
        sa.select(sa.column("version_num")).select_from(sa.table("alembic_version", schema=SCHEMA))
    )
    return None if version is None else str(version)


def check_version(connection: sa.Connection) -> None:
    """DatabaseUnavailable, naming both versions and the command, unless the database has the schema we need."""
    there, needed = schema_version(connection), needed_version()
    if there == needed:
        return
    _check_origin(connection, there)
    if there is None:
        raise DatabaseUnavailable(f"the database has no schema yet and {needed} is needed: run `mdm init`")
    raise DatabaseUnavailable(f"the database has schema {there} and {needed} is needed: run `mdm db upgrade`")


def _check_origin(connection: sa.Connection, there: str | None) -> None:
    """DatabaseUnavailable when what stands in the schema is not known to be ours: nothing is to be built on it."""
    if there is not None and there not in _known_versions():
        raise DatabaseUnavailable(
            f"the database has schema version {there}, which this program does not know (it needs {needed_version()}): "
            "made by a newer version of mdm, then install that one; or by another program, then use another database"
        )
    if there is None and (tables := set(sa.inspect(connection).get_table_names(schema=SCHEMA)) - {"alembic_version"}):
        raise DatabaseUnavailable(
            f"the schema {SCHEMA} of the database has {len(tables)} tables and no version in {SCHEMA}.alembic_version: "
            "if they are ours, bring a backup back (`mdm db restore FILE --replace`); if another program's, "
            "use another database"
        )


def upgrade(engine: sa.Engine) -> tuple[str | None, str]:
    """Brings the schema up to date in one transaction; answers (version before, version after). Doing it twice is
    harmless.

    DatabaseUnavailable when what is there is newer than we are, or not ours.
    """
    with engine.begin() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_UPGRADE_LOCK)))
        before, needed = schema_version(connection), needed_version()
        _check_origin(connection, before)
        if before != needed:
            if not sa.inspect(connection).has_schema(
                SCHEMA
            ):  # CREATE ... IF NOT EXISTS asks for the right all the same
                connection.execute(sa.schema.CreateSchema(SCHEMA))
            command.upgrade(_config(connection), "head")
        identity = insert(setting).values(key=DATABASE_ID, value=str(uuid4())).on_conflict_do_nothing()
        connection.execute(identity)
        return before, needed


def downgrade(engine: sa.Engine, version: str) -> None:
    """Takes the schema down to ``version`` (``base``: nothing is left). Loses what newer tables and columns hold."""
    with engine.begin() as connection:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_UPGRADE_LOCK)))
        command.downgrade(_config(connection), version)


def _config(connection: sa.Connection) -> Config:
    config = Config()  # no ini file: nothing is read from the working directory
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _known_versions() -> frozenset[str]:
    found = (re.match(r"(\d{4})_\w+\.py$", file.name) for file in (_MIGRATIONS / "versions").iterdir())
    return frozenset(match[1] for match in found if match)
