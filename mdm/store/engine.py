"""The open store: one PostgreSQL, embedded or the user's own, with a schema this version can use.

Grants a server of the user's needs: a database in UTF8, PostgreSQL 15 or later, and one role that owns the schema
``mdm`` in it (``CREATE SCHEMA mdm AUTHORIZATION <role>``, or ``GRANT CREATE ON DATABASE <database> TO <role>`` so that
``mdm init`` makes it). Nothing else: no superuser, no extension, no CREATEDB unless ``mdm init`` is to create the
database as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from mdm.errors import DatabaseUnavailable
from mdm.settings import Settings
from mdm.store import schema
from mdm.store.embedded import EmbeddedServer, state_exists
from mdm.store.failures import database_errors

DATABASE = "mdm"
OLDEST_SERVER = 150000
SESSION = ("set timezone = 'UTC'", "set search_path = public")  # whatever the role or the URL says; we name our schema
_INIT_FIRST = "run `mdm init` first"


@dataclass(frozen=True)
class Store:
    """An open database. ``url`` is for libpq and ADBC and may hold a password: it is never shown."""

    settings: Settings
    engine: sa.Engine = field(repr=False)
    url: str = field(repr=False)

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """One transaction: committed at the end, rolled back by an exception. DatabaseUnavailable when the server
        fails.
        """
        with database_errors(), self.engine.begin() as connection:
            yield connection


@contextmanager
def open_store(settings: Settings, *, create: bool = False) -> Iterator[Store]:
    """The store, checked: starts the embedded server when needed, refuses a schema this version cannot use.

    With ``create`` (``mdm init``) a missing database is made and its schema brought up to this version.
    DatabaseUnavailable says what is wrong and which command mends it.
    """
    with open_any_store(settings, create=create) as store:
        with database_errors():
            if create:
                schema.upgrade(store.engine)
            with store.engine.connect() as connection:
                schema.check_version(connection)
        yield store


@contextmanager
def open_any_store(settings: Settings, *, create: bool = False) -> Iterator[Store]:
    """The store whatever its schema: for upgrade, backup and restore."""
    with ExitStack() as held:
        if settings.database_url is not None:
            url = settings.database_url.get_secret_value()
            maintenance = make_conninfo(url, dbname="postgres")
        else:
            if not create and not state_exists(settings):
                raise DatabaseUnavailable(f"there is no database in {settings.home} yet: {_INIT_FIRST}")
            server = EmbeddedServer(settings)
            server.attach()
            held.callback(server.detach)
            url, maintenance = server.url(DATABASE), server.url("postgres")
        with database_errors():
            _find_database(url, maintenance, shown=settings.database_shown, create=create)
        engine = engine_of(url)
        held.callback(engine.dispose)
        yield Store(settings=settings, engine=engine, url=url)


def engine_of(url: str) -> sa.Engine:
    """An engine for a libpq URL. Parameters never appear in its errors or logs: they are personal data."""

    def connect() -> psycopg.Connection[Any]:
        connection = psycopg.connect(url, application_name="mdm", client_encoding="utf8")
        connection.execute("; ".join(SESSION))
        connection.commit()
        return connection

    return sa.create_engine(
        "postgresql+psycopg://", creator=connect, pool_pre_ping=True, pool_size=5, max_overflow=10, hide_parameters=True
    )


def _find_database(url: str, maintenance: str, *, shown: str, create: bool) -> None:
    """Connects once to see that the database is there, new enough and UTF8; makes it when asked and missing."""
    name = str(conninfo_to_dict(url).get("dbname") or DATABASE)
    try:
        connection = psycopg.connect(url, connect_timeout=10)
    except psycopg.OperationalError as error:
        if not _is_missing(maintenance, name):
            raise _unreachable(shown, error) from None
        if not create:
            raise DatabaseUnavailable(f"{shown} has no database {name} yet: {_INIT_FIRST}") from None
        _create_database(maintenance, name, shown)
        connection = psycopg.connect(url, connect_timeout=10)
    with connection:
        if connection.info.server_version < OLDEST_SERVER:
            version = connection.info.server_version // 10000
            raise DatabaseUnavailable(f"{shown} is PostgreSQL {version}; 15 or later is needed")
        if (encoding := connection.info.parameter_status("server_encoding")) != "UTF8":
            raise DatabaseUnavailable(f"the database {name} of {shown} is encoded in {encoding}; UTF8 is needed")


def _unreachable(shown: str, error: Exception) -> DatabaseUnavailable:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return DatabaseUnavailable(f"the database cannot be reached ({shown}): {lines[0] if lines else 'no answer'}")


def _is_missing(maintenance: str, name: str) -> bool:
    """Whether the server answers and has no database of that name. False when it cannot be asked."""
    try:
        with psycopg.connect(maintenance, connect_timeout=10) as connection:
            found = connection.execute("select 1 from pg_catalog.pg_database where datname = %s", [name])
            return found.fetchone() is None
    except psycopg.OperationalError:
        return False


def _create_database(maintenance: str, name: str, shown: str) -> None:
    statement = sql.SQL("create database {} template template0 encoding 'UTF8'").format(sql.Identifier(name))
    try:
        with psycopg.connect(maintenance, autocommit=True) as connection:
            connection.execute(statement)
    except psycopg.errors.DuplicateDatabase:
        return  # another process was faster
    except psycopg.errors.InsufficientPrivilege:
        raise DatabaseUnavailable(
            f"{shown} has no database {name} and this role may not create it: create it (encoding UTF8) and try again"
        ) from None
