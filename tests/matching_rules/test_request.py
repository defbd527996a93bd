"""A request weighs a pair as a night does: every shipped rule, on values nobody would think of."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import matching_rules
from matching_rules.block import keys_of_record, leave_out_noise, make_keys, rules_over
from matching_rules.explain import explain_pairs, turned
from matching_rules.model import SHIPPED_MODELS, Model, load_model, newest_model
from matching_rules.request import RequestScorer
from matching_rules.rules import MatchingRules, load_rules
from matching_rules.score import find_contradictions, score_pairs
from matching_rules.translate import pair_function

# letters of one, two, three and four bytes, marks that combine, what SQL, JSON and Python quote, nothing visible
_ALPHABETS = ["ab", "abcde 0123456789-@.|", "aàáâßœñ'\"\\$%{}", "王秀英한글ابن", "e\u0301𝒜🙂\u200d\u200f\x1f\t "]
_RECORDS = 200


def _word(draw: random.Random) -> str:
    alphabet = draw.choice(_ALPHABETS)
    return "".join(draw.choice(alphabet) for _ in range(draw.choice([0, 1, 1, 2, 3, 5, 8, 13, 40])))


def _slip(draw: random.Random, word: str) -> str:
    """The word with letters lost, doubled or exchanged."""
    if len(word) < 2:
        return word
    at = draw.randrange(len(word) - 1)
    return draw.choice(
        [
            word,
            word[:at] + word[at + 1 :],
            word[: at + 1] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        ]
    )


def _people_or_firms(rules: MatchingRules, model: Model, seed: int) -> dict[int, dict[str, Any]]:
    """Records that share, nearly share, lack and shout each other's values."""
    draw = random.Random(seed)
    pools: dict[str, list[str]] = {}
    for column in rules.columns:
        if column == "dob":
            pools[column] = ["1980-01-02", "1980-02-01", "1981-01-02", "1955-01-02", "1980-01-03", "0001-01-01"]
        elif column in model.frequencies:
            known = model.frequencies[column].column("value").to_pylist()
            pools[column] = [*draw.sample(known, 8), *(_word(draw) for _ in range(4))]
        else:
            pools[column] = [_word(draw) for _ in range(6)]
    if "email_locals" in pools:
        pools["email_locals"] += [g + f for g in pools["given"][:3] for f in pools["family"][:3]]
        pools["givens"] += pools["given"]
        pools["family_tokens"] += pools["family"]

    def value(column: str, kind: str) -> Any:
        if draw.random() < 0.3:
            return None if kind == "text" else draw.choice([[], None])
        if kind == "text":
            return _slip(draw, draw.choice(pools[column]))
        return list(dict.fromkeys(_slip(draw, draw.choice(pools[column])) for _ in range(draw.randint(1, 3))))

    return {n: {c: value(c, kind) for c, kind in rules.columns.items()} for n in range(1, _RECORDS + 1)}


