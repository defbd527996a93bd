"""Ids that last: each cluster keeps the golden id that holds most of its records, and no id ever comes to mean
another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import pyarrow as pa

from golden_record.statements import append, create, drop

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_WORKING = (
    "identity_circumstance",
    "identity_before",
    "identity_claim",
    "identity_settled",
    "identity_new",
    "identity_given",
)


def assign(cursor: DuckDBPyConnection, *, new_id: Callable[[], UUID] | None = None, now: datetime) -> None:
    """Makes the tables ``assignment`` and ``id_event`` for the affected records.

    Reads ``cluster(record_id BIGINT, cluster_key BIGINT)``, ``previous(record_id, golden_id UUID, since TIMESTAMPTZ)``
    with **all** records of every golden id in it (``since`` may be missing; a record without a cluster has vanished),
    and ``golden_age(golden_id, created_at TIMESTAMPTZ)``.
    When a table ``former(record_id, golden_id)`` exists (last members of ids no longer in use), a cluster that would
    need a new id takes a former one back if it holds more than half of that id's last members: unmerge undoes merge.
    A table ``circumstance(record_id, restless BOOLEAN, content)`` may say of records whether they changed just now, and
    (in any form that can be ordered) what they say. Of equal parts of an id the one that did not change keeps it; of
    parts equal in that and in age their content decides, and numbers of records only between parts that are alike.

    * ``assignment(record_id, golden_id, is_new)``: one row for each record of ``cluster``.
    * ``id_event(golden_id, kind, other_ids UUID[], at)``: kind is created, merged, split, retired or revived.

    ``new_id`` makes a new id (called once for each new cluster, in the order of their first records); without it
    DuckDB's random ``uuid()`` does, set-based. Ids are given out in one written order (see
    ``sql/identity_claim.sql``), so each round settles at least one pair and the rounds end;
    usually there are one or two.
    """
    cursor.execute(
        "CREATE OR REPLACE TABLE identity_settled (cluster_key BIGINT, golden_id UUID, revived BOOLEAN)"
    ).fetchall()
    known = cursor.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'circumstance'").fetchall()
    create(cursor, "identity_circumstance", "identity_circumstance" if known else "identity_no_circumstance")
    create(cursor, "identity_before", "identity_previous")
    create(cursor, "identity_claim", "identity_claim")
    _settle(cursor, revive=False)
    if cursor.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'former'").fetchall():
        create(cursor, "identity_before", "identity_former")
        create(cursor, "identity_claim", "identity_claim")
        _settle(cursor, revive=True)
    create(cursor, "identity_new", "identity_new")
    _give(cursor, new_id=new_id)
    create(cursor, "assignment", "assignment")
    create(cursor, "id_event", "id_event", now=now)
    drop(cursor, *_WORKING)


def _settle(cursor: DuckDBPyConnection, *, revive: bool) -> None:
    """Rounds of mutual choice until no free cluster and free id have records in common."""
    while append(cursor, "identity_settled", "identity_settled", revive=revive):
        pass


def _give(cursor: DuckDBPyConnection, *, new_id: Callable[[], UUID] | None) -> None:
    """Table ``identity_given``: the new clusters with their new ids."""
    if new_id is None:
        cursor.execute("CREATE OR REPLACE TABLE identity_given AS SELECT * FROM identity_new").fetchall()
        return
    numbers = list(range(cursor.execute("SELECT count(*) FROM identity_new").fetchall()[0][0]))
    ids = pa.array([str(new_id()) for _ in numbers], type=pa.string())
    cursor.register("identity_handed_in", pa.table({"number": pa.array(numbers, type=pa.int64()), "golden_id": ids}))
    create(cursor, "identity_given", "identity_given")
    cursor.unregister("identity_handed_in")
