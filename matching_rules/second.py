"""The second stage: gradient-boosted trees over measures of a pair and its first-stage weight.

The first stage is additive and its levels are coarse; where it is unsure, the trees weigh evidence jointly (a rare name
and an e-mail that spells it, an address without a first name). Every answer is log-odds in bits, and the contributions
of the measures (exact Shapley values) sum to it, so that it can be taken apart as well. Evidence acts in the direction
a steward expects: a measure of which more speaks for one customer never takes weight away as it grows, whatever the
others say (monotone trees).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from matching_rules.errors import RuleError

Floats = npt.NDArray[np.float32]

# Chosen on the project's own generator, seeds used neither for fitting nor for the figures (decision 0010).
_TREES = 500
_SETTINGS = {
    "objective": "binary:logistic",
    "tree_method": "hist",
    "max_bin": 64,
    "eta": 0.1,
    "max_depth": 8,
    "min_child_weight": 10,
    "subsample": 0.8,
    "colsample_bytree": 0.7,
    "reg_lambda": 5,
    "seed": 1,
    "nthread": 2,
}
FIRST_STAGE = "first_stage_weight"
"""The last column of a pair's measures: what the first stage says."""


@dataclass(frozen=True)
class SecondStage:
    """Trained trees. ``measures``: their names in the order of the columns, the first-stage weight last."""

    booster: Any
    measures: tuple[str, ...]

    def weigh(self, measured: Floats) -> npt.NDArray[np.float64]:
        """Match weights in bits of pairs (rows) by their measures (columns; NaN: nothing to measure)."""
        margins = self.booster.inplace_predict(measured, predict_type="margin", missing=np.nan)
        return np.asarray(margins, dtype=np.float64) / math.log(2)

    def contributions(self, measured: Floats) -> npt.NDArray[np.float64]:
        """Bits by measure, and the bias last: each row sums to its weight."""
        matrix = _xgboost().DMatrix(measured, feature_names=list(self.measures), nthread=1)
        found = self.booster.predict(matrix, pred_contribs=True)
        return np.asarray(found, dtype=np.float64) / math.log(2)

    def for_few(self) -> SecondStage:
        """The same trees for a few pairs at a time, in the calling thread: starting others costs more than they save
        (measured: 0.2 ms instead of up to 16 ms). Weights are the same.
        """
        booster = _xgboost().Booster({"nthread": 1}, model_file=self.booster.save_raw("ubj"))
        return SecondStage(booster, self.measures)

    def save(self, path: Path) -> None:
        """Writes the trees in XGBoost's binary JSON."""
        self.booster.save_model(path)


def monotone(directions: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """XGBoost's setting by which better evidence never weighs less, the first stage's weight included."""
    return {"monotone_constraints": {**directions, FIRST_STAGE: 1}}


def fit_second_stage(
    measures: Sequence[str],
    measured: Floats,
    is_match: npt.NDArray[np.bool_],
    *,
    directions: Mapping[str, int],
    processes: int = 2,
) -> SecondStage:
    """Trees from labelled pairs; the same pairs in the same order give the same trees. ``directions``: measures of
    which more can only speak for one customer (1), or against it (-1).
    """
    xgb = _xgboost()
    names = (*measures, FIRST_STAGE)
    matrix = xgb.DMatrix(measured, label=is_match.astype(np.float32), feature_names=list(names))
    settings = _SETTINGS | {"nthread": processes} | monotone(directions)
    booster = xgb.train(settings, matrix, num_boost_round=_TREES)
    return SecondStage(booster, names)


def load_second_stage(path: Path, measures: Sequence[str]) -> SecondStage:
    """The trees at ``path``, held to the rules' measures. RuleError when they are not for these or cannot be read."""
    xgb = _xgboost()
    booster = xgb.Booster()
    try:
        booster.load_model(path)
    except xgb.core.XGBoostError:
        raise RuleError(f"{path}:1: not a second stage that can be read") from None
    names = (*measures, FIRST_STAGE)
    if tuple(booster.feature_names or ()) != names:
        raise RuleError(f"{path}:1: trained on other measures than the rules name. Run `make models`.")
    return SecondStage(booster, names)


def _xgboost() -> Any:
    """Imported where it is needed: it takes a third of a second."""
    import xgboost  # noqa: PLC0415

    return xgboost
