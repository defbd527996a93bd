"""The life of one golden id: versions and what changed, who came and left, what became of the id, who decided what; and
how it stood on any past day, by what is known now or by what was believed then.

Two clocks (decision 0022). *Known time*: when the hub said so, the moment of the run that wrote a version, a
cross-reference or an event. *Valid time*: when a value was true by the clock of the record it comes from. What a
rollback took back was believed while it stood, and is no part of what is known to have been true.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mdm.errors import NotFound
from mdm.model import ATTRIBUTES, GoldenId, RecordKey
from mdm.statements import statement
from mdm.store.engine import Store

_Row = Mapping[str, Any]


@dataclass(frozen=True)
class ValueChange:
    """An attribute's value before and after; None for none. ``old`` and ``new`` are as in the golden record."""

    attribute: str
    old: Any
    new: Any


@dataclass(frozen=True)
class IdEvent:
    """What happened to the id, with the others concerned (see ``golden_id_event``)."""

    kind: str
    others: tuple[GoldenId, ...]


@dataclass(frozen=True)
class Step:
    """What one run wrote about the golden id. ``version`` None: it wrote none (records regraded, or the id ended).

    ``taken_back_by``: the rollback that closed this version again.
    """

    at: datetime
    run_id: UUID
    run_kind: str | None
    actor: str | None
    version: int | None
    rule_set: str | None
    values: tuple[ValueChange, ...]
    came: tuple[RecordKey, ...]
    left: tuple[RecordKey, ...]
    events: tuple[IdEvent, ...]
    taken_back_by: UUID | None


@dataclass(frozen=True)
class Decision:
    """A steward's decision about records that are or were with the golden id: must_link, cannot_link, override."""

    kind: str
    attribute: str | None
    records: tuple[RecordKey, ...]
    actor: str
    reason: str
    at: datetime
    revoked_at: datetime | None
    revoked_by: str | None


@dataclass(frozen=True)
class Answer:
    """Who answers for a golden id. ``kind``: itself, merged (``ids`` is the survivor), split (the candidates), retired,
    or unknown_then (at that time there was none). ``at``: when that came about."""

    kind: str
    ids: tuple[GoldenId, ...]
    at: datetime | None


@dataclass(frozen=True)
class ValueAt:
    """A value with the time from which its record's system says it is so; ``version`` is the golden record's."""

    attribute: str
    value: Any
    true_from: datetime
    version: int


@dataclass(frozen=True)
class CustomerAt:
    """The golden record as it was at ``as_of`` by what was known at ``known_at``. ``version``: the one that stood then,
    None where none did; ``records``: whose records were held to be the customer's."""

    as_of: datetime
    known_at: datetime
    answer: Answer
    golden_id: GoldenId
    version: int | None
    values: tuple[ValueAt, ...]
    records: tuple[RecordKey, ...]


@dataclass(frozen=True)
class History:
    """The life of one golden id: ``steps``, oldest first. ``standing`` was asked for by a time."""

    golden_id: GoldenId
    answer: Answer
    steps: tuple[Step, ...]
    decisions: tuple[Decision, ...]
    standing: CustomerAt | None


def history(
    store: Store,
    golden_id: UUID,
    *,
    now: datetime,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
) -> History:
    """The life of a golden id, whatever became of it; with ``as_of`` (true then) or ``known_at`` (believed then) also
    how it stood. NotFound for an id that never was."""
    asked = GoldenId(golden_id)
    with store.begin() as connection:
        events = _rows(connection, "history_events", golden_id=asked)
        versions = _rows(connection, "history_versions", golden_id=asked)
        if not events and not versions:
            raise NotFound(f"there is no golden id {asked}")
        stays = _rows(connection, "history_members", golden_id=asked)
        standing = None
        if as_of is not None or known_at is not None:
            standing = _standing(connection, asked, as_of=as_of or known_at or now, known_at=known_at or now)
        return History(
            golden_id=asked,
            answer=_answer(connection, asked, known_at=None),
            steps=_steps(connection, versions, stays, events),
            decisions=_decisions(connection, sorted({row["record_id"] for row in stays})),
            standing=standing,
        )


