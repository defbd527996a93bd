"""A match weight is prior + one weight per comparison + rarity: recomputed by hand in Python, to 1e-9 bits."""

from __future__ import annotations

import itertools
import logging
import math
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler
from splink import DuckDBAPI, Linker

import matching_rules
from matching_rules.model import SHIPPED_MODELS, Model, load_model, newest_model, splink_settings
from matching_rules.rules import Contradiction, MatchingRules, SecondStageRules, load_rules
from matching_rules.score import find_contradictions, score_levels, score_pairs

GIVEN = ["maria", "marai", "mary", "mari", "john", "jon", "johnny", "ada", "eda", "unheard", None, ""]
FAMILY = ["smith", "smyth", "smithe", "jones", "lovelace", "loveless", "unheard", None]


def random_records(seed: int, count: int = 40) -> dict[int, dict[str, Any]]:
    draw = random.Random(seed)

    def some(values: list[str]) -> list[str]:
        return draw.sample(values, draw.randint(0, 2))

    return {
        i + 1: {
            "given": draw.choice(GIVEN),
            "family": draw.choice(FAMILY),
            "dob": draw.choice(["1980-01-02", "1990-03-04", None]),
            "emails": some(["p@x.de", "q@x.de", "r@x.de"]),
            "phones": some(["1", "2", "3", "4"]),
            "postcodes": some(["10", "20"]),
        }
        for i in range(count)
    }


def all_pairs(duck: duckdb.DuckDBPyConnection) -> None:
    duck.execute(
        "CREATE OR REPLACE TABLE pair AS SELECT a.record_id AS record_a, b.record_id AS record_b, 0.0 AS match_weight"
        " FROM record a JOIN record b ON a.record_id < b.record_id"
    )


def level_by_hand(name: str, left: dict[str, Any], right: dict[str, Any]) -> str | None:
    """The small rules' comparisons, written a second time; None where nothing can be compared."""

    def both(column: str) -> bool:
        return bool(left[column]) and bool(right[column])

    def shared(column: str) -> bool:
        return bool(set(left[column]) & set(right[column]))

    if name == "given_name":
        if not both("given"):
            return None
        a, b = left["given"], right["given"]
        if a == b:
            return "same first name"
        if min(len(a), len(b)) >= 4 and DamerauLevenshtein.distance(a, b) <= 1:
            return "first name one slip away"
        return "another first name"
    if name == "family_name":
        if not both("family"):
            return None
        a, b = left["family"], right["family"]
        if a == b:
            return "same last name"
        return "last name alike" if JaroWinkler.similarity(a, b) >= 0.8801 else "another last name"
    if name == "email":
        if not both("emails"):
            return None
        return "same e-mail" if shared("emails") else "another e-mail"
    if not (both("phones") or both("postcodes")):
        return None
    if both("phones") and shared("phones"):
        return "same phone"
    return "same postcode" if both("postcodes") and shared("postcodes") else "no contact in common"


def rarity_by_hand(model: Model, column: str, value: str, u: float) -> float:
    known = {r["value"]: r["frequency"] for r in model.frequencies[column].to_pylist()}
    return model.file.frequency_weight * (math.log2(u) - math.log2(known[value])) if value in known else 0.0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_weights_and_levels_are_those_computed_by_hand(duck, put, small, small_model, seed: int) -> None:
    records = random_records(seed)
    put(small, records)
    all_pairs(duck)
    score_levels(duck, rules=small, model=small_model, records="record", pairs="pair", into="scored")
    rows = duck.execute("SELECT * FROM scored").fetchall()
    names = [d[0] for d in duck.description]
    assert len(rows) == math.comb(len(records), 2)
    seen: set[tuple[str, str | None]] = set()
    for row in (dict(zip(names, r, strict=True)) for r in rows):
        left, right = records[row["record_a"]], records[row["record_b"]]
        weight = small_model.prior_weight
        for comparison in small.comparisons:
            label = level_by_hand(comparison.name, left, right)
            seen.add((comparison.name, label))
            labels = [level.label for level in comparison.levels]
            expected = -1 if label is None else len(labels) - 1 - labels.index(label)
            assert row[f"gamma_{comparison.name}"] == expected
            if label is None:
                continue
            parameters = small_model.file.levels[comparison.name][label]
            weight += math.log2(parameters.m) - math.log2(parameters.u)
            column = comparison.levels[labels.index(label)].frequency
            if column is not None:
                rarity = rarity_by_hand(small_model, column, left[column], parameters.u)
                assert row[f"rarity_{comparison.name}"] == pytest.approx(rarity, abs=1e-9)
                weight += rarity
        assert row["match_weight"] == pytest.approx(weight, abs=1e-9)
    assert len(seen) == sum(len(c.levels) + 1 for c in small.comparisons)


