"""What every test may ask for: an empty home, settings, and a fresh migrated store, quickly.

One embedded server (profile ``test``) serves the whole session, all xdist workers included. The first to need it
migrates one template database; every test then gets a clone of its own (0.1 s), dropped afterwards. Nothing starts
until a test asks.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import hypothesis
import psycopg
import pytest
from psycopg import sql
from pydantic import SecretStr

from mdm.settings import Settings
from mdm.store import schema
from mdm.store.embedded import EmbeddedServer, remove_state
from mdm.store.engine import Store, engine_of, open_store

# The same examples every time, so that a change is judged and not the dice; MDM_RANDOM_TESTS=1 looks for new ones.
hypothesis.settings.register_profile("same", derandomize=True, database=None)
if not os.environ.get("MDM_RANDOM_TESTS"):
    hypothesis.settings.load_profile("same")

_FOLDER = pytest.StashKey[Path]()
_ALIVE = pytest.StashKey[IO[str]]()
_PREFIX = "mdm-test-"
TEMPLATE = "mdm_template"


def pytest_configure(config: pytest.Config) -> None:
    """The folder of the session: below the temporary directory, open to pass for the account PostgreSQL runs as."""
    given = getattr(config, "workerinput", {}).get("mdm_folder")
    if given is None:
        _remove_leftovers()
        given = tempfile.mkdtemp(prefix=_PREFIX)
        Path(given).chmod(0o755)
        config.stash[_ALIVE] = (Path(given) / "alive.lock").open("w")  # held as long as the controller lives
        fcntl.flock(config.stash[_ALIVE], fcntl.LOCK_SH)
    config.stash[_FOLDER] = Path(given)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    """Tells an xdist worker the controller's folder."""
    node.workerinput["mdm_folder"] = str(node.config.stash[_FOLDER])


def pytest_unconfigure(config: pytest.Config) -> None:
    """The controller removes everything at the end."""
    folder = config.stash.get(_FOLDER, None)
    if folder is not None and not hasattr(config, "workerinput"):
        _remove(folder)
        config.stash[_ALIVE].close()


def _remove(folder: Path) -> None:
    for place in folder.glob("*/postgres"):
        remove_state(_server_settings(place.parent))
    shutil.rmtree(folder, ignore_errors=True)


def _remove_leftovers() -> None:
    """Sessions that were killed leave a folder and perhaps a server whose lock nobody holds."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        lock = folder / "alive.lock"
        if not lock.exists() or folder.stat().st_uid != os.geteuid():
            continue
        with lock.open() as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
        _remove(folder)


def _server_settings(home: Path) -> Settings:
    return Settings(home=home, database_url=None, pg_profile="test")


@pytest.fixture(scope="session")
def session_folder(pytestconfig: pytest.Config) -> Path:
    """The folder of the whole session, shared by xdist workers."""
    return pytestconfig.stash[_FOLDER]


@pytest.fixture(scope="session")
def server(session_folder: Path) -> Iterator[EmbeddedServer]:
    """The session's server, with the migrated template database in it."""
    embedded = EmbeddedServer(_server_settings(session_folder / "session"))
    embedded.attach()
    with (session_folder / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _make_template(embedded)
    yield embedded
    embedded.detach()


def _make_template(embedded: EmbeddedServer) -> None:
    with psycopg.connect(embedded.url("postgres"), autocommit=True) as connection:
        if connection.execute("select 1 from pg_database where datname = %s", [TEMPLATE]).fetchone():
            return
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(f"{TEMPLATE}_new")))
        engine = engine_of(embedded.url(f"{TEMPLATE}_new"))
        schema.upgrade(engine)
        engine.dispose()
        names = sql.Identifier(f"{TEMPLATE}_new"), sql.Identifier(TEMPLATE)
        connection.execute(sql.SQL("alter database {} rename to {}").format(*names))


@pytest.fixture
def home(session_folder: Path) -> Iterator[Path]:
    """A fresh MDM_HOME, reachable by the account PostgreSQL runs as."""
    folder = Path(tempfile.mkdtemp(prefix="home-", dir=session_folder))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def embedded_settings(home: Path) -> Iterator[Settings]:
    """Settings of a fresh home without a database: ``open_store(..., create=True)`` makes a server of its own (1 s)."""
    settings = Settings(home=home, database_url=None, pg_profile="test")
    yield settings
    remove_state(settings)


@pytest.fixture
def empty_database_url(server: EmbeddedServer) -> Iterator[str]:
    """URL of a database that does not exist yet; dropped afterwards when the test made it."""
    name = f"t_{secrets.token_hex(8)}"
    yield server.url(name)
    _drop(server, name)


@pytest.fixture
def settings(server: EmbeddedServer, home: Path) -> Iterator[Settings]:
    """Settings with a fresh home and the URL of a fresh migrated database (a clone of the template)."""
    name = f"t_{secrets.token_hex(8)}"
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        parts = sql.Identifier(name), sql.Identifier(TEMPLATE)
        connection.execute(sql.SQL("create database {} template {} strategy file_copy").format(*parts))
    yield Settings(home=home, database_url=SecretStr(server.url(name)))
    _drop(server, name)


def _drop(server: EmbeddedServer, name: str) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    """A fresh migrated store. A command under test gets the same one by ``settings.environment()``."""
    with open_store(settings) as opened:
        yield opened
