"""Proposed changes: listed, approved, rejected. A decision closes the review tasks that asked for it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mdm.audit import Entry, record
from mdm.errors import NotFound, RefusedInput
from mdm.model import GoldenId, RecordKey
from mdm.store.engine import Store
from mdm.store.tables import CHANGE_STATES, proposed_change, review_task

# So many changes of one decision are named in the audit trail; of more, their number and digest.
_NAMED = 100


@dataclass(frozen=True)
class Change:
    """Attribute, old value and new value for one record in one target."""

    change_id: UUID
    golden_id: GoldenId
    record: RecordKey
    attribute: str
    old_value: Any
    new_value: Any
    review: str
    state: str
    reason: str
    opened_at: datetime
    decided_by: str | None


@dataclass(frozen=True)
class Selection:
    """Which changes are meant; every part that is given must hold. ``everything`` must be said to mean all of them."""

    change_ids: tuple[UUID, ...] = ()
    system: str | None = None
    object: str | None = None
    attribute: str | None = None
    golden_id: UUID | None = None
    everything: bool = False

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """As conditions on ``proposed_change``."""
        columns = proposed_change.c
        given: list[sa.ColumnElement[bool]] = []
        if self.change_ids:
            given.append(columns.change_id.in_(self.change_ids))
        for name in ("system", "object", "attribute", "golden_id"):
            if (value := getattr(self, name)) is not None:
                given.append(columns[name] == value)
        return given


def list_changes(store: Store, *, selection: Selection, states: Sequence[str], limit: int) -> tuple[Change, ...]:
    """Changes in these states, newest first, at most ``limit``."""
    if unknown := sorted(set(states) - set(CHANGE_STATES)):
        raise RefusedInput(f"a change has no state {', '.join(unknown)}; it has {', '.join(CHANGE_STATES)}")
    columns = proposed_change.c
    query = (
        sa.select(proposed_change)
        .where(columns.state.in_(states), *selection.conditions())
        .order_by(columns.opened_at.desc(), columns.system, columns.object, columns.source_id, columns.attribute)
        .limit(limit)
    )
    with store.begin() as connection:
        return tuple(_change(row) for row in connection.execute(query))


def approve(store: Store, *, selection: Selection, actor: str, now: datetime) -> int:
    """Approves proposed changes and answers how many. NotFound when ids are given that are not proposed (any more)."""
    return _decide(store, selection=selection, state="approved", actor=actor, now=now)


def reject(store: Store, *, selection: Selection, actor: str, now: datetime) -> int:
    """Rejects proposed changes and answers how many. NotFound when ids are given that are not proposed (any more)."""
    return _decide(store, selection=selection, state="rejected", actor=actor, now=now)


def _decide(store: Store, *, selection: Selection, state: str, actor: str, now: datetime) -> int:
    conditions = selection.conditions()
    if not conditions and not selection.everything:
        raise RefusedInput("say which changes: by id, system, object, attribute or golden id, or all of them")
    columns = proposed_change.c
    statement = (
        sa.update(proposed_change)
        .where(columns.state == "proposed", *conditions)
        .values(state=state, decided_by=actor, closed_at=None if state == "approved" else now)
        .returning(columns.change_id)
    )
    with store.begin() as connection:
        decided = list(connection.execute(statement).scalars())
        if missing := sorted(set(selection.change_ids) - set(decided), key=str):
            raise NotFound(f"not a proposed change (any more): {', '.join(map(str, missing))}; nothing was decided")
        _close_tasks(connection, decided, now=now)
        if decided:
            record(connection, Entry(f"changes_{state}", actor, now, _subject(selection, decided)))
    return len(decided)


def _subject(selection: Selection, decided: Sequence[UUID]) -> dict[str, Any]:
    """What was decided: the changes by id where they are few, and always a digest of all their ids."""
    ids = sorted(map(str, decided))
    given = {name: getattr(selection, name) for name in ("system", "object", "attribute")}
    given["golden_id"] = None if selection.golden_id is None else str(selection.golden_id)
    return {
        "count": len(ids),
        "changes_sha256": hashlib.sha256("\n".join(ids).encode()).hexdigest(),
        **({"changes": ids} if len(ids) <= _NAMED else {}),
        **{name: value for name, value in given.items() if value is not None},
    }


def _close_tasks(connection: sa.Connection, change_ids: Sequence[UUID], *, now: datetime) -> None:
    """Tasks with reason ``proposed_change`` name their change in ``detail.change_id``."""
    columns = review_task.c
    asked_for = columns.detail["change_id"].astext == sa.any_(
        sa.literal([str(i) for i in change_ids], sa.ARRAY(sa.Text))
    )
    connection.execute(
        sa.update(review_task)
        .where(columns.state == "open", columns.reason == "proposed_change", asked_for)
        .values(state="decided", closed_at=now)
    )


def _change(row: sa.Row[Any]) -> Change:
    return Change(
        change_id=row.change_id,
        golden_id=GoldenId(row.golden_id),
        record=RecordKey(row.system, row.object, row.source_id),
        attribute=row.attribute,
        old_value=row.old_value,
        new_value=row.new_value,
        review=row.review,
        state=row.state,
        reason=row.reason,
        opened_at=row.opened_at,
        decided_by=row.decided_by,
    )
