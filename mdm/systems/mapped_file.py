"""A file parsed and mapped, over worker processes when it is large, into scratch Parquet that DuckDB reads.

The worker and the in-process way run the same function on the same chunks. Memory stays flat: chunks come and go.
"""

from __future__ import annotations

import gc
import hashlib
import multiprocessing
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from mdm.errors import RefusedInput
from mdm.processes import is_alive
from mdm.settings import Settings
from mdm.systems.interpret import (
    CanonicalRecord,
    CanonicalReference,
    Interpreter,
    Record,
    RowRejected,
    compile_mapping,
    write_json,
)
from mdm.systems.mapping import Mapping, parse_mapping
from mdm.systems.readers import Chunk, RejectedRow, chunks_of, rows_of

IN_PROCESS_BYTES = 6_000_000
_TIME = pa.timestamp("us", tz="UTC")

RECORD_SCHEMA = pa.schema(
    [
        ("line", pa.int64()),
        ("source_id", pa.string()),
        ("entity_type", pa.string()),
        ("attributes", pa.string()),
        ("payload", pa.string()),
        ("payload_hash", pa.string()),
        ("source_time", _TIME),
        ("deleted", pa.bool_()),
    ]
)
"""One row per source record; ``attributes`` and ``payload`` are JSON texts, ``payload_hash`` md5 hex of the payload;
``source_time`` null: the mapping has no clock (the time of receipt counts)."""

REFERENCE_SCHEMA = pa.schema(
    [
        ("line", pa.int64()),
        ("source_id", pa.string()),
        ("reference_type", pa.string()),
        ("owner_system", pa.string()),
        ("owner_object", pa.string()),
        ("owner_source_id", pa.string()),
        ("number", pa.string()),
        ("mentions", pa.list_(pa.string())),
        ("occurred_at", _TIME),
        ("status", pa.string()),
        ("payload", pa.string()),
        ("payload_hash", pa.string()),
        ("source_time", _TIME),
        ("deleted", pa.bool_()),
    ]
)
"""One row per reference."""


@dataclass(frozen=True)
class MappedRows:
    """What became of some rows. ``recognised``: at least one of them looked like a row of this mapping."""

    accepted: pa.Table
    rejected: tuple[RejectedRow, ...]
    skipped: int
    recognised: bool


@dataclass
class MappedFile:
    """What became of a file: scratch Parquet files with the accepted rows, the rejected rows, and counts.

    ``rows`` counts every row read: accepted, skipped (left out by ``only``) and rejected.
    """

    spool: list[Path] = field(default_factory=list)
    accepted: int = 0
    skipped: int = 0
    rejected: list[RejectedRow] = field(default_factory=list)
    recognised: bool = False
    sha256: str = ""

    @property
    def rows(self) -> int:
        """Every row of the file."""
        return self.accepted + self.skipped + len(self.rejected)


def schema_of(mapping: Mapping) -> pa.Schema:
    """The columns of a mapping's accepted rows."""
    return RECORD_SCHEMA if mapping.document.kind == "source" else REFERENCE_SCHEMA


def map_rows(
    rows: Iterator[tuple[int, Record, str] | RejectedRow], *, mapping: Mapping, run: Interpreter
) -> MappedRows:
    """Interprets rows into a table of ``schema_of(mapping)``; the rest is rejected (with the reason) or skipped."""
    is_source = mapping.document.kind == "source"
    accepted: list[tuple[Any, ...]] = []
    rejected: list[RejectedRow] = []
    skipped, recognised = 0, False
    interpret = run.interpret
    as_row = _record_row if is_source else _reference_row
    for row in rows:
        if type(row) is RejectedRow:
            rejected.append(row)
            recognised = recognised or _looks_like(row.payload, mapping)
            continue
        line, record, payload = row  # type: ignore[misc]
        try:
            found = interpret(record)
        except RowRejected as error:
            rejected.append(RejectedRow(line, error.reason, payload))
            recognised = recognised or not error.lacks_required or _is_familiar(record, mapping)
            continue
        if found is None:
            skipped += 1
        else:
            accepted.append(as_row(line, found, payload))
    schema = schema_of(mapping)
    columns = zip(*accepted, strict=True) if accepted else [()] * len(schema)
    arrays = [pa.array(c, type=f.type) for c, f in zip(columns, schema, strict=True)]
    table = pa.Table.from_arrays(arrays, schema=schema)
    return MappedRows(table, tuple(rejected), skipped, recognised or bool(accepted) or bool(skipped))