def test_scores_and_levels_come_to_the_same_weight(duck, put, small, small_model) -> None:
    put(small, random_records(4))
    all_pairs(duck)
    score_levels(duck, rules=small, model=small_model, records="record", pairs="pair", into="levelled")
    score_pairs(duck, rules=small, model=small_model, records="record", pairs="pair", into="scored")
    query = "SELECT record_a, record_b, match_weight FROM {} ORDER BY ALL"
    levelled, scored = (duck.execute(query.format(t)).fetchall() for t in ("levelled", "scored"))
    assert [r[:2] for r in levelled] == [r[:2] for r in scored]
    assert [r[2] for r in levelled] == pytest.approx([r[2] for r in scored], abs=1e-9)


@pytest.mark.parametrize("name", ["person", "organisation"])
def test_with_the_shipped_model_every_weight_is_the_sum_of_its_parts(duck, put, name: str) -> None:
    rules = load_rules(Path(matching_rules.__file__).parent / f"{name}.yaml")
    model = load_model(newest_model(name, SHIPPED_MODELS), rules)
    draw = random.Random(7)
    known = {c: model.frequencies[c].column("value").to_pylist()[:3] for c in rules.frequency_columns}
    texts = [*itertools.chain(*known.values()), "m", "unheard", None]

    def value(column: str, kind: str) -> Any:
        if column == "dob":
            return draw.choice(["1980-01-02", "1980-02-01", "1980-01-03", None])
        if kind == "text":
            return draw.choice([*known.get(column, texts), None])
        return draw.sample(["maria", "marie", "123456", "123457", "smith st", "10"], draw.randint(0, 3))

    put(rules, {i: {c: value(c, k) for c, k in rules.columns.items()} for i in range(1, 31)})
    all_pairs(duck)
    score_levels(duck, rules=rules, model=model, records="record", pairs="pair", into="scored")
    cursor = duck.execute("SELECT * FROM scored")
    names = [d[0] for d in cursor.description]
    checked = 0
    for row in (dict(zip(names, r, strict=True)) for r in cursor.fetchall()):
        weight = model.prior_weight
        for comparison in rules.comparisons:
            gamma = row[f"gamma_{comparison.name}"]
            if gamma >= 0:
                level = comparison.levels[len(comparison.levels) - 1 - gamma]
                weight += model.file.levels[comparison.name][level.label].weight
            weight += row.get(f"rarity_{comparison.name}") or 0.0
        assert row["match_weight"] == pytest.approx(weight, abs=1e-9)
        checked += 1
    assert checked == 435


def splink_weights(duck: duckdb.DuckDBPyConnection, rules: MatchingRules, model: Model) -> dict[tuple[int, int], float]:
    """What Splink's own ``predict`` makes of the same pairs, rules and model."""
    api = DuckDBAPI(connection=duck)  # one linker an API: two on one share a cache and give wrong results
    linker = Linker(
        api.register("record", dataset_display_name="records"), splink_settings(rules, model), log_level=logging.ERROR
    )
    for column, table in model.frequencies.items():
        renamed = table.rename_columns([column, f"tf_{column}"])
        linker.table_management.register_term_frequency_lookup(api.register(renamed), column)
    duck.execute(
        "CREATE OR REPLACE TABLE blocked_pairs AS"
        " SELECT record_a AS join_key_l, record_b AS join_key_r, '0' AS match_key FROM pair"
    )
    linker.table_management.register_blocked_pairs_for_predict(api.register("blocked_pairs"))
    found = linker.inference.predict(warning_mode="never")
    rows = duck.execute(f"SELECT record_id_l, record_id_r, match_weight FROM {found.physical_name}").fetchall()
    return {(a, b): weight for a, b, weight in rows}


