"""What resolution derives and may compute again: standardised records, blocking keys, scored pairs, shared values."""

from __future__ import annotations

import sqlalchemy as sa

from mdm.store.tables.base import (
    ENTITY_TYPES,
    document,
    flag,
    metadata,
    moment,
    number,
    one_of,
    text,
    uuid,
    weight,
    whole,
)

# grain: one live source record
standardised_record = sa.Table(
    "standardised_record",
    metadata,
    number("record_id", primary_key=True, autoincrement=False),
    whole("version"),
    text("entity_type"),
    document("values"),
    document("match"),
    uuid("content_hash"),
    text("standardiser"),
    moment("updated_at"),
    one_of("entity_type", ENTITY_TYPES),
)

# grain: one hashed key of one record under one rule
blocking_key = sa.Table(
    "blocking_key",
    metadata,
    number("key"),
    number("record_id"),
    sa.Column("rule", sa.SmallInteger, nullable=False),
    sa.Index(None, "key"),
    sa.Index(None, "record_id"),
)

# grain: one change waiting to be resolved; ingest appends, a run deletes what it has published
resolve_queue = sa.Table(
    "resolve_queue",
    metadata,
    number("seq", sa.Identity(always=False), primary_key=True),
    number("record_id"),
    moment("enqueued_at", server_default=sa.func.now()),
)

# grain: one blocking key that pairs nobody, because more than ``largest`` records carry it (-1: its value is noise), as
# of the last run; lost_carrier: since then a record gave it up
hot_key = sa.Table(
    "hot_key",
    metadata,
    number("key", primary_key=True, autoincrement=False),
    text("entity_type"),
    whole("largest"),
    flag("lost_carrier", server_default=sa.false()),
    one_of("entity_type", ENTITY_TYPES),
    sa.Index("hot_key_lost_carrier", "key", postgresql_where=sa.text("lost_carrier")),
)

# grain: one pair of records, the smaller id first; weights in log2 units: match_weight is the deciding stage's,
# first_stage_weight Splink's (null: stored before it was kept). completed: counts only while one component holds both,
# for no key and no decision pairs the two, or they weigh less than what a steward is asked about
scored_pair = sa.Table(
    "scored_pair",
    metadata,
    number("record_a", primary_key=True, autoincrement=False),
    number("record_b", primary_key=True, autoincrement=False),
    weight("match_weight"),
    weight("first_stage_weight", nullable=True),
    flag("completed", server_default=sa.false()),
    text("rules_version"),
    uuid("run_id"),
    sa.CheckConstraint("record_a < record_b", name="ordered"),
    sa.Index(None, "record_b"),
)

# grain: one value carried by too many records to be evidence
shared_value = sa.Table(
    "shared_value",
    metadata,
    text("attribute", primary_key=True),
    text("comparable", primary_key=True),
    whole("carriers"),
    moment("since"),
    uuid("run_id"),
)
