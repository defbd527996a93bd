"""The trail as a list: newest first, by who, what or when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mdm.store.engine import Store
from mdm.store.tables import audit_entry


@dataclass(frozen=True)
class AuditEntry:
    """One entry; ``link`` is the number of its transaction in the chain."""

    link: int
    at: datetime
    actor: str
    action: str
    subject: Mapping[str, Any]


def list_entries(
    store: Store,
    *,
    limit: int,
    actor: str | None = None,
    action: str | None = None,
    since: datetime | None = None,
    about: str | None = None,
) -> tuple[AuditEntry, ...]:
    """Entries, newest first. ``about``: an id (record id, golden id, act, run) that the subject names."""
    c = audit_entry.c
    conditions = [column == value for column, value in ((c.actor, actor), (c.action, action)) if value is not None]
    if since is not None:
        conditions.append(c.at >= since)
    if about is not None:
        named = sa.func.jsonb_path_exists(
            c.subject,
            sa.text("'$.** ? (@ == $id || @ == $number)'::jsonpath"),
            sa.func.jsonb_build_object(
                "id", sa.literal(about, sa.Text), "number", int(about) if about.isdigit() else None
            ),
        )
        conditions.append(named)
    query = sa.select(audit_entry).where(*conditions).order_by(c.number.desc(), c.position.desc()).limit(limit)
    with store.begin() as connection:
        return tuple(AuditEntry(r.number, r.at, r.actor, r.action, r.subject) for r in connection.execute(query))
