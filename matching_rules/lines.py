"""Where records join in the population at hand: as low as what joins is expected to be right often enough.

Weights are log-odds learnt on populations of many kinds, so the share of right ones among the pairs from a line on can
be told without labels: it is the mean of their match probabilities. In a file of single people with full addresses
nearly everything above chance is right and the line may stand lower; among families that share e-mails it stays where
the rule file has it (``thresholds.expected_precision`` and ``match_down_to``).
"""

from __future__ import annotations

import duckdb

from matching_rules.model import Model, in_population
from matching_rules.population import measure_figures
from matching_rules.rules import MATCH_LINE, MatchingRules
from matching_rules.score import score_pairs
from matching_rules.statements import statement

_SAMPLE = 20_000
"""Pairs that are weighed to place the line; the share of right ones is then known to about a thousandth."""
_FEWEST = 100
"""Pairs from the line on, below which their mean would say more about chance than about the population."""


def measure_population(
    cursor: duckdb.DuckDBPyConnection, *, rules: MatchingRules, model: Model, records: str, pairs: str
) -> dict[str, float | None]:
    """What the population of typed ``records`` with candidate ``pairs``(record_a, record_b) is like: the figures that
    the rule file names, and its match line in bits (None: the rule file's own). ``model`` has its value frequencies.
    """
    figures = measure_figures(cursor, rules=rules, records=records, pairs=pairs)
    if rules.thresholds.match_down_to is None:
        return figures
    total = int(cursor.execute(f"SELECT count(*) FROM {records}").fetchall()[0][0])  # own table name
    here = in_population(model, rules, records=total, figures=figures)
    return {**figures, MATCH_LINE: _expected_line(cursor, rules=rules, model=here, records=records, pairs=pairs)}


def _expected_line(
    cursor: duckdb.DuckDBPyConnection, *, rules: MatchingRules, model: Model, records: str, pairs: str
) -> float | None:
    sample = statement("line_sample", pairs=pairs, sample=str(_SAMPLE))
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE line_pair AS {sample}").fetchall()
    score_pairs(cursor, rules=rules, model=model, records=records, pairs="line_pair", into="line_weight")
    lines = rules.thresholds
    expected = statement(
        "line_expected",
        down_to=repr(lines.match_down_to),
        right=repr(lines.expected_precision),
        fewest=str(_FEWEST),
    )
    found = cursor.execute(expected).fetchall()[0][0]
    for table in ("line_pair", "line_weight"):
        cursor.execute(f"DROP TABLE {table}").fetchall()
    return None if found is None else min(float(found), lines.match)
