"""Text before it is anything in particular: cleaned for display, folded for comparison, and read from any JSON value.

What this promises: no function raises on any text, and each is idempotent.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from functools import lru_cache
from typing import Any

from anyascii import anyascii

LONGEST_TEXT = 500
"""Characters; a longer value is kept, marked invalid and never looked into (nor remembered in a cache)."""

_INVISIBLE = frozenset({"Cc", "Cf", "Cs"})
_PICTURES = frozenset({"So", "Sk", "Co", "Cn"})
_WORD = re.compile(r"[a-z0-9]+")
_NOT_ALNUM = re.compile(r"[^a-z0-9]+")
_NOT_LETTER = re.compile(r"[^a-z]+")
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "ʼ": "'", "′": "'", "ʻ": "'"})


def clean(text: str) -> str:
    """The text fit to show and to store: NFC, no control or invisible characters, single spaces, none at the ends."""
    if not text.isprintable():
        text = "".join(
            " " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c) not in _INVISIBLE
        )
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
        return " ".join(text.split())
    if "  " in text or text[:1] == " " or text[-1:] == " ":
        return " ".join(text.split())
    return text


def straighten(text: str) -> str:
    """Typographic apostrophes and accents used as apostrophes become the plain one; doubled ones become single."""
    if not text.isascii():
        text = text.translate(_APOSTROPHES)
    while "''" in text:
        text = text.replace("''", "'")
    return text


def ascii_lower(text: str) -> str:
    """Lower-case ASCII, punctuation kept: "Götz" gives "gotz", "O’Neil" gives "o'neil"."""
    return text.lower() if text.isascii() else anyascii("".join(c for c in text if not _is_picture(c))).lower()


@lru_cache(maxsize=4096)
def _is_picture(character: str) -> bool:
    """An emoji, an ornament or a character nobody defined, and no letter in disguise: it would be spelt out by name
    ("grinning"), which nobody is called.
    """
    return unicodedata.category(character) in _PICTURES and unicodedata.normalize("NFKC", character) == character


def fold(text: str) -> str:
    """Lower-case ASCII letters and digits only: "van der Berg" gives "vanderberg"."""
    lower = ascii_lower(text)
    return lower if lower.isalnum() else _NOT_ALNUM.sub("", lower)


def fold_letters(text: str) -> str:
    """Lower-case ASCII letters only."""
    lower = ascii_lower(text)
    return lower if lower.isalpha() else _NOT_LETTER.sub("", lower)


def fold_words(text: str) -> list[str]:
    """Lower-case ASCII words of letters and digits; an apostrophe does not part a word."""
    return _WORD.findall(ascii_lower(text).replace("'", ""))


def as_text(raw: Any) -> str | None:
    """The cleaned text of a JSON scalar, whole floats without ".0"; None for anything that is not text or a number."""
    if isinstance(raw, str):
        return clean(raw)
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return None
    if isinstance(raw, float):
        if not math.isfinite(raw):
            return None
        return str(int(raw)) if raw.is_integer() else repr(raw)
    return str(raw)


def safe_display(raw: Any) -> Any:
    """A JSON value that can always be stored, for a value that could not be understood."""
    if isinstance(raw, str):
        return clean(raw)
    if raw is None or isinstance(raw, bool):
        return raw
    if isinstance(raw, int) and abs(raw) < 1 << 63:
        return raw
    if isinstance(raw, float) and math.isfinite(raw):
        return raw
    try:
        return clean(json.dumps(raw, default=str))[:LONGEST_TEXT]
    except (ValueError, RecursionError):
        return "?"
