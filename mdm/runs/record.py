"""The ``run`` row and its stages, each saved at once, so that a killed run can be seen for what it was."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mdm.store.engine import Store
from mdm.store.tables import run, run_stage


def begin_run(
    store: Store,
    *,
    run_id: UUID,
    kind: str,
    actor: str,
    correlation_id: UUID,
    rule_set: str | None,
    model: str | None,
    code_version: str,
    now: datetime,
    of_run_id: UUID | None = None,
) -> datetime:
    """Opens the run's row and closes those of runs that were killed: we hold the lock, so nobody else is running.

    Answers the moment the run is dated: ``now``, or that of the last run where the clock has gone back behind it.
    """
    with store.begin() as connection:
        now = not_before(connection, now)
        connection.execute(
            sa.update(run)
            .where(run.c.state == "running")
            .values(state="interrupted", finished_at=now, error="killed or lost; taken up by a later run")
        )
        connection.execute(
            sa.insert(run).values(
                run_id=run_id,
                kind=kind,
                of_run_id=of_run_id,
                state="running",
                actor=actor,
                correlation_id=correlation_id,
                started_at=now,
                heartbeat_at=now,
                rule_set=rule_set,
                model=model,
                code_version=code_version,
                host=socket.gethostname(),
                pid=os.getpid(),
            )
        )
    return now


def not_before(connection: sa.Connection, now: datetime) -> datetime:
    """``now``, or the moment of the last run where the clock has gone back: what was said later stays later."""
    last = connection.scalar(sa.select(sa.func.max(run.c.started_at)))
    return now if last is None else max(now, last)


def end_run(store: Store, *, run_id: UUID, state: str, counts: dict[str, Any], error: str | None = None) -> None:
    """Closes the run's row as done, staged or failed."""
    with store.begin() as connection:
        connection.execute(
            sa.update(run)
            .where(run.c.run_id == run_id)
            .values(state=state, finished_at=datetime.now(UTC), counts=counts, error=error)
        )


def overtake_staged(store: Store, *, run_id: UUID, published: UUID | None) -> None:
    """Runs staged before are discarded: this one judged what they had judged, and more. The one it ``published`` is."""
    told = sa.func.jsonb_build_object("overtaken_by", str(run_id))
    counts = sa.func.coalesce(run.c.counts, sa.text("'{}'::jsonb")).op("||")(told)
    state = sa.case((run.c.run_id == published, "published"), else_="discarded")
    with store.begin() as connection:
        connection.execute(
            sa.update(run).where(run.c.state == "staged", run.c.run_id != run_id).values(state=state, counts=counts)
        )


@contextmanager
def stage_of(store: Store, *, run_id: UUID, name: str, announce: Callable[[str], None]) -> Iterator[dict[str, Any]]:
    """One stage: begun and ended in the database, with its seconds and the counts the caller fills in."""
    announce(name)
    started = datetime.now(UTC)
    with store.begin() as connection:
        connection.execute(sa.insert(run_stage).values(run_id=run_id, stage=name, started_at=started))
        connection.execute(sa.update(run).where(run.c.run_id == run_id).values(stage=name, heartbeat_at=started))
    clock = time.perf_counter()
    counts: dict[str, Any] = {}
    yield counts
    counts["seconds"] = round(time.perf_counter() - clock, 3)
    with store.begin() as connection:
        where = (run_stage.c.run_id == run_id) & (run_stage.c.stage == name)
        connection.execute(sa.update(run_stage).where(where).values(finished_at=datetime.now(UTC), counts=counts))


def code_version() -> str:
    """The package's version, with the commit when it runs from a checkout."""
    own = version("customer-master")
    checkout = Path(__file__).resolve().parents[2]
    if not (checkout / ".git").exists():
        return own
    command = ["git", "-C", str(checkout), "rev-parse", "--short", "HEAD"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  a fixed command
    return f"{own}+{found.stdout.strip()}" if found.returncode == 0 else own
