"""An evaluation as a page: figures, segments, curves, weights, losses and the worst errors with their evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mdm.charts import (
    Bar,
    ColumnPanel,
    DotRow,
    Mark,
    Markup,
    Series,
    bar_chart,
    column_chart,
    details,
    dot_chart,
    element,
    figure,
    fragment,
    line_chart,
    note,
    page,
    section,
    table,
)
from mdm.charts.scales import signed, whole
from mdm.evaluate.figures import Figures
from mdm.evaluate.report import (
    Accounts,
    ClusteredCut,
    Curve,
    ErrorView,
    Evaluation,
    Segment,
    SegmentFigures,
    Stage,
    changed_in_words,
)
from mdm.lookup.explanation import Lines
from mdm.lookup.pages import pair_parts

_MOST_VALUES = 12
# Beyond the cut at which hardly anything is found, a curve has nothing more to say.
_LEAST_RECALL = 0.02
_NAMES = ("precision", "recall", "F1")
_SECTIONS = {
    "figures": "Figures",
    "segments": "By segment",
    "losses": "What was lost, and where",
    "curves": "Other match lines",
    "merges": "Worst false merges",
    "misses": "Worst misses",
}
STAGES = {
    Stage.ABSENT: "not here, or waiting for a run",
    Stage.KINDS: "a person and an organisation",
    Stage.STEWARD: "a steward keeps them apart",
    Stage.BLOCKING: "strong enough, but never compared",
    Stage.WEIGHT: "weight below the match line",
    Stage.VETO: "strong enough, but the pair is forbidden",
    Stage.CLUSTERING: "strong enough, but not as whole customers",
}
"""What each stage of a loss means; strong enough: its weight reaches the match line."""


def evaluation_page(found: Evaluation) -> str:
    """The whole page. It quotes customers' values where it explains errors."""
    links = (element("li", element("a", said, href=f"#{name}")) for name, said in _SECTIONS.items())
    return page(
        "Matching, held against the truth",
        _summary(found),
        element("p", element("strong", changed_in_words(found))) if found.changed_since else None,
        element("nav", element("ul", *links), aria_label="On this page"),
        section(_SECTIONS["figures"], *_figures(found), name="figures"),
        section(_SECTIONS["segments"], *_segments(found.segments), name="segments"),
        section(_SECTIONS["losses"], *_accounts(found), name="losses"),
        section(_SECTIONS["curves"], *_curves(found.curves), name="curves"),
        section(_SECTIONS["merges"], *_errors(found.false_merges, empty=_NO_MERGES), name="merges"),
        section(_SECTIONS["misses"], *_errors(found.misses, empty=_NO_MISSES), name="misses"),
    )


_NO_MERGES = "No golden record holds two customers."
_NO_MISSES = "No customer whose records are here stands in two golden records."


def _summary(e: Evaluation) -> Markup:
    said = (
        f"{whole(e.records)} records of {whole(e.entities)} customers came out as {whole(e.golden)} golden records;"
        f" the largest holds {whole(e.largest_golden)}."
    )
    left = ""
    if e.missing or e.extra:
        left = (
            f" {whole(e.missing)} records of the truth are not here (each counts as alone);"
            f" {whole(e.extra)} here are not in the truth."
        )
    cards = [
        (f"{e.pairwise.precision:.4f}", "precision of pairs"),
        (f"{e.pairwise.recall:.4f}", "recall of pairs"),
        (f"{e.pairwise.f1:.4f}", "F1 of pairs"),
        (f"{e.bcubed.f1:.4f}", "B-cubed F1"),
        (f"{e.exact_share:.1%}", "customers exactly right"),
    ]
    listed = (element("li", element("strong", number), name) for number, name in cards)
    return fragment(element("p", said, left), element("ul", *listed, class_="figures"))


def _shares(f: Figures) -> tuple[float, float, float]:
    return f.precision, f.recall, f.f1


def _figures(e: Evaluation) -> Iterable[Markup]:
    rows = [
        ("pairs of records", e.true_pairs, e.made_pairs, *_shares(e.pairwise)),
        ("B-cubed (mean over records)", None, None, *_shares(e.bcubed)),
    ]
    yield table(["", "true pairs", "pairs made", "precision", "recall", "F1"], rows, caption="Over all records")
    systems = [
        (f"{p.system_a} – {p.system_b}", p.true_pairs, p.golden_pairs, *_shares(p.pairwise))
        for p in e.system_pairs
        if p.true_pairs or p.golden_pairs
    ]
    if systems:
        columns = ["systems", "true pairs", "pairs made", "precision", "recall", "F1"]
        heading = "Pairs between systems"
        dots = [DotRow(s[0], s[3], s[4], whole(s[1])) for s in systems if s[1]]
        chart = dot_chart(dots, title=heading, says=_read(dots), heading="true pairs")
        yield element("h3", heading)
        yield figure(chart, table(columns, systems, caption=heading), heading=heading)
    else:
        yield element("p", "There is no pair: every customer and every golden record has one record.")


