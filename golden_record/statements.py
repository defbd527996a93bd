"""The SQL of this package, by file name: one SELECT a file, its header says what it reads and writes."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@cache
def statement(name: str) -> str:
    """The text of ``sql/<name>.sql``."""
    return resources.files("golden_record").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def create(cursor: DuckDBPyConnection, table: str, name: str, **parameters: Any) -> None:
    """Makes ``table`` anew from ``sql/<name>.sql``. ``table`` is a word of our own code, never input."""
    cursor.execute("CREATE OR REPLACE TABLE " + table + " AS " + statement(name), parameters or None).fetchall()


def append(cursor: DuckDBPyConnection, table: str, name: str, **parameters: Any) -> int:
    """Adds the rows of ``sql/<name>.sql`` to ``table``; how many there were."""
    return int(cursor.execute("INSERT INTO " + table + " " + statement(name), parameters or None).fetchall()[0][0])


def drop(cursor: DuckDBPyConnection, *tables: str) -> None:
    """Removes working tables."""
    for table in tables:
        cursor.execute("DROP TABLE IF EXISTS " + table).fetchall()
