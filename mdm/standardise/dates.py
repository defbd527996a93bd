"""Days of birth to ISO dates; the impossible and the placeholders are marked."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from mdm.standardise.policy import meaningless
from mdm.standardise.reference import csv_rows, yaml_list
from mdm.standardise.text import ascii_lower
from mdm.standardise.values import IMPOSSIBLE, INVALID, PLACEHOLDER, Value

_TIME = r"(?:[T ]\s*\d{1,2}:\d{2}.*)?"
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})" + _TIME, re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})" + _TIME, re.ASCII)
_PARTS = re.compile(r"(\d{1,2})([-/.])(\d{1,2})[-/.](\d{4}|\d{2})" + _TIME, re.ASCII)
_WORDS_FIRST = re.compile(r"([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})" + _TIME, re.ASCII)
_WORDS_SECOND = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?\.?[ -]([a-z]{3,9})\.?,?[ -](\d{4})" + _TIME, re.ASCII)
_MONTH_FIRST_REGIONS = frozenset({"US", "PR", "GU", "VI", "AS", "MP", "PH"})


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    return {row["name"]: int(row["month"]) for row in csv_rows("months")}


@lru_cache(maxsize=1)
def _meaningless_dates() -> frozenset[str]:
    return frozenset(str(day) for day in yaml_list("policy")["date_of_birth"]["dates"])


def _year(text: str, today: date) -> int:
    """Two digits are the latest such year that is not ahead."""
    year = int(text)
    if len(text) == 4:
        return year
    return year + (2000 if year <= today.year % 100 else 1900)


def read_date(text: str, *, region: str, today: date) -> tuple[int, int, int] | None:
    """Year, month and day as written, which no calendar need have; None when the text is no date."""
    found = _ISO.fullmatch(text) or _COMPACT.fullmatch(text)
    if found:
        return int(found[1]), int(found[2]), int(found[3])
    found = _PARTS.fullmatch(text)
    if found:
        first, second, year = int(found[1]), int(found[3]), _year(found[4], today)
        month_first = found[2] != "." and region in _MONTH_FIRST_REGIONS
        if (month_first and first > 12 >= second) or (not month_first and second <= 12):
            return year, second, first
        return year, first, second
    lower = ascii_lower(text)
    found = _WORDS_FIRST.fullmatch(lower)
    if found and found[1] in _months():
        return int(found[3]), _months()[found[1]], int(found[2])
    found = _WORDS_SECOND.fullmatch(lower)
    if found and found[2] in _months():
        return int(found[3]), _months()[found[2]], int(found[1])
    return None


@lru_cache(maxsize=32768)
def standardise_birth_date(text: str, region: str, today: date) -> Value:
    """One cleaned, non-blank text. Where day and month can be swapped, the region decides (mm/dd in the US)."""
    if meaningless("date_of_birth").fits(ascii_lower(text[:64])):
        return Value(text, text, PLACEHOLDER)
    read = read_date(text[:64], region=region, today=today)
    if read is None:
        return Value(text, text, INVALID)
    year, month, day = read
    display = f"{year:04d}-{month:02d}-{day:02d}"
    if display in _meaningless_dates():
        return Value(display, display, PLACEHOLDER)
    try:
        born = date(year, month, day)
    except ValueError:
        return Value(display, display, IMPOSSIBLE)
    possible = born <= today and today.year - year <= yaml_list("policy")["date_of_birth"]["oldest_age"]
    return Value(display, display, None if possible else IMPOSSIBLE)