def _record_row(line: int, record: Any, payload: str) -> tuple[Any, ...]:
    found: CanonicalRecord = record
    digest = hashlib.md5(payload.encode(), usedforsecurity=False).hexdigest()
    return (
        line,
        found.source_id if found.source_id is not None else digest,
        found.entity_type.value,
        write_json(found.attributes),
        payload,
        digest,
        found.source_time,
        found.deleted,
    )


def _reference_row(line: int, reference: Any, payload: str) -> tuple[Any, ...]:
    found: CanonicalReference = reference
    digest = hashlib.md5(payload.encode(), usedforsecurity=False).hexdigest()
    return (
        line,
        found.source_id if found.source_id is not None else digest,
        found.reference_type,
        found.owner_system,
        found.owner_object,
        found.owner_source_id,
        found.number,
        found.mentions,
        found.occurred_at,
        found.status,
        payload,
        digest,
        found.source_time,
        found.deleted,
    )


def _looks_like(payload: str, mapping: Mapping) -> bool:
    """Whether a row that cannot be read is a broken row of this kind of file rather than of another kind."""
    if mapping.document.format != "jsonl":
        return True
    return payload.lstrip().startswith("{") and any(f'"{n}"' in payload for n in mapping.known_names)


def _is_familiar(record: Record, mapping: Mapping) -> bool:
    known = mapping.known_names
    return len(known & record.keys()) * 2 >= len(known)


# --- a file ----------------------------------------------------------------------------------------------------------


@contextmanager
def worker_pool(settings: Settings) -> Iterator[Callable[[], Executor]]:
    """Gives a function that gives the worker processes, started when first asked for; all are gone at the end."""
    pools: list[ProcessPoolExecutor] = []

    def pool() -> Executor:
        if not pools:
            context = multiprocessing.get_context("forkserver")
            context.set_forkserver_preload([__name__])
            pools.append(
                ProcessPoolExecutor(max_workers=settings.processes, mp_context=context, initializer=gc.disable)
            )
        return pools[0]

    try:
        yield pool
    finally:
        for started in pools:
            started.shutdown(wait=True, cancel_futures=True)


@contextmanager
def scratch_folder(settings: Settings) -> Iterator[Path]:
    """A folder below ``MDM_HOME/tmp`` that goes with the context; first sweeps those that killed processes left."""
    settings.scratch.mkdir(parents=True, exist_ok=True)
    for folder in settings.scratch.glob("ingest-*-*"):
        pid = folder.name.split("-")[1]
        if pid.isdigit() and not is_alive(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"ingest-{os.getpid()}-", dir=settings.scratch) as folder_name:
        yield Path(folder_name)


