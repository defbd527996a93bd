"""Reads by the statements of this package."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from mdm.statements import statement


def rows(connection: sa.Connection, name: str, **params: Any) -> Sequence[sa.Row[Any]]:
    """The rows of ``sql/<name>.sql``."""
    return connection.execute(_text(name), params).all()


@cache
def _text(name: str) -> sa.TextClause:
    """Parsed once: SQLAlchemy takes longer to read a statement than PostgreSQL to run it."""
    return sa.text(statement(__package__, name))
