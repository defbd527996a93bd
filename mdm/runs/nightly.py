"""The nightly run: resolves all that waits, once, under the run lock. Killed anywhere, the next one finishes it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

import sqlalchemy as sa

from mdm.audit import Entry, record, whole_numbers
from mdm.errors import Staged
from mdm.resolve.guards import Guard
from mdm.resolve.resolve import Resolved, resolve
from mdm.resolve.work import Work
from mdm.ruleset import load_rule_set
from mdm.runs.record import begin_run, code_version, end_run, overtake_staged, stage_of
from mdm.settings import Settings
from mdm.standardise.batch import noted
from mdm.store.bridge import open_duckdb, open_reader
from mdm.store.engine import Store
from mdm.store.failures import describe
from mdm.store.locks import hold_run_lock
from mdm.store.tables import resolve_queue
from mdm.systems.mapping import load_mappings

DEFAULT_GUARD = Guard()


class Progress(Protocol):
    """Told when a stage begins, and how far a long one is."""

    def stage(self, name: str) -> None: ...

    def advance(self, done: int, total: int) -> None: ...


@dataclass(frozen=True)
class RunReport:
    """One run. ``stages``: counts by name, with seconds; ``published``: what was written; ``warnings``: limits that bit
    and columns that cannot do what the rules want; the rest per entity type."""

    run_id: UUID
    state: str
    seconds: float
    changed: bool
    rule_set: str
    model: str
    stages: dict[str, dict[str, Any]] = field(default_factory=dict)
    published: dict[str, Any] = field(default_factory=dict)
    matching: dict[str, dict[str, Any]] = field(default_factory=dict)
    blocking: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


class _Silent:
    def stage(self, name: str) -> None:
        """Nobody listens."""

    def advance(self, done: int, total: int) -> None:
        """Nobody listens."""


def run_nightly(
    store: Store,
    settings: Settings,
    *,
    actor: str,
    now: datetime | None = None,
    progress: Progress | None = None,
    guard: Guard | None = DEFAULT_GUARD,
    of_run_id: UUID | None = None,
) -> RunReport:
    """Runs the nightly run. LockHeld when another goes on; Staged when the guard stops it before publishing.
    ``of_run_id``: the staged run that it publishes.

    A failure leaves the run's row as ``failed`` with its reason and everything published before as it was.
    """
    listener = progress or _Silent()
    rules = load_rule_set(settings)
    mappings = load_mappings(settings)
    run_id = uuid4()
    stages: dict[str, dict[str, Any]] = {}
    started = time.perf_counter()
    with hold_run_lock(store) as lock:
        moment = begin_run(
            store,
            run_id=run_id,
            kind="nightly",
            actor=actor,
            correlation_id=uuid4(),
            rule_set=rules.version,
            model=rules.model_names,
            code_version=code_version(),
            now=now or datetime.now(UTC),
            of_run_id=of_run_id,
        )

        def stage(name: str) -> AbstractContextManager[dict[str, Any]]:
            lock.assert_held()
            return _kept(stage_of(store, run_id=run_id, name=name, announce=listener.stage), name, stages)

        try:
            through = _newest_waiting(store)
            with closing(open_duckdb(settings)) as duck, open_reader(store) as reader:
                work = Work(
                    store=store,
                    reader=reader,
                    settings=settings,
                    rules=rules,
                    duck=duck,
                    run_id=run_id,
                    now=moment,
                    through=through,
                    stage=stage,
                    advance=listener.advance,
                )

                def also(connection: sa.Connection, counts: Mapping[str, Any]) -> None:
                    subject = {"run": str(run_id), "kind": "nightly", "counts": whole_numbers(counts)}
                    record(connection, Entry("published", actor, moment, subject))

                resolved = resolve(work, mappings=mappings, guard=guard, also=also)
        except Staged as stopped:
            over = {"over": stopped.over}
            end_run(store, run_id=run_id, state="staged", counts=_counts(stages) | over, error=str(stopped))
            overtake_staged(store, run_id=run_id, published=None)
            raise
        except BaseException as error:
            _say_failed(store, run_id, stages, error)
            raise
        report = _report(
            run_id=run_id,
            rule_set=rules.version,
            model=rules.model_names,
            stages=stages,
            resolved=resolved,
            seconds=time.perf_counter() - started,
        )
        told = {"published": resolved.published, "warnings": list(report.warnings)}
        end_run(store, run_id=run_id, state="done", counts=_counts(stages) | told)
        overtake_staged(store, run_id=run_id, published=of_run_id)
    return report


def _newest_waiting(store: Store) -> int:
    """The newest queue entry. Entries are numbered before they are committed: the moment's lock waits for those under
    way, so that none below the answer can appear later, and be taken off the queue unseen.
    """
    with store.begin() as connection:
        connection.execute(sa.text("LOCK TABLE mdm.resolve_queue IN SHARE MODE"))
        return int(connection.scalar(sa.select(sa.func.coalesce(sa.func.max(resolve_queue.c.seq), 0))) or 0)


@contextmanager
def _kept(
    inner: AbstractContextManager[dict[str, Any]], name: str, stages: dict[str, dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Passes a stage's context manager on, keeps its counts for the report, and adds what standardising noted."""
    with inner as counts, noted() as met:
        stages[name] = counts
        yield counts
        if met:
            counts["noted"] = dict(sorted(met.items()))


def _counts(stages: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {"stages": stages}


def _say_failed(store: Store, run_id: UUID, stages: dict[str, dict[str, Any]], error: BaseException) -> None:
    """As far as the database still answers; never the error's own text, which may quote a customer."""
    try:
        end_run(
            store,
            run_id=run_id,
            state="failed",
            counts=_counts(stages),
            error=describe(error) if isinstance(error, Exception) else "stopped",
        )
    except Exception:
        return


def _report(
    *, run_id: UUID, rule_set: str, model: str, stages: dict[str, dict[str, Any]], resolved: Resolved, seconds: float
) -> RunReport:
    matched = resolved.matched
    return RunReport(
        run_id=run_id,
        state="done",
        seconds=round(seconds, 3),
        changed=matched is not None,
        rule_set=rule_set,
        model=model,
        stages=stages,
        published=resolved.published,
        matching={} if matched is None else {str(e): vars(r) for e, r in matched.reports.items()},
        blocking={} if matched is None else {str(e): [vars(b) for b in rows] for e, rows in matched.blocks.items()},
        warnings=() if matched is None else matched.warnings,
    )
