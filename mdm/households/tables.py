"""The working tables of one computation of households: DuckDB's, filled from PostgreSQL and from each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from golden_record.household_rules import HouseholdRules
from mdm.statements import statement
from mdm.store.bridge import Reader

AT_ONCE = 50_000
"""Keys or ids in one SELECT."""


def query(name: str) -> str:
    """The statement of ``sql/<name>.sql``."""
    return statement("mdm.households", name)


@dataclass(frozen=True)
class Tables:
    """Where households are computed and by which rules. ``duck`` holds what the resolution left."""

    duck: duckdb.DuckDBPyConnection
    reader: Reader
    rules: HouseholdRules

    def execute(self, sql: str) -> int:
        """A statement; the number of rows where it answers one."""
        rows = self.duck.execute(sql).fetchall()
        return int(rows[0][0]) if rows and isinstance(rows[0][0], int) else 0

    def make(self, table: str, select: str) -> None:
        """A table from a SELECT."""
        self.execute(f"CREATE OR REPLACE TABLE {table} AS {select}")

    def make_from(self, table: str, name: str) -> None:
        """A table from ``sql/<name>.sql``."""
        self.make(table, query(name))

    def take(self, table: str, rows: pa.Table) -> None:
        """A table from rows of ours."""
        self.duck.register("household_arriving", rows)
        self.make(table, "FROM household_arriving")
        self.duck.unregister("household_arriving")

    def read(self, name: str, *, into: str, everything: bool = False, golden: Sequence[str] = ()) -> None:
        """Streams ``sql/<name>.sql`` of PostgreSQL, of all golden records or of some, into a table."""
        some = [golden[start : start + AT_ONCE] for start in range(0, len(golden), AT_ONCE)] or [()]
        for number, ids in enumerate(some):
            self._stream(name, into=into if number == 0 else "household_more", everything=everything, golden=list(ids))
            if number:
                self.execute(f"INSERT INTO {into} FROM household_more")
        self.drop("household_more")

    def read_carriers(self, *, keys: Sequence[int], most: Sequence[int]) -> None:
        """Table ``household_met`` (key, golden_id): carriers of keys, of each key at most so many."""
        self.make("household_met", "SELECT NULL::BIGINT AS key, NULL::UUID AS golden_id WHERE false")
        for start in range(0, len(keys), AT_ONCE):
            some = slice(start, start + AT_ONCE)
            self._stream("carriers", into="household_more", keys=list(keys[some]), most=list(most[some]))
            self.execute("INSERT INTO household_met FROM household_more")
        self.drop("household_more")

    def _stream(self, name: str, *, into: str, **params: Any) -> None:
        self.reader.read(sql=query(name), duck=self.duck, name=into, params=params)

    def texts(self, select: str) -> list[str]:
        """The first column of a SELECT, as text."""
        return [str(row[0]) for row in self.duck.execute(select).fetchall()]

    def count(self, table: str) -> int:
        """How many rows a table has."""
        return int(self.duck.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])

    def drop(self, *tables: str) -> None:
        """Removes working tables."""
        for table in tables:
            self.execute(f"DROP TABLE IF EXISTS {table}")
