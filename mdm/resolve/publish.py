"""Publishing: what a resolution found becomes what the hub says, in one transaction per run. All or nothing.

Nothing that did not change is written; what changed is closed and succeeded, never overwritten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, UUID, insert

from mdm.households import publish_households
from mdm.resolve.hot_keys import publish_hot_keys
from mdm.resolve.statements import query
from mdm.resolve.work import Work
from mdm.store.bridge import copy_into
from mdm.store.indexes import without_secondary_indexes
from mdm.store.tables import (
    cross_reference,
    golden_id,
    golden_id_event,
    golden_record,
    proposed_change,
    review_task,
    scored_pair,
    setting,
    shared_value,
)

Also = Callable[[sa.Connection, Mapping[str, Any]], None]
"""What else is saved in the transaction that publishes, at its end; it is told the counts."""

_FILLED = (scored_pair, golden_id, golden_id_event, cross_reference, golden_record, review_task, proposed_change)


def publish(work: Work, *, full: bool, remembered: Mapping[str, Any], also: Also) -> dict[str, Any]:
    """Writes cross-references, golden records, tasks and proposed changes, and takes the queue's entries off.

    Reads the tables of ``compare``. ``remembered`` are settings that belong to what is published: a run killed after
    it must not forget them.
    """
    with work.stage("publish") as counts, work.store.begin() as connection:
        with without_secondary_indexes(connection, *_FILLED):
            counts["scored_pairs"] = _pairs(work, connection, full=full)
            counts.update(_identities(work, connection))
            counts.update(_golden_records(work, connection))
            counts.update(_tasks(work, connection))
            counts.update(_proposals(work, connection))
        _shared_values(work, connection)
        counts.update(publish_households(connection, work.duck))
        publish_hot_keys(work, connection, full=full)
        kept = {"run": work.run_id, "now": work.now, "full": full, "through": work.through, "keys": [*remembered]}
        connection.execute(sa.text(query("publication")), kept)
        _remember(connection, remembered)
        taken = sa.text("DELETE FROM mdm.resolve_queue WHERE seq <= :through")
        connection.execute(taken, {"through": work.through})
        also(connection, counts)
    return counts


def compare(work: Work, *, full: bool) -> None:
    """What stands in the database beside what was found: tables with the differences only."""
    touched = [] if full else work.texts("SELECT golden_id FROM touched_golden")
    work.read("golden_latest", into="golden_latest", everything=full, golden=touched)
    work.make("golden_version", query("golden_version"))
    work.make("task", query("task"))
    work.read("open_tasks", into="open_task")
    work.make("remade", query("remade_record"))
    remade = [] if full else work.ids("SELECT record_id FROM remade")
    work.read("live_proposals", into="live_proposal", everything=full, ids=remade)
    work.make("same_proposal", query("same_proposal"))
    variables = {"run_id": str(work.run_id), "now": work.now, "rule_set": work.rules.version}
    for name, value in variables.items():
        work.duck.execute(f"SET VARIABLE {name} = ?", [value]).fetchall()


def _remember(connection: sa.Connection, remembered: Mapping[str, Any]) -> None:
    if not remembered:
        return
    row = insert(setting).values([{"key": key, "value": value} for key, value in remembered.items()])
    connection.execute(row.on_conflict_do_update(index_elements=["key"], set_={"value": row.excluded.value}))


def _copy(work: Work, connection: sa.Connection, table: sa.Table, columns: dict[str, str], source: str) -> int:
    """Appends ``source`` to a table; ``columns`` maps target columns to DuckDB expressions."""
    select = f"SELECT {', '.join(columns.values())} FROM {source}"  # expressions are this module's own
    return copy_into(connection, duck=work.duck, select=select, table=table, columns=tuple(columns))


_RUN, _NOW = "getvariable('run_id')", "getvariable('now')"


def _stage(work: Work, connection: sa.Connection, name: str, *columns: sa.Column[Any], select: str) -> int:
    """A temporary table from a DuckDB SELECT, gone with the transaction; answers the number of rows."""
    options: dict[str, Any] = {"schema": "pg_temp", "prefixes": ["TEMPORARY"], "postgresql_on_commit": "DROP"}
    table = sa.Table(name, sa.MetaData(), *columns, **options)
    table.create(connection, checkfirst=False)
    done = copy_into(connection, duck=work.duck, select=select, table=table, columns=tuple(table.c.keys()))
    connection.execute(sa.text(f"ANALYZE pg_temp.{name}"))
    return done


def _stage_ids(work: Work, connection: sa.Connection, name: str, kind: sa.types.TypeEngine[Any], select: str) -> int:
    """A temporary table of ids from a DuckDB SELECT, gone with the transaction."""
    return _stage(work, connection, name, sa.Column("id", kind, primary_key=True), select=select)


def _pairs(work: Work, connection: sa.Connection, *, full: bool) -> int:
    """Writes the pairs that are new or weigh otherwise, and takes those off that are gone."""
    if full:
        if connection.scalar(sa.select(sa.exists(sa.select(scored_pair.c.record_a)))):
            connection.execute(sa.text("DELETE FROM mdm.scored_pair"))
    else:
        ids = [sa.Column(c, sa.BigInteger, primary_key=True, autoincrement=False) for c in ("record_a", "record_b")]
        _stage(work, connection, "gone_pair", *ids, select=query("gone_pair"))
        connection.execute(
            sa.text(
                "DELETE FROM mdm.scored_pair p USING gone_pair g"
                " WHERE p.record_a = g.record_a AND p.record_b = g.record_b"
            )
        )
    columns_of = {
        "record_a": "record_a",
        "record_b": "record_b",
        "match_weight": "match_weight",
        "first_stage_weight": "first_stage_weight",
        "completed": "completed",
        "rules_version": "getvariable('rule_set')",
        "run_id": _RUN,
    }
    return _copy(work, connection, scored_pair, columns_of, f"({query('new_pair')})")


def _identities(work: Work, connection: sa.Connection) -> dict[str, int]:
    _stage_ids(
        work,
        connection,
        "closing_reference",
        sa.BigInteger(),
        query("closing_reference"),
    )
    closed = connection.execute(
        sa.text(
            "UPDATE mdm.cross_reference SET until = :now, closed_run_id = :run"
            " WHERE until IS NULL AND record_id IN (SELECT id FROM closing_reference)"
        ),
        {"now": work.now, "run": work.run_id},
    ).rowcount
    new_ids = f"({query('new_golden_id')})"
    created = _copy(
        work,
        connection,
        golden_id,
        {"golden_id": "golden_id", "entity_type": "entity_type", "created_at": _NOW, "run_id": _RUN},
        new_ids,
    )
    _copy(
        work,
        connection,
        golden_id_event,
        {"golden_id": "golden_id", "kind": "kind", "other_ids": "coalesce(other_ids, [])", "at": _NOW, "run_id": _RUN},
        "id_event",
    )
    opened = _copy(
        work,
        connection,
        cross_reference,
        {
            "record_id": "record_id",
            "golden_id": "golden_id",
            "grade": "grade",
            "match_weight": "match_weight",
            "reason": "reason",
            "since": f"coalesce(since_before, {_NOW})",
            "run_id": _RUN,
        },
        "new_cross_reference",
    )
    return {"cross_references_closed": closed, "cross_references_opened": opened, "golden_ids_created": created}


def _golden_records(work: Work, connection: sa.Connection) -> dict[str, int]:
    _stage_ids(
        work,
        connection,
        "closing_golden",
        UUID(),
        query("closing_golden"),
    )
    closed = connection.execute(
        sa.text(
            "UPDATE mdm.golden_record SET valid_to = :now, closed_run_id = :run"
            " WHERE valid_to IS NULL AND golden_id IN (SELECT id FROM closing_golden)"
        ),
        {"now": work.now, "run": work.run_id},
    ).rowcount
    columns = {
        "golden_id": "golden_id",
        "version": "version",
        "entity_type": "entity_type",
        "values": '"values"',
        "lineage": "lineage",
        "content_hash": "content_hash",
        "valid_from": _NOW,
        "run_id": _RUN,
        "rule_set": "getvariable('rule_set')",
    }
    return {
        "golden_versions_closed": closed,
        "golden_versions": _copy(work, connection, golden_record, columns, "golden_version"),
    }


def _tasks(work: Work, connection: sa.Connection) -> dict[str, int]:
    """Opens new questions, keeps those that stand up to date, and withdraws those about affected records that nobody
    asks any more.
    """
    run = {"now": work.now, "run": work.run_id}
    task_id = sa.Column("task_id", UUID(), primary_key=True)
    withdrawn = _stage(
        work, connection, "withdrawn_task", task_id, sa.Column("closed_reason", sa.Text), select=query("withdrawn_task")
    )
    connection.execute(
        sa.text(
            "UPDATE mdm.review_task t"
            " SET state = 'withdrawn', closed_at = :now, closed_run_id = :run, closed_reason = w.closed_reason"
            " FROM pg_temp.withdrawn_task w WHERE t.state = 'open' AND w.task_id = t.task_id"
        ),
        run,
    )
    weights = [sa.Column(name, sa.Double) for name in ("match_weight", "first_stage_weight", "priority")]
    said = [sa.Column("task_id", UUID(), primary_key=True), *weights, sa.Column("detail", JSONB)]
    _stage(work, connection, "asked_again", *said, select=query("asked_again"))
    connection.execute(sa.text(query("task_before")), run)
    changed = connection.execute(sa.text(query("task_now"))).rowcount
    columns = {
        "task_id": "uuid()",
        "reason": "reason",
        "question": "question",
        "record_ids": "coalesce(record_ids, [])",
        "match_weight": "match_weight",
        "first_stage_weight": "first_stage_weight",
        "priority": "priority",
        "detail": "detail",
        "state": "'open'",
        "opened_at": _NOW,
        "opened_run_id": _RUN,
    }
    opened = _copy(work, connection, review_task, columns, "task ANTI JOIN open_task USING (question)")
    return {"tasks_opened": opened, "tasks_changed": changed, "tasks_withdrawn": withdrawn}


def _proposals(work: Work, connection: sa.Connection) -> dict[str, int]:
    """Withdraws proposals of remade golden records that are no longer made, and opens the new ones.

    A change that needs no review is approved as it is opened; one a person rejected is not proposed again.
    """
    dropped = _stage_ids(work, connection, "dropped_change", UUID(), query("dropped_proposal"))
    connection.execute(
        sa.text(
            "UPDATE mdm.proposed_change SET state = 'withdrawn', closed_at = :now, closed_run_id = :run"
            " WHERE state IN ('proposed', 'approved') AND change_id IN (SELECT id FROM dropped_change)"
        ),
        {"now": work.now, "run": work.run_id},
    )
    columns = {
        "change_id": "uuid()",
        "golden_id": "golden_id",
        "record_id": "record_id",
        "system": "system",
        "object": "object",
        "source_id": "source_id",
        "attribute": "attribute",
        "old_value": "old_value",
        "new_value": "new_value",
        "review": "review",
        "state": "CASE WHEN review = 'none' THEN 'approved' ELSE 'proposed' END",
        "reason": "reason",
        "opened_at": _NOW,
        "run_id": _RUN,
        "decided_by": "CASE WHEN review = 'none' THEN 'ownership rules' END",
    }
    opened = _copy(
        work, connection, proposed_change, columns, "proposal ANTI JOIN same_proposal USING (record_id, attribute)"
    )
    return {"changes_proposed": opened, "changes_withdrawn": dropped}


def _shared_values(work: Work, connection: sa.Connection) -> None:
    _copy(
        work,
        connection,
        shared_value,
        {"attribute": "column_name", "comparable": "value", "carriers": "max(carriers)", "since": _NOW, "run_id": _RUN},
        "new_noise GROUP BY column_name, value",
    )
