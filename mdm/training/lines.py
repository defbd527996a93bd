"""Where the lines between the grades run for a model: chosen by what clusters would look like, not pair by pair.

A pair's own weight does not tell whether it is rightly joined: others pull it in or keep it out. So every line is tried
on the labelled pairs' neighbourhood, and of each pair two things count: its weight and the highest line that joins it.
From
both its match probability is learnt (four numbers, not one verdict for each label), which makes few labels go far.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from matching_rules.calibrate import Calibration, fit_logistic
from matching_rules.rules import Thresholds
from mdm.training.evidence import Bools, Floats
from mdm.training.judge import Neighbourhood, Sample, draws, estimate, f1_draws

PRICE = 0.01
"""Expected precision that a better F1 may cost at most, where the user names no precision to reach."""

_STEP, _DOWN, _UP = 0.5, 8, 10
LOWEST = -_STEP * _DOWN
"""How far below the line in force lines are tried, in bits."""

_MERGE_STEPS = 6
_WRONG_MERGE = 2.0  # a wrong merge of two customers counts as so many missed ones
_DRAWN = 100
_SUREST = 12.0


@dataclass(frozen=True)
class Line:
    """A line tried for ``match``, and the figures expected of it after clustering. ``taken`` marks the one chosen."""

    match: float
    precision: float
    recall: float
    f1: float
    taken: bool


@dataclass(frozen=True)
class Lines:
    """The lines chosen, in words why, and all that were tried."""

    thresholds: Thresholds
    reason: str
    tried: tuple[Line, ...]


def choose_lines(
    near: Neighbourhood,
    chosen: Bools,
    weights: Floats,
    of: Sample,
    *,
    base: Thresholds,
    calibration: Calibration,
    precision: float | None,
    progress: Callable[[int, int], None],
) -> Lines:
    """The lines for a model, by the labelled pairs ``chosen``: their weights, and the sample they are.

    Best expected F1 among lines whose expected precision is ``precision`` or, without one, at most ``PRICE`` below that
    of the line in force; this stays where the gain is within what chance gives. ``base``: the rule file's lines, whose
    distances are kept.
    """
    in_force = near.entity.rules.thresholds.match
    places = [in_force + _STEP * i for i in range(-_DOWN, _UP + 1)]
    joined = []
    for done, place in enumerate(places):
        joined.append(near.joined(lines_at(place, base, calibration))[chosen])
        progress(done + 1, len(places))
    features = _features(weights, joined, places)
    expected = _expected(of, features, np.ones(len(weights)))
    found = [estimate(expected, part, line=place) for place, part in zip(places, joined, strict=True)]
    drawn = draws(of, _DRAWN)
    spread = np.array([_f1_of(of, features, joined, places, once) for once in drawn])
    floor = found[_DOWN].precision - PRICE if precision is None else precision
    taken, reason = _best([(f.precision, f.f1) for f in found], spread, floor=floor)
    table = tuple(
        Line(place, e.precision, e.recall, e.f1, i == taken)
        for i, (place, e) in enumerate(zip(places, found, strict=True))
    )
    lines = lines_at(places[taken], base, calibration)
    merge = _merge(near, lines, chosen, expected, drawn)
    return Lines(lines.model_copy(update={"merge": merge}), reason, table)


def _merge(near: Neighbourhood, lines: Thresholds, chosen: Bools, expected: Sample, drawn: Floats) -> float:
    """The line for joining two customers that both exist: from ``match`` upwards the one whose next run costs least, a
    wrong merge counting ``_WRONG_MERGE`` times; the rule file's distance stays where the gain is within chance.
    """
    tried = [lines.merge, *(round(lines.match + _STEP * i, 4) for i in range(_MERGE_STEPS))]
    costs = []
    for place in dict.fromkeys(p for p in tried if p <= lines.merge):
        part = near.joined(lines.model_copy(update={"merge": place}), as_held=True)[chosen]
        each = np.where(part, _WRONG_MERGE * (1 - expected.believed), expected.believed) * expected.stands_for
        costs.append((place, each))
    usual = costs[0][1]
    place, least = min(costs, key=lambda c: (round(float(c[1].sum()), 6), -c[0]))
    gain = drawn @ (usual - least)
    return place if float((usual - least).sum()) > gain.std() else lines.merge


def _features(weights: Floats, joined: list[Bools], places: list[float]) -> Floats:
    """Weight, highest line that joins the pair, and whether any does."""
    highest = np.full(len(weights), places[0] - _STEP)
    for place, part in zip(places, joined, strict=True):
        highest = np.where(part, place, highest)
    scale = 4.0  # bits: of the size of one, as the ridge expects
    clipped = np.clip(weights, -_SUREST, _SUREST)
    return np.column_stack([clipped / scale, highest / scale, np.any(joined, axis=0)]).astype(np.float64)


def _expected(of: Sample, features: Floats, counts: Floats) -> Sample:
    return replace(of, believed=fit_logistic(features, of.believed, counts))


def _f1_of(of: Sample, features: Floats, joined: list[Bools], places: list[float], drawn: Floats) -> list[float]:
    """F1 of every line in one draw of the customers."""
    expected = _expected(of, features, drawn)
    return [
        float(f1_draws(expected, part, drawn[None, :], line=place)[0])
        for place, part in zip(places, joined, strict=True)
    ]


def _best(found: list[tuple[float, float]], spread: Floats, *, floor: float) -> tuple[int, str]:
    """The place of the line to take, and why. ``found``: precision and F1; ``spread``: F1 by draw and line."""
    now = _DOWN
    precise = [i for i, (precision, _) in enumerate(found) if precision >= floor]
    if not precise:
        return max(range(len(found)), key=lambda i: found[i]), (
            f"no line is expected to be {floor:.1%} precise: the most precise one was taken"
        )
    best = max(precise, key=lambda i: (found[i][1], -abs(i - now)))
    if now in precise:
        gain = spread[:, best] - spread[:, now]
        if best == now or found[best][1] - found[now][1] <= gain.std():
            return now, "no line is better beyond chance than the one in force"
    return best, f"the best expected F1 among lines expected to be {floor:.1%} precise"


def lines_at(match: float, base: Thresholds, calibration: Calibration) -> Thresholds:
    """The lines around a line for ``match``: with the odds between them, and for questions, that the rule file
    gives.
    """
    wide = 1 / calibration.slope
    keep = match - (base.match - base.keep) * wide
    asked = min(calibration.weight_at(base.potential_match), keep)
    return Thresholds(
        potential_match=round(asked, 4),
        keep=round(keep, 4),
        match=round(match, 4),
        merge=round(match + (base.merge - base.match) * wide, 4),
    )
