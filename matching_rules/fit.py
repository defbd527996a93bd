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
    weight: Floats | None = None,
    ridge: float = 1.0,
    steps: int = 40,
) -> Fitted:
    """Fits by Newton's method with a ridge prior around 0.

    ``gammas``: one column per comparison, level number counted from the last level upwards, -1 not comparable.
    ``rarity``: bits by which the agreeing values of a pair are rarer than average (0 where nothing agrees).
    A level that was never seen takes its assumed weight, or that of its weaker neighbour.
    """
    columns: list[tuple[str, str]] = []
    blocks: list[npt.NDArray[np.bool_]] = []
    for c, comparison in enumerate(comparisons):
        for n, level in enumerate(reversed(comparison.levels)):
            columns.append((comparison.name, level.label))
            blocks.append(gammas[:, c] == n)
    x = np.column_stack([np.ones(len(is_match)), rarity, *blocks]).astype(np.float64)
    y = is_match.astype(np.float64)
    s = np.ones_like(y) if weight is None else weight
    beta = np.zeros(x.shape[1])
    penalty = np.full(x.shape[1], ridge)
    penalty[0] = 0.0
    for _ in range(steps):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -40, 40)))
        gradient = x.T @ (s * (p - y)) + penalty * beta
        curvature = (x * (s * p * (1 - p))[:, None]).T @ x + np.diag(penalty + 1e-6)
        step = np.linalg.solve(curvature, gradient)
        beta -= step
        if np.abs(step).max() < 1e-6:
            break
    bits = beta / math.log(2)
    seen = x.sum(axis=0) > 0
    assumed = {(c.name, level.label): level.assumed for c in comparisons for level in c.levels}
    weights: dict[str, dict[str, float]] = {}
    for i, (name, label) in enumerate(columns):
        levels = weights.setdefault(name, {})
        weaker = list(levels.values())[-1] if levels else 0.0
        unseen = assumed[name, label]
        levels[label] = float(bits[i + 2]) if seen[i + 2] else weaker if unseen is None else unseen
    return Fitted(intercept=float(bits[0]), weights=weights, frequency_weight=float(np.clip(bits[1], 0.0, 1.0)))
