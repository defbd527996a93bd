"""The reference: raw Splink on the same standardised records, rules and model, in the same run on the same machine.

Two ways. ``own_blocking``: Splink finds its pairs by ``block_on`` rules that say what ours say, scores them and links
connected components. ``our_pairs``: the same, given our candidate pairs. Nothing here reads or writes golden records.

Splink cannot limit a block's size: a rule that leans on its limit (``rare name``) would give pairs without end. A rule
that would give more than ``_PAIRS_A_RECORD`` pairs a record is left out and named.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import duckdb
from splink import DuckDBAPI, Linker, block_on
from splink.internals.splink_dataframe import SplinkDataFrame

from matching_rules.block import leave_out_noise, make_pairs, register_limits, type_records
from matching_rules.model import splink_settings
from matching_rules.rules import BlockingRule, MatchingRules
from mdm.model import EntityType
from mdm.ruleset import EntityRules, load_rule_set
from mdm.settings import Settings
from mdm.statements import statement
from mdm.store.bridge import open_duckdb, read_table
from mdm.store.engine import Store

_PAIRS_A_RECORD = 10

Say = Callable[[str], None]


def own_blocking(store: Store, settings: Settings, say: Say) -> dict[str, Any]:
    """Raw Splink with its own blocking; tells ``say`` the stages read, (count), block, score, cluster."""
    found: dict[str, Any] = {"records": 0, "pairs": 0, "linked": 0, "left_out": {}}
    for entity_type, entity in load_rule_set(settings).entities.items():
        with open_duckdb(settings) as duck:
            say("read")
            records = _records(store, duck, entity_type, entity.rules)
            say("(count)")
            keep, left_out = _affordable(store, duck, entity_type, entity.rules, records)
            say("block")
            linker = _linker(duck, entity, [_block_on(rule, entity.rules) for rule in keep])
            pairs = linker.inference.compute_blocked_pairs_for_predict()
            _add(found, records, _count(duck, pairs))
            found["left_out"] |= {f"{entity_type}: {name}": count for name, count in left_out.items()}
            found["linked"] += _score_and_cluster(duck, linker, entity, say)
    return found


def our_pairs(store: Store, settings: Settings, say: Say) -> dict[str, Any]:
    """Raw Splink on the pairs of our own blocking; tells ``say`` the stages read, block, score, cluster."""
    found: dict[str, Any] = {"records": 0, "pairs": 0, "linked": 0}
    for entity_type, entity in load_rule_set(settings).entities.items():
        with open_duckdb(settings) as duck:
            say("read")
            records = _records(store, duck, entity_type, entity.rules)
            _keys(store, duck, entity_type)
            say("block")
            register_limits(duck, rules=entity.rules)
            _add(found, records, make_pairs(duck, keys="blocking_key", into="candidate").count)
            linker = _linker(duck, entity, [])
            given = duck.table("candidate").select("record_a AS join_key_l, record_b AS join_key_r, '0' AS match_key")
            given.create("blocked_pairs")
            linker.table_management.register_blocked_pairs_for_predict(_register(linker, "blocked_pairs"))
            found["linked"] += _score_and_cluster(duck, linker, entity, say)
    return found


def _add(found: dict[str, Any], records: int, pairs: int) -> None:
    found["records"] += records
    found["pairs"] += pairs


def _records(store: Store, duck: duckdb.DuckDBPyConnection, entity_type: EntityType, rules: MatchingRules) -> int:
    """Table ``record``: typed, without shared values, as the product's own scoring sees it."""
    params = {"entity_type": entity_type.value}
    count = read_table(store, sql=statement(__package__, "standardised"), duck=duck, name="of_type", params=params)
    read_table(store, sql=statement(__package__, "noise"), duck=duck, name="noise")
    type_records(duck, rules=rules, records="of_type", into="record")
    leave_out_noise(duck, rules=rules, records="record")
    duck.execute("DROP TABLE of_type").fetchall()
    return count


def _keys(store: Store, duck: duckdb.DuckDBPyConnection, entity_type: EntityType) -> None:
    params = {"entity_type": entity_type.value}
    read_table(store, sql=statement(__package__, "keys"), duck=duck, name="blocking_key", params=params)


def _affordable(
    store: Store, duck: duckdb.DuckDBPyConnection, entity_type: EntityType, rules: MatchingRules, records: int
) -> tuple[list[BlockingRule], dict[str, int]]:
    """The rules Splink can say at this size; the others with the pairs they would give."""
    _keys(store, duck, entity_type)
    pairs = {int(rule): int(count) for rule, count in duck.sql(statement(__package__, "uncapped")).fetchall()}
    duck.execute("DROP TABLE blocking_key").fetchall()
    limit = _PAIRS_A_RECORD * records
    too_many = {n for n, count in pairs.items() if count > limit}
    keep = [rule for n, rule in enumerate(rules.blocking) if n not in too_many]
    return keep, {rules.blocking[n].name: pairs[n] for n in sorted(too_many)}


def _block_on(rule: BlockingRule, rules: MatchingRules) -> Any:
    lists = list(dict.fromkeys(p.column for p in rule.parts if rules.columns[p.column] == "list"))
    parts = [f"substr({p.column}, 1, {p.first})" if p.first else p.column for p in rule.parts]
    return block_on(*parts, arrays_to_explode=lists or None)


def _linker(duck: duckdb.DuckDBPyConnection, entity: EntityRules, blocking: list[Any]) -> Linker:
    settings = splink_settings(entity.rules, entity.model)
    settings["blocking_rules_to_generate_predictions"] = [rule.create_blocking_rule_dict("duckdb") for rule in blocking]
    records = DuckDBAPI(connection=duck).register("record", dataset_display_name="records")
    return Linker(records, settings, log_level=logging.ERROR)


def _register(linker: Linker, table: str) -> SplinkDataFrame:
    return linker._db_api.register(table)


def _score_and_cluster(duck: duckdb.DuckDBPyConnection, linker: Linker, entity: EntityRules, say: Say) -> int:
    """Predicts all pairs and links connected components at our match line; answers how many records were linked."""
    say("score")
    scored = linker.inference.predict(warning_mode="never")
    say("cluster")
    line = entity.rules.thresholds.match
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(scored, threshold_match_weight=line)
    rows = _count(duck, clusters)
    return rows - int(duck.table(clusters.physical_name).aggregate("count(DISTINCT cluster_id) AS n").fetchall()[0][0])


def _count(duck: duckdb.DuckDBPyConnection, table: SplinkDataFrame) -> int:
    return int(duck.table(table.physical_name).aggregate("count(*) AS n").fetchall()[0][0])
