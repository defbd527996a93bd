"""Days of birth to ISO dates; the implausible, the impossible and the placeholders are marked."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from mdm.standardise.policy import meaningless
from mdm.standardise.reference import csv_rows, yaml_list
from mdm.standardise.text import ascii_lower
from mdm.standardise.values import IMPLAUSIBLE, IMPOSSIBLE, INVALID, PLACEHOLDER, Value

_TIME = r"(?:[Tt ]\s*\d{1,2}:\d{2}.*)?"
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})" + _TIME, re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})" + _TIME, re.ASCII)
_PARTS = re.compile(r"(\d{1,2})([-/.])(\d{1,2})[-/.](\d{4}|\d{2})" + _TIME, re.ASCII)
_WORDS_FIRST = re.compile(
    r"([a-z]{3,9})[.]?[ \-/](\d{1,2})(?:st|nd|rd|th)?(?:, ?|[ \-/])(\d{4}|\d{2})" + _TIME, re.ASCII
)
_WORDS_SECOND = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th)?\.?[ \-/]?([a-z]{3,9})\.?,?[ \-/]?(\d{4}|\d{2})" + _TIME, re.ASCII
)
_WORDS_LAST = re.compile(r"(\d{4})[ \-/]([a-z]{3,9})[ \-/](\d{1,2})" + _TIME, re.ASCII)
_MONTHS, _DAYS = range(1, 13), range(1, 32)
_NO_PART = frozenset({0, 99})  # what is written for a day or month nobody knows
_MONTH_FIRST_REGIONS = frozenset({"US", "PR", "GU", "VI", "AS", "MP", "PH"})


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    return {row["name"]: int(row["month"]) for row in csv_rows("months")}


@lru_cache(maxsize=1)
def _meaningless_dates() -> frozenset[str]:
    return frozenset(str(day) for day in yaml_list("policy")["date_of_birth"]["dates"])


def _dated(year: str, month: int, day: int, today: date) -> tuple[int, int, int]:
    """Year, month and day; a year of two digits is the latest for which that day is not ahead."""
    if len(year) == 4:
        return int(year), month, day
    this_century = today.year - today.year % 100 + int(year)
    ahead = (this_century, month, day) > (today.year, today.month, today.day)
    return this_century - 100 if ahead else this_century, month, day


def _of_words(lower: str) -> tuple[str, str, str] | None:
    """Year, name of the month, and day of a lower-case date that names its month."""
    if found := _WORDS_FIRST.fullmatch(lower):
        return found[3], found[1], found[2]
    if found := _WORDS_SECOND.fullmatch(lower):
        return found[3], found[2], found[1]
    if found := _WORDS_LAST.fullmatch(lower):
        return found[1], found[2], found[3]
    return None


def read_date(text: str, *, region: str, today: date) -> tuple[int, int, int] | None:
    """Year, month and day as written, which no calendar need have; None when the text is no date."""
    found = _ISO.fullmatch(text) or _COMPACT.fullmatch(text)
    if found:
        return int(found[1]), int(found[2]), int(found[3])
    found = _PARTS.fullmatch(text)
    if found:
        first, second = int(found[1]), int(found[3])
        month_first = found[2] != "." and region in _MONTH_FIRST_REGIONS
        if (month_first and first > 12 >= second) or (not month_first and second <= 12):
            first, second = second, first
        return _dated(found[4], first, second, today)
    words = _of_words(ascii_lower(text))
    if words is None or words[1] not in _months():
        return None
    return _dated(words[0], _months()[words[1]], int(words[2]), today)


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
    return Value(display, display, _mark(year, month, day, today))


def _mark(year: int, month: int, day: int, today: date) -> str | None:
    policy = yaml_list("policy")["date_of_birth"]
    try:
        ahead = date(year, month, day) > today
        slipped = False
    except ValueError:
        # what was slipped into a day or month is not known, and no day is invented: it compares as it is written
        ahead = year >= today.year
        slipped = (month in _MONTHS) + (day in _DAYS) >= 1 and not {month, day} & _NO_PART
        if not slipped:
            return IMPOSSIBLE
    if ahead or year < policy["earliest_year"]:
        return IMPOSSIBLE
    return IMPLAUSIBLE if slipped or today.year - year > policy["oldest_age"] else None
