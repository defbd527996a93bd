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
# Records saved in one transaction once the table is filled; a killed run loses at most this much work.
_SAVED_TOGETHER = 200_000


def standardise_pending(work: Work, *, everything: bool) -> int:
    """Standardises the records that wait (with ``everything``, all whose form is out of date); answers how many.

    Saves ``standardised_record`` and ``blocking_key`` as it goes, so that a run killed here goes on where it was.
    """
    context = Context(default_region=work.settings.default_region, today=work.now.date())
    with work.stage("standardise") as counts:
        waiting = work.read(
            "pending_records", into="pending", everything=everything, through=work.through, standardiser=context.version
        )
        counts["waiting"] = waiting
        done = 0
        for fresh in _saved_together(work, standardise_stream(_batches(work), context, work.settings.processes)):
            _save(work, fresh, context.version)
            done += fresh.num_rows
            work.advance(done, waiting)
        work.drop("pending")
        counts["standardised"] = done
    return done


def _batches(work: Work) -> Iterator[pa.Table]:
    reader = (
        work.duck.cursor()
        .sql("SELECT record_id, version, entity_type, attributes FROM pending")
        .to_arrow_reader(_BATCH)
    )
    for batch in reader:
        yield pa.Table.from_batches([batch])


def _saved_together(work: Work, results: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Results in portions for one transaction each; all at once into an empty table, indexes built after."""
    with work.store.begin() as connection:
        first = connection.scalar(sa.select(sa.exists(sa.select(standardised_record.c.record_id)))) is False
    portion: list[pa.Table] = []
    rows = 0
    for result in results:
        portion.append(result)
        rows += result.num_rows
        if rows >= _SAVED_TOGETHER and not first:
            yield pa.concat_tables(portion)
            portion, rows = [], 0
    if portion:
        yield pa.concat_tables(portion)


def _save(work: Work, fresh: pa.Table, standardiser: str) -> None:
    work.duck.register("fresh", fresh)
    try:
        keys = _keys(work)
        ids = fresh.column("record_id").to_pylist()
        with work.store.begin() as connection, without_secondary_indexes(connection, blocking_key):
            if fresh.num_rows <= _SAVED_TOGETHER + _BATCH:
                gone = {"ids": ids}
                connection.execute(sa.text("DELETE FROM mdm.standardised_record WHERE record_id = any(:ids)"), gone)
                connection.execute(sa.text("DELETE FROM mdm.blocking_key WHERE record_id = any(:ids)"), gone)
            work.duck.execute("SET VARIABLE standardiser = ?", [standardiser]).fetchall()
            work.duck.execute("SET VARIABLE updated_at = ?", [work.now]).fetchall()
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
                select=f"SELECT key, record_id, rule FROM {keys}",
                table=blocking_key,  # own table name
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
