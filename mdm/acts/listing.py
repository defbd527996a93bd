"""Lists of what people said: acts, constraints, overrides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mdm.acts.model import Place
from mdm.acts.state import customer_at, rows
from mdm.errors import RefusedInput
from mdm.model import RecordKey
from mdm.store.engine import Store
from mdm.store.tables import ACT_STATES, act


@dataclass(frozen=True)
class ListedAct:
    """An act, done or not. ``waits_for``: why it needs a second person."""

    act_id: UUID
    kind: str
    state: str
    actor: str
    reason: str
    said_at: datetime
    size: int
    waits_for: str | None
    decided_by: str | None
    decided_at: datetime | None
    run_id: UUID | None
    document: dict[str, Any]


@dataclass(frozen=True)
class Constraint:
    """A decision about two records; it holds while ``revoked_at`` is None."""

    constraint_id: UUID
    kind: str
    record_a: RecordKey
    record_b: RecordKey
    actor: str
    reason: str
    said_at: datetime
    act_id: UUID | None
    revoked_at: datetime | None
    revoked_by: str | None


@dataclass(frozen=True)
class ListedOverride:
    """A steward's own value. ``state``: in force, expired (it has no effect any more) or revoked."""

    override_id: UUID
    record: RecordKey
    golden_id: UUID | None
    attribute: str
    value: Any
    state: str
    actor: str
    reason: str
    said_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str | None


def list_acts(store: Store, *, states: tuple[str, ...] = ("waiting",), limit: int = 50) -> tuple[ListedAct, ...]:
    """Acts in these states, newest first."""
    if unknown := sorted(set(states) - set(ACT_STATES)):
        raise RefusedInput(f"an act has no state {', '.join(unknown)}; it has {', '.join(ACT_STATES)}")
    query = sa.select(act).where(act.c.state.in_(states)).order_by(act.c.said_at.desc(), act.c.act_id).limit(limit)
    with store.begin() as connection:
        return tuple(
            ListedAct(
                act_id=r.act_id,
                kind=r.kind,
                state=r.state,
                actor=r.actor,
                reason=r.reason,
                said_at=r.said_at,
                size=int(r.radius["size"]),
                waits_for=r.waits_for,
                decided_by=r.decided_by,
                decided_at=r.decided_at,
                run_id=r.run_id,
                document=r.document["act"],
            )
            for r in connection.execute(query)
        )


def list_constraints(
    store: Store, *, customer: Place | None = None, revoked: bool = False, limit: int = 50
) -> tuple[Constraint, ...]:
    """Decisions about records, newest first; of one customer's where one is given. ``revoked``: those too."""
    with store.begin() as connection:
        ids = None if customer is None else [m.record_id for m in customer_at(connection, customer)]
        found = rows(connection, "constraint_list", ids=ids, revoked=revoked, most=limit)
    return tuple(
        Constraint(
            constraint_id=r.constraint_id,
            kind=r.kind,
            record_a=RecordKey(r.system_a, r.object_a, r.source_id_a),
            record_b=RecordKey(r.system_b, r.object_b, r.source_id_b),
            actor=r.actor,
            reason=r.reason,
            said_at=r.created_at,
            act_id=r.act_id,
            revoked_at=r.revoked_at,
            revoked_by=r.revoked_by,
        )
        for r in found
    )


def list_overrides(
    store: Store, *, now: datetime, customer: Place | None = None, revoked: bool = False, limit: int = 50
) -> tuple[ListedOverride, ...]:
    """Stewards' own values, newest first; expired ones are told as such. ``revoked``: those too."""
    with store.begin() as connection:
        ids = None if customer is None else [m.record_id for m in customer_at(connection, customer)]
        found = rows(connection, "override_list", ids=ids, revoked=revoked, most=limit)

    def state(r: Any) -> str:
        if r.revoked_at is not None:
            return "revoked"
        return "expired" if r.expires_at is not None and r.expires_at <= now else "in force"

    return tuple(
        ListedOverride(
            override_id=r.override_id,
            record=RecordKey(r.system, r.object, r.source_id),
            golden_id=r.golden_id,
            attribute=r.attribute,
            value=r.value,
            state=state(r),
            actor=r.actor,
            reason=r.reason,
            said_at=r.created_at,
            expires_at=r.expires_at,
            revoked_at=r.revoked_at,
            revoked_by=r.revoked_by,
        )
        for r in found
    )
