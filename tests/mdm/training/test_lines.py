"""Lines of a model: in order, at the odds the rule file means, and in its stead unless it holds on to its own."""

from __future__ import annotations

import numpy as np
import pytest

from matching_rules.calibrate import Calibration
from matching_rules.model import ModelFile, with_lines_of
from matching_rules.rules import Thresholds
from mdm.model import EntityType
from mdm.ruleset import load_rule_set
from mdm.training.lines import _best, lines_at

BASE = Thresholds(potential_match=-2, keep=-1, match=0.5, merge=2)


def test_weights_at_their_word_keep_the_rule_file_s_lines() -> None:
    assert lines_at(0.5, BASE, Calibration()) == BASE


@pytest.mark.parametrize("match", [-3.0, 0.0, 6.0])
@pytest.mark.parametrize("known", [Calibration(0.4, 3), Calibration(1.8, -4), Calibration()])
def test_lines_rise_whatever_the_calibration(match: float, known: Calibration) -> None:
    found = lines_at(match, BASE, known)
    assert found.potential_match <= found.keep <= found.match <= found.merge
    assert found.match == match


def test_a_precision_asked_for_is_reached_and_a_gain_within_chance_moves_nothing() -> None:
    found = [(0.90 + 0.005 * i, 0.9 - 0.001 * abs(i - 7)) for i in range(19)]
    sure = np.array([[f1 for _, f1 in found]] * 2)
    place, _ = _best(found, sure, floor=0.96)
    assert place == 12
    place, reason = _best(found, sure, floor=0.995)
    assert (place, "most precise" in reason) == (18, True)
    assert _best(found, sure, floor=0.5)[0] == 7
    swaying = np.array([[0.0] * 7 + [s] + [0.0] * 11 for s in (0.1, -0.1)])
    assert _best(found, swaying, floor=0.5)[0] == 8


def test_a_model_s_lines_go_before_the_rule_file_s_unless_these_hold(settings) -> None:
    entity = load_rule_set(settings).entities[EntityType.PERSON]
    lines = Thresholds(potential_match=-5, keep=-4, match=-3, merge=-2)
    file: ModelFile = entity.model.file.model_copy(update={"thresholds": lines})
    assert with_lines_of(entity.rules, file).thresholds == lines
    assert with_lines_of(entity.rules, entity.model.file).thresholds == entity.rules.thresholds
    holding = entity.rules.model_copy(update={"thresholds": BASE.model_copy(update={"hold": True})})
    assert with_lines_of(holding, file).thresholds.match == 0.5
