"""What a population is like: a few figures of it that tell how its evidence is to be read.

An address shared says "the same person" in a register of single people and "a family" at a retailer; a file tells which
of the two it is by itself, without labels: by how often records that share an address share a first name too. Figures
are named in the rule file (``second_stage.population``), measured on the candidate pairs when value frequencies are,
and frozen with them, so that a request and a nightly run weigh alike.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import duckdb

from matching_rules.columns import known
from matching_rules.rules import MatchingRules
from matching_rules.statements import statement

FIGURES = ("share", "filled", "chance")
_FEWEST = 100
"""Pairs or records below which a share is not told: it would say more about chance than about the population."""


def conditions_of(figure: Mapping[str, Any], columns: Mapping[str, str]) -> list[Mapping[str, Any]]:
    """The conditions a figure speaks in. ValueError when there is no such figure or column."""
    kind = next(iter(figure), None)
    if kind == "share" and set(figure) == {"share", "among"}:
        return [figure["share"], figure["among"]]
    if kind in ("filled", "chance") and len(figure) == 1:
        known(figure[kind], columns)
        return []
    raise ValueError("a figure is `share` with `among`, or `filled` or `chance` with a column")


def measure_figures(
    cursor: duckdb.DuckDBPyConnection, *, rules: MatchingRules, records: str, pairs: str
) -> dict[str, float | None]:
    """The figures of the population of typed ``records`` and its candidate ``pairs``(record_a, record_b), by name.

    ``share``: of the pairs of which ``among`` holds, how many satisfy ``share`` as well. ``filled``: the share of
    records with a value. ``chance``: how often two records agree by chance, as a power of two. None where there are too
    few to tell.
    """
    if rules.second_stage is None:
        return {}
    figures = rules.second_stage.population
    found: dict[str, float | None] = dict.fromkeys(figures)
    shares = {name: figure for name, figure in figures.items() if "share" in figure}
    if shares:
        found |= _shares(cursor, rules, shares, records=records, pairs=pairs)
    total = _number(cursor, f"SELECT count(*) FROM {records}")  # own table name
    for name, figure in figures.items():
        if "filled" in figure and total >= _FEWEST:
            found[name] = _number(cursor, f'SELECT count("{figure["filled"]}") FROM {records}') / total
        elif "chance" in figure:
            found[name] = _chance(cursor, rules, figure["chance"], records=records)
    return found


def _shares(
    cursor: duckdb.DuckDBPyConnection,
    rules: MatchingRules,
    shares: Mapping[str, Mapping[str, Any]],
    *,
    records: str,
    pairs: str,
) -> dict[str, float | None]:
    from matching_rules.comparisons import condition  # noqa: PLC0415  # comparisons checks figures

    named = {
        name: (condition(figure["share"], rules.columns), condition(figure["among"], rules.columns))
        for name, figure in shares.items()
    }
    both = "".join(
        f", count(*) FILTER (coalesce({among}, false) AND coalesce({share}, false)),"
        f" count(*) FILTER (coalesce({among}, false))"
        for share, among in named.values()
    )
    sides = ", ".join(f'a."{c}" AS "{c}_l", b."{c}" AS "{c}_r"' for c in rules.columns)
    counts = cursor.execute(
        statement("population_shares", sides=sides, pairs=pairs, records=records, shares=both)
    ).fetchall()[0][1:]
    return {
        name: counts[2 * i] / counts[2 * i + 1] if counts[2 * i + 1] >= _FEWEST else None
        for i, name in enumerate(named)
    }


def _chance(cursor: duckdb.DuckDBPyConnection, rules: MatchingRules, column: str, *, records: str) -> float | None:
    value = f'unnest("{column}")' if rules.columns[column] == "list" else f'"{column}"'
    found = cursor.execute(statement("population_chance", value=value, records=records)).fetchall()[0]
    carried, agreeing = int(found[0] or 0), int(found[1] or 0)
    if carried < _FEWEST or not agreeing:
        return None
    return math.log2(agreeing / (carried * (carried - 1)))


def _number(cursor: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(cursor.execute(query).fetchall()[0][0])