@contextmanager
def map_file(
    path: Path,
    mapping: Mapping,
    *,
    settings: Settings,
    pool: Callable[[], Executor],
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[MappedFile]:
    """Parses and maps a whole file; the scratch files live as long as the context.

    ``progress(bytes read, bytes of the file)``. RefusedInput when the file is not what the mapping reads.
    """
    if not path.is_file():
        raise RefusedInput(f"{path}: no such file")
    total = path.stat().st_size
    with scratch_folder(settings) as scratch:
        result = MappedFile(sha256=_sha256(path))
        advance = (lambda done: progress(done, total)) if progress else (lambda _done: None)
        chunks = chunks_of(path, mapping, advance=advance)
        work = _Work(path, mapping, scratch)
        most_here = IN_PROCESS_BYTES // 8 if path.name.endswith((".gz", ".parquet")) else IN_PROCESS_BYTES
        many = settings.processes > 1 and total > most_here
        for done in _over_processes(chunks, work, pool(), settings.processes) if many else _here(chunks, work):
            _add(result, done)
        if result.rows and not result.recognised:
            raise RefusedInput(f"{path}: not a {mapping.name} file: expected {mapping.expected} ({mapping.file})")
        result.rejected.sort(key=lambda row: row.line)
        result.spool.sort()
        yield result


@dataclass(frozen=True, slots=True)
class _Done:
    spool: Path | None
    accepted: int
    skipped: int
    rejected: tuple[RejectedRow, ...]
    recognised: bool


def _add(result: MappedFile, done: _Done) -> None:
    if done.spool is not None:
        result.spool.append(done.spool)
    result.accepted += done.accepted
    result.skipped += done.skipped
    result.rejected += done.rejected
    result.recognised = result.recognised or done.recognised


@dataclass(frozen=True)
class _Work:
    path: Path
    mapping: Mapping
    scratch: Path

    def spool(self, number: int) -> Path:
        return self.scratch / f"{number:06}.parquet"


def _here(chunks: Iterator[Chunk | RejectedRow], work: _Work) -> Iterator[_Done]:
    run = compile_mapping(work.mapping)
    for number, chunk in enumerate(chunks):
        if isinstance(chunk, RejectedRow):
            yield _lost(chunk)
        else:
            yield _map_chunk(chunk, name=str(work.path), mapping=work.mapping, run=run, spool=work.spool(number))


def _over_processes(
    chunks: Iterator[Chunk | RejectedRow], work: _Work, pool: Executor, processes: int
) -> Iterator[_Done]:
    waiting: list[Future[_Done]] = []
    text, file = work.mapping.text, work.mapping.file
    try:
        for number, chunk in enumerate(chunks):
            if isinstance(chunk, RejectedRow):
                yield _lost(chunk)
                continue
            waiting.append(pool.submit(_in_worker, chunk, str(work.path), text, file, spool=work.spool(number)))
            if len(waiting) > 2 * processes:
                yield waiting.pop(0).result()
        while waiting:
            yield waiting.pop(0).result()
    finally:
        for future in waiting:
            if not future.cancel():
                future.exception()  # waits: no worker may write into a scratch folder that is gone


def _lost(row: RejectedRow) -> _Done:
    return _Done(None, 0, 0, (row,), recognised=False)


@lru_cache(maxsize=8)
def _compiled(text: str, name: str) -> tuple[Mapping, Interpreter]:
    mapping = parse_mapping(text, name=name)
    return mapping, compile_mapping(mapping)


def _in_worker(chunk: Chunk, name: str, mapping_text: str, mapping_file: str, *, spool: Path) -> _Done:
    """Workers run without the cyclic collector, a third of the time as measured; a chunk's leavings go with it."""
    mapping, run = _compiled(mapping_text, mapping_file)
    done = _map_chunk(chunk, name=name, mapping=mapping, run=run, spool=spool)
    gc.collect()
    return done


def _map_chunk(chunk: Chunk, *, name: str, mapping: Mapping, run: Interpreter, spool: Path) -> _Done:
    rows = rows_of(chunk, name=name, parse=run.parse)
    mapped = map_rows(rows, mapping=mapping, run=run)
    if mapped.accepted.num_rows:
        pq.write_table(mapped.accepted, spool, compression="lz4", use_dictionary=False, write_statistics=False)
    return _Done(
        spool=spool if mapped.accepted.num_rows else None,
        accepted=mapped.accepted.num_rows,
        skipped=mapped.skipped,
        rejected=mapped.rejected,
        recognised=mapped.recognised,
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
