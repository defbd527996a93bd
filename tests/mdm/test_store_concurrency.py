"""Ids, locks and first loads when more than one is at work."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

import mdm
from mdm.errors import DatabaseUnavailable, LockHeld
from mdm.store.engine import Store
from mdm.store.indexes import is_filled_at_once, secondary_indexes, without_secondary_indexes
from mdm.store.locks import hold_ingest_lock, hold_run_lock, run_goes_on
from mdm.store.sequences import reserve_ids
from mdm.store.tables import blocking_key, golden_id_event, record_id_seq, run, scored_pair

HOLDER = """
import sys
from mdm.settings import settings_from_environment
from mdm.store.engine import open_store
from mdm.store.locks import hold_run_lock
with open_store(settings_from_environment()) as store, hold_run_lock(store):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_reserved_blocks_never_overlap(store: Store) -> None:
    def take(n: int) -> range:
        with store.begin() as connection:
            first = reserve_ids(connection, record_id_seq, n)
        return range(first, first + n)

    with ThreadPoolExecutor(6) as pool:
        blocks = list(pool.map(take, [1, 5, 17, 100, 3] * 20))
    taken = [number for block in blocks for number in block]
    assert sorted(taken) == list(range(1, len(taken) + 1))


def test_a_reservation_outlives_a_rollback_and_blocks_nobody(store: Store) -> None:
    with store.begin() as first, store.begin() as second:
        assert reserve_ids(first, record_id_seq, 10) == 1
        assert reserve_ids(second, record_id_seq, 1) == 11
        first.rollback()
    with store.begin() as third:
        assert reserve_ids(third, record_id_seq, 1) == 12
        with pytest.raises(ValueError, match="at least one"):
            reserve_ids(third, record_id_seq, 0)


def test_the_second_run_hears_who_holds_the_lock(store: Store) -> None:
    with hold_run_lock(store) as lock:
        lock.assert_held()
        with pytest.raises(LockHeld, match="has just begun"), hold_run_lock(store):
            pass
        run_id = uuid4()
        with store.begin() as connection:
            values = {"run_id": run_id, "kind": "nightly", "state": "running", "stage": "score", "actor": "joe"}
            at = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
            connection.execute(
                sa.insert(run).values(**values, correlation_id=uuid4(), started_at=at, host="box", pid=42)
            )
            assert run_goes_on(connection)
        with pytest.raises(LockHeld) as caught, hold_run_lock(store):
            pass
        assert str(caught.value) == (
            f"run {run_id} (nightly, at stage score) goes on since 2026-11-21T02:00:00Z, started by joe on box, pid 42"
        )
    with store.begin() as connection:
        assert not run_goes_on(connection)


def test_a_killed_run_frees_the_lock(store: Store) -> None:
    root = str(Path(mdm.__file__).parents[1])
    environment = {**os.environ, **store.settings.environment(), "PYTHONPATH": root}
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(LockHeld), hold_run_lock(store):
        pass
    holder.kill()
    holder.communicate(timeout=30)
    for _ in range(100):
        with store.begin() as connection:
            if not run_goes_on(connection):
                break
            connection.execute(sa.text("select pg_sleep(0.05)"))
    with hold_run_lock(store):
        pass


def test_a_lock_lost_with_its_connection_is_noticed(store: Store) -> None:
    with hold_run_lock(store) as lock:
        with store.begin() as connection:
            pid = lock.connection.scalar(sa.text("select pg_backend_pid()"))
            connection.execute(sa.text("select pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        with pytest.raises(DatabaseUnavailable):
            lock.assert_held()


def test_ingest_of_one_object_waits_for_itself_only(store: Store) -> None:
    with store.begin() as first, store.begin() as second:
        hold_ingest_lock(first, system="shopify", object="Customer")
        hold_ingest_lock(second, system="shopify", object="Order")
        second.execute(sa.text("set local lock_timeout = '50ms'"))
        with pytest.raises(sa.exc.OperationalError, match="lock timeout"):
            hold_ingest_lock(second, system="shopify", object="Customer")


def _indexes(connection: sa.Connection, table: sa.Table) -> set[str]:
    return {str(index["name"]) for index in sa.inspect(connection).get_indexes(table.name, schema=table.schema)}


def test_a_first_load_goes_without_secondary_indexes(store: Store) -> None:
    row = {"key": 1, "record_id": 1, "rule": 1}
    names = {str(index.name) for index in secondary_indexes(blocking_key)}
    assert len(names) == 2
    with store.begin() as connection:
        with without_secondary_indexes(connection, blocking_key, scored_pair) as done:
            assert done == (blocking_key, scored_pair)
            assert _indexes(connection, blocking_key) == set()
            connection.execute(sa.insert(blocking_key).values(row))
        assert _indexes(connection, blocking_key) == names
    with store.begin() as connection, without_secondary_indexes(connection, blocking_key, scored_pair) as done:
        assert done == (scored_pair,)
        assert _indexes(connection, blocking_key) == names


def test_a_first_load_takes_nothing_away_that_somebody_else_has_just_written(store: Store) -> None:
    def load() -> tuple[sa.Table, ...]:
        with store.begin() as connection, without_secondary_indexes(connection, blocking_key) as done:
            return done

    with ThreadPoolExecutor(1) as pool:
        with store.begin() as writer:
            writer.execute(sa.insert(blocking_key).values({"key": 1, "record_id": 1, "rule": 1}))
            loading = pool.submit(load)
            _wait_for_a_lock(store)
        assert loading.result(timeout=30) == ()
    with store.begin() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(blocking_key)) == 1
        assert len(_indexes(connection, blocking_key)) == 2


def _wait_for_a_lock(store: Store) -> None:
    waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'")
    for _ in range(300):
        with store.begin() as connection:
            if connection.scalar(waiting):
                return
        time.sleep(0.1)
    raise AssertionError("nobody waits")


def test_a_first_load_may_fill_tables_that_only_grow_and_they_stay_so(store: Store) -> None:
    event = {"golden_id": uuid4(), "kind": "created", "at": datetime.now(UTC), "run_id": uuid4()}
    with store.begin() as connection, without_secondary_indexes(connection, golden_id_event) as done:
        assert done == (golden_id_event,)
        assert is_filled_at_once(connection, golden_id_event) and not is_filled_at_once(connection, blocking_key)
        connection.execute(sa.insert(golden_id_event).values(event))
    with store.begin() as connection:
        assert not is_filled_at_once(connection, golden_id_event)
    with pytest.raises(sa.exc.DBAPIError, match="append"), store.begin() as connection:
        connection.exec_driver_sql("truncate mdm.golden_id_event")


def test_a_first_load_that_fails_leaves_the_indexes(store: Store) -> None:
    with pytest.raises(RuntimeError), store.begin() as connection, without_secondary_indexes(connection, blocking_key):
        raise RuntimeError
    with store.begin() as connection:
        assert len(_indexes(connection, blocking_key)) == 2
