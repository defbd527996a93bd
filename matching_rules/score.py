"""Scoring candidate pairs with Splink: the match weight of each pair, and which level each comparison fell into."""

from __future__ import annotations

import logging
from typing import Any

import duckdb
from splink import DuckDBAPI, Linker
from splink.internals.splink_dataframe import SplinkDataFrame

from matching_rules.comparisons import contradiction_condition
from matching_rules.model import Model, splink_settings
from matching_rules.rules import MatchingRules


def score_pairs(
    cursor: duckdb.DuckDBPyConnection, *, rules: MatchingRules, model: Model, records: str, pairs: str, into: str
) -> None:
    """Creates table ``into``(record_a, record_b, match_weight DOUBLE), one row per pair.

    ``records`` is typed (``block.type_records``), ``pairs`` has record_a and record_b.
    """
    scored = _predict(cursor, splink_settings(rules, model), model, records, pairs)
    query = f"SELECT record_id_l AS record_a, record_id_r AS record_b, match_weight FROM {scored.physical_name}"
    _keep(cursor, scored, query, into)


def score_levels(
    cursor: duckdb.DuckDBPyConnection, *, rules: MatchingRules, model: Model, records: str, pairs: str, into: str
) -> None:
    """Like ``score_pairs``, with gamma_<comparison> TINYINT and, where rarity counts, rarity_<comparison> (bits).

    For training and explaining. A gamma is the level's number counted from the last (0) upwards, -1 where nothing
    could be compared.
    """
    settings = splink_settings(rules, model) | {
        "retain_intermediate_calculation_columns": True,
        "retain_matching_columns": True,
    }
    scored = _predict(cursor, settings, model, records, pairs)
    gammas = ", ".join(f"CAST(gamma_{c.name} AS TINYINT) AS gamma_{c.name}" for c in rules.comparisons)
    rare = [c.name for c in rules.comparisons if any(level.frequency for level in c.levels)]
    rarity = "".join(f", mw_tf_adj_{name} AS rarity_{name}" for name in rare)
    columns = f"record_id_l AS record_a, record_id_r AS record_b, match_weight, {gammas}{rarity}"
    query = f"SELECT {columns} FROM {scored.physical_name}"  # names of the validated rule file
    _keep(cursor, scored, query, into)


def _predict(
    cursor: duckdb.DuckDBPyConnection, settings: dict[str, Any], model: Model, records: str, pairs: str
) -> SplinkDataFrame:
    """Every linker gets its own ``DuckDBAPI``: two on one share a cache and give wrong results (SPLINK.md, trap 1)."""
    api = DuckDBAPI(connection=cursor)
    linker = Linker(api.register(records, dataset_display_name="records"), settings, log_level=logging.ERROR)
    for column, table in model.frequencies.items():
        renamed = table.rename_columns([column, f"tf_{column}"])
        linker.table_management.register_term_frequency_lookup(api.register(renamed), column)
    blocked = f"SELECT record_a AS join_key_l, record_b AS join_key_r, '0' AS match_key FROM {pairs}"  # own table name
    cursor.execute(f"CREATE OR REPLACE TABLE blocked_pairs AS {blocked}").fetchall()
    linker.table_management.register_blocked_pairs_for_predict(api.register("blocked_pairs"))
    return linker.inference.predict(warning_mode="never")


def _keep(cursor: duckdb.DuckDBPyConnection, scored: SplinkDataFrame, query: str, into: str) -> None:
    cursor.execute(f"CREATE OR REPLACE TABLE {into} AS {query}").fetchall()
    scored.drop_table_from_database_and_remove_from_cache(force_non_splink_table=True)
    cursor.execute("DROP TABLE blocked_pairs").fetchall()


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
