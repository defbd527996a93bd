"""Where every missed pair was lost, by weighing the pairs nobody weighed, and what joined the pairs that were made."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
from duckdb import DuckDBPyConnection

from matching_rules.block import leave_out_noise, leave_out_noise_keys, make_keys, type_records
from matching_rules.cluster import BARE
from matching_rules.score import find_contradictions, score_pairs
from mdm.evaluate.report import Accounts, Joined, Loss, Stage
from mdm.evaluate.steps import filled, make, rows
from mdm.model import EntityType
from mdm.ruleset import EntityRules
from mdm.statements import statement
from mdm.store.bridge import Reader

Entities = Mapping[EntityType, EntityRules]

# Entities and golden records beyond this are not looked at pair by pair: their pairs would be half a million each.
_LARGEST = 1000
_KEYS_A_QUERY = 50_000
JOINED = (
    "a steward linked them",
    "their own weight reaches the match line",
    "their own weight reaches the keep line",
    "held together by other records",
    "never compared, held together by other records",
)
"""By ``place`` of ``joined.sql``."""


def take_accounts(duck: DuckDBPyConnection, reader: Reader, entities: Entities) -> Accounts:
    """Makes ``missed`` and ``made_pair`` (``sql/missed.sql``, ``sql/made_pair.sql``) and counts them.

    Reads ``labelled``, ``overlap``, ``standardised``, ``stored`` and ``noise``.
    """
    reader.read(sql=statement("mdm.resolve", "decisions"), duck=duck, name="decision", params={"revoked": []})
    _lines(duck, entities)
    for table in ("missed_pair", "made_pair"):
        make(duck, table, filled(table, largest=str(_LARGEST)))
    make(duck, "rescored", "SELECT 0::BIGINT AS record_a, 0::BIGINT AS record_b, 0.0::DOUBLE AS match_weight LIMIT 0")
    make(duck, "paired", "SELECT 0::BIGINT AS record_a, 0::BIGINT AS record_b, true AS paired LIMIT 0")
    make(
        duck,
        "objection",
        "SELECT 0::BIGINT AS record_a, 0::BIGINT AS record_b, '' AS contradiction, true AS bare LIMIT 0",
    )
    for entity_type, entity in entities.items():
        _weigh(duck, reader, entity_type, entity)
    _read_stated(duck, reader, entities)
    make(duck, "missed", filled("missed", bare=BARE))
    for entity_type, entity in entities.items():
        _find_vetoes_of_others(duck, entity_type, entity)
    (absent,) = rows(duck, "absent", largest=str(_LARGEST))
    losses = [Loss(Stage(r["stage"]), r["reason"], r["pairs"]) for r in rows(duck, "losses")]
    if absent["absent"]:
        losses.append(Loss(Stage.ABSENT, "a record of the truth is not here", absent["absent"]))
    order = list(Stage)
    return Accounts(
        losses=tuple(sorted(losses, key=lambda loss: (order.index(loss.stage), -loss.pairs, loss.reason))),
        joined=tuple(Joined(JOINED[r["place"]], r["pairs_right"], r["pairs_wrong"]) for r in rows(duck, "joined")),
        left_out=absent["left_out"],
    )


def _lines(duck: DuckDBPyConnection, entities: Entities) -> None:
    """Table ``line`` (entity_type, potential, keep, match, bare): the lines in force, in bits."""
    lines = [(e, entity.rules.thresholds, entity.rules.guards) for e, entity in entities.items()]
    table = pa.table(
        {
            "entity_type": [str(e) for e, _, _ in lines],
            "potential": pa.array([t.potential_match for _, t, _ in lines], pa.float64()),
            "keep": pa.array([t.keep for _, t, _ in lines], pa.float64()),
            "match": pa.array([t.match for _, t, _ in lines], pa.float64()),
            "bare": pa.array([g.bare for _, _, g in lines], pa.float64()),
        }
    )
    duck.register("arriving", table)
    make(duck, "line", "FROM arriving")
    duck.unregister("arriving")


def _weigh(duck: DuckDBPyConnection, reader: Reader, entity_type: EntityType, entity: EntityRules) -> None:
    """Adds to ``rescored``, ``paired`` and ``objection`` what is to be said of one entity type's missed pairs.

    Leaves its records typed as ``record_<entity type>``.
    """
    rules, records = entity.rules, f"record_{entity_type}"
    make(duck, "of_type", filled("needed", entity_type=entity_type))
    for into in ("keyed", records):
        type_records(duck, rules=rules, records="of_type", into=into)
    leave_out_noise(duck, rules=rules, records=records)
    make(duck, "unstored", filled("unstored"))
    score_pairs(duck, rules=rules, model=entity.model, records=records, pairs="unstored", into="fresh")
    duck.execute("INSERT INTO rescored SELECT record_a, record_b, match_weight FROM fresh").fetchall()
    make_keys(duck, rules=rules, records="keyed", into="key_all")
    make(duck, "key_usable", "FROM key_all")
    leave_out_noise_keys(duck, rules=rules, keys="key_usable")
    make(duck, "shared_key", filled("shared_key"))
    _read_carriers(duck, reader)
    duck.execute(" ".join(("INSERT INTO paired", filled("paired")))).fetchall()
    make(duck, "of_one_type", filled("of_one_type"))
    find_contradictions(duck, rules=rules, records=records, pairs="of_one_type", into="found_objection")
    duck.execute("INSERT INTO objection FROM found_objection").fetchall()


def _read_carriers(duck: DuckDBPyConnection, reader: Reader) -> None:
    """Table ``carried`` (key, carriers) of the keys of ``shared_key``."""
    keys = [key for (key,) in duck.execute("SELECT DISTINCT key FROM shared_key ORDER BY key").fetchall()]
    for number, start in enumerate(range(0, max(1, len(keys)), _KEYS_A_QUERY)):
        some = {"keys": keys[start : start + _KEYS_A_QUERY]}
        reader.read(sql=statement(__package__, "carriers"), duck=duck, name="some_carried", params=some)
        make(duck, "carried", "FROM some_carried" if number == 0 else "FROM carried UNION ALL FROM some_carried")


def _read_stated(duck: DuckDBPyConnection, reader: Reader, entities: Entities) -> None:
    """Table ``stated`` (record_a, record_b, relation): what sources state between the records of missed pairs."""
    ids = duck.execute("SELECT record_a FROM missed_pair UNION SELECT record_b FROM missed_pair").fetchall()
    read_related(duck, reader, entities, ids=[record for (record,) in ids], everything=False)
    make(duck, "stated", "SELECT record_a, record_b, min(relation) AS relation FROM related GROUP BY ALL")


def read_related(
    duck: DuckDBPyConnection, reader: Reader, entities: Entities, *, ids: list[int], everything: bool
) -> None:
    """Table ``related`` (record_a, record_b, relation): relations that hold between two customers only."""
    stated = {e: entity.rules.never_related for e, entity in entities.items() if entity.rules.never_related}
    params = {
        "entity_types": [str(entity_type) for entity_type in stated],
        "relations": sorted({relation for relations in stated.values() for relation in relations}),
        "everything": everything,
        "ids": ids,
    }
    reader.read(sql=statement("mdm.resolve", "related_pairs"), duck=duck, name="related", params=params)


def _find_vetoes_of_others(duck: DuckDBPyConnection, entity_type: EntityType, entity: EntityRules) -> None:
    """Says of pairs that clustering lost whether other records of the two customers contradict each other."""
    make(duck, "crossing", filled("crossing", entity_type=entity_type))
    find_contradictions(
        duck, rules=entity.rules, records=f"record_{entity_type}", pairs="crossing", into="found_objection"
    )
    duck.execute(filled("veto_of_others", entity_type=entity_type)).fetchall()
