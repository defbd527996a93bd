"""Killed at any point: the next run takes it up and ends where an unbroken one would have.

How a process is stopped at a point without any help of the program: the test holds a lock that the program's own
transaction has to wait for (a table it writes; at stage boundaries an advisory lock that a trigger of the test on
``run_stage`` asks for), sees in ``pg_locks`` that it waits, and kills it there.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import closing, contextmanager

import psycopg
import pytest

from mdm.runs import status
from mdm.store.engine import open_store
from mdm.store.locks import hold_run_lock

STAGES = ["standardise", "block", "score", "cluster", "identify", "survive", "propose", "households", "publish"]
PUBLISHED = ["cross_reference", "golden_id", "golden_id_event", "golden_record", "review_task", "proposed_change"]
PUBLISHED += ["scored_pair", "shared_value", "resolve_queue"]
PUBLISHED += ["household", "household_member", "household_evidence", "household_key"]
BARRIER = 424242


def wait_until(said, process=None, seconds=60):
    """Waits until something is so; a process that ends before has failed."""
    until = time.monotonic() + seconds
    while not said():
        assert time.monotonic() < until, "waited in vain"
        assert process is None or process.poll() is None, process.communicate()
        time.sleep(0.005)


def kill(process):
    """kill -9."""
    process.send_signal(signal.SIGKILL)
    process.communicate()


@contextmanager
def held_up(hub, moment, stage):
    """A nightly run as a process of its own, held up at the beginning (INSERT) or the end (UPDATE) of a stage."""
    hub.write(
        "CREATE FUNCTION mdm.test_barrier() RETURNS trigger LANGUAGE plpgsql AS"
        f" 'BEGIN PERFORM pg_advisory_xact_lock({BARRIER}); RETURN NEW; END'"
    )
    hub.write(
        f"CREATE TRIGGER test_barrier BEFORE {moment} ON mdm.run_stage FOR EACH ROW WHEN (NEW.stage = '{stage}')"
        " EXECUTE FUNCTION mdm.test_barrier()"
    )
    with closing(psycopg.connect(hub.store.url)) as blocker:
        blocker.execute("SELECT pg_advisory_xact_lock(%s)", [BARRIER])
        process = hub.start("run", "nightly", "--json")
        wait_until(
            lambda: hub.value("SELECT count(*) FROM pg_locks WHERE NOT granted AND objid = :b", b=BARRIER), process
        )
        yield process


def kill_at_stage(hub, moment, stage):
    """Kills a nightly run at the beginning or the end of a stage."""
    with held_up(hub, moment, stage) as process:
        kill(process)
    hub.write("DROP FUNCTION mdm.test_barrier() CASCADE")


def kill_at_write(hub, table, *command):
    """Kills a command where it waits to write a table, in the middle of that transaction."""
    with psycopg.connect(hub.store.url) as blocker:
        blocker.execute(f"LOCK TABLE mdm.{table} IN SHARE MODE")
        process = hub.start(*command)
        waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = CAST(:name AS regclass)"
        wait_until(lambda: hub.value(waits, name=f"mdm.{table}"), process)
        kill(process)


def assert_lock_is_free(hub):
    """The killed process's transactions and its run lock are gone."""
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND xact_start IS NOT NULL"
    )
    wait_until(lambda: hub.value(others) == 0)
    wait_until(lambda: not status(hub.store).running)
    with hold_run_lock(hub.store):
        pass


def published(hub):
    """A digest of every table that a run publishes."""
    return {name: digest for name, digest in hub.tables().items() if name in PUBLISHED}


def states_of_runs(hub):
    """States of all runs, oldest first."""
    return [state for (state,) in hub.rows("SELECT state FROM mdm.run ORDER BY started_at")]


def assert_same(ours, expected):
    """Part by part, so that a failure says where."""
    for part, content in expected.items():
        assert ours[part] == content, part


@pytest.fixture
def unbroken(first_day, another_hub):
    """What an unbroken first run leaves."""
    return another_hub(*first_day).state()


