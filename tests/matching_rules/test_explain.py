"""An explanation sums to the weight it explains, and says which keys pair two records and which would have."""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

import matching_rules
from matching_rules.block import make_keys
from matching_rules.cluster import Component, between, cluster
from matching_rules.explain import (
    NOTHING,
    Shown,
    explain_blocking,
    explain_formation,
    explain_pairs,
    join_of,
    nearest_rules,
    strongest_between,
)
from matching_rules.model import SHIPPED_MODELS, load_model, newest_model
from matching_rules.rules import Guards, MatchingRules, Thresholds, load_rules
from matching_rules.score import score_pairs

ADA = {"given": "ada", "family": "smith", "emails": ["ada@x.de", "a@y.de"], "postcodes": ["10"]}
# the other record, what each comparison says and weighs (without rarity) beside its prior of -4, and the objection
CASES: list[tuple[dict[str, Any], dict[str, tuple[str, float]], tuple[str | None, bool]]] = [
    (
        {"given": "ada", "family": "smith", "emails": ["a@y.de"]},
        {
            "given_name": ("same first name", 3.0),
            "family_name": ("same last name", 3.0),
            "email": ("same e-mail", 7.0),
            "contact": (NOTHING, 0.0),
        },
        (None, False),
    ),
    (
        {"given": "mary", "emails": ["z@y.de"], "postcodes": ["10", "20"]},
        {
            "given_name": ("another first name", -4.0),
            "family_name": (NOTHING, 0.0),
            "email": ("another e-mail", -1.0),
            "contact": ("same postcode", 2.0),
        },
        (None, False),
    ),
    ({}, dict.fromkeys(("given_name", "family_name", "email", "contact"), (NOTHING, 0.0)), (None, False)),
]


def one_pair(duck: duckdb.DuckDBPyConnection) -> None:
    duck.execute("CREATE OR REPLACE TABLE pair AS SELECT 1::BIGINT AS record_a, 2::BIGINT AS record_b")


@pytest.mark.parametrize(("other", "says", "objection"), CASES)
def test_a_waterfall_by_comparison(duck, put, small, small_model, other, says, objection) -> None:
    put(small, {1: ADA, 2: other})
    one_pair(duck)
    (found,) = explain_pairs(duck, rules=small, model=small_model, records="record", pairs="pair")
    assert {c.name: (c.says, pytest.approx(c.weight)) for c in found.contributions} == says
    assert (found.decided_by, found.start, found.contradiction, found.bare) == ("first", found.prior, *objection)
    assert found.match_weight == pytest.approx(-4 + math.fsum(c.bits for c in found.contributions), abs=1e-9)
    rare = {c.name for c in found.contributions if c.rarity}
    assert rare == {name for name, (level, _) in says.items() if level in ("same first name", "same last name")}


def test_the_values_of_what_is_needed_and_of_what_the_level_looks_at(duck, put, small, small_model) -> None:
    put(small, {1: ADA, 2: {"given": "ada", "postcodes": ["10"], "phones": ["1"]}})
    one_pair(duck)
    (found,) = explain_pairs(duck, rules=small, model=small_model, records="record", pairs="pair")
    values = {c.name: c.values for c in found.contributions}
    assert values["given_name"] == (Shown("given", ("ada",), ("ada",)),)
    assert values["contact"] == (Shown("phones", (), ("1",)), Shown("postcodes", ("10",), ("10",)))
    assert values["email"] == (Shown("emails", ("ada@x.de", "a@y.de"), ()),)


def test_objections_are_named(duck, put, small: MatchingRules, small_model) -> None:
    rules = small.model_copy(update={"facts": {"shared": "emails"}})
    put(rules, {1: {"dob": "1980-01-01"}, 2: {"dob": "1990-01-01"}})
    one_pair(duck)
    (found,) = explain_pairs(duck, rules=rules, model=small_model, records="record", pairs="pair")
    assert (found.contradiction, found.bare) == ("two people's birth dates", True)


