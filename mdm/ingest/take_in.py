"""The use cases: take in a file, a directory, or the rejected rows again. One transaction per file, all or nothing."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from uuid import UUID, uuid4

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

from mdm.errors import RefusedInput
from mdm.ingest.report import DirectoryReport, IngestReport, Progress
from mdm.ingest.write import (
    Batch,
    close_former_versions,
    keep_rejected,
    keep_stale,
    mark_replayed,
    open_batch,
    rejected_waiting,
    remove_references,
    say_counts,
)
from mdm.settings import Settings
from mdm.statements import statement
from mdm.store.bridge import copy_into, open_duckdb, read_table
from mdm.store.engine import Store
from mdm.store.indexes import without_secondary_indexes
from mdm.store.locks import hold_ingest_lock
from mdm.store.sequences import reserve_ids
from mdm.store.tables import customer_reference, record_id_seq, record_key, resolve_queue, source_record
from mdm.systems.interpret import Record, RowRejected, compile_mapping
from mdm.systems.mapped_file import MappedFile, map_file, map_rows, schema_of, scratch_folder, worker_pool
from mdm.systems.mapping import Mapping, Mappings, load_mappings
from mdm.systems.readers import RejectedRow

ASK_BY_KEY = 20_000
"""Up to this many rows, what is held is asked for by key; beyond, the whole object is read (one stream)."""

_REPLAY = "(rejected payloads)"
_VERSION_COLUMNS = (
    "record_id", "version", "entity_type", "attributes", "payload", "payload_hash", "deleted",
    "source_time", "received_time", "batch_id", "correlation_id",
)  # fmt: skip
_REFERENCE_COLUMNS = (
    "reference_type", "system", "object", "source_id", "owner_system", "owner_object", "owner_source_id", "number",
    "mentions", "occurred_at", "status", "payload", "payload_hash", "source_time", "batch_id", "deleted",
)  # fmt: skip


def ingest_file(
    store: Store,
    settings: Settings,
    *,
    mapping: Mapping,
    path: Path,
    actor: str,
    now: datetime,
    progress: Progress | None = None,
    correlation_id: UUID | None = None,
) -> IngestReport:
    """Takes in one file of ``mapping``'s object. The same file again changes nothing.

    Bad rows are kept as rejected payloads and stop nothing. RefusedInput, with nothing taken, when the file as a whole
    is not what the mapping reads (header, encoding, truncated gzip).
    """
    call = _Call(store, settings, actor, now, progress)
    return _ingest_all(call, [(path, mapping)], correlation_id=correlation_id)[0]


def ingest_directory(
    store: Store,
    settings: Settings,
    *,
    directory: Path,
    actor: str,
    now: datetime,
    progress: Progress | None = None,
    mappings: Mappings | None = None,
) -> DirectoryReport:
    """Takes in every file of a directory (not of those below it) whose name fits a mapping's patterns, in name order.

    Each file is its own transaction: a refused file leaves those before it taken, and says so by RefusedInput.
    """
    if not directory.is_dir():
        raise RefusedInput(f"{directory}: no such directory")
    known = mappings or load_mappings(settings)
    files = sorted(p for p in directory.iterdir() if p.is_file())
    matched = [(p, known.for_file(p.name)) for p in files]
    call = _Call(store, settings, actor, now, progress)
    reports = _ingest_all(call, [(path, mapping) for path, mapping in matched if mapping is not None])
    return DirectoryReport(tuple(reports), tuple(p.name for p, m in matched if m is None))


def replay_rejected(
    store: Store,
    settings: Settings,
    *,
    system: str | None = None,
    object: str | None = None,
    now: datetime,
    actor: str,
    mappings: Mappings | None = None,
) -> IngestReport:
    """Tries the waiting rejected payloads again with today's mappings; those that are taken are marked replayed.

    Each system and object is its own transaction. Answers the sum; ``rejected`` are those that wait on.
    """
    known = mappings or load_mappings(settings)
    with store.begin() as connection:
        waiting = rejected_waiting(connection, system=system, object=object)
    call = _Call(store, settings, actor, now, None)
    total = IngestReport(file=_REPLAY, system=system or "*", object=object or "*")
    for key in sorted(waiting):
        started = time.perf_counter()
        with scratch_folder(settings) as scratch:
            mapped = _mapped_again(waiting[key], known.get(*key), scratch)
            again = {row.line for row in mapped.rejected}
            taken = [rejected_id for rejected_id, _ in waiting[key] if rejected_id not in again]
            if taken:
                mapped.rejected = []  # these are kept already
                batch = _batch(call, known.get(*key), None, None, uuid4())
                total = _sum(total, _take_in(call, batch, mapped, started=started, replayed=taken))
        total = replace(total, rows=total.rows + len(again), rejected=total.rejected + len(again))
    return total


def _mapped_again(rows: list[tuple[int, str]], mapping: Mapping, scratch: Path) -> MappedFile:
    run = compile_mapping(mapping)

    def parsed() -> Iterator[tuple[int, Record, str] | RejectedRow]:
        for rejected_id, payload in rows:
            try:
                yield rejected_id, run.parse(payload), payload
            except RowRejected as error:
                yield RejectedRow(rejected_id, error.reason, payload)

    mapped = map_rows(parsed(), mapping=mapping, run=run)
    spool = []
    if mapped.accepted.num_rows:
        spool.append(scratch / "again.parquet")
        pq.write_table(mapped.accepted, spool[0])
    return MappedFile(spool, mapped.accepted.num_rows, mapped.skipped, list(mapped.rejected), recognised=True)


def _sum(total: IngestReport, part: IngestReport) -> IngestReport:
    names = ("rows", "new", "changed", "unchanged", "stale", "deleted", "rejected", "skipped", "references", "seconds")
    return replace(total, **{n: getattr(total, n) + getattr(part, n) for n in names})


# --- one file --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Call:
    """What every file of one call shares."""

    store: Store
    settings: Settings
    actor: str
    now: datetime
    progress: Progress | None


def _batch(call: _Call, mapping: Mapping, file_name: str | None, sha256: str | None, correlation_id: UUID) -> Batch:
    return Batch(uuid4(), correlation_id, mapping, file_name, sha256, call.actor, call.now)


def _ingest_all(
    call: _Call, files: list[tuple[Path, Mapping]], *, correlation_id: UUID | None = None
) -> list[IngestReport]:
    """Takes the files in one after the other; the next one is read and mapped while one is written."""
    reports: list[IngestReport] = []
    with worker_pool(call.settings) as pool, ThreadPoolExecutor(1, thread_name_prefix="mdm-map") as thread:
        ahead = [thread.submit(_map, call, *files[0], pool=pool)] if files else []
        try:
            for (path, mapping), following in zip_longest(files, files[1:]):
                mapped = ahead.pop().result()
                with mapped.held:
                    if following is not None:
                        ahead.append(thread.submit(_map, call, *following, pool=pool))
                    batch = _batch(call, mapping, path.name, mapped.file.sha256, correlation_id or uuid4())
                    reports.append(_take_in(call, batch, mapped.file, started=mapped.started, replayed=[]))
        finally:
            for unused in ahead:
                if unused.exception() is None:
                    unused.result().held.close()
    return reports


@dataclass(frozen=True)
class _Mapped:
    """A mapped file; ``held`` closes its scratch files."""

    file: MappedFile
    started: float
    held: ExitStack


def _map(call: _Call, path: Path, mapping: Mapping, *, pool: Callable[[], Executor]) -> _Mapped:
    started, say = time.perf_counter(), call.progress
    told = (lambda done, total: say(path.name, done, total)) if say else None
    with ExitStack() as stack:
        file = stack.enter_context(map_file(path, mapping, settings=call.settings, pool=pool, progress=told))
        return _Mapped(file, started, stack.pop_all())


def _take_in(call: _Call, batch: Batch, mapped: MappedFile, *, started: float, replayed: list[int]) -> IngestReport:
    """Diffs the mapped rows against what is held and writes what differs, in one transaction under the ingest lock."""
    mapping = batch.mapping
    with open_duckdb(call.settings) as duck, call.store.begin() as connection:
        hold_ingest_lock(connection, system=mapping.system, object=mapping.object)
        open_batch(connection, batch)
        _show_batch(duck, batch)
        _show_mapped(duck, mapped, schema_of(mapping))
        counts: Counter[str] = Counter()
        if mapped.accepted:
            _read_held(call.store, duck, mapping, mapped.accepted)
            write = _write_records if mapping.document.kind == "source" else _write_references
            counts = write(connection, duck, batch)
        if mapped.rejected:
            _show_lost(duck, mapped.rejected)
            keep_rejected(connection, duck, select=_query("rejected_rows"))
        if replayed:
            mark_replayed(connection, batch, replayed)
        report = _report(batch, mapped, counts, seconds=time.perf_counter() - started)
        say_counts(connection, batch, report)
    return replace(report, seconds=time.perf_counter() - started)


def _report(batch: Batch, mapped: MappedFile, counts: Counter[str], *, seconds: float) -> IngestReport:
    is_reference = batch.mapping.document.kind == "reference"
    return IngestReport(
        file=batch.file_name or _REPLAY,
        system=batch.mapping.system,
        object=batch.mapping.object,
        rows=mapped.rows,
        **{name: counts[name] for name in ("new", "changed", "unchanged", "stale", "deleted")},
        rejected=len(mapped.rejected),
        skipped=mapped.skipped,
        references=counts["new"] + counts["changed"] if is_reference else 0,
        seconds=seconds,
    )


def _show_batch(duck: duckdb.DuckDBPyConnection, batch: Batch) -> None:
    values = [
        batch.batch_id, batch.correlation_id, batch.mapping.system, batch.mapping.object, batch.file_name, batch.now,
    ]  # fmt: skip
    duck.execute(
        "CREATE TABLE batch AS SELECT ?::UUID AS batch_id, ?::UUID AS correlation_id, ? AS system, ? AS object,"
        " ?::VARCHAR AS file_name, ?::TIMESTAMPTZ AS now, 0::BIGINT AS first_id",
        values,
    ).fetchall()


def _show_mapped(duck: duckdb.DuckDBPyConnection, mapped: MappedFile, schema: pa.Schema) -> None:
    if mapped.spool:
        duck.read_parquet([str(p) for p in mapped.spool]).create_view("mapped")
    else:
        duck.register("mapped", schema.empty_table())


def _show_lost(duck: duckdb.DuckDBPyConnection, rejected: list[RejectedRow]) -> None:
    lost = pa.table(
        {
            "line": pa.array([r.line for r in rejected], pa.int64()),
            "reason": [r.reason for r in rejected],
            "payload": [_storable(r.payload) for r in rejected],
        }
    )
    duck.register("lost", lost)


def _storable(payload: str) -> str:
    """PostgreSQL's text has no NUL character and no lone surrogates."""
    return payload.replace("\x00", "\\u0000").encode("utf-8", "replace").decode()


