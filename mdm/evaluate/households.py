"""Households measured against a known truth: do people who live together come out together, and only they?

Source records carry the comparison, so no golden id is needed. One person counts once however many records he has, and
a pair of people once: a person whose records were left apart, or joined with another's, is together with somebody to
the share that his records are. So the figures hold the errors of households and those of identity beneath them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection

from mdm.errors import RefusedInput
from mdm.evaluate.figures import Figures
from mdm.evaluate.truth import read_truth
from mdm.settings import Settings
from mdm.statements import statement
from mdm.store.bridge import open_duckdb, read_table
from mdm.store.engine import Store

_EXPECTED = (
    "expected a CSV file with the columns entity_id, household_id (entities as in the truth file),"
    " or system (or source), object, source_id, household_id"
)


@dataclass(frozen=True)
class HouseholdEvaluation:
    """What the published households are worth, over the people whose household the truth knows.

    ``missing``: people of whom no record is here, each counts as living alone. ``shared``: true households of two or
    more; ``exact``: those that came out with all records of all their people and no others. ``largest``: records in the
    largest household made.
    Pairs are pairs of people; ``bcubed`` is the mean over all people, who mostly live alone.
    """

    people: int
    missing: int
    shared: int
    exact: int
    largest: int
    true_pairs: float
    made_pairs: float
    pairwise: Figures
    bcubed: Figures

    @property
    def exact_share(self) -> float:
        """Share of shared households that came out exactly."""
        return self.exact / max(1, self.shared)


def evaluate_households(store: Store, settings: Settings, *, households: Path, truth: Path) -> HouseholdEvaluation:
    """Compares the current households with a file of true ones.

    The file has a line for each entity (entity_id, household_id) or each record (system or source, object, source_id,
    household_id); ``truth``, as ``evaluate`` reads it, says which records are one person's. RefusedInput names the file
    and what was expected.
    """
    with open_duckdb(settings) as duck:
        columns = _read(duck, households)
        with_object = read_truth(duck, truth)
        read_table(store, sql=statement(__package__, "published_household"), duck=duck, name="published")
        if not with_object:
            duck.execute("UPDATE published SET object = NULL").fetchall()
        _make(duck, "truth_all", "truth")
        _make(duck, "resident", "resident_of_entity" if "entity_id" in columns else "resident_of_record")
        _make(duck, "lives", "lives")
        (row,) = _rows(duck, "household_figures")
    if not row["people"]:
        raise RefusedInput(f"{households}: names nobody to compare; {_EXPECTED}")
    return HouseholdEvaluation(
        people=row["people"],
        missing=row["missing"],
        shared=row["shared"],
        exact=row["exact"],
        largest=row["largest"],
        true_pairs=row["pairs_true"],
        made_pairs=row["pairs_made"],
        pairwise=Figures(row["pairs_both"] / max(1, row["pairs_made"]), row["pairs_both"] / max(1, row["pairs_true"])),
        bcubed=Figures(row["bcubed_precision"], row["bcubed_recall"]),
    )


def _read(duck: DuckDBPyConnection, path: Path) -> list[str]:
    """Table ``household_file``, all text; answers its columns."""
    if not path.is_file():
        raise RefusedInput(f"{path}: there is no such file; {_EXPECTED}")
    try:
        file = duck.read_csv(str(path), header=True, all_varchar=True, delimiter=",", quotechar='"', escapechar='"')
        columns = [str(name) for name in file.columns]
        system = next((name for name in ("system", "source") if name in columns), None)
        whole = "entity_id" in columns or (system is not None and {"object", "source_id"} <= set(columns))
        if "household_id" not in columns or not whole:
            raise RefusedInput(f"{path}: {_EXPECTED}; found {', '.join(columns)}")
        file.create("household_file")
        if system == "source":
            duck.execute("ALTER TABLE household_file RENAME COLUMN source TO system").fetchall()
    except duckdb.Error as error:
        raise RefusedInput(f"{path}: cannot be read ({type(error).__name__}); {_EXPECTED}") from error
    return columns


def _make(duck: DuckDBPyConnection, table: str, name: str) -> None:
    duck.sql(statement(__package__, name)).create(table)


def _rows(duck: DuckDBPyConnection, name: str) -> list[dict[str, Any]]:
    relation = duck.sql(statement(__package__, name))
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
