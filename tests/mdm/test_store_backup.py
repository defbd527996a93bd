"""A backup comes back whole, or not at all."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from mdm.errors import LockHeld, MdmError, NotFound, RefusedInput
from mdm.store import schema
from mdm.store.backup import backup, restore
from mdm.store.engine import Store, open_any_store
from mdm.store.locks import hold_run_lock
from mdm.store.sequences import reserve_ids
from mdm.store.tables import record_id_seq, record_key, shared_value


def _fill(store: Store, *values: str) -> None:
    with store.begin() as connection:
        for value in values:
            row = {
                "attribute": "email",
                "comparable": value,
                "carriers": 500,
                "since": sa.func.now(),
                "run_id": uuid4(),
            }
            connection.execute(sa.insert(shared_value).values(row))


def _values(store: Store) -> list[str]:
    with store.begin() as connection:
        return list(connection.scalars(sa.select(shared_value.c.comparable).order_by(shared_value.c.comparable)))


def test_a_backup_comes_back_in_a_new_database(store: Store, empty_database_url: str, home: Path) -> None:
    _fill(store, "a", "é")
    with store.begin() as connection:
        reserve_ids(connection, record_id_seq, 41)
    file = home / "store.dump"
    assert backup(store, file) == file.stat().st_size > 1000
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(home.glob("*.part")) == []
    fresh = store.settings.model_copy(update={"database_url": SecretStr(empty_database_url)})
    with open_any_store(fresh, create=True) as other:
        assert restore(other, file) == schema.needed_version()
        assert _values(other) == ["a", "é"]
        with other.begin() as connection:
            assert reserve_ids(connection, record_id_seq, 1) == 42


def test_data_are_replaced_only_when_said(store: Store, home: Path) -> None:
    _fill(store, "then")
    backup(store, home / "store.dump")
    _fill(store, "now")
    with pytest.raises(RefusedInput, match="--replace"):
        restore(store, home / "store.dump")
    assert _values(store) == ["now", "then"]
    restore(store, home / "store.dump", replace=True)
    assert _values(store) == ["then"]
    with store.begin() as connection:
        assert "mdm_before_restore" not in sa.inspect(connection).get_schema_names()


def test_a_broken_backup_changes_nothing(store: Store, home: Path) -> None:
    with store.begin() as connection:
        key = {"system": "s", "object": "o"}
        rows = [{"record_id": i, "source_id": uuid4().hex * 8, **key} for i in range(2000)]
        connection.execute(sa.insert(record_key), rows)
    _fill(store, "a")
    whole = home / "store.dump"
    backup(store, whole)
    (home / "cut.dump").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(MdmError, match="pg_restore failed"):
        restore(store, home / "cut.dump", replace=True)
    assert _values(store) == ["a"]
    (home / "text.dump").write_text("select 1")
    with pytest.raises(RefusedInput, match="is not a backup"):
        restore(store, home / "text.dump", replace=True)
    with pytest.raises(NotFound):
        restore(store, home / "none.dump", replace=True)


def test_a_restore_that_was_killed_is_taken_back_by_the_next(store: Store, home: Path) -> None:
    _fill(store, "a")
    backup(store, home / "store.dump")
    with store.begin() as connection:
        connection.execute(sa.text("alter schema mdm rename to mdm_before_restore"))
    with pytest.raises(RefusedInput, match="--replace"):
        restore(store, home / "store.dump")
    restore(store, home / "store.dump", replace=True)
    assert _values(store) == ["a"]


def test_no_restore_under_a_run(store: Store, home: Path) -> None:
    backup(store, home / "store.dump")
    with hold_run_lock(store), pytest.raises(LockHeld):
        restore(store, home / "store.dump")
