"""Given names that look alike: what families name their members, and what one person's slips must not be taken for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from anyascii import anyascii
from rapidfuzz import process
from rapidfuzz.distance import OSA

from mdm.sample.draws import Weighted, weighted
from mdm.sample.names import NamePool, Names

_NOT_LETTERS = re.compile(r"[^a-z]")
# spellings of one sound: nobody names two daughters Sara and Sarah, but clerks write one name both ways
_SOUNDS = (
    ("ph", "f"),
    ("v", "f"),
    ("th", "t"),
    ("ck", "k"),
    ("c", "k"),
    ("z", "s"),
    ("i", "y"),
    ("jh", "j"),
    ("oh", "o"),
)
_SHARPNESS = 0.7


@dataclass(frozen=True)
class _Index:
    """The names of one origin and gender: shares, lower-case forms, and places by beginning; all in one order."""

    names: tuple[str, ...]
    shares: tuple[float, ...]
    members: frozenset[str]
    lower: tuple[str, ...]
    beginning: dict[str, tuple[int, ...]]


@dataclass(frozen=True)
class LookAlikes:
    """Finds the look-alikes of given names in the pools of their origin (state: what was found before)."""

    names: Names
    _indexes: dict[tuple[str, bool], _Index] = field(default_factory=dict)
    _found: dict[tuple[str, str, bool], Weighted[str] | None] = field(default_factory=dict)

    def of(self, given: str, *, origin: str, female: bool) -> Weighted[str] | None:
        """Names of this gender that look like ``given``, the closest and commonest first in weight; None if none."""
        key = given, origin, female
        if key not in self._found:
            self._found[key] = self._find(given, self._index(origin, female=female))
        return self._found[key]

    def _index(self, origin: str, *, female: bool) -> _Index:
        key = origin, female
        if key not in self._indexes:
            self._indexes[key] = _index(self.names.pools[origin], female=female)
        return self._indexes[key]

    def _find(self, given: str, index: _Index) -> Weighted[str] | None:
        near = process.extract(given.lower(), index.lower, scorer=OSA.distance, score_cutoff=2, limit=None)
        places = {i for _, _, i in near} | set(index.beginning.get(given[:3].lower(), ()))
        kept: dict[str, float] = {}
        for i in sorted(places):
            name = index.names[i]
            weight = index.shares[i] ** _SHARPNESS * closeness(given, name)
            if weight and not self._one_name(given, name, of_one_gender=given in index.members):
                kept[name] = weight
        return weighted(list(kept), list(kept.values())) if kept else None

    def _one_name(self, one: str, other: str, *, of_one_gender: bool) -> bool:
        nicknames = self.names.nicknames
        if one == other or other in nicknames.get(one, ()) or one in nicknames.get(other, ()):
            return True
        # Michael and Micheal are a slip; Daniel and Danielle are two people
        return of_one_gender and (sound(one) == sound(other) or sorted(one) == sorted(other))


def _index(pool: NamePool, *, female: bool) -> _Index:
    table = pool.female if female else pool.male
    shares = tuple(max(min(high, 1.0) - low, 1e-6) for low, high in pairwise((0.0, *table.cumulative)))
    lower, beginning = tuple(n.lower() for n in table.values), dict[str, tuple[int, ...]]()
    for i, name in enumerate(lower):
        beginning[name[:3]] = (*beginning.get(name[:3], ()), i)
    return _Index(table.values, shares, frozenset(table.values), lower, beginning)


def sound(name: str) -> str:
    """Roughly how a name is heard: equal for Sara and Sarah, Eric and Erik, Jon and John; not for Jean and Jane."""
    heard = _NOT_LETTERS.sub("", anyascii(name).lower())
    for written, said in _SOUNDS:
        heard = heard.replace(written, said)
    heard = re.sub(r"(.)\1", r"\1", heard)
    return heard[:1] + re.sub(r"(?<=[aeiouy])h$", "", heard[1:]).removesuffix("e")


def closeness(one: str, other: str) -> float:
    """How alike two names look, 0 (not) to 3: one edit, two edits, a shared beginning (Michael, Michelle)."""
    a, b = one.lower(), other.lower()
    edits = OSA.distance(a, b, score_cutoff=2)
    if edits == 1:
        return 3.0
    if edits == 2:
        return (2.0 if a[0] == b[0] else 0.6) if max(len(a), len(b)) >= 5 else (0.6 if a[0] == b[0] else 0.0)
    if min(len(a), len(b)) >= 4 and a[:4] == b[:4]:
        return 1.5
    return 0.3 if min(len(a), len(b)) >= 5 and a[:3] == b[:3] else 0.0
