"""What a population is like: figures that tell registers of single people from customers who live together."""

from __future__ import annotations

import math
from typing import Any

import pytest

from matching_rules.errors import RuleError
from matching_rules.population import conditions_of, measure_figures
from matching_rules.rules import MatchingRules, SecondStageRules, load_rules

FIGURES: dict[str, dict[str, Any]] = {
    "phones_filled": {"filled": "phones"},
    "same_given": {"chance": "given"},
    "same_phone": {"chance": "phones"},
    "names_agree": {"share": {"same": "given"}, "among": {"shared": "phones", "both": "given"}},
}


@pytest.fixture
def rules(small: MatchingRules) -> MatchingRules:
    stage = {"between": (-8, 8), "population": FIGURES, "measures": {"alike": {"similarity": "given"}}}
    return small.model_copy(update={"second_stage": SecondStageRules.model_validate(stage)})


def records(couples: int) -> dict[int, dict[str, Any]]:
    """Couples who share a phone, every fourth of one first name."""
    found: dict[int, dict[str, Any]] = {}
    for n in range(couples):
        found[2 * n + 1] = {"given": f"ada{n % 10}", "phones": [f"p{n}"]}
        found[2 * n + 2] = {"given": f"ada{n % 10}" if n % 4 == 0 else f"bob{n % 10}", "phones": [f"p{n}"]}
    return found


def test_figures_say_how_often_what_agrees(duck, put, rules: MatchingRules) -> None:
    put(rules, records(200) | {401: {"given": "eva"}})
    duck.execute("CREATE TABLE pair AS SELECT 2 * range + 1 AS record_a, 2 * range + 2 AS record_b FROM range(200)")
    found = measure_figures(duck, rules=rules, records="record", pairs="pair")
    assert found["phones_filled"] == pytest.approx(400 / 401)
    assert found["names_agree"] == pytest.approx(0.25)
    # 200 phones, two carriers each: 400 of the 400 * 399 ordered pairs of carriers
    assert found["same_phone"] == pytest.approx(math.log2(400 / (400 * 399)))


def test_few_pairs_tell_nothing(duck, put, rules: MatchingRules) -> None:
    put(rules, records(20))
    duck.execute("CREATE TABLE pair AS SELECT 2 * range + 1 AS record_a, 2 * range + 2 AS record_b FROM range(20)")
    found = measure_figures(duck, rules=rules, records="record", pairs="pair")
    assert found["names_agree"] is None
    assert found["phones_filled"] is None


def test_a_file_of_one_record_or_none(duck, put, rules: MatchingRules) -> None:
    for some in ({1: {"given": "ada"}}, {}):
        put(rules, some)
        duck.execute("CREATE OR REPLACE TABLE pair (record_a BIGINT, record_b BIGINT)")
        found = measure_figures(duck, rules=rules, records="record", pairs="pair")
        assert found == dict.fromkeys(FIGURES)


@pytest.mark.parametrize(
    "figure",
    [
        {"share": {"same": "given"}},
        {"filled": "nowhere"},
        {"likeness": "given"},
        {},
    ],
)
def test_what_is_no_figure_is_refused(figure: dict[str, Any], small: MatchingRules) -> None:
    with pytest.raises(ValueError, match=r"figure|column"):
        conditions_of(figure, small.columns)


def test_a_wrong_figure_is_named_with_its_line(tmp_path, small_text: str) -> None:
    path = tmp_path / "person.yaml"
    path.write_text(
        small_text + "second_stage:\n  between: [-8, 8]\n  population:\n    odd: {filled: nowhere}\n"
        "  measures:\n    alike: {similarity: given}\n",
        encoding="utf-8",
    )
    with pytest.raises(RuleError, match=rf"{path}:\d+: figure 'odd': no column is called 'nowhere'"):
        load_rules(path)
