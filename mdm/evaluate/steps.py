"""How the steps of an evaluation run their statements in DuckDB."""

from __future__ import annotations

from string import Template
from typing import Any

from duckdb import DuckDBPyConnection

from mdm.statements import statement


def filled(name: str, **parts: str) -> str:
    """``sql/<name>.sql`` with its ``$parts`` (own names and numbers) filled in."""
    return Template(statement(__package__, name)).substitute(parts)


def make(duck: DuckDBPyConnection, table: str, select: str) -> None:
    """The DuckDB table from a SELECT."""
    duck.execute(" ".join(("CREATE OR REPLACE TABLE", table, "AS", select))).fetchall()


def rows(duck: DuckDBPyConnection, name: str, **parts: str) -> list[dict[str, Any]]:
    """The rows of ``sql/<name>.sql``."""
    relation = duck.sql(filled(name, **parts))
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
