"""Rules that chase each other: systems that answer each other's writes for ever, attributes that ask in a circle.

A write loop needs two things: what we write comes back as a later value of the system we wrote to, and nothing but the
clock (or the count) decides between that and the value it came from. A ranking of systems stands still.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from golden_record.model import Finding, Ownership, Rule, finding


@dataclass(frozen=True)
class SharedField:
    """A field of a system's object that one attribute is written to and another one is read from."""

    system: str
    object: str
    written: str
    read: str


def write_loops(rules: Ownership) -> Iterator[Finding]:
    """Systems that would keep answering each other's writes: what we write comes back later and so wins again."""
    for index, rule in enumerate(rules.rules):
        never = {str(t) for t in rule.never_written}
        for position, target in enumerate(rule.receives):
            if str(target) in never or target.system in never:
                message = f"{target} receives but is never written"
                yield finding(rules, index, "receives", position, severity="warning", message=message)
        circling = [system for system in _written(rule) if rule.may_assert(system)]
        if len(circling) > 1 and (decider := _decider(rule, circling)):
            named = ", ".join(circling)
            message = f"write loop: {named} assert and receive, and nothing but the {decider} says which wins"
            yield finding(rules, index, "receives", message=message)


def circles(rules: Ownership, shared_fields: Collection[SharedField]) -> Iterator[Finding]:
    """Attributes whose rules ask for each other (``unless``, ``when``), or that systems turn into each other."""
    for circle in _circles({(a, b) for r in rules.rules for a in r.attributes for b in r.unless}):
        index = _index(rules, circle[0])
        message = f"circle: {' gives way to '.join((*circle, circle[0]))}: none of them would have a value"
        yield finding(rules, index, "unless", message=message)
    # whether it is there at all a rule may ask of its own attribute: a write never takes it away
    asked = {
        (a, b)
        for r in rules.rules
        if r.when
        for a in r.attributes
        for b in r.when.attributes
        if a != b or a in dict(r.when.says)
    }
    for circle in _circles(asked):
        index = next(i for i, r in enumerate(rules.rules) if r.when and circle[0] in r.attributes)
        words = " asks for ".join((*circle, circle[0]))
        if all(_comes_back(rules, name) for name in circle):
            message = f"circular owners: {words}, and all of them are written back: their owners could change for ever"
            yield finding(rules, index, "when", message=message)
        elif len(circle) > 1:
            message = f"circular owners: {words}; each asks what records say, not who won"
            yield finding(rules, index, "when", severity="warning", message=message)
    turned = {
        (field.written, field.read): field
        for field in shared_fields
        if field.written != field.read and _told(rules, field) and _heard(rules, field)
    }
    for circle in _circles(set(turned)):
        steps = [turned[a, b] for a, b in zip(circle, (*circle[1:], circle[0]), strict=True)]
        words = ", ".join(f"{s.system}/{s.object} reads {s.read} where {s.written} is written" for s in steps)
        yield finding(rules, _index(rules, circle[0]), "receives", message=f"write loop: {words}")


def _written(rule: Rule) -> list[str]:
    never = {str(t) for t in rule.never_written}
    return sorted({t.system for t in rule.receives if str(t) not in never and t.system not in never})


def _decider(rule: Rule, systems: list[str]) -> str | None:
    """What alone decides between the systems: the clock, the count; None where their ranking does."""
    wins = rule.wins
    if wins.strategy == "most_frequent" or (wins.then == "most_frequent" and wins.strategy != "most_recent"):
        return "count"
    if wins.strategy == "most_recent" or wins.then == "most_recent" or wins.halves_after_days:
        return "clock"
    if wins.strategy in ("most_restrictive", "any", "all", "not_mastered"):
        return None
    if wins.strategy == "trusted" and len({points for system, points in wins.trust if system in systems}) == len(
        systems
    ):
        return None
    ranked = wins.systems[:1] if wins.strategy == "owner_first" else wins.systems
    return "clock" if len([system for system in systems if system not in ranked]) > 1 else None


def _index(rules: Ownership, attribute: str) -> int:
    return next(i for i, rule in enumerate(rules.rules) if attribute in rule.attributes)


def _comes_back(rules: Ownership, attribute: str) -> bool:
    """Whether a system that receives the attribute may also assert it."""
    owners = [rule for rule in rules.rules if attribute in rule.attributes]
    return any(rule.may_assert(system) for rule in owners for system in _written(rule))


def _told(rules: Ownership, field: SharedField) -> bool:
    return any(
        field.written in rule.attributes
        and any(t.covers(system=field.system, object=field.object) for t in rule.receives)
        and not any(t.covers(system=field.system, object=field.object) for t in rule.never_written)
        for rule in rules.rules
    )


def _heard(rules: Ownership, field: SharedField) -> bool:
    """Whether what the system makes of the write may win, and go to another system."""
    return any(
        field.read in rule.attributes
        and rule.wins.strategy != "not_mastered"
        and rule.may_assert(field.system)
        and any(system != field.system for system in _written(rule))
        for rule in rules.rules
    )


def _circles(edges: set[tuple[str, str]]) -> list[tuple[str, ...]]:
    """Every circle once, from its first name in the alphabet; shortest ways only."""
    following: dict[str, list[str]] = {}
    for a, b in sorted(edges):
        following.setdefault(a, []).append(b)
    found: dict[frozenset[str], tuple[str, ...]] = {}
    for start in following:
        ways: list[tuple[str, ...]] = [(start,)]
        seen = {start}
        while ways:
            way = ways.pop(0)
            for name in following.get(way[-1], ()):
                if name == start:
                    found.setdefault(frozenset(way), way)
                elif name not in seen:
                    seen.add(name)
                    ways.append((*way, name))
    return list(found.values())
