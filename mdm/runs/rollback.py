"""Takes one run back: everything it published is closed, and what it closed is opened again, in one transaction.

A rollback appends as a run does and is a run itself, which can be taken back. What it takes back are decisions: who is
one customer, values, questions, proposals that were not written out, households. What is known of records stays (their
versions, comparable forms, keys, weights, values that are noise); the records go back into the queue, and the next run
decides about them anew.

All of the customers who exchanged records go back, or none of them: where a later run or a steward moved on, they stay
as they are and are listed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from mdm.audit import Entry, record, whole_numbers
from mdm.errors import RefusedInput
from mdm.runs.known import ROLLBACK, RunView, find_run, published_since
from mdm.runs.record import begin_run, code_version, end_run, not_before
from mdm.runs.statements import query, rows, work_table
from mdm.store.engine import Store
from mdm.store.failures import describe
from mdm.store.locks import hold_run_lock

_SHOWN = 50
# From so many rows on the planner must know how many a run wrote; of a run that has just ended it believes none.
_LARGE = 10_000
_MEASURE = sa.text(
    "ANALYZE mdm.cross_reference (run_id, closed_run_id, until), mdm.golden_record (run_id, closed_run_id, valid_to),"
    " mdm.proposed_change (run_id, closed_run_id, state), mdm.review_task (opened_run_id, closed_run_id, state),"
    " mdm.household_member (run_id, closed_run_id, until)"
)
_REPLACED = ["resolved_with", "resolved_at"]
_REASONS = {
    "judged_again": "moved on since",
    "exported": "was written out: it cannot be called back; what follows from the golden record is proposed anew",
    "answered": "a steward answered it: the answer stands",
}


@dataclass(frozen=True)
class Left:
    """Something of the run that stays. ``kind``: judged_again (``id`` is a golden id; ``by_run`` moved on),
    exported (a proposed change), answered (a review task)."""

    kind: str
    id: UUID
    reason: str
    by_run: UUID | None


@dataclass(frozen=True)
class Rollback:
    """What a rollback did, or with ``preview`` would do. ``counts``: rows closed and opened, by what they are;
    ``left_counts`` how much stays, by kind, and ``left`` the first of each."""

    run_id: UUID | None
    of_run_id: UUID
    preview: bool
    seconds: float
    counts: dict[str, int]
    left_counts: dict[str, int]
    left: tuple[Left, ...]

    @property
    def next_run(self) -> str:
        """What comes of it."""
        if self.preview:
            return "nothing was changed"
        return (
            f"{self.counts['requeued']:,} records wait; the next run decides about them again, and alike unless rules,"
            " decisions or records change first"
        )


class _Undone(Exception):
    """Carries a preview out of the transaction that it undoes."""


def roll_back(
    store: Store,
    asked: str | UUID,
    *,
    actor: str,
    now: datetime,
    stage: Callable[[str], None] = lambda _name: None,
) -> Rollback:
    """Takes a run back. LockHeld while a run goes on; NotFound; RefusedInput when it published nothing or is taken back
    already. Killed or failed, it leaves everything as it was."""
    with hold_run_lock(store) as lock:
        known = _rolled(store, asked)
        run_id = uuid4()
        moment = begin_run(
            store,
            run_id=run_id,
            kind=ROLLBACK,
            actor=actor,
            correlation_id=uuid4(),
            rule_set=known.rule_set,
            model=known.model,
            code_version=code_version(),
            now=now,
            of_run_id=known.run_id,
        )
        try:
            with store.begin() as connection:
                done = _take_back(connection, known, run_id=run_id, now=moment, stage=stage)
                lock.assert_held()
                subject = {"run": str(run_id), "of_run": str(known.run_id), "counts": whole_numbers(done.counts)}
                record(connection, Entry("rolled_back", actor, moment, subject))
        except BaseException as error:
            said = describe(error) if isinstance(error, Exception) else "stopped"
            end_run(store, run_id=run_id, state="failed", counts={}, error=said)
            raise
        told = {"published": done.counts, "left": done.left_counts}
        end_run(store, run_id=run_id, state="done", counts=told)
    return done


def preview_rollback(
    store: Store, asked: str | UUID, *, now: datetime, stage: Callable[[str], None] = lambda _name: None
) -> Rollback:
    """What ``roll_back`` would do: the same, in a transaction that is undone."""
    done: Rollback | None = None
    with hold_run_lock(store):
        known = _rolled(store, asked)
        try:
            with store.begin() as connection:
                moment = not_before(connection, now)
                done = _take_back(connection, known, run_id=uuid4(), now=moment, stage=stage)
                raise _Undone
        except _Undone:
            assert done is not None
    return replace(done, run_id=None, preview=True)


def _rolled(store: Store, asked: str | UUID) -> RunView:
    with store.begin() as connection:
        known = find_run(connection, asked)
        if known.taken_back_by is not None:
            raise RefusedInput(
                f"run {known.run_id} was taken back by run {known.taken_back_by};"
                f" `mdm run rollback {known.taken_back_by}` puts it in force again"
            )
        if known.kind == "decision":
            raise RefusedInput(
                f"run {known.run_id} is an act of {known.actor}, whose decisions hold until they are taken back:"
                " `mdm unmerge`, `mdm constraint revoke` or `mdm override ... --revoke` does that"
            )
        if known.published_at is None:
            raise RefusedInput(f"run {known.run_id} ({known.state}) {_why_nothing(connection, known)}")
        return known


def _why_nothing(connection: sa.Connection, known: RunView) -> str:
    wrote = sa.text("SELECT EXISTS (SELECT FROM mdm.golden_record WHERE run_id = :run)")
    if connection.scalar(wrote, {"run": known.run_id}):
        return "published before runs kept what a rollback needs (schema 0006); only later ones can be taken back"
    return "published nothing: there is nothing to take back"


def _take_back(
    connection: sa.Connection, known: RunView, *, run_id: UUID, now: datetime, stage: Callable[[str], None]
) -> Rollback:
    started = time.perf_counter()
    params = {"run": known.run_id, "number": known.number, "back": run_id, "now": now, "keys": _REPLACED}
    latest = not published_since(connection, known)

    def do(name: str) -> int:
        return max(0, connection.execute(query(name), params).rowcount)

    stage("compare")
    (size,) = rows(connection, "back_size", **params, most=_LARGE)
    if size["n"] == _LARGE:
        connection.execute(_MEASURE)
    work_table(connection, "back_record", params)
    work_table(connection, "back_golden", params)
    do("back_held")
    while do("back_spread"):
        pass
    work_table(connection, "back_held_golden", params, "golden_id")
    work_table(connection, "back_held_record", params, "record_id")
    connection.execute(sa.text("DELETE FROM back_record r USING back_held_record h WHERE h.record_id = r.record_id"))
    work_table(connection, "back_task", params)
    stage("take back")
    do("back_publication")
    do("back_event")
    counts = {
        "cross_references_closed": do("back_close_reference"),
        "cross_references_opened": do("back_open_reference"),
        "golden_versions_closed": do("back_close_golden"),
        "golden_versions": do("back_open_golden"),
        "tasks_withdrawn": do("back_withdraw_task"),
        "tasks_opened": do("back_reopen_task"),
    }
    do("back_keep_said")
    counts |= {
        "tasks_changed": do("back_restore_task"),
        "changes_withdrawn": do("back_withdraw_change"),
        "changes_proposed": do("back_reopen_change"),
        "household_members_closed": do("back_close_stay"),
        "household_members_opened": do("back_open_stay"),
    }
    work_table(connection, "back_home", params)
    do("back_close_household")
    do("back_open_household")
    do("back_forget_key")
    do("back_forget_evidence")
    do("back_stale_evidence")
    stage("queue")
    counts["requeued"] = do("back_queue")
    if latest:
        do("back_forget_time")
        do("back_resolved_at")
    if known.full:
        do("back_look_at_all")
    return Rollback(
        run_id=run_id,
        of_run_id=known.run_id,
        preview=False,
        seconds=round(time.perf_counter() - started, 3),
        counts=counts,
        left_counts={row["kind"]: row["n"] for row in rows(connection, "back_left_count", **params) if row["n"]},
        left=tuple(_left(row) for row in rows(connection, "back_left", **params, some=_SHOWN)),
    )


def _left(row: dict[str, Any]) -> Left:
    reason = _REASONS[row["kind"]]
    if row["kind"] == "judged_again":
        reason = f"{reason}: run {row['by_run']}"
    elif row["said"]:
        reason = f"{row['said']} {reason}"
    return Left(kind=row["kind"], id=row["id"], reason=reason, by_run=row["by_run"])
