"""What people can do to customers, as values: who is one customer, and which value is true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias
from uuid import UUID

from mdm.model import RecordKey

Place: TypeAlias = RecordKey | UUID
"""A source record, or the golden id of a customer."""


@dataclass(frozen=True)
class Link:
    """These records are one customer; the customers they belong to become one."""

    records: tuple[RecordKey, ...]


@dataclass(frozen=True)
class Unlink:
    """These records, together, are not the customer they are with; or, with ``other``, not that record or customer."""

    records: tuple[RecordKey, ...]
    other: Place | None = None


@dataclass(frozen=True)
class Merge:
    """These customers are one."""

    golden_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class Unmerge:
    """The merge in which this golden id ended is taken back."""

    golden_id: UUID


@dataclass(frozen=True)
class Split:
    """This customer is several: each group of records one, and the records not named another."""

    golden_id: UUID
    groups: tuple[tuple[RecordKey, ...], ...]


@dataclass(frozen=True)
class SetOverride:
    """A steward's own value for one attribute of a customer, until ``expires_at``; None says that there is none."""

    customer: Place
    attribute: str
    value: Any
    expires_at: datetime | None = None


@dataclass(frozen=True)
class RevokeOverride:
    """The stewards' own values for this attribute of a customer count no more."""

    customer: Place
    attribute: str


@dataclass(frozen=True)
class RevokeConstraint:
    """A decision about two records counts no more."""

    constraint_id: UUID


Act: TypeAlias = Link | Unlink | Merge | Unmerge | Split | SetOverride | RevokeOverride | RevokeConstraint

KINDS: Mapping[str, type[Act]] = {
    "link": Link,
    "unlink": Unlink,
    "merge": Merge,
    "unmerge": Unmerge,
    "split": Split,
    "override": SetOverride,
    "revoke_override": RevokeOverride,
    "revoke_constraint": RevokeConstraint,
}


def kind_of(act: Act) -> str:
    """The one word for it."""
    return next(kind for kind, of in KINDS.items() if isinstance(act, of))


def as_document(act: Act) -> dict[str, Any]:
    """An act in JSON's own types: records as [system, object, id], ids and times as text."""
    return {"kind": kind_of(act), **{name: _written(value) for name, value in vars(act).items()}}


def from_document(document: Mapping[str, Any]) -> Act:
    """The act that ``as_document`` wrote."""
    said = {name: value for name, value in document.items() if name != "kind"}
    kind = KINDS[document["kind"]]
    for name, value in said.items():
        said[name] = value if name == "value" else _read(name, value)
    return kind(**said)


def _written(value: Any) -> Any:
    if isinstance(value, RecordKey):
        return [value.system, value.object, value.source_id]
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, tuple | list):
        return [_written(item) for item in value]
    return value


def _read(name: str, value: Any) -> Any:
    if value is None or name == "attribute":
        return value
    if name == "expires_at":
        return datetime.fromisoformat(value)
    if name == "groups":
        return tuple(_read("records", group) for group in value)
    if name == "records":
        return tuple(RecordKey(*key) for key in value)
    if name == "golden_ids":
        return tuple(map(UUID, value))
    return RecordKey(*value) if isinstance(value, list) else UUID(value)
