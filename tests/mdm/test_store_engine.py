"""Opening the store: what is refused, what is made, and what is said."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing

import pytest
import sqlalchemy as sa
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from mdm.errors import DatabaseUnavailable
from mdm.settings import Settings
from mdm.store import schema
from mdm.store.bridge import open_duckdb, read_table
from mdm.store.engine import Store, open_any_store, open_store
from mdm.store.failures import describe
from mdm.store.tables import setting


def _with_url(settings: Settings, url: str) -> Settings:
    return settings.model_copy(update={"database_url": SecretStr(url)})


def test_a_fresh_store_has_the_needed_schema_and_an_identity(store: Store) -> None:
    with store.begin() as connection:
        assert schema.schema_version(connection) == schema.needed_version()
        identity = sa.select(setting.c.value).where(setting.c.key == schema.DATABASE_ID)
        assert len(connection.execute(identity).scalar_one()) == 36


def test_create_makes_the_database_once(settings: Settings, empty_database_url: str) -> None:
    fresh = _with_url(settings, empty_database_url)
    with pytest.raises(DatabaseUnavailable, match="run `mdm init` first"), open_store(fresh):
        pass
    for _ in range(2):
        with open_store(fresh, create=True) as made, made.begin() as connection:
            assert connection.scalar(sa.text("select count(*) from mdm.setting")) == 1


def test_without_a_schema_the_command_is_named(settings: Settings, empty_database_url: str) -> None:
    fresh = _with_url(settings, empty_database_url)
    with open_any_store(fresh, create=True):
        pass
    with (
        pytest.raises(DatabaseUnavailable, match=r"no schema yet and \d{4} is needed: run `mdm init`"),
        open_store(fresh),
    ):
        pass


@pytest.mark.parametrize("there", ["0000", "0000_old", "9999"])
def test_an_unknown_schema_is_refused(store: Store, there: str) -> None:
    with store.begin() as connection:
        connection.execute(sa.text("update mdm.alembic_version set version_num = :v"), {"v": there})
    said = f"schema version {there}, which this program does not know .* newer version of mdm.* or by another program"
    with pytest.raises(DatabaseUnavailable, match=said), open_store(store.settings):
        pass
    with pytest.raises(DatabaseUnavailable, match=said):
        schema.upgrade(store.engine)


@pytest.mark.parametrize("lost", ["delete from mdm.alembic_version", "drop table mdm.alembic_version"])
@pytest.mark.parametrize("create", [False, True])
def test_tables_without_a_version_are_not_built_on(store: Store, lost: str, create: bool) -> None:
    with store.begin() as connection:
        connection.execute(sa.text(lost))
    said = r"the schema mdm of the database has \d+ tables and no version .*mdm db restore.*another database"
    with pytest.raises(DatabaseUnavailable, match=said), open_store(store.settings, create=create):
        pass


@pytest.fixture
def stranger(store: Store) -> Iterator[Settings]:
    """Settings of a role that may connect and nothing else."""
    name = f"stranger_{secrets.token_hex(4)}"
    with store.begin() as connection:
        connection.execute(sa.text(f"create role {name} login"))
    yield _with_url(store.settings, make_conninfo(store.url, user=name))
    with store.begin() as connection:
        connection.execute(sa.text(f"drop role {name}"))


REFUSED = "the database refuses this role: it must own the schema mdm, or have CREATE .*permission denied for"


@pytest.mark.parametrize("create", [False, True])
def test_a_role_without_rights_on_the_schema_is_told_so(stranger: Settings, create: bool) -> None:
    with pytest.raises(DatabaseUnavailable, match=REFUSED + " schema mdm"), open_store(stranger, create=create):
        pass


def test_a_role_that_may_not_make_the_schema_is_told_so(store: Store, stranger: Settings) -> None:
    with store.begin() as connection:
        connection.execute(sa.text("drop schema mdm cascade"))
    with pytest.raises(DatabaseUnavailable, match=REFUSED + " database"), open_store(stranger, create=True):
        pass


def test_the_bridge_says_that_the_role_lacks_a_right(store: Store, stranger: Settings) -> None:
    assert stranger.database_url is not None
    other = Store(settings=stranger, engine=store.engine, url=stranger.database_url.get_secret_value())
    with closing(open_duckdb(stranger)) as duck, pytest.raises(DatabaseUnavailable, match="refuses this role"):
        read_table(other, sql="select * from mdm.setting", duck=duck, name="x")


def test_an_older_schema_names_the_upgrade(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    there = schema.needed_version()
    monkeypatch.setattr(schema, "needed_version", lambda: "0099")
    said = f"schema {there} and 0099 is needed: run `mdm db upgrade`"
    with pytest.raises(DatabaseUnavailable, match=said), open_store(store.settings):
        pass


def test_a_server_that_is_down_is_one_line_without_the_password(home) -> None:
    settings = Settings(home=home, database_url=SecretStr("postgresql://joe:hush@localhost:1/mdm"))
    with pytest.raises(DatabaseUnavailable) as caught, open_store(settings):
        pass
    said = str(caught.value)
    assert said.startswith("the database cannot be reached (user=joe dbname=mdm host=localhost port=1)")
    assert "\n" not in said
    assert "hush" not in said


def test_a_session_ended_by_the_server_is_unavailable(store: Store) -> None:
    with pytest.raises(DatabaseUnavailable, match="was stopped"), store.begin() as connection:
        with store.begin() as other:
            pid = connection.scalar(sa.text("select pg_backend_pid()"))
            other.execute(sa.text("select pg_terminate_backend(:pid, 5000)"), {"pid": pid})
        connection.execute(sa.text("select 1"))


def test_a_statement_at_fault_passes_and_its_description_shows_no_values(store: Store) -> None:
    with pytest.raises(sa.exc.IntegrityError) as duplicate, store.begin() as connection:
        for _ in range(2):
            connection.execute(sa.insert(setting).values(key="ann@example.org", value=1))
    said = describe(duplicate.value)
    assert said.startswith("UniqueViolation (23505): duplicate key value")
    with pytest.raises(sa.exc.DataError) as wrong, store.begin() as connection:
        connection.execute(sa.text("select cast(cast(:v as text) as uuid)"), {"v": "ann@example.org"})
    assert "ann" not in said + describe(wrong.value)
    assert describe(wrong.value).startswith("InvalidTextRepresentation (22P02): invalid input syntax")


def test_nothing_shows_the_password(home) -> None:
    settings = Settings(home=home, database_url=SecretStr("postgresql://joe:hush@db/mdm"))
    store = Store(
        settings=settings, engine=sa.create_engine("postgresql+psycopg://"), url="postgresql://joe:hush@db/mdm"
    )
    assert "hush" not in repr(store) + repr(settings) + settings.database_shown
    assert settings.database_shown == "user=joe dbname=mdm host=db"
