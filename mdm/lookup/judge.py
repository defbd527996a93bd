"""One customer judged anew, as things stand or as they would, by the program that judges ten million. Nothing is
written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa
import sqlalchemy as sa

from golden_record.model import Ownership
from golden_record.propose import propose
from golden_record.survive import survive
from mdm.lookup.forms import Form, forms_of
from mdm.model import GoldenId, RecordKey
from mdm.resolve.surviving import gather, unfold
from mdm.resolve.take import take
from mdm.resolve.work import Work
from mdm.ruleset import RuleSet
from mdm.settings import Settings
from mdm.statements import statement
from mdm.store.bridge import Reader, open_duckdb, open_reader
from mdm.store.engine import Store
from mdm.systems.mapping import Mappings


@dataclass(frozen=True)
class Ranked:
    """What became of one asserted value, or of a steward's own (``record`` None, ``override`` says who and why).

    ``outcome``: wins, supports or loses; ``reason``: what decided for the winner, or against the loser. ``item``: which
    of several surviving values it is, supports or lost to; None where nothing won. ``line``: of the rule in its file.
    ``asserted`` is the source's own clock, None where it has none.
    """

    attribute: str
    item: int | None
    outcome: str
    value: Any
    reason: str | None
    record: RecordKey | None
    version: int | None
    asserted: datetime | None
    received: datetime | None
    line: int
    override: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Proposal:
    """What one record in its system would be told. ``review``: ``required``, or ``none``."""

    record: RecordKey
    attribute: str
    old: Any
    new: Any
    review: str
    reason: str


@dataclass(frozen=True)
class Judged:
    """A golden record as the rules make it: its values, every asserted value in the order of its ranking, and what
    target records would be told. ``values`` is empty where nothing is asserted."""

    values: Mapping[str, Any]
    ranking: tuple[Ranked, ...]
    proposals: tuple[Proposal, ...]

    def winners(self, attribute: str) -> tuple[Ranked, ...]:
        """The surviving values of an attribute, first to last."""
        return tuple(r for r in self.ranking if r.attribute == attribute and r.outcome == "wins")


@dataclass(frozen=True)
class Circumstances:
    """What a customer is judged by. ``now``: the clock; ``past``: records, places and overrides as they were then;
    ``kept``: which of the customer's records count (all)."""

    ownership: Ownership
    now: datetime
    past: bool = False
    kept: Callable[[RecordKey], bool] = field(default=lambda _: True)


class Judge:
    """Judges customers one after the other: one connection to each database for all of them."""

    def __init__(
        self, store: Store, settings: Settings, *, rules: RuleSet, mappings: Mappings, duck: Any, reader: Reader
    ) -> None:
        self._store, self._settings, self._rules, self._mappings = store, settings, rules, mappings
        self._duck: duckdb.DuckDBPyConnection = duck
        self._reader = reader

    def judge(self, golden_id: GoldenId, given: Circumstances) -> Judged:
        """The golden record of ``golden_id`` under these circumstances."""
        members = self._members(golden_id, given)
        work = self._work(given)
        self._lay_out(work, golden_id, members, given)
        survive(work.duck, rules=given.ownership, now=given.now)
        propose(work.duck, rules=given.ownership)
        names = given.ownership.attribute_numbers
        take(work, "attribute_name", pa.table({"attribute": list(names), "attribute_no": list(names.values())}))
        return self._told(given.ownership)

    def _members(self, golden_id: GoldenId, given: Circumstances) -> list[Form]:
        at = given.now if given.past else None
        with self._store.begin() as connection:
            found = _rows(connection, "members_at", golden_id=golden_id, at=at)
            places = [(row["record_id"], row["version"]) for row in found]
            forms = forms_of(connection, self._settings, places, now=given.now)
        return [form for form in forms.values() if given.kept(form.record)]

    def _work(self, given: Circumstances) -> Work:
        return Work(
            store=self._store,
            reader=self._reader,
            settings=self._settings,
            rules=_with(self._rules, given.ownership),
            duck=self._duck,
            run_id=UUID(int=0),
            now=given.now,
            through=0,
            stage=lambda _: nullcontext({}),
            advance=lambda _done, _total: None,
        )

    def _lay_out(self, work: Work, golden_id: GoldenId, members: list[Form], given: Circumstances) -> None:
        """The tables a run would have at this point, of one golden record."""
        ids = [form.record_id for form in members]
        work.make_empty("touched_golden", "golden_id UUID")
        work.duck.execute("INSERT INTO touched_golden VALUES (?)", [golden_id]).fetchall()
        take(work, "member", pa.table({"record_id": pa.array(ids, pa.int64())}))
        work.make("touched", "SELECT record_id, golden_id FROM member CROSS JOIN touched_golden")
        work.make("assignment", "FROM touched")
        work.make("slice_record", "FROM touched")
        work.make_empty("id_event", "golden_id UUID, kind VARCHAR, other_ids UUID[]")
        take(work, "standardised", _standardised(members))
        with self._store.begin() as connection:
            noise = _rows(connection, "explain_noise")
            overrides = _rows(connection, "overrides_at", ids=ids, at=given.now) if given.past else []
        names = {"column_name": "attribute", "value": "comparable"}
        take(work, "noise", _texts({name: [row[of] for row in noise] for name, of in names.items()}))
        gather(work, full=False, mappings=self._mappings)
        if given.past:
            take(work, "record_fact", _facts(members))
            take(work, "value_override", _overrides(overrides, golden_id))
            work.duck.execute(
                "ALTER TABLE value_override ALTER golden_id TYPE UUID USING CAST(golden_id AS UUID)"
            ).fetchall()
        unfold(work)

    def _told(self, ownership: Ownership) -> Judged:
        (golden,) = _found(self._duck, 'SELECT "values" FROM golden') or [{"values": "{}"}]
        rows = _found(self._duck, statement("mdm.lookup", "judged"))
        keys = self._keys({row["record_id"] for row in rows} - {None})
        names = {number: name for name, number in ownership.attribute_numbers.items()}
        proposals = _found(self._duck, "FROM proposal ORDER BY system, object, source_id, attribute")
        return Judged(
            values=json.loads(golden["values"]),
            ranking=tuple(
                _ranked(row, names[row["attribute_no"]], ownership, keys.get(row["record_id"])) for row in rows
            ),
            proposals=tuple(
                Proposal(
                    RecordKey(row["system"], row["object"], row["source_id"]),
                    row["attribute"],
                    json.loads(row["old_value"]) if row["old_value"] is not None else None,
                    json.loads(row["new_value"]),
                    row["review"],
                    row["reason"],
                )
                for row in proposals
            ),
        )

    def _keys(self, ids: set[int]) -> dict[int, RecordKey]:
        with self._store.begin() as connection:
            rows = _rows(connection, "keys", record_ids=sorted(ids))
        return {row["record_id"]: RecordKey(row["system"], row["object"], row["source_id"]) for row in rows}


