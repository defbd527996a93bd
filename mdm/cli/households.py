"""Households in words and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mdm.cli import output

if TYPE_CHECKING:
    from mdm.evaluate import HouseholdEvaluation
    from mdm.lookup import HouseholdView


def tell_evaluation(evaluation: HouseholdEvaluation) -> None:
    """Prints the figures of households."""
    e = evaluation
    output.say(
        f"{output.shown(e.people)} people; {output.shown(e.shared)} households of two or more, "
        f"{output.shown(e.exact)} ({e.exact_share:.1%}) exactly right; the largest made holds {e.largest} records."
    )
    if e.missing:
        output.say(f"{output.shown(e.missing)} people of the truth are not here (each counts as living alone).")
    output.say()
    figures = (("pairs of people", e.pairwise), ("B-cubed", e.bcubed))
    output.table(
        [(name, f"{f.precision:.4f}", f"{f.recall:.4f}", f"{f.f1:.4f}") for name, f in figures],
        columns=["", "precision", "recall", "F1"],
    )


def tell_household(household: HouseholdView) -> None:
    """Prints whom a customer lives with."""
    said_by = f", as {household.actor} said" if household.actor else ""
    if household.household_id is None:
        output.say(f"lives with nobody{said_by}: {household.reason}")
        return
    output.say(f"household {household.household_id} since {output.shown(household.since)}: {household.reason}{said_by}")
    output.table(
        [(m.golden_id, m.name, m.reason, m.since) for m in household.others],
        columns=["lives with", "name", "because", "since"],
    )
