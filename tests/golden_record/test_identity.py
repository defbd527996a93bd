"""Ids that last: cases in words and properties over random clusters."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from golden_record.identity import assign

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _counter(start=1000):
    numbers = iter(range(start, start + 10_000))
    return lambda: UUID(int=next(numbers))


def _assign(cursor, *, clusters, previous, ages=(), former=None, circumstances=None, start=1000):
    """clusters, previous, former: record to cluster key or number of a golden id; circumstances: record to whether it
    changed and what it says."""
    cursor.execute("DROP TABLE IF EXISTS former").fetchall()
    cursor.execute("DROP TABLE IF EXISTS circumstance").fetchall()
    if circumstances is not None:
        cursor.execute("CREATE TABLE circumstance (record_id BIGINT, restless BOOLEAN, content VARCHAR)").fetchall()
        for record, (restless, content) in circumstances.items():
            cursor.execute("INSERT INTO circumstance VALUES (?, ?, ?)", [record, restless, content]).fetchall()
    for table in ("cluster", "previous", "golden_age"):
        cursor.execute("DELETE FROM " + table).fetchall()
    for record, key in clusters.items():
        cursor.execute("INSERT INTO cluster VALUES (?, ?)", [record, key]).fetchall()
    for record, golden in previous.items():
        cursor.execute("INSERT INTO previous VALUES (?, ?)", [record, UUID(int=golden)]).fetchall()
    for golden, day in ages:
        cursor.execute(
            "INSERT INTO golden_age VALUES (?, ?)", [UUID(int=golden), datetime(2025, 1, day, tzinfo=UTC)]
        ).fetchall()
    if former is not None:
        cursor.execute("CREATE TABLE former (record_id BIGINT, golden_id UUID)").fetchall()
        for record, golden in former.items():
            cursor.execute("INSERT INTO former VALUES (?, ?)", [record, UUID(int=golden)]).fetchall()
    assign(cursor, new_id=_counter(start), now=NOW)
    ids = {r: g.int for r, g, _ in cursor.execute("SELECT record_id, golden_id, is_new FROM assignment").fetchall()}
    events = {
        (g.int, kind): [o.int for o in others]
        for g, kind, others in cursor.execute("SELECT golden_id, kind, other_ids FROM id_event").fetchall()
    }
    cursor.execute("DROP TABLE IF EXISTS former").fetchall()
    cursor.execute("DROP TABLE IF EXISTS circumstance").fetchall()
    return ids, events


def test_first_load_creates_one_id_for_each_cluster(cursor):
    ids, events = _assign(cursor, clusters={1: 1, 2: 1, 3: 3}, previous={})
    assert ids == {1: 1000, 2: 1000, 3: 1001}
    assert events == {(1000, "created"): [], (1001, "created"): []}


def test_merged_id_names_its_survivor(cursor):
    ids, events = _assign(cursor, clusters={1: 1, 2: 1, 3: 1}, previous={1: 7, 2: 7, 3: 8})
    assert set(ids.values()) == {7}
    assert events == {(8, "merged"): [7]}


def test_of_two_equal_ids_the_oldest_stays(cursor):
    ids, events = _assign(cursor, clusters={1: 1, 2: 1}, previous={1: 7, 2: 8}, ages=((7, 9), (8, 2)))
    assert set(ids.values()) == {8}
    assert events == {(7, "merged"): [8]}


def test_split_keeps_the_id_with_the_larger_part_and_lists_the_candidates(cursor):
    ids, events = _assign(cursor, clusters={1: 1, 2: 2, 3: 2}, previous={1: 7, 2: 7, 3: 7})
    assert ids == {1: 1000, 2: 7, 3: 7}
    assert events == {(7, "split"): [1000], (1000, "created"): [7]}


def test_id_without_records_is_retired(cursor):
    ids, events = _assign(cursor, clusters={2: 2}, previous={1: 7, 2: 8})
    assert ids == {2: 8}
    assert events == {(7, "retired"): []}


def test_cluster_that_loses_its_first_choice_takes_its_second(cursor):
    ids, _ = _assign(
        cursor, clusters={1: 1, 2: 1, 3: 1, 4: 2, 5: 2, 6: 2}, previous={1: 7, 2: 7, 3: 7, 4: 7, 5: 7, 6: 8}
    )
    assert ids == {1: 7, 2: 7, 3: 7, 4: 8, 5: 8, 6: 8}


def test_unmerge_brings_the_former_id_back(cursor):
    ids, events = _assign(cursor, clusters={1: 1, 2: 1, 3: 3}, previous={1: 7, 2: 7, 3: 7}, former={3: 8})
    assert ids == {1: 7, 2: 7, 3: 8}
    assert events == {(7, "split"): [8], (8, "revived"): [7]}


def test_a_record_that_vanished_since_keeps_no_former_id_away(cursor):
    previous = {1: 7, 2: 7, 3: 7}
    ids, events = _assign(cursor, clusters={1: 1, 2: 1, 3: 3}, previous=previous, former={3: 8, 4: 8})
    assert ids == {1: 7, 2: 7, 3: 8}
    assert events == {(7, "split"): [8], (8, "revived"): [7]}


@pytest.mark.parametrize("changed", [1, 2])
def test_of_two_equal_parts_the_one_that_did_not_change_keeps_the_id(cursor, changed):
    circumstances = {record: (record == changed, "same") for record in (1, 2)}
    ids, events = _assign(cursor, clusters={1: 1, 2: 2}, previous={1: 7, 2: 7}, circumstances=circumstances)
    assert ids == {changed: 1000, 3 - changed: 7}
    assert events == {(7, "split"): [1000], (1000, "created"): [7]}


@pytest.mark.parametrize("changed", [1, 2])
def test_the_larger_part_keeps_the_id_also_where_it_changed(cursor, changed):
    circumstances = {record: (record <= changed, "same") for record in (1, 2, 3)}
    ids, _ = _assign(cursor, clusters={1: 1, 2: 1, 3: 2}, previous={1: 7, 2: 7, 3: 7}, circumstances=circumstances)
    assert ids == {1: 7, 2: 7, 3: 1000}


def test_of_two_equal_ids_the_oldest_stays_whoever_changed(cursor):
    circumstances = {1: (False, "a"), 2: (True, "b")}
    ages = ((7, 9), (8, 2))
    ids, _ = _assign(cursor, clusters={1: 1, 2: 1}, previous={1: 7, 2: 8}, ages=ages, circumstances=circumstances)
    assert set(ids.values()) == {8}


@pytest.mark.parametrize("restless", [False, True, None])
@pytest.mark.parametrize("first", [1, 2])
def test_of_two_parts_equal_in_that_too_what_they_say_decides_not_their_number(cursor, first, restless):
    circumstances = {first: (restless, "a"), 3 - first: (restless, "b")}
    ids, _ = _assign(cursor, clusters={1: 1, 2: 2}, previous={1: 7, 2: 7}, circumstances=circumstances)
    assert ids == {first: 7, 3 - first: 1000}


def test_without_a_maker_new_ids_are_random(cursor):
    cursor.execute("INSERT INTO cluster VALUES (1, 1), (2, 2)").fetchall()
    assign(cursor, now=NOW)
    assert cursor.execute("SELECT count(DISTINCT golden_id), bool_and(is_new) FROM assignment").fetchall() == [
        (2, True)
    ]


_RECORDS = st.dictionaries(st.integers(1, 12), st.integers(1, 4), max_size=12)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(clusters=_RECORDS, previous=_RECORDS)
def test_every_record_one_id_and_every_id_one_cluster(cursor, clusters, previous):
    ids, events = _assign(cursor, clusters=clusters, previous=previous)
    assert set(ids) == set(clusters)
    by_cluster = {key: {ids[r] for r in clusters if clusters[r] == key} for key in set(clusters.values())}
    assert all(len(found) == 1 for found in by_cluster.values())
    assert len(set(ids.values())) == len(by_cluster)
    before, after = set(previous.values()), set(ids.values())
    created = {g for g, kind in events if kind == "created"}
    lost = {g for g, kind in events if kind in ("merged", "retired")} | {
        g for g, k in events if k == "split" and g not in after
    }
    assert after == (before - lost) | created
    assert not created & before
    for golden in before & after:
        assert any(previous.get(r) == golden for r in ids if ids[r] == golden), "an id never goes to strangers"
    for key, kept in by_cluster.items():
        members = {r for r in clusters if clusters[r] == key}
        had = {previous.get(r) for r in members}
        if len(had) == 1 and None not in had and {r for r in previous if previous[r] in had} == members:
            assert kept == had, "an untouched cluster keeps its id"
    again, nothing = _assign(cursor, clusters=clusters, previous=ids, start=5000)
    assert again == ids
    assert nothing == {}
