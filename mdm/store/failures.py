"""Failures of the database in one clear line: what is down, full or closed becomes DatabaseUnavailable (exit code
4).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import sqlalchemy as sa
from adbc_driver_manager import dbapi as adbc

from mdm.errors import DatabaseUnavailable

# SQLSTATE classes and codes that say the server or our place on it, not the statement, is at fault (PostgreSQL
# documentation, appendix A)
_UNAVAILABLE = {
    "53100": "the disk of the database is full",
    "53200": "the database is out of memory",
    "53300": "the database takes no more connections",
    "57P01": "the database was stopped",
    "57P02": "the database stopped after a crash; try again",
    "57P03": "the database is starting or stopping; try again",
    "57P04": "the database was dropped",
    "25006": "the database takes reads only",
    "42501": "the database refuses this role: it must own the schema mdm, or have CREATE on the database to make it",
}
_UNAVAILABLE_CLASSES = {
    "08": "the connection to the database failed",
    "53": "the database lacks resources",
    "58": "the database failed",
}

_SERVER = (
    psycopg.OperationalError,
    psycopg.InternalError,
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.InsufficientPrivilege,
)


@contextmanager
def database_errors() -> Iterator[None]:
    """Turns what psycopg, SQLAlchemy and ADBC raise for a server that is down, full or closed to us into
    DatabaseUnavailable.

    Errors of a statement (a broken constraint, a deadlock, a cancelled query) pass unchanged.
    """
    try:
        yield
    except (psycopg.Error, sa.exc.DBAPIError, adbc.Error) as error:
        said = unavailable(error)
        if said is None:
            raise
        raise DatabaseUnavailable(said) from None


def unavailable(error: BaseException) -> str | None:
    """One line when the database cannot serve; None when the statement is at fault."""
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) and error.orig is not None else error
    if isinstance(cause, adbc.Error):
        return _adbc(cause)
    if not isinstance(cause, _SERVER):
        return None
    state = cause.sqlstate
    if state is None:  # libpq's own: refused, lost, no such socket
        return f"the database cannot be reached: {_first_line(str(cause))}"
    said = _UNAVAILABLE.get(state) or _UNAVAILABLE_CLASSES.get(state[:2])
    return f"{said} ({_first_line(cause.diag.message_primary or state)})" if said else None


def describe(error: BaseException) -> str:
    """A database error in words fit for logs: never its DETAIL nor a quoted value, which are personal data."""
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) and error.orig is not None else error
    if said := unavailable(error):
        return said
    if not isinstance(cause, psycopg.Error):
        return type(cause).__name__
    where = [part for part in (cause.diag.table_name, cause.diag.column_name, cause.diag.constraint_name) if part]
    kind = f"{type(cause).__name__} ({cause.sqlstate or 'no code'})"
    primary = (
        (cause.diag.message_primary or "").partition(":")[0]
        if (cause.sqlstate or "").startswith("22")
        else (cause.diag.message_primary or "")
    )
    return ": ".join(part for part in (kind, primary, " / ".join(where)) if part)


def _adbc(error: adbc.Error) -> str | None:
    state = error.sqlstate or ""
    if state and state != "00000":
        said = _UNAVAILABLE.get(state) or _UNAVAILABLE_CLASSES.get(state[:2])
        return f"{said} ({state})" if said else None
    if "onnect" in str(error) or "server closed" in str(error):
        return f"the database cannot be reached: {_first_line(str(error))}"
    return None


def _first_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[0] if lines else "no message"
