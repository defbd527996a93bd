"""One look-up: from a golden id (merged ones too) or a record key to the customer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mdm.errors import NotFound
from mdm.lookup.view import (
    CustomerView,
    Event,
    HouseholdView,
    Housemate,
    Losing,
    OpenTask,
    RecordView,
    ReferenceCount,
    ValueView,
)
from mdm.model import ATTRIBUTES, EntityType, GoldenId, RecordKey
from mdm.statements import statement
from mdm.store.engine import Store

_Row = Mapping[str, Any]


def show(store: Store, key: str | RecordKey | UUID) -> CustomerView:
    """The customer of a golden id or of a record key (``system/object/id``), as last published.

    A merged id answers with the survivor and says so. NotFound when there is none, with the reason: unknown, deleted,
    waiting for its first run, retired, or split (then with the ids that hold its records now).
    """
    with store.begin() as connection:
        asked = _golden_id(connection, key)
        answer = _living(connection, asked)
        (golden,) = _rows(connection, "golden", golden_id=answer)
        return _view(connection, golden, asked=asked, words=str(key))


def _rows(connection: sa.Connection, name: str, **params: Any) -> list[_Row]:
    return [dict(row) for row in connection.execute(sa.text(statement(__package__, name)), params).mappings()]


def _golden_id(connection: sa.Connection, key: str | RecordKey | UUID) -> GoldenId:
    if isinstance(key, UUID):
        return GoldenId(key)
    if isinstance(key, str):
        try:
            return GoldenId(UUID(key))
        except ValueError:
            pass
        try:
            key = RecordKey.parse(key)
        except ValueError as error:
            raise NotFound(f"neither a golden id nor a record key: {error}") from None
    return _golden_id_of_record(connection, key)


def _golden_id_of_record(connection: sa.Connection, key: RecordKey) -> GoldenId:
    found = _rows(connection, "record", system=key.system, object=key.object, source_id=key.source_id)
    if not found:
        raise NotFound(f"there is no record {key}")
    if found[0]["golden_id"] is not None:
        return GoldenId(found[0]["golden_id"])
    reason = "is deleted" if found[0]["deleted"] else "waits for its first run (`mdm run nightly`)"
    raise NotFound(f"the record {key} {reason}")


def _living(connection: sa.Connection, asked: GoldenId) -> GoldenId:
    """The id that answers for ``asked``: itself, or the survivor at the end of its merges."""
    current, seen = asked, {asked}
    while not _rows(connection, "golden", golden_id=current):
        last = [e for e in _rows(connection, "events", golden_id=current) if e["golden_id"] == current]
        if not last:
            raise NotFound(f"there is no golden id {asked}")
        kind, others = last[-1]["kind"], [GoldenId(other) for other in last[-1]["other_ids"]]
        if kind != "merged" or len(others) != 1 or others[0] in seen:
            where = f"; its records are now with {', '.join(map(str, others))}" if others else ""
            raise NotFound(f"the golden id {asked} is no longer in use ({kind}){where}")
        current = others[0]
        seen.add(current)
    return current


def _view(connection: sa.Connection, golden: _Row, *, asked: GoldenId, words: str) -> CustomerView:
    golden_id = GoldenId(golden["golden_id"])
    members = _rows(connection, "records", golden_id=golden_id)
    ids = [m["record_id"] for m in members]
    tasks = _rows(connection, "tasks", record_ids=ids)
    mentioned = {*ids, *_mentioned(golden["lineage"]), *(i for t in tasks for i in t["record_ids"])}
    keys = {r["record_id"]: _key(r) for r in _rows(connection, "keys", record_ids=sorted(mentioned))}
    lineage = _Lineage(keys, {m["record_id"]: m for m in members})
    ((changes,),) = [row.values() for row in _rows(connection, "changes", golden_id=golden_id)]
    histories = [_rows(connection, "events", golden_id=i) for i in dict.fromkeys((asked, golden_id))]
    return CustomerView(
        asked=words,
        golden_id=golden_id,
        redirected_from=asked if asked != golden_id else None,
        entity_type=EntityType(golden["entity_type"]),
        version=golden["version"],
        valid_from=golden["valid_from"],
        rule_set=golden["rule_set"],
        values=tuple(lineage.values(golden["values"], golden["lineage"])),
        not_surviving=tuple(lineage.not_surviving(golden["lineage"])),
        records=tuple(_record(m) for m in members),
        references=tuple(
            ReferenceCount(r["reference_type"], r["n"], r["latest"])
            for r in _rows(connection, "references", record_ids=ids)
        ),
        tasks=tuple(
            OpenTask(
                str(t["task_id"]),
                t["reason"],
                t["match_weight"],
                t["opened_at"],
                tuple(map(keys.__getitem__, t["record_ids"])),
            )
            for t in tasks
        ),
        open_changes=int(changes),
        history=_history(row for rows in histories for row in rows),
        household=_household(_rows(connection, "household", golden_id=golden_id), golden_id),
    )


def _household(rows: list[_Row], golden_id: GoldenId) -> HouseholdView | None:
    """None for somebody who lives with nobody we know of."""
    own = next((row for row in rows if row["golden_id"] == golden_id), None)
    if own is None:
        return None
    others = [
        Housemate(GoldenId(r["golden_id"]), r["name"], r["reason"], r["since"])
        for r in rows
        if r["golden_id"] != golden_id
    ]
    return HouseholdView(own["household_id"], own["reason"], own["since"], own["actor"], tuple(others))


def _history(rows: Iterable[_Row]) -> tuple[Event, ...]:
    events = {
        Event(GoldenId(r["golden_id"]), r["kind"], r["at"], tuple(map(GoldenId, r["other_ids"]))): None for r in rows
    }
    return tuple(sorted(events, key=lambda e: e.at))


def _key(row: _Row) -> RecordKey:
    return RecordKey(row["system"], row["object"], row["source_id"])


def _record(row: _Row) -> RecordView:
    return RecordView(
        record=_key(row),
        grade=row["grade"],
        match_weight=row["match_weight"],
        reason=row["reason"],
        since=row["since"],
        version=row["version"],
        # ingest writes the time of receipt for a mapping without a clock: nobody said when the source changed it
        source_time=None if row["source_time"] == row["received_time"] else row["source_time"],
        received_time=row["received_time"],
        deleted=row["deleted"],
    )


def _in_order(lineage: _Row) -> list[str]:
    declared = [name for name in ATTRIBUTES if name in lineage]
    return declared + sorted(set(lineage) - set(declared))


def _mentioned(lineage: _Row) -> Iterable[int]:
    for entries in lineage.values():
        for entry in entries:
            winner = entry.get("winner")
            places = [*entry.get("supported_by", ()), *entry.get("losers", ())]
            yield from (int(place[0]) for place in places + ([winner] if isinstance(winner, list) else []))


class _Lineage:
    """Reads the lineage document of a golden record (see ``golden_record/sql/golden.sql``) with the records at hand."""

    def __init__(self, keys: Mapping[int, RecordKey], members: Mapping[int, _Row]) -> None:
        self._keys = keys
        self._members = members

    def values(self, values: _Row, lineage: _Row) -> Iterable[ValueView]:
        """Every surviving value in the declared order of attributes; items of one attribute as they rank."""
        for attribute in _in_order(lineage):
            for entry in lineage[attribute]:
                if "winner" in entry:
                    yield self._value(attribute, values.get(attribute), entry)

    def not_surviving(self, lineage: _Row) -> Iterable[tuple[str, Losing]]:
        """Values of items that nothing won: placeholders, values a system may not assert."""
        for attribute in _in_order(lineage):
            for entry in lineage[attribute]:
                if "winner" not in entry:
                    yield from ((attribute, losing) for losing in self._losers(attribute, entry))

    def _value(self, attribute: str, value: Any, entry: _Row) -> ValueView:
        winner = entry["winner"]
        return ValueView(
            attribute=attribute,
            value=value[entry.get("item", 0)] if isinstance(value, list) else value,
            rule=entry["rule"],
            record=self._keys.get(winner[0]) if isinstance(winner, list) else None,
            supported_by=tuple(self._keys[place[0]] for place in entry.get("supported_by", ())),
            losers=tuple(self._losers(attribute, entry)),
            override=entry.get("override"),
        )

    def _losers(self, attribute: str, entry: _Row) -> Iterable[Losing]:
        for record_id, version, ordinal, reason in entry.get("losers", ()):
            yield Losing(self._display(attribute, record_id, version, ordinal), self._keys[record_id], reason)

    def _display(self, attribute: str, record_id: int, version: int, ordinal: int) -> Any:
        member = self._members.get(record_id)
        if member is None or member["standardised_version"] != version:
            return None
        items = (member["values"] or {}).get(attribute, ())
        return items[ordinal][0] if ordinal < len(items) else None
