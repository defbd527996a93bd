"""Rows that could not be taken, as far as they may be shown: where, why and when, never what was in them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from mdm.statements import statement
from mdm.store.engine import Store


def list_rejected(
    store: Store,
    *,
    system: str | None = None,
    object: str | None = None,
    limit: int = 50,
) -> tuple[dict[str, Any], ...]:
    """The newest rows that wait: rejected_id, system, object, file_name, line, reason, received_time."""
    query = sa.text(statement(__package__, "rejected"))
    with store.begin() as connection:
        rows = connection.execute(query, {"system": system, "object": object, "n": limit}).mappings()
        return tuple(dict(row) for row in rows)
