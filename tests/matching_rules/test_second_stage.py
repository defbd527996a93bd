"""The second stage: what it measures, that a pair weighs the same alone and among thousands, and that it explains."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

import matching_rules
from matching_rules.errors import RuleError
from matching_rules.measures import MEASURES, measure
from matching_rules.model import SECOND_STAGE, SHIPPED_MODELS, Model, load_model, newest_model, save_model
from matching_rules.rules import MatchingRules, load_rules
from matching_rules.score import measured_pairs, score_levels, score_pairs
from matching_rules.second import FIRST_STAGE, fit_second_stage
from matching_rules.translate import pair_function

COLUMNS = {"a": "text", "b": "text", "xs": "list"}
# measure, left, right, what it is; every case is also tried the other way round
CASES: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any], float | None]] = [
    ({"similarity": "a"}, {"a": "maria"}, {"a": "maria"}, 1.0),
    ({"similarity": "a"}, {"a": "maria"}, {}, None),
    ({"edits": "a"}, {"a": "maria"}, {"a": "marai"}, 1),
    ({"equal": "a"}, {"a": "x"}, {"a": "y"}, 0),
    ({"equal": "a"}, {"a": "x"}, {}, None),
    ({"shorter": "a"}, {"a": "m"}, {"a": "maria"}, 1),
    ({"same_initial": "a"}, {"a": "m"}, {"a": "maria"}, 1),
    ({"same_initial": "a"}, {"a": "n"}, {"a": "maria"}, 0),
    ({"missing": "a"}, {}, {"a": "x"}, 1),
    ({"missing": "xs"}, {}, {}, 2),
    ({"common": "xs"}, {"xs": ["p", "q"]}, {"xs": ["q"]}, 1),
    ({"common": "xs"}, {"xs": ["p"]}, {"xs": ["q"]}, 0),
    ({"common": "xs"}, {}, {"xs": ["q"]}, None),
    ({"best_similarity": "xs"}, {"xs": ["zz", "maria"]}, {"xs": ["maria"]}, 1.0),
    ({"fewest_edits": "xs"}, {"xs": ["12345", "99"]}, {"xs": ["12346"]}, 1),
    ({"date_parts": "a"}, {"a": "1980-01-02"}, {"a": "1980-02-02"}, 2),
    ({"day_month_exchanged": "a"}, {"a": "1980-01-02"}, {"a": "1980-02-01"}, 1),
    ({"day_month_exchanged": "a"}, {"a": "1980-01-02"}, {"a": "1981-02-01"}, 0),
    ({"years_between": "a"}, {"a": "1980-01-02"}, {"a": "1955-01-02"}, 25),
    ({"rarity": "a"}, {"a": "rare"}, {"a": "common"}, -10.0),
    ({"rarity": "a"}, {"a": "unheard"}, {"a": "unheard"}, None),
    ({"crossed_similarity": {"column": "a", "with": "b"}}, {"a": "li", "b": "chen"}, {"a": "chen", "b": "li"}, 1.0),
    ({"written_in": {"text": "a", "list": "xs", "of_both_ways": "more"}}, {"xs": ["adalove"]}, {"a": "ada"}, 1),
    ({"written_in": {"text": "a", "list": "xs", "of_both_ways": "more"}}, {"xs": ["adalove"]}, {"a": "ad"}, 0),
    (
        {"written_in": {"text": "a", "list": "xs", "of_both_ways": "less"}},
        {"xs": ["adalove"], "a": "eva"},
        {"a": "ada", "xs": ["bob"]},
        0,
    ),
    (
        {"named_like": {"first": "a", "last": "b", "list": "xs", "of_both_ways": "more"}},
        {"xs": ["smithada"]},
        {"a": "ada", "b": "smith"},
        1.0,
    ),
    (
        {"named_like": {"first": "a", "last": "b", "list": "xs", "of_both_ways": "more"}},
        {"xs": ["asmith"]},
        {"a": "ada", "b": "smith"},
        1.0,
    ),
    # two names as frequent as the more frequent of their sides, in a population of 2^20
    ({"namesakes": {"first": "a", "last": "a"}}, {"a": "rare"}, {"a": "common"}, 14.0),
    ({"namesakes": {"first": "a", "last": "a"}}, {"a": "unheard"}, {"a": "unheard"}, None),
    *(
        ({measure: {"list": "xs", "others": "xs", "of_both_ways": ways}}, {"xs": left}, {"xs": right}, expected)
        for measure, left, right, ways, expected in [
            ("found_again", ["p", "q"], ["q"], "less", 0.5),
            ("found_again", ["p", "q"], ["q"], "more", 1.0),
            ("found_again", ["p"], None, "more", None),
            ("found_again", None, None, "more", None),
            ("found_alike", ["maria", "zz"], ["maria"], "less", 0.5),
            ("found_alike", ["maria", "zz"], ["maria"], "more", 1.0),
            ("found_alike", ["maria"], None, "more", None),
        ]
    ),
]
KINDS = {"text": "VARCHAR", "list": "VARCHAR[]"}
FREQUENCIES = {"rare": 2**-10, "common": 2**-3}


@pytest.mark.parametrize(("spec", "left", "right", "expected"), CASES)
def test_a_measure_says_the_same_both_ways_round(
    duck: duckdb.DuckDBPyConnection, spec: dict[str, Any], left: dict[str, Any], right: dict[str, Any], expected: Any
) -> None:
    for one, other in ((left, right), (right, left)):
        values: list[Any] = []
        shown: list[str] = []
        for side, record in (("l", one), ("r", other)):
            for column, kind in COLUMNS.items():
                values.append(record.get(column))
                shown.append(f'?::{KINDS[kind]} AS "{column}_{side}"')
            values.append(FREQUENCIES.get(record.get("a", "")))
            shown.append(f'?::DOUBLE AS "frequency_a_{side}"')
        query = f"SELECT {measure(spec, COLUMNS)} FROM (SELECT {', '.join(shown)}, 20::DOUBLE AS records_log2)"
        found = duck.execute(query, values).fetchone()[0]
        assert found == (None if expected is None else pytest.approx(expected, abs=1e-6))
        columns = (*COLUMNS, "frequency_a")
        steps = {"records_log2": "20::DOUBLE", "m": measure(spec, COLUMNS)}
        measured = pair_function("m", columns=columns, steps=steps, answer=("m",))
        rows = [[r.get(c) for c in COLUMNS] + [FREQUENCIES.get(r.get("a", ""))] for r in (one, other)]
        (asked,) = measured(*(tuple(tuple(v) if isinstance(v, list) else v for v in row) for row in rows))
        assert asked == (None if expected is None else pytest.approx(expected, abs=1e-6))


def test_every_measure_has_a_case() -> None:
    assert {name for spec, *_ in CASES for name in spec} == set(MEASURES)


@pytest.mark.parametrize(
    "spec",
    [
        {"likeness": "a"},
        {"similarity": "nowhere"},
        {"similarity": "a", "edits": "a"},
        {"written_in": {"text": "a", "list": "xs", "of_both_ways": "some"}},
        {"written_in": {"text": "a"}},
        {"crossed_similarity": "a"},
    ],
)
def test_what_is_no_measure_is_refused(spec: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"measure|column|takes|both_ways"):
        measure(spec, COLUMNS)


@pytest.fixture(scope="module")
def people() -> tuple[MatchingRules, Model]:
    rules = load_rules(Path(matching_rules.__file__).parent / "person.yaml")
    return rules, load_model(newest_model("person", SHIPPED_MODELS), rules)


@pytest.fixture
def crowd(duck, put, people: tuple[MatchingRules, Model]) -> duckdb.DuckDBPyConnection:
    """People who resemble each other, in table ``record``, and all their pairs in ``pair``."""
    rules, model = people
    draw = random.Random(3)
    given = [*model.frequencies["given"].column("value").to_pylist()[:200:20], "marai", "m", "zoë", None]
    family = [*model.frequencies["family"].column("value").to_pylist()[:200:20], "o'neil", None]
    texts = {"given": given, "family": family, "dob": ["1980-01-02", "1980-02-01", "1999-12-31", None]}
    many = ["adalove", "ada@x.de", "123456", "123457", "10", "main st", "10|main st|45402"]

    def value(column: str, kind: str) -> Any:
        if kind == "text":
            return draw.choice(texts.get(column, [None, "jr", "f"]))
        return draw.sample(many, draw.randint(0, 2))

    put(rules, {i: {c: value(c, k) for c, k in rules.columns.items()} for i in range(1, 81)})
    duck.execute(
        "CREATE TABLE pair AS SELECT a.record_id AS record_a, b.record_id AS record_b"
        " FROM record a JOIN record b ON a.record_id < b.record_id"
    )
    return duck


def test_a_pair_weighs_the_same_alone_and_among_thousands(crowd, people: tuple[MatchingRules, Model]) -> None:
    rules, model = people
    score_pairs(crowd, rules=rules, model=model, records="record", pairs="pair", into="scored")
    score_levels(crowd, rules=rules, model=model, records="record", pairs="pair", into="first")
    together = {(a, b): w for a, b, w, _ in crowd.execute("FROM scored").fetchall()}
    beside = {(a, b): w for a, b, _, w in crowd.execute("FROM scored").fetchall()}
    first = {(a, b): w for a, b, w in crowd.execute("SELECT record_a, record_b, match_weight FROM first").fetchall()}
    assert beside == first
    assert together.keys() == first.keys() == set(itertools.combinations(range(1, 81), 2))
    low, high = rules.second_stage.between
    judged = {pair for pair, weight in first.items() if low <= weight <= high}
    assert len(judged) > 200
    assert all(together[pair] == first[pair] for pair in first.keys() - judged)
    assert sum(abs(together[pair] - first[pair]) > 0.01 for pair in judged) > len(judged) / 2
    for a, b in random.Random(1).sample(sorted(together), 40):
        crowd.execute(f"CREATE OR REPLACE TABLE one AS SELECT {a}::BIGINT AS record_a, {b}::BIGINT AS record_b")
        score_pairs(crowd, rules=rules, model=model, records="record", pairs="one", into="scored_alone")
        assert crowd.execute("SELECT match_weight FROM scored_alone").fetchone()[0] == together[a, b]


def test_what_the_measures_contribute_sums_to_the_weight(crowd, people: tuple[MatchingRules, Model]) -> None:
    rules, model = people
    crowd.execute("CREATE TABLE weighed AS SELECT *, 1.5 AS first_weight FROM pair LIMIT 300")
    with measured_pairs(crowd, rules=rules, model=model, records="record", pairs="weighed") as batches:
        for _, _, measured in batches:
            assert measured.shape[1] == len(model.second.measures)
            parts = model.second.contributions(measured)
            assert np.allclose(parts.sum(axis=1), model.second.weigh(measured), atol=1e-4)
    assert model.second.measures[-1] == FIRST_STAGE


def test_a_crowded_pair_weighs_less_in_a_larger_population(crowd, people: tuple[MatchingRules, Model]) -> None:
    rules, model = people
    weights = {}
    for bits in (0.0, 2.0):
        larger = replace(model, crowding=bits)
        score_pairs(crowd, rules=rules, model=larger, records="record", pairs="pair", into="scored")
        weights[bits] = {(a, b): w for a, b, w, _ in crowd.execute("FROM scored").fetchall()}
    lost = {round(weights[0.0][pair] - weights[2.0][pair], 9) for pair in weights[0.0]}
    assert lost == {0.0, 2.0}


def test_a_second_stage_for_other_measures_or_of_another_kind_is_refused(
    people: tuple[MatchingRules, Model], tmp_path: Path
) -> None:
    rules, model = people
    folder = save_model(model, tmp_path)
    fewer = dict(list(rules.second_stage.measures.items())[1:])
    other = rules.model_copy(update={"second_stage": rules.second_stage.model_copy(update={"measures": fewer})})
    with pytest.raises(RuleError, match="other measures"):
        load_model(folder, other)
    (folder / SECOND_STAGE).write_bytes(b"edited by hand")
    with pytest.raises(RuleError, match="can be read"):
        load_model(folder, rules)


def test_better_evidence_never_weighs_less_even_where_it_was_learnt_otherwise() -> None:
    rng = np.random.default_rng(5)
    pairs = rng.random((4000, 4)).astype(np.float32)
    pairs[rng.random(pairs.shape) < 0.1] = np.nan
    alike, slips, length, first = pairs.T
    # among short names the alike are strangers: what a file may look like, and no reason to believe it
    evidence = np.nan_to_num(alike) - np.nan_to_num(slips)
    odds = 3 * np.nan_to_num(first) + np.where(length < 0.4, -2, 2) * evidence - 1.5
    same = rng.random(len(pairs)) < 1 / (1 + np.exp(-3 * odds))
    fitted = {
        name: fit_second_stage(("alike", "slips", "length"), pairs, same, directions=directions, processes=1)
        for name, directions in (("free", {}), ("held", {"alike": 1, "slips": -1}))
    }
    shown = pairs[~np.isnan(pairs).any(axis=1)][:400]
    falls = dict.fromkeys(fitted, 0.0)
    for column, sign in ((0, 1), (1, -1), (3, 1)):
        better = shown.copy()
        better[:, column] = np.clip(better[:, column] + sign * rng.random(len(shown)).astype(np.float32), 0, 1)
        for name, stage in fitted.items():
            falls[name] = min(falls[name], float((stage.weigh(better) - stage.weigh(shown)).min()))
    assert falls["free"] < -1
    assert falls["held"] > -1e-5


def test_the_rules_know_which_way_their_measures_point() -> None:
    directions = load_rules(Path(matching_rules.__file__).parent / "person.yaml").second_stage.directions
    assert directions["first_name_alike"] == directions["email_same"] == 1
    assert directions["birth_date_slips"] == directions["birth_date_years"] == -1
    assert not {"first_name_rarity", "first_name_length", "namesakes_by_chance", "emails_filled"} & set(directions)
