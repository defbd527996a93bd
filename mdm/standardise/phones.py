"""Phone numbers to E.164, by the region of the address or else the default one; an extension stands apart.

A number without its area code compares with others of its region without one, and with nothing else.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import phonenumbers

from mdm.standardise.policy import meaningless
from mdm.standardise.text import LONGEST_TEXT, ascii_lower
from mdm.standardise.values import INCOMPLETE, INVALID, PLACEHOLDER, Value

# Plain numbers of the North American plan: ten digits whose first is 2-9, or eleven behind a 1. The library reads them
# the same (tested on random numbers), at many times the price.
_PLAIN_NANP = re.compile(r"(\+?1[ .\-/]*)?\(?([2-9]\d{2})\)?[ .\-/]{0,3}(\d{3})[ .\-]{0,3}(\d{4})", re.ASCII)
_NOT_DIGIT = re.compile(r"[^0-9]+")
# One number can be written with each of these in it ("030 / 1234567"): only whole numbers on all sides make several.
_BETWEEN = re.compile(r"\s*[/;,|]\s*|\s+(?:or|oder|ou|o|and|und|et|y|e|&)\s+", re.IGNORECASE)
_SHORTEST_PAIR = 15  # characters
_FEWEST_DIGITS = 7
_FLOAT_TAIL = re.compile(r"(\d{7,})\.0+")


@lru_cache(maxsize=1)
def _nanp_regions() -> frozenset[str]:
    return frozenset(phonenumbers.region_codes_for_country_code(1))


@lru_cache(maxsize=1)
def _regions() -> frozenset[str]:
    return frozenset(phonenumbers.SUPPORTED_REGIONS)


def plain_nanp(text: str, *, region: str) -> str | None:
    """E.164 of a plainly written North American number; None when the library must look."""
    found = _PLAIN_NANP.fullmatch(text)
    if found is None:
        return None
    code = found[1]
    if not (code and code[0] == "+") and region not in _nanp_regions():
        return None
    return f"+1{found[2]}{found[3]}{found[4]}"


@lru_cache(maxsize=256)
def _country_code(region: str) -> str:
    return str(phonenumbers.country_code_for_region(region) or "")


def by_library(text: str, *, region: str) -> tuple[str, str, str] | None:
    """E.164, national digits and extension (or ""), by phonenumbers; None when no such number is possible."""
    number = _parsed(text, region=region)
    return None if number is None else _written(number)


def _parsed(text: str, *, region: str) -> Any:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    if number.country_code == 1 and phonenumbers.national_significant_number(number)[0] in "01":
        return None
    return number


def _written(number: Any) -> tuple[str, str, str]:
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return e164, phonenumbers.national_significant_number(number), number.extension or ""


def _placeholder(digits: str, *, nanp: bool) -> bool:
    if meaningless("phone").fits(digits):
        return True
    if nanp and len(digits) == 11 and digits[0] == "1":
        digits = digits[1:]
    if not nanp or len(digits) != 10:
        return False
    return meaningless("phone").fits(digits) or meaningless("phone", patterns="nanp_patterns").fits(digits)


def _candidates(text: str, region: str, default_region: str) -> tuple[tuple[str, str], ...]:
    readings = [(text, region)]
    if region != default_region:
        readings.append((text, default_region))
    if text.startswith("00"):
        readings.append(("+" + text[2:], default_region))
    return tuple(readings)


def _behind_country_code(text: str, digits: str, region: str) -> tuple[str, str, str] | None:
    """ "491711234567" as +491711234567, when that is valid: nobody writes a German number without its 0."""
    code = _country_code(region)
    if not (code and text[:1].isdigit() and digits.startswith(code)):
        return None
    number = _parsed("+" + text, region=region)
    return _written(number) if number is not None and phonenumbers.is_valid_number(number) else None


def _local_number(text: str, region: str) -> Value | None:
    """ "226-2649" as local:US:2262649: a number as dialled inside its area. None when it is none."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    digits = phonenumbers.national_significant_number(number)
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
        return None
    if len(digits) < _FEWEST_DIGITS:
        return None
    if region in _nanp_regions():
        if digits[0] in "01":
            return None
        if meaningless("phone", patterns="local_patterns").fits(digits):
            return Value(text, digits, PLACEHOLDER)
    return Value(text, f"local:{region}:{digits}", INCOMPLETE)


def split_phones(text: str, region: str, default_region: str) -> list[str]:
    """The numbers in one cell: "415 682 2671 / 415 682 9999" gives two, "030 / 1234567" one."""
    if not _SHORTEST_PAIR <= len(text) <= LONGEST_TEXT or _PLAIN_NANP.fullmatch(text):
        return [text]
    parts = [part for part in _BETWEEN.split(text) if part]
    if len(parts) < 2 or any(sum(map(str.isdigit, part)) < _FEWEST_DIGITS for part in parts):
        return [text]
    if any(standardise_phone(part, region, default_region).mark == INVALID for part in parts):
        return [text]
    return parts


def standardise_phone(text: str, region: str, default_region: str) -> Value:
    """One cleaned, non-blank text; ``region`` (ISO2) is tried first, then the default. Comparable has no extension.

    Not remembered: next to every number is another one.
    """
    if len(text) > LONGEST_TEXT:
        return Value(text, text, INVALID)
    e164 = plain_nanp(text, region=region)
    if e164 is not None:
        return Value(e164, e164, PLACEHOLDER if _placeholder(e164[2:], nanp=True) else None)
    tail = _FLOAT_TAIL.fullmatch(text)
    text = tail[1] if tail else text
    digits = _NOT_DIGIT.sub("", ascii_lower(text))
    nanp = default_region in _nanp_regions()
    region = region if region in _regions() else default_region
    reading = _behind_country_code(text, digits, region)
    if reading is None:
        readings = (by_library(one, region=where) for one, where in _candidates(text, region, default_region))
        reading = next(filter(None, readings), None)
    if reading is None:
        if not digits or _placeholder(digits, nanp=nanp):
            return Value(text, digits or text, PLACEHOLDER)
        return _local_number(text, region) or Value(text, digits, INVALID)
    e164, national, extension = reading
    meaningless_number = _placeholder(digits, nanp=False) or _placeholder(national, nanp=e164.startswith("+1"))
    display = f"{e164} ext. {extension}" if extension else e164
    return Value(display, e164, PLACEHOLDER if meaningless_number else None)
