"""How stewards' own values stand: in force, past their expiry, about to end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from mdm.statements import statement
from mdm.store.engine import Store

SOON = timedelta(days=7)


@dataclass(frozen=True)
class Overrides:
    """Overrides nobody revoked. ``past_expiry``: they count no longer; ``ending_soon``: of those in force, within a
    week; ``unseen``: past their expiry since the last run, which still shows them; ``by_attribute``: in force."""

    in_force: int
    past_expiry: int
    ending_soon: int
    unseen: int
    by_attribute: Mapping[str, int]


def overrides_held(store: Store, *, now: datetime | None = None) -> Overrides:
    """Reads them at ``now`` (default: this moment)."""
    at = now or datetime.now(UTC)
    with store.begin() as connection:
        text = sa.text(statement("mdm.lookup", "overrides_held"))
        rows = connection.execute(text, {"now": at, "soon": at + SOON}).all()
    return Overrides(
        in_force=sum(row.in_force for row in rows),
        past_expiry=sum(row.past_expiry for row in rows),
        ending_soon=sum(row.ending_soon for row in rows),
        unseen=sum(row.unseen for row in rows),
        by_attribute={row.attribute: row.in_force for row in rows if row.in_force},
    )
