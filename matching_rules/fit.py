"""Weights from labelled pairs: a logistic regression over comparison levels and value rarity.

Comparisons are not independent (a household shares street, phone and last name at once), and Fellegi-Sunter weights
learnt one by one count such evidence several times. Fitting all weights together on candidate pairs whose truth is
known repairs that and stays additive: each level has one weight, so every score can be explained exactly. Used for the
shipped models (truth of the project's own generator) and for stewards' labels, never for benchmark truth.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matching_rules.rules import Comparison

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Fitted:
    """Weights in bits: ``intercept``, one per (comparison, level label), and how much rarity counts (0..1)."""

    intercept: float
    weights: dict[str, dict[str, float]]
    frequency_weight: float


def fit_weights(
    *,
    comparisons: Sequence[Comparison],
    gammas: npt.NDArray[np.int8],
    rarity: Floats,
    is_match: npt.NDArray[np.bool_],
    ridge: float = 1.0,
) -> Fitted:
    """Fits by Newton's method with a ridge prior around 0.

    ``gammas``: one column per comparison, level number counted from the last level upwards, -1 not comparable.
    ``rarity``: bits by which the agreeing values of a pair are rarer than average (0 where nothing agrees).
    Levels stand best first in the rules, and none ever weighs less than one below it: neighbours that the pairs would
    put the other way round share one weight. A level that was never seen takes its assumed weight, or that of
    its weaker neighbour.
    """
    gammas, rarity, y, worth = _alike_once(gammas, rarity, is_match)
    seen = [
        [level for level in reversed(range(len(c.levels))) if not c.fixed and (gammas[:, i] == level).any()]
        for i, c in enumerate(comparisons)
    ]
    pools = [[[level] for level in levels] for levels in seen]  # per comparison, best first: levels of one weight
    while True:
        blocks = [np.isin(gammas[:, i], pool) for i, found in enumerate(pools) for pool in found]
        x = np.column_stack([np.ones(len(y)), rarity, *blocks]).astype(np.float64)
        beta = _newton(x, y, ridge, worth=worth)
        fitted = iter(beta[2:] / math.log(2))
        bits = [[float(next(fitted)) for _ in found] for found in pools]
        pooled = [_pool(found, values) for found, values in zip(pools, bits, strict=True)]
        if pooled == pools:
            break
        pools = pooled
    weights = {
        c.name: _with_unseen(c, {level: value for pool, value in zip(*both, strict=True) for level in pool})
        for c, both in zip(comparisons, zip(pools, bits, strict=True), strict=True)
    }
    return Fitted(
        intercept=float(beta[0] / math.log(2)),
        weights=weights,
        frequency_weight=float(np.clip(beta[1] / math.log(2), 0.0, 1.0)),
    )


def _alike_once(
    gammas: npt.NDArray[np.int8], rarity: Floats, is_match: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.int8], Floats, Floats, Floats]:
    """Pairs that look alike as one row each, and how many there are: millions of pairs look a few thousand ways."""
    quarters = np.round(rarity * 4).astype(np.int16)
    rows = np.column_stack([gammas.astype(np.int16), quarters, is_match.astype(np.int16)])
    keys = np.ascontiguousarray(rows).view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))).ravel()
    _, first, counts = np.unique(keys, return_index=True, return_counts=True)
    alike = rows[first]
    return (
        alike[:, :-2].astype(np.int8),
        alike[:, -2].astype(np.float64) / 4,
        alike[:, -1].astype(np.float64),
        counts.astype(np.float64),
    )


def refit_weights(
    *,
    comparisons: Sequence[Comparison],
    current: Fitted,
    gammas: npt.NDArray[np.int8],
    rarity: Floats,
    believed: Floats,
    taken_off: Floats,
    ridge: float,
) -> Fitted:
    """Weights moved from ``current`` as far as a few labelled pairs carry them: a ridge prior around what is in force.

    ``believed``: how far each pair is held to be a match (0..1). ``taken_off``: bits that pairs lose beside the weights
    (crowding). ``ridge`` is what the prior is worth, in pairs nobody can be sure of times four. A level without labels
    keeps its weight, unless order demands that it follow its neighbours; fixed comparisons keep theirs always.
    """
    places = [(i, level) for i, c in enumerate(comparisons) for level in range(len(c.levels)) if not c.fixed]
    blocks = [gammas[:, i] == level for i, level in places]
    x = np.column_stack([np.ones(len(rarity)), rarity, *blocks]).astype(np.float64)
    start = np.zeros(len(rarity))
    for i, c in enumerate(comparisons):
        by_gamma = np.array([0.0, *(current.weights[c.name][level.label] for level in reversed(c.levels))])
        start += by_gamma[gammas[:, i] + 1]
    start += current.intercept + current.frequency_weight * rarity - taken_off
    moved = _newton(x, believed, ridge, offset=start * math.log(2), intercept_ridge=ridge / 10) / math.log(2)
    weights = {name: dict(levels) for name, levels in current.weights.items()}
    labels = {place: int(block.sum()) for place, block in zip(places, blocks, strict=True)}
    by_place = dict(zip(places, moved[2:], strict=True))
    for i, c in enumerate(comparisons):
        if c.fixed:
            continue
        upwards = list(enumerate(reversed(c.levels)))
        values = [current.weights[c.name][level.label] + float(by_place[i, gamma]) for gamma, level in upwards]
        worth = [labels[i, gamma] + ridge for gamma, _ in upwards]
        weights[c.name] = {
            level.label: value for (_, level), value in zip(upwards, _never_falling(values, worth), strict=True)
        }
    return Fitted(
        intercept=current.intercept + float(moved[0]),
        weights=weights,
        frequency_weight=float(np.clip(current.frequency_weight + moved[1], 0.0, 1.0)),
    )


def _never_falling(values: Sequence[float], worth: Sequence[float]) -> list[float]:
    """The nearest values that never fall (pool adjacent violators), each counting as much as it is worth."""
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(values, worth, strict=True):
        pool = (value, weight, 1)
        while pools and pools[-1][0] > pool[0]:
            before = pools.pop()
            total = before[1] + pool[1]
            pool = ((before[0] * before[1] + pool[0] * pool[1]) / total, total, before[2] + pool[2])
        pools.append(pool)
    return [value for value, _, count in pools for _ in range(count)]


def _newton(
    x: Floats,
    y: Floats,
    ridge: float,
    steps: int = 40,
    *,
    worth: Floats | float = 1.0,
    offset: Floats | float = 0.0,
    intercept_ridge: float = 0.0,
) -> Floats:
    beta = np.zeros(x.shape[1])
    penalty = np.full(x.shape[1], ridge)
    penalty[0] = intercept_ridge
    for _ in range(steps):
        p = 1 / (1 + np.exp(-np.clip(x @ beta + offset, -40, 40)))
        gradient = x.T @ (worth * (p - y)) + penalty * beta
        curvature = (x * (worth * p * (1 - p))[:, None]).T @ x + np.diag(penalty + 1e-6)
        step = np.linalg.solve(curvature, gradient)
        beta -= step
        if np.abs(step).max() < 1e-6:
            break
    return beta


def _pool(pools: list[list[int]], bits: list[float]) -> list[list[int]]:
    """Pools put together wherever one weighs less than the next (pool adjacent violators); the same when none does."""
    joined: list[tuple[list[int], float]] = []
    for pool, value in zip(pools, bits, strict=True):
        current = (pool, value)
        while joined and joined[-1][1] < current[1] - 1e-9:
            above = joined.pop()
            size = len(above[0]) + len(current[0])
            mean = (above[1] * len(above[0]) + current[1] * len(current[0])) / size
            current = (above[0] + current[0], mean)
        joined.append(current)
    return [pool for pool, _ in joined]


def _with_unseen(comparison: Comparison, known: dict[int, float]) -> dict[str, float]:
    """Weights by label, weakest level first; a level no pair fell into is assumed, or weighs like the one below."""
    weights: dict[str, float] = {}
    for gamma, level in enumerate(reversed(comparison.levels)):
        below = list(weights.values())[-1] if weights else 0.0
        assumed = below if level.assumed is None else level.assumed
        weights[level.label] = known.get(gamma, assumed)
    return weights
