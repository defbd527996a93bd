"""Locks that a killed process gives back: the run lock beside the ``run`` row, and ingest's lock per system and
object.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import sqlalchemy as sa

from mdm.errors import DatabaseUnavailable, LockHeld
from mdm.store.engine import Store
from mdm.store.failures import database_errors
from mdm.store.tables import run

RUN_LOCK = 0x6D64_6D00_0002  # "mdm", then the number of the lock; see schema.py for 1
AUDIT_LOCK = 0x6D64_6D00_0003

_IS_HELD = sa.text("""
select exists (
    select from pg_locks
    where locktype = 'advisory' and granted and objsubid = 1 and pid = pg_backend_pid()
      and database = (select oid from pg_database where datname = current_database())
      and (classid::bigint << 32) | objid::bigint = :key
)
""")


@dataclass(frozen=True)
class RunLock:
    """The lock of the one run that goes on. It belongs to a connection of its own and ends with it."""

    connection: sa.Connection

    def assert_held(self) -> None:
        """DatabaseUnavailable when the lock was lost with its connection: say it before publishing."""
        with database_errors():
            if not self.connection.scalar(_IS_HELD, {"key": RUN_LOCK}):
                raise DatabaseUnavailable("the run lock was lost with its connection; start the run again")


@contextmanager
def hold_run_lock(store: Store, *, wait: float = 0) -> Iterator[RunLock]:
    """Holds the run lock, which one process at a time can. LockHeld says which run has it, since when and where: at
    once, or after ``wait`` seconds in the queue for it.
    """
    with database_errors():
        connection = store.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    taken = False
    try:
        with database_errors():
            taken = bool(connection.scalar(sa.select(sa.func.pg_try_advisory_lock(RUN_LOCK))))
            if not taken and wait > 0:
                taken = _wait_for(connection, RUN_LOCK, seconds=wait)
            if not taken:
                raise LockHeld(_who_holds(connection))
        yield RunLock(connection)
    finally:
        if taken:  # a server under load ends a session late, and the next one asks at once
            with suppress(sa.exc.SQLAlchemyError):
                connection.scalar(sa.select(sa.func.pg_advisory_unlock(RUN_LOCK)))
        connection.invalidate()  # closes it: the lock goes with the session, whatever state it is in
        connection.close()


def hold_ingest_lock(connection: sa.Connection, *, system: str, object: str) -> None:
    """Waits until no other transaction takes in records of this system and object; freed when this transaction ends."""
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_key("ingest", system, object))))


def hold_audit_lock(connection: sa.Connection) -> None:
    """Waits until no other transaction appends to the audit trail; freed when this transaction ends."""
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(AUDIT_LOCK)))


def run_goes_on(connection: sa.Connection) -> bool:
    """Whether some process holds the run lock now. A ``run`` row that says running while nobody does was
    interrupted.
    """
    free = connection.scalar(sa.select(sa.func.pg_try_advisory_xact_lock_shared(RUN_LOCK)))
    return not free


def _wait_for(connection: sa.Connection, key: int, *, seconds: float) -> bool:
    """In the server's own queue, so that nobody is overtaken."""
    connection.execute(sa.select(sa.func.set_config("lock_timeout", f"{max(1, round(seconds * 1000))}ms", False)))
    try:
        connection.execute(sa.select(sa.func.pg_advisory_lock(key)))
    except sa.exc.OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != "55P03":  # lock_not_available
            raise
        return False
    return True


def _key(*parts: str) -> sa.ColumnElement[int]:
    return sa.func.hashtextextended("\x1f".join(("mdm", *parts)), 0, type_=sa.BigInteger)


def _who_holds(connection: sa.Connection) -> str:
    running = (
        sa.select(run.c.run_id, run.c.kind, run.c.stage, run.c.actor, run.c.started_at, run.c.host, run.c.pid)
        .where(run.c.state == "running")
        .order_by(run.c.started_at.desc(), run.c.run_id)
        .limit(1)
    )
    row = connection.execute(running).one_or_none()
    if row is None:
        return "another run has just begun; try again later"
    at = f", at stage {row.stage}" if row.stage else ""
    since = row.started_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        f"run {row.run_id} ({row.kind}{at}) goes on since {since}, started by {row.actor} on {row.host}, pid {row.pid}"
    )