@pytest.mark.parametrize("name", ["person", "organisation"])
def test_with_the_shipped_model_every_explanation_sums_to_the_weight(duck, put, name: str) -> None:
    rules = load_rules(Path(matching_rules.__file__).parent / f"{name}.yaml")
    model = replace(load_model(newest_model(name, SHIPPED_MODELS), rules), crowding=1.25)
    draw = random.Random(5)
    known = {c: model.frequencies[c].column("value").to_pylist()[:4] for c in rules.frequency_columns}

    def value(column: str, kind: str) -> Any:
        if column == "dob":
            return draw.choice(["1980-01-02", "1980-02-01", "1980-01-03", None])
        if kind == "text":
            return draw.choice([*known.get(column, ["maria", "zoë"]), None])
        return draw.sample(["maria", "marie", "123456", "123457", "smith st", "10"], draw.randint(0, 3))

    put(rules, {i: {c: value(c, k) for c, k in rules.columns.items()} for i in range(1, 31)})
    duck.execute(
        "CREATE TABLE pair AS SELECT a.record_id AS record_a, b.record_id AS record_b"
        " FROM record a JOIN record b ON a.record_id < b.record_id"
    )
    score_pairs(duck, rules=rules, model=model, records="record", pairs="pair", into="scored")
    scored = {(a, b): (w, first) for a, b, w, first in duck.execute("FROM scored").fetchall()}
    tables = duck.execute("SELECT count(*) FROM duckdb_tables()").fetchall()
    explained = explain_pairs(duck, rules=rules, model=model, records="record", pairs="pair")
    assert duck.execute("SELECT count(*) FROM duckdb_tables()").fetchall() == tables
    assert {(e.record_a, e.record_b) for e in explained} == scored.keys()
    for e in explained:
        assert (e.match_weight, e.first_weight) == pytest.approx(scored[e.record_a, e.record_b], abs=1e-9)
        total = e.start + math.fsum(c.bits for c in e.contributions) - e.crowded
        assert total == pytest.approx(e.match_weight, abs=1e-9)
        assert e.prior + math.fsum(c.bits for c in e.first_stage) == pytest.approx(e.first_weight, abs=1e-9)
    stages = {e.decided_by for e in explained}
    assert stages == ({"first", "second"} if model.second is not None else {"first"})
    crowded = any(level.crowded for c in rules.comparisons for level in c.levels)
    assert {e.crowded for e in explained} == ({0.0, 1.25} if crowded else {0.0})


def test_the_bias_of_the_trees_hides_no_more_than_rounding(duck, put) -> None:
    rules = load_rules(Path(matching_rules.__file__).parent / "person.yaml")
    model = load_model(newest_model("person", SHIPPED_MODELS), rules)
    same = {"given": "maria", "family": "smith", "postcodes": ["10"]}
    records = {1: same, 2: same, 3: same | {"dob": "1980-01-01"}, 4: {"given": "maria", "emails": ["m@x.de"]}}
    put(rules, records)
    duck.execute(
        "CREATE TABLE pair AS SELECT a.record_id AS record_a, b.record_id AS record_b"
        " FROM record a JOIN record b ON a.record_id < b.record_id"
    )
    explained = explain_pairs(duck, rules=rules, model=model, records="record", pairs="pair")
    biases = [e.start for e in explained if e.decided_by == "second"]
    assert len(biases) > 2
    assert max(biases) - min(biases) < 1e-3


def test_shared_keys_are_those_that_are_stored(duck, put, small: MatchingRules) -> None:
    other = {"family": "smithe", "emails": ["ada@x.de", "a@y.de", "zoë@x.de"], "postcodes": ["20", "10"]}
    put(small, {1: ADA | {"phones": ["1"]}, 2: other})
    make_keys(duck, rules=small, records="record", into="stored")
    stored = duck.execute("SELECT rule, key FROM stored GROUP BY ALL HAVING count(*) = 2").fetchall()
    found = explain_blocking(duck, rules=small, records="record", pair=(1, 2))
    assert [a.rule for a in found] == [r.name for r in small.blocking]
    assert {(n, k.key) for n, a in enumerate(found) for k in a.keys} == set(stored)
    values = {a.rule: [k.values for k in a.keys] for a in found}
    assert values == {"e-mail": [("ada@x.de",), ("a@y.de",)], "phone": [], "name and postcode": [("smi", "10")]}
    assert {a.rule: a.column for a in found} == {"e-mail": "emails", "phone": "phones", "name and postcode": None}


