"""For whom a rule speaks (``when``), as bits: every condition of the file has one, every golden record those that hold.

Of several rules for one attribute the first that holds speaks: a rule needs its own bit, and the bits of the rules
before it bar it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from golden_record.model import OTHERS, Ownership, Rule, RuleError, When

MOST_CONDITIONS = 60


class Conditions:
    """The conditions of one file. RuleError when there are more than fit a number."""

    def __init__(self, rules: Ownership) -> None:
        self._rules = rules
        found = dict.fromkeys((rule.when, rule.entity_types) for rule in rules.rules if rule.when is not None)
        if len(found) > MOST_CONDITIONS:
            raise RuleError(f"{rules.file}:1: more than {MOST_CONDITIONS} different conditions (when)")
        self._bits = {condition: 1 << number for number, condition in enumerate(found)}

    def bit_of(self, rule: Rule) -> int:
        """What must hold for the rule to speak; 0: it speaks for everybody. Its entity types are part of it."""
        return 0 if rule.when is None else self._bits[rule.when, rule.entity_types]

    def bars(self, rule_id: int, attribute: str) -> int:
        """The bits of earlier rules for the attribute: where one of them holds, this rule is silent."""
        rule, bars = self._rules.rules[rule_id], 0
        for other in self._rules.rules[:rule_id]:
            if attribute in other.attributes and other.meets(rule):
                bars |= self.bit_of(other)
        return bars

    def tables(self) -> dict[str, pa.Table]:
        """``survive_condition`` (one row a condition) and ``survive_clause`` (one for each thing it asks)."""
        conditions = [
            {"bit": bit, "entity_types": entity_types, "wanted": len(when.has) + len(when.says) + bool(when.systems)}
            for (when, entity_types), bit in self._bits.items()
        ]
        clauses = [clause for (when, _), bit in self._bits.items() for clause in self._clauses(when, bit)]
        return {
            "survive_condition": pa.Table.from_pylist(conditions, schema=_CONDITION_SCHEMA),
            "survive_clause": pa.Table.from_pylist(clauses, schema=_CLAUSE_SCHEMA),
        }

    def _clauses(self, when: When, bit: int) -> Iterator[dict[str, Any]]:
        asked: list[tuple[str, tuple[str, ...], bool]] = [
            *((name, (), True) for name in when.has),
            *((name, (), False) for name in when.lacks),
            *(clause for name, texts in when.says for clause in self._says(name, texts)),
        ]
        for number, (attribute, texts, wanted) in enumerate(asked):
            heard = self._heard(attribute)
            yield {
                "bit": bit,
                "clause": number,
                "attribute": attribute,
                "texts": texts,
                "systems": (),
                "deaf": sorted({*self._rules.systems} - heard),
                "known": self._rules.systems,
                "others": OTHERS in heard,
                "closed": any(rule.wins.inactive == "equal" for rule in self._owners(attribute)),
                "wanted": wanted,
            }
        if when.systems:
            row = {"bit": bit, "clause": len(asked), "attribute": None, "texts": (), "systems": when.systems}
            yield row | {"deaf": (), "known": (), "others": True, "closed": False, "wanted": True}

    def _says(self, attribute: str, texts: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...], bool]]:
        """A flag is what its rule makes of it: with ``all`` nobody may say false to make it true, with ``any`` nobody
        true to make it false."""
        yield attribute, texts, True
        weaker = {"all": "true", "any": "false"}
        if texts in {(weaker.get(rule.wins.strategy),) for rule in self._owners(attribute)}:
            yield attribute, ("false" if texts == ("true",) else "true",), False

    def _owners(self, attribute: str) -> list[Rule]:
        return [rule for rule in self._rules.rules if attribute in rule.attributes]

    def _heard(self, attribute: str) -> set[str]:
        """The systems whose word on an attribute counts by any of its rules."""
        owners = self._owners(attribute)
        systems = (*self._rules.systems, OTHERS)
        return {system for system in systems if not owners or any(rule.may_assert(system) for rule in owners)}


_CONDITION_SCHEMA = pa.schema({"bit": pa.int64(), "entity_types": pa.list_(pa.string()), "wanted": pa.int64()})
_CLAUSE_SCHEMA = pa.schema(
    [("bit", pa.int64()), ("clause", pa.int16()), ("attribute", pa.string())]
    + [(name, pa.list_(pa.string())) for name in ("texts", "systems", "deaf", "known")]
    + [("others", pa.bool_()), ("closed", pa.bool_()), ("wanted", pa.bool_())]
)
