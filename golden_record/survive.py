"""Which value is true: golden records with the full lineage of every value, by one SQL program over a long table.

The result is a pure function of the values, the overrides, the rules and ``now``: the order of rows and
the numbers that records happen to carry decide nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pyarrow as pa

from golden_record.model import ONLY_INITIALS, OTHERS, STRATEGY_WORDS, Ownership, Rule, RuleError
from golden_record.statements import append, create, drop, statement

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

RECORDS_A_SLICE = 200_000
"""About 1.6 million values. Measured, 10 million values in 7 slices: 2.3 GB at most, inputs and results included."""

_WORKING = ("candidate", "fragment", "contest", "ranking", "verdict", "group_verdict", "place", "live_override")
_RULES = (
    "survive_rule", "survive_system", "survive_state", "survive_word", "survive_attribute", "survive_unless",
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
      ``golden_number(golden_id, golden, entity_type, alone)`` gives; ``propose`` reads both.

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
    rows = [
        {"attribute": attribute, "entity_type": entity_type, "field": rule.wins.field, "state": state}
        for rule in rules.rules
        for attribute in rule.attributes
        for entity_type in (rule.entity_types or (None,))
        for state in rule.wins.outlasts
    ]
    return pa.Table.from_pylist(rows, schema=_OUTLASTING_SCHEMA)


def tables_of(rules: Ownership) -> dict[str, pa.Table]:
    """The rules as tables that SQL joins to. RuleError when an attribute of one entity type has two owners."""
    mastered = [(i, r) for i, r in enumerate(rules.rules) if r.wins.strategy != "not_mastered"]
    _refuse_double_owners(rules)
    numbers = rules.attribute_numbers
    rule_rows = [
        {**_rule_row(rule_id, rule, attribute=attribute, entity_type=entity_type), "attribute_no": numbers[attribute]}
        for rule_id, rule in mastered
        for attribute in rule.attributes
        for entity_type in (rule.entity_types or (None,))
    ]
    system_rows = [
        {
            "rule_id": rule_id,
            "system": system,
            "position": _position(rule, system),
            "asserts": rule.may_assert(system),
        }
        for rule_id, rule in mastered
        for system in sorted({*rule.wins.systems, *rule.asserts, *rules.systems} - {OTHERS})
    ]
    state_rows = [
        {"rule_id": rule_id, "state": state, "position": position}
        for rule_id, rule in mastered
        for position, state in enumerate(rule.wins.order)
    ]
    word_rows = [
        {
            "rule_id": rule_id,
            "words": STRATEGY_WORDS[rule.wins.strategy],
            "instead": " or ".join(rule.unless),
            "strategy": rule.wins.strategy,
            "required_count": len(rule.complete_when),
            "conflict": rule.conflict,
        }
        for rule_id, rule in mastered
    ]
    multi = {a for _, r in mastered if r.wins.multi for a in r.attributes}
    attribute_rows = [
        {"attribute_no": number, "attribute": name, "multi": name in multi}
        for name, number in rules.attribute_numbers.items()
    ]
    unless_rows = [
        {"rule_id": rule_id, "attribute_no": numbers[name]}
        for rule_id, rule in mastered
        for name in rule.unless
        if name in numbers
    ]
    return {
        "survive_unless": pa.Table.from_pylist(unless_rows, schema=_UNLESS_SCHEMA),
        "survive_rule": pa.Table.from_pylist(rule_rows, schema=_RULE_SCHEMA),
        "survive_system": pa.Table.from_pylist(system_rows, schema=_SYSTEM_SCHEMA),
        "survive_state": pa.Table.from_pylist(state_rows, schema=_STATE_SCHEMA),
        "survive_word": pa.Table.from_pylist(word_rows, schema=_WORD_SCHEMA),
        "survive_attribute": pa.Table.from_pylist(attribute_rows, schema=_ATTRIBUTE_SCHEMA),
    }


def _rule_row(rule_id: int, rule: Rule, *, attribute: str, entity_type: str | None) -> dict[str, Any]:
    wins = rule.wins
    paths = [*wins.item, None, None, None]
    return {
        "rule_id": rule_id,
        "attribute": attribute,
        "entity_type": entity_type,
        "strategy": wins.strategy,
        "multi": wins.multi,
        "grouped": rule.group is not None,
        "required": attribute in rule.complete_when,
        "parts": wins.parts,
        "complete": rule.complete_when if wins.parts else (),
        "inactive_last": wins.inactive == "last",
        "others_position": _position(rule, OTHERS),
        "others_assert": OTHERS in rule.asserts,
        "path_1": paths[0],
        "path_2": paths[1],
        "path_3": paths[2],
        "state_path": wins.field,
    }


def _position(rule: Rule, system: str) -> int:
    """The place of a system in a rule's ranking; with owner_first all but the owner stand level."""
    systems = rule.wins.systems
    behind = systems.index(OTHERS) if OTHERS in systems else len(systems)
    place = systems.index(system) if system in systems else behind
    return min(place, 1) if rule.wins.strategy == "owner_first" else place


def _refuse_double_owners(rules: Ownership) -> None:
    for index, rule in enumerate(rules.rules):
        for other in rules.rules[:index]:
            shared = [a for a in rule.attributes if a in other.attributes]
            meet = not rule.entity_types or not other.entity_types or {*rule.entity_types} & {*other.entity_types}
            if shared and meet:
                raise RuleError(f"{rules.file}:{rule.line}: {shared[0]!r} is already owned by line {other.line}")


_RULE_SCHEMA = pa.schema(
    {
        "rule_id": pa.int16(),
        "attribute_no": pa.int16(),
        "attribute": pa.string(),
        "entity_type": pa.string(),
        "strategy": pa.string(),
        "multi": pa.bool_(),
        "grouped": pa.bool_(),
        "required": pa.bool_(),
        "parts": pa.list_(pa.string()),
        "complete": pa.list_(pa.string()),
        "inactive_last": pa.bool_(),
        "others_position": pa.int16(),
        "others_assert": pa.bool_(),
        "path_1": pa.string(),
        "path_2": pa.string(),
        "path_3": pa.string(),
        "state_path": pa.string(),
    }
)
_SYSTEM_SCHEMA = pa.schema(
    {"rule_id": pa.int16(), "system": pa.string(), "position": pa.int16(), "asserts": pa.bool_()}
)
_UNLESS_SCHEMA = pa.schema({"rule_id": pa.int16(), "attribute_no": pa.int16()})
_STATE_SCHEMA = pa.schema({"rule_id": pa.int16(), "state": pa.string(), "position": pa.int16()})
_WORD_SCHEMA = pa.schema(
    {
        "rule_id": pa.int16(),
        "words": pa.string(),
        "instead": pa.string(),
        "strategy": pa.string(),
        "required_count": pa.int16(),
        "conflict": pa.string(),
    }
)
_OUTLASTING_SCHEMA = pa.schema([(name, pa.string()) for name in ("attribute", "entity_type", "field", "state")])
_ATTRIBUTE_SCHEMA = pa.schema({"attribute_no": pa.int16(), "attribute": pa.string(), "multi": pa.bool_()})
