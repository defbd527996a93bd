"""The same customers come out whatever numbers their records have and in whatever order they arrive."""

from __future__ import annotations

import random

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from mdm.model import EntityType
from mdm.sample.profile import HARDER


@pytest.fixture(scope="module")
def population(generated) -> pa.Table:
    return generated(600, 303, HARDER)


def renumbered(table: pa.Table, seed: int) -> pa.Table:
    """The same records under other ids and in another order; ``old_id`` says which was which."""
    draw = random.Random(seed)
    ids = draw.sample(range(1, 10 * table.num_rows), table.num_rows)
    numbered = table.append_column("old_id", table.column("record_id")).set_column(
        table.column_names.index("record_id"), "record_id", pa.array(ids, pa.int64())
    )
    return numbered.take(pa.array(draw.sample(range(table.num_rows), table.num_rows)))


def partition(cursor: duckdb.DuckDBPyConnection, names: dict[int, int]) -> set[frozenset[int]]:
    clusters: dict[int, list[int]] = {}
    for record, key in cursor.execute("SELECT record_id, cluster_key FROM cluster").fetchall():
        clusters.setdefault(key, []).append(names[record])
    cursor.close()
    return {frozenset(c) for c in clusters.values()}


@pytest.mark.parametrize("entity_type", list(EntityType))
@pytest.mark.parametrize("seed", [1, 2])
def test_ids_and_order_decide_nothing(population, matching, entity_type: EntityType, seed: int) -> None:
    other = renumbered(population, seed)
    records = population.column("record_id").to_pylist()
    old = dict(zip(other.column("record_id").to_pylist(), other.column("old_id").to_pylist(), strict=True))
    mine = partition(matching(population, entity_type), dict(zip(records, records, strict=True)))
    theirs = partition(matching(other, entity_type), old)
    assert mine == theirs
    of_type = pc.sum(pc.equal(population.column("entity_type"), entity_type.value)).as_py()
    assert sum(len(c) for c in mine) == of_type > len(mine)


def test_people_and_companies_are_never_compared(population, matching) -> None:
    kinds = dict(
        zip(population.column("record_id").to_pylist(), population.column("entity_type").to_pylist(), strict=True)
    )
    for entity_type in EntityType:
        cursor = matching(population, entity_type)
        assert {kinds[r] for (r,) in cursor.execute("SELECT record_id FROM cluster").fetchall()} == {entity_type.value}
        cursor.close()