def _read(rows: Sequence[DotRow]) -> str:
    return "; ".join(f"{r.label}: precision {r.precision:.3f}, recall {r.recall:.3f}" for r in rows)


def _segments(segments: Sequence[Segment]) -> Iterable[Markup]:
    yield note(
        "A pair counts where at least one of its records is in the segment. Each record stands in one value of every"
        " segment; records that are not here stand in none."
    )
    for segment in segments:
        yield element("h3", segment.name[:1].upper() + segment.name[1:])
        yield note(f"{segment.says[:1].upper()}{segment.says[1:]}.")
        paired = [v for v in segment.values if v.true_pairs or v.made_pairs]
        if not paired:
            yield element("p", "There is no pair to divide.")
            continue
        drawn = [v for v in paired if v.true_pairs][:_MOST_VALUES]
        dots = [DotRow(v.value, *_shares(v.pairwise)[:2], whole(v.records)) for v in drawn]
        chart = dot_chart(dots, title=f"Precision and recall by {segment.name}", says=_read(dots), heading="records")
        columns = ["", "records", "customers", "exactly right", "true pairs", "made", *_NAMES, "B³ F1"]
        rows = [_segment_row(v) for v in segment.values]
        yield figure(chart, table(columns, rows, caption=segment.says), heading=f"By {segment.name}")
        if len(paired) > len(drawn):
            yield note(f"{len(paired) - len(drawn)} more are in the table only.")


def _segment_row(v: SegmentFigures) -> tuple[object, ...]:
    counts = (v.value, v.records, v.entities, f"{v.exact_share:.1%}", v.true_pairs, v.made_pairs)
    return (*counts, *_shares(v.pairwise), v.bcubed.f1)


def _accounts(e: Evaluation) -> Iterable[Markup]:
    accounts = e.accounts
    if accounts is None:
        return
    if not accounts.missed:
        yield element("p", "Nothing was lost." if e.true_pairs else "There is no true pair to lose.")
    else:
        yield element(
            "p",
            f"{whole(accounts.missed)} of {whole(e.true_pairs)} true pairs are two customers here, each counted once:",
        )
        yield _losses(accounts, e.true_pairs)
        yield note(
            "Pairs that were never compared are weighed here as if they had been: an estimate of what blocking cost."
        )
    if accounts.left_out:
        yield note(f"{whole(accounts.left_out)} more are of customers with too many records to look at each pair.")
    if accounts.joined:
        rows = [(j.reason, j.right, j.wrong, j.right / max(1, j.right + j.wrong)) for j in accounts.joined]
        yield element("h3", "What joined the pairs that were made")
        columns = ["", "of one customer", "of two", "precision"]
        yield table(columns, rows, caption="Pairs of records inside one golden record, by what brought them together")


def _losses(accounts: Accounts, true_pairs: int) -> Markup:
    bars = [
        Bar(STAGES[stage], lost, f"{whole(lost)} ({lost / max(1, true_pairs):.1%})")
        for stage in Stage
        if (lost := accounts.lost(stage))
    ]
    heading = "True pairs lost, by the stage that lost them"
    chart = bar_chart(bars, title=heading, says="; ".join(f"{bar.label}: {bar.says}" for bar in bars))
    rows = [(loss.stage.value, loss.reason, loss.pairs, loss.pairs / max(1, true_pairs)) for loss in accounts.losses]
    numbers = table(["stage", "reason", "pairs", "share of true pairs"], rows, caption=heading)
    return figure(chart, numbers, heading=heading)


def _curves(curves: Sequence[Curve]) -> Iterable[Markup]:
    if not curves:
        yield element("p", "No record of the truth is here.")
    for curve in curves:
        yield element("h3", f"Match line: {curve.entity_type}")
        if not curve.true_pairs and not any(cut.pairs for cut in curve.pairs):
            yield element("p", "There is no pair to draw a line through.")
            continue
        yield from _cuts(curve)
        yield _histogram(curve)


