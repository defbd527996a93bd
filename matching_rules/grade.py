"""The grade of one pair of records: whether its weight, and what speaks against it, would join the two.

What a run does with two records that stand alone (``match``, ``sql/question.sql``), as a word. A run judges groups: a
pair that matches may be kept apart by the others of its group, and one below the line may be joined through them.
"""

from __future__ import annotations

from enum import StrEnum

from matching_rules.rules import MatchingRules


class Grade(StrEnum):
    """``match``: would be joined; ``potential_match``: a steward would be asked; ``no_match``: two customers."""

    MATCH = "match"
    POTENTIAL_MATCH = "potential_match"
    NO_MATCH = "no_match"


def grade(rules: MatchingRules, *, match_weight: float, contradiction: str | None, bare: bool) -> Grade:
    """``contradiction``: by which rule both can never be one customer. ``bare``: nothing but a name in common.

    Where something speaks against a pair, a steward is asked only if the weight alone would have joined it.
    """
    lines = rules.thresholds
    believed = contradiction is None and (not bare or match_weight >= rules.guards.bare)
    if believed and match_weight >= lines.match:
        return Grade.MATCH
    asked_from = lines.match if bare or contradiction is not None else lines.potential_match
    return Grade.POTENTIAL_MATCH if match_weight >= asked_from else Grade.NO_MATCH
