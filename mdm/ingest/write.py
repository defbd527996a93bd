"""What an ingest writes into PostgreSQL, set by set, inside the caller's transaction."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

import duckdb
import sqlalchemy as sa

from mdm.ingest.report import IngestReport
from mdm.store.bridge import copy_into
from mdm.store.tables import (
    customer_reference,
    ingest_batch,
    rejected_payload,
    source_record,
    stale_payload,
)
from mdm.systems.mapping import Mapping


@dataclass(frozen=True)
class Batch:
    """One file (or one replay) of one object: who brought it, when, and by which mapping."""

    batch_id: UUID
    correlation_id: UUID
    mapping: Mapping
    file_name: str | None
    file_sha256: str | None
    actor: str
    now: datetime


def open_batch(connection: sa.Connection, batch: Batch) -> None:
    """Writes the row of the batch."""
    row = {
        "batch_id": batch.batch_id,
        "system": batch.mapping.system,
        "object": batch.mapping.object,
        "file_name": batch.file_name,
        "file_sha256": batch.file_sha256,
        "mapping_version": batch.mapping.version,
        "actor": batch.actor,
        "correlation_id": batch.correlation_id,
        "started_at": batch.now,
    }
    connection.execute(ingest_batch.insert().values(row))


def say_counts(connection: sa.Connection, batch: Batch, report: IngestReport) -> None:
    """Completes the row of the batch."""
    counts = {k: v for k, v in asdict(report).items() if k not in ("file", "system", "object")}
    counts["seconds"] = round(report.seconds, 3)
    connection.execute(
        ingest_batch.update()
        .where(ingest_batch.c.batch_id == batch.batch_id)
        .values(finished_at=batch.now + timedelta(seconds=report.seconds), counts=counts)
    )


def close_former_versions(
    connection: sa.Connection, duck: duckdb.DuckDBPyConnection, batch: Batch, *, select: str
) -> None:
    """Marks the live version of the selected records superseded, at the time of the batch."""
    closing = _temporary(connection, "closing", sa.Column("record_id", sa.BigInteger))
    copy_into(connection, duck=duck, select=select, table=closing, columns=("record_id",))
    _analyse(connection, closing)
    connection.execute(
        source_record.update()
        .where(source_record.c.record_id == closing.c.record_id, source_record.c.superseded_at.is_(None))
        .values(superseded_at=batch.now)
    )


def keep_stale(connection: sa.Connection, duck: duckdb.DuckDBPyConnection, *, select: str) -> None:
    """Keeps the selected stale payloads, but for those that are known already as stale or as a former version."""
    names = ("record_id", "payload", "payload_hash", "source_time", "received_time", "batch_id")
    arriving = _like(connection, "arriving_stale", stale_payload, names)
    copy_into(connection, duck=duck, select=select, table=arriving, columns=names)
    _analyse(connection, arriving)
    known = [
        sa.exists().where(t.c.record_id == arriving.c.record_id, t.c.payload_hash == arriving.c.payload_hash)
        for t in (stale_payload, source_record)
    ]
    fresh = sa.select(*(arriving.c[n] for n in names)).where(~known[0], ~known[1])
    connection.execute(stale_payload.insert().from_select(names, fresh))


def keep_rejected(connection: sa.Connection, duck: duckdb.DuckDBPyConnection, *, select: str) -> None:
    """Keeps the selected rejected rows, but for those that wait already (the same row of the same file)."""
    names = ("batch_id", "system", "object", "file_name", "line", "reason", "payload", "received_time")
    arriving = _like(connection, "arriving_rejected", rejected_payload, names)
    copy_into(connection, duck=duck, select=select, table=arriving, columns=names)
    _analyse(connection, arriving)
    same = [
        rejected_payload.c[n] == arriving.c[n] for n in ("system", "object", "file_name", "line", "reason", "payload")
    ]
    waiting = sa.exists().where(*same, rejected_payload.c.replayed_at.is_(None))
    fresh = sa.select(*(arriving.c[n] for n in names)).where(~waiting).order_by(arriving.c.line)
    connection.execute(rejected_payload.insert().from_select(names, fresh))


def remove_references(connection: sa.Connection, duck: duckdb.DuckDBPyConnection, batch: Batch, *, select: str) -> None:
    """Removes the selected references of the batch's object, which are about to be written anew."""
    gone = _like(connection, "gone", customer_reference, ("source_id",))
    copy_into(connection, duck=duck, select=select, table=gone, columns=("source_id",))
    _analyse(connection, gone)
    connection.execute(
        customer_reference.delete().where(
            customer_reference.c.system == batch.mapping.system,
            customer_reference.c.object == batch.mapping.object,
            customer_reference.c.source_id == gone.c.source_id,
        )
    )


def rejected_waiting(
    connection: sa.Connection, *, system: str | None, object: str | None
) -> dict[tuple[str, str], list[tuple[int, str]]]:
    """(system, object) -> (rejected_id, payload) of the rejected payloads not yet replayed, oldest first."""
    c = rejected_payload.c
    statement = sa.select(c.system, c.object, c.rejected_id, c.payload).where(c.replayed_at.is_(None))
    if system is not None:
        statement = statement.where(c.system == system)
    if object is not None:
        statement = statement.where(c.object == object)
    found: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for row in connection.execute(statement.order_by(c.rejected_id)):
        found.setdefault((row.system, row.object), []).append((row.rejected_id, row.payload))
    return found


def mark_replayed(connection: sa.Connection, batch: Batch, rejected_ids: list[int]) -> None:
    """Closes rejected payloads that were taken after all."""
    connection.execute(
        rejected_payload.update()
        .where(rejected_payload.c.rejected_id == sa.func.any(sa.cast(rejected_ids, sa.ARRAY(sa.BigInteger))))
        .values(replayed_at=batch.now, replayed_batch_id=batch.batch_id)
    )


def _temporary(connection: sa.Connection, name: str, *columns: sa.Column[object]) -> sa.Table:
    """A table of this transaction's own."""
    table = sa.Table(
        name, sa.MetaData(), *columns, schema="pg_temp", prefixes=["TEMPORARY"], postgresql_on_commit="DROP"
    )
    table.create(connection, checkfirst=False)
    return table


def _like(connection: sa.Connection, name: str, table: sa.Table, columns: tuple[str, ...]) -> sa.Table:
    """A table of this transaction's own with some of the columns of ``table``."""
    return _temporary(connection, name, *(sa.Column(c, table.c[c].type) for c in columns))


def _analyse(connection: sa.Connection, table: sa.Table) -> None:
    connection.exec_driver_sql(f"analyze {table.schema}.{table.name}")
