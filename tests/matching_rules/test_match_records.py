"""From pairs to clusters inside DuckDB: components judged as a whole, a shortcut that changes nothing, questions."""

from __future__ import annotations

import itertools
import random
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from matching_rules.cluster import BARE, DECIDED_APART, Component, Pair, cluster, components
from matching_rules.match import MatchReport, match_records
from matching_rules.model import Model
from matching_rules.rules import MatchingRules
from matching_rules.score import score_pairs

Weights = dict[Pair, float]
FIRST = 0.25  # bits by which the first stage says less, here


@pytest.fixture
def run(duck, put, small, small_model):
    """Matches records with the given pairs; answers the report."""

    def matched(
        records: dict[int, dict[str, Any]],
        *,
        fresh: Weights,
        stored: Weights | None = None,
        completed: Weights | None = None,
        decisions: dict[Pair, str] | None = None,
        held: dict[int, str] | None = None,
        related: dict[Pair, str] | None = None,
        rules: MatchingRules = small,
        model: Model = small_model,
    ) -> MatchReport:
        put(rules, records)
        weighed = "record_a BIGINT, record_b BIGINT, match_weight DOUBLE, first_stage_weight DOUBLE"
        duck.execute(f"CREATE OR REPLACE TABLE fresh_pair ({weighed})")
        duck.execute(f"CREATE OR REPLACE TABLE stored_pair ({weighed}, completed BOOLEAN)")
        fill(duck, "fresh_pair", [(a, b, w, w - FIRST) for (a, b), w in fresh.items()])
        fill(duck, "stored_pair", [(a, b, w, w - FIRST, False) for (a, b), w in (stored or {}).items()])
        fill(duck, "stored_pair", [(a, b, w, w - FIRST, True) for (a, b), w in (completed or {}).items()])
        duck.execute("CREATE OR REPLACE TABLE decision (record_a BIGINT, record_b BIGINT, kind VARCHAR)")
        fill(duck, "decision", [(a, b, kind) for (a, b), kind in (decisions or {}).items()])
        duck.execute("CREATE OR REPLACE TABLE held (record_id BIGINT, golden_id VARCHAR)")
        fill(duck, "held", list((held or {}).items()))
        duck.execute("CREATE OR REPLACE TABLE related (record_a BIGINT, record_b BIGINT, relation VARCHAR)")
        fill(duck, "related", [(a, b, relation) for (a, b), relation in (related or {}).items()])
        report = match_records(duck, rules=rules, model=model, records="record")
        assert report.records == len(records)
        assert set(clustered(duck)) == set(records)
        return report

    return matched


