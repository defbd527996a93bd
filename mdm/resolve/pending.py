"""Standardising: source records whose payload changed get their comparable form and blocking keys, once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa
import sqlalchemy as sa

from matching_rules.block import make_keys, type_records
from mdm.resolve.frequencies import made_for
from mdm.resolve.work import Work
from mdm.standardise.batch import standardise_stream
from mdm.standardise.values import Context
from mdm.store.bridge import copy_into
from mdm.store.indexes import without_secondary_indexes
from mdm.store.tables import blocking_key, standardised_record

_BATCH = 20_000
# Records whose forms and keys are computed and copied at once; bounds memory.
_PORTION = 100_000
_FORM = 'record_id BIGINT, version INTEGER, entity_type VARCHAR, "values" VARCHAR, match VARCHAR, content_hash VARCHAR'


def standardise_pending(work: Work, *, everything: bool) -> int:
    """Standardises the records that wait (with ``everything``, all whose form is out of date); answers how many.

    Saves ``standardised_record`` and ``blocking_key`` a portion at a time, so that a run killed here goes on where it
    was; a first load is one transaction, because indexes are best built once, after the rows.
    """
    context = Context(default_region=work.settings.default_region, today=work.now.date())
    with work.stage("standardise") as counts:
        if everything:
            waiting = work.read("pending_records_all", into="pending", standardiser=context.version)
        else:
            waiting = work.read("pending_records", into="pending", through=work.through, standardiser=context.version)
        counts["waiting"] = waiting
        work = made_for(work, waiting="pending")
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
    """Leaves what it saved in ``first_standardised`` and ``first_blocking_key`` too: all of it is read next."""
    done = 0
    work.make_empty("first_standardised", _FORM)
    work.make_empty("first_blocking_key", "key BIGINT, record_id BIGINT, rule SMALLINT")
    with work.store.begin() as connection, without_secondary_indexes(connection, blocking_key, standardised_record):
        for fresh in portions:
            with _fresh(work, fresh):
                _copy_forms(work, connection)
                _copy_keys(work, connection, keys := _keys(work))
                work.duck.execute(
                    'INSERT INTO first_standardised SELECT record_id, version, entity_type, "values", match,'
                    " CAST(CAST(content_hash AS UUID) AS VARCHAR) FROM fresh"
                ).fetchall()
                work.duck.execute(f"INSERT INTO first_blocking_key FROM {keys}").fetchall()  # own table names
            done += fresh.num_rows
            work.advance(done, waiting)
    return done


def _save(work: Work, portions: Iterator[pa.Table], waiting: int) -> int:
    """Of the keys only those are written that came or went: most of a changed record's keys stay as they are."""
    done = 0
    for fresh in portions:
        ids = fresh.column("record_id").to_pylist()
        work.read("keys_some", into="held_key", ids=ids)
        with work.store.begin() as connection, _fresh(work, fresh):
            connection.execute(_DELETE_FORMS, {"ids": ids})
            _copy_forms(work, connection)
            keys = _keys(work)
            gone = work.duck.execute(f"FROM held_key ANTI JOIN {keys} USING (key, record_id, rule)").fetchnumpy()
            connection.execute(_DELETE_KEYS, {name: gone[name].tolist() for name in ("key", "record_id", "rule")})
            connection.execute(_MARK_HOT_KEYS, {"key": gone["key"].tolist()})
            _copy_keys(work, connection, f"{keys} ANTI JOIN held_key USING (key, record_id, rule)")
        done += fresh.num_rows
        work.advance(done, waiting)
    work.drop("held_key")
    return done


_DELETE_FORMS = sa.text("DELETE FROM mdm.standardised_record WHERE record_id = any(CAST(:ids AS bigint[]))")
_DELETE_KEYS = sa.text(
    "DELETE FROM mdm.blocking_key b USING unnest(CAST(:key AS bigint[]), CAST(:record_id AS bigint[]),"
    " CAST(:rule AS smallint[])) AS g(key, record_id, rule)"
    " WHERE b.record_id = g.record_id AND b.key = g.key AND b.rule = g.rule"
)

_MARK_HOT_KEYS = sa.text("UPDATE mdm.hot_key SET lost_carrier = true WHERE key = any(CAST(:key AS bigint[]))")


@contextmanager
def _fresh(work: Work, fresh: pa.Table) -> Iterator[None]:
    work.duck.register("fresh", fresh)
    try:
        yield
    finally:
        work.duck.unregister("fresh")


def _copy_forms(work: Work, connection: sa.Connection) -> None:
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


def _copy_keys(work: Work, connection: sa.Connection, source: str) -> None:
    """Record by record, so that a night that reads or changes one record's keys finds them on one page."""
    copy_into(
        connection,
        duck=work.duck,
        select=f"SELECT key, record_id, rule FROM {source} ORDER BY record_id",  # own table names
        table=blocking_key,
        columns=("key", "record_id", "rule"),
    )


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
