"""Why a value is what it is, and what would be instead, as a person reads it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from mdm.cli import output
from mdm.cli.customer import in_words
from mdm.errors import RefusedInput

if TYPE_CHECKING:
    from mdm.lookup import Proposal, Ranked, WhatIf, Why

_COLUMNS = ["", "value", "of", "version", "because", "asserted", "received"]
_OUTCOMES = {"wins": "wins", "supports": "agrees", "loses": ""}


def tell_why(found: Why) -> None:
    """Prints why one attribute is what it is."""
    output.say(f"{found.attribute} of {found.entity_type} {found.golden_id}", style="bold")
    output.say(f"version {found.version} since {output.shown(found.valid_from)}, rules {found.rule_set}")
    for rule in found.rules:
        group = f", together with the group {rule.group}" if rule.group else ""
        when = f", where the customer {rule.when}" if rule.when else ""
        systems = f": {', '.join(rule.systems)}" if rule.systems else ""
        output.say(f"rule {rule.file}:{rule.line}: {rule.strategy}{systems}{group}{when}")
        output.say(f"  told to {', '.join(rule.receives) or 'nobody'}; review {rule.review.replace('_', ' ')}")
    for item in found.items:
        output.say()
        output.say(f"{in_words(item.winner.value)}: so since {output.shown(item.mastered)}", style="bold")
        output.table([_row(ranked) for ranked in (item.winner, *item.behind)], columns=_COLUMNS)
        if item.winner.override is not None:
            given = item.winner.override
            until = f", until {given['expires_at']}" if given.get("expires_at") else ""
            output.say(f"a steward's own value: {given.get('reason')} ({given.get('actor')}{until})")
    if found.unused:
        output.say()
        output.say("not used")
        output.table([_row(ranked) for ranked in found.unused], columns=_COLUMNS)


def _row(ranked: Ranked) -> tuple[object, ...]:
    return (
        _OUTCOMES[ranked.outcome],
        in_words(ranked.value),
        ranked.record or "override",
        ranked.version,
        ranked.reason,
        ranked.asserted,
        ranked.received,
    )


def tell_what_if(found: WhatIf) -> None:
    """Prints what would be of one customer."""
    output.say(f"{found.golden_id} {found.said}", style="bold")
    if found.unpublished:
        waiting = ", ".join(found.unpublished)
        output.say(f"not yet as published, before any if: {waiting} (records or decisions wait for a run)")
    if found.nothing_left:
        output.say("no record would be left, and no golden record")
    differing = [switch for switch in found.switches if switch.differs]
    output.table(
        [(s.attribute, _values(s.before), _sources(s.before), _values(s.after), _sources(s.after)) for s in differing],
        columns=["attribute", "now", "from", "would be", "from"],
        title=f"{len(differing)} attributes would change",
    )
    if others := [switch.attribute for switch in found.switches if not switch.differs]:
        output.say(f"the same value from elsewhere or for another reason: {', '.join(others)}")
    _tell_proposals("would be proposed", found.told)
    _tell_proposals("would be proposed no longer", found.untold)


def _tell_proposals(title: str, proposals: Sequence[Proposal]) -> None:
    if proposals:
        output.say()
        output.table(
            [(p.record, p.attribute, in_words(p.old) if p.old else "", in_words(p.new), p.review) for p in proposals],
            columns=["record", "attribute", "has", "told", "review"],
            title=f"{len(proposals)} changes {title}",
        )


def _values(winners: Sequence[Ranked]) -> str:
    return "; ".join(in_words(winner.value) for winner in winners) or "nothing"


def _sources(winners: Sequence[Ranked]) -> str:
    return ", ".join(dict.fromkeys(w.record.system if w.record else "override" for w in winners))


def moment(text: str) -> datetime:
    """A moment as it is typed: of a day alone its end, of a time without a zone that of UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise RefusedInput(f"no day or moment: {text!r}; it reads 2027-01-31 or 2027-01-31T12:00") from None
    if len(text) == len("2027-01-31"):
        found = datetime.combine(found.date(), time.max)
    return found.replace(tzinfo=found.tzinfo or UTC)
