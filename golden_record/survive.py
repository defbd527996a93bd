"""Which value is true: golden records with the full lineage of every value, by one SQL program over a long table.

The result is a pure function of the values, the overrides, the rules and ``now``: the order of rows and
the numbers that records happen to carry decide nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import pyarrow as pa

from golden_record.model import ONLY_INITIALS, Ownership
from golden_record.statements import append, create, drop, statement
from golden_record.tables import tables_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

RECORDS_A_SLICE = 200_000
"""About 1.6 million values. Measured, 10 million values in 7 slices: 2.3 GB at most, inputs and results included."""

_WORKING = ("candidate", "fragment", "contest", "ranking", "verdict", "group_verdict", "place", "live_override")
_RULES = (
    "survive_rule", "survive_system", "survive_state", "survive_word", "survive_attribute", "survive_unless",
    "survive_condition", "survive_clause",
)  # fmt: skip


def survive(cursor: DuckDBPyConnection, *, rules: Ownership, now: datetime, keep: bool = False) -> None:
    """Makes ``golden``, ``ranked_value`` and ``golden_number`` from ``attribute_value`` and ``value_override``.

    Reads ``attribute_value(golden_id UUID, entity_type, record_id BIGINT, version INT, system, object, attribute,
    ordinal INT, value VARCHAR (JSON), comparable, mark, source_time TIMESTAMPTZ, verified BOOL, inactive BOOL,
    outlived BOOL, ...)``, in any order, and ``value_override(golden_id UUID, attribute, value (JSON), reason, actor,
    expires_at TIMESTAMPTZ)``. Attributes without a rule, and those that are not mastered, are left out. A ``mark`` says
    why a value counts for nothing, but for ``misspelt``: that may win where nobody wrote the same better. ``outlived``
    values are those of records deleted since (see ``outlasting``).

    * ``golden(golden_id, entity_type, values, lineage)``: both JSON text, one row for each golden id of
      ``attribute_value``.
    * ``conflict(golden_id, entity_type, attribute, record_id, said)``: the records that contradict another of their
      golden record where the attribute's rule asks about that, and what they say, in comparable form.
    * ``ranked_value(golden INT, rule_id, attribute_no, position INT, rank INT, outcome, decided_by, reason, record_id,
      version, system, ordinal, value, comparable, source_time)``: one row for each asserted value (and each item of an
      override, with record_id null); outcome is wins, supports or loses. ``golden`` is the number that
      ``golden_number(golden_id, golden, entity_type, alone, held)`` gives; ``propose`` reads both.

    Golden records do not see each other, so a large population goes in slices: for each of ``slices(...)`` make
    ``attribute_value`` of its golden ids, then ``survive`` and ``propose`` with ``keep`` (rows of ``golden``,
    ``conflict`` and ``proposal`` stay, the slice's are added). Working tables then grow with the slice only.

    RuleError when two rules own one attribute.
    """
    for name, table in tables_of(rules).items():
        drop(cursor, name)
        cursor.register("_arrow_" + name, table)
        cursor.table("_arrow_" + name).create(name)
        cursor.unregister("_arrow_" + name)
    create(cursor, "golden_number", "golden_number")
    create(cursor, "live_override", "live_override", now=now)
    if any(rule.when is not None for rule in rules.rules):
        create(cursor, "condition_held", "condition_held")
        cursor.execute(
            "UPDATE golden_number SET held = h.held FROM condition_held h WHERE h.golden = golden_number.golden"
        ).fetchall()
        drop(cursor, "condition_held")
    create(cursor, "candidate", "candidate")
    append(cursor, "candidate", "override_candidate")
    create(cursor, "redundant", "redundant")
    cursor.execute("UPDATE candidate SET k_out = 5 FROM redundant r WHERE candidate.rowid = r.value_no").fetchall()
    create(cursor, "fragment", "fragment")
    create(cursor, "contest", "group_contest", initials=ONLY_INITIALS)
    create(cursor, "ranking", "ranking")
    create(cursor, "group_verdict", "verdict")
    create(cursor, "contest", "contest")
    create(cursor, "ranking", "ranking")
    create(cursor, "verdict", "verdict")
    create(cursor, "place", "place")
    create(cursor, "ranked_value", "ranked_value")
    store = append if keep else create
    store(cursor, "conflict", "conflict")
    drop(cursor, *_WORKING)
    store(cursor, "golden", "golden")
    drop(cursor, *_RULES)


def slices(cursor: DuckDBPyConnection, *, members: str, size: int = RECORDS_A_SLICE) -> list[tuple[UUID, UUID]]:
    """Ranges of golden ids (both ends inclusive) with about ``size`` rows each of ``members(golden_id, ...)``, one row
    for each source record."""
    cursor.table(members).create_view("slice_member", replace=True)
    ranges = cursor.execute(statement("slices"), {"size": size}).fetchall()
    cursor.execute("DROP VIEW slice_member").fetchall()
    return [(low, high) for low, high in ranges]


def outlasting(rules: Ownership) -> pa.Table:
    """What still counts of a record that was deleted: ``attribute``, ``entity_type`` (null: any), ``field``, ``state``;
    one row for each state in ``field`` of an item."""
    kept = dict.fromkeys(
        (attribute, entity_type, rule.wins.field, state)
        for rule in rules.rules
        for attribute in rule.attributes
        for entity_type in (rule.entity_types or (None,))
        for state in rule.wins.outlasts
    )
    rows = [dict(zip(_OUTLASTING_SCHEMA.names, row, strict=True)) for row in kept]
    return pa.Table.from_pylist(rows, schema=_OUTLASTING_SCHEMA)


_OUTLASTING_SCHEMA = pa.schema([(name, pa.string()) for name in ("attribute", "entity_type", "field", "state")])
