"""Figures of clusters and of weighed pairs equal their definitions, worked out pair by pair."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.evaluate.figures import best_cut, measure_clusters, measure_cuts

labels = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("wxyz")), max_size=25)


@given(labels)
def test_clusters_by_definition(records):
    found = measure_clusters([e for e, _ in records], [c for _, c in records])
    pairs = list(combinations(range(len(records)), 2))
    true = {p for p in pairs if records[p[0]][0] == records[p[1]][0]}
    made = {p for p in pairs if records[p[0]][1] == records[p[1]][1]}
    assert (found.true_pairs, found.made_pairs) == (len(true), len(made))
    assert found.pairwise.precision == pytest.approx(len(true & made) / max(1, len(made)))
    assert found.pairwise.recall == pytest.approx(len(true & made) / max(1, len(true)))
    of = [{i for i, r in enumerate(records) if r[0] == e} for e, _ in records]
    got = [{i for i, r in enumerate(records) if r[1] == c} for _, c in records]
    n = max(1, len(records))
    assert found.bcubed.precision == pytest.approx(sum(len(a & b) / len(b) for a, b in zip(of, got, strict=True)) / n)
    assert found.bcubed.recall == pytest.approx(sum(len(a & b) / len(a) for a, b in zip(of, got, strict=True)) / n)
    assert found.exact == len({records[i][0] for i in range(len(records)) if of[i] == got[i]})
    assert (found.records, found.largest) == (len(records), max(map(len, got), default=0))


weighed = st.lists(st.tuples(st.integers(-6, 6).map(lambda x: x / 2), st.booleans()), max_size=30)


@given(weighed, st.integers(0, 5))
def test_cuts_by_definition(pairs, unseen):
    cuts = [-9.0, -1.0, 0.0, 0.5, 9.0]
    true = sum(same for _, same in pairs) + unseen
    found = measure_cuts([w for w, _ in pairs], [same for _, same in pairs], cuts=cuts, true_pairs=true)
    for cut, got in zip(cuts, found, strict=True):
        taken = [same for weight, same in pairs if weight >= cut]
        assert (got.weight, got.pairs, got.right) == (cut, len(taken), sum(taken))
        assert got.figures.precision == pytest.approx(sum(taken) / max(1, len(taken)))
        assert got.figures.recall == pytest.approx(sum(taken) / max(1, true))
    best = best_cut(found)
    assert best.figures.f1 == max(c.figures.f1 for c in found)
    assert best.weight == max(c.weight for c in found if c.figures.f1 == best.figures.f1)


def test_labels_and_weights_must_belong_together():
    with pytest.raises(ValueError, match="one length"):
        measure_cuts([1.0, 2.0], [True], cuts=[0.0])
    assert measure_cuts([1.0, 2.0], [True, False], cuts=[1.5])[0].figures.recall == 0.0
