"""What a model is worth on a population it never learnt from: the figures of a model card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from matching_rules.model import Model
from matching_rules.rules import MatchingRules
from mdm.evaluate import measure_clusters
from mdm.model import EntityType
from mdm.ruleset import EntityRules
from mdm.training.held import Held


def figures_after_clustering(
    cursor: duckdb.DuckDBPyConnection, *, rules: MatchingRules, rules_file: Path, model: Model
) -> dict[str, Any]:
    """Records, and precision, recall and F1 of pairs and F1 of B-cubed, as a first load would publish them.

    The population stands in tables ``record``, ``truth`` and ``candidate`` (``shipped.prepare``).
    """
    records, candidates = (cursor.table(name).count("*").fetchall()[0][0] for name in ("record", "candidate"))
    _nobody_decided(cursor)
    entity = EntityRules(rules=rules, rules_file=rules_file, model=model, model_folder=rules_file.parent)
    held = Held(cursor, EntityType(rules.entity_type), entity, records=records, candidates=candidates)
    here = held.next_run(model, rules)
    held.score(here, pairs="candidate", into="unseen_pair")
    held.cluster(here, scored="unseen_pair", records="record", into="unseen_cluster")
    rows = cursor.execute(
        "SELECT entity_id, coalesce(cluster_key, record_id) FROM truth LEFT JOIN unseen_cluster USING (record_id)"
        " ORDER BY record_id"
    ).fetchall()
    found = measure_clusters([entity_id for entity_id, _ in rows], [cluster for _, cluster in rows])
    figures = {
        "precision": found.pairwise.precision,
        "recall": found.pairwise.recall,
        "f1": found.pairwise.f1,
        "bcubed_f1": found.bcubed.f1,
        "exact": found.exact_share,
    }
    return {"records": records, **{name: round(value, 4) for name, value in figures.items()}}


def _nobody_decided(cursor: duckdb.DuckDBPyConnection) -> None:
    ids, text = pa.array([], pa.int64()), pa.array([], pa.string())
    empty = {
        "now_decided": {"record_a": ids, "record_b": ids, "kind": text},
        "now_related": {"record_a": ids, "record_b": ids, "relation": text},
        "now_held": {"record_id": ids, "golden_id": text},
    }
    for name, columns in empty.items():
        cursor.register("nothing", pa.table(columns))
        cursor.execute(f"CREATE OR REPLACE TABLE {name} AS FROM nothing").fetchall()
        cursor.unregister("nothing")
    cursor.execute("ALTER TABLE now_held ALTER golden_id TYPE UUID").fetchall()
