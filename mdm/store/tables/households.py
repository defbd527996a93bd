"""Who lives together: households and their members, and what golden records say of a home, as keys to look up by."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from mdm.store.tables.base import append_only, flag, metadata, moment, number, one_of, origins, text, uuid

# grain: one household, its id never reused; the open ones have closed_at null
household = sa.Table(
    "household",
    metadata,
    uuid("household_id", primary_key=True),
    moment("opened_at"),
    uuid("run_id"),
    moment("closed_at", nullable=True),
    uuid("closed_run_id", nullable=True),
    info=append_only("closed_at", "closed_run_id"),
)

# grain: one stay of a golden record (a person) in a household; the open one has until null. What a steward said holds
# until he closes it (household_id null: lives in none); the rules place everybody else
household_member = sa.Table(
    "household_member",
    metadata,
    number("member_id", sa.Identity(always=False), primary_key=True),
    uuid("household_id", nullable=True),
    uuid("golden_id"),
    text("reason"),
    text("basis"),
    text("actor", nullable=True),
    moment("since"),
    moment("until", nullable=True),
    uuid("run_id", nullable=True),
    uuid("closed_run_id", nullable=True),
    origins(),
    one_of("basis", ("rules", "steward")),
    sa.CheckConstraint("(basis = 'steward') = (actor is not null)", name="actor"),
    sa.CheckConstraint("household_id is not null or basis = 'steward'", name="nowhere"),
    sa.Index("household_member_open", "golden_id", unique=True, postgresql_where=sa.text("until is null")),
    sa.Index("household_member_members", "household_id", postgresql_where=sa.text("until is null")),
    info=append_only("until", "closed_run_id"),
)


def _keys(name: str) -> sa.Column[list[int]]:
    return sa.Column(name, ARRAY(sa.BigInteger), nullable=False)


# grain: one golden record; hashed keys that are compared for equality only (see golden_record/households.py)
household_evidence = sa.Table(
    "household_evidence",
    metadata,
    uuid("golden_id", primary_key=True),
    flag("is_organisation"),
    number("family", nullable=True),
    _keys("names"),
    sa.Column("born", sa.SmallInteger, nullable=True),
    _keys("homes"),
    _keys("units"),
    sa.Column("seen", ARRAY(sa.Integer), nullable=False),
    _keys("contacts"),
    _keys("house_numbers"),
    _keys("postcodes"),
)

# grain: one key of one golden record: the evidence turned round, to find who shares it
household_key = sa.Table(
    "household_key",
    metadata,
    number("key"),
    uuid("golden_id"),
    sa.Index(None, "key"),
)
