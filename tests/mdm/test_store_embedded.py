"""The embedded server: shared, stopped by its last user, and none the worse for kill -9."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from mdm.errors import DatabaseUnavailable
from mdm.settings import Settings
from mdm.store import embedded
from mdm.store.embedded import EmbeddedServer, remove_state, stop_now
from mdm.store.engine import open_store

HOLDER = """
import sys, time
from mdm.settings import settings_from_environment
from mdm.store.engine import open_store
with open_store(settings_from_environment(), create=True) as store:
    print("open", flush=True)
    sys.stdin.read()
"""


def _holder(settings: Settings) -> subprocess.Popen[str]:
    environment = {**os.environ, **settings.environment(), "PYTHONPATH": str(Path(embedded.__file__).parents[2])}
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    return process


def _close(process: subprocess.Popen[str]) -> None:
    process.communicate(timeout=60)


def _running(settings: Settings) -> bool:
    return EmbeddedServer(settings).ready()


def test_nothing_is_made_without_being_asked(embedded_settings: Settings) -> None:
    with pytest.raises(DatabaseUnavailable, match="run `mdm init` first"), open_store(embedded_settings):
        pass
    assert not embedded_settings.postgres_home.exists()
    assert stop_now(embedded_settings) is False


def test_the_last_user_stops_it_and_data_stay(embedded_settings: Settings) -> None:
    with open_store(embedded_settings, create=True) as store, store.begin() as connection:
        connection.execute(sa.text("insert into mdm.setting values ('kept', '1')"))
        with open_store(embedded_settings):
            pass
        assert _running(embedded_settings)
    assert not _running(embedded_settings)
    with open_store(embedded_settings) as store, store.begin() as connection:
        assert connection.scalar(sa.text("select value from mdm.setting where key = 'kept'")) == 1


def test_killed_holder_and_killed_postmaster(embedded_settings: Settings) -> None:
    holder = _holder(embedded_settings)
    holder.kill()
    _close(holder)
    assert _running(embedded_settings)  # nobody was left to stop it
    with open_store(embedded_settings):
        pass
    assert not _running(embedded_settings)  # the next user did

    with open_store(embedded_settings) as store:
        pid = int((embedded_settings.postgres_home / "data" / "postmaster.pid").read_text().split("\n")[0])
        os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)
        with pytest.raises(DatabaseUnavailable), store.begin() as connection:
            connection.execute(sa.text("select pg_sleep(20)"))
        with open_store(embedded_settings) as again, again.begin() as connection:
            assert connection.scalar(sa.text("select count(*) from mdm.setting")) == 1


def test_stop_now_takes_it_from_its_users(embedded_settings: Settings) -> None:
    with open_store(embedded_settings, create=True) as store:
        with pytest.raises(DatabaseUnavailable), store.begin() as connection:
            assert stop_now(embedded_settings) is True
            connection.execute(sa.text("select 1"))
        assert stop_now(embedded_settings) is False
        with open_store(embedded_settings) as again, again.begin() as connection:
            connection.execute(sa.text("select 1"))


def _postmaster(settings: Settings) -> int:
    return int((settings.postgres_home / "data" / "postmaster.pid").read_text().split("\n")[0])


def _child(postmaster: int, title: bytes) -> int:
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            stat = (process / "stat").read_text()
            if title in (process / "cmdline").read_bytes() and int(stat.rpartition(")")[2].split()[1]) == postmaster:
                return int(process.name)
    raise AssertionError(f"there is no {title!r}")


@pytest.fixture
def wedged(embedded_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server that was asked to stop and never gets done with it, as on a full disk; answers its pid."""
    monkeypatch.setattr(embedded, "STOP_PATIENCE", 1)
    durable = embedded_settings.model_copy(update={"pg_profile": "durable"})
    with contextlib.suppress(DatabaseUnavailable), open_store(durable, create=True) as store:
        with store.begin() as connection:
            connection.execute(sa.text("insert into mdm.setting values ('kept', '1')"))
        store.engine.dispose()
        pid = _postmaster(embedded_settings)
        checkpointer = _child(pid, b"postgres: checkpointer")
        os.kill(checkpointer, signal.SIGSTOP)
        os.kill(pid, signal.SIGINT)
        yield pid
        with contextlib.suppress(ProcessLookupError):
            os.kill(checkpointer, signal.SIGCONT)


