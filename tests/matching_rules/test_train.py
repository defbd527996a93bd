"""What EM learnt, before it decides: a better level never weighs less than one below it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching_rules.model import LevelParameters
from matching_rules.train import _never_rising

PROBABILITIES = st.floats(min_value=1e-9, max_value=1)


def levels(*pairs: tuple[float, float]) -> list[LevelParameters]:
    return [LevelParameters(m=m, u=u) for m, u in pairs]


def test_levels_in_order_stay_as_they_are() -> None:
    sound = levels((0.9, 0.001), (0.05, 0.05), (0.05, 0.949))
    assert _never_rising(sound) == sound


def test_levels_the_wrong_way_round_share_the_weight_of_both() -> None:
    best, second, last = _never_rising(levels((0.1, 0.1), (0.8, 0.1), (0.1, 0.8)))
    assert best.weight == pytest.approx(second.weight) == pytest.approx(2.17, abs=0.01)  # 0.9 of 0.2
    assert (best.u, second.u) == (0.1, 0.1)
    assert last == LevelParameters(m=0.1, u=0.8)


@given(st.lists(st.tuples(PROBABILITIES, PROBABILITIES), min_size=1, max_size=8))
def test_weights_never_rise_downwards(pairs: list[tuple[float, float]]) -> None:
    weights = [level.weight for level in _never_rising(levels(*pairs))]
    assert all(a >= b - 1e-9 for a, b in pairwise(weights))
