"""Standardising: source records whose payload changed get their comparable form and blocking keys, once."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import sqlalchemy as sa

from matching_rules.block import make_keys, type_records
from mdm.resolve.work import Work
from mdm.standardise.batch import standardise_stream
from mdm.standardise.values import Context
from mdm.store.bridge import copy_into
from mdm.store.indexes import without_secondary_indexes
from mdm.store.tables import blocking_key, standardised_record

_BATCH = 20_000
# Records whose forms and keys are computed and copied at once; bounds memory.
_PORTION = 200_000


def standardise_pending(work: Work, *, everything: bool) -> int:
    """Standardises the records that wait (with ``everything``, all whose form is out of date); answers how many.

    Saves ``standardised_record`` and ``blocking_key`` a portion at a time, so that a run killed here goes on where it
    was; a first load is one transaction, because indexes are best built once, after the rows.
    """
    context = Context(default_region=work.settings.default_region, today=work.now.date())
    with work.stage("standardise") as counts:
        waiting = work.read(
            "pending_records", into="pending", everything=everything, through=work.through, standardiser=context.version
        )
        counts["waiting"] = waiting
        portions = _portions(standardise_stream(_batches(work), context, work.settings.processes))
        work.duck.execute("SET VARIABLE standardiser = ?", [context.version]).fetchall()
        work.duck.execute("SET VARIABLE updated_at = ?", [work.now]).fetchall()
        counts["standardised"] = (
            _save_first(work, portions, waiting) if _is_first(work) else _save(work, portions, waiting)
        )
        work.drop("pending")
    return waiting


def _batches(work: Work) -> Iterator[pa.Table]:
    reader = (
        work.duck.cursor()
        .sql("SELECT record_id, version, entity_type, attributes FROM pending")
        .to_arrow_reader(_BATCH)
    )
    for batch in reader:
        yield pa.Table.from_batches([batch])


def _portions(results: Iterator[pa.Table]) -> Iterator[pa.Table]:
    portion: list[pa.Table] = []
    for result in results:
        portion.append(result)
        if sum(table.num_rows for table in portion) >= _PORTION:
            yield pa.concat_tables(portion)
            portion = []
    if portion:
        yield pa.concat_tables(portion)


def _is_first(work: Work) -> bool:
    with work.store.begin() as connection:
        return not connection.scalar(sa.select(sa.exists(sa.select(standardised_record.c.record_id))))


def _save_first(work: Work, portions: Iterator[pa.Table], waiting: int) -> int:
    done = 0
    with work.store.begin() as connection, without_secondary_indexes(connection, blocking_key):
        for fresh in portions:
            _copy(work, connection, fresh)
            done += fresh.num_rows
            work.advance(done, waiting)
    return done


def _save(work: Work, portions: Iterator[pa.Table], waiting: int) -> int:
    done = 0
    for fresh in portions:
        gone = {"ids": fresh.column("record_id").to_pylist()}
        with work.store.begin() as connection:
            connection.execute(
                sa.text("DELETE FROM mdm.standardised_record WHERE record_id = any(CAST(:ids AS bigint[]))"), gone
            )
            connection.execute(
                sa.text("DELETE FROM mdm.blocking_key WHERE record_id = any(CAST(:ids AS bigint[]))"), gone
            )
            _copy(work, connection, fresh)
        done += fresh.num_rows
        work.advance(done, waiting)
    return done


def _copy(work: Work, connection: sa.Connection, fresh: pa.Table) -> None:
    work.duck.register("fresh", fresh)
    try:
        copy_into(
            connection,
            duck=work.duck,
            select='SELECT record_id, version, entity_type, "values", match, content_hash,'
            " getvariable('standardiser'), getvariable('updated_at') FROM fresh",
            table=standardised_record,
            columns=(
                "record_id",
                "version",
                "entity_type",
                "values",
                "match",
                "content_hash",
                "standardiser",
                "updated_at",
            ),
        )
        copy_into(
            connection,
            duck=work.duck,
            select=f"SELECT key, record_id, rule FROM {_keys(work)}",
            table=blocking_key,
            columns=("key", "record_id", "rule"),
        )
    finally:
        work.duck.unregister("fresh")


def _keys(work: Work) -> str:
    """The fresh records' blocking keys of all entity types as one table; the entity type is part of every hash."""
    work.make("fresh_key", "SELECT NULL::BIGINT AS key, NULL::BIGINT AS record_id, NULL::SMALLINT AS rule WHERE false")
    for entity_type, entity in work.rules.entities.items():
        work.make(
            "fresh_of_type", f"SELECT record_id, content_hash, match FROM fresh WHERE entity_type = '{entity_type}'"
        )  # an enum
        type_records(work.duck, rules=entity.rules, records="fresh_of_type", into="fresh_record")
        make_keys(work.duck, rules=entity.rules, records="fresh_record", into="fresh_key_of_type")
        work.duck.execute("INSERT INTO fresh_key SELECT key, record_id, rule FROM fresh_key_of_type").fetchall()
    work.drop("fresh_of_type", "fresh_record", "fresh_key_of_type")
    return "fresh_key"
