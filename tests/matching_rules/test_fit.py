"""Weights from labelled pairs: what stands higher in the rules never weighs less than what stands below."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching_rules.fit import fit_weights
from matching_rules.rules import Comparison, Level


def comparison(name: str, levels: int) -> Comparison:
    named = [Level(label=f"{name} {n}", when={"same": "given"}) for n in range(levels - 1)]
    return Comparison(name=name, needs=("given",), levels=(*named, Level(label=f"{name} else", assumed=-3)))


def fitted(gammas: list[list[int]], is_match: list[bool], comparisons: list[Comparison]):
    return fit_weights(
        comparisons=comparisons,
        gammas=np.array(gammas, dtype=np.int8),
        rarity=np.zeros(len(gammas)),
        is_match=np.array(is_match),
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-1, 3), st.integers(-1, 2), st.booleans()), min_size=4, max_size=60))
def test_weights_never_rise_downwards(pairs: list[tuple[int, int, bool]]) -> None:
    comparisons = [comparison("first", 4), comparison("second", 3)]
    found = fitted([[a, b] for a, b, _ in pairs], [m for *_, m in pairs], comparisons)
    for number, compared in enumerate(comparisons):
        seen = {len(compared.levels) - 1 - pair[number] for pair in pairs if pair[number] >= 0}
        weights = [found.weights[compared.name][level.label] for n, level in enumerate(compared.levels) if n in seen]
        assert all(above >= below - 1e-6 for above, below in pairwise(weights))


def test_levels_that_the_pairs_order_rightly_keep_weights_of_their_own() -> None:
    one = [comparison("name", 3)]
    pairs = [([2], True)] * 90 + [([2], False)] * 10 + [([1], True)] * 50 + [([1], False)] * 50 + [([0], False)] * 100
    weights = fitted([g for g, _ in pairs], [m for _, m in pairs], one).weights["name"]
    assert weights["name 0"] > weights["name 1"] + 1 > weights["name else"] + 2


def test_levels_the_pairs_would_turn_round_share_one_weight() -> None:
    one = [comparison("name", 3)]
    pairs = [([2], True)] * 20 + [([2], False)] * 80 + [([1], True)] * 90 + [([1], False)] * 10 + [([0], False)] * 100
    weights = fitted([g for g, _ in pairs], [m for _, m in pairs], one).weights["name"]
    assert weights["name 0"] == weights["name 1"] > weights["name else"]


def test_a_level_never_seen_is_assumed_or_weighs_like_the_one_below() -> None:
    one = [comparison("name", 4)]
    weights = fitted([[3], [1], [1]], [True, True, False], one).weights["name"]
    assert weights["name else"] == -3
    assert weights["name 1"] == weights["name 2"]


def test_a_fixed_comparison_has_its_assumed_weights_and_leaves_the_others_alone() -> None:
    free = comparison("name", 3)
    fixed = Comparison(
        name="size",
        needs=("given",),
        fixed=True,
        levels=(Level(label="a", when={"same": "given"}, assumed=0), Level(label="b", assumed=-1)),
    )
    pairs = [([2, 1], True)] * 20 + [([1, 0], True)] * 5 + [([1, 1], False)] * 9 + [([0, 0], False)] * 20
    both = fitted([g for g, _ in pairs], [m for _, m in pairs], [free, fixed])
    alone = fitted([g[:1] for g, _ in pairs], [m for _, m in pairs], [free])
    assert both.weights["size"] == {"a": 0, "b": -1}
    assert both.weights["name"] == pytest.approx(alone.weights["name"])