def _read_held(store: Store, duck: duckdb.DuckDBPyConnection, mapping: Mapping, accepted: int) -> None:
    """Makes the DuckDB tables ``incoming`` and ``held``."""
    once = duck.execute("SELECT count(*) = count(DISTINCT hash(source_id)) FROM mapped").fetchall()[0][0]
    _make(duck, "incoming", _query("incoming_once" if once else "incoming"))
    source_ids = None
    if accepted <= ASK_BY_KEY:
        source_ids = [r[0] for r in duck.execute("SELECT DISTINCT source_id FROM incoming").fetchall()]
    kind = "held_records" if mapping.document.kind == "source" else "held_references"
    params = {
        "system": mapping.system,
        "object": mapping.object,
        "mapping_version": mapping.version,
        "source_ids": source_ids,
    }
    read_table(store, sql=_query(kind), duck=duck, name="held", params=params)
    duck.execute("ALTER TABLE held ALTER payload_hash TYPE UUID").fetchall()


def _write_records(connection: sa.Connection, duck: duckdb.DuckDBPyConnection, batch: Batch) -> Counter[str]:
    _make(duck, "remapped", _query("remapped"))
    new = duck.execute("SELECT count(*) FROM incoming ANTI JOIN held USING (source_id) WHERE place = 1").fetchall()[0][
        0
    ]
    if new:
        first_id = reserve_ids(connection, record_id_seq, new)
        duck.execute("UPDATE batch SET first_id = ?", [first_id]).fetchall()
    _make(duck, "decided", _query("decided_records"))
    counts = _counts(duck)
    if counts["stale"]:
        keep_stale(connection, duck, select=_query("stale_rows"))
    if new:
        _copy(connection, duck, "key_rows", record_key, ("record_id", "system", "object", "source_id"))
    if counts["changed"] or counts["deleted"]:
        close_former_versions(connection, duck, batch, select=_query("closing_rows"))
    if counts["new"] or counts["changed"] or counts["deleted"]:
        _copy(connection, duck, "version_rows", source_record, _VERSION_COLUMNS)
        _copy(connection, duck, "queue_rows", resolve_queue, ("record_id", "enqueued_at"))
    return counts


