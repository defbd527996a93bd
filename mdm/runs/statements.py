"""The statements of this package."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from mdm.statements import statement


def query(name: str) -> sa.TextClause:
    """The statement of ``sql/<name>.sql``."""
    return sa.text(statement(__package__, name))


def rows(connection: sa.Connection, name: str, **params: Any) -> list[dict[str, Any]]:
    """The rows of ``sql/<name>.sql`` by name of the column."""
    return [dict(row) for row in connection.execute(query(name), params).mappings()]


def work_table(connection: sa.Connection, name: str, params: Mapping[str, Any], *indexed: str) -> None:
    """A table from ``sql/<name>.sql`` that goes with the transaction, measured for the planner."""
    connection.execute(
        sa.text(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS {statement(__package__, name)}"), params
    )  # own table name
    for column in indexed:
        connection.execute(sa.text(f"CREATE INDEX ON {name} ({column})"))
    connection.execute(sa.text(f"ANALYZE {name}"))