def test_the_nearest_rule_is_the_one_a_single_column_is_missing_from(duck, put, small: MatchingRules) -> None:
    put(small, {1: ADA, 2: {"family": "smithe", "postcodes": ["20"]}, 3: {"given": "ada"}})
    (near,) = nearest_rules(explain_blocking(duck, rules=small, records="record", pair=(1, 2)))
    assert (near.rule, near.differing) == ("name and postcode", (Shown("postcodes", ("10",), ("20",)),))
    far = nearest_rules(explain_blocking(duck, rules=small, records="record", pair=(1, 3)))
    assert [a.rule for a in far] == ["e-mail"]  # of a phone neither says anything


LINES = Thresholds(potential_match=-3, keep=-1, match=1, merge=3)


def test_a_rule_about_what_neither_record_holds_is_not_near(duck, put, small: MatchingRules) -> None:
    put(small, {1: {"emails": ["a@x.org"]}, 2: {"emails": ["b@x.org"]}, 3: {"phones": ["7"]}})
    of_two = nearest_rules(explain_blocking(duck, rules=small, records="record", pair=(1, 2)))
    assert [a.rule for a in of_two] == ["e-mail"]
    of_one_each = nearest_rules(explain_blocking(duck, rules=small, records="record", pair=(1, 3)))
    assert [a.rule for a in of_one_each] == ["e-mail", "phone"]


def test_the_joins_of_a_cluster_and_its_weakest_bridge() -> None:
    weights = {(1, 2): 9.0, (3, 4): 8.0, (1, 3): 2.0, (1, 4): 2.0, (2, 3): 2.0, (2, 4): 2.0, (4, 5): -2.0}
    component = Component(records=[1, 2, 3, 4, 5], weights=weights)
    found = cluster(component, thresholds=LINES, guards=Guards())
    assert set(found.groups) == {(1, 2, 3, 4), (5,)}
    formation = explain_formation(found, members={1, 2, 3, 4})
    assert [{frozenset(j.a), frozenset(j.b)} for j in formation.joins] == [
        {frozenset({1}), frozenset({2})},
        {frozenset({3}), frozenset({4})},
        {frozenset({1, 2}), frozenset({3, 4})},
    ]
    assert [(j.linkage, j.line) for j in formation.joins] == [(9.0, 1), (8.0, 1), (2.0, 1)]
    assert formation.weakest == formation.joins[2]
    assert join_of(found.joins, (4, 2)) == formation.joins[2]
    assert join_of(found.joins, (4, 5)) is None
    assert strongest_between(component, formation.joins[0]) == ((1, 2), 9.0)


def test_members_stay_at_the_keep_line_and_decisions_need_none() -> None:
    component = Component(
        records=[1, 2, 3], weights={(1, 2): 0.0, (1, 3): -9.0}, together=[(1, 3)], held=dict.fromkeys([1, 2], "g")
    )
    joins = cluster(component, thresholds=LINES, guards=Guards()).joins
    assert [(j.linkage, j.line) for j in joins] == [(0.0, LINES.keep), (pytest.approx(-5.0), None)]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, (2.0, 1, None)),
        ({"held": {1: "g", 2: "g", 3: "h"}}, (2.0, 3, None)),
        ({"apart": {(2, 3): "two birth dates"}}, (2.0, 1, "two birth dates")),
        ({"bare": {(1, 3), (2, 3)}}, (2.0, 1, None)),
    ],
)
def test_what_keeps_two_groups_apart(more: dict[str, Any], expected: tuple[float, float, str | None]) -> None:
    component = Component(records=[1, 2, 3], weights={(1, 2): 9.0, (1, 3): 3.0, (2, 3): 1.0}, **more)
    found = between(component, [(1, 2), (3,)], a=2, b=3, thresholds=LINES, guards=Guards())
    assert (found.linkage, found.line, found.reason) == expected


def test_joins_lead_from_single_records_to_the_groups() -> None:
    draw = random.Random(2)
    for _ in range(30):
        pairs = {p: draw.uniform(-6, 9) for p in itertools.combinations(range(1, 9), 2) if draw.random() < 0.8}
        found = cluster(Component(records=range(1, 9), weights=pairs), thresholds=LINES, guards=Guards())
        groups = {frozenset({r}) for r in range(1, 9)}
        for join in found.joins:
            a, b = frozenset(join.a), frozenset(join.b)
            assert {a, b} <= groups
            assert join.linkage >= join.line
            groups = (groups - {a, b}) | {a | b}
        assert groups == {frozenset(g) for g in found.groups}
