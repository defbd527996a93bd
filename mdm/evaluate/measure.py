"""One evaluation: the truth file joined to the published cross-references, all figures by set operations."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection

from mdm.errors import RefusedInput
from mdm.evaluate.truth import read_truth
from mdm.settings import Settings
from mdm.statements import statement
from mdm.store.bridge import open_duckdb, read_table
from mdm.store.engine import Store

PEOPLE_PREFIX = "P"
"""Entity ids of people begin with it in truth files, those of companies with C."""


@dataclass(frozen=True)
class Figures:
    """Shares from 0 to 1. Nothing made counts as precision 0, nothing to find as recall 0."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.precision * self.recall / max(1e-9, self.precision + self.recall)


@dataclass(frozen=True)
class SystemPair:
    """Pairs of records from two systems (or one): true ones, those we made, and the share of each in common."""

    system_a: str
    system_b: str
    true_pairs: int
    golden_pairs: int
    pairwise: Figures


@dataclass(frozen=True)
class Evaluation:
    """What the published cross-references are worth, over the records the truth knows.

    ``missing``: in the truth, not here; each counts as a record alone. ``extra``: here, not in the truth; left out.
    ``exact``: entities whose golden record holds all their records and no other.
    """

    records: int
    missing: int
    extra: int
    entities: int
    golden: int
    largest_golden: int
    exact: int
    pairwise: Figures
    bcubed: Figures
    system_pairs: tuple[SystemPair, ...]

    @property
    def exact_share(self) -> float:
        """Share of entities that came out exactly."""
        return self.exact / max(1, self.entities)


def evaluate(store: Store, settings: Settings, *, truth: Path, people_only: bool = False) -> Evaluation:
    """Compares the current cross-references with a truth file (CSV: system or source, object, source_id, entity_id).

    Keys are compared by system and object without case, and source_id. Without a column ``object`` the system and id
    decide. ``people_only`` leaves out entities whose id does not begin with P, and the records of those entities.
    """
    with open_duckdb(settings) as duck:
        with_object = read_truth(duck, truth)
        read_table(store, sql=statement(__package__, "published"), duck=duck, name="published")
        if not with_object:
            duck.execute("UPDATE published SET object = NULL").fetchall()
        _make(duck, "truth_all", statement(__package__, "truth"))
        everyone = duck.table("truth_all")
        chosen = everyone.filter(_begins_with(PEOPLE_PREFIX)) if people_only else everyone
        chosen.create("truth")
        _make(duck, "labelled", statement(__package__, "labelled"))
        _make(duck, "overlap", statement(__package__, "overlap"))
        return _evaluation(duck, truth)


def _begins_with(prefix: str) -> duckdb.Expression:
    return duckdb.FunctionExpression(
        "starts_with", duckdb.ColumnExpression("entity_id"), duckdb.ConstantExpression(prefix)
    )


def _make(duck: DuckDBPyConnection, table: str, select: str) -> None:
    duck.sql(select).create(table)


def _rows(duck: DuckDBPyConnection, name: str) -> list[dict[str, Any]]:
    relation = duck.sql(statement(__package__, name))
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def _evaluation(duck: DuckDBPyConnection, truth: Path) -> Evaluation:
    (row,) = _rows(duck, "figures")
    if not row["records"]:
        raise RefusedInput(f"{truth}: the truth names no record to compare")
    return Evaluation(
        records=row["records"],
        missing=row["missing"],
        extra=row["extra"],
        entities=row["entities"],
        golden=row["golden"],
        largest_golden=row["largest_golden"],
        exact=row["exact"],
        pairwise=_pairs(row),
        bcubed=Figures(row["bcubed_precision"] / row["records"], row["bcubed_recall"] / row["records"]),
        system_pairs=tuple(
            SystemPair(r["system_a"], r["system_b"], r["pairs_true"], r["pairs_golden"], _pairs(r))
            for r in _rows(duck, "system_pairs")
        ),
    )


def _pairs(row: dict[str, Any]) -> Figures:
    both = row["pairs_both"]
    return Figures(both / max(1, row["pairs_golden"]), both / max(1, row["pairs_true"]))
