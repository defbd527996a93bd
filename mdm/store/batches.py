"""Batches: which files were taken in, by whom and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mdm.store.tables import ingest_batch


@dataclass(frozen=True)
class FinishedBatch:
    """One file that was taken in; ``counts`` as its report told them (rows, new, changed, ..., seconds)."""

    file_name: str
    system: str
    object: str
    counts: dict[str, Any]


def finished_batches(connection: sa.Connection, *, actor: str, started_at: datetime) -> tuple[FinishedBatch, ...]:
    """The files of one call, by name: they share the actor and the moment they were begun."""
    columns = (ingest_batch.c.file_name, ingest_batch.c.system, ingest_batch.c.object, ingest_batch.c.counts)
    of_the_call = (
        sa.select(*columns)
        .where(ingest_batch.c.actor == actor, ingest_batch.c.started_at == started_at)
        .where(ingest_batch.c.file_name.is_not(None), ingest_batch.c.finished_at.is_not(None))
        .order_by(ingest_batch.c.file_name, ingest_batch.c.batch_id)
    )
    return tuple(FinishedBatch(*row) for row in connection.execute(of_the_call))
