"""Runs the demonstration in a fresh home of its own, always from nothing, and leaves nothing running."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from mdm.evaluate import Evaluation, evaluate
from mdm.ingest import DirectoryReport, ingest_directory
from mdm.lookup import CustomerView, show
from mdm.model import RecordKey
from mdm.runs import Progress, RunReport, Status, run_nightly, status
from mdm.sample import SampleReport, write_sample
from mdm.settings import Settings
from mdm.statements import statement
from mdm.store.embedded import remove_state
from mdm.store.engine import Store, open_store

# About 28,000 source records: large enough that its figures mean something, small enough for a first minute.
CUSTOMERS = 10_000
SEED = 2026

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Example:
    """One thing worth looking at: the customers it shows, and for two of them why they are not one."""

    customers: tuple[CustomerView, ...]
    match_weight: float | None = None
    guard: str | None = None


@dataclass(frozen=True)
class Demonstration:
    """Everything the demonstration did and measured. An example is None where the population has none."""

    home: Path
    extracts: Path
    sample: SampleReport
    ingested: DirectoryReport
    run: RunReport
    status: Status
    evaluation: Evaluation
    people: Evaluation
    merged: Example | None
    in_review: Example | None
    left_apart: Example | None

    @property
    def duplicates(self) -> int:
        """Source records beyond the first of each golden record."""
        return self.status.cross_references - self.status.golden_records


def run_demo(settings: Settings, *, now: datetime, tell: Tell, progress: Progress) -> Demonstration:
    """The whole way in ``<home>/demo``, which is made anew."""
    own = settings.model_copy(update={"home": settings.home / "demo", "database_url": None})
    if own.home.exists():
        remove_state(own)
        shutil.rmtree(own.home, ignore_errors=True)
    own.home.mkdir(parents=True)
    extracts = own.home / "extracts"
    sample = write_sample(
        customers=CUSTOMERS,
        seed=SEED,
        out=extracts,
        progress=lambda done, total: tell("making the population", done, total),
    )
    with open_store(own, create=True) as store:
        ingested = ingest_directory(store, own, directory=extracts, actor="demo", now=now, progress=tell)
        run = run_nightly(store, own, actor="demo", progress=progress)
        truth = extracts / "truth.csv"
        return Demonstration(
            home=own.home,
            extracts=extracts,
            sample=sample,
            ingested=ingested,
            run=run,
            status=status(store),
            evaluation=evaluate(store, own, truth=truth),
            people=evaluate(store, own, truth=truth, people_only=True),
            merged=_merged(store),
            in_review=_example(store, "asked"),
            left_apart=_example(store, "apart"),
        )


def _merged(store: Store) -> Example | None:
    with store.begin() as connection:
        found = connection.execute(sa.text(statement(__package__, "merged"))).scalar_one_or_none()
    return None if found is None else Example(customers=(show(store, found),))


def _example(store: Store, name: str) -> Example | None:
    with store.begin() as connection:
        found = connection.execute(sa.text(statement(__package__, name))).mappings().one_or_none()
        if found is None:
            return None
        keys = [_key(connection, record) for record in found["record_ids"]]
    customers = tuple(show(store, key) for key in keys)
    return Example(customers=customers, match_weight=found["match_weight"], guard=found["guard"])


def _key(connection: sa.Connection, record_id: int) -> RecordKey:
    row = connection.execute(sa.text(statement(__package__, "key")), {"record_id": record_id}).one()
    return RecordKey(row.system, row.object, row.source_id)