@pytest.fixture(scope="module", params=["person", "organisation"])
def shipped(request: pytest.FixtureRequest) -> tuple[MatchingRules, Model]:
    """Shipped rules and model, in a population large enough to be crowded, of which not every figure is known."""
    rules = load_rules(Path(matching_rules.__file__).parent / f"{request.param}.yaml")
    model = load_model(newest_model(request.param, SHIPPED_MODELS), rules)
    names = rules.second_stage.population if rules.second_stage else {}
    figures = {name: None if n % 5 == 4 else 0.9 / (n + 1) for n, name in enumerate(names)}
    return rules, replace(model, crowding=1.7, records=3_000_000, figures=figures)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_pair_weighs_the_same_in_a_request_and_in_a_night(duck, put, shipped, seed: int) -> None:
    rules, model = shipped
    records = _people_or_firms(rules, model, seed)
    put(rules, records)
    noise = {(c, v) for c in rules.shared_values for v in (records[5][c] or [])[:1]}
    duck.execute("CREATE TABLE noise (column_name VARCHAR, value VARCHAR)")
    duck.executemany("INSERT INTO noise VALUES (?, ?)", [list(pair) for pair in sorted(noise)] or [["", ""]]).fetchall()
    leave_out_noise(duck, rules=rules, records="record")
    duck.execute(
        "CREATE TABLE pair AS SELECT a.record_id AS record_a, b.record_id AS record_b FROM record a, record b"
        " WHERE a.record_id < b.record_id AND (a.record_id * 31 + b.record_id) % 5 = 0"
    ).fetchall()
    score_pairs(duck, rules=rules, model=model, records="record", pairs="pair", into="scored")
    find_contradictions(duck, rules=rules, records="record", pairs="scored", into="objection")
    stored = duck.execute(
        "SELECT record_a, record_b, match_weight, contradiction, coalesce(bare, false)"
        " FROM scored LEFT JOIN objection USING (record_a, record_b)"
    ).fetchall()
    scorer = RequestScorer(rules, model)
    typed = {n: scorer.typed(n, match, noise=noise) for n, match in records.items()}
    asked = scorer.score((typed[b], typed[a]) for a, b, *_ in stored)
    assert len(stored) > 3000
    assert [(p.left.record_id, p.right.record_id) for p in asked] == [(a, b) for a, b, *_ in stored]
    assert max(abs(p.match_weight - row[2]) for p, row in zip(asked, stored, strict=True)) < 1e-6
    assert [(p.contradiction, p.bare) for p in asked] == [(row[3], row[4]) for row in stored]
    unweighed = scorer.contradictions((typed[a], typed[b]) for a, b, *_ in stored)
    assert unweighed == [p.contradiction for p in asked]
    # so that all of it was tried: both stages, rarity, crowding, contradictions and pairs without one
    if rules.second_stage:
        assert {p.decided_by for p in asked} == {"first", "second"}
        crowded = any(level.crowded for c in rules.comparisons for level in c.levels)
        assert any(p.crowded for p in asked) == crowded
    assert any(value for p in asked for name, value in p.levels.items() if name.startswith("rarity_"))
    assert len({p.contradiction for p in asked}) == 1 + len(rules.never_together)
    guards = rules.guards.model_copy(update={"outweighed": 100.0})
    always = rules.model_copy(update={"guards": guards})
    find_contradictions(duck, rules=always, records="record", pairs="scored", into="said")
    (said,) = duck.execute("SELECT count(contradiction) FROM said").fetchone()
    assert sum(p.contradiction is not None for p in asked) < said  # some are outweighed
    assert {p.bare for p in asked} == {True, False}


def test_an_explanation_is_the_same_in_a_request(duck, put, shipped) -> None:
    rules, model = shipped
    records = _people_or_firms(rules, model, seed=4)
    put(rules, records)
    duck.execute(
        "CREATE TABLE pair AS SELECT a.record_id AS record_a, b.record_id AS record_b FROM record a, record b"
        " WHERE b.record_id = 7 AND a.record_id < 7"
    ).fetchall()
    told = explain_pairs(duck, rules=rules, model=model, records="record", pairs="pair")
    scorer = RequestScorer(rules, model)
    typed = {n: scorer.typed(n, match) for n, match in records.items()}
    asked = scorer.explain(scorer.score((typed[7], typed[n]) for n in range(1, 7)))
    for one, other in zip(told, asked, strict=True):
        assert other.match_weight == pytest.approx(one.match_weight, abs=1e-6)
        assert other.match_weight == pytest.approx(
            other.start + sum(p.bits for p in other.contributions) - other.crowded, abs=1e-6
        )
        assert [(p.name, p.says, p.values) for p in other.contributions] == [
            (p.name, p.says, p.values) for p in one.contributions
        ]
        assert [p.bits for p in other.contributions] == pytest.approx([p.bits for p in one.contributions], abs=1e-5)
        assert turned(turned(other)) == other


