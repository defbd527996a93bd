"""What a look-up answers, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from mdm.model import EntityType, GoldenId, RecordKey


@dataclass(frozen=True)
class Losing:
    """A value that is not the golden one. ``value`` is None when the record has changed since the run."""

    value: Any
    record: RecordKey
    reason: str


@dataclass(frozen=True)
class ValueView:
    """One surviving value (one item of a multi-valued attribute).

    ``record`` is the source record whose value won, None for a steward's override; ``override`` then says who and why.
    """

    attribute: str
    value: Any
    rule: str
    record: RecordKey | None
    supported_by: tuple[RecordKey, ...]
    losers: tuple[Losing, ...]
    override: dict[str, Any] | None = None

    @property
    def system(self) -> str:
        """The system the value comes from, ``override`` for a steward's own."""
        return self.record.system if self.record else "override"


@dataclass(frozen=True)
class RecordView:
    """A source record of the customer. ``match_weight`` in log2 units, None for a record that stands alone."""

    record: RecordKey
    grade: str
    match_weight: float | None
    reason: str
    since: datetime
    version: int
    source_time: datetime | None
    received_time: datetime
    deleted: bool


@dataclass(frozen=True)
class ReferenceCount:
    """How many orders, cases ... belong to the customer's records."""

    type: str
    count: int
    latest: datetime | None


@dataclass(frozen=True)
class OpenTask:
    """A question stewards have not answered yet."""

    task_id: str
    reason: str
    match_weight: float | None
    opened_at: datetime
    records: tuple[RecordKey, ...]


@dataclass(frozen=True)
class Event:
    """An event in the life of a golden id. ``others``: into what it went, what came out of it, or what came to it."""

    golden_id: GoldenId
    kind: str
    at: datetime
    others: tuple[GoldenId, ...]


@dataclass(frozen=True)
class Housemate:
    """Somebody a customer lives with. ``reason``: the strongest tie that holds him in the household."""

    golden_id: GoldenId
    name: str | None
    reason: str
    since: datetime


@dataclass(frozen=True)
class HouseholdView:
    """Where a customer lives: the household, since when and why; ``others`` by name.

    ``actor`` is the steward who said so, None where the rules did; ``household_id`` None: with nobody, as he said.
    """

    household_id: UUID | None
    reason: str
    since: datetime
    actor: str | None
    others: tuple[Housemate, ...]


@dataclass(frozen=True)
class CustomerView:
    """One customer. ``asked`` is what was asked for; ``golden_id`` the answer, another id after a merge."""

    asked: str
    golden_id: GoldenId
    redirected_from: GoldenId | None
    entity_type: EntityType
    version: int
    valid_from: datetime
    rule_set: str
    values: tuple[ValueView, ...]
    not_surviving: tuple[tuple[str, Losing], ...]
    records: tuple[RecordView, ...]
    references: tuple[ReferenceCount, ...]
    tasks: tuple[OpenTask, ...]
    open_changes: int
    history: tuple[Event, ...]
    household: HouseholdView | None
