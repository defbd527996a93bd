"""Which runs there were: listed, found by id, and which of them were taken back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mdm.errors import NotFound, RefusedInput
from mdm.runs.statements import rows
from mdm.store.engine import Store
from mdm.store.locks import run_goes_on
from mdm.store.tables import run, run_stage

ROLLBACK = "rollback"
LAST = "last"
_SHORTEST = 4
_PREFIX = re.compile(r"[0-9a-f-]{4,36}")


@dataclass(frozen=True)
class RunView:
    """One run. ``number``: its place in the order of runs. ``published_at`` None: it published nothing; ``full``: it
    looked at everything; ``taken``: records it took off the queue. ``of_run_id``: the run it took back or published;
    ``taken_back_by``: the rollback that holds it out of force."""

    run_id: UUID
    number: int
    kind: str
    state: str
    of_run_id: UUID | None
    actor: str
    started_at: datetime
    finished_at: datetime | None
    stage: str | None
    rule_set: str | None
    model: str | None
    code_version: str | None
    error: str | None
    published_at: datetime | None
    full: bool | None
    taken: int | None
    taken_back_by: UUID | None


@dataclass(frozen=True)
class RunDetail:
    """One run with what its stages counted, in their order."""

    run: RunView
    stages: Mapping[str, Mapping[str, Any]]
    counts: Mapping[str, Any]


def list_runs(store: Store, *, limit: int = 20, before: int | None = None) -> tuple[RunView, ...]:
    """Runs, the latest first; ``before``: those with a smaller number, for the next page."""
    with store.begin() as connection:
        return _views(connection, rows(connection, "runs", before=before, some=limit))


def show_run(store: Store, asked: str | UUID) -> RunDetail:
    """One run, by id, by the beginning of one, or ``last`` for the last that published and stands."""
    with store.begin() as connection:
        known = find_run(connection, asked)
        stages = connection.execute(
            sa.select(run_stage.c.stage, run_stage.c.counts)
            .where(run_stage.c.run_id == known.run_id)
            .order_by(run_stage.c.started_at, run_stage.c.stage)
        )
        counts = connection.scalar(sa.select(run.c.counts).where(run.c.run_id == known.run_id)) or {}
        return RunDetail(
            run=known,
            stages={name: told or {} for name, told in stages},
            counts={name: told for name, told in counts.items() if name != "stages"},
        )


def find_run(connection: sa.Connection, asked: str | UUID) -> RunView:
    """As ``show_run``. NotFound when there is none; RefusedInput for a beginning that several have."""
    words = str(asked).strip().lower()
    if words == LAST:
        return _last(connection)
    if not _PREFIX.fullmatch(words):
        raise NotFound(
            f"{words!r} is no id of a run: say {_SHORTEST} or more of its digits, or `{LAST}` (`mdm run list`)"
        )
    digits = words.replace("-", "")
    found = rows(connection, "run", first=digits.ljust(32, "0"), last=digits.ljust(32, "f"))
    if not found:
        raise NotFound(f"there is no run {words} (`mdm run list`)")
    if len(found) > 1:
        raise RefusedInput(f"several runs begin with {words}: say more of the id (`mdm run list`)")
    return _views(connection, found)[0]


def taken_back(connection: sa.Connection) -> dict[UUID, UUID]:
    """Runs out of force, each with the rollback that took it back; one whose rollback was itself taken back is in
    force again."""
    by: dict[UUID, UUID] = {}
    pairs = [(row["run_id"], row["of_run_id"]) for row in rows(connection, "taken_back")]
    for rollback, of in reversed(pairs):  # a rollback is taken back by a later one only
        if rollback not in by:
            by.setdefault(of, rollback)
    return by


def published_since(connection: sa.Connection, known: RunView) -> list[UUID]:
    """Runs that published after this one and stand; those that only took back what came after it do not count."""
    out_of_force = taken_back(connection)
    return [
        row["run_id"]
        for row in rows(connection, "published_after", number=known.number)
        if row["run_id"] not in out_of_force and not (row["of_number"] is not None and row["of_number"] > known.number)
    ]


def _last(connection: sa.Connection) -> RunView:
    before: int | None = None
    while found := rows(connection, "runs", before=before, some=20):
        for view in _views(connection, found):
            if view.published_at is not None and view.kind != ROLLBACK and view.taken_back_by is None:
                return view
        before = found[-1]["number"]
    raise NotFound("no run has published anything yet that stands (`mdm run list`)")


def _views(connection: sa.Connection, found: list[dict[str, Any]]) -> tuple[RunView, ...]:
    out_of_force = taken_back(connection)
    goes_on = run_goes_on(connection)
    return tuple(
        RunView(
            **{**row, "state": "interrupted" if row["state"] == "running" and not goes_on else row["state"]},
            taken_back_by=out_of_force.get(row["run_id"]),
        )
        for row in found
    )
