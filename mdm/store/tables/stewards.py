"""What people decide and are asked: constraints, overrides, review tasks, proposed changes."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from mdm.store.tables.base import append_only, metadata, moment, number, one_of, origins, searchable, text, uuid, weight

REVIEW_REASONS = (
    "potential_match",
    "potential_duplicate",
    "attribute_conflict",
    "broken_cluster",
    "decision_conflict",
    "proposed_change",
    "out_of_date_write",
    "rejected_payload",
    "suspect_shared_value",
)
TASK_STATES = ("open", "withdrawn", "decided")
CHANGE_STATES = ("proposed", "approved", "rejected", "withdrawn", "exported")

# grain: one decision about a pair of records, the smaller id first
match_constraint = sa.Table(
    "match_constraint",
    metadata,
    uuid("constraint_id", primary_key=True),
    text("kind"),
    number("record_a"),
    number("record_b"),
    text("actor"),
    text("reason"),
    moment("created_at"),
    moment("revoked_at", nullable=True),
    text("revoked_by", nullable=True),
    uuid("act_id", nullable=True),
    uuid("revoked_act_id", nullable=True),
    one_of("kind", ("must_link", "cannot_link")),
    sa.CheckConstraint("record_a < record_b", name="ordered"),
    sa.CheckConstraint("(revoked_at is null) = (revoked_by is null)", name="revoked"),
    sa.Index("match_constraint_a", "record_a", postgresql_where=sa.text("revoked_at is null")),
    sa.Index("match_constraint_b", "record_b", postgresql_where=sa.text("revoked_at is null")),
    sa.Index("match_constraint_act", "act_id"),
    sa.Index("match_constraint_revoking", "revoked_act_id", postgresql_where=sa.text("revoked_act_id is not null")),
    info=append_only("revoked_at", "revoked_by", "revoked_act_id"),
)

# grain: one steward's value for one attribute of the customer that record_id belongs to; JSON null means "none"
value_override = sa.Table(
    "value_override",
    metadata,
    uuid("override_id", primary_key=True),
    number("record_id"),
    text("attribute"),
    sa.Column("value", JSONB(none_as_null=False), nullable=False),
    text("reason"),
    text("actor"),
    moment("created_at"),
    moment("expires_at", nullable=True),
    moment("revoked_at", nullable=True),
    text("revoked_by", nullable=True),
    uuid("act_id", nullable=True),
    uuid("revoked_act_id", nullable=True),
    sa.Index("value_override_held", "record_id", postgresql_where=sa.text("revoked_at is null")),
    info=append_only("expires_at", "revoked_at", "revoked_by", "revoked_act_id"),
)

# grain: one question; the same question is open once. A run keeps it up to date; closed_reason: why a run withdrew it
review_task = sa.Table(
    "review_task",
    metadata,
    uuid("task_id", primary_key=True),
    text("reason"),
    text("question"),
    sa.Column("record_ids", ARRAY(sa.BigInteger), nullable=False),
    weight("match_weight", nullable=True),
    weight("first_stage_weight", nullable=True),
    weight("priority"),
    searchable("detail"),
    text("state"),
    moment("opened_at"),
    uuid("opened_run_id"),
    moment("closed_at", nullable=True),
    uuid("closed_run_id", nullable=True),
    text("closed_reason", nullable=True),
    origins(),
    one_of("reason", REVIEW_REASONS),
    one_of("state", TASK_STATES),
    sa.CheckConstraint("(state = 'open') = (closed_at is null)", name="closed"),
    sa.Index("review_task_open", "question", unique=True, postgresql_where=sa.text("state = 'open'")),
    sa.Index("review_task_queue", sa.text("priority desc"), "opened_at", postgresql_where=sa.text("state = 'open'")),
    sa.Index(None, "record_ids", postgresql_using="gin"),
)

# grain: what a question said until a run found otherwise
review_task_history = sa.Table(
    "review_task_history",
    metadata,
    number("history_id", sa.Identity(always=False), primary_key=True),
    uuid("task_id"),
    weight("match_weight", nullable=True),
    weight("first_stage_weight", nullable=True),
    weight("priority"),
    searchable("detail"),
    moment("until"),
    uuid("run_id"),
    sa.Index(None, "task_id"),
    info=append_only(),
)

# grain: one attribute of one record in one target; old_value null: the target has none
proposed_change = sa.Table(
    "proposed_change",
    metadata,
    uuid("change_id", primary_key=True),
    uuid("golden_id"),
    number("record_id"),
    text("system"),
    text("object"),
    text("source_id"),
    text("attribute"),
    searchable("old_value", nullable=True),
    searchable("new_value", nullable=True),
    text("review"),
    text("state"),
    text("reason"),
    moment("opened_at"),
    uuid("run_id"),
    moment("closed_at", nullable=True),
    text("decided_by", nullable=True),
    uuid("closed_run_id", nullable=True),
    origins(),
    one_of("state", CHANGE_STATES),
    sa.Index(
        "proposed_change_live",
        "record_id",
        "attribute",
        unique=True,
        postgresql_where=sa.text("state in ('proposed', 'approved')"),
    ),
    sa.Index(None, "golden_id"),
    sa.Index(None, "run_id"),
)
