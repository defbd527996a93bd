"""The policy for meaningless values (``data/policy.yaml``): which values are kept and marked, and never evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache, partial

from mdm.standardise.reference import yaml_list
from mdm.standardise.text import ascii_lower


@dataclass(frozen=True)
class Meaningless:
    """Words compared whole and patterns for the whole value."""

    words: frozenset[str]
    pattern: re.Pattern[str]

    def fits(self, value: str) -> bool:
        """Whether the value, already in the kind's comparable case, says nothing."""
        return value in self.words or self.pattern.fullmatch(value) is not None


def _renumbered(reference: re.Match[str], *, by: int) -> str:
    return f"\\{int(reference[1]) + by}"


def _one_pattern(patterns: Iterable[str]) -> re.Pattern[str]:
    """One alternation; back references are renumbered for their place in it."""
    parts: list[str] = []
    groups = 0
    for pattern in patterns:
        parts.append("(?:" + re.sub(r"\\(\d)", partial(_renumbered, by=groups), pattern) + ")")
        groups += re.compile(pattern).groups
    return re.compile("|".join(parts) or r"(?!)", re.ASCII)


@lru_cache(maxsize=64)
def meaningless(kind: str, *, words: str = "words", patterns: str = "patterns") -> Meaningless:
    """The policy of a kind; ``words`` and ``patterns`` name its lists in the file."""
    section = yaml_list("policy")[kind]
    return Meaningless(
        words=frozenset(str(w) for w in section.get(words, ())),
        pattern=_one_pattern(section.get(patterns, ())),
    )


def says_nothing(kind: str, text: str) -> bool:
    """Whether a text of this kind is a placeholder, accents and capitals aside."""
    return meaningless(kind).fits(ascii_lower(text).strip())
