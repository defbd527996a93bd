"""An explanation as a person reads it: the answer, the reason, then the evidence, the largest first, on one screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from mdm.cli import output
from mdm.lookup.steps import first_steps, steps

if TYPE_CHECKING:
    from mdm.lookup.explanation import (
        CustomerExplanation,
        DecisionView,
        PairExplanation,
        StepView,
        Waterfall,
        Weight,
    )
    from mdm.lookup.steps import Step
    from mdm.model import RecordKey

_LONGEST_VALUE = 40
_MOST_STEPS = 15
_KINDS = {
    "evidence": "",
    "kept": "kept: too little to join anew",
    "decided": "a steward said so",
}
_DECISIONS = {"must_link": "the same", "cannot_link": "not the same"}


def tell_pair(found: PairExplanation) -> None:
    """Prints why two records are one customer, or why not."""
    output.say(f"{found.a} and {found.b}", style="bold")
    one, two = found.golden_ids
    output.say(f"one customer, {one}" if found.together else f"two customers, {one} and {two}")
    if found.strongest_of is not None:
        output.say(f"the strongest of {found.strongest_of} pairs between {found.asked[0]} and {found.asked[1]}")
    for reason in found.reasons:
        output.say(f"- {reason.text}" if reason.text.startswith(reason.why) else f"- {reason.why}: {reason.text}")
    if found.weight is not None and found.evidence is not None:
        output.say()
        _tell_weight(found.weight, found.evidence)
        a, b = found.a, found.b
        names = (a.system, b.system) if a.system != b.system else (a.source_id, b.source_id)
        tell_waterfall(found.evidence, names)
        _tell_blocking(found)
    if found.joined_by is not None and len(found.joined_by.a) + len(found.joined_by.b) > 2:
        step = found.joined_by
        output.say(
            f"they came together as groups of {len(step.a)} and {len(step.b)}, on average {step.linkage:.2f} bits"
        )
    _tell_decisions(found.decisions)
    _tell_changes(found.changed_since)


def _tell_weight(weight: Weight, evidence: Waterfall) -> None:
    if weight.stored is None:
        stored = "not stored"
    elif weight.agrees:
        stored = "as stored by the last run"
    else:
        stored = f"the last run stored {weight.stored:.2f}"
    stage = " (judged by the second stage)" if evidence.decided_by == "second" else ""
    output.say(f"match weight {weight.recomputed:.2f} bits{stage}, {stored}", style="bold")
    if weight.stages_differ:
        before = weight.first_stage_stored
        changed = "" if weight.agrees is not False or before is None else f", the last run stored {before:.2f}"
        output.say(f"first-stage weight {weight.first_stage_recomputed:.2f} bits{changed}")


def tell_waterfall(evidence: Waterfall, names: tuple[str, str]) -> None:
    """Prints how a weight adds up, the largest evidence first. ``names``: of the two records."""
    rows = [_row(step) for step in steps(evidence)]
    output.table(rows, columns=["bits", "of it rarity", "evidence", *map(_shortened, names)])
    if evidence.decided_by == "second":
        output.say()
        output.say(f"the first stage says {evidence.first_weight:.2f} bits: {_bits(evidence.prior).strip()} before any")
        output.say("; ".join(_in_words(step) for step in first_steps(evidence)[1:]))


def _row(step: Step) -> tuple[str, str, str, str, str]:
    values = step.part.values if step.part else ()
    left = " | ".join(_clipped(shown.a) for shown in values if shown.a)
    right = " | ".join(_clipped(shown.b) for shown in values if shown.b)
    return _bits(step.bits), _bits(step.rarity) if step.rarity else "", step.says, left, right


def _in_words(step: Step) -> str:
    rarity = f" (of it rarity {_bits(step.rarity).strip()})" if step.rarity else ""
    return f"{_bits(step.bits).strip()} {step.says}{rarity}"


def _bits(bits: float) -> str:
    return f"{bits:+6.2f}"


def _clipped(values: Sequence[str]) -> str:
    return _shortened(", ".join(values))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def _tell_blocking(found: PairExplanation) -> None:
    output.say()
    shared = [blocking for blocking in found.blocking if blocking.keys]
    if not shared:
        output.say("no blocking key in common")
    for blocking in shared:
        # one value may make many keys (the nicknames of a name): the one that fewest records carry says most
        key = min(blocking.keys, key=lambda k: (k.unusable is not None, k.carriers))
        more = f" and {len(blocking.keys) - 1} more" if len(blocking.keys) > 1 else ""
        left_out = f", left out: {key.unusable}" if key.unusable else ""
        output.say(f"same {blocking.rule}: {_clipped(key.values)} ({key.carriers} records{left_out}){more}")


def tell_customer(found: CustomerExplanation) -> None:
    """Prints how a customer came about."""
    output.say(f"{found.entity_type} {found.golden_id}", style="bold")
    if found.redirected_from is not None:
        output.say(f"asked for {found.redirected_from}, which was merged into it")
    number = {view.record: place for place, view in enumerate(found.records, start=1)}
    output.table(
        [(f"#{number[r.record]}", r.record, r.grade, r.match_weight, r.reason, r.since) for r in found.records],
        columns=["", "source record", "grade", "match weight", "reason", "here since"],
    )
    output.say()
    lines = found.lines
    if not found.steps:
        output.say("it stands alone" if len(found.records) == 1 else "nothing joins its records any more")
    else:
        output.say(f"how it came together (joining takes {lines.match:g} bits on average, staying {lines.keep:g})")
        rows = [
            _step_row(place, step, number, weakest=found.weakest) for place, step in enumerate(found.steps, start=1)
        ]
        left_out = len(rows) - _MOST_STEPS
        output.table(
            rows if left_out <= 0 else [*rows[: _MOST_STEPS - 5], *rows[-5:]],
            columns=["step", "records", "with", "average", "strongest pair", ""],
        )
        if left_out > 0:
            output.say(f"{left_out} steps in the middle are not shown; --json has them")
    if not found.whole:
        output.say("judged now it would not be this customer: the next run may part it or join it to another")
    if found.partial:
        output.say("it hangs together with too many records to look at all of them; only its own were")
    for near in found.neighbours:
        strongest = near.strongest
        other = strongest.b if strongest.a in number else strongest.a
        output.say(f"not {near.golden_id} ({other}, {strongest.match_weight:.2f} bits): {near.reason}")
    _tell_decisions(found.decisions)
    for event in found.history:
        others = f" with {', '.join(map(str, event.others))}" if event.others else ""
        output.say(f"{output.shown(event.at)} {event.golden_id} {event.kind}{others}")
    _tell_changes(found.changed_since)


def _step_row(
    place: int, step: StepView, number: dict[RecordKey, int], *, weakest: StepView | None
) -> tuple[str, str, str, str, str, str]:
    def named(records: Iterable[RecordKey]) -> str:
        return " ".join(f"#{number[record]}" if record in number else str(record) for record in records)

    strongest = step.strongest
    pair = "" if strongest is None else f"{named((strongest.a, strongest.b))} {strongest.match_weight:.2f}"
    said = [_KINDS[step.kind], "weakest bridge" if step == weakest and place > 1 else ""]
    return str(place), named(step.a), named(step.b), f"{step.linkage:.2f}", pair, ", ".join(filter(None, said))


def _tell_decisions(decisions: Iterable[DecisionView]) -> None:
    for decision in decisions:
        first, second = decision.records
        said = f"{decision.actor} on {output.shown(decision.at)}: {_DECISIONS[decision.kind]}"
        output.say(f"decision: {first} and {second}, {said} ({decision.reason})")


def _tell_changes(changed: Sequence[str]) -> None:
    if changed:
        output.say(f"changed since the last run, so the next may say otherwise: {', '.join(changed)}")
