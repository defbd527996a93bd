"""Where a resolution meets what people decide: from the store, or (``Work.decided``) as it is said just now.

A decision that is not saved yet goes the way of saved ones; only where they are read do the two differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from mdm.resolve.take import take
from mdm.resolve.work import Work


def read_changed(work: Work) -> None:
    """Table ``changed`` (record_id, live): what waits, or the records of what is decided just now."""
    if work.decided is None:
        work.read("changed_records", into="changed", through=work.through, now=work.now.isoformat())
    else:
        work.read("decided_records", into="changed", ids=list(work.decided.records))


def read_decisions(work: Work) -> None:
    """Table ``decision`` (record_a, record_b, kind)."""
    decided = work.decided
    work.read("decisions", into="decision", revoked=[str(i) for i in decided.revoked] if decided else [])
    if decided is None or not decided.pairs:
        return
    said = [{"record_a": a, "record_b": b, "kind": kind} for a, b, kind in decided.pairs]
    take(work, "said_now", pa.Table.from_pylist(said, schema=_DECISION))
    work.make("decision", "SELECT record_a, record_b, kind FROM decision ANTI JOIN said_now USING (record_a, record_b)"
              " UNION ALL SELECT record_a, record_b, kind FROM said_now")  # fmt: skip
    work.drop("said_now")


def read_overrides(work: Work) -> None:
    """Table ``override_of_record`` (record_id, attribute, value, reason, actor, expires_at)."""
    decided = work.decided
    work.read(
        "overrides",
        into="override_of_record",
        revoked=[str(i) for i in decided.revoked_overrides] if decided else [],
    )
    if decided is None or not decided.overrides:
        return
    take(work, "said_now", pa.Table.from_pylist([vars(o) for o in decided.overrides], schema=_OVERRIDE))
    work.duck.execute("INSERT INTO override_of_record BY NAME FROM said_now").fetchall()
    work.drop("said_now")


@contextmanager
def as_if_returned(work: Work) -> Iterator[None]:
    """While it lasts, ``held`` says of returning records that they belong to the id they return to.

    So the lines between customers count that counted before the merge: nothing else has to keep them apart.
    """
    if work.decided is None or not work.decided.returning:
        yield
        return
    _take_returning(work)
    work.make("held_really", "FROM held")
    work.duck.execute(
        "UPDATE held SET golden_id = r.golden_id FROM returning_record r WHERE held.record_id = r.record_id"
    ).fetchall()
    yield
    work.make("held", "FROM held_really")
    work.drop("held_really")


def make_previous(work: Work) -> None:
    """Table ``previous`` for the ids: who belongs where. A customer that a merge taken back gives back has held its id
    all along, with those who joined it since.
    """
    work.make("previous", "SELECT record_id, golden_id, since FROM held")
    if work.decided is None or not work.decided.returning:
        return
    work.make(
        "returning_cluster",
        "SELECT c.record_id, r.golden_id FROM cluster c JOIN"
        " (SELECT cluster_key, min(golden_id) AS golden_id FROM cluster JOIN returning_record USING (record_id)"
        " GROUP BY cluster_key) r USING (cluster_key)",
    )
    work.duck.execute(
        "UPDATE previous SET golden_id = r.golden_id FROM returning_cluster r WHERE previous.record_id = r.record_id"
    ).fetchall()
    work.drop("returning_cluster")


def add_unmerged(work: Work) -> None:
    """The event ``unmerged`` of every id that is back; ``other_ids``: where its records were."""
    if work.decided is None or not work.decided.returning:
        return
    work.duck.execute(
        "INSERT INTO id_event SELECT r.golden_id, 'unmerged', list(DISTINCT h.golden_id ORDER BY h.golden_id), ?"
        " FROM returning_record r JOIN held h USING (record_id)"
        " SEMI JOIN assignment a ON a.golden_id = r.golden_id GROUP BY r.golden_id",
        [work.now],
    ).fetchall()


def returning_ids(work: Work) -> list[str]:
    """The golden ids that come back."""
    return sorted({str(g) for g in work.decided.returning.values()}) if work.decided else []


def _take_returning(work: Work) -> None:
    assert work.decided is not None
    rows = [{"record_id": record, "golden_id": str(golden)} for record, golden in work.decided.returning.items()]
    schema = pa.schema([("record_id", pa.int64()), ("golden_id", pa.string())])
    take(work, "returning_text", pa.Table.from_pylist(rows, schema=schema))
    work.make("returning_record", "SELECT record_id, golden_id::UUID AS golden_id FROM returning_text")
    work.drop("returning_text")


_DECISION = pa.schema([("record_a", pa.int64()), ("record_b", pa.int64()), ("kind", pa.string())])
_OVERRIDE = pa.schema(
    [
        ("record_id", pa.int64()),
        ("attribute", pa.string()),
        ("value", pa.string()),
        ("reason", pa.string()),
        ("actor", pa.string()),
        ("expires_at", pa.timestamp("us", tz="UTC")),
    ]
)
