"""Reads an ownership file against the canonical attributes and the mapping files, and says what cannot be meant."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import combinations

from golden_record.loops import SharedField, circles, write_loops
from golden_record.model import OTHERS, Finding, Ownership, finding

Attributes = Mapping[str, Collection[str]]
FilledBy = Mapping[str, Collection[str]]


def lint(
    rules: Ownership,
    *,
    attributes: Attributes,
    systems: Collection[str],
    filled_by: FilledBy,
    shared_fields: Collection[SharedField] = (),
) -> list[Finding]:
    """All findings, in the order of their lines.

    ``attributes``: canonical attribute to the entity types it belongs to; ``systems``: the systems that have mapping
    files; ``filled_by``: attribute to the systems whose mapping files fill it; ``shared_fields``: where writing one
    attribute changes what another is read from. Errors make a file unusable, warnings do not.
    """
    checks = (
        *_unknown_attributes(rules, attributes),
        *_unowned(rules, attributes),
        *_doubly_owned(rules),
        *_systems(rules, systems),
        *_unreachable(rules),
        *_retired(rules),
        *_unfilled(rules, filled_by),
        *write_loops(rules),
        *circles(rules, shared_fields),
    )
    return sorted(checks, key=lambda found: (found.line, found.severity, found.message))


def _unknown_attributes(rules: Ownership, attributes: Attributes) -> Iterator[Finding]:
    for index, rule in enumerate(rules.rules):
        for position, name in enumerate(rule.unless):
            if name not in attributes:
                yield finding(rules, index, "unless", position, message=f"unless: unknown attribute {name!r}")
        for name in rule.when.attributes if rule.when else ():
            if name not in attributes:
                yield finding(rules, index, "when", message=f"when: unknown attribute {name!r}")
        for position, name in enumerate(rule.attributes):
            if name not in attributes:
                yield finding(rules, index, "attributes", position, message=f"unknown attribute {name!r}")
            elif strangers := sorted(set(rule.entity_types) - set(attributes[name])):
                yield finding(
                    rules, index, "entity_types", message=f"{name!r} does not belong to entity type {strangers[0]!r}"
                )


def _unowned(rules: Ownership, attributes: Attributes) -> Iterator[Finding]:
    for name, entity_types in attributes.items():
        for entity_type in sorted(entity_types):
            owners = rules.rules_for(attribute=name, entity_type=entity_type)
            if not owners:
                line = rules.lines.get(("rules",), 1)
                yield Finding(rules.file, line, "error", f"no rule owns {name!r} of entity type {entity_type!r}")
            elif all(rule.when is not None for rule in owners):
                message = f"no rule owns {name!r} of entity type {entity_type!r} where no 'when' holds: add one without"
                yield Finding(rules.file, owners[-1].line, "error", message)


def _doubly_owned(rules: Ownership) -> Iterator[Finding]:
    for (_, rule), (second, other) in combinations(enumerate(rules.rules), 2):
        if not rule.meets(other):
            continue
        for name in rule.attributes:
            if name not in other.attributes:
                continue
            one, several = rule.wins, other.wins
            if "not_mastered" not in (one.strategy, several.strategy) and one.multi != several.multi:
                kept = "several values" if several.multi else "one value"
                message = f"{name!r} keeps {kept} here, but not by the rule of line {rule.line}"
                yield finding(rules, second, "wins", "strategy", message=message)
            if rule.when is None or rule.when == other.when:
                yield finding(
                    rules,
                    second,
                    "attributes",
                    other.attributes.index(name),
                    message=f"{name!r} is already owned by the rule of line {rule.line}",
                )


def _systems(rules: Ownership, systems: Collection[str]) -> Iterator[Finding]:
    for system in rules.systems:
        if system not in systems:
            line = rules.lines.get(("systems", system), 1)
            yield Finding(rules.file, line, "warning", f"system {system!r} has no mapping file")


def _unreachable(rules: Ownership) -> Iterator[Finding]:
    """Systems ranked that may not assert, and what stands behind everything that could be."""
    for index, rule in enumerate(rules.rules):
        ranked = rule.wins.systems
        if rule.wins.strategy == "not_mastered" and ranked:
            yield finding(
                rules, index, "wins", "systems", severity="warning", message="not mastered: systems are never asked"
            )
        elif not rule.asserts and rule.wins.strategy != "not_mastered":
            yield finding(rules, index, "assert", message="nobody may assert, so nothing can win; say not_mastered")
        named_first = ranked[:1] if rule.wins.strategy == "owner_first" else ranked
        for system, _ in rule.wins.trust:
            if system != OTHERS and not rule.may_assert(system):
                message = f"unreachable: {system!r} is trusted but may not assert"
                yield finding(rules, index, "wins", "trust", system, severity="warning", message=message)
        for position, system in enumerate(ranked):
            if rule.wins.strategy == "not_mastered":
                continue
            place = ("wins", "systems", position)
            if system == OTHERS and OTHERS not in rule.asserts and set(rule.asserts) <= set(ranked):
                message = "unreachable: every system that may assert is ranked by name"
            elif system != OTHERS and not rule.may_assert(system):
                message = f"unreachable: {system!r} is ranked but may not assert"
            elif system not in (*named_first, OTHERS):
                message = f"unreachable: owner_first asks {ranked[0]!r} only; 'ranked' would ask {system!r} next"
            else:
                continue
            yield finding(rules, index, *place, severity="warning", message=message)


def _retired(rules: Ownership) -> Iterator[Finding]:
    """Systems that are no more: what is written to one never arrives, what it may assert comes no more."""
    for index, rule in enumerate(rules.rules):
        for position, target in enumerate(rule.receives):
            if target.system in rules.retired:
                message = f"{target.system!r} is retired and receives nothing"
                yield finding(rules, index, "receives", position, message=message)
        named: list[tuple[tuple[str | int, ...], str]] = []
        named += [(("wins", "systems", n), system) for n, system in enumerate(rule.wins.systems)]
        # 'anyone' names nobody
        spelt_out = ("rules", index, "assert", 0) in rules.lines
        named += [(("assert", n), system) for n, system in enumerate(rule.asserts) if spelt_out]
        named += [(("wins", "trust", system), system) for system, _ in rule.wins.trust]
        named += [(("when", "systems", n), system) for n, system in enumerate(rule.when.systems if rule.when else ())]
        for place, system in named:
            if system in rules.retired:
                message = f"{system!r} is retired: only what it said before counts"
                yield finding(rules, index, *place, severity="warning", message=message)


def _unfilled(rules: Ownership, filled_by: FilledBy) -> Iterator[Finding]:
    for index, rule in enumerate(rules.rules):
        for position, name in enumerate(rule.attributes):
            filling = filled_by.get(name, ())
            if not any(rule.may_assert(system) for system in filling):
                why = "no mapping file fills it" if not filling else "no system that fills it may assert it"
                yield finding(rules, index, "attributes", position, severity="warning", message=f"{name!r}: {why}")
