"""Staged runs: looked at by somebody, then published as far as he looked, or discarded."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mdm.errors import RefusedInput
from mdm.resolve.guards import Guard, accepting
from mdm.runs.known import RunView, find_run
from mdm.runs.nightly import DEFAULT_GUARD, Progress, RunReport, run_nightly
from mdm.settings import Settings
from mdm.store.engine import Store
from mdm.store.tables import run


def publish_staged(
    store: Store,
    settings: Settings,
    asked: str | UUID,
    *,
    actor: str,
    now: datetime,
    progress: Progress | None = None,
    guard: Guard = DEFAULT_GUARD,
) -> RunReport:
    """Runs what was staged again and publishes it, unless it leaves a budget by more than was looked at: then that is
    staged anew. RefusedInput for a run that is not staged."""
    known, over = _staged(store, asked)
    return run_nightly(
        store,
        settings,
        actor=actor,
        now=now,
        progress=progress,
        guard=accepting(guard, over),
        of_run_id=known.run_id,
    )


def discard_staged(store: Store, asked: str | UUID, *, actor: str, now: datetime) -> RunView:
    """Says that a staged run is not to be published. Its records wait, and the next run judges them again.
    RefusedInput for a run that is not staged."""
    known, _ = _staged(store, asked)
    with store.begin() as connection:
        told = sa.func.jsonb_build_object("discarded", sa.func.jsonb_build_object("by", actor, "at", now.isoformat()))
        counts = sa.func.coalesce(run.c.counts, sa.text("'{}'::jsonb")).op("||")(told)
        connection.execute(
            sa.update(run)
            .where(run.c.run_id == known.run_id, run.c.state == "staged")
            .values(state="discarded", counts=counts)
        )
        return find_run(connection, known.run_id)


def _staged(store: Store, asked: str | UUID) -> tuple[RunView, list[dict[str, Any]]]:
    with store.begin() as connection:
        known = find_run(connection, asked)
        if known.state != "staged":
            raise RefusedInput(f"run {known.run_id} is {known.state}: only a staged run is published or discarded")
        counts = connection.scalar(sa.select(run.c.counts).where(run.c.run_id == known.run_id)) or {}
        return known, list(counts.get("over", ()))
