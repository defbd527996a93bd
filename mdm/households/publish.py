"""Writes households with everything else a run publishes, in its transaction. What did not change is not written."""

from __future__ import annotations

import duckdb
import sqlalchemy as sa

from mdm.households.tables import query
from mdm.store.bridge import copy_into
from mdm.store.indexes import without_secondary_indexes
from mdm.store.tables import household, household_evidence, household_key, household_member

_NOW, _RUN = "getvariable('now')", "getvariable('run_id')"
_EVIDENCE = tuple(column.name for column in household_evidence.c)


def publish_households(connection: sa.Connection, duck: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Closes and opens stays and households, and keeps what golden records say of a home for the next night.

    Reads the tables of ``make_households``, and DuckDB's variables ``now`` and ``run_id``.
    """
    with without_secondary_indexes(connection, household, household_member, household_evidence, household_key):
        _keep_evidence(connection, duck)
        left = _close_members(connection, duck)
        opened = copy_into(
            connection,
            duck=duck,
            select=f"SELECT DISTINCT household_id, {_NOW}, {_RUN} FROM household_placed WHERE is_new",
            table=household,
            columns=("household_id", "opened_at", "run_id"),
        )
        moved = copy_into(
            connection,
            duck=duck,
            select=f"SELECT golden_id, household_id, reason, basis, actor, {_NOW}, {_RUN} FROM household_opening",
            table=household_member,
            columns=("golden_id", "household_id", "reason", "basis", "actor", "since", "run_id"),
        )
    closed = connection.execute(sa.text(query("close_empty")), left).rowcount
    return {"household_members_opened": moved, "households_opened": opened, "households_closed": closed}


def _close_members(connection: sa.Connection, duck: duckdb.DuckDBPyConnection) -> dict[str, object]:
    """Ends stays; answers which, when and in which run."""
    now, run = duck.execute(f"SELECT {_NOW}, {_RUN}").fetchall()[0]
    ids = [row[0] for row in duck.execute("SELECT member_id FROM household_closing").fetchall()]
    left = {"now": now, "run": run, "ids": ids}
    connection.execute(sa.text(query("close_member")), left)
    return left


def _keep_evidence(connection: sa.Connection, duck: duckdb.DuckDBPyConnection) -> None:
    """Keys go with the evidence they were made of: those of changed golden records are taken off and made again."""
    connection.execute(sa.text("CREATE TEMP TABLE changed_evidence (id uuid PRIMARY KEY) ON COMMIT DROP"))
    ids = sa.Table("changed_evidence", sa.MetaData(), sa.Column("id", sa.UUID), schema="pg_temp")
    copy_into(connection, duck=duck, select=query("changed_evidence"), table=ids, columns=("id",))
    connection.execute(sa.text("ANALYZE changed_evidence"))
    keys = query("key_of_evidence")
    gone = f"DELETE FROM mdm.household_key k USING ({keys}) o WHERE k.key = o.key AND k.golden_id = o.golden_id"
    connection.execute(sa.text(gone))
    connection.execute(
        sa.text("DELETE FROM mdm.household_evidence WHERE golden_id IN (SELECT id FROM changed_evidence)")
    )
    changed = f"SELECT f.* FROM household_fresh f SEMI JOIN ({query('changed_evidence')}) USING (golden_id)"
    copy_into(connection, duck=duck, select=changed, table=household_evidence, columns=_EVIDENCE)
    connection.execute(sa.text(f"INSERT INTO mdm.household_key (key, golden_id) {keys}"))
