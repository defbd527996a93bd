"""The ownership rules as tables that SQL joins to: what ``survive`` obeys."""

from __future__ import annotations

from math import log2
from typing import Any

import pyarrow as pa

from golden_record.conditions import Conditions
from golden_record.model import OTHERS, STRATEGY_WORDS, Ownership, Rule, RuleError


def tables_of(rules: Ownership) -> dict[str, pa.Table]:
    """The rules as tables that SQL joins to.

    RuleError when an attribute of one entity type has two owners, or keeps one value by one rule and several by
    another.
    """
    mastered = [(i, r) for i, r in enumerate(rules.rules) if r.wins.strategy != "not_mastered"]
    _refuse_double_owners(rules)
    _refuse_one_and_several(rules)
    conditions = Conditions(rules)
    numbers = rules.attribute_numbers
    rule_rows = [
        {
            **_rule_row(rule_id, rule, attribute=attribute, entity_type=entity_type),
            "attribute_no": numbers[attribute],
            "needs": conditions.bit_of(rule),
            "bars": conditions.bars(rule_id, attribute),
        }
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
            "worth": _worth(rule, system),
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
            "words": rule.wins.words,
            "then_words": f"then {STRATEGY_WORDS[rule.wins.then]}" if rule.wins.then else None,
            "instead": " or ".join(rule.unless),
            "strategy": rule.wins.strategy,
            "then_by": rule.wins.then,
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
        **conditions.tables(),
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
        "then_by": wins.then,
        "half_life": (wins.halves_after_days or 0) * _DAY,
        "others_worth": _worth(rule, OTHERS),
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


def _worth(rule: Rule, system: str) -> int:
    """The trust in a system as a power of two, in billionths: one half-life of age takes exactly 1 off.

    Points times two to the minus age in half-lives ranks as log2(points) minus age in half-lives, which ranks at every
    moment as log2(points) plus the source's clock in half-lives: the order never depends on the day it is asked, so a
    night that looks at changes only finds what a look at everything would.
    """
    points = dict(rule.wins.trust)
    return round(log2(points.get(system, points.get(OTHERS, 1))) * _BILLION)


def _refuse_double_owners(rules: Ownership) -> None:
    for index, rule in enumerate(rules.rules):
        for other in rules.rules[:index]:
            shared = [a for a in rule.attributes if a in other.attributes]
            if shared and rule.meets(other) and (other.when is None or other.when == rule.when):
                raise RuleError(f"{rules.file}:{rule.line}: {shared[0]!r} is already owned by line {other.line}")


def _refuse_one_and_several(rules: Ownership) -> None:
    kept: dict[str, Rule] = {}
    for rule in rules.rules:
        if rule.wins.strategy == "not_mastered":
            continue
        for name in rule.attributes:
            other = kept.setdefault(name, rule)
            if other.wins.multi != rule.wins.multi:
                raise RuleError(
                    f"{rules.file}:{rule.line}: {name!r} keeps {'several values' if rule.wins.multi else 'one value'}"
                    f" here and {'several' if other.wins.multi else 'one'} by line {other.line}"
                )


_BILLION = 1_000_000_000
_DAY = 86_400_000_000  # microseconds
_RULE_SCHEMA = pa.schema(
    {
        "rule_id": pa.int16(),
        "attribute_no": pa.int16(),
        "attribute": pa.string(),
        "entity_type": pa.string(),
        "needs": pa.int64(),
        "bars": pa.int64(),
        "strategy": pa.string(),
        "then_by": pa.string(),
        "half_life": pa.int64(),
        "others_worth": pa.int64(),
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
    {
        "rule_id": pa.int16(),
        "system": pa.string(),
        "position": pa.int16(),
        "asserts": pa.bool_(),
        "worth": pa.int64(),
    }
)
_UNLESS_SCHEMA = pa.schema({"rule_id": pa.int16(), "attribute_no": pa.int16()})
_STATE_SCHEMA = pa.schema({"rule_id": pa.int16(), "state": pa.string(), "position": pa.int16()})
_WORD_SCHEMA = pa.schema(
    {
        "rule_id": pa.int16(),
        "words": pa.string(),
        "then_words": pa.string(),
        "then_by": pa.string(),
        "instead": pa.string(),
        "strategy": pa.string(),
        "required_count": pa.int16(),
        "conflict": pa.string(),
    }
)
_ATTRIBUTE_SCHEMA = pa.schema({"attribute_no": pa.int16(), "attribute": pa.string(), "multi": pa.bool_()})
