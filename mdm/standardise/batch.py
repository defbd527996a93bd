"""Many records at once: Arrow in, Arrow out, over processes when there are enough of them."""

from __future__ import annotations

import gc
import json
import multiprocessing
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import chain
from typing import Any

import pyarrow as pa

from mdm.errors import MdmError
from mdm.model import EntityType
from mdm.standardise.record import content_hash, standardised_texts
from mdm.standardise.values import IMPLAUSIBLE, IMPOSSIBLE, INCOMPLETE, INVALID, Context

SMALL = 20_000
"""Rows up to which starting processes costs more (about a second) than it saves."""

_IN_FLIGHT = 4
_NOTED = {mark: f',"{mark}"]' for mark in (IMPLAUSIBLE, IMPOSSIBLE, INCOMPLETE, INVALID)}
"""Marks worth telling whoever runs this, and how each stands in the JSON of a record, where no text can imitate it."""
_NOTES = b"noted"
_tally: ContextVar[Counter[str] | None] = ContextVar("tally", default=None)


@contextmanager
def noted() -> Iterator[Mapping[str, int]]:
    """Counts, by attribute and mark ("date_of_birth impossible"), the values that streams standardised inside meet."""
    tally: Counter[str] = Counter()
    token = _tally.set(tally)
    try:
        yield tally
    finally:
        _tally.reset(token)


class StandardiseError(MdmError):
    """A worker process died or met a defect; nothing of its batch was given out. Run again, with fewer processes."""


def output_schema() -> pa.Schema:
    """record_id, version, entity_type, values (JSON), match (JSON), content_hash (md5 hex); one row per record."""
    return pa.schema(
        [
            ("record_id", pa.int64()),
            ("version", pa.int32()),
            ("entity_type", pa.string()),
            ("values", pa.string()),
            ("match", pa.string()),
            ("content_hash", pa.string()),
        ]
    )


def _attributes(text: str | None) -> dict[str, Any]:
    """The canonical attributes of a row; text that is no JSON object has none (ingest never writes such)."""
    try:
        attributes = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return attributes if isinstance(attributes, dict) else {}


def _notes(written: str) -> Iterator[str]:
    if any(mark in written for mark in _NOTED.values()):
        for name, values in json.loads(written).items():
            yield from (f"{name} {mark}" for *_, mark in values if mark in _NOTED)


def standardise_batch(batch: pa.Table, context: Context) -> pa.Table:
    """Standardises (record_id, version, entity_type, attributes as JSON text) in order; gives ``output_schema``."""
    return _standardise(batch, context).replace_schema_metadata()


def _standardise(batch: pa.Table, context: Context) -> pa.Table:
    """As ``standardise_batch``, with what is to be counted in the schema's metadata, which passes between processes."""
    notes: Counter[str] = Counter()
    types = {e.value: e for e in EntityType}
    values, matches, hashes = [], [], []
    entity_types = batch.column("entity_type").to_pylist()
    for name, text in zip(entity_types, batch.column("attributes").to_pylist(), strict=True):
        entity_type = types[name]
        written, match = standardised_texts(_attributes(text), entity_type, context)
        notes.update(_notes(written))
        values.append(written)
        matches.append(match)
        hashes.append(content_hash(entity_type, match))
    schema = output_schema()
    kept = [batch.column(name).cast(schema.field(name).type) for name in ("record_id", "version", "entity_type")]
    columns = [*kept, *(pa.array(texts, pa.string()) for texts in (values, matches, hashes))]
    return pa.table(columns, schema=schema.with_metadata({_NOTES: json.dumps(notes)}))


def _counted(result: pa.Table) -> pa.Table:
    tally = _tally.get()
    if tally is not None:
        tally.update(json.loads(result.schema.metadata[_NOTES]))
    return result.replace_schema_metadata()


def _packed(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


def _unpacked(data: bytes) -> pa.Table:
    return pa.ipc.open_stream(data).read_all()


def _work(data: bytes, context: Context) -> bytes:
    return _packed(_standardise(_unpacked(data), context))


def _rarely_collect() -> None:
    """Collects seldom and never what is loaded: a worker makes next to no cycles, and looking for them costs."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 1000)


def _result(future: Future[bytes]) -> pa.Table:
    try:
        return _unpacked(future.result())
    except BrokenProcessPool as error:
        raise StandardiseError("a standardising process ended before its batch was done (out of memory?)") from error
    except MdmError:
        raise
    except Exception as error:
        # the type only: a message may quote a customer's value
        raise StandardiseError(f"standardising a batch failed in a worker: {type(error).__name__}") from None


def standardise_stream(batches: Iterable[pa.Table], context: Context, processes: int) -> Iterator[pa.Table]:
    """Standardises batches over ``processes`` spawned processes, in order, at most four per process in flight: enough
    for them to go on while what they did is written.

    The first ``SMALL`` rows decide: when there are no more, or with one process, everything happens in this process.
    Batches of 5 000 to 20 000 rows suit it. Raises StandardiseError when a worker dies.
    """
    source = iter(batches)
    first: list[pa.Table] = []
    if processes > 1:
        rows = 0
        for batch in source:
            first.append(batch)
            rows += batch.num_rows
            if rows > SMALL:
                break
        else:
            processes = 1
    every = chain(first, source)
    if processes <= 1:
        for batch in every:
            yield _counted(_standardise(batch, context))
        return
    pool = ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn"), initializer=_rarely_collect)
    waiting: deque[Future[bytes]] = deque()
    try:
        for batch in every:
            waiting.append(pool.submit(_work, _packed(batch), context))
            if len(waiting) >= _IN_FLIGHT * processes:
                yield _counted(_result(waiting.popleft()))
        while waiting:
            yield _counted(_result(waiting.popleft()))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
