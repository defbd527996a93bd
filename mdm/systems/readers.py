"""Files into chunks of rows: CSV, JSONL and Parquet, each also gzipped, streamed, with line numbers and exact payloads.

The parent process cuts a file into chunks at record boundaries (cheap); ``rows_of`` reads a chunk, in any process.
A file that cannot be read as what it should be raises RefusedInput naming the file and what was expected.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any, cast

import pyarrow as pa
import pyarrow.parquet as pq

from mdm.errors import RefusedInput
from mdm.systems.interpret import Record, RowRejected, write_json
from mdm.systems.mapping import CsvForm, Mapping

CHUNK_BYTES = 4_000_000
MOST_BYTES_OF_A_ROW = 16_000_000
SUSPICIOUS_LINES = 2_000
"""A quoted cell of more lines than this is looked at: it may be a stray quote that swallows rows."""

_LOOK_BYTES = 1_000_000
_SHOWN_BYTES = 100_000
_DELIMITERS = {",": "','", ";": "';'", "\t": "a tab", "|": "'|'"}
_NOT_CLOSED = "a quote is opened and not closed"
_PERHAPS_WINDOWS = "; if it is Windows-1252 or Latin-1, its mapping says `csv: {encoding: cp1252}`"
_GZIP_MAGIC = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that could not be taken: its line, the reason in words, and what stood there."""

    line: int
    reason: str
    payload: str


@dataclass(frozen=True, slots=True)
class CsvChunk:
    """Whole CSV records as they stand in the file; ``columns`` is the header."""

    first_line: int
    data: bytes
    columns: tuple[str, ...]
    form: CsvForm


@dataclass(frozen=True, slots=True)
class JsonlChunk:
    """Whole lines of a JSONL file."""

    first_line: int
    data: bytes


@dataclass(frozen=True, slots=True)
class FamilyChunk:
    """Parent lines of a JSONL file, each with its child lines below it in one payload."""

    rows: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class ParquetChunk:
    """Rows of a Parquet file; the line is the row's number."""

    first_line: int
    batch: pa.RecordBatch


Chunk = CsvChunk | JsonlChunk | FamilyChunk | ParquetChunk
Advance = Callable[[int], None]
"""Called with the bytes of the file read so far (compressed bytes for a .gz)."""


def chunks_of(
    path: Path, mapping: Mapping, *, advance: Advance, chunk_bytes: int = CHUNK_BYTES
) -> Iterator[Chunk | RejectedRow]:
    """Cuts a file into chunks; rows that cannot even be cut come as RejectedRow. Zero bytes are no rows."""
    cut = {"csv": _csv_chunks, "jsonl": _jsonl_chunks, "parquet": _parquet_chunks}[mapping.document.format]
    try:
        if not _is_empty(path):
            yield from cut(path, mapping, advance, chunk_bytes)
        advance(path.stat().st_size)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise RefusedInput(f"{path}: not a complete gzip file (truncated or damaged); nothing was taken") from error
    except OSError as error:
        raise RefusedInput(f"{path}: cannot be read ({error.strerror or error})") from error


@contextmanager
def opened(path: Path) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """The plain bytes of a file, unzipped when it is gzip, behind a BOM; and the raw file, for progress."""
    with path.open("rb") as raw:
        zipped = raw.read(2) == _GZIP_MAGIC or path.name.endswith(".gz")
        raw.seek(0)
        plain: IO[bytes] = cast("IO[bytes]", gzip.GzipFile(fileobj=raw, mode="rb")) if zipped else raw
        if plain.read(3) != _BOM:
            plain.seek(0)
        yield plain, raw


def _is_empty(path: Path) -> bool:
    """Whether there is nothing in it, once unzipped; an empty file may be named .gz without being one."""
    if path.stat().st_size == 0:
        return True
    with opened(path) as (plain, _):
        return not plain.read(1)