def fill(duck: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        duck.register(
            "arriving_rows", pa.table({f"c{i}": list(column) for i, column in enumerate(zip(*rows, strict=True))})
        )
        duck.execute(f"INSERT INTO {table} FROM arriving_rows")
        duck.unregister("arriving_rows")


def clustered(duck: duckdb.DuckDBPyConnection) -> dict[int, int]:
    rows = duck.execute("SELECT record_id, cluster_key FROM cluster").fetchall()
    assert len({r for r, _ in rows}) == len(rows)
    return dict(rows)


def groups(duck: duckdb.DuckDBPyConnection) -> set[tuple[int, ...]]:
    found = clustered(duck)
    return {tuple(sorted(r for r in found if found[r] == key)) for key in set(found.values())}


def questions(duck: duckdb.DuckDBPyConnection) -> dict[Pair, tuple[float, str | None]]:
    rows = duck.execute("SELECT record_a, record_b, match_weight, guard FROM question").fetchall()
    return {(a, b): (w, guard) for a, b, w, guard in rows}


def nobody(count: int) -> dict[int, dict[str, Any]]:
    return {i: {"phones": [str(i)]} for i in range(1, count + 1)}


def test_every_record_has_a_cluster_singletons_too(duck, run) -> None:
    report = run(nobody(4), fresh={(1, 2): 5.0})
    assert groups(duck) == {(1, 2), (3,), (4,)}
    assert (report.clusters, report.largest_cluster, report.components, report.judged) == (3, 2, 1, 0)
    rows = duck.execute("SELECT record_id, size, match_weight FROM membership ORDER BY 1").fetchall()
    assert rows == [(1, 2, 5.0), (2, 2, 5.0), (3, 1, None), (4, 1, None)]


def test_no_records_at_all(run) -> None:
    assert run({}, fresh={}).clusters == 0


def test_pairs_that_no_key_paired_are_scored_before_a_component_is_judged(duck, run, small, small_model) -> None:
    records = {
        1: {"given": "john", "family": "smith", "emails": ["p"], "dob": "1980-01-01"},
        2: {"given": "john", "family": "smith", "emails": ["p"], "phones": ["1"]},
        3: {"given": "john", "family": "smith", "phones": ["1"]},
    }
    report = run(records, fresh={(1, 2): 9.0, (2, 3): 8.0})
    assert report.completed_pairs == 1
    duck.execute("CREATE TABLE pair AS SELECT 1::BIGINT AS record_a, 3::BIGINT AS record_b")
    score_pairs(duck, rules=small, model=small_model, records="record", pairs="pair", into="scored")
    expected = duck.execute("SELECT match_weight FROM scored").fetchone()[0]
    known = {(a, b): (w, made) for a, b, w, _, made in duck.execute("FROM known_pair").fetchall()}
    assert known == {(1, 2): (9.0, False), (2, 3): (8.0, False), (1, 3): (pytest.approx(expected, abs=1e-9), True)}
    assert groups(duck) == {(1, 2, 3)}


def test_a_completed_pair_is_remembered_and_connects_nobody(duck, run) -> None:
    """Its weight is what it was; where nothing else holds the two in one component, it is forgotten."""
    report = run(nobody(3), fresh={(1, 2): 9.0, (2, 3): 9.0}, completed={(1, 3): 7.0})
    assert report.completed_pairs == 0
    assert (1, 3, 7.0, 7.0 - FIRST, True) in duck.execute("FROM known_pair").fetchall()
    assert groups(duck) == {(1, 2, 3)}
    run(nobody(3), fresh={(1, 2): 9.0}, completed={(1, 3): 7.0})
    assert {row[:2] for row in duck.execute("FROM known_pair").fetchall()} == {(1, 2)}
    assert groups(duck) == {(1, 2), (3,)}
    assert questions(duck) == {}
    # paired again by a key, it is weighed anew
    run(nobody(3), fresh={(1, 2): 9.0, (1, 3): 8.0}, completed={(1, 3): 7.0, (2, 3): 6.0})
    assert (1, 3, 8.0, 8.0 - FIRST, False) in duck.execute("FROM known_pair").fetchall()


def test_a_completed_pair_can_contradict(duck, run) -> None:
    """The record in the middle cannot join two ends that contradict each other; it stays with the surer one."""
    records = {1: {"emails": ["p"], "dob": "1980-01-01"}, 2: {"emails": ["p"]}, 3: {"dob": "1990-01-01"}}
    run(records, fresh={(1, 2): 9.0, (2, 3): 8.0})
    assert groups(duck) == {(1, 2), (3,)}
    assert questions(duck) == {(2, 3): (8.0, "two people's birth dates")}


def test_contradictions_keep_the_surest_pair_apart(duck, run) -> None:
    records = {1: {"dob": "1980-01-01"}, 2: {"dob": "1990-01-01"}, 3: {"dob": "1980-01-01"}, 4: {"dob": "1990-01-01"}}
    run(records, fresh={(1, 2): 19.0, (3, 4): 0.0})
    assert groups(duck) == {(1,), (2,), (3,), (4,)}
    # asked only where the weight alone would have joined them
    assert questions(duck) == {(1, 2): (19.0, "two people's birth dates")}


def test_between_the_lines_a_steward_is_asked_once_per_two_clusters(duck, run) -> None:
    weighed = {(1, 2): 9.0, (3, 4): 9.0, (1, 3): -2.0, (2, 3): -1.0, (1, 4): -2.5, (2, 4): -8.0, (4, 5): -3.5}
    run(nobody(5), fresh=weighed)
    assert groups(duck) == {(1, 2), (3, 4), (5,)}
    assert questions(duck) == {(2, 3): (-1.0, None)}
    assert duck.execute("SELECT first_stage_weight FROM question").fetchall() == [(-1.0 - FIRST,)]


def test_what_a_steward_decided_is_not_asked_again(duck, run) -> None:
    run(nobody(4), fresh={(1, 2): 9.0, (3, 4): -2.0}, decisions={(1, 2): "cannot_link", (3, 4): "cannot_link"})
    assert groups(duck) == {(1,), (2,), (3,), (4,)}
    assert questions(duck) == {}


def test_a_must_link_beats_weight_and_contradiction(duck, run) -> None:
    records = {1: {"dob": "1980-01-01"}, 2: {"dob": "1990-01-01"}, 3: {}}
    run(records, fresh={(1, 2): -30.0}, decisions={(1, 2): "must_link"})
    assert groups(duck) == {(1, 2), (3,)}


def test_a_must_link_of_records_that_nothing_else_connects(duck, run) -> None:
    run(nobody(4), fresh={(3, 4): 9.0}, decisions={(1, 2): "must_link"})
    assert groups(duck) == {(1, 2), (3, 4)}


def test_contradicting_decisions_on_one_chain_do_not_crash(duck, run) -> None:
    decisions = {(1, 2): "must_link", (2, 3): "must_link", (1, 3): "cannot_link"}
    run(nobody(3), fresh={}, decisions=decisions)
    assert groups(duck) == {(1, 2, 3)}


@pytest.mark.parametrize("kind", ["must_link", "cannot_link"])
def test_a_decision_about_a_record_that_is_gone_says_nothing(duck, run, kind: str) -> None:
    run(nobody(3), fresh={(2, 3): 9.0}, decisions={(1, 99): kind, (3, 98): kind})
    assert groups(duck) == {(1,), (2, 3)}


def test_in_a_component_too_large_to_complete_decisions_still_count(duck, run) -> None:
    records = nobody(210)
    chain = {(i, i + 1): 1.0 for i in range(1, 210)}  # one component, nothing joins by itself
    decisions = {(1, 60): "must_link", (2, 61): "cannot_link"}
    weighed = chain | {(2, 60): 9.0, (60, 61): 9.0, (1, 100): -9.0}
    report = run(records, fresh=weighed, decisions=decisions)
    assert (report.largest_component, report.completed_pairs) == (210, 2)
    found = clustered(duck)
    assert found[1] == found[60] and found[2] != found[61]
    # what is too weak to be asked about counts in a component that is completed only
    assert (1, 100) not in {row[:2] for row in duck.execute("FROM known_pair").fetchall()}


def test_a_stored_pair_counts_like_a_fresh_one_and_a_fresh_one_replaces_it(duck, run) -> None:
    run(nobody(3), fresh={(1, 2): -9.0}, stored={(1, 2): 9.0, (2, 3): 9.0})
    known = duck.execute("SELECT record_a, record_b, match_weight FROM known_pair ORDER BY ALL").fetchall()
    assert [r[:2] for r in known] == [(2, 3)]
    assert groups(duck) == {(1,), (2, 3)}
    run(nobody(3), fresh={(1, 2): 9.0}, stored={(1, 2): 8.0})
    assert duck.execute("FROM known_pair").fetchall() == [(1, 2, 9.0, 9.0 - FIRST, False)]


def test_a_cluster_too_large_is_refused_and_asked_about(duck, run, small) -> None:
    most = small.guards.largest_cluster
    records = nobody(most + 1)
    weighed = dict.fromkeys(itertools.combinations(records, 2), 9.0)
    run(records, fresh=weighed)
    assert sorted(len(g) for g in groups(duck)) == [1, most]
    assert [guard for _, guard in questions(duck).values()] == ["cluster too large"]


def test_pairs_inside_components_and_those_to_ask_about_are_kept_for_the_next_run(duck, run) -> None:
    run(nobody(5), fresh={(1, 2): 9.0, (2, 3): 9.0, (1, 3): -9.0, (3, 4): -2.0, (4, 5): -9.0})
    kept = {row[:2] for row in duck.execute("FROM known_pair").fetchall()}
    assert kept == {(1, 2), (2, 3), (1, 3), (3, 4)}


def random_graphs(seed: int, count: int) -> tuple[dict[int, dict[str, Any]], Weights, dict[Pair, str], dict[int, str]]:
    """Many small complete graphs side by side; most of them plain, some with contradictions, decisions, golden ids."""
    draw = random.Random(seed)
    records: dict[int, dict[str, Any]] = {}
    weighed: Weights = {}
    decisions: dict[Pair, str] = {}
    held: dict[int, str] = {}
    for graph in range(count):
        members = [graph * 10 + i for i in range(1, draw.randint(2, 8) + 1)]
        low = draw.choice([-6.0, 0.9, 1.0, 2.0, 3.0])  # match is 1, merge is 3
        dated = draw.random() < 0.2
        for r in members:
            records[r] = {"phones": [str(r)]}
            if dated:
                records[r]["dob"] = draw.choice(["1980-01-01", "1980-01-01", "1990-01-01"])
            if draw.random() < 0.4:
                held[r] = f"G{graph}-{draw.randint(1, 2)}"
        for pair in itertools.combinations(members, 2):
            weighed[pair] = draw.choice([low, draw.uniform(low, 15.0)])
            if draw.random() < 0.02:
                decisions[pair] = draw.choice(["must_link", "cannot_link"])
    return records, weighed, decisions, held


@pytest.mark.parametrize("facts", [None, {"same": "dob"}])
@pytest.mark.parametrize("seed", range(4))
def test_the_shortcut_for_plain_components_changes_nothing(
    duck, run, small, seed: int, facts: dict[str, str] | None
) -> None:
    """``match_records`` does not judge components whose pairs all reach the line; one by one they come out alike."""
    records, weighed, decisions, held = random_graphs(seed, 150)
    rules = small.model_copy(update={"facts": facts})
    report = run(records, fresh=weighed, decisions=decisions, held=held, rules=rules)
    lowest = small.thresholds.potential_match
    linked = [p for p, w in weighed.items() if w >= lowest or decisions.get(p) == "must_link"]
    expected: set[tuple[int, ...]] = set()
    hashes = dict(duck.execute("SELECT record_id, content_hash FROM record").fetchall())
    found = components(linked)
    for members in found:
        pairs = [p for p in itertools.combinations(members, 2) if p in weighed]
        dates = {r: records[r].get("dob") for r in members}
        apart = {p: DECIDED_APART for p in pairs if decisions.get(p) == "cannot_link"}
        for a, b in pairs:
            if (a, b) not in decisions and dates[a] and dates[b] and dates[a] != dates[b]:
                apart[a, b] = "dates"
        component = Component(
            records=members,
            weights={p: weighed[p] for p in pairs},
            apart=apart,
            together=[p for p in pairs if decisions.get(p) == "must_link"],
            content={r: hashes[r] for r in members},
            held={r: held[r] for r in members if r in held},
            bare=frozenset(
                p for p in pairs if facts and p not in decisions and not (dates[p[0]] and dates[p[0]] == dates[p[1]])
            ),
        )
        expected |= set(cluster(component, thresholds=small.thresholds, guards=small.guards).groups)
    expected |= {(r,) for r in set(records) - set(itertools.chain(*found))}
    assert groups(duck) == expected
    assert 10 < report.judged < report.components - 10  # both ways were taken


def test_whom_a_source_relates_are_two_customers(duck, run) -> None:
    sure = {(1, 2): 9.0, (3, 4): 9.0}
    run({r: {} for r in range(1, 5)}, fresh=sure, related={(1, 2): "child_of"})
    assert groups(duck) == {(1,), (2,), (3, 4)}
    assert questions(duck) == {(1, 2): (9.0, "a source states: child_of")}


def test_a_steward_may_say_that_a_relation_is_wrong(duck, run) -> None:
    run({1: {}, 2: {}}, fresh={(1, 2): 9.0}, related={(1, 2): "child_of"}, decisions={(1, 2): "must_link"})
    assert groups(duck) == {(1, 2)}


def test_a_common_name_alone_joins_nobody_and_is_asked(duck, run, small: MatchingRules) -> None:
    rules = small.model_copy(update={"facts": {"shared": "phones"}})
    named = {"given": "maria", "family": "smith"}
    records = {1: named, 2: named, 3: {**named, "phones": ["1"]}, 4: {**named, "phones": ["1"]}}
    weight = rules.guards.bare - 0.1
    run(records, fresh={(1, 2): weight, (3, 4): weight}, rules=rules)
    assert groups(duck) == {(1,), (2,), (3, 4)}
    assert questions(duck) == {(1, 2): (weight, BARE)}


def test_a_rare_name_alone_may_join(duck, run, small: MatchingRules) -> None:
    rules = small.model_copy(update={"facts": {"shared": "phones"}})
    run({1: {"given": "eimer"}, 2: {"given": "eimer"}}, fresh={(1, 2): rules.guards.bare + 0.1}, rules=rules)
    assert groups(duck) == {(1, 2)}
