"""What blocking found, skipped and may have missed: counted exactly, estimated where nobody can count."""

from __future__ import annotations

import numpy as np
import pytest

from matching_rules.block import make_keys, noise_keys
from matching_rules.coverage import (
    as_bits,
    estimate,
    find_matches,
    find_states,
    independent_groups,
    largest_blocks,
    missed_by_all,
    pairs_by_rules,
)


def caught(*chances: float, matches: int = 20_000, seed: int = 3) -> np.ndarray:
    """Matches (rows) found by rules of these chances, independently."""
    return np.random.default_rng(seed).random((matches, len(chances))) < np.array(chances)


@pytest.mark.parametrize("chances", [(0.9, 0.6), (0.9, 0.1), (0.5, 0.5, 0.3), (0.8, 0.2, 0.2, 0.1)])
def test_what_independent_rules_miss_is_estimated_from_what_they_find(chances) -> None:
    found = caught(*chances)
    missed = (~found.any(axis=1)).sum()
    groups = [(i,) for i in range(len(chances))]
    assert missed_by_all(found[found.any(axis=1)], groups) == pytest.approx(missed, rel=0.1)


def test_matches_of_unequal_shyness_are_underestimated_never_over() -> None:
    easy, hard = caught(0.9, 0.8, 0.7, matches=8000), caught(0.3, 0.2, 0.2, matches=2000, seed=4)
    found = np.concatenate([easy, hard])
    missed = (~found.any(axis=1)).sum()
    said = missed_by_all(found[found.any(axis=1)], [(0,), (1,), (2,)])
    assert said is not None
    assert 0 < said < missed


def test_rules_that_find_alike_are_one_trapper() -> None:
    found = caught(0.7, 0.6, 0.5)
    copy = found[:, 0] & (caught(0.9, seed=9)[:, 0])
    used = np.column_stack([found, copy])
    assert independent_groups(used, np.ones_like(used)) == ((0, 3), (1,), (2,))
    missed = (~found.any(axis=1)).sum()
    seen = used[used.any(axis=1)]
    assert missed_by_all(seen, [(0, 3), (1,), (2,)]) == pytest.approx(missed, rel=0.1)
    naive = missed_by_all(seen, [(0,), (1,), (2,), (3,)])
    assert naive is not None
    assert naive < 0.8 * missed  # as if nothing were missing: the mistake the groups are there for


def test_one_kind_of_evidence_or_a_handful_of_matches_estimates_nothing() -> None:
    assert missed_by_all(caught(0.9, 0.0), [(0,), (1,)]) is None
    assert missed_by_all(caught(0.9, 0.9, matches=30), [(0,), (1,)]) is None


@pytest.fixture
def blocked(duck, put, small) -> dict[int, int]:
    """Customers of two: 3 and 4 share an e-mail that is too hot, 5 and 6 a phone that is noise, 7 and 8 nothing."""
    crowd = {i: {"emails": ["hot"]} for i in range(20, 24)}
    records = {
        1: {"emails": ["a"], "phones": ["1"]},
        2: {"emails": ["a"], "phones": ["1"]},
        3: {"emails": ["hot"], "phones": ["3"]},
        4: {"emails": ["hot"], "phones": ["4"]},
        5: {"phones": ["noise"], "family": "lovelace", "postcodes": ["1"]},
        6: {"phones": ["noise"], "family": "lovelock", "postcodes": ["1"]},
        7: {"emails": ["g"]},
        8: {"phones": ["8"]},
    }
    put(small, records | crowd)
    duck.execute("CREATE TABLE noise AS SELECT 'phones' AS column_name, 'noise' AS value").fetchall()
    make_keys(duck, rules=small, records="record", into="blocking_key")
    find_states(duck, keys="blocking_key", noise_keys=noise_keys(duck, rules=small))
    clusters = {r: (r + 1) // 2 for r in range(1, 9)} | {r: r for r in crowd}
    duck.execute("CREATE TABLE cluster (record_id BIGINT, cluster_key BIGINT)").fetchall()
    duck.executemany("INSERT INTO cluster VALUES (?, ?)", list(clusters.items())).fetchall()
    return clusters


def test_each_match_says_who_paired_it_and_what_was_skipped(duck, small, blocked) -> None:
    found = find_matches(duck, keys="blocking_key", clusters="cluster")
    email, phone, name = 1, 2, 4
    rows = zip(found.record_a, found.record_b, found.used, found.too_large, found.noise, found.comparable, strict=True)
    assert [tuple(map(int, row)) for row in rows] == [
        (1, 2, email | phone, 0, 0, email | phone),
        (3, 4, 0, email, 0, email | phone),
        (5, 6, name, 0, phone, phone | name),
        (7, 8, 0, 0, 0, 0),
    ]
    assert as_bits(found.used, 3).tolist()[0] == [True, True, False]
    said = estimate(found, rules=3)
    assert (said.matches, said.known, said.missed, said.recall) == (4, 2, None, None)


def test_pairs_are_counted_by_the_rules_that_make_them(duck, small, blocked) -> None:
    assert pairs_by_rules(duck, keys="blocking_key") == {1 | 2: 1, 4: 1}


def test_the_largest_blocks_come_with_their_values(duck, small, blocked) -> None:
    blocks = largest_blocks(duck, rules=small, keys="blocking_key", records="record", most=1)
    told = {number: [(b.records, b.state, b.values) for b in found] for number, found in blocks.items()}
    assert told == {
        0: [(6, "large", ("hot",))],
        1: [max([(2, "noise", ("noise",)), (2, "used", ("1",))], key=lambda b: b == told[1][0])],  # of one size
        2: [(2, "used", ("lov", "1"))],
    }


def test_no_records_have_no_blocking(duck, put, small) -> None:
    put(small, {})
    duck.execute("CREATE TABLE cluster (record_id BIGINT, cluster_key BIGINT)").fetchall()
    make_keys(duck, rules=small, records="record", into="blocking_key")
    find_states(duck, keys="blocking_key", noise_keys=[])
    assert pairs_by_rules(duck, keys="blocking_key") == {}
    assert estimate(find_matches(duck, keys="blocking_key", clusters="cluster"), rules=3).matches == 0
    assert largest_blocks(duck, rules=small, keys="blocking_key", records="record", most=3) == {}
