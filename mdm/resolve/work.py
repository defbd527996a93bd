"""What every step of one resolution works with, as one value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import duckdb

from mdm.resolve.decided import Decided
from mdm.resolve.statements import query
from mdm.ruleset import RuleSet
from mdm.settings import Settings
from mdm.store.bridge import Reader
from mdm.store.engine import Store


class StageHook(Protocol):
    """Marks one stage of the run; the value it gives takes the stage's counts."""

    def __call__(self, name: str) -> AbstractContextManager[dict[str, Any]]: ...


@dataclass(frozen=True)
class Work:
    """One resolution: where it reads and writes, by which rules, as which run, at what time.

    ``through`` is the newest queue entry it takes; what arrives later waits for the next run. ``advance(done, total)``
    is told how far a long step is. ``decided``: what people decide just now, of which alone this resolution is.
    """

    store: Store
    reader: Reader
    settings: Settings
    rules: RuleSet
    duck: duckdb.DuckDBPyConnection
    run_id: UUID
    now: datetime
    through: int
    stage: StageHook
    advance: Callable[[int, int], None]
    decided: Decided | None = None

    def read(self, name: str, *, into: str, **params: Any) -> int:
        """Streams ``sql/<name>.sql`` of PostgreSQL into a DuckDB table; answers the number of rows."""
        return self.reader.read(sql=query(name), duck=self.duck, name=into, params=params)

    def make(self, table: str, select: str) -> None:
        """A DuckDB table from a SELECT."""
        self.duck.execute(f"CREATE OR REPLACE TABLE {table} AS {select}").fetchall()

    def make_empty(self, table: str, columns: str) -> None:
        """A DuckDB table without rows; ``columns`` as in CREATE TABLE."""
        self.duck.execute(f"CREATE OR REPLACE TABLE {table} ({columns})").fetchall()

    def has(self, table: str) -> bool:
        """Whether there is such a DuckDB table."""
        known = self.duck.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [table]).fetchall()
        return bool(known)

    def count(self, table: str) -> int:
        return int(self.duck.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])  # own table name

    def ids(self, select: str) -> list[int]:
        """The first column of a DuckDB SELECT."""
        return [int(row[0]) for row in self.duck.execute(select).fetchall()]

    def texts(self, select: str) -> list[str]:
        """The first column of a DuckDB SELECT, as text."""
        return [str(row[0]) for row in self.duck.execute(select).fetchall()]

    def drop(self, *tables: str) -> None:
        for table in tables:
            self.duck.execute(f"DROP TABLE IF EXISTS {table}").fetchall()


def chunks(ids: Sequence[int], size: int) -> list[Sequence[int]]:
    """``ids`` in slices of at most ``size``."""
    return [ids[start : start + size] for start in range(0, len(ids), size)]
