"""What one run changed: counts first, then customer by customer, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from mdm.errors import RefusedInput
from mdm.lookup.history import ValueChange, value_changes
from mdm.model import GoldenId, RecordKey
from mdm.runs.known import RunView, find_run
from mdm.runs.statements import rows
from mdm.store.engine import Store

EVENTS = ("created", "merged", "split", "retired", "revived", "unmerged")
ONLY = (*EVENTS, "moved", "values")
MOST = 10_000
_FIRST = UUID(int=0)


@dataclass(frozen=True)
class AttributeCount:
    """In how many golden records that were there before and after an attribute got its first value, another one, or
    lost it."""

    attribute: str
    added: int
    changed: int
    removed: int


@dataclass(frozen=True)
class DiffCounts:
    """How much a run changed. ``golden_ids`` by what happened to them; ``records``: joined, left, moved, regraded;
    ``golden_records``: began, ended, values_changed, lineage_only; ``around``: questions, proposals, households."""

    golden_ids: Mapping[str, int]
    records: Mapping[str, int]
    golden_records: Mapping[str, int]
    around: Mapping[str, int]
    attributes: tuple[AttributeCount, ...]


@dataclass(frozen=True)
class Move:
    """A record that came (``golden_id``: from where) or left (where to); None: from or to nowhere."""

    record: RecordKey
    golden_id: GoldenId | None


@dataclass(frozen=True)
class CustomerChange:
    """One golden id in one run. ``kinds``: what happened to it, with ``others`` as in its events; ``version`` it got,
    None where it ended or kept its own; ``values``: of a golden record that was there before."""

    golden_id: GoldenId
    kinds: tuple[str, ...]
    others: tuple[GoldenId, ...]
    version: int | None
    values: tuple[ValueChange, ...]
    came: tuple[Move, ...]
    left: tuple[Move, ...]


@dataclass(frozen=True)
class RunDiff:
    """A run's changes. ``changes`` by golden id; ``next`` says where the next page begins, None after the last."""

    run: RunView
    counts: DiffCounts
    changes: tuple[CustomerChange, ...]
    next: UUID | None


def diff_run(
    store: Store, asked: str | UUID, *, only: str | None = None, limit: int = 20, after: UUID | None = None
) -> RunDiff:
    """What a run changed. ``only``: one of ``ONLY``; ``limit``: customers on this page (0: counts only), ``after``: the
    page before's ``next``. NotFound, RefusedInput."""
    if only is not None and only not in ONLY:
        raise RefusedInput(f"a run has no {only!r} to show: one of {', '.join(ONLY)}")
    if not 0 <= limit <= MOST:
        raise RefusedInput(f"a page has 0 to {MOST:,} customers, not {limit:,}")
    with store.begin() as connection:
        known = find_run(connection, asked)
        params: dict[str, Any] = {"run": known.run_id}
        (records,), (versions,), (around,) = (
            rows(connection, name, **params) for name in ("diff_records", "diff_versions", "diff_around")
        )
        happened = {row["kind"]: row["n"] for row in rows(connection, "diff_events", **params)}
        counts = DiffCounts(
            golden_ids={kind: happened[kind] for kind in EVENTS if kind in happened},
            records=records,
            golden_records=versions,
            around=around,
            attributes=tuple(
                AttributeCount(row["attribute"], row["added"], row["changed"], row["removed"])
                for row in rows(connection, "diff_values", **params)
            ),
        )
        source = "all" if only is None else "event" if only in EVENTS else only
        page = {**params, "kind": only, "after": after or _FIRST, "some": limit + 1}
        ids = [row["golden_id"] for row in rows(connection, f"diff_ids_{source}", **page)] if limit else []
        shown = ids[:limit]
        detail = {**params, "golden": shown}
        return RunDiff(
            run=known,
            counts=counts,
            changes=_changes(
                shown,
                events=rows(connection, "diff_page_events", **detail),
                versions=rows(connection, "diff_page_versions", **detail),
                moves=rows(connection, "diff_page_records", **detail),
            ),
            next=shown[-1] if len(ids) > limit else None,
        )


_Rows = Sequence[Mapping[str, Any]]


def _changes(ids: Sequence[UUID], *, events: _Rows, versions: _Rows, moves: _Rows) -> tuple[CustomerChange, ...]:
    said = {row["golden_id"]: row for row in versions}
    happened: dict[UUID, list[Mapping[str, Any]]] = {golden_id: [] for golden_id in ids}
    came: dict[UUID | None, list[Move]] = {}
    left: dict[UUID | None, list[Move]] = {}
    for event in events:
        happened[event["golden_id"]].append(event)
    for row in moves:
        record = RecordKey(row["system"], row["object"], row["source_id"])
        came.setdefault(row["became"], []).append(Move(record, row["was"]))
        left.setdefault(row["was"], []).append(Move(record, row["became"]))
    return tuple(
        CustomerChange(
            golden_id=GoldenId(golden_id),
            kinds=tuple(event["kind"] for event in happened[golden_id]),
            others=tuple(
                dict.fromkeys(GoldenId(other) for event in happened[golden_id] for other in event["other_ids"])
            ),
            version=said.get(golden_id, {}).get("version"),
            values=_values(said.get(golden_id)),
            came=tuple(came.get(golden_id, ())),
            left=tuple(left.get(golden_id, ())),
        )
        for golden_id in ids
    )


def _values(row: Mapping[str, Any] | None) -> tuple[ValueChange, ...]:
    if row is None or row["old"] is None or row["new"] is None:
        return ()
    return value_changes(row["old"], row["new"])
