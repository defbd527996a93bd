"""Scoring candidate pairs: the match weight of each pair, and which level each comparison fell into.

One SELECT, compiled from the rules and the model, gives the weights Splink's ``predict`` would give (the tests hold
them equal) without its tables, caches and set-up: a night's few pairs and a first load's millions are scored alike.
"""

from __future__ import annotations

import math

import duckdb

from matching_rules.comparisons import condition, contradiction_condition, null_condition
from matching_rules.model import Model
from matching_rules.rules import Comparison, MatchingRules
from matching_rules.statements import statement


def score_pairs(
    cursor: duckdb.DuckDBPyConnection, *, rules: MatchingRules, model: Model, records: str, pairs: str, into: str
) -> None:
    """Creates table ``into``(record_a, record_b, match_weight DOUBLE), one row per pair.

    ``records`` is typed (``block.type_records``), ``pairs`` has record_a and record_b.
    """
    query = _score_query(rules, model, records, pairs)
    _make(cursor, into=into, columns="record_a, record_b, match_weight", model=model, query=query)


def score_levels(
    cursor: duckdb.DuckDBPyConnection, *, rules: MatchingRules, model: Model, records: str, pairs: str, into: str
) -> None:
    """Like ``score_pairs``, with gamma_<comparison> TINYINT and, where rarity counts, rarity_<comparison> (bits).

    For training and explaining. A gamma is the level's number counted from the last (0) upwards, -1 where nothing
    could be compared.
    """
    gammas = [f"gamma_{c.name}" for c in rules.comparisons]
    rare = [f"rarity_{c.name}" for c in rules.comparisons if any(level.frequency for level in c.levels)]
    columns = ", ".join(["record_a", "record_b", "match_weight", *gammas, *(rare if model.frequencies else ())])
    query = _score_query(rules, model, records, pairs)
    _make(cursor, into=into, columns=columns, model=model, query=query)


def _make(cursor: duckdb.DuckDBPyConnection, *, into: str, columns: str, model: Model, query: str) -> None:
    for column, table in model.frequencies.items():
        cursor.register("arriving", table)
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE frequency_{column} AS FROM arriving").fetchall()  # a rule column
        cursor.unregister("arriving")
    cursor.execute(f"CREATE OR REPLACE TABLE {into} AS SELECT {columns} FROM ({query})").fetchall()
    for column in model.frequencies:
        cursor.execute(f"DROP TABLE temp.frequency_{column}").fetchall()


def _score_query(rules: MatchingRules, model: Model, records: str, pairs: str) -> str:
    """All names come from the validated rule file, all conditions from named predicates."""
    frequent = [c for c in rules.frequency_columns if c in model.frequencies]
    rarities = {c.name: text for c in rules.comparisons if (text := _rarity(c, model, frequent)) is not None}
    total = [f"{model.prior_weight!r}::DOUBLE", *(_weight(c, model) for c in rules.comparisons)]
    total += [f"rarity_{name}" for name in rarities]
    return statement(
        "scored_pair",
        records=records,
        pairs=pairs,
        known="".join(f', f_{c}.frequency AS "frequency_{c}"' for c in frequent),
        frequencies="".join(f' LEFT JOIN temp.frequency_{c} f_{c} ON f_{c}.value = r."{c}"' for c in frequent),
        sides=", ".join(f'a."{c}" AS "{c}_l", b."{c}" AS "{c}_r"' for c in rules.columns),
        # where two values agree by half (a nickname), the more frequent of the two counts
        rarest="".join(f', greatest(a."frequency_{c}", b."frequency_{c}") AS "frequency_{c}"' for c in frequent),
        kept="".join(f', "frequency_{c}"' for c in frequent),
        gammas=", ".join(f"{_gamma(c, rules)} AS gamma_{c.name}" for c in rules.comparisons),
        rarities="".join(f", {text} AS rarity_{name}" for name, text in rarities.items()),
        weight=" + ".join(total),
    )


def _numbered(comparison: Comparison) -> list[tuple[int, int]]:
    """(place in the rule file, gamma) of each level: gammas count from the last level upwards."""
    last = len(comparison.levels) - 1
    return [(place, last - place) for place in range(last + 1)]


def _gamma(comparison: Comparison, rules: MatchingRules) -> str:
    cases = [f"WHEN {null_condition(comparison)} THEN -1"]
    for place, gamma in _numbered(comparison):
        when = comparison.levels[place].when
        cases.append(f"ELSE {gamma}" if when is None else f"WHEN {condition(when, rules.columns)} THEN {gamma}")
    return f"CAST(CASE {' '.join(cases)} END AS TINYINT)"


def _weight(comparison: Comparison, model: Model) -> str:
    parameters = model.file.levels[comparison.name]
    cases = [
        f"WHEN {gamma} THEN {parameters[comparison.levels[place].label].weight!r}::DOUBLE"
        for place, gamma in _numbered(comparison)
    ]
    return f"CASE gamma_{comparison.name} {' '.join(cases)} ELSE 0 END"


def _rarity(comparison: Comparison, model: Model, frequent: list[str]) -> str | None:
    """The bits by which an agreeing value is rarer than agreement on average; 0 where its frequency is not known."""
    cases = []
    for place, gamma in _numbered(comparison):
        level = comparison.levels[place]
        if level.frequency in frequent and level.when is not None:
            average = math.log2(model.file.levels[comparison.name][level.label].u)
            bits = f'{model.file.frequency_weight!r}::DOUBLE * ({average!r} - log2("frequency_{level.frequency}"))'
            cases.append(f"WHEN {gamma} THEN coalesce({bits}, 0)")
    return f"CASE gamma_{comparison.name} {' '.join(cases)} ELSE 0 END" if cases else None


def find_contradictions(
    cursor: duckdb.DuckDBPyConnection, *, rules: MatchingRules, records: str, pairs: str, into: str
) -> None:
    """Creates table ``into``(record_a, record_b, contradiction VARCHAR): the pairs that can never be one customer."""
    cases = "".join(
        f" WHEN {contradiction_condition(n, rules.columns)} THEN '{_escaped(n.name)}'" for n in rules.never_together
    )
    named = f"CASE{cases} END" if cases else "NULL"
    sides = ", ".join(f'a."{c}" AS "{c}_l", b."{c}" AS "{c}_r"' for c in rules.columns)
    query = (
        "SELECT record_a, record_b, contradiction FROM"  # conditions are compiled from named predicates
        f" (SELECT record_a, record_b, CAST({named} AS VARCHAR) AS contradiction"
        f" FROM (SELECT p.record_a, p.record_b, {sides} FROM {pairs} p"
        f" JOIN {records} a ON a.record_id = p.record_a JOIN {records} b ON b.record_id = p.record_b))"
        " WHERE contradiction IS NOT NULL"
    )
    cursor.execute(f"CREATE OR REPLACE TABLE {into} AS {query}").fetchall()


def _escaped(text: str) -> str:
    return text.replace("'", "''")
