"""What people did: their acts, done or waiting for a second person, and the audit trail as a chain of digests."""

from __future__ import annotations

import sqlalchemy as sa

from mdm.store.tables.base import append_only, metadata, moment, number, one_of, searchable, text, uuid, whole

ACT_STATES = ("waiting", "done", "rejected")

# grain: one act; document: what it says, without the value of an override that is done (that stands in value_override);
# token: the state its author saw; waits_for: why a second person has to approve it
act = sa.Table(
    "act",
    metadata,
    uuid("act_id", primary_key=True),
    text("kind"),
    text("state"),
    searchable("document"),
    text("actor"),
    text("reason"),
    text("token"),
    text("waits_for", nullable=True),
    searchable("radius"),
    moment("said_at"),
    text("decided_by", nullable=True),
    moment("decided_at", nullable=True),
    uuid("run_id", nullable=True),
    one_of("state", ACT_STATES),
    sa.CheckConstraint("(state = 'waiting') = (decided_at is null)", name="decided"),
    sa.CheckConstraint("(state = 'done') = (run_id is not null)", name="done"),
    sa.Index("act_run", "run_id", postgresql_where=sa.text("run_id is not null")),
    sa.Index("act_waiting", "said_at", postgresql_where=sa.text("state = 'waiting'")),
    info=append_only("state", "document", "decided_by", "decided_at", "run_id"),
)

# grain: one transaction that did something; digest: sha256 (hex) of the one before and of the entries, see mdm/audit
audit_link = sa.Table(
    "audit_link",
    metadata,
    number("number", primary_key=True, autoincrement=False),
    text("previous"),
    text("digest"),
    whole("entries"),
    info=append_only(),
)

# grain: one thing done by somebody; subject holds ids, names of attributes and counts, never a value of a customer
audit_entry = sa.Table(
    "audit_entry",
    metadata,
    number("number", sa.ForeignKey(audit_link.c.number), primary_key=True, autoincrement=False),
    whole("position", primary_key=True, autoincrement=False),
    moment("at"),
    text("actor"),
    text("action"),
    searchable("subject"),
    sa.Index(None, "at"),
    info=append_only(),
)
