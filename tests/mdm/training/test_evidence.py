"""What labels stand for, and who is held out."""

from __future__ import annotations

import numpy as np
import pytest

from mdm.training.evidence import BANDS, Band, Evidence, folds, part, silent, stands_for
from mdm.training.evidence import _held_out as held_out


def evidence(weights: list[float], customers: list[int], *, candidate: list[bool] | None = None) -> Evidence:
    n = len(weights)
    customer = np.array(customers, dtype=np.int64)
    return Evidence(
        record_a=np.arange(n),
        record_b=np.arange(n) + n,
        is_match=np.array([w > 0 for w in weights]),
        weight=np.array(weights, dtype=np.float64),
        gammas=np.zeros((n, 1), dtype=np.int8),
        rarity=np.zeros(n),
        crowded=np.zeros(n),
        measured=None,
        customer=customer,
        held_out=held_out(customer),
        candidate=np.array([True] * n if candidate is None else candidate),
    )


def bands_of(pairs: dict[int, int]) -> list[Band]:
    edges = (-np.inf, *BANDS, np.inf)
    return [Band(edges[i], edges[i + 1], pairs.get(i, 0), 0.0, 0) for i in range(len(BANDS) + 1)]


def test_pairs_of_one_customer_are_never_on_both_sides() -> None:
    found = evidence([1.0] * 400, [i // 4 for i in range(400)])
    for sides in (found.held_out, folds(found.customer, 5)):
        assert all(len(set(sides[found.customer == c].tolist())) == 1 for c in range(100))
    assert 0.15 < found.held_out.mean() < 0.45
    assert len(part(found, found.held_out)) + len(part(found, ~found.held_out)) == 400


def test_labels_near_the_line_do_not_outvote_the_pairs_nobody_asked_about() -> None:
    # a steward's queue: many answers between -1 and 0, three in a band of ten thousand
    found = evidence([-0.5] * 50 + [13.0] * 3, list(range(53)))
    place = int(np.digitize(-0.5, BANDS))
    counts = stands_for(found, bands_of({place: 100, len(BANDS): 9000}))
    assert counts[0] == pytest.approx(2)
    assert counts[-1] == pytest.approx(3000)


def test_a_band_with_too_few_labels_is_silent_and_pairs_never_compared_count_nowhere() -> None:
    found = evidence([13.0, 13.0, 0.5, 0.5, 0.5, 0.5], list(range(6)), candidate=[True, True, True, True, True, False])
    of = bands_of({len(BANDS): 500, int(np.digitize(0.5, BANDS)): 30})
    assert stands_for(found, of).tolist() == [0, 0, 10, 10, 10, 0]
    assert [band.pairs for band in silent(found, of)] == [500]