@pytest.mark.parametrize("name", ["person", "organisation"])
def test_our_weights_are_those_of_splink(duck, put, name: str) -> None:
    rules = load_rules(Path(matching_rules.__file__).parent / f"{name}.yaml")
    model = replace(load_model(newest_model(name, SHIPPED_MODELS), rules), second=None)  # the first stage's
    draw = random.Random(11)
    known = {c: model.frequencies[c].column("value").to_pylist()[:3] for c in rules.frequency_columns}
    words = [*itertools.chain(*known.values()), "m", "unheard", "zoë", "李", "o'neil", None]
    many = [*"ab", "maria", "marie", "123456", "123457", "12345 smith st", "smith", "ünal"]

    def value(column: str, kind: str) -> Any:
        if column == "dob":
            return draw.choice(["1980-01-02", "1980-02-01", "1980-01-03", "1999-12-31", None])
        return draw.choice(words) if kind == "text" else draw.sample(many, draw.randint(0, 3))

    put(rules, {i: {c: value(c, k) for c, k in rules.columns.items()} for i in range(1, 101)})
    all_pairs(duck)
    score_pairs(duck, rules=rules, model=model, records="record", pairs="pair", into="scored")
    ours = {(a, b): weight for a, b, weight, _ in duck.execute("FROM scored").fetchall()}
    assert duck.execute("FROM scored WHERE match_weight <> first_stage_weight").fetchall() == []
    theirs = splink_weights(duck, rules, model)
    assert len(ours) == math.comb(100, 2)
    assert ours == {pair: pytest.approx(weight, abs=1e-9) for pair, weight in theirs.items()}


