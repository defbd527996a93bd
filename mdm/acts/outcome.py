"""Reads what a resolution foresaw out of its tables: which customers change, and how."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mdm.acts.model import as_document
from mdm.acts.plan import Plan
from mdm.acts.preview import (
    BlastRadius,
    CustomerChange,
    DecisionMade,
    Preview,
    TargetWrite,
    ValueChange,
)
from mdm.acts.state import rows
from mdm.model import RecordKey
from mdm.resolve.work import Work
from mdm.statements import statement

_CONSENT = "consent"


@dataclass(frozen=True)
class Outcome:
    """A preview without its token and without what the policy says of it; ``digest``: of state and result."""

    preview: Preview
    digest: str


def membership(work: Work) -> dict[int, UUID]:
    """The golden id every judged record would have."""
    return {
        int(record): UUID(str(golden))
        for record, golden in work.duck.execute("SELECT record_id, golden_id FROM assignment").fetchall()
    }


def missed(plan: Plan, places: Mapping[int, UUID]) -> list[str]:
    """What of the aim would not come about, in words."""
    said = []
    for group in plan.together:
        where = {places.get(i) for i in group}
        if len(where) > 1:
            said.append(
                f"not all records come together: the {len(group)} would be {len(where)} customers, for what people"
                " said of others of them, or evidence, keeps them apart"
            )
    for first, second in plan.apart:
        both = {places.get(i) for i in first} & {places.get(i) for i in second} - {None}
        if both:
            said.append("some of the records to be kept apart would still be one customer")
    return said


def read_outcome(work: Work, connection: sa.Connection, plan: Plan, *, rule_set: str) -> Outcome:
    """What would be published."""
    after = {
        UUID(str(g)): (kind, json.loads(values) if values else None, str(content) if content else None)
        for g, kind, values, content in _fetch(work, "golden_after")
    }
    events: dict[UUID, list[tuple[str, tuple[UUID, ...]]]] = defaultdict(list)
    for golden, kind, others in work.duck.execute(
        "SELECT golden_id, kind, other_ids FROM id_event ORDER BY golden_id, kind"
    ).fetchall():
        events[UUID(str(golden))].append((kind, tuple(UUID(str(o)) for o in others or ())))
    concerned = sorted({*after, *events}, key=str)
    before = {
        r.golden_id: (r.version, r.values)
        for r in rows(connection, "golden_before", golden=[str(g) for g in concerned])
    }
    moves = [(int(r), _uuid(b), _uuid(a)) for r, b, a in _fetch(work, "membership", golden=[str(g) for g in concerned])]
    ends = {i for s in plan.said for i in (s.a, s.b)}
    keys = _keys(connection, {r for r, _, _ in moves} | ends)
    customers = tuple(
        _customer(g, events.get(g, []), before=before.get(g), after=after.get(g), moves=moves, keys=keys)
        for g in concerned
        if g in before or g in after
    )
    writes = tuple(_write(row) for row in _fetch(work, "opened_change"))
    withdrawn = sorted(str(row[0]) for row in work.duck.execute(_dropped()).fetchall())
    preview = Preview(
        act=plan.act,
        token="",
        customers=customers,
        decisions_made=tuple(DecisionMade(s.kind, keys[s.a], keys[s.b], s.why) for s in plan.said),
        decisions_revoked=tuple(map(str, plan.revoked)),
        writes=writes,
        writes_withdrawn=len(withdrawn),
        questions_opened={reason: int(n) for reason, n in _fetch(work, "opened_task")},
        questions_closed=work.duck.execute(_count(statement("mdm.resolve", "withdrawn_task"))).fetchall()[0][0],
        blast_radius=_radius(connection, customers, moves, writes),
        needs_approval=None,
        notes=plan.notes,
    )
    seen = {
        "act": as_document(plan.act),
        "rule_set": rule_set,
        "said": [[s.kind, s.a, s.b] for s in plan.said],
        "revoked": sorted(str(h.constraint_id) for h in plan.revoked),
        "revoked_overrides": sorted(str(o.override_id) for o in plan.revoked_overrides),
        "override": None if plan.override is None else [plan.override.record_id, plan.override.value],
        "customers": [
            [str(g), before[g][0] if g in before else None, after[g][2] if g in after else None, events.get(g)]
            for g in concerned
        ],
        "moves": moves,
        "writes": writes,
        "withdrawn": withdrawn,
    }
    text = json.dumps(seen, sort_keys=True, default=_plain, ensure_ascii=False)
    return Outcome(preview, hashlib.sha256(text.encode()).hexdigest())


def _plain(value: Any) -> Any:
    return vars(value) if isinstance(value, TargetWrite) else str(value)


def _fetch(work: Work, name: str, **params: Any) -> list[tuple[Any, ...]]:
    return list(work.duck.execute(statement(__package__, name), params or None).fetchall())


def _dropped() -> str:
    return statement("mdm.resolve", "dropped_proposal")


def _count(select: str) -> str:
    return f"SELECT count(*) FROM ({select})"  # noqa: S608  a statement of ours


def _uuid(value: Any) -> UUID | None:
    return None if value is None else UUID(str(value))


def _keys(connection: sa.Connection, record_ids: Iterable[int]) -> dict[int, RecordKey]:
    query = sa.text(statement("mdm.lookup", "keys"))
    found = connection.execute(query, {"record_ids": sorted(record_ids)})
    return {r.record_id: RecordKey(r.system, r.object, r.source_id) for r in found}


def _customer(
    golden_id: UUID,
    events: Sequence[tuple[str, tuple[UUID, ...]]],
    *,
    before: tuple[int, Mapping[str, Any]] | None,
    after: tuple[Any, Mapping[str, Any] | None, str | None] | None,
    moves: Sequence[tuple[int, UUID | None, UUID | None]],
    keys: Mapping[int, RecordKey],
) -> CustomerChange:
    fate, others = events[-1] if events else ("changed", ())
    had = {} if before is None else before[1]
    # without a version of its own it stays as it is
    has = had if after is None else after[1] or {}
    return CustomerChange(
        golden_id=golden_id,
        fate=fate,
        others=others,
        version=None if before is None else before[0],
        records_before=_sorted(keys[r] for r, b, _ in moves if b == golden_id),
        records_after=_sorted(keys[r] for r, _, a in moves if a == golden_id),
        values=()
        if after is not None and after[1] is None  # it ends: what it said is said by the others
        else tuple(
            ValueChange(name, had.get(name), has.get(name))
            for name in sorted({*had, *has})
            if had.get(name) != has.get(name)
        ),
    )


def _sorted(records: Iterable[RecordKey]) -> tuple[RecordKey, ...]:
    return tuple(sorted(records))


def _write(row: tuple[Any, ...]) -> TargetWrite:
    golden, system, object_, source_id, attribute, old, new, review, reason = row
    return TargetWrite(
        golden_id=UUID(str(golden)),
        record=RecordKey(system, object_, source_id),
        attribute=attribute,
        old_value=None if old is None else json.loads(old),
        new_value=None if new is None else json.loads(new),
        review=review,
        reason=reason,
    )


def _radius(
    connection: sa.Connection,
    customers: Sequence[CustomerChange],
    moves: Sequence[tuple[int, UUID | None, UUID | None]],
    writes: Sequence[TargetWrite],
) -> BlastRadius:
    ids = sorted({r for r, _, _ in moves})
    held = rows(connection, "radius_record", ids=ids)
    systems: dict[str, int] = defaultdict(int)
    for row in held:
        systems[row.system] += 1
    return BlastRadius(
        customers=len(customers),
        records=len(ids),
        records_moving=sum(before != after for _, before, after in moves),
        systems=dict(sorted(systems.items())),
        references={r.reference_type: r.n for r in rows(connection, "radius_reference", ids=ids)},
        consents_changed=sum(_consents_changed(v) for c in customers for v in c.values if v.attribute == _CONSENT),
        loyalty_balances=tuple(sorted(float(r.loyalty_balance) for r in held if _is_number(r.loyalty_balance))),
        systems_written=tuple(sorted({w.record.system for w in writes})),
    )


def _is_number(text: str | None) -> bool:
    try:
        return text is not None and float(text) != 0
    except ValueError:
        return False


def _consents_changed(change: ValueChange) -> int:
    """Channels and purposes with another answer."""

    def answers(items: Any) -> dict[tuple[Any, Any], Any]:
        return {(i.get("channel"), i.get("purpose")): i.get("state") for i in items or () if isinstance(i, dict)}

    before, after = answers(change.before), answers(change.after)
    return sum(before.get(about) != after.get(about) for about in {*before, *after})
