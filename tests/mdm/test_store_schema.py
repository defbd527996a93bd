"""The schema: migrations fit the tables, up and down with data; what is appended is never rewritten."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from mdm.store import schema
from mdm.store.engine import Store
from mdm.store.tables import (
    SCHEMA,
    cross_reference,
    golden_id,
    golden_id_event,
    golden_record,
    metadata,
    review_task,
    run,
    run_stage,
    setting,
    source_record,
)

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def _source_record(**changes: object) -> sa.Insert:
    values = {
        "record_id": 1, "version": 1, "entity_type": "person", "attributes": {}, "payload": "{}",
        "payload_hash": uuid4(),
        "received_time": NOW, "batch_id": uuid4(), "correlation_id": uuid4(),
    }  # fmt: skip
    return sa.insert(source_record).values({**values, **changes})


def _cross_reference(**changes: object) -> sa.Insert:
    values = {"record_id": 1, "golden_id": uuid4(), "grade": "match", "reason": "", "since": NOW, "run_id": uuid4()}
    return sa.insert(cross_reference).values({**values, **changes})


def _task(**changes: object) -> sa.Insert:
    values = {
        "task_id": uuid4(), "reason": "potential_match", "question": "q", "record_ids": [1, 2], "priority": 1.0,
        "detail": {},
        "state": "open", "opened_at": NOW, "opened_run_id": uuid4(),
    }  # fmt: skip
    return sa.insert(review_task).values({**values, **changes})


def test_the_migrated_database_is_what_the_tables_say(store: Store) -> None:
    with store.begin() as connection:
        options = {
            "include_schemas": True,
            "version_table_schema": SCHEMA,
            "compare_type": True,
            "compare_server_default": True,
        }
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
        assert _checks(connection) == {
            (table.name, str(check.name))
            for table in metadata.sorted_tables
            for check in table.constraints
            if isinstance(check, sa.CheckConstraint)
        }


def _checks(connection: sa.Connection) -> set[tuple[str, str]]:
    found = sa.text(
        "select conrelid::regclass::text, conname from pg_constraint where contype = 'c' "
        "and connamespace = 'mdm'::regnamespace"
    )
    return {(row[0].removeprefix("mdm."), row[1]) for row in connection.execute(found)}


def test_every_append_only_table_has_its_trigger(store: Store) -> None:
    found = sa.text("""
        select c.relname, coalesce(array_agg(a.attname) filter (where a.attname is not null), '{}')
        from pg_trigger t join pg_class c on c.oid = t.tgrelid
        left join pg_attribute a on a.attrelid = c.oid and a.attnum = any (t.tgattr)
        where t.tgname = 'append_only' group by c.relname
    """)
    with store.begin() as connection:
        there = {row[0]: frozenset(row[1]) for row in connection.execute(found)}
    assert there == {
        table.name: frozenset(column.name for column in table.c) - set(table.info["append_only"])
        for table in metadata.sorted_tables
        if "append_only" in table.info
    }


def test_a_golden_id_is_born_once_and_history_is_never_rewritten(store: Store) -> None:
    born = {"golden_id": uuid4(), "run_id": uuid4()}
    event = sa.insert(golden_id_event).values(**born, kind="created", at=NOW)
    with store.begin() as connection:
        connection.execute(sa.insert(golden_id).values(**born, entity_type="person", created_at=NOW))
        connection.execute(event)
        version = {"version": 1, "entity_type": "person", "values": {}, "lineage": {}, "content_hash": uuid4()}
        connection.execute(
            sa.insert(golden_record).values(**born, **version, valid_from=NOW, rule_set="r", closed_run_id=None)
        )
    for again in (event, sa.insert(golden_id).values(**born, entity_type="person", created_at=NOW)):
        with pytest.raises(sa.exc.IntegrityError, match=r"_created|_pk"), store.begin() as connection:
            connection.execute(again)
    for rewriting in (
        "UPDATE mdm.golden_id_event SET kind = 'merged'",
        "DELETE FROM mdm.golden_id_event",
        "DELETE FROM mdm.golden_id",
        "DELETE FROM mdm.run_publication",
        "UPDATE mdm.golden_record SET origins = '{}'",
        "UPDATE mdm.golden_record SET \"values\" = '{}'",
        "UPDATE mdm.cross_reference SET origins = '{}'",
        "TRUNCATE mdm.cross_reference",
    ):
        with pytest.raises(sa.exc.IntegrityError, match="never rewritten"), store.begin() as connection:
            connection.execute(sa.text(rewriting))
    with store.begin() as connection:
        connection.execute(sa.text("UPDATE mdm.golden_record SET valid_to = now(), closed_run_id = run_id"))


def test_the_needed_version_is_the_newest_migration() -> None:
    scripts = ScriptDirectory(str(Path(schema.__file__).parent / "migrations"))
    assert scripts.get_heads() == [schema.needed_version()]


def test_up_down_up_with_data(store: Store) -> None:
    with store.begin() as connection:
        connection.execute(_source_record())
        connection.execute(_cross_reference())
        connection.execute(_task())
    schema.downgrade(store.engine, "base")
    with store.begin() as connection:
        assert schema.schema_version(connection) is None
        left = sa.text(
            "select relname from pg_class where relnamespace = 'mdm'::regnamespace and relkind in ('r', 'S')"
        )
        assert connection.scalars(left).all() == ["alembic_version"]
        functions = sa.text("select count(*) from pg_proc where pronamespace = 'mdm'::regnamespace")
        assert connection.scalar(functions) == 0
    assert schema.upgrade(store.engine) == (None, schema.needed_version())
    assert schema.upgrade(store.engine) == (schema.needed_version(), schema.needed_version())
    with store.begin() as connection:
        connection.execute(_source_record())
        assert connection.scalar(sa.select(sa.func.count()).select_from(setting)) == 1


def test_one_live_version_one_open_cross_reference_one_open_question(store: Store) -> None:
    for first, second in (
        (_source_record(), _source_record(version=2)),
        (_cross_reference(), _cross_reference()),
        (_task(), _task()),
    ):
        with pytest.raises(sa.exc.IntegrityError, match=r"_live|_open"), store.begin() as connection:
            connection.execute(first)
            connection.execute(second)
    with store.begin() as connection:
        connection.execute(_source_record(superseded_at=NOW))
        connection.execute(_source_record(version=2))
        connection.execute(_cross_reference(until=NOW))
        connection.execute(_cross_reference())
        connection.execute(_task(state="decided", closed_at=NOW))
        connection.execute(_task())


@pytest.mark.parametrize(
    "statement",
    [
        _source_record(entity_type="people"),
        _cross_reference(grade="maybe"),
        _task(reason="because"),
        _task(state="decided"),
    ],
)
def test_words_outside_the_list_are_refused(store: Store, statement: sa.Insert) -> None:
    with pytest.raises(sa.exc.IntegrityError, match="check"), store.begin() as connection:
        connection.execute(statement)


def test_what_is_appended_is_closed_never_rewritten(store: Store) -> None:
    with store.begin() as connection:
        connection.execute(_source_record())
        connection.execute(_cross_reference())
        connection.execute(sa.update(source_record).values(superseded_at=NOW))
        connection.execute(sa.update(cross_reference).values(until=NOW, closed_run_id=uuid4()))
    for change in (
        sa.update(source_record).values(payload="other"),
        sa.delete(source_record),
        sa.update(cross_reference).values(grade="no_match"),
        sa.text("truncate mdm.golden_id_event"),
    ):
        with pytest.raises(sa.exc.IntegrityError, match="never rewritten"), store.begin() as connection:
            connection.execute(change)
    with store.begin() as connection:
        connection.execute(sa.text("set local mdm.rewrite = 'on'"))
        connection.execute(sa.delete(source_record))


def test_stages_go_with_their_run(store: Store) -> None:
    run_id = uuid4()
    with store.begin() as connection:
        values = {"run_id": run_id, "kind": "nightly", "state": "running", "actor": "test", "correlation_id": uuid4()}
        connection.execute(sa.insert(run).values(**values, started_at=NOW, host="h", pid=1))
        connection.execute(sa.insert(run_stage).values(run_id=run_id, stage="block", started_at=NOW))
        connection.execute(sa.delete(run))
        assert connection.scalar(sa.select(sa.func.count()).select_from(run_stage)) == 0