def test_a_record_has_the_same_blocking_keys(duck, put, shipped) -> None:
    rules, model = shipped
    records = _people_or_firms(rules, model, seed=9)
    put(rules, records)
    make_keys(duck, rules=rules, records="record", into="key")
    stored = duck.execute("SELECT record_id, key, rule FROM key").fetchall()
    scorer = RequestScorer(rules, model)
    asked = [
        (n, found.key, found.rule)
        for n, match in records.items()
        for found in keys_of_record(rules, scorer.typed(n, match).values)
    ]
    assert len(asked) == len(set(asked)) > 3 * _RECORDS
    assert set(asked) == set(stored)


def test_rules_at_rest_and_records_with_too_many_values_make_no_keys(duck, put, shipped) -> None:
    every, model = shipped
    guards = every.guards.model_copy(update={"keys_per_record": 2})
    rules = every.blocking_for(10_000_000).model_copy(update={"guards": guards})
    records = _people_or_firms(rules, model, seed=9)
    put(rules, records)
    make_keys(duck, rules=rules, records="record", into="key")
    stored = set(duck.execute("SELECT record_id, key, rule FROM key").fetchall())
    scorer = RequestScorer(rules, model)
    typed = {n: scorer.typed(n, match).values for n, match in records.items()}
    assert {(n, found.key, found.rule) for n, v in typed.items() for found in keys_of_record(rules, v)} == stored
    resting = {number for number, rule in enumerate(rules.blocking) if rule.rests}
    assert resting
    assert resting.isdisjoint(rule for _, _, rule in stored)
    assert {len(rules_over(rules, v)) > 0 for v in typed.values()} == {True, False}


def test_what_has_no_translation_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="SOUNDEX"):
        pair_function("f", columns=("a",), steps={"x": "soundex(a_l)"}, answer=("x",))
    with pytest.raises(ValueError, match="knows no b_l"):
        pair_function("f", columns=("a",), steps={"x": "a_l = b_l"}, answer=("x",))


@pytest.mark.parametrize(
    "text",
    [
        "a_l = a_r", "a_l <> a_r", "NOT (a_l = a_r)", "a_l = 'x' OR a_r = 'y'", "a_l = 'x' AND a_r = 'y'",
        "NOT (a_l = 'x' AND a_r = 'y')", "(a_l IS NULL) <> (a_r IS NULL)", "a_l IS NOT NULL", "coalesce(a_l, a_r, 'z')",
        "(a_l = a_r)::INT + 1", "CASE WHEN a_l = a_r THEN 1 WHEN a_l <> a_r THEN 2 END", "greatest(length(a_l), 1)",
        "least(length(a_l), length(a_r))", "concat(a_l, a_r)", "left(a_l, 2)", "substr(a_l, 2)", "substr(a_l, 2, 2)",
        "TRY_CAST(a_l AS INT)", "length(a_l) / length(a_r)", "contains(a_l, a_r)", "starts_with(a_l, a_r)",
        "jaro_winkler_similarity(a_l, a_r) >= 0.8001", "damerau_levenshtein(a_l, a_r)", "log2(length(a_l) + 1)",
        "abs(length(a_l) - length(a_r)) <= 2", "-length(a_l) * 2", "length(a_l) IN (1, 2)",
        "a_l > a_r", "a_l < a_r", "length(a_l) * 2.5 - 1",
    ],
)  # fmt: skip
def test_an_expression_means_the_same(duck, text: str) -> None:
    values = [None, "", "x", "y", "12", " 7 ", "1a", "jose", "josé", "jo\u0301se", "🙂🙂", "王秀英", "x" * 30]
    function = pair_function("f", columns=("a",), steps={"f": text}, answer=("f",))
    query = f"SELECT a_l, a_r, {text} FROM (SELECT unnest(?::VARCHAR[]) AS a_l), (SELECT unnest(?::VARCHAR[]) AS a_r)"
    for left, right, found in duck.execute(query, [values, values]).fetchall():
        (asked,) = function((left,), (right,))
        assert asked == (pytest.approx(found, nan_ok=True) if isinstance(found, float) else found), (left, right)
        assert (asked is None) == (found is None)