def customer_at(
    store: Store, golden_id: UUID, *, as_of: datetime | None, known_at: datetime | None, now: datetime
) -> CustomerAt:
    """How a golden id, or the survivor it was merged into by then, stood. NotFound for an id that never was."""
    with store.begin() as connection:
        return _standing(connection, GoldenId(golden_id), as_of=as_of or known_at or now, known_at=known_at or now)


def value_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[ValueChange, ...]:
    """The attributes that differ, in the order in which attributes are declared."""
    names = [name for name in ATTRIBUTES if name in old or name in new]
    names += sorted((old.keys() | new.keys()) - set(names))
    return tuple(ValueChange(name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name))


def _rows(connection: sa.Connection, name: str, **params: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(sa.text(statement(__package__, name)), params).mappings()]


def _key(row: _Row) -> RecordKey:
    return RecordKey(row["system"], row["object"], row["source_id"])


# ---- who answers for an id -------------------------------------------------------------------------------------------


def _answer(connection: sa.Connection, asked: GoldenId, *, known_at: datetime | None) -> Answer:
    """Follows merges to the survivor, as things stood at ``known_at`` (None: as written last)."""
    current, seen, since = asked, {asked}, None
    while True:
        versions = _rows(connection, "history_versions", golden_id=current)
        if any(_stood(row, known_at) for row in versions):
            return Answer("itself" if current == asked else "merged", (current,), since)
        events = [e for e in _rows(connection, "history_events", golden_id=current) if _by(e["at"], known_at)]
        if not events:
            return Answer("unknown_then", (), None)
        last = events[-1]
        others = tuple(GoldenId(other) for other in last["other_ids"])
        since = since or last["at"]
        if last["kind"] != "merged" or len(others) != 1 or others[0] in seen:
            return Answer("split" if others else "retired", others, since)
        current = others[0]
        seen.add(current)


def _by(at: datetime, known_at: datetime | None) -> bool:
    return known_at is None or at <= known_at


def _stood(row: _Row, known_at: datetime | None) -> bool:
    if known_at is None:
        return row["valid_to"] is None
    return row["valid_from"] <= known_at and (row["valid_to"] is None or row["valid_to"] > known_at)


# ---- what happened, run by run ---------------------------------------------------------------------------------------


def _steps(
    connection: sa.Connection, versions: Sequence[_Row], stays: Sequence[_Row], events: Sequence[_Row]
) -> tuple[Step, ...]:
    opened = {row["run_id"]: row for row in versions}
    before = {row["run_id"]: previous for previous, row in zip([None, *versions], versions, strict=False)}
    came, left = _moves(stays)
    wrote = [*opened, *came, *left, *(e["run_id"] for e in events)]
    runs = {row["run_id"]: row for row in _rows(connection, "history_runs", run_ids=list(dict.fromkeys(wrote)))}
    moments = {row["run_id"]: row["valid_from"] for row in versions} | {e["run_id"]: e["at"] for e in events}
    steps = []
    for run_id in sorted(dict.fromkeys(wrote), key=lambda i: runs[i]["number"] if i in runs else 0):
        run, version, previous = runs.get(run_id), opened.get(run_id), before.get(run_id)
        at = run["started_at"] if run else moments.get(run_id)
        if at is None:
            continue
        steps.append(
            Step(
                at=moments.get(run_id, at),
                run_id=run_id,
                run_kind=run["kind"] if run else None,
                actor=run["actor"] if run else None,
                version=version["version"] if version else None,
                rule_set=version["rule_set"] if version else None,
                values=value_changes(previous["values"] if previous else {}, version["values"]) if version else (),
                came=tuple(came.get(run_id, ())),
                left=tuple(left.get(run_id, ())),
                events=tuple(
                    IdEvent(e["kind"], tuple(GoldenId(o) for o in e["other_ids"]))
                    for e in events
                    if e["run_id"] == run_id
                ),
                taken_back_by=version["taken_back_by"] if version else None,
            )
        )
    return tuple(steps)


