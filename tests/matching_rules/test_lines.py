"""Where records join in a population: as low as what joins is expected to be right often enough."""

from __future__ import annotations

import math
from collections.abc import Callable

import duckdb
import pytest

from matching_rules import lines
from matching_rules.lines import measure_population
from matching_rules.model import Model
from matching_rules.rules import MATCH_LINE, MatchingRules, Thresholds

SURE = 20.0


@pytest.fixture
def line_of(duck, put, small: MatchingRules, small_model: Model, monkeypatch) -> Callable[..., float | None]:
    """The match line where pairs weigh so much, as a run measures it and as its rules then have it."""

    def ask(weights: list[float], *, match: float = 1.0, down_to: float | None = -1.0, right: float = 0.98):
        known = Thresholds(
            potential_match=-2, keep=-1, match=match, merge=2, match_down_to=down_to, expected_precision=right
        )
        here = small.model_copy(update={"thresholds": known})
        put(here, {1: {"given": "ada"}, 2: {"given": "ada"}})
        duck.execute("CREATE OR REPLACE TABLE pair AS SELECT range AS record_a, range + 1 AS record_b FROM range($n)",
                     {"n": len(weights)})  # fmt: skip
        duck.execute("CREATE OR REPLACE TABLE weight AS SELECT unnest($w)::DOUBLE AS w", {"w": weights})

        def weigh(cursor: duckdb.DuckDBPyConnection, *, pairs: str, into: str, **_: object) -> None:
            drawn = f"SELECT w AS match_weight FROM weight POSITIONAL JOIN {pairs}"
            cursor.execute(f"CREATE OR REPLACE TABLE {into} AS {drawn}").fetchall()

        monkeypatch.setattr(lines, "score_pairs", weigh)
        figures = measure_population(duck, rules=here, model=small_model, records="record", pairs="pair")
        found = here.in_population(records=1000, trained_on=1000, figures=figures).thresholds
        assert found.potential_match <= found.keep <= found.match <= found.merge
        assert (MATCH_LINE in figures) == (down_to is not None)
        return found.match

    return ask


@pytest.mark.parametrize(
    ("weights", "line"),
    [
        ([SURE] * 1000 + [0.5] * 20 + [-9.0] * 500, 0.5),  # nearly all sure: a few doubtful ones may join
        ([SURE] * 1000 + [-0.5] * 10 + [-0.9] * 40, -0.5),  # and no more than a few of them
        ([SURE] * 1000 + [-1.5] * 5, 1.0),  # the lowest from here on is where a pair stands; none does
        ([SURE] * 1000 + [-0.999] * 5, -0.999),
        ([1.0] * 1000, 1.0),  # two of three are right: the rule file's own line stands
        ([SURE] * 200 + [1.2] * 400, 1.0),  # never above it
        ([SURE] * 99, 1.0),  # too few to tell
        ([], 1.0),
    ],
)
def test_the_line_stands_where_what_joins_is_expected_to_be_right(line_of, weights, line) -> None:
    assert line_of(weights) == pytest.approx(line)


def test_a_line_with_labels_behind_it_or_without_a_lower_one_stands(line_of) -> None:
    assert line_of([SURE] * 1000, down_to=None) == 1.0


@pytest.mark.parametrize("right", [0.9, 0.95, 0.98, 0.99])
def test_the_share_of_right_ones_is_the_mean_of_their_probabilities(line_of, right) -> None:
    weights = [SURE] * 500 + [-1 + n / 100 for n in range(200)]
    line = line_of(weights, right=right)
    chance = [1 / (1 + math.pow(2, -w)) for w in weights]

    def mean(least: float) -> float:
        return sum(p for p, w in zip(chance, weights, strict=True) if w >= least) / sum(w >= least for w in weights)

    assert mean(line) >= right or line == 1.0
    lower = [w for w in weights if w < line]
    assert not lower or mean(max(lower)) < right


def test_few_pairs_are_drawn_from_many_and_always_the_same(duck) -> None:
    duck.execute("CREATE TABLE pair AS SELECT range AS record_a, range + 7 AS record_b FROM range(200_000)")
    sample = lines.statement("line_sample", pairs="pair", sample="1000")
    drawn = set(duck.execute(sample).fetchall())
    assert 800 < len(drawn) < 1200
    duck.execute("CREATE OR REPLACE TABLE pair AS FROM pair ORDER BY hash(record_b)")
    assert set(duck.execute(sample).fetchall()) == drawn
