"""What systems sent: batches, record keys, versions of source records, references, and payloads that were not taken."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from mdm.store.tables.base import (
    ENTITY_TYPES,
    SCHEMA,
    append_only,
    document,
    flag,
    metadata,
    moment,
    number,
    one_of,
    searchable,
    text,
    uuid,
    whole,
)

# Blocks are taken by mdm.store.sequences.reserve_ids only, therefore no column has it as its default.
record_id_seq = sa.Sequence("record_id_seq", schema=SCHEMA, metadata=metadata, data_type=sa.BigInteger, start=1)

# grain: one file (or one call) of one object of one system
ingest_batch = sa.Table(
    "ingest_batch",
    metadata,
    uuid("batch_id", primary_key=True),
    text("system"),
    text("object"),
    text("file_name", nullable=True),
    text("file_sha256", nullable=True),
    text("mapping_version"),
    text("actor"),
    uuid("correlation_id"),
    moment("started_at"),
    moment("finished_at", nullable=True),
    searchable("counts", nullable=True),
    sa.Index(None, "file_sha256"),
)

# grain: one record of a system, for ever
record_key = sa.Table(
    "record_key",
    metadata,
    number("record_id", primary_key=True, autoincrement=False),
    text("system"),
    text("object"),
    text("source_id"),
    sa.UniqueConstraint("system", "object", "source_id"),
)

# grain: one version of a source record; the live one has superseded_at null
source_record = sa.Table(
    "source_record",
    metadata,
    number("record_id", primary_key=True, autoincrement=False),
    whole("version", primary_key=True, autoincrement=False),
    text("entity_type"),
    document("attributes"),
    text("payload"),
    uuid("payload_hash"),
    flag("deleted", server_default=sa.false()),
    moment("source_time", nullable=True),
    moment("received_time"),
    uuid("batch_id"),
    uuid("correlation_id"),
    moment("superseded_at", nullable=True),
    one_of("entity_type", ENTITY_TYPES),
    sa.Index("source_record_live", "record_id", unique=True, postgresql_where=sa.text("superseded_at is null")),
    info=append_only("superseded_at"),
)

# grain: one payload that was older than what we hold
stale_payload = sa.Table(
    "stale_payload",
    metadata,
    number("stale_id", sa.Identity(always=False), primary_key=True),
    number("record_id"),
    text("payload"),
    uuid("payload_hash"),
    moment("source_time", nullable=True),
    moment("received_time"),
    uuid("batch_id"),
    sa.Index(None, "record_id"),
    info=append_only(),
)

# grain: one row of a file that could not be taken
rejected_payload = sa.Table(
    "rejected_payload",
    metadata,
    number("rejected_id", sa.Identity(always=False), primary_key=True),
    uuid("batch_id"),
    text("system"),
    text("object"),
    text("file_name", nullable=True),
    number("line", nullable=True),
    text("reason"),
    text("payload"),
    moment("received_time"),
    moment("replayed_at", nullable=True),
    uuid("replayed_batch_id", nullable=True),
    sa.Index("rejected_payload_waiting", "system", "object", postgresql_where=sa.text("replayed_at is null")),
    info=append_only("replayed_at", "replayed_batch_id"),
)

# grain: one order, case ... of a system; its owner may arrive later. A deleted one stays, so that news older than its
# deletion is known as such
customer_reference = sa.Table(
    "customer_reference",
    metadata,
    text("reference_type"),
    text("system", primary_key=True),
    text("object", primary_key=True),
    text("source_id", primary_key=True),
    text("owner_system", nullable=True),
    text("owner_object", nullable=True),
    text("owner_source_id", nullable=True),
    text("number", nullable=True),
    sa.Column("mentions", ARRAY(sa.Text), nullable=True),
    moment("occurred_at", nullable=True),
    text("status", nullable=True),
    text("payload"),
    uuid("payload_hash"),
    moment("source_time", nullable=True),
    uuid("batch_id"),
    flag("deleted", server_default=sa.false()),
    sa.CheckConstraint("reference_type ~ '^[a-z][a-z_]*$'", name="reference_type"),
    sa.Index("customer_reference_owner", "owner_system", "owner_object", "owner_source_id"),
    sa.Index(None, "number"),
)
