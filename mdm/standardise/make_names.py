"""Makes ``data/given_names.csv`` and ``data/digraph_names.csv`` from Faker's name lists (MIT licence), once.

``python -m mdm.standardise.make_names`` writes both anew; they are committed, so that a new Faker changes no record.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from importlib import import_module

from mdm.standardise.names import name_tokens
from mdm.standardise.reference import DATA, csv_rows, yaml_list
from mdm.standardise.text import fold_words
from mdm.standardise.umlauts import digraphs_folded

_LOCALES = (
    *("cs_CZ", "da_DK", "de_AT", "de_CH", "de_DE", "en_GB", "en_IE", "en_NZ", "en_US", "es_AR", "es_CO", "es_ES"),
    *("es_MX", "fi_FI", "fr_BE", "fr_CA", "fr_CH", "fr_FR", "hr_HR", "hu_HU", "it_IT", "nl_BE", "nl_NL", "no_NO"),
    *("pl_PL", "pt_BR", "pt_PT", "ro_RO", "sk_SK", "sl_SI", "sv_SE", "tr_TR"),
)
"""Western locales with a list of their own; en_CA and en_AU fall back to en_US."""

_FIRST_NAMES = {"first_names_male": "m", "first_names_female": "f"}
_FAMILY_NAMES = ("last_names", "last_names_male", "last_names_female")
_ALL_BUT_STRAY = 0.95  # Maria is a man's name in one list of thirty
_UMLAUTS = frozenset("äöüøæÄÖÜØÆ")


def _lists(attribute: str) -> Iterator[str]:
    for locale in _LOCALES:
        if attribute in _FAMILY_NAMES and locale.startswith("en_"):
            continue  # immigrants' names, umlauts written out: Krueger
        provider = import_module(f"faker.providers.person.{locale}").Provider
        yield from getattr(provider, attribute, ())


def _own_digraphs() -> list[str]:
    """Folded words with ae, oe or ue of their own (Samuel, Fuentes), not the way to write an umlaut (Mueller)."""
    names = {name for attribute in (*_FIRST_NAMES, *_FAMILY_NAMES) for name in _lists(attribute)}
    with_umlaut = {word for name in names if _UMLAUTS & set(name) for word in fold_words(name)}
    plain = {word for name in names if not _UMLAUTS & set(name) for word in fold_words(name)}
    return sorted(w for w in plain if (folded := digraphs_folded(w)) != w and folded not in with_umlaut)


def _counted() -> dict[str, Counter[str]]:
    """How many locales have a name in which list (m, f), by name: its folded words, joined by a space."""
    counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for attribute, gender in _FIRST_NAMES.items():
        for name in _lists(attribute):
            tokens = name_tokens(name)
            if len("".join(tokens)) > 1:
                counted[" ".join(tokens)][gender] += 1
    return counted


def _gender(counted: Counter[str]) -> str:
    """The gender of all locales but stray ones, else x."""
    (gender, most), *_ = counted.most_common(1)
    return gender if most > _ALL_BUT_STRAY * counted.total() else "x"


def _genders() -> dict[str, str]:
    """Gender by name: unisex nicknames as we list them, others by Faker's lists, else by what a nickname stands for."""
    unisex = dict.fromkeys(yaml_list("names")["unisex_given_names"], "x")
    genders = {name: _gender(counted) for name, counted in _counted().items()} | unisex
    rows = [row for row in csv_rows("nicknames") if row["relation"] == "is"]
    stands_for: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        stands_for[row["nickname"]].add(genders.setdefault(row["canonical"], "x"))
    return {name: next(iter(found)) if len(found) == 1 else "x" for name, found in stands_for.items()} | genders


def _write(name: str, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    with (DATA / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def make_names() -> None:
    """Writes both files: the digraphs first, for names are folded by them."""
    _write("digraph_names", ("name",), [(name,) for name in _own_digraphs()])
    # read anew: names are folded by the digraphs just written
    csv_rows.cache_clear()
    _write("given_names", ("name", "gender"), sorted(_genders().items()))


if __name__ == "__main__":
    make_names()
