"""Reads an ownership file against the canonical attributes and the mapping files, and says what cannot be meant."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import combinations

from golden_record.model import OTHERS, Finding, Ownership, Rule

Attributes = Mapping[str, Collection[str]]
FilledBy = Mapping[str, Collection[str]]


def lint(rules: Ownership, *, attributes: Attributes, systems: Collection[str], filled_by: FilledBy) -> list[Finding]:
    """All findings, in the order of their lines.

    ``attributes``: canonical attribute to the entity types it belongs to; ``systems``: the systems that have mapping
    files;
    ``filled_by``: attribute to the systems whose mapping files fill it. Errors make a file unusable, warnings do not.
    """
    checks = (
        *_unknown_attributes(rules, attributes),
        *_unowned(rules, attributes),
        *_doubly_owned(rules),
        *_systems(rules, systems),
        *_unreachable(rules),
        *_unfilled(rules, filled_by),
        *_write_loops(rules),
    )
    return sorted(checks, key=lambda finding: (finding.line, finding.severity, finding.message))


def _finding(rules: Ownership, index: int, *place: str | int, severity: str = "error", message: str) -> Finding:
    path: tuple[str | int, ...] = ("rules", index, *place)
    line = next((rules.lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in rules.lines), 1)
    return Finding(file=rules.file, line=line, severity="error" if severity == "error" else "warning", message=message)


def _unknown_attributes(rules: Ownership, attributes: Attributes) -> Iterator[Finding]:
    for index, rule in enumerate(rules.rules):
        for position, name in enumerate(rule.unless):
            if name not in attributes:
                yield _finding(rules, index, "unless", position, message=f"unless: unknown attribute {name!r}")
        for position, name in enumerate(rule.attributes):
            if name not in attributes:
                yield _finding(rules, index, "attributes", position, message=f"unknown attribute {name!r}")
            elif strangers := sorted(set(rule.entity_types) - set(attributes[name])):
                yield _finding(
                    rules, index, "entity_types", message=f"{name!r} does not belong to entity type {strangers[0]!r}"
                )


def _unowned(rules: Ownership, attributes: Attributes) -> Iterator[Finding]:
    for name, entity_types in attributes.items():
        for entity_type in sorted(entity_types):
            if not rules.rules_for(attribute=name, entity_type=entity_type):
                line = rules.lines.get(("rules",), 1)
                yield Finding(rules.file, line, "error", f"no rule owns {name!r} of entity type {entity_type!r}")


def _doubly_owned(rules: Ownership) -> Iterator[Finding]:
    for (first, rule), (second, other) in combinations(enumerate(rules.rules), 2):
        if rule.entity_types and other.entity_types and not {*rule.entity_types} & {*other.entity_types}:
            continue
        for name in rule.attributes:
            if name in other.attributes:
                yield _finding(
                    rules,
                    second,
                    "attributes",
                    other.attributes.index(name),
                    message=f"{name!r} is already owned by the rule of line {rules.rules[first].line}",
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
            yield _finding(
                rules, index, "wins", "systems", severity="warning", message="not mastered: systems are never asked"
            )
        elif not rule.asserts and rule.wins.strategy != "not_mastered":
            yield _finding(rules, index, "assert", message="nobody may assert, so nothing can win; say not_mastered")
        for position, system in enumerate(ranked):
            if rule.wins.strategy == "not_mastered":
                continue
            place = ("wins", "systems", position)
            if system == OTHERS and OTHERS not in rule.asserts and set(rule.asserts) <= set(ranked):
                message = "unreachable: every system that may assert is ranked by name"
            elif system != OTHERS and not rule.may_assert(system):
                message = f"unreachable: {system!r} is ranked but may not assert"
            else:
                continue
            yield _finding(rules, index, *place, severity="warning", message=message)


def _unfilled(rules: Ownership, filled_by: FilledBy) -> Iterator[Finding]:
    for index, rule in enumerate(rules.rules):
        for position, name in enumerate(rule.attributes):
            filling = filled_by.get(name, ())
            if not any(rule.may_assert(system) for system in filling):
                why = "no mapping file fills it" if not filling else "no system that fills it may assert it"
                yield _finding(rules, index, "attributes", position, severity="warning", message=f"{name!r}: {why}")


def _write_loops(rules: Ownership) -> Iterator[Finding]:
    """Systems that would keep answering each other's writes: what we write comes back later and so wins again."""
    for index, rule in enumerate(rules.rules):
        never = {str(t) for t in rule.never_written}
        for position, target in enumerate(rule.receives):
            if str(target) in never or target.system in never:
                yield _finding(
                    rules,
                    index,
                    "receives",
                    position,
                    severity="warning",
                    message=f"{target} receives but is never written",
                )
        written = sorted({t.system for t in rule.receives if str(t) not in never and t.system not in never})
        circling = [system for system in written if rule.may_assert(system)]
        if rule.wins.strategy not in ("most_recent", "most_frequent") and not _level(rule, circling):
            continue
        if len(circling) > 1:
            named = ", ".join(circling)
            yield _finding(
                rules,
                index,
                "receives",
                message=f"write loop: {named} assert and receive, and nothing but the {_decider(rule)} says which wins",
            )


def _decider(rule: Rule) -> str:
    return "count" if rule.wins.strategy == "most_frequent" else "clock"


def _level(rule: Rule, systems: list[str]) -> bool:
    """Whether the ranking leaves two of the systems level, so that the tie order (the clock first) decides."""
    if rule.wins.strategy in ("most_restrictive", "any", "all", "not_mastered"):
        return False
    ranked = rule.wins.systems
    named = ranked[:1] if rule.wins.strategy == "owner_first" else tuple(s for s in ranked if s != OTHERS)
    return len([s for s in systems if s not in named]) > 1