def test_stop_now_ends_a_server_that_does_not_get_done_with_stopping(wedged: int, embedded_settings: Settings) -> None:
    assert stop_now(embedded_settings) is True
    assert not Path(f"/proc/{wedged}").exists() or "Z" in Path(f"/proc/{wedged}/stat").read_text().split()
    assert stop_now(embedded_settings) is False


def test_the_next_user_ends_it_and_starts_anew(wedged: int, embedded_settings: Settings) -> None:
    with open_store(embedded_settings) as store, store.begin() as connection:
        assert connection.scalar(sa.text("select value from mdm.setting where key = 'kept'")) == 1
        assert _postmaster(embedded_settings) != wedged


def test_a_server_that_lives_on_is_never_said_to_be_stopped(
    embedded_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_store(embedded_settings, create=True):
        run = EmbeddedServer._run
        with monkeypatch.context() as patched:
            patched.setattr(EmbeddedServer, "_run", lambda self, *words: run(self, "pg_ctl", "--version"))
            with pytest.raises(DatabaseUnavailable, match=rf"pid {_postmaster(embedded_settings)}\) does not stop"):
                stop_now(embedded_settings)
        assert _running(embedded_settings)


def test_a_server_that_is_starting_is_waited_for(embedded_settings: Settings) -> None:
    with open_store(embedded_settings, create=True) as store:
        pid = _postmaster(embedded_settings)
        os.kill(pid, signal.SIGSTOP)  # it lives and does not answer
        waker = threading.Timer(5, os.kill, (pid, signal.SIGCONT))
        waker.start()
        try:
            with open_store(embedded_settings) as again, again.begin() as connection:
                connection.execute(sa.text("select 1"))
            assert _postmaster(embedded_settings) == pid
        finally:
            os.kill(pid, signal.SIGCONT)
            waker.join()
        store.engine.dispose()


def test_a_killed_initdb_leaves_nothing_half_made(embedded_settings: Settings) -> None:
    half = embedded_settings.postgres_home / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with open_store(embedded_settings, create=True):
        pass
    assert not half.exists()


def test_data_of_another_major_version_say_what_to_do(embedded_settings: Settings) -> None:
    data = embedded_settings.postgres_home / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("9\n")
    said = "is of PostgreSQL 9, the binaries found are"
    with pytest.raises(DatabaseUnavailable, match=said), open_store(embedded_settings):
        pass


def test_a_server_that_cannot_start_says_why(embedded_settings: Settings) -> None:
    with open_store(embedded_settings, create=True):
        pass
    wrong = embedded_settings.postgres_home / "data" / "postgresql.conf"
    wrong.write_text("shared_preload_libraries = 'there_is_no_such_library'\n")
    with (
        pytest.raises(DatabaseUnavailable, match=r"does not start: .*there_is_no_such_library"),
        open_store(embedded_settings),
    ):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_a_home_that_account_cannot_reach_is_linked_elsewhere(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private = home / "private"
    private.mkdir(mode=0o700)
    monkeypatch.setattr(embedded, "ELSEWHERE", home / "elsewhere")
    settings = Settings(home=private / "mdm", database_url=None, pg_profile="test")
    with open_store(settings, create=True):
        assert settings.postgres_home.is_symlink()
        assert settings.postgres_home.resolve().parent == home / "elsewhere"
    with open_store(settings):
        pass
    remove_state(settings)
    assert not settings.postgres_home.is_symlink()
    assert list((home / "elsewhere").iterdir()) == []
    with pytest.raises(DatabaseUnavailable, match="run `mdm init` first"), open_store(settings):
        pass
