"""Pairs from a truth that names an entity for each record: matches within an entity, and strangers that look alike.

All pairs of 10 000 records are fifty million, nearly all of them of no use. Taken are the pairs that blocking would
compare
and those of one entity, and of these at most a bound, spread evenly.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pyarrow as pa

from mdm.settings import Settings
from mdm.statements import statement
from mdm.store.bridge import open_duckdb, read_table
from mdm.store.engine import Store

_CARRIED_BY = 60  # a key that more labelled records carry makes too many pairs and says little


@dataclass(frozen=True)
class TruthRow:
    """Which entity a record belongs to."""

    record_id: int
    entity_id: str


def pairs_of_truth(
    store: Store, settings: Settings, truth: list[TruthRow], *, most: int
) -> tuple[list[tuple[int, int, bool]], int]:
    """(record_a < record_b, whether they are one) of at most ``most`` pairs, and how many there would have been."""
    with open_duckdb(settings) as duck:
        read_table(store, sql=statement(__package__, "blocking_keys"), duck=duck, name="blocking_key")
        duck.register("given", _table(truth))
        # of a record named twice the last row holds
        duck.execute(
            "CREATE TABLE truth AS SELECT record_id, arg_max(entity_id, place) AS entity_id FROM given GROUP BY 1"
        ).fetchall()
        pairs: duckdb.DuckDBPyRelation = duck.sql(
            statement(__package__, "truth_pairs"), params={"carried_by": _CARRIED_BY}
        )
        pairs.create("pair")
        (possible,) = duck.execute("SELECT count(*) FROM pair").fetchall()[0]
        # spread by a hash, so that neither ids nor the order of the file decide which pairs are taken
        rows = duck.execute(
            "SELECT record_a, record_b, same FROM pair ORDER BY md5(record_a || ' ' || record_b) LIMIT ?", [most]
        ).fetchall()
    return [(int(a), int(b), bool(same)) for a, b, same in rows], int(possible)


def _table(truth: list[TruthRow]) -> pa.Table:
    return pa.table(
        {
            "place": pa.array(range(len(truth)), pa.int64()),
            "record_id": pa.array([t.record_id for t in truth], pa.int64()),
            "entity_id": pa.array([t.entity_id for t in truth], pa.string()),
        }
    )
