"""Who is one customer, since when and why: golden ids and their life, cross-references, golden records."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from mdm.store.tables.base import (
    ENTITY_TYPES,
    GRADES,
    append_only,
    document,
    metadata,
    moment,
    number,
    one_of,
    origins,
    searchable,
    text,
    uuid,
    weight,
    whole,
)

# grain: one golden id, never reused
golden_id = sa.Table(
    "golden_id",
    metadata,
    uuid("golden_id", primary_key=True),
    text("entity_type"),
    moment("created_at"),
    uuid("run_id"),
    one_of("entity_type", ENTITY_TYPES),
    info=append_only(),
)

# grain: one event in the life of a golden id
golden_id_event = sa.Table(
    "golden_id_event",
    metadata,
    number("event_id", sa.Identity(always=False), primary_key=True),
    uuid("golden_id"),
    text("kind"),
    sa.Column("other_ids", ARRAY(UUID(as_uuid=True)), nullable=False, server_default=sa.text("'{}'")),
    moment("at"),
    uuid("run_id"),
    one_of("kind", ("created", "merged", "split", "retired", "revived", "unmerged")),
    sa.Index(None, "golden_id"),
    sa.Index(None, "run_id"),
    sa.Index("golden_id_event_created", "golden_id", unique=True, postgresql_where=sa.text("kind = 'created'")),
    info=append_only(),
)

# grain: one stay of a source record with a golden id; the open one has until null
cross_reference = sa.Table(
    "cross_reference",
    metadata,
    number("cross_reference_id", sa.Identity(always=False), primary_key=True),
    number("record_id"),
    uuid("golden_id"),
    text("grade"),
    weight("match_weight", nullable=True),
    text("reason"),
    moment("since"),
    moment("until", nullable=True),
    uuid("run_id"),
    uuid("closed_run_id", nullable=True),
    origins(),
    one_of("grade", GRADES),
    sa.Index("cross_reference_open", "record_id", unique=True, postgresql_where=sa.text("until is null")),
    sa.Index("cross_reference_members", "golden_id", postgresql_where=sa.text("until is null")),
    sa.Index("cross_reference_former", "golden_id", postgresql_where=sa.text("until is not null")),
    sa.Index(None, "record_id"),
    sa.Index(None, "run_id"),
    sa.Index(None, "closed_run_id", postgresql_where=sa.text("closed_run_id is not null")),
    info=append_only("until", "closed_run_id"),
)

# grain: one version of a golden record; the current one has valid_to null. valid_from and valid_to are known time: when
# we said so (decision 0022); when its values were true, their source records say
golden_record = sa.Table(
    "golden_record",
    metadata,
    uuid("golden_id", primary_key=True),
    whole("version", primary_key=True, autoincrement=False),
    text("entity_type"),
    searchable("values"),
    document("lineage"),
    uuid("content_hash"),  # of values and lineage: an unchanged golden record gets no new version
    moment("valid_from"),
    moment("valid_to", nullable=True),
    uuid("run_id"),
    text("rule_set"),
    uuid("closed_run_id", nullable=True),
    origins(),
    one_of("entity_type", ENTITY_TYPES),
    sa.Index("golden_record_current", "golden_id", unique=True, postgresql_where=sa.text("valid_to is null")),
    sa.Index(None, "run_id"),
    sa.Index(None, "closed_run_id", postgresql_where=sa.text("closed_run_id is not null")),
    info=append_only("valid_to", "closed_run_id"),
)
