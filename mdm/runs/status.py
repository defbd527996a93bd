"""How the hub stands: what is in it, what waits, what is asked, and what the last run did."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mdm.lookup.overrides import overrides_held
from mdm.store.engine import Store
from mdm.store.locks import run_goes_on

_SYSTEMS = sa.text(
    "SELECT k.system, k.object, count(*) FILTER (WHERE NOT s.deleted) AS records,"
    " count(*) FILTER (WHERE s.deleted) AS deleted,"
    " max(s.received_time) AS last_received, max(s.source_time) AS newest"
    " FROM mdm.record_key k JOIN mdm.source_record s ON s.record_id = k.record_id AND s.superseded_at IS NULL"
    " GROUP BY k.system, k.object ORDER BY k.system, k.object"
)
_COUNTS = sa.text(
    "SELECT (SELECT count(DISTINCT record_id) FROM mdm.resolve_queue) AS waiting,"
    " (SELECT count(*) FROM mdm.golden_record WHERE valid_to IS NULL) AS golden_records,"
    " (SELECT count(*) FROM mdm.cross_reference WHERE until IS NULL) AS cross_references,"
    " (SELECT count(*) FROM mdm.rejected_payload WHERE replayed_at IS NULL) AS rejected,"
    " (SELECT count(*) FROM mdm.customer_reference WHERE NOT deleted) AS references,"
    " (SELECT count(*) FROM mdm.shared_value) AS shared_values"
)
_TASKS = sa.text("SELECT reason, count(*) FROM mdm.review_task WHERE state = 'open' GROUP BY reason ORDER BY reason")
_CHANGES = sa.text("SELECT state, count(*) FROM mdm.proposed_change GROUP BY state ORDER BY state")
_RUNS = sa.text(
    "SELECT run_id, kind, state, stage, started_at, finished_at, host, pid, error FROM mdm.run"
    " ORDER BY started_at DESC LIMIT 1"
)
# What the last look at all records found: later runs look at what changed only.
_WARNINGS = sa.text(
    "SELECT counts -> 'warnings' FROM mdm.run WHERE state = 'done'"
    " AND (counts -> 'stages' -> 'block' -> 'full')::text = 'true' AND counts -> 'warnings' IS NOT NULL"
    " ORDER BY started_at DESC LIMIT 1"
)


@dataclass(frozen=True)
class SystemStatus:
    """One object of one system: live and deleted records, when we last received, and its own newest clock."""

    system: str
    object: str
    records: int
    deleted: int
    last_received: datetime | None
    newest: datetime | None


@dataclass(frozen=True)
class Status:
    """The state of the hub; ``running`` says whether a run goes on now, ``warnings`` what the last run that looked at
    all records had to say: limits of blocking that bit, columns that cannot do what the rules want; ``overrides``:
    stewards' own values in force, past their expiry (they count no longer), and ending within a week."""

    systems: tuple[SystemStatus, ...]
    waiting: int
    golden_records: int
    cross_references: int
    rejected: int
    references: int
    shared_values: int
    open_tasks: dict[str, int]
    changes: dict[str, int]
    last_run: dict[str, Any] | None
    running: bool
    warnings: tuple[str, ...] = ()
    overrides: dict[str, int] = field(default_factory=dict)


def status(store: Store) -> Status:
    """Reads the state, but for the overrides, in one transaction."""
    held = overrides_held(store)
    overrides = {name: getattr(held, name) for name in ("in_force", "past_expiry", "ending_soon")}
    told = [f"{held.unseen} overrides ended since the last run, which still shows them"] if held.unseen else []
    with store.begin() as connection:
        counts = connection.execute(_COUNTS).one()
        last = connection.execute(_RUNS).mappings().one_or_none()
        running = run_goes_on(connection)
        last_run = None if last is None else dict(last)
        if last_run is not None and last_run["state"] == "running" and not running:
            last_run["state"] = "interrupted"
        return Status(
            systems=tuple(SystemStatus(*row) for row in connection.execute(_SYSTEMS)),
            open_tasks={str(r): n for r, n in connection.execute(_TASKS)},
            changes={str(s): n for s, n in connection.execute(_CHANGES)},
            last_run=last_run,
            running=running,
            warnings=(*told, *(connection.scalar(_WARNINGS) or ())),
            overrides=overrides,
            **counts._mapping,
        )