def _write_references(connection: sa.Connection, duck: duckdb.DuckDBPyConnection, batch: Batch) -> Counter[str]:
    _make(duck, "decided", _query("decided_references"))
    counts = _counts(duck)
    if counts["changed"] or counts["deleted"]:
        remove_references(connection, duck, batch, select=_query("gone_rows"))
    if counts["new"] or counts["changed"] or counts["deleted"]:
        with without_secondary_indexes(connection, customer_reference):
            _copy(connection, duck, "reference_rows", customer_reference, _REFERENCE_COLUMNS)
    return counts


def _counts(duck: duckdb.DuckDBPyConnection) -> Counter[str]:
    return Counter(dict(duck.execute("SELECT outcome, count(*) FROM decided GROUP BY outcome").fetchall()))


def _copy(
    connection: sa.Connection,
    duck: duckdb.DuckDBPyConnection,
    query: str,
    table: sa.Table,
    columns: tuple[str, ...],
) -> None:
    copy_into(connection, duck=duck, select=_query(query), table=table, columns=columns)


def _make(duck: duckdb.DuckDBPyConnection, name: str, select: str) -> None:
    duck.execute(" ".join(("CREATE TABLE", name, "AS", select))).fetchall()


def _query(name: str) -> str:
    return statement("mdm.ingest", name)
