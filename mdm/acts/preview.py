"""What an act comes to, as values: before it is done and, the same, after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from mdm.acts.model import Act
from mdm.model import RecordKey


@dataclass(frozen=True)
class ValueChange:
    """An attribute of a golden record that is another after the act; None: it has none."""

    attribute: str
    before: Any
    after: Any


@dataclass(frozen=True)
class CustomerChange:
    """A golden record that the act changes. ``fate``: changed, created, merged, split, unmerged, revived or retired;
    ``others``: the ids it went into or came out of. ``version`` is the one seen, None for one that is not in use.
    """

    golden_id: UUID
    fate: str
    others: tuple[UUID, ...]
    version: int | None
    records_before: tuple[RecordKey, ...]
    records_after: tuple[RecordKey, ...]
    values: tuple[ValueChange, ...]


@dataclass(frozen=True)
class DecisionMade:
    """A decision about two records that the act makes, and why about these two."""

    kind: str
    record_a: RecordKey
    record_b: RecordKey
    why: str


@dataclass(frozen=True)
class TargetWrite:
    """A change that would be proposed to a system. ``review``: whether somebody has to approve it."""

    golden_id: UUID
    record: RecordKey
    attribute: str
    old_value: Any
    new_value: Any
    review: str
    reason: str


@dataclass(frozen=True)
class BlastRadius:
    """What hangs on the customers an act changes, whole: records by system, references by type, consents that come out
    otherwise, loyalty balances, and the systems that would be written.
    """

    customers: int
    records: int
    records_moving: int
    systems: Mapping[str, int]
    references: Mapping[str, int]
    consents_changed: int
    loyalty_balances: tuple[float, ...]
    systems_written: tuple[str, ...]

    @property
    def size(self) -> int:
        """Records and references together: what the four-eyes policy counts."""
        return self.records + sum(self.references.values())


@dataclass(frozen=True)
class Preview:
    """What the act would do. ``token`` stands for the state it was foreseen on and for what comes of it: the act done
    with it does exactly this, or is refused. ``needs_approval``: why a second person has to approve it, None otherwise.
    """

    act: Act
    token: str
    customers: tuple[CustomerChange, ...]
    decisions_made: tuple[DecisionMade, ...]
    decisions_revoked: tuple[str, ...]
    writes: tuple[TargetWrite, ...]
    writes_withdrawn: int
    questions_opened: Mapping[str, int]
    questions_closed: int
    blast_radius: BlastRadius
    needs_approval: str | None
    notes: tuple[str, ...]