def with_line_feeds(plain: IO[bytes]) -> IO[bytes]:
    """The bytes that follow; where lines end with a carriage return alone (old Macintosh), with line feeds instead."""
    start = plain.tell()
    look = plain.read(_LOOK_BYTES)
    plain.seek(start)
    return plain if b"\r" not in look or b"\n" in look else io.BufferedReader(_CarriageReturns(plain))


class _CarriageReturns(io.RawIOBase):
    """Bytes of which every carriage return is a line feed."""

    def __init__(self, plain: IO[bytes]) -> None:
        self._plain = plain

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._plain.seek(offset, whence)

    def readinto(self, buffer: Any) -> int:
        data = self._plain.read(len(buffer)).replace(b"\r", b"\n")
        buffer[: len(data)] = data
        return len(data)


# --- CSV -------------------------------------------------------------------------------------------------------------


def allow_large_cells() -> None:
    """The csv module's limit (131 072) is one of the process; it is raised only, for whoever else reads CSV here."""
    if csv.field_size_limit() < MOST_BYTES_OF_A_ROW:
        csv.field_size_limit(MOST_BYTES_OF_A_ROW)


def _csv_chunks(path: Path, mapping: Mapping, advance: Advance, chunk_bytes: int) -> Iterator[Chunk | RejectedRow]:
    form = mapping.document.csv
    quote, most = form.quote.encode(), MOST_BYTES_OF_A_ROW
    allow_large_cells()
    with opened(path) as (plain, raw):
        lines = _Lines(with_line_feeds(plain))
        if not lines.skip_blank():
            return
        header = lines.record(form, width=0)
        if isinstance(header, RejectedRow):
            raise _wrong_header(path, mapping)
        columns = _columns(path, mapping, header)
        pending: list[bytes] = []
        first, size = lines.number + 1, 0
        for line in lines:
            if quote in line or len(line) > most:
                lines.put_back(line)
                record = lines.record(form, width=len(columns))
                if isinstance(record, RejectedRow):
                    if pending:
                        yield CsvChunk(first, b"".join(pending), columns, form)
                    yield record
                    pending, first, size = [], lines.number + 1, 0
                    continue
                line = record  # noqa: PLW2901  (a record may be several lines)
            pending.append(line)
            size += len(line)
            if size >= chunk_bytes:
                advance(raw.tell())
                yield CsvChunk(first, b"".join(pending), columns, form)
                pending, first, size = [], lines.number + 1, 0
        if pending:
            yield CsvChunk(first, b"".join(pending), columns, form)
        advance(raw.tell())


