"""Runs and evaluations in words and tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mdm.cli import output

if TYPE_CHECKING:
    from mdm.evaluate import Evaluation
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
