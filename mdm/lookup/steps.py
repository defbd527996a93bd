"""A waterfall in the order it is shown: the start, the largest evidence first, what is too small to name in one."""

from __future__ import annotations

import math
from dataclasses import dataclass

from matching_rules.explain import Contribution
from mdm.lookup.explanation import Waterfall

_MOST_PARTS = 12
_SMALL = 0.05


@dataclass(frozen=True)
class Step:
    """What one line of a waterfall adds, in bits, ``rarity`` (the term-frequency part) apart from ``weight``.

    ``part`` has the values; None for the start, the sum of small parts and the crowding correction.
    """

    says: str
    weight: float
    rarity: float
    part: Contribution | None

    @property
    def bits(self) -> float:
        """Both together."""
        return self.weight + self.rarity


def steps(evidence: Waterfall) -> list[Step]:
    """The steps, which sum to the match weight."""
    parts = sorted(evidence.parts, key=lambda part: -abs(part.bits))
    told = [part for part in parts if abs(part.bits) >= _SMALL][:_MOST_PARTS]
    start = "before any evidence" if evidence.decided_by == "first" else "where the second stage begins"
    return [
        Step(start, evidence.start, 0.0, None),
        *(_step(part) for part in told),
        *_rest([part for part in parts if part not in told and part.bits]),
        *([Step("strangers agree by chance among so many", -evidence.crowded, 0.0, None)] if evidence.crowded else []),
    ]


def first_steps(evidence: Waterfall) -> list[Step]:
    """What each comparison of the first stage says; sums to its weight."""
    said = sorted((part for part in evidence.first_stage if part.bits), key=lambda part: -abs(part.bits))
    return [Step("before any evidence", evidence.prior, 0.0, None), *map(_step, said)]


def _step(part: Contribution) -> Step:
    return Step(f"{part.name.replace('_', ' ')}: {part.says}", part.weight, part.rarity, part)


def _rest(parts: list[Contribution]) -> list[Step]:
    if not parts:
        return []
    said = f"{len(parts)} smaller ones"
    return [Step(said, math.fsum(p.weight for p in parts), math.fsum(p.rarity for p in parts), None)]
