"""Calibration: finds what is wrong with weights, believes few labels little, sees through wrong ones."""

from __future__ import annotations

import math

import numpy as np
import pytest

from matching_rules.calibrate import (
    Calibration,
    _platt,
    as_probability,
    brier_scores,
    calibrate,
    fit_logistic,
    log_losses,
    match_probability,
)
from matching_rules.model import CalibrationFile


def labels(count: int, *, slope: float = 1.0, shift: float = 0.0, wrong: float = 0.0, seed: int = 1):
    """Weights spread over all bands, labels by the odds ``slope`` and ``shift`` give, some the wrong way round."""
    rng = np.random.default_rng(seed)
    weights = rng.uniform(-14, 14, count)
    true = rng.random(count) < as_probability(slope * weights + shift)
    flipped = rng.random(count) < wrong
    return weights, true ^ flipped, true


def test_weights_that_are_right_stay_as_they_are() -> None:
    weights, is_match, _ = labels(4000)
    found = calibrate(weights, is_match)
    assert found.calibration.slope == pytest.approx(1, abs=0.15)
    assert found.calibration.shift == pytest.approx(0, abs=0.3)
    assert found.wrong < 0.01


def test_overconfident_and_shifted_weights_are_found_out() -> None:
    weights, is_match, _ = labels(4000, slope=0.5, shift=2)
    found = calibrate(weights, is_match).calibration
    assert found.slope == pytest.approx(0.5, abs=0.1)
    assert found.shift == pytest.approx(2, abs=0.4)
    before = log_losses(Calibration().probability(weights), is_match.astype(float)).mean()
    assert log_losses(found.probability(weights), is_match.astype(float)).mean() < before
    worse = brier_scores(Calibration().probability(weights), is_match.astype(float)).mean()
    assert brier_scores(found.probability(weights), is_match.astype(float)).mean() < worse


def test_few_labels_move_little_and_many_move_much() -> None:
    few, many = (calibrate(*labels(n, shift=3)[:2]).calibration.shift for n in (8, 2000))
    assert abs(few) < many


def test_one_label_in_ten_the_wrong_way_round_is_noticed_and_does_not_bend_the_weights() -> None:
    weights, said, true = labels(600, wrong=0.1)
    found = calibrate(weights, said)
    assert 0.04 < found.wrong < 0.16
    assert found.calibration.slope > 0.6
    assert found.calibration.slope > 2 * _platt(weights, said.astype(float)).slope  # what believing all would give
    # where evidence is overwhelming, the truth is believed and not the label
    sure = (np.abs(weights) > 10) & (said != true)
    assert sure.sum() >= 5
    assert np.all((found.believed[sure] > 0.5) == true[sure])


def test_a_calibration_never_falls() -> None:
    weights = np.linspace(-30, 30, 500)
    contrary = weights < 0
    assert np.all(np.diff(calibrate(weights, contrary).calibration.probability(weights)) >= 0)


def test_the_weight_at_some_odds_is_where_the_calibration_gives_them() -> None:
    found = Calibration(slope=0.8, shift=-1.5)
    assert found.bits(np.array([found.weight_at(2.0)]))[0] == pytest.approx(2.0)


def test_a_logistic_fit_counts_rows_as_often_as_it_is_told() -> None:
    features, believed = np.array([[0.0], [0.0]]), np.array([1.0, 0.0])
    assert fit_logistic(features, believed, np.array([3.0, 1.0]))[0] == pytest.approx(0.75, abs=0.01)


@pytest.mark.parametrize("weight", [-40.0, -3.0, 0.0, 2.5, 40.0])
def test_the_probability_shown_is_the_calibrated_one_where_labels_were_learnt_from(small_model, weight: float) -> None:
    plain = small_model.file
    learnt = plain.model_copy(update={"calibration": CalibrationFile(slope=0.5, shift=-2.0)})
    assert match_probability(plain, weight) == pytest.approx(1 / (1 + 2.0**-weight))
    known = max(-16.0, min(16.0, weight))  # surer than that nobody was
    assert match_probability(learnt, weight) == pytest.approx(1 / (1 + 2.0 ** -(0.5 * known - 2.0)))
    assert math.isnan(match_probability(learnt, math.inf))
