"""Two runs at once: the second says who has the lock and does nothing; files and runs do not lose each other's work."""

from __future__ import annotations

import re
import socket
import threading
import time

import psycopg

from mdm.ingest import take_in
from mdm.runs import status


def wait_until(said, seconds=60):
    """Waits until something is so."""
    until = time.monotonic() + seconds
    while not said():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.005)


def test_the_second_run_says_who_holds_the_lock(hub):
    hub.contacts({"Id": "003A", "FirstName": "Zelda", "LastName": "Quirrelmont"})
    with psycopg.connect(hub.store.url) as blocker:
        blocker.execute("LOCK TABLE mdm.golden_record IN SHARE MODE")
        first = hub.start("run", "nightly", "--json")
        wait_until(lambda: hub.value("SELECT count(*) FROM mdm.run WHERE stage = 'publish'"))
        assert status(hub.store).running
        second = hub.command("run", "nightly")
        blocker.rollback()
    _, err = first.communicate(timeout=60)
    assert first.returncode == 0, err
    assert second.returncode == 3
    assert second.stdout == ""
    assert len(second.stderr.strip().splitlines()) == 1
    assert f"on {socket.gethostname()}, pid {first.pid}" in second.stderr
    assert re.search(r"since 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ, started by test", second.stderr)
    assert hub.rows("SELECT state, pid FROM mdm.run") == [("done", first.pid)]
    assert hub.command("run", "nightly", "--json").returncode == 0


def test_a_file_that_is_being_taken_in_when_a_run_begins_is_not_lost(hub, monkeypatch):
    """Queue entries are numbered before they are committed: a later, faster file must not hide a slower one."""
    written, go_on = threading.Event(), threading.Event()
    say_counts = take_in.say_counts

    def slowly(connection, batch, report):
        if batch.mapping.object == "Contact":
            written.set()
            assert go_on.wait(60)
        say_counts(connection, batch, report)

    monkeypatch.setattr(take_in, "say_counts", slowly)
    slow = threading.Thread(
        target=hub.contacts, args=({"Id": "003A", "FirstName": "Zelda", "LastName": "Quirrelmont"},)
    )
    slow.start()
    assert written.wait(60)
    hub.members({"member_id": "L1", "first_name": "Ottokar", "last_name": "Vandersloot"})
    run = threading.Thread(target=hub.nightly)
    run.start()
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = CAST('mdm.resolve_queue' AS regclass)"
    wait_until(lambda: hub.value(waits) or not run.is_alive())
    go_on.set()
    slow.join()
    run.join()
    hub.nightly(now=hub.day(2))
    assert set(hub.golden_ids()) == hub.live() == {"salesforce/Contact/003A", "loyalty/Member/L1"}


def test_files_taken_in_while_a_run_goes_on_are_the_next_run_s(loaded, second_day, another_hub, population):
    hub, in_turn = another_hub(*loaded), another_hub(*second_day)

    class Meanwhile:
        """Takes the next day's files in while the first run blocks."""

        def stage(self, name):
            if name == "block":
                hub.ingest(population / "delta", now=hub.day(2))

        def advance(self, done, total):
            """Of no interest."""

    hub.nightly(progress=Meanwhile())
    assert hub.value("SELECT count(*) FROM mdm.resolve_queue") > 10
    hub.nightly(now=hub.day(2))
    ours, theirs = hub.state(), in_turn.state()
    for part in ("standardised", "blocking keys", "shared values", "waiting"):
        assert ours[part] == theirs[part], part
    assert set(hub.golden_ids()) == hub.live()
    assert hub.partition() == in_turn.partition()
    values = {members: found[1] for members, found in ours["golden records"].items()}
    assert values == {members: found[1] for members, found in theirs["golden records"].items()}
