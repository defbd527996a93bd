"""A database that is down, wrong or too old: exit code 4 and one line that says so; no traceback, no password."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from mdm.store.embedded import EmbeddedServer, stop_now
from mdm.store.engine import open_store

COMMANDS = [
    ("run", "nightly"),
    ("status",),
    ("show", "loyalty/Member/L1"),
    ("export", "cross-references", "--out", "x.csv"),
]
NOWHERE = "postgresql://mdm:s3cr3t-w0rd@127.0.0.1:1/mdm?connect_timeout=2"


def assert_one_clear_line(done):
    """Exit code 4 and a line."""
    assert (done.returncode, done.stdout) == (4, ""), done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "s3cr3t" not in done.stderr


@pytest.fixture
def elsewhere(hub, make_hub):
    """The hub's home with another database URL."""
    return lambda url: make_hub(hub.store, hub.settings.model_copy(update={"database_url": SecretStr(url)}))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_nobody_listens_there(elsewhere, command):
    done = elsewhere(NOWHERE).command(*command)
    assert_one_clear_line(done)
    assert "cannot be reached" in done.stderr


def test_the_schema_is_too_old(hub):
    hub.write("UPDATE mdm.alembic_version SET version_num = '0000'")
    done = hub.command("run", "nightly")
    assert_one_clear_line(done)
    assert "mdm db upgrade" in done.stderr or "newer" in done.stderr


def test_the_database_does_not_exist(elsewhere, empty_database_url):
    done = elsewhere(empty_database_url).command("status")
    assert_one_clear_line(done)
    assert "mdm init" in done.stderr


def test_a_url_that_is_none_is_refused_without_being_shown(elsewhere):
    done = elsewhere("mysql://mdm:s3cr3t-w0rd@127.0.0.1/mdm").command("status")
    assert done.returncode == 2
    assert "MDM_DATABASE_URL" in done.stderr
    assert "s3cr3t" not in done.stderr


def test_the_embedded_server_is_stopped_in_the_middle_of_a_run(embedded_settings, make_hub):
    with open_store(embedded_settings, create=True) as store:
        hub = make_hub(store, embedded_settings)
        hub.contacts({"Id": "003A", "FirstName": "Zelda", "LastName": "Quirrelmont"})
        holder = EmbeddedServer(embedded_settings)
        with store.engine.connect() as blocker:
            blocker.exec_driver_sql("LOCK TABLE mdm.golden_record IN SHARE MODE")
            process = hub.start("run", "nightly")
            waits = (
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = CAST('mdm.golden_record' AS regclass)"
            )
            while not hub.value(waits):
                assert process.poll() is None
            assert holder.stop()
            out, err = process.communicate(timeout=60)
            blocker.invalidate()
    assert (process.returncode, out) == (4, "")
    assert "stopped" in err.splitlines()[-1]
    assert "Traceback" not in err
    assert not stop_now(embedded_settings)
    with open_store(embedded_settings) as store:
        hub = make_hub(store, embedded_settings)
        assert hub.golden_ids() == {}
        hub.nightly(now=None)
        assert len(hub.golden_ids()) == 1