class _Lines:
    """Lines of a file with a place to put some back; ``number`` is the number of the last line given out."""

    def __init__(self, plain: IO[bytes]) -> None:
        self._plain = plain
        self._back: deque[bytes] = deque()
        self.number = 0

    def __iter__(self) -> Iterator[bytes]:
        while line := self.take():
            yield line

    def take(self) -> bytes:
        """The next line with its end; empty at the end of the file."""
        line = self._back.popleft() if self._back else self._plain.readline()
        self.number += bool(line)
        return line

    def put_back(self, *lines: bytes) -> None:
        """Gives lines back, to be read again."""
        self._back.extendleft(reversed(lines))
        self.number -= len(lines)

    def skip_blank(self) -> bool:
        """Passes over blank lines; whether anything follows them."""
        for line in self:
            if not line.isspace():
                self.put_back(line)
                return True
        return False

    def record(self, form: CsvForm, *, width: int) -> bytes | RejectedRow:
        """The next CSV record, by the csv module's own reading of quotes; there is one. ``width``: cells of the header.

        A RejectedRow when its quote is never closed (the lines below it are read as rows), or when it is too long.
        """
        taken: list[bytes] = []
        size = 0

        def texts() -> Iterator[str]:
            nonlocal size
            for line in self:
                taken.append(line)
                size += len(line)
                if size > MOST_BYTES_OF_A_ROW:
                    return
                yield line.decode("latin-1")  # only quotes, delimiters and line ends matter here

        closed = True
        try:
            next(csv.reader(texts(), delimiter=form.delimiter, quotechar=form.quote, strict=True), None)
        except csv.Error:
            # an even number of quotes: text stands behind a closing quote, loosely written, but one record
            closed = size > MOST_BYTES_OF_A_ROW or b"".join(taken).count(form.quote.encode()) % 2 == 0
        if not closed or _swallows_rows(taken, form, width):
            self.put_back(*taken[1:])
            return RejectedRow(self.number, _NOT_CLOSED, _shown(taken[0], form))
        return b"".join(taken) if size <= MOST_BYTES_OF_A_ROW else self._too_long(taken, form)

    def _too_long(self, taken: list[bytes], form: CsvForm) -> RejectedRow:
        """Reads on to the end of a record without keeping it; back to its second line when it has no end."""
        quote, number = form.quote.encode(), self.number + 1 - len(taken)
        second = self._plain.tell() - sum(map(len, self._back)) - sum(map(len, taken[1:]))
        quotes = sum(line.count(quote) for line in taken)
        while quotes % 2:
            line = self.take()
            if not line:
                self._back.clear()
                self._plain.seek(second)
                self.number = number
                return RejectedRow(number, _NOT_CLOSED, _shown(taken[0], form))
            quotes += line.count(quote)
        return RejectedRow(number, f"a row longer than {MOST_BYTES_OF_A_ROW} bytes", _shown(b"".join(taken), form))


def _swallows_rows(lines: list[bytes], form: CsvForm, width: int) -> bool:
    """Whether most lines of a very long record look like rows of their own, as between two stray quotes."""
    if len(lines) <= SUSPICIOUS_LINES or width < 2:  # one column has no delimiters to count
        return False
    delimiter = form.delimiter.encode()
    return sum(line.count(delimiter) == width - 1 for line in lines) * 2 > len(lines)


def _shown(data: bytes, form: CsvForm) -> str:
    return data[:_SHOWN_BYTES].decode(form.encoding, "replace").rstrip("\r\n")


def _columns(path: Path, mapping: Mapping, header: bytes) -> tuple[str, ...]:
    form = mapping.document.csv
    text = _decoded(path, header, form.encoding, line=1, advice=_advice(form)).rstrip("\r\n")
    try:
        columns = _cells(text, form.delimiter, form.quote)
    except csv.Error as error:
        raise RefusedInput(f"{path}: the header is not one line of CSV ({error}): mixed line ends?") from error
    fits = all(group & set(columns) for group in mapping.required)
    if not fits or not mapping.known_names & set(columns):
        for other, words in _DELIMITERS.items():
            if other != form.delimiter and mapping.known_names & set(_cells(text, other, form.quote)):
                expected = _DELIMITERS.get(form.delimiter, repr(form.delimiter))
                raise RefusedInput(
                    f"{path}: columns are separated by {words}; the mapping expects {expected} ({mapping.file})"
                )
    if not fits:
        raise _wrong_header(path, mapping)
    if len(set(columns)) != len(columns):
        raise RefusedInput(f"{path}: the header names a column twice")
    return columns


def _cells(header: str, delimiter: str, quote: str) -> tuple[str, ...]:
    return tuple(next(csv.reader([header], delimiter=delimiter, quotechar=quote), []))


def _advice(form: CsvForm) -> str:
    return _PERHAPS_WINDOWS if form.encoding == "utf-8" else ""


def _wrong_header(path: Path, mapping: Mapping) -> RefusedInput:
    kind = {"csv": "columns", "jsonl": "fields", "parquet": "columns"}[mapping.document.format]
    return RefusedInput(f"{path}: not a {mapping.name} file: expected the {kind} {mapping.expected} ({mapping.file})")


