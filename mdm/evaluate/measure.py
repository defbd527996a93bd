"""The figures of one evaluation: the truth file joined to the published cross-references, by set operations."""

from __future__ import annotations

from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from mdm.errors import RefusedInput
from mdm.evaluate.figures import ClusterFigures, measure_overlap, pair_figures
from mdm.evaluate.report import Evaluation, SystemPair
from mdm.evaluate.steps import make, rows
from mdm.evaluate.truth import read_truth
from mdm.settings import Settings
from mdm.statements import statement
from mdm.store.bridge import open_duckdb, read_table
from mdm.store.engine import Store

PEOPLE_PREFIX = "P"
"""Entity ids of people begin with it in truth files, those of companies with C."""


def evaluate(store: Store, settings: Settings, *, truth: Path, people_only: bool = False) -> Evaluation:
    """Compares the current cross-references with a truth file (CSV: system or source, object, source_id, entity_id).

    Keys are compared by system and object without case, and source_id. Without a column ``object`` the system and id
    decide. ``people_only`` leaves out entities whose id does not begin with P, and the records of those entities.
    """
    with open_duckdb(settings) as duck:
        label(store, duck, truth=truth, people_only=people_only)
        return measure(duck)


def label(store: Store, duck: DuckDBPyConnection, *, truth: Path, people_only: bool) -> None:
    """Makes ``labelled`` (system, record_id, entity_type, missing, entity, golden; grain: record of the truth),
    ``overlap`` and what ``measure`` reads beside them. RefusedInput where the truth names nothing.
    """
    with_object = read_truth(duck, truth)
    read_table(store, sql=statement(__package__, "published"), duck=duck, name="published")
    if not with_object:
        duck.execute("UPDATE published SET object = NULL").fetchall()
    make(duck, "truth_all", statement(__package__, "truth"))
    everyone = duck.table("truth_all")
    chosen = everyone.filter(_begins_with(PEOPLE_PREFIX)) if people_only else everyone
    chosen.create("truth")
    make(duck, "labelled", statement(__package__, "labelled"))
    make(duck, "overlap", statement(__package__, "overlap"))
    if not duck.table("labelled").limit(1).fetchall():
        raise RefusedInput(f"{truth}: the truth names no record to compare")


def _begins_with(prefix: str) -> duckdb.Expression:
    return duckdb.FunctionExpression(
        "starts_with", duckdb.ColumnExpression("entity_id"), duckdb.ConstantExpression(prefix)
    )


def measure(duck: DuckDBPyConnection) -> Evaluation:
    """The figures of what ``label`` left."""
    (covered,) = rows(duck, "coverage")
    found = _clusters(duck)
    return Evaluation(
        records=found.records,
        missing=covered["missing"],
        extra=covered["extra"],
        entities=found.entities,
        golden=found.clusters,
        largest_golden=found.largest,
        exact=found.exact,
        true_pairs=found.true_pairs,
        made_pairs=found.made_pairs,
        pairwise=found.pairwise,
        bcubed=found.bcubed,
        system_pairs=tuple(
            SystemPair(
                system_a=r["system_a"],
                system_b=r["system_b"],
                true_pairs=r["pairs_true"],
                golden_pairs=r["pairs_golden"],
                pairwise=pair_figures(right=r["pairs_both"], made=r["pairs_golden"], true=r["pairs_true"]),
            )
            for r in rows(duck, "system_pairs")
        ),
    )


def _clusters(duck: DuckDBPyConnection) -> ClusterFigures:
    overlap = duck.sql("SELECT entity, golden, n FROM overlap").fetchnumpy()
    return measure_overlap(overlap["entity"], overlap["golden"], overlap["n"])