def _moves(stays: Sequence[_Row]) -> tuple[dict[UUID, list[RecordKey]], dict[UUID, list[RecordKey]]]:
    """Records that came and left, by run; one that was only graded anew did neither."""
    came: dict[UUID, list[RecordKey]] = {}
    left: dict[UUID, list[RecordKey]] = {}
    opened = {(row["run_id"], row["record_id"]) for row in stays}
    closed = {(row["closed_run_id"], row["record_id"]) for row in stays}
    for row in stays:
        if (row["run_id"], row["record_id"]) not in closed:
            came.setdefault(row["run_id"], []).append(_key(row))
        if row["closed_run_id"] is not None and (row["closed_run_id"], row["record_id"]) not in opened:
            left.setdefault(row["closed_run_id"], []).append(_key(row))
    return came, left


def _decisions(connection: sa.Connection, record_ids: Sequence[int]) -> tuple[Decision, ...]:
    found = _rows(connection, "history_decisions", record_ids=record_ids)
    mentioned = sorted({i for row in found for i in row["record_ids"]})
    keys = {row["record_id"]: _key(row) for row in _rows(connection, "keys", record_ids=mentioned)}
    return tuple(
        Decision(
            kind=row["kind"],
            attribute=row["attribute"],
            records=tuple(keys[i] for i in row["record_ids"]),
            actor=row["actor"],
            reason=row["reason"],
            at=row["at"],
            revoked_at=row["revoked_at"],
            revoked_by=row["revoked_by"],
        )
        for row in found
    )


# ---- how it stood ----------------------------------------------------------------------------------------------------


def _standing(connection: sa.Connection, asked: GoldenId, *, as_of: datetime, known_at: datetime) -> CustomerAt:
    if not _rows(connection, "history_events", golden_id=asked):
        raise NotFound(f"there is no golden id {asked}")
    answer = _answer(connection, asked, known_at=known_at)
    golden_id = answer.ids[0] if answer.kind in ("itself", "merged") else asked
    versions = _rows(connection, "history_versions", golden_id=golden_id)
    stood = next((row for row in versions if _stood(row, known_at)), None)
    if stood is None:
        return CustomerAt(as_of, known_at, answer, golden_id, None, (), ())
    held = [
        row
        for row in versions
        if row["valid_from"] <= known_at
        and not (row["taken_back_by"] is not None and row["valid_to"] is not None and row["valid_to"] <= known_at)
    ]
    stays = _rows(connection, "history_members", golden_id=golden_id)
    members = [
        row
        for row in stays
        if row["known_from"] <= known_at
        and (row["until"] is None or row["until"] > known_at)
        and (row["began"] is None or min(row["began"], row["known_from"]) <= as_of)
    ]
    return CustomerAt(
        as_of=as_of,
        known_at=known_at,
        answer=answer,
        golden_id=golden_id,
        version=stood["version"],
        values=tuple(_values_at(held, _times(connection, held), as_of=as_of)),
        records=tuple(dict.fromkeys(_key(row) for row in sorted(members, key=lambda r: str(_key(r))))),
    )


_Place = tuple[int, int]


def _winners(lineage: _Row, attribute: str) -> list[_Place]:
    """Record and version of every winning value of an attribute; a steward's own has none."""
    entries = lineage.get(attribute, ())
    return [(e["winner"][0], e["winner"][1]) for e in entries if isinstance(e.get("winner"), list)]


def _times(connection: sa.Connection, versions: Sequence[_Row]) -> dict[_Place, datetime]:
    places = sorted({place for row in versions for name in row["values"] for place in _winners(row["lineage"], name)})
    found = _rows(
        connection, "history_times", record_ids=[place[0] for place in places], versions=[place[1] for place in places]
    )
    return {(row["record_id"], row["version"]): row["at"] for row in found}


def _values_at(versions: Sequence[_Row], times: Mapping[_Place, datetime], *, as_of: datetime) -> Iterable[ValueAt]:
    """Of each attribute what the newest version says that was true by then, so that what survives together, coming from
    one version of one record, is answered from one. That a value is gone is known no earlier than a run found it so;
    nor can a clock that runs ahead make a value true after it was known."""
    names = {name for row in versions for name in row["values"]}
    ordered = [name for name in ATTRIBUTES if name in names]
    for name in ordered + sorted(names - set(ordered)):
        for row in reversed(versions):
            said = [times[place] for place in _winners(row["lineage"], name) if place in times]
            true_from = min(max(said, default=row["valid_from"]), row["valid_from"])
            if true_from <= as_of:
                if name in row["values"]:
                    yield ValueAt(name, row["values"][name], true_from, row["version"])
                break
