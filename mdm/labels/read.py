"""A file of labels, row by row: CSV as spreadsheets save it (comma, semicolon or tab; with or without a byte order
mark).

Two forms: answers about pairs (``PAIR_COLUMNS`` and label), and a truth (``TRUTH_COLUMNS``), from which pairs are made.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

from mdm.errors import RefusedInput

PAIR_COLUMNS = ("system_a", "object_a", "source_id_a", "system_b", "object_b", "source_id_b", "label")
TRUTH_COLUMNS = ("system", "object", "source_id", "entity_id")
_DELIMITERS = ",;\t|"
_EXPECTED = (
    f"expected a CSV file with the columns {', '.join(PAIR_COLUMNS)} (and by, at, comment, if you like; "
    f"`mdm labels propose` writes one to fill in), or with {', '.join(TRUTH_COLUMNS)}"
)


class Form(Enum):
    """What a file of labels says."""

    PAIRS = "pairs"
    TRUTH = "truth"


@dataclass(frozen=True)
class Row:
    """One row: the line it begins on, and its cells by column, stripped."""

    line: int
    cells: dict[str, str]


def read_rows(path: Path) -> tuple[Form, Iterator[Row]]:
    """The form of a file and its rows that say anything. RefusedInput when it is no file of labels."""
    if not path.is_file():
        raise RefusedInput(f"{path}: there is no such file; {_EXPECTED}")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise RefusedInput(f"{path}: not UTF-8; save it from the spreadsheet as `CSV UTF-8`") from None
    head = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=head.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restkey="")
    names = {name: name.strip().casefold().replace(" ", "_") for name in reader.fieldnames or ()}
    found = set(names.values())
    if found >= set(PAIR_COLUMNS):
        return Form.PAIRS, _rows(path, reader, names)
    if found >= {"source_id", "entity_id", "object"} and found & {"system", "source"}:
        return Form.TRUTH, _rows(path, reader, names | ({} if "system" in found else {"source": "system"}))
    shown = ", ".join(sorted(found)[:20]) or "nothing"
    raise RefusedInput(f"{path}: {_EXPECTED}; found {shown}")


def _rows(path: Path, reader: csv.DictReader[str], names: dict[str, str]) -> Iterator[Row]:
    last = 1
    try:
        for raw in reader:
            line, last = last + 1, reader.line_num
            cells = {names[k]: (v or "").strip() for k, v in raw.items() if k in names}
            if any(cells.values()):
                yield Row(line, cells)
    except csv.Error as error:
        raise RefusedInput(f"{path}:{last + 1}: not CSV ({error})") from None


def said_at(text: str) -> datetime | None:
    """The moment a cell says, in UTC where it names no zone; None where it says nothing. ValueError for anything
    else.
    """
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("`at` is no ISO date or time, such as 2026-11-21 or 2026-11-21T10:15:00Z") from None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
