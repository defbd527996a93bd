"""What an act meets: customers, their records, and what people said of these before. Read under the run lock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mdm.acts.model import Place
from mdm.errors import NotFound
from mdm.model import EntityType, RecordKey
from mdm.statements import statement


@dataclass(frozen=True)
class Member:
    """A source record of a customer. ``since``: when it came to its golden id."""

    record_id: int
    record: RecordKey
    golden_id: UUID
    entity_type: EntityType
    since: datetime


@dataclass(frozen=True)
class Held:
    """A decision about two records that counts."""

    constraint_id: UUID
    kind: str
    a: int
    b: int
    record_a: RecordKey
    record_b: RecordKey
    actor: str
    said_at: datetime
    act_id: UUID | None

    def __str__(self) -> str:
        said = "are one customer" if self.kind == "must_link" else "are not one customer"
        day = self.said_at.strftime("%Y-%m-%d %H:%MZ")
        return f"{self.record_a} and {self.record_b} {said} ({self.actor}, {day}; {self.constraint_id})"


@dataclass(frozen=True)
class HeldOverride:
    """A steward's own value that was not revoked."""

    override_id: UUID
    record_id: int
    attribute: str
    actor: str
    said_at: datetime
    expires_at: datetime | None

    def expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now


def rows(connection: sa.Connection, name: str, **params: Any) -> list[Any]:
    """The rows of ``sql/<name>.sql``."""
    return list(connection.execute(sa.text(statement(__package__, name)), params))


def members_of(connection: sa.Connection, golden_ids: Iterable[UUID]) -> list[Member]:
    """The records of living golden ids, by key."""
    return [_member(row) for row in rows(connection, "member", golden=[str(g) for g in golden_ids])]


def find_records(connection: sa.Connection, records: Sequence[RecordKey]) -> list[Member]:
    """Records by key, in the order given. NotFound names those that are unknown, deleted or not resolved yet."""
    asked = list(dict.fromkeys(records))
    columns = {name: [getattr(r, name[:-1]) for r in asked] for name in ("systems", "objects", "source_ids")}
    found = {RecordKey(r.system, r.object, r.source_id): r for r in rows(connection, "place", **columns)}
    for record in asked:
        if record not in found:
            raise NotFound(f"there is no record {record}; system and object are written as `mdm status` lists them")
        if found[record].golden_id is None:
            reason = "is deleted" if found[record].deleted else "waits for its first run (`mdm run nightly`)"
            raise NotFound(f"the record {record} {reason}")
    return [_member(found[record]) for record in asked]


def answering(connection: sa.Connection, golden_id: UUID) -> UUID:
    """The living id that answers for a golden id. NotFound for one that is unknown, split or retired."""
    found = rows(connection, "answer", golden_id=golden_id)
    if found:
        return UUID(str(found[0].golden_id))
    last = rows(connection, "last_event", golden_id=golden_id)
    if not last:
        raise NotFound(f"there is no golden id {golden_id}")
    others = ", ".join(map(str, last[0].other_ids))
    where = f"; its records are now with {others}" if others else ""
    raise NotFound(f"the golden id {golden_id} is no longer in use ({last[0].kind}){where}")


def customer_at(connection: sa.Connection, place: Place) -> list[Member]:
    """All records of the customer of a record or golden id."""
    if isinstance(place, RecordKey):
        return members_of(connection, [find_records(connection, [place])[0].golden_id])
    return members_of(connection, [answering(connection, place)])


def held_constraints(connection: sa.Connection, records: Iterable[int]) -> list[Held]:
    """Decisions that count about these records and whomever must-links chain to them, the oldest first."""
    return [
        Held(
            constraint_id=r.constraint_id,
            kind=r.kind,
            a=r.record_a,
            b=r.record_b,
            record_a=RecordKey(r.system_a, r.object_a, r.source_id_a),
            record_b=RecordKey(r.system_b, r.object_b, r.source_id_b),
            actor=r.actor,
            said_at=r.created_at,
            act_id=r.act_id,
        )
        for r in rows(connection, "constraint_held", ids=sorted(set(records)))
    ]


def held_overrides(
    connection: sa.Connection, records: Iterable[int], attribute: str | None = None
) -> list[HeldOverride]:
    """Stewards' own values about these records, the oldest first."""
    found = rows(connection, "override_held", ids=sorted(set(records)), attribute=attribute)
    return [HeldOverride(r.override_id, r.record_id, r.attribute, r.actor, r.created_at, r.expires_at) for r in found]


def _member(row: Any) -> Member:
    return Member(
        record_id=row.record_id,
        record=RecordKey(row.system, row.object, row.source_id),
        golden_id=row.golden_id,
        entity_type=EntityType(row.entity_type),
        since=row.since,
    )