@contextmanager
def open_judge(store: Store, settings: Settings, *, rules: RuleSet, mappings: Mappings) -> Iterator[Judge]:
    """A judge for as many customers as are asked for. RefusedInput where the home has no room for scratch files."""
    with closing(open_duckdb(settings)) as duck, open_reader(store) as reader:
        yield Judge(store, settings, rules=rules, mappings=mappings, duck=duck, reader=reader)


def _with(rules: RuleSet, ownership: Ownership) -> RuleSet:
    return replace(rules, ownership=ownership)


def _rows(connection: sa.Connection, name: str, **params: Any) -> list[dict[str, Any]]:
    text = sa.text(statement("mdm.lookup", name))
    return [dict(row) for row in connection.execute(text, params).mappings()]


def _found(duck: duckdb.DuckDBPyConnection, select: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = duck.sql(select).to_arrow_table().to_pylist()
    return rows


def _ranked(row: Mapping[str, Any], attribute: str, ownership: Ownership, key: RecordKey | None) -> Ranked:
    rule = ownership.rules[row["rule_id"]]
    place = ("rules", row["rule_id"], "attributes", rule.attributes.index(attribute))
    same = row["source_time"] == row["received_time"]
    return Ranked(
        attribute=attribute,
        item=row["position"],
        outcome=row["outcome"],
        value=json.loads(row["value"]) if row["value"] is not None else None,
        reason=row["decided_by"] or row["reason"],
        record=key,
        version=row["version"],
        asserted=None if same else row["source_time"],
        received=row["received_time"],
        line=ownership.lines.get(place, rule.line),
        override=json.loads(row["comparable"]) if row["record_id"] is None else None,
    )


def _standardised(members: list[Form]) -> pa.Table:
    return pa.table(
        {
            "record_id": pa.array([form.record_id for form in members], pa.int64()),
            "version": pa.array([form.version for form in members], pa.int32()),
            "entity_type": pa.array([form.entity_type for form in members], pa.string()),
            "values": pa.array([json.dumps(form.values, ensure_ascii=False) for form in members], pa.string()),
        }
    )


def _facts(members: list[Form]) -> pa.Table:
    moments = pa.timestamp("us", "UTC")
    texts = {name: [getattr(form.record, name) for form in members] for name in ("system", "object", "source_id")}
    return pa.table(
        {
            "record_id": pa.array([form.record_id for form in members], pa.int64()),
            **{name: pa.array(column, pa.string()) for name, column in texts.items()},
            "version": pa.array([form.version for form in members], pa.int32()),
            "source_time": pa.array([form.source_time or form.received_time for form in members], moments),
            "received_time": pa.array([form.received_time for form in members], moments),
        }
    )


def _overrides(rows: list[dict[str, Any]], golden_id: GoldenId) -> pa.Table:
    texts = _texts({name: [row[name] for row in rows] for name in ("attribute", "value", "reason", "actor")})
    until = pa.array([row["expires_at"] for row in rows], pa.timestamp("us", "UTC"))
    ids = pa.array([str(golden_id)] * len(rows), pa.string())
    return texts.add_column(0, "golden_id", ids).append_column("expires_at", until)


def _texts(columns: Mapping[str, list[str]]) -> pa.Table:
    return pa.table({name: pa.array(column, pa.string()) for name, column in columns.items()})
