"""A look at a data file of unknown make: its form, delimiter and encoding, and what stands in its columns."""

from __future__ import annotations

import codecs
import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from mdm.errors import RefusedInput
from mdm.systems.interpret import MISSING, as_text
from mdm.systems.readers import allow_large_cells, opened, with_line_feeds

READ_ROWS = 20_000
SAMPLE_ROWS = 2_000
LIST = "[]"
"""Stands in a column's name behind a list: what follows is read of each element."""
_NULLS = frozenset({"NA", "N/A", "NULL", "null", "None", "NaN", "nan", "\\N"})


@dataclass(frozen=True)
class Sample:
    """Rows of a file, evenly from its first ones. ``columns``: name -> the values there are.

    A name is a dotted path where records are nested, ``phones[].number`` where they hold a list. A column's values are
    in the order of the rows; blank ones and words for nothing (NA, NULL) are left out. ``rows``: how many values a
    column without a blank has here; ``always``: the columns with a value in every row read, and ``distinct``: column ->
    the share of different values, in all of those rows; ``nulls``: column -> the words for nothing it holds.
    """

    form: str
    columns: dict[str, list[str]]
    rows: int
    always: frozenset[str]
    distinct: dict[str, float]
    delimiter: str = ","
    encoding: str = "utf-8"
    nulls: dict[str, frozenset[str]] = field(default_factory=dict)


def _sample(form: str, columns: dict[str, list[str]], rows: int, **others: Any) -> Sample:
    """The sample of all rows read: every so manieth value of a column, because the first ones may be of one kind."""
    step = -(-rows // SAMPLE_ROWS) or 1
    return Sample(
        form=form,
        columns={name: values[::step] for name, values in columns.items()},
        rows=-(-rows // step),
        always=frozenset(name for name, values in columns.items() if len(values) >= rows),
        distinct={name: len(set(values)) / len(values) for name, values in columns.items() if values},
        **others,
    )


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
            lines = list(islice(with_line_feeds(plain), READ_ROWS))
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
    header = next(rows, [])
    named = [name for name in header if name]
    if len(set(named)) != len(named):
        raise RefusedInput(f"{path}: the header names a column twice")
    # R leaves the name of its row names out; several columns without one are none
    kept = header if named and len(header) - len(named) == 1 else named
    columns: dict[str, list[str]] = {name: [] for name in kept}
    nulls: defaultdict[str, set[str]] = defaultdict(set)
    found = list(rows)
    if found and sum(len(row) == len(header) + 1 for row in found) * 2 > len(found):
        raise RefusedInput(
            f"{path}: the rows have one cell more than the header has names (row names of R?);"
            " write the file without them (row.names = FALSE), or put a name such as id in front of the header"
        )
    for row in found:
        for name, cell in zip(header, row, strict=False):
            if name not in columns or not cell.strip():
                continue
            if cell.strip() in _NULLS:
                nulls[name].add(cell.strip())
            else:
                columns[name].append(cell)
    words = {name: frozenset(said) for name, said in nulls.items()}
    return _sample("csv", columns, len(found), delimiter=delimiter, encoding=encoding, nulls=words)


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
    batch = next(pq.ParquetFile(pa.BufferReader(plain.read())).iter_batches(READ_ROWS), None)
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
    """Of a list in a list only that it is there is seen."""
    columns: dict[str, list[str]] = {}

    def put(path: str, part: Any) -> None:
        text = as_text(part)
        columns.setdefault(path, [])
        if text is not MISSING and text:
            columns[path].append(text)

    def walk(prefix: str, value: dict[str, Any]) -> None:
        for key, part in value.items():
            path = f"{prefix}{key}"
            if isinstance(part, dict):
                walk(f"{path}.", part)
            elif isinstance(part, list) and part and LIST not in path:
                for element in part:
                    if isinstance(element, dict):
                        walk(f"{path}{LIST}.", element)
                    else:
                        put(f"{path}{LIST}", element)
            else:
                put(path, part)

    for row in rows:
        walk("", row)
    columns = {c: v for c, v in columns.items() if v or not any(o.startswith(f"{c}{LIST}") for o in columns)}
    kept = {c: v for c, v in columns.items() if v or not any(other.startswith(f"{c}.") for other in columns)}
    return _sample(form, kept, len(rows))