def _decoded(path: Path | str, data: bytes, encoding: str, *, line: int, advice: str = "") -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise RefusedInput(f"{path}: the file is UTF-16; expected {encoding.upper()}") from None
        where = line + data.count(b"\n", 0, error.start)
        words = f"line {where} is not {encoding.upper()} text; expected {encoding.upper()}{advice}"
        raise RefusedInput(f"{path}: {words}") from None


def _csv_rows(chunk: CsvChunk, name: str) -> Iterator[tuple[int, Record, str] | RejectedRow]:
    allow_large_cells()
    text = _decoded(name, chunk.data, chunk.form.encoding, line=chunk.first_line, advice=_advice(chunk.form))
    lines = _split_lines(text)
    reader = csv.reader(lines, delimiter=chunk.form.delimiter, quotechar=chunk.form.quote)
    columns, width, before = chunk.columns, len(chunk.columns), 0
    has_nul = "\x00" in text
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield RejectedRow(chunk.first_line + before, f"not CSV: {error}", _joined(lines, before, reader.line_num))
            before = reader.line_num
            continue
        line, start, before = chunk.first_line + before, before, reader.line_num
        if len(cells) == width:
            record = {name: cell or None for name, cell in zip(columns, cells, strict=True)}
            payload = write_json(record)
            yield line, without_nul(record) if has_nul else record, payload
        elif cells:
            reason = f"{len(cells)} cells where the header has {width}"
            yield RejectedRow(line, reason, _joined(lines, start, before))


def without_nul(record: Record) -> Record:
    """Cells without the NUL character, which the store's text has no room for; the payload keeps it, escaped."""
    return {name: cell.replace("\x00", "") if cell else cell for name, cell in record.items()}