@pytest.mark.parametrize("stages", [STAGES[0::2], STAGES[1::2]], ids=" ".join)
def test_killed_at_stage_boundaries(loaded, another_hub, unbroken, stages):
    hub = another_hub(*loaded)
    untouched = published(hub)
    for number, stage in enumerate(stages):
        kill_at_stage(hub, "INSERT", stage)
        assert_lock_is_free(hub)
        assert status(hub.store).last_run["state"] == "interrupted"
        assert states_of_runs(hub) == ["interrupted"] * number + ["running"]
        assert published(hub) == untouched, stage
    hub.nightly(now=None)
    assert states_of_runs(hub) == ["interrupted"] * len(stages) + ["done"]
    assert_same(hub.state(), unbroken)
    assert hub.value("SELECT count(*) FROM mdm.golden_id") == len(hub.partition())


@pytest.mark.parametrize(
    "tables",
    [["standardised_record", "scored_pair"], ["golden_record", "setting", "household_evidence", "household_member"]],
    ids=" ".join,
)
def test_killed_in_the_middle_of_writes(loaded, another_hub, unbroken, tables):
    hub = another_hub(*loaded)
    untouched = published(hub)
    for table in tables:
        kill_at_write(hub, table, "run", "nightly", "--json")
        assert_lock_is_free(hub)
        assert published(hub) == untouched, table
    hub.nightly(now=None)
    assert states_of_runs(hub) == ["interrupted"] * len(tables) + ["done"]
    assert_same(hub.state(), unbroken)


def test_killed_after_publishing(loaded, another_hub, unbroken):
    hub = another_hub(*loaded)
    kill_at_stage(hub, "UPDATE", "publish")
    assert_lock_is_free(hub)
    assert_same(hub.state(), unbroken)
    before = hub.tables()
    assert not hub.nightly(now=None).changed
    assert states_of_runs(hub) == ["interrupted", "done"]
    assert hub.tables() == before
    # what it was resolved with was published with it: a rule that changes now is seen
    assert hub.value("SELECT value ->> 'rule_set' FROM mdm.setting WHERE key = 'resolved_with'") is not None


def test_the_next_day_s_run_killed_while_it_publishes(first_day, second_day, another_hub, population):
    hub, unbroken = another_hub(*first_day), another_hub(*second_day)
    hub.ingest(population / "delta", now=hub.day(2))
    before = published(hub)
    for table in ("cross_reference", "review_task"):
        kill_at_write(hub, table, "run", "nightly", "--json")
        assert_lock_is_free(hub)
        assert published(hub) == before, table
    hub.nightly(now=None)
    assert_same(hub.state(), unbroken.state())
    old = set(another_hub(*first_day).golden_ids().values())
    kept = {key: golden for key, golden in unbroken.golden_ids().items() if golden in old}
    ours = hub.golden_ids()
    assert {key: ours[key] for key in kept} == kept


def test_an_ingest_killed_leaves_nothing_and_is_simply_said_again(another_hub, population, unbroken):
    hub = another_hub()
    before = hub.tables()
    for table in ("record_key", "source_record", "resolve_queue"):
        file = population / "salesforce_contact.csv"
        kill_at_write(hub, table, "ingest", "--system", "salesforce", "--object", "Contact", str(file))
        wait_until(lambda: hub.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0)
        assert hub.tables() == before
        assert hub.value("SELECT count(*) FROM mdm.ingest_batch") == 0
    hub.ingest(population)
    hub.nightly(now=None)
    assert_same(hub.state(), unbroken)


def test_the_embedded_server_killed_in_the_middle_of_a_run_recovers(embedded_settings, make_hub, population, unbroken):
    with open_store(embedded_settings, create=True) as store:
        hub = make_hub(store, embedded_settings)
        hub.ingest(population)
        with held_up(hub, "INSERT", "cluster") as process:
            postmaster = int((embedded_settings.postgres_home / "data" / "postmaster.pid").read_text().split("\n")[0])
            os.kill(postmaster, signal.SIGKILL)
            _, said = process.communicate(timeout=60)
        assert process.returncode == 4, said
        assert "Traceback" not in said
        assert len(said.strip().splitlines()) == 1, said
    with open_store(embedded_settings) as store:
        hub = make_hub(store, embedded_settings)
        hub.nightly(now=None)
        assert states_of_runs(hub) == ["interrupted", "done"]
        assert_same(hub.state(), unbroken)
