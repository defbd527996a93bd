"""What people decide just now, before it is saved: the input of a resolution that looks at nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class StagedOverride:
    """A steward's value of one attribute, hung on a record; ``value`` is JSON text."""

    record_id: int
    attribute: str
    value: str
    reason: str
    actor: str
    expires_at: datetime | None


@dataclass(frozen=True)
class Decided:
    """``records``: whose place is judged anew. ``pairs``: (record_a < record_b, kind) said anew; what was said of the
    same pair counts no more. ``revoked``, ``revoked_overrides``: constraints and overrides that hold no longer.

    ``returning``: records judged as if they still belonged to this golden id, which ends a merge: it was taken back.
    ``new_id`` makes golden ids for new customers, so that those of a preview are those of the act.
    """

    records: tuple[int, ...]
    new_id: Callable[[], UUID]
    pairs: tuple[tuple[int, int, str], ...] = ()
    revoked: tuple[UUID, ...] = ()
    overrides: tuple[StagedOverride, ...] = ()
    revoked_overrides: tuple[UUID, ...] = ()
    returning: Mapping[int, UUID] = field(default_factory=dict)
