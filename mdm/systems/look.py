"""A look at a data file of unknown make: its form, delimiter and encoding, and what stands in its columns."""

from __future__ import annotations

import codecs
import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from mdm.errors import RefusedInput
from mdm.systems.interpret import MISSING, as_text
from mdm.systems.readers import allow_large_cells, opened, with_line_feeds

SAMPLE_ROWS = 2_000


@dataclass(frozen=True)
class Sample:
    """The first rows of a file. ``columns``: name (a dotted path where records are nested) -> the values there are.

    A column's values are in the order of the rows; blank ones are left out. ``rows``: how many were read.
    """

    form: str
    columns: dict[str, list[str]]
    rows: int
    delimiter: str = ","
    encoding: str = "utf-8"


def look_at(path: Path) -> Sample:
    """Reads the first rows of a CSV, JSON lines or Parquet file (also .gz). RefusedInput when it is none of these."""
    if not path.is_file():
        raise RefusedInput(f"{path}: no such file")
    try:
        with opened(path) as (plain, _):
            start = plain.read(4)
            plain.seek(-len(start), 1)
            if start == b"PAR1":
                return _parquet(plain)
            lines = list(islice(with_line_feeds(plain), SAMPLE_ROWS))
        first = next((line.lstrip() for line in lines if not line.isspace()), b"")
        if first.startswith(b"["):
            raise RefusedInput(f"{path}: looks like one JSON array; expected one JSON object a line")
        if first.startswith(b"{"):
            return _nested("jsonl", list(_objects([line.decode() for line in lines])))
        return _csv(path, b"".join(lines))
    except (UnicodeDecodeError, EOFError, OSError, pa.ArrowInvalid, csv.Error) as error:
        raise RefusedInput(f"{path}: expected a CSV, JSON lines (UTF-8), or Parquet file") from error


# --- CSV -------------------------------------------------------------------------------------------------------------


def _csv(path: Path, data: bytes) -> Sample:
    text, encoding = _decoded(path, data)
    lines = [line for line in text.split("\n") if line.strip()]
    delimiter = max(",;\t|", key=lambda d: len(_row(lines[0], d))) if lines else ","
    allow_large_cells()
    rows = csv.reader((line + "\n" for line in lines), delimiter=delimiter)
    header = [name for name in next(rows, []) if name]
    if len(set(header)) != len(header):
        raise RefusedInput(f"{path}: the header names a column twice")
    columns: dict[str, list[str]] = {name: [] for name in header}
    number = 0
    for row in rows:
        number += 1
        for name, cell in zip(header, row, strict=False):
            if cell.strip():
                columns[name].append(cell)
    return Sample("csv", columns, number, delimiter, encoding)


def _row(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [])


def _decoded(path: Path, data: bytes) -> tuple[str, str]:
    """UTF-8, else Windows-1252, else Latin-1 (which everything is that has no NUL); the last line may be cut."""
    if b"\x00" in data or data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise RefusedInput(f"{path}: expected text in UTF-8 or Windows-1252; this is UTF-16 or no text")
    for encoding in ("utf-8", "cp1252"):
        try:
            return data.decode(encoding).replace("\r\n", "\n"), encoding
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1").replace("\r\n", "\n"), "latin-1"


# --- nested records --------------------------------------------------------------------------------------------------


def _parquet(plain: IO[bytes]) -> Sample:
    batch = next(pq.ParquetFile(pa.BufferReader(plain.read())).iter_batches(SAMPLE_ROWS), None)
    return _nested("parquet", batch.to_pylist() if batch is not None else [])


def _objects(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict):
            yield value


def _nested(form: str, rows: Sequence[dict[str, Any]]) -> Sample:
    """Lists are left to the person who reads the proposal."""
    columns: dict[str, list[str]] = {}

    def walk(prefix: str, value: dict[str, Any]) -> None:
        for key, part in value.items():
            path = f"{prefix}{key}"
            if isinstance(part, dict):
                walk(f"{path}.", part)
            else:
                text = as_text(part)
                columns.setdefault(path, [])
                if text is not MISSING and text:
                    columns[path].append(text)

    for row in rows:
        walk("", row)
    kept = {c: v for c, v in columns.items() if v or not any(other.startswith(f"{c}.") for other in columns)}
    return Sample(form, kept, len(rows))
