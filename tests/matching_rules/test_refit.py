"""Weights moved by a few labels: pulled back to those in force, never rising downwards, fixed ones kept."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from matching_rules.fit import Fitted, refit_weights
from matching_rules.rules import Comparison, Level

LEVELS = ("same", "alike", "other")
NAME = Comparison(
    name="name",
    needs=("name",),
    levels=(
        Level(label="same", when={"same": "name"}),
        Level(label="alike", when={"initials_agree": "name"}),
        Level(label="other"),
    ),
)
GENDER = Comparison(
    name="gender",
    needs=("gender",),
    fixed=True,
    levels=(Level(label="same", when={"same": "gender"}, assumed=0.5), Level(label="other", assumed=-3)),
)
CURRENT = Fitted(
    intercept=-1.0,
    weights={"name": {"same": 4.0, "alike": 1.0, "other": -3.0}, "gender": {"same": 0.5, "other": -3.0}},
    frequency_weight=0.5,
)


def refit(gammas: list[tuple[int, int]], believed: list[float], *, ridge: float = 4.0) -> Fitted:
    n = len(gammas)
    return refit_weights(
        comparisons=(NAME, GENDER),
        current=CURRENT,
        gammas=np.array(gammas, dtype=np.int8),
        rarity=np.zeros(n),
        believed=np.array(believed),
        taken_off=np.zeros(n),
        ridge=ridge,
    )


def test_labels_move_the_levels_they_speak_of() -> None:
    found = refit([(2, -1)] * 100, [0.5] * 100)  # three bits in force say eight of nine
    assert found.intercept + found.weights["name"]["same"] < 1.0
    assert found.weights["name"]["same"] < 3.8
    assert found.weights["name"]["alike"] == pytest.approx(1.0)
    assert found.weights["gender"] == CURRENT.weights["gender"]


def test_two_labels_change_nearly_nothing() -> None:
    found = refit([(2, -1)] * 2, [0.0] * 2, ridge=16)
    assert found.weights["name"]["same"] == pytest.approx(4.0, abs=0.4)


def test_weights_never_rise_downwards_whatever_the_labels_say() -> None:
    found = refit([(2, 1)] * 300 + [(1, 1)] * 300 + [(0, 1)] * 300, [0.0] * 300 + [1.0] * 300 + [0.3] * 300, ridge=1)
    best_first = [found.weights["name"][label] for label in LEVELS]
    assert all(above >= below for above, below in pairwise(best_first))
    assert found.weights["gender"] == CURRENT.weights["gender"]


def test_a_level_without_labels_follows_only_where_order_demands_it() -> None:
    never, rest = [(2, -1)] * 400, [(0, -1)] * 400
    found = refit(never + rest, [0.02] * 400 + [0.06] * 400, ridge=1)
    assert found.weights["name"]["same"] == pytest.approx(found.weights["name"]["alike"]) != 1.0
    found = refit([(2, -1)] * 400, [0.9] * 400, ridge=1)
    assert found.weights["name"]["alike"] == pytest.approx(1.0)
