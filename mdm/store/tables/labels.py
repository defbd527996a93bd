"""What people said about pairs of records, for the model to learn from. A label decides about no customer by itself."""

from __future__ import annotations

import sqlalchemy as sa

from mdm.store.tables.base import append_only, flag, metadata, moment, number, text, uuid

# grain: one answer about one pair of records, the smaller id first; of several the one said last counts
label = sa.Table(
    "label",
    metadata,
    uuid("label_id", primary_key=True),
    number("record_a"),
    number("record_b"),
    flag("is_match"),
    text("actor"),
    text("comment", nullable=True),
    moment("said_at"),
    moment("imported_at"),
    text("file"),
    sa.CheckConstraint("record_a < record_b", name="ordered"),
    sa.Index("label_pair", "record_a", "record_b", "said_at"),
    sa.Index(None, "record_b"),
    info=append_only(),
)
