"""Explanations as pages: the answer, the waterfall of the match weight, and the numbers behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from mdm.charts import (
    Bar,
    Fall,
    Mark,
    Markup,
    bar_chart,
    details,
    element,
    figure,
    fragment,
    note,
    page,
    section,
    table,
    value,
    waterfall_chart,
)
from mdm.charts.scales import signed
from mdm.lookup.explain import explain
from mdm.lookup.explanation import CustomerExplanation, DecisionView, Lines, PairExplanation, StepView
from mdm.lookup.steps import Step, first_steps, steps
from mdm.model import RecordKey
from mdm.ruleset import load_rule_set
from mdm.settings import Settings
from mdm.store.engine import Store

if TYPE_CHECKING:
    from matching_rules.explain import Shown

_MOST_STEPS = 10
_KINDS = {"evidence": "by evidence", "kept": "kept: too little to join anew", "decided": "a steward said so"}
_DECISIONS = {"must_link": "the same", "cannot_link": "not the same"}
StrongestPairs = Mapping[tuple[RecordKey, RecordKey], PairExplanation]


def explanation_page(store: Store, settings: Settings, found: PairExplanation | CustomerExplanation) -> str:
    """What ``explain`` found as a page; of a customer the strongest pairs of its steps are explained too."""
    if isinstance(found, PairExplanation):
        return pair_page(found)
    return customer_page(found, _strongest_pairs(store, settings, found))


def _strongest_pairs(store: Store, settings: Settings, found: CustomerExplanation) -> StrongestPairs:
    """The strongest pair of at most ``_MOST_STEPS`` steps, those of the weakest bridges."""
    rules = load_rule_set(settings)
    weakest = sorted((step for step in found.steps if step.strongest is not None), key=lambda step: step.linkage)
    explained: dict[tuple[RecordKey, RecordKey], PairExplanation] = {}
    for step in weakest[:_MOST_STEPS]:
        if step.strongest is None:
            continue
        a, b = step.strongest.a, step.strongest.b
        pair = explain(store, settings, str(a), str(b), rules=rules)
        if isinstance(pair, PairExplanation):
            explained[a, b] = pair
    return explained


def pair_page(found: PairExplanation) -> str:
    """Why two records are one customer or two, as a page of its own."""
    return page(f"{found.a} and {found.b}", *pair_parts(found))


def pair_parts(found: PairExplanation) -> list[Markup]:
    """The parts of ``pair_page``, to stand inside another page too."""
    one, two = found.golden_ids
    answer = f"One customer: {one}" if found.together else f"Two customers: {one} and {two}"
    of = f"The strongest of {found.strongest_of} pairs between {found.asked[0]} and {found.asked[1]}."
    reasons = (element("li", r.text if r.text.startswith(r.why) else f"{r.why}: {r.text}") for r in found.reasons)
    parts = [element("p", element("strong", answer)), element("ul", *reasons)]
    if found.strongest_of is not None:
        parts.append(note(of))
    if found.weight is None or found.evidence is None:
        parts.append(note("There is no match weight: records of two kinds are never compared."))
    else:
        parts += _weight_parts(found)
        parts.append(_blocking(found))
    parts += _decisions(found.decisions)
    parts += _changed(found.changed_since)
    return parts


def _weight_parts(found: PairExplanation) -> list[Markup]:
    evidence, weight = found.evidence, found.weight
    if evidence is None or weight is None:
        return []
    if weight.stored is None:
        stored = "the last run stored none"
    else:
        stored = "as stored by the last run" if weight.agrees else f"the last run stored {weight.stored:.2f}"
    said = f"Match weight {signed(weight.recomputed)} bits, {stored}"
    marks = _marks(found.lines)
    parts = [_waterfall(steps(evidence), heading=said, total="match weight", marks=marks, found=found)]
    if evidence.decided_by == "second":
        first = f"The first stage says {signed(evidence.first_weight)} bits"
        chart = _waterfall(first_steps(evidence), heading=first, total="first-stage weight", marks=(), found=found)
        parts.append(details(f"{first}; the second stage decided", chart))
    return parts


def _marks(lines: Lines | None) -> tuple[Mark, ...]:
    return () if lines is None else (Mark(lines.potential_match, "ask a steward"), Mark(lines.match, "match"))


def _waterfall(
    shown: Sequence[Step], *, heading: str, total: str, marks: Sequence[Mark], found: PairExplanation
) -> Markup:
    falls = [Fall(step.says, step.weight, step.rarity) for step in shown]
    says = "; ".join(f"{fall.label} {signed(fall.bits)}" for fall in falls)
    chart = waterfall_chart(falls, total_label=total, marks=marks, title=heading, says=says)
    a, b = _sides(found)
    rows = [
        (
            step.says,
            signed(step.bits),
            signed(step.rarity) if step.rarity else "",
            _values(step.part.values, "a") if step.part else "",
            _values(step.part.values, "b") if step.part else "",
        )
        for step in shown
    ]
    rows.append((total, signed(sum(step.bits for step in shown)), "", "", ""))
    numbers = table(["evidence", "bits", "of it rarity, bits", a, b], rows, caption=f"{heading}: what it adds up from")
    key = note("One more bit doubles the odds. Pale and dashed: how rare the value is (term frequency).")
    return fragment(element("h3", heading), key, figure(chart, numbers, heading=heading))


def _sides(found: PairExplanation) -> tuple[str, str]:
    one, two = found.a, found.b
    return (one.system, two.system) if one.system != two.system else (one.source_id, two.source_id)


def _values(shown: Iterable[Shown], side: str) -> Markup:
    """What one side says, each text once: a name stands in several columns."""
    said = list(dict.fromkeys(", ".join(getattr(one, side)) for one in shown))
    named = [value(text) for text in said if text]
    return fragment(*(fragment(" · ", text) if place else text for place, text in enumerate(named)))


def _blocking(found: PairExplanation) -> Markup:
    rows = [
        (b.rule, value(", ".join(key.values)), key.carriers, key.unusable or "pairs them")
        for b in found.blocking
        for key in b.keys
    ]
    if not rows:
        return note("No blocking key in common.")
    return details(
        f"{len(rows)} blocking keys in common",
        table(["rule", "key", "records with it", ""], rows, caption="What has the two compared"),
    )


def _decisions(decisions: Iterable[DecisionView]) -> list[Markup]:
    return [
        element(
            "p",
            f"Decision: {d.records[0]} and {d.records[1]}, {d.actor} on {d.at:%Y-%m-%d}: {_DECISIONS[d.kind]} (",
            value(d.reason),
            ")",
        )
        for d in decisions
    ]


def _changed(changed: Sequence[str]) -> list[Markup]:
    if not changed:
        return []
    return [note(f"Changed since the last run, so the next may say otherwise: {', '.join(changed)}.")]


def customer_page(found: CustomerExplanation, strongest: StrongestPairs) -> str:
    """How a customer came about, as a page; ``strongest`` explains the strongest pair of each step, where known."""
    redirected = f"Asked for {found.redirected_from}, which was merged into it."
    return page(
        f"{found.entity_type} {found.golden_id}",
        note(redirected) if found.redirected_from is not None else None,
        _records(found),
        section("How it came together", *_formation(found, strongest), name="steps"),
        section("Who it is not", *_neighbours(found), name="neighbours"),
        *_history(found),
        *_changed(found.changed_since),
    )


def _records(found: CustomerExplanation) -> Markup:
    rows = [
        (f"#{number}", str(r.record), r.grade, "" if r.match_weight is None else signed(r.match_weight), r.reason)
        for number, r in enumerate(found.records, start=1)
    ]
    columns = ["", "source record", "grade", "match weight, bits", "reason"]
    return section("Its records", table(columns, rows, caption=f"{len(rows)} source records"), name="records")


def _formation(found: CustomerExplanation, strongest: StrongestPairs) -> Iterable[Markup]:
    if not found.steps:
        alone = len(found.records) == 1
        yield element("p", "It stands alone." if alone else "Nothing joins its records any more.")
        return
    number = {view.record: f"#{place}" for place, view in enumerate(found.records, start=1)}
    names = [f"{_named(step.a, number)} with {_named(step.b, number)}" for step in found.steps]
    heading = "Average weight between the groups that came together"
    yield note(f"Joining takes {found.lines.match:g} bits on average, staying {found.lines.keep:g}.")
    if not found.whole:
        yield element("p", "Judged now it would not be this customer: the next run may part it or join it to another.")
    if found.partial:
        yield note("It hangs together with too many records to look at all of them; only its own were.")
    chart = _step_bars(names, [step.linkage for step in found.steps], title=heading)
    rows = [
        (str(place), name, signed(step.linkage), _KINDS[step.kind], "weakest" if step == found.weakest else "")
        for place, (name, step) in enumerate(zip(names, found.steps, strict=True), start=1)
    ]
    numbers = table(["step", "records", "average, bits", "", "bridge"], rows, caption=heading)
    yield figure(chart, numbers, heading=heading)
    yield element("h3", "The strongest pair of each step")
    left_out = 0
    for place, step in enumerate(found.steps, start=1):
        pair = None if step.strongest is None else strongest.get((step.strongest.a, step.strongest.b))
        if pair is None:
            left_out += 1
        else:
            said = f"Step {place}: {pair.a} and {pair.b}{_weakest(step, found)}"
            yield details(said, *pair_parts(pair))
    if left_out:
        yield note(f"{left_out} steps are not shown here; mdm explain of their two records shows them.")


def _weakest(step: StepView, found: CustomerExplanation) -> str:
    return " (the weakest bridge)" if step == found.weakest and len(found.steps) > 1 else ""


def _step_bars(names: Sequence[str], bits: Sequence[float], *, title: str) -> Markup:
    """Bars of bits that may be below 0: these have none, and their number says so."""
    bars = [Bar(name, max(0.0, size), f"{signed(size)} bits") for name, size in zip(names, bits, strict=True)]
    return bar_chart(bars, title=title, says="; ".join(f"{bar.label} {bar.says}" for bar in bars))


def _named(records: Iterable[RecordKey], number: Mapping[RecordKey, str]) -> str:
    return " ".join(number.get(record, str(record)) for record in records)


def _neighbours(found: CustomerExplanation) -> Iterable[Markup]:
    if not found.neighbours:
        yield element("p", "No other customer is near.")
    else:
        rows = [
            (
                str(near.golden_id),
                str(near.strongest.a),
                str(near.strongest.b),
                signed(near.strongest.match_weight),
                near.reason,
            )
            for near in found.neighbours
        ]
        columns = ["golden id", "strongest pair", "", "bits", "why not"]
        yield table(columns, rows, caption="The nearest other customers")
    yield from _decisions(found.decisions)


def _history(found: CustomerExplanation) -> Iterable[Markup]:
    if found.history:
        rows = [
            (f"{event.at:%Y-%m-%d %H:%M}Z", str(event.golden_id), event.kind, ", ".join(map(str, event.others)))
            for event in found.history
        ]
        listed = table(["when", "golden id", "what", "with"], rows, caption="Events in the life of its ids")
        yield section("History", listed, name="history")
