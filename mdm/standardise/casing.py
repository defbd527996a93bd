"""Capitals as people write them, for values a source shouts, whispers or slips on; what is well written stays."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from mdm.standardise.reference import name_particles, yaml_list
from mdm.standardise.text import fold, straighten

_SLIP = re.compile(r"[a-z][A-Z].*|[A-Z]{2,}[a-z]+|Mc[A-Z]{2,}|[A-Z]'[A-Z]{2,}", re.DOTALL)
_KEPT_CAPITALS = re.compile(r"(?:[IVX]+|[A-Z]{1,2}\.?|(?:[A-Z]\.)+|MD|PHD|CPA|ESQ)[.,]?")
_PIECES = re.compile(r"([\s\-/.,()\"&+]+)")


@lru_cache(maxsize=1)
def _mac_names() -> frozenset[str]:
    return frozenset(yaml_list("names")["mac_names"])


def _first_up(word: str) -> str:
    return word[:1].upper() + word[1:].lower()


def capitalised(word: str) -> str:
    """One word without hyphens or dots with its capitals: "MCDONALD" gives "McDonald", "o'neil" gives "O'Neil"."""
    if "'" in word:
        head, _, rest = word.partition("'")
        if not head:
            return "'" + (rest.lower() if len(rest) < 2 else capitalised(rest))
        if len(head) <= 2 and len(rest) > 1:
            return _first_up(head) + "'" + capitalised(rest)
        return capitalised(head) + "'" + (rest.lower() if len(rest) < 3 else capitalised(rest))
    lower = word.lower()
    if lower.startswith("mc") and len(lower) > 4:
        return "Mc" + _first_up(lower[2:])
    if lower in _mac_names():
        return "Mac" + _first_up(lower[3:])
    return _first_up(word)


def title(text: str, word: Callable[[str], str] = capitalised) -> str:
    """Every word of the text through ``word``, hyphens, slashes and dots parting words too."""
    return "".join(p if i % 2 else (word(p) if p else p) for i, p in enumerate(_PIECES.split(text)))


def settled(before: str, recase: Callable[[str], str]) -> str:
    """The recased text when recasing it again changes nothing, else the text as it was (rare letters: "ŉ")."""
    after = straighten(recase(before))
    return after if after == before or straighten(recase(after)) == after else before


def _shouted_name(text: str) -> str:
    words = text.split(" ")
    last = len(words) - 1
    return " ".join(
        w.lower() if i < last and fold(w) in name_particles() and len(w) > 1 else title(w) for i, w in enumerate(words)
    )


def _name_case(text: str) -> str:
    letters = sum(map(str.isalpha, text))
    if letters < 2:
        return text.upper() if text.islower() and text.isascii() else text
    if text.isupper():
        # AJ, TJ, JR: initials stay; AL and ED are names
        initials = letters == 2 and (text.endswith("J") or not set(text) & set("AEIOUY"))
        return text if initials or (_KEPT_CAPITALS.fullmatch(text) and "." in text) else _shouted_name(text)
    if text.islower():
        return _shouted_name(text)
    words = text.split(" ")
    return " ".join(_mended(w, behind=i > 0) for i, w in enumerate(words))


def _mended(word: str, *, behind: bool) -> str:
    """A word of a text with both cases: slips, shouted and whispered words get their capitals, particles stay."""
    if "-" in word:
        return "-".join(_mended(part, behind=behind) for part in word.split("-"))
    if _SLIP.fullmatch(word) and not word.startswith(("d'", "l'")):
        return title(word)
    if len(word) > 2 and word.isupper() and not _KEPT_CAPITALS.fullmatch(word):
        return title(word)
    if word.islower() and word.isalpha() and fold(word) not in name_particles() and (len(word) > 1 or not behind):
        return title(word)
    return word


def name_case(text: str) -> str:
    """A person's name: "MARY-ANN O'NEIL" gives "Mary-Ann O'Neil", "VAN DER BERG" "van der Berg", "yTler" "Ytler"."""
    return settled(text, _name_case)


_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)", re.IGNORECASE)


def _one_to_one_upper(word: str) -> str:
    """Capitals, but for letters that have none of their own: "5ß" would become "5SS", which is a number and a word."""
    return "".join(upper if len(upper := c.upper()) == 1 else c for c in word)


def _place_word(word: str) -> str:
    if word.upper() in {"NE", "NW", "SE", "SW", "PO", "P", "O"}:
        return word.upper()
    if word[0].isdigit():
        return word.lower() if _ORDINAL.fullmatch(word) else _one_to_one_upper(word)
    return capitalised(word)


def place_case(text: str) -> str:
    """A street, unit or city: title-cased when shouted or whispered, else as it stands."""
    if not (text.isupper() or text.islower()):
        return text
    return settled(text, lambda t: title(t, _place_word))
