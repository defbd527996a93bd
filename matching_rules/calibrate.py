"""From match weights to probabilities: a calibration learnt from labels, and how good probabilities are.

Nominal probability (two to the match weight, as odds) holds for the population a model was trained on. Labels of
another
say how far the weights carry there: Platt scaling on log-odds (Platt 1999), held near the identity by a prior so that
few labels move it little, and never falling. People err: the share of wrong labels is estimated beside it (EM), so
that a
few labels against overwhelming evidence do not bend everything.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matching_rules.model import ModelFile

Floats = npt.NDArray[np.float64]

_SUREST = 16.0  # bits: beyond, a weight says no more about how far weights can be believed
# The prior: how far slope and shift (bits) of another population lie from 1 and 0, and how many labels are wrong.
_SLOPE_SPREAD, _SHIFT_SPREAD = 0.3, 2.0
_WRONG, _WRONG_WORTH = 0.01, 40.0
_MOST_WRONG = 0.3
_LEAST_SLOPE = 0.1


@dataclass(frozen=True)
class Calibration:
    """Log-odds in bits of a weight: ``slope`` * weight + ``shift``."""

    slope: float = 1.0
    shift: float = 0.0

    def bits(self, weights: Floats) -> Floats:
        """Calibrated log-odds in bits; never falling."""
        return self.slope * np.clip(weights, -_SUREST, _SUREST) + self.shift

    def probability(self, weights: Floats) -> Floats:
        """Calibrated match probability."""
        return as_probability(self.bits(weights))

    def weight_at(self, bits: float) -> float:
        """The weight whose calibrated log-odds are ``bits``."""
        return (bits - self.shift) / self.slope


@dataclass(frozen=True)
class Calibrated:
    """A calibration, the share of labels held to be wrong, and how far each label is believed to be a match (0..1)."""

    calibration: Calibration
    wrong: float
    believed: Floats


def as_probability(bits: Floats) -> Floats:
    """Log-odds in bits as a probability."""
    return np.asarray(1 / (1 + np.exp2(-np.clip(bits, -60, 60))), dtype=np.float64)


def calibration_of(file: ModelFile) -> Calibration:
    """How the model's weights read as probabilities; taken at their word where no labels said more."""
    known = file.calibration
    return Calibration() if known is None else Calibration(known.slope, known.shift)


def match_probability(file: ModelFile, match_weight: float) -> float:
    """The odds of a match weight as a probability, to be shown: calibrated where the model was, else at its word."""
    if not math.isfinite(match_weight):
        return math.nan
    if file.calibration is None:
        return 1 / (1 + math.exp2(-max(-1000.0, min(1000.0, match_weight))))
    return float(calibration_of(file).probability(np.array([match_weight]))[0])


def calibrate(weights: Floats, is_match: npt.NDArray[np.bool_]) -> Calibrated:
    """Learns from the weights of labelled pairs. How the pairs were chosen does not matter as long as it hung on the
    weight alone.
    """
    said = is_match.astype(np.float64)
    calibration, wrong, believed = Calibration(), _WRONG, said
    for _ in range(50):
        p = calibration.probability(weights)
        # how likely the label is the wrong way round, given the evidence
        right = np.where(is_match, p, 1 - p) * (1 - wrong)
        flipped = np.where(is_match, 1 - p, p) * wrong
        doubt = flipped / (right + flipped)
        believed = said * (1 - doubt) + (1 - said) * doubt
        previous = (calibration, wrong)
        calibration = _platt(weights, believed)
        wrong = min(_MOST_WRONG, float((doubt.sum() + _WRONG * _WRONG_WORTH) / (len(said) + _WRONG_WORTH)))
        if (
            abs(previous[0].slope - calibration.slope) + abs(previous[0].shift - calibration.shift) < 1e-6
            and abs(previous[1] - wrong) < 1e-6
        ):
            break
    return Calibrated(calibration, wrong, believed)


def _platt(weights: Floats, believed: Floats) -> Calibration:
    """Newton's method for slope and shift, with a normal prior around 1 and 0."""
    x = np.column_stack([np.clip(weights, -_SUREST, _SUREST), np.ones(len(weights))]) * math.log(2)
    start = np.array([1.0, 0.0])
    penalty = np.array([_SLOPE_SPREAD**-2, _SHIFT_SPREAD**-2])
    beta = start.copy()
    for _ in range(60):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -40, 40)))
        gradient = x.T @ (p - believed) + penalty * (beta - start)
        curvature = (x * (p * (1 - p))[:, None]).T @ x + np.diag(penalty)
        step = np.clip(np.linalg.solve(curvature, gradient), -1, 1)
        beta = beta - step
        if np.abs(step).max() < 1e-9:
            break
    return Calibration(slope=max(_LEAST_SLOPE, float(beta[0])), shift=float(beta[1]))


def fit_logistic(features: Floats, believed: Floats, counts: Floats, *, ridge: float = 0.5) -> Floats:
    """Match probability of each row of ``features`` (an intercept is added), by logistic regression over rows that
    count
    ``counts`` times; a ridge holds the coefficients near 0 where rows are few.
    """
    x = np.column_stack([features, np.ones(len(features))])
    penalty = np.append(np.full(features.shape[1], ridge), 0.01)
    beta = np.zeros(x.shape[1])
    for _ in range(40):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -40, 40)))
        gradient = x.T @ (counts * (p - believed)) + penalty * beta
        curvature = (x * (counts * p * (1 - p))[:, None]).T @ x + np.diag(penalty)
        step = np.clip(np.linalg.solve(curvature, gradient), -2, 2)
        beta = beta - step
        if np.abs(step).max() < 1e-6:
            break
    return np.asarray(1 / (1 + np.exp(-np.clip(x @ beta, -40, 40))), dtype=np.float64)


def log_losses(probability: Floats, believed: Floats) -> Floats:
    """Log loss of each pair in bits: 0 is certain and right, 1 is a coin."""
    p = np.clip(probability, 1e-9, 1 - 1e-9)
    return np.asarray(-(believed * np.log2(p) + (1 - believed) * np.log2(1 - p)), dtype=np.float64)


def brier_scores(probability: Floats, believed: Floats) -> Floats:
    """Squared error of each pair's probability (Brier 1950)."""
    return np.asarray(np.square(probability - believed), dtype=np.float64)
