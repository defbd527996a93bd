"""The ``run`` row and its stages, each saved at once, so that a killed run can be seen for what it was."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
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
    rule_set: str,
    model: str,
    code_version: str,
    now: datetime,
) -> None:
    """Opens the run's row and closes those of runs that were killed: we hold the lock, so nobody else is running."""
    with store.begin() as connection:
        connection.execute(
            sa.update(run)
            .where(run.c.state == "running")
            .values(state="interrupted", finished_at=now, error="killed or lost; taken up by a later run")
        )
        connection.execute(
            sa.insert(run).values(
                run_id=run_id,
                kind=kind,
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


def end_run(store: Store, *, run_id: UUID, state: str, counts: dict[str, Any], error: str | None = None) -> None:
    """Closes the run's row as done, staged or failed."""
    with store.begin() as connection:
        connection.execute(
            sa.update(run)
            .where(run.c.run_id == run_id)
            .values(state=state, finished_at=datetime.now(UTC), counts=counts, error=error)
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
