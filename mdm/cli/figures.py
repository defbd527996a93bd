"""Runs and evaluations in words and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mdm.cli import output
from mdm.evaluate.report import Stage, changed_in_words

if TYPE_CHECKING:
    from mdm.evaluate import Evaluation, Figures
    from mdm.evaluate.report import Accounts, Curve, ErrorView, Segment
    from mdm.runs import RunReport


def tell_run(report: RunReport) -> None:
    """Prints what a run did, stage by stage; figures of each blocking rule are in its JSON only."""
    if not report.changed:
        output.say(f"nothing to do: no record changed since the last run ({report.seconds:.1f} s)")
        return
    output.say(f"run {report.run_id} {report.state} in {report.seconds:.1f} s", style="bold")
    output.say(f"rule set {report.rule_set}, models {report.model}")
    output.say()
    output.table(
        [(name, counts.get("seconds"), _counted(counts)) for name, counts in report.stages.items()],
        columns=["stage", "seconds", "what"],
    )
    output.say()
    for name, count in report.published.items():
        if count and name != "seconds":
            output.say(f"{name.replace('_', ' '):<26}{output.shown(count):>10}")
    tell_noted({name: n for counts in report.stages.values() for name, n in counts.get("noted", {}).items()})
    for warning in report.warnings:
        output.note(f"warning: {warning}")


_USE = {
    "implausible": "compared as written, never shown in a golden record",
    "incomplete": "compared with others of its kind, never shown in a golden record",
}


def tell_noted(noted: Mapping[str, int]) -> None:
    """Prints how many values the run could not take as they are, by attribute; the values themselves stay unsaid."""
    if not noted:
        return
    output.say()
    output.table(
        [(name.replace("_", " "), n, _USE.get(name.split()[-1], "not compared")) for name, n in noted.items()],
        columns=["values that cannot be right", "how many", "what became of them"],
    )


def _counted(counts: Mapping[str, Any]) -> str:
    """The plain numbers of a stage that are not nothing."""
    named = {k: v for k, v in counts.items() if k != "seconds" and isinstance(v, int) and not isinstance(v, bool) and v}
    return ", ".join(f"{output.shown(v)} {k.replace('_', ' ')}" for k, v in named.items())


def tell_evaluation(evaluation: Evaluation) -> None:
    """Prints the figures, then the pairs of systems."""
    e = evaluation
    output.say(
        f"{output.shown(e.records)} records of {output.shown(e.entities)} customers came out as "
        f"{output.shown(e.golden)} golden records; {output.shown(e.exact)} ({e.exact_share:.1%}) exactly right; "
        f"the largest holds {e.largest_golden}."
    )
    if e.missing or e.extra:
        output.say(
            f"{e.missing} records of the truth are not here (each counts as alone); {e.extra} are not in the truth."
        )
    output.say()
    figures = (("pairs of records", e.pairwise), ("B-cubed", e.bcubed))
    output.table(
        [(name, f"{f.precision:.4f}", f"{f.recall:.4f}", f"{f.f1:.4f}") for name, f in figures],
        columns=["", "precision", "recall", "F1"],
    )
    output.say()
    output.table(
        [
            (
                f"{p.system_a} - {p.system_b}",
                p.true_pairs,
                p.golden_pairs,
                f"{p.pairwise.precision:.4f}",
                f"{p.pairwise.recall:.4f}",
            )
            for p in e.system_pairs
            if p.true_pairs or p.golden_pairs
        ],
        columns=["pairs between", "true", "made", "precision", "recall"],
    )


SHOWN_ERRORS = 5
"""False merges and misses in the table, where no other number is asked for."""

_SHOWN_VALUES = 6
_SHOWN_REASONS = 3
_SHOWN_CUTS = (4.0, 6.0, 10.0)


def tell_depth(evaluation: Evaluation, *, most: int) -> None:
    """Prints all of an evaluation, briefly; ``most`` false merges and as many misses."""
    tell_evaluation(evaluation)
    if evaluation.changed_since:
        output.say()
        output.say(changed_in_words(evaluation))
    _tell_segments(evaluation.segments)
    if evaluation.accounts is not None:
        _tell_accounts(evaluation.accounts, evaluation.true_pairs)
    for curve in evaluation.curves:
        if curve.true_pairs:
            _tell_curve(curve)
    _tell_errors("worst false merges: two customers in one golden record", evaluation.false_merges[:most])
    _tell_errors("worst misses: one customer in two golden records", evaluation.misses[:most])
    if evaluation.false_merges or evaluation.misses:
        output.say()
        output.say("why: mdm explain A B; --html FILE draws all of this with the evidence, --json has every number")


def _tell_segments(segments: Sequence[Segment]) -> None:
    rows = [
        (s.name if place == 0 else "", v.value, v.records, v.true_pairs, *_shares(v.pairwise), f"{v.exact_share:.1%}")
        for s in segments
        for place, v in enumerate(s.values[:_SHOWN_VALUES])
    ]
    if rows:
        output.say()
        columns = ["by segment", "", "records", "true pairs", "precision", "recall", "F1", "exactly right"]
        output.table(rows, columns=columns)
        facts = next((s.says for s in segments if s.name == "facts on the record"), None)
        if facts is not None:
            output.say(f"facts: {facts}")


def _tell_accounts(accounts: Accounts, true_pairs: int) -> None:
    if accounts.losses:
        output.say()
        rows = [_loss_row(accounts, stage, true_pairs) for stage in Stage if accounts.lost(stage)]
        output.table(rows, columns=["true pairs lost by", "pairs", "of all true", "because"])
    if accounts.left_out:
        output.say(f"{output.shown(accounts.left_out)} more lost pairs are of customers too large to look at each pair")
    if accounts.joined:
        output.say()
        output.table(
            [(j.reason, j.right, j.wrong) for j in accounts.joined],
            columns=["pairs made by", "of one customer", "of two"],
        )


def _loss_row(accounts: Accounts, stage: Stage, true_pairs: int) -> tuple[str, int, str, str]:
    lost = accounts.lost(stage)
    reasons = [f"{loss.reason} {output.shown(loss.pairs)}" for loss in accounts.losses if loss.stage == stage]
    more = f"; {len(reasons) - _SHOWN_REASONS} more" if len(reasons) > _SHOWN_REASONS else ""
    return stage.value, lost, f"{lost / max(1, true_pairs):.2%}", "; ".join(reasons[:_SHOWN_REASONS]) + more


def _tell_curve(curve: Curve) -> None:
    output.say()
    named = {getattr(curve.lines, line): line for line in ("merge", "match", "keep", "potential_match")}
    if curve.clustered:
        rows: list[tuple[object, ...]] = [
            (f"{c.weight:.3g}", named.get(c.weight, ""), *_shares(c.figures.pairwise), c.figures.largest, c.questions)
            for c in curve.clustered
        ]
        columns = [f"match line ({curve.entity_type})", "", "precision", "recall", "F1", "largest", "questions"]
        output.table(rows, columns=columns)
        output.say("bits; all records clustered anew at each line, as in a first load")
    else:
        shown = [c for c in curve.pairs if c.weight in named or c.weight in _SHOWN_CUTS]
        rows = [(f"{c.weight:.3g}", named.get(c.weight, ""), c.pairs, *_shares(c.figures)) for c in shown]
        output.table(rows, columns=[f"cut ({curve.entity_type})", "", "pairs", "precision", "recall", "F1"])
        output.say("bits; stored pairs before clustering, which is not what counts: --recluster judges clusters")


def _tell_errors(title: str, errors: Sequence[ErrorView]) -> None:
    if errors:
        output.say()
        rows = [
            ("" if e.match_weight is None else f"{e.match_weight:.2f}", e.pairs, e.a, e.b, e.reason) for e in errors
        ]
        output.table(rows, columns=["bits", "pairs", "A", "B", "because"], title=title)


def _shares(figures: Figures) -> tuple[str, str, str]:
    return f"{figures.precision:.4f}", f"{figures.recall:.4f}", f"{figures.f1:.4f}"