def test_no_pairs_no_scores_and_nothing_is_left_behind(duck, put, small, small_model) -> None:
    put(small, random_records(5))
    all_pairs(duck)
    before = None
    for _ in range(3):
        score_pairs(duck, rules=small, model=small_model, records="record", pairs="pair", into="scored")
        tables = {t for (t,) in duck.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        before = tables if before is None else before
        assert len(tables) == len(before)
    duck.execute("DELETE FROM pair")
    score_pairs(duck, rules=small, model=small_model, records="record", pairs="pair", into="scored")
    assert duck.execute("FROM scored").fetchall() == []


def test_rules_without_rare_values_can_be_explained_too(duck, put, small, small_model) -> None:
    plain = tuple(c for c in small.comparisons if c.name == "email")
    rules = small.model_copy(update={"comparisons": plain})
    model = Model(file=small_model.file, frequencies={})
    put(rules, {1: {"emails": ["p"]}, 2: {"emails": ["p"]}})
    all_pairs(duck)
    score_levels(duck, rules=rules, model=model, records="record", pairs="pair", into="scored")
    row = duck.execute("FROM scored").fetchone()
    assert row == (1, 2, pytest.approx(-4 + 7, abs=1e-9), 1)


def test_contradictions_are_named_and_excused(duck, put, small: MatchingRules) -> None:
    rules = small.model_copy(
        update={
            "never_together": (
                Contradiction(name="two people's birth dates", when={"differ": "dob"}, unless={"shared": "phones"}),
                Contradiction(name="other names", when={"differ": "given", "apart": "emails"}),
            )
        }
    )
    records = {
        1: {"dob": "1980-01-01", "given": "ada", "emails": ["p"]},
        2: {"dob": "1990-01-01", "given": "eva", "emails": ["q"]},  # both contradictions: the first is named
        3: {"dob": "1980-01-01", "given": "eva", "emails": ["r"], "phones": ["1"]},
        4: {"dob": "1999-01-01", "phones": ["1"]},  # excused against 3 by the phone
        5: {},
    }
    put(rules, records)
    all_pairs(duck)
    find_contradictions(duck, rules=rules, records="record", pairs="pair", into="contradiction")
    found = {(a, b): why for a, b, why, bare in duck.execute("FROM contradiction").fetchall() if not bare}
    dates = "two people's birth dates"
    assert found == {(1, 2): dates, (1, 3): "other names", (1, 4): dates, (2, 3): dates, (2, 4): dates}


def test_a_weight_goes_before_a_contradiction_only_where_the_population_has_few_families(
    duck, put, small: MatchingRules
) -> None:
    stage = SecondStageRules.model_validate(
        {
            "between": (-8, 8),
            "population": {"agreeing": {"share": {"same": "given"}, "among": {"shared": "phones"}}},
            "measures": {"alike": {"similarity": "given"}},
        }
    )
    guards = small.guards.model_copy(update={"outweighed": 5.0, "few_families": {"agreeing": 0.6}})
    rules = small.model_copy(update={"second_stage": stage, "guards": guards})
    put(rules, {1: {"dob": "1980-01-01"}, 2: {"dob": "1990-01-01"}, 3: {"dob": "1970-01-01"}})
    all_pairs(duck)
    duck.execute("UPDATE pair SET match_weight = CASE WHEN record_a = 1 AND record_b = 2 THEN 5.0 ELSE 4.9 END")

    def contradicting(figures: dict[str, float | None]) -> set[tuple[int, int]]:
        known = rules.in_population(records=1000, trained_on=1000, figures=figures)
        find_contradictions(duck, rules=known, records="record", pairs="pair", into="contradiction")
        rows = duck.execute("SELECT record_a, record_b FROM contradiction WHERE contradiction IS NOT NULL").fetchall()
        return set(rows)

    everyone = {(1, 2), (1, 3), (2, 3)}
    assert contradicting({"agreeing": 0.7}) == everyone - {(1, 2)}
    assert contradicting({"agreeing": 0.5}) == everyone  # families share phones here
    assert contradicting({"agreeing": None}) == everyone  # too few to tell
    assert contradicting({}) == everyone


def test_without_contradictions_nothing_contradicts(duck, put, small: MatchingRules) -> None:
    rules = small.model_copy(update={"never_together": ()})
    put(rules, {1: {"dob": "1980-01-01"}, 2: {"dob": "1990-01-01"}})
    all_pairs(duck)
    find_contradictions(duck, rules=rules, records="record", pairs="pair", into="contradiction")
    assert duck.execute("FROM contradiction").fetchall() == []


def test_pairs_with_nothing_but_a_name_in_common_are_marked(duck, put, small: MatchingRules) -> None:
    rules = small.model_copy(update={"never_together": (), "facts": {"any": [{"shared": "phones"}, {"same": "dob"}]}})
    records = {
        1: {"given": "ada", "phones": ["1"]},
        2: {"given": "ada", "phones": ["1", "2"]},
        3: {"given": "ada", "dob": "1980-01-01"},
        4: {"given": "ada", "dob": "1980-01-01", "phones": ["2"]},
    }
    put(rules, records)
    all_pairs(duck)
    find_contradictions(duck, rules=rules, records="record", pairs="pair", into="contradiction")
    found = duck.execute("SELECT record_a, record_b, contradiction, bare FROM contradiction ORDER BY ALL").fetchall()
    assert found == [(1, 3, None, True), (1, 4, None, True), (2, 3, None, True)]


def test_each_contradiction_is_outweighed_by_its_own_bits_and_the_hardest_of_a_pair_decides(
    duck, put, small: MatchingRules
) -> None:
    never = (
        Contradiction(name="names", when={"differ": "given"}, outweighed=3),
        Contradiction(name="dates", when={"differ": "dob"}),
        Contradiction(name="family", when={"differ": "family"}, outweighed=6),
    )
    rules = small.model_copy(update={"never_together": never})
    one = {"given": "ada", "family": "kahn", "dob": "1980-01-01"}
    eva = one | {"given": "eva"}
    put(rules, {1: one, 2: eva, 3: eva | {"family": "lund"}, 4: eva | {"family": "lund", "dob": "1990-01-01"}})
    all_pairs(duck)

    def said(weight: float) -> dict[int, str]:
        duck.execute("UPDATE pair SET match_weight = $w", {"w": weight})
        find_contradictions(duck, rules=rules, records="record", pairs="pair", into="contradiction")
        found = duck.execute("FROM contradiction WHERE record_a = 1 AND contradiction IS NOT NULL").fetchall()
        asked = {b: rules.believed(name, weight) for _, b, name, _ in found}
        assert asked == {b: name for _, b, name, _ in found}  # a request says the same
        return {b: name for _, b, name, _ in found}

    assert said(2.9) == {2: "names", 3: "family", 4: "dates"}
    assert said(3.0) == {3: "family", 4: "dates"}
    assert said(6.0) == {4: "dates"}
    assert said(9.9) == {4: "dates"}
    assert rules.believed(None, 0.0) is None
