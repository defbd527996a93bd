"""Evaluation: the same figures as the plain definition of every measure, worked out pair by pair."""

import csv
import random
from itertools import combinations

import pytest

from mdm.errors import RefusedInput
from mdm.evaluate import evaluate


def write_truth(path, rows, *, columns=("source", "object", "source_id", "entity_id")):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
    return path


def plain_figures(truth, got):
    """By definition, over the records of the truth; a record we do not have is a cluster of its own."""
    label = {key: got.get(key, f"missing-{i}") for i, key in enumerate(truth)}
    true = {frozenset(p) for p in combinations(truth, 2) if truth[p[0]] == truth[p[1]]}
    made = {frozenset(p) for p in combinations(truth, 2) if label[p[0]] == label[p[1]]}
    both = len(true & made)
    of = {k: {o for o in truth if truth[o] == truth[k]} for k in truth}
    found = {k: {o for o in truth if label[o] == label[k]} for k in truth}
    n = len(truth)
    return {
        "precision": both / max(1, len(made)),
        "recall": both / max(1, len(true)),
        "bcubed_p": sum(len(of[k] & found[k]) / len(found[k]) for k in truth) / n,
        "bcubed_r": sum(len(of[k] & found[k]) / len(of[k]) for k in truth) / n,
        "exact": len({truth[k] for k in truth if of[k] == found[k]}),
        "largest": max(map(len, found.values())),
        "pairs": {
            tuple(sorted(systems)): (
                sum(sorted(k[0] for k in p) == sorted(systems) for p in true & made),
                sum(sorted(k[0] for k in p) == sorted(systems) for p in made),
                sum(sorted(k[0] for k in p) == sorted(systems) for p in true),
            )
            for systems in [("a", "a"), ("a", "b"), ("b", "b")]
        },
    }


@pytest.mark.parametrize("people_only", [False, True])
def test_figures_equal_their_definition(store, settings, published, tmp_path, people_only):
    draw = random.Random(5)
    rows, got, truth = [], {}, {}
    for number in range(60):
        key = (draw.choice("ab"), "thing", str(number))
        entity = draw.choice(["P1", "P2", "P3", "P4", "C1", "C2"])
        rows.append((key[0].upper(), "Thing", key[2], entity))
        if not people_only or entity.startswith("P"):
            truth[key] = entity
        if number % 10:
            golden = entity if draw.random() < 0.7 else draw.choice(["P1", "C1", "x", f"own{number}"])
            published.record(f"{key[0]}/thing/{key[2]}", golden)
            got[key] = golden
    published.record("a/thing/unknown", "x")
    answer = evaluate(store, settings, truth=write_truth(tmp_path / "t.csv", rows), people_only=people_only)
    plain = plain_figures(truth, got)
    assert answer.records == len(truth)
    assert answer.missing == len(truth.keys() - got.keys())
    assert answer.extra == 1
    assert answer.pairwise.precision == pytest.approx(plain["precision"])
    assert answer.pairwise.recall == pytest.approx(plain["recall"])
    assert answer.bcubed.precision == pytest.approx(plain["bcubed_p"])
    assert answer.bcubed.recall == pytest.approx(plain["bcubed_r"])
    assert (answer.exact, answer.largest_golden) == (plain["exact"], plain["largest"])
    for pair in answer.system_pairs:
        both, made, true = plain["pairs"][pair.system_a, pair.system_b]
        assert (pair.golden_pairs, pair.true_pairs) == (made, true)
        assert pair.pairwise.recall == pytest.approx(both / max(1, true))


def test_a_truth_without_objects_goes_by_system_and_id(store, settings, published, tmp_path):
    published.record("a/thing/1", "x", weight=1.0)
    published.record("a/other/2", "x", weight=1.0)
    rows = [("a", "1", "P1"), ("a", "2", "P1")]
    truth = write_truth(tmp_path / "t.csv", rows, columns=("system", "source_id", "entity_id"))
    answer = evaluate(store, settings, truth=truth)
    assert (answer.pairwise.f1, answer.exact_share, answer.missing, answer.extra) == (pytest.approx(1.0), 1.0, 0, 0)


@pytest.mark.parametrize("text", ["", "id,entity\n1,2\n", "source,object,source_id,entity_id\n"])
def test_a_file_that_is_no_truth_is_refused(store, settings, tmp_path, text):
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(RefusedInput, match=r"t\.csv"):
        evaluate(store, settings, truth=path)
    with pytest.raises(RefusedInput, match="no such file"):
        evaluate(store, settings, truth=tmp_path / "none.csv")
