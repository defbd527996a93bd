"""Survivorship alone: every golden record made anew with its full lineage, then one customer after the other."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing, nullcontext
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from mdm.benchmark.requests import spread
from mdm.lookup import Circumstances, open_judge
from mdm.model import GoldenId
from mdm.resolve.surviving import gather, survive_by_slices
from mdm.resolve.work import Work
from mdm.ruleset import load_golden_rules
from mdm.settings import Settings
from mdm.statements import statement
from mdm.store.bridge import open_duckdb, open_reader
from mdm.store.engine import Store
from mdm.systems.mapping import load_mappings

_CUSTOMERS = 200
_WARMING = 10

Say = Callable[[str], None]


def survive_alone(store: Store, settings: Settings, say: Say) -> dict[str, Any]:
    """Makes every golden record anew, writing nothing; tells ``say`` the stages.

    ``spent``: seconds of unfolding what records say, of survivorship with lineage, of proposals; ``one``: milliseconds
    of a customer judged alone, from the database to ranking and proposals; ``storage``: bytes of a version as stored.
    """
    rules, mappings, now = load_golden_rules(settings), load_mappings(settings), datetime.now(UTC)
    with closing(open_duckdb(settings)) as duck, open_reader(store) as reader:
        work = Work(
            store=store,
            reader=reader,
            settings=settings,
            rules=rules,
            duck=duck,
            run_id=UUID(int=0),
            now=now,
            through=0,
            stage=lambda _: nullcontext({}),
            advance=lambda _done, _total: None,
        )
        say("read")
        work.read("held_all", into="assignment")
        work.make("touched", "SELECT record_id, golden_id FROM assignment")
        work.make("touched_golden", "SELECT DISTINCT golden_id FROM assignment")
        work.make_empty("id_event", "golden_id UUID, kind VARCHAR, other_ids UUID[]")
        work.read("standardised_all", into="standardised")
        reader.read(sql=statement("mdm.benchmark", "shared"), duck=duck, name="noise")
        gather(work, full=True, mappings=mappings)
        say("survive")
        counts = survive_by_slices(work)
    say("one customer")
    times = []
    with open_judge(store, settings, rules=rules, mappings=mappings) as judge:
        for golden_id in _some(store):
            began = time.perf_counter()
            judge.judge(golden_id, Circumstances(ownership=rules.ownership, now=now))
            times.append(1000 * (time.perf_counter() - began))
    return counts | {"one": spread(times[_WARMING:]), "customers": len(times[_WARMING:]), "storage": _storage(store)}


def _some(store: Store) -> list[GoldenId]:
    with store.begin() as connection:
        text = sa.text(statement("mdm.benchmark", "some_customers"))
        return [GoldenId(row.golden_id) for row in connection.execute(text, {"n": _CUSTOMERS + _WARMING})]


def _storage(store: Store) -> dict[str, float]:
    with store.begin() as connection:
        row = connection.execute(sa.text(statement("mdm.benchmark", "storage"))).mappings().one()
    return {name: float(value or 0) for name, value in row.items()}