def _series(points: Sequence[tuple[float, Figures]]) -> list[Series]:
    return [Series(name, [(x, _shares(f)[i]) for x, f in points]) for i, name in enumerate(_NAMES)]


def _cuts(curve: Curve) -> Iterable[Markup]:
    marks = _marks(curve.lines)
    if curve.clustered:
        heading = f"After clustering at each line ({curve.entity_type})"
        points = [(cut.weight, cut.figures.pairwise) for cut in curve.clustered]
        columns = ["match line, bits", *_NAMES, "B³ F1", "exactly right", "largest", "questions for stewards"]
        rows = [_clustered_row(cut) for cut in curve.clustered]
        yield note(
            "All records clustered anew as in a first load, with the match line there: this is what counts. Best F1 of"
            f" these: {signed(curve.best or 0.0)} bits. A false merge is worse than a miss: prefer a line to its right."
        )
        yield _drawn(heading, points, marks, columns, rows)
    else:
        yield note("Not judged after clustering, as there are many records: mdm evaluate --recluster does.")
    heading = f"Pairs as stored, before clustering ({curve.entity_type})"
    shown = [cut for cut in curve.pairs if cut.pairs]
    points = [(cut.weight, cut.figures) for cut in shown if cut.figures.recall >= _LEAST_RECALL]
    columns = ["cut, bits", "pairs", "of one customer", *_NAMES]
    counted = [(signed(c.weight), c.pairs, c.right, *_shares(c.figures)) for c in shown]
    yield note(
        "Every stored pair at or above the cut taken for one customer. Clusters may be better or far worse than their"
        f" pairs. Below {signed(curve.lines.potential_match)} bits not every pair is stored. Recall counts all true"
        " pairs, those never compared too."
    )
    if points:
        yield _drawn(heading, points, marks, columns, counted)


def _clustered_row(cut: ClusteredCut) -> tuple[object, ...]:
    f = cut.figures
    shares = (*_shares(f.pairwise), f.bcubed.f1, f"{f.exact_share:.1%}")
    return (signed(cut.weight), *shares, f.largest, cut.questions)


def _drawn(
    heading: str,
    points: Sequence[tuple[float, Figures]],
    marks: Sequence[Mark],
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
) -> Markup:
    says = "; ".join(f"at {x:g} precision {f.precision:.3f}, recall {f.recall:.3f}" for x, f in points[:20])
    chart = line_chart(
        _series(points), marks=marks, title=heading, says=says, x_label="match weight, bits", y_label="share of pairs"
    )
    return fragment(element("h4", heading), figure(chart, table(columns, rows, caption=heading), heading=heading))


def _marks(lines: Lines) -> list[Mark]:
    named = (
        ("ask a steward", lines.potential_match),
        ("keep", lines.keep),
        ("match", lines.match),
        ("merge", lines.merge),
    )
    return [Mark(x, label) for label, x in named]


def _histogram(curve: Curve) -> Markup:
    h = curve.histogram
    heading = f"Match weights of stored pairs ({curve.entity_type})"
    last = max((i for i, n in enumerate(zip(h.same, h.different, strict=True)) if any(n)), default=0) + 1
    panels = [ColumnPanel("one customer", h.same[:last]), ColumnPanel("two customers", h.different[:last])]
    chart = column_chart(
        h.edges[:last],
        panels,
        marks=_marks(curve.lines),
        title=heading,
        says="; ".join(f"{p.name}: {sum(p.counts)} pairs" for p in panels),
        x_label="match weight, bits",
    )
    rows = [(f"{e:g} to {e + 1:g}", s, d) for e, s, d in zip(h.edges, h.same, h.different, strict=True)][:last]
    numbers = table(["bits", "one customer", "two customers"], rows, caption=heading)
    scales = note("Each kind has a scale of its own.")
    return fragment(element("h4", heading), scales, figure(chart, numbers, heading=heading))


def _errors(errors: Sequence[ErrorView], *, empty: str) -> Iterable[Markup]:
    if not errors:
        yield element("p", empty)
        return
    yield note(
        "The strongest match weight first; of two customers their strongest pair. Open one for its evidence: it quotes"
        " what the records say."
    )
    for error in errors:
        weight = "not weighed" if error.match_weight is None else f"{signed(error.match_weight)} bits"
        pairs = f", {error.pairs} pairs" if error.pairs > 1 else ""
        summary = f"{weight}: {error.a} and {error.b} ({error.reason}{pairs})"
        parts = [note("It cannot be explained now: a record changed, or waits for its run.")]
        yield details(summary, *(pair_parts(error.explanation) if error.explanation else parts))
