"""Codes, flags, numbers, consents and relations: passed through in one spelling."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from mdm.standardise.policy import says_nothing
from mdm.standardise.reference import yaml_list
from mdm.standardise.text import LONGEST_TEXT, as_text, ascii_lower, clean, fold, safe_display
from mdm.standardise.values import INVALID, PLACEHOLDER, Value

_TRUE = frozenset({"true", "t", "yes", "y", "1", "on", "x", "ja", "j", "si", "oui"})
_FALSE = frozenset({"false", "f", "no", "n", "0", "off", "nein", "non"})
_CONSENT_STATES = frozenset({"opted_in", "opted_out", "pending", "unknown"})
_LANGUAGE = re.compile(r"([a-zA-Z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d{1,18}|\d{1,3}(?:,\d{3}){1,5})(?:\.\d{1,12})?", re.ASCII)


@lru_cache(maxsize=8192)
def standardise_code(text: str) -> Value:
    """A code of a short list: shown as sent, compared without case and punctuation."""
    comparable = fold(text) or text.lower()
    if len(text) > LONGEST_TEXT:
        return Value(text, comparable, INVALID)
    return Value(text, comparable, PLACEHOLDER if says_nothing("code", text) else None)


@lru_cache(maxsize=1024)
def standardise_gender(text: str) -> Value:
    """male, female or other, in any of the usual spellings."""
    known = yaml_list("names")["genders"].get(ascii_lower(text).strip(" ."))
    if known:
        return Value(known, known)
    mark = PLACEHOLDER if says_nothing("code", text) or fold(text) in {"u", "unk", "notspecified", ""} else INVALID
    return Value(text, fold(text), mark)


@lru_cache(maxsize=1024)
def standardise_language(text: str) -> Value:
    """A BCP 47 tag: "en_us" gives "en-US". What is no tag passes as a code."""
    found = _LANGUAGE.fullmatch(text)
    if not found or says_nothing("code", text):
        return standardise_code(text)
    parts = [found[1].lower(), (found[2] or "").capitalize(), (found[3] or "").upper()]
    tag = "-".join(p for p in parts if p)
    return Value(tag, tag.lower())


def standardise_flag(raw: Any) -> Value:
    """A boolean, or one of its usual spellings."""
    word = str(raw).lower() if isinstance(raw, bool) else (as_text(raw) or "").lower()
    if word in _TRUE or word in _FALSE:
        flag = word in _TRUE
        return Value(flag, "true" if flag else "false")
    return Value(safe_display(raw), word, INVALID)


def standardise_number(raw: Any) -> Value:
    """A finite number, or text that writes one ("1,234.50")."""
    number: int | float | None = None
    if isinstance(raw, str):
        text = clean(raw)
        if len(text) <= 40 and _NUMBER.fullmatch(text):
            plain = text.replace(",", "")
            number = float(plain) if "." in plain else int(plain)
    elif isinstance(raw, int | float) and not isinstance(raw, bool):
        number = raw
    if number is None or not math.isfinite(number) or abs(number) >= 1e18:
        return Value(safe_display(raw), "", INVALID)
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    return Value(number, str(number))


def _tidy(item: Mapping[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    return {
        name: clean(value) if isinstance(value := item[name], str) else safe_display(value)
        for name in fields
        if item.get(name) is not None
    }


def standardise_consent(item: Any, fields: tuple[str, ...]) -> Value:
    """One consent; comparable is ``channel|purpose``: the question it answers, not the answer."""
    if not isinstance(item, Mapping):
        return Value(safe_display(item), "", INVALID)
    display = _tidy(item, fields)
    for name in ("channel", "purpose", "state"):
        if isinstance(display.get(name), str):
            display[name] = display[name].lower().replace(" ", "_")
    comparable = f"{display.get('channel', '')}|{display.get('purpose', '')}"
    usable = bool(display.get("channel")) and display.get("state") in _CONSENT_STATES
    return Value(display, comparable, None if usable else INVALID)


def standardise_relation(item: Any, fields: tuple[str, ...]) -> Value:
    """One relation to another source record; comparable is ``kind|system|object|source_id``."""
    if not isinstance(item, Mapping):
        return Value(safe_display(item), "", INVALID)
    display = _tidy(item, fields)
    usable = all(display.get(name) not in (None, "") for name in fields)
    return Value(display, "|".join(str(display.get(name, "")) for name in fields), None if usable else INVALID)