def _split_lines(text: str) -> list[str]:
    """Cut at line feeds only: other separators Unicode knows may stand in a cell."""
    parts = text.split("\n")
    lines = [part + "\n" for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines


def _joined(lines: list[str], start: int, end: int) -> str:
    return "".join(lines[start:end]).rstrip("\r\n")


# --- JSONL -----------------------------------------------------------------------------------------------------------


def _jsonl_chunks(path: Path, mapping: Mapping, advance: Advance, chunk_bytes: int) -> Iterator[Chunk | RejectedRow]:
    children = mapping.document.children
    if children is not None and _holds(path, f'"{children.parent}"'.encode()):
        yield from _family_chunks(path, mapping, advance, chunk_bytes)
        return
    with opened(path) as (plain, raw):
        line = 1
        while data := plain.read(chunk_bytes):
            data += plain.readline()
            yield JsonlChunk(line, data)
            line += data.count(b"\n")
            advance(raw.tell())


def _holds(path: Path, word: bytes) -> bool:
    tail = b""
    with opened(path) as (plain, _):
        while data := plain.read(CHUNK_BYTES):
            if word in tail + data[: len(word)] or word in data:
                return True
            tail = data[-len(word) :]
    return False


def _family_chunks(path: Path, mapping: Mapping, advance: Advance, chunk_bytes: int) -> Iterator[Chunk | RejectedRow]:
    """Two passes: first the child lines by the parent they name (these are held in memory), then the parents.

    A grandchild hangs on its parent's parent. A family's payload is the parent line and its child lines in the order
    of their text, so that it does not depend on where in the file they stood.
    """
    children = mapping.document.children
    assert children is not None
    word = f'"{children.parent}"'.encode()
    kin: dict[str, list[tuple[int, str]]] = {}
    parent_of: dict[str, str] = {}
    for number, line in _texts(path, word=word):
        child = _child(line, children.parent)
        if child is None:
            continue
        parent = str(child[children.parent])
        parent_of[str(child.get(children.id))] = parent
        kin.setdefault(parent, []).append((number, line))
    families: dict[str, list[tuple[int, str]]] = {}
    for parent, lines in kin.items():
        families.setdefault(_root(parent, parent_of), []).extend(lines)
    taken: set[str] = set()
    rows: list[tuple[int, str]] = []
    size = 0
    for number, line in _texts(path, advance=advance):
        if word.decode() in line and _child(line, children.parent) is not None:
            continue
        source_id = _id_of(line, children.id)
        own = sorted(text for _, text in families.get(source_id, ()))
        taken.add(source_id)
        payload = "\n".join([line, *own])
        rows.append((number, payload))
        size += len(payload)
        if size >= chunk_bytes:
            yield FamilyChunk(tuple(rows))
            rows, size = [], 0
    if rows:
        yield FamilyChunk(tuple(rows))
    orphans = [row for parent, lines in families.items() if parent not in taken for row in lines]
    for number, line in sorted(orphans):
        yield RejectedRow(number, "a child line whose parent is not in this file", line)


def _root(parent: str, parent_of: dict[str, str]) -> str:
    seen = {parent}
    while (above := parent_of.get(parent)) is not None and above not in seen:
        seen.add(above)
        parent = above
    return parent


def _texts(path: Path, *, word: bytes | None = None, advance: Advance | None = None) -> Iterator[tuple[int, str]]:
    with opened(path) as (plain, raw):
        for number, line in enumerate(plain, start=1):
            if (word is None or word in line) and not line.isspace():
                yield number, _decoded(path, line, "utf-8", line=number).rstrip("\r\n")
            if advance is not None and number % 20_000 == 0:
                advance(raw.tell())


def _child(line: str, parent: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and value.get(parent) is not None else None


def _id_of(line: str, name: str) -> str:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return ""
    return str(value.get(name, "")) if isinstance(value, dict) else ""


# --- Parquet ---------------------------------------------------------------------------------------------------------


def _parquet_chunks(path: Path, mapping: Mapping, advance: Advance, chunk_bytes: int) -> Iterator[Chunk | RejectedRow]:
    del chunk_bytes  # rows of a Parquet file have no bytes of their own; batches go by number
    with opened(path) as (plain, raw):
        zipped = plain is not raw
        try:
            file = pq.ParquetFile(BytesIO(plain.read()) if zipped else plain)
        except pa.ArrowInvalid as error:
            raise RefusedInput(f"{path}: not a Parquet file, or a truncated one") from error
        if not all(group & set(file.schema_arrow.names) for group in mapping.required):
            raise _wrong_header(path, mapping)
        line = 1
        try:
            for batch in file.iter_batches(batch_size=10_000):
                yield ParquetChunk(line, batch)
                line += batch.num_rows
                advance(raw.tell())
        except (pa.ArrowInvalid, OSError) as error:
            raise RefusedInput(f"{path}: the Parquet file is damaged") from error


# --- chunk -> rows ---------------------------------------------------------------------------------------------------


def rows_of(
    chunk: Chunk, *, name: str, parse: Callable[[str], Record]
) -> Iterator[tuple[int, Record, str] | RejectedRow]:
    """The rows of a chunk: (line, record, payload text), or RejectedRow. ``name`` is the file's, for messages."""
    match chunk:
        case CsvChunk():
            yield from _csv_rows(chunk, name)
        case JsonlChunk():
            text = _decoded(name, chunk.data, "utf-8", line=chunk.first_line)
            yield from _parsed(enumerate(text.split("\n"), start=chunk.first_line), parse)
        case FamilyChunk():
            yield from _parsed(chunk.rows, parse)
        case ParquetChunk():
            for line, record in enumerate(chunk.batch.to_pylist(), start=chunk.first_line):
                yield line, record, write_json(record)


def _parsed(rows: Any, parse: Callable[[str], Record]) -> Iterator[tuple[int, Record, str] | RejectedRow]:
    for line, raw in rows:
        payload = raw.removesuffix("\r")
        if not payload or payload.isspace():
            continue
        try:
            record = parse(payload)
        except RowRejected as error:
            yield RejectedRow(line, error.reason, payload)
        else:
            yield line, record, payload
