"""Birth dates in parts: which columns hold the year, the month and the day, and how they are joined to one date."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mdm.systems.day_formats import mostly

BORN = "date_of_birth"
YEAR, MONTH, DAY = PARTS = (f"{BORN}.year", f"{BORN}.month", f"{BORN}.day")

_DECIMALS = r"(?:\.0+)?"
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d" + _DECIMALS, re.ASCII)
_SHORT_YEAR = re.compile(r"\d\d" + _DECIMALS, re.ASCII)
_MONTH = re.compile(r"(?:0?[1-9]|1[0-2])" + _DECIMALS, re.ASCII)
_MONTH_WORD = re.compile(r"[^\W\d_]{3,10}\.?")
_DAY = re.compile(r"(?:0?[1-9]|[12]\d|3[01])" + _DECIMALS, re.ASCII)
_HELD: Mapping[str, tuple[re.Pattern[str], ...]] = {
    YEAR: (_YEAR, _SHORT_YEAR),
    MONTH: (_MONTH, _MONTH_WORD),
    DAY: (_DAY,),
}


def part_held(fact: str, values: Sequence[str]) -> str | None:
    """What a column called a birth date or a part of one holds: a part, the date itself, or (None) neither."""
    if not values:
        return fact
    if fact != BORN:
        return fact if any(_are(values, form) for form in _HELD[fact]) else None
    if _are(values, _DAY):
        return DAY
    return YEAR if _are(values, _YEAR) else BORN


def _are(values: Sequence[str], form: re.Pattern[str]) -> bool:
    return mostly(values, lambda v: form.fullmatch(v.strip()) is not None)


def settled(placed: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """``placed`` with the parts only where all three are there and no whole date is, and what to say of the others."""
    found = {target: column for column, target in placed.items() if target in PARTS}
    whole = BORN in placed.values()
    if len(found) == len(PARTS) and not whole:
        return placed, []
    rest = {column: target for column, target in placed.items() if target not in PARTS}
    if whole or not found:
        return rest, []
    missing = " and ".join(part.rpartition(".")[2] for part in PARTS if part not in found)
    columns = ", ".join(repr(column) for column in found.values())
    return rest, [
        f"{columns}: a birth date without its {missing}, not placed, because none is made up; ask for a column with the"
        " whole date, or name the missing column in a join as date_of_birth: {join: [YEAR, MONTH, DAY], separator: '-'}"
    ]


def joined_date(columns: Mapping[str, str], values: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The expression for a date in parts. ``columns``: part -> column; ``values``: column -> its values."""
    year, month, day = (_part(columns[part], values[columns[part]]) for part in PARTS)
    months, years = values[columns[MONTH]], values[columns[YEAR]]
    if months and _are(months, _MONTH_WORD):
        return {"join": [day, columns[MONTH], year], "separator": " "}
    if years and not _are(years, _YEAR):
        return {"join": [day, month, year], "separator": "."}  # of two digits: the century is found as for whole dates
    return {"join": [year, month, day], "separator": "-", "date_format": "%Y-%m-%d"}


def _part(column: str, values: Sequence[str]) -> Any:
    """The column, without the decimals a spreadsheet or pandas gave it."""
    return column if all(v.strip().isdigit() for v in values) else {"path": column, "pattern": r"^\s*(\d+)"}
