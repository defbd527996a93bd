"""Given names that are known as such, whose they are, and the roots by which nicknames meet them.

Two known names, one of men and one of women, never share a root: Alex meets Alexander and Alexandra, who do not meet.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache

from nicknames import NickNamer

from mdm.standardise.reference import csv_rows, yaml_list
from mdm.standardise.text import fold
from mdm.standardise.umlauts import plain_umlauts

_IN_MATCH = {"m": "male", "f": "female"}


@lru_cache(maxsize=1)
def _known() -> dict[str, str]:
    """Gender (f, m, x) by folded name; the words of a name of several are joined by a space."""
    return {row["name"]: row["gender"] for row in csv_rows("given_names")}


def known_given_name(tokens: tuple[str, ...]) -> tuple[str | None, str | None]:
    """The first of a given name's folded tokens when it, or all of them, are a known name; and male or female.

    The gender is that of the whole name when it is known (José María), else of its first token; None when of both.
    """
    if not tokens:
        return None, None
    known = _known()
    gender = known.get(" ".join(tokens)) or known.get(tokens[0])
    return (None, None) if gender is None else (tokens[0], _IN_MATCH.get(gender))


def _listed_roots() -> dict[str, set[str]]:
    """The names each name may stand for: the library's, and those of our own list."""
    table: defaultdict[str, set[str]] = defaultdict(set)
    for nickname, canonicals in NickNamer().canonical_lookup.items():
        table[plain_umlauts(fold(nickname))] |= {plain_umlauts(fold(c)) for c in canonicals}
    for row in csv_rows("nicknames"):
        if row["relation"] == "is":
            table[row["nickname"]].add(row["canonical"])
        else:
            table[row["nickname"]].discard(row["canonical"])
            table[row["canonical"]].discard(row["nickname"])
    return table


def _names_by_root(table: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    names: defaultdict[str, set[str]] = defaultdict(set)
    for name, roots in table.items():
        for root in roots:
            names[root].add(name)
    return names


def _of_most(names: Iterable[str], genders: Mapping[str, str]) -> str:
    """The gender most of the names have, of two that as many have x."""
    counted = Counter(genders.get(name) for name in names)
    return "x" if counted["f"] == counted["m"] else max("fm", key=counted.__getitem__)


def _of_one_gender(table: Mapping[str, Iterable[str]], genders: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """The table without roots that join a man's and a woman's name.

    A name does not stand for one of the other gender; a root whose gender nobody knows has that of most names that lead
    to it. A root of both, to which names of men and of women lead, would join them: those ways are turned round, so
    that it leads to each of them instead.
    """
    of_root = {root: genders.get(root) or _of_most(names, genders) for root, names in _names_by_root(table).items()}
    contrary = {("f", "m"), ("m", "f")}
    kept = {
        name: {r for r in found if (genders.get(name), of_root[r]) not in contrary} for name, found in table.items()
    }
    roots: defaultdict[str, set[str]] = defaultdict(set, kept)
    for root, names in _names_by_root(kept).items():
        of_one = {name for name in names if genders.get(name) in {"f", "m"}}
        if {genders[name] for name in of_one} == {"f", "m"}:
            for name in of_one:
                roots[name] = roots[name] - {root}
            roots[root] = roots[root] | of_one
    return {name: frozenset(found) for name, found in roots.items()}


@lru_cache(maxsize=1)
def _roots() -> dict[str, frozenset[str]]:
    return _of_one_gender(_listed_roots(), _known())


def given_roots(tokens: tuple[str, ...], nicknames: tuple[str, ...]) -> tuple[str, ...]:
    """The canonical forms of the first given name and of nicknames in brackets, each with itself; sorted.

    Two given names written in one ("Mary Ann") add their joined form, so that they meet "Maryann".
    """
    heads = {*tokens[:1], *nicknames}
    if len(tokens) > 1 and len(tokens[0]) > 1 and len(tokens[1]) > 1:
        heads.add(tokens[0] + tokens[1])
    table = _roots()
    return tuple(sorted(heads.union(*(table.get(h, frozenset()) for h in heads))))


@lru_cache(maxsize=1)
def _title_genders() -> dict[str, str]:
    return {str(title): gender for gender, titles in yaml_list("names")["title_genders"].items() for title in titles}


def gender_of_title(words: Iterable[str]) -> str | None:
    """male or female by the folded words of a salutation; None when they name neither, or both (Mr. and Mrs.)."""
    genders = _title_genders()
    found = {genders[word] for word in words if word in genders}
    return found.pop() if len(found) == 1 else None
