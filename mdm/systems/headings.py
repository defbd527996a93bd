"""What a column's name says about it: names are folded and looked up in ``header_words.yaml``, by fact and language."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path

from anyascii import anyascii

from mdm.systems.yaml_lines import read_yaml

Tokens = tuple[str, ...]

DAY_FIRST, MONTH_FIRST = "day first", "month first"
_LISTS = (
    *("filler", "abbreviations", "alone", "qualifiers", "id_endings", "id_beginnings", "deleted_values"),
    "organisation_words",
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_TOKEN = re.compile(r"[a-z]+|\d+")
_DEGREE = str.maketrans({"°": "o"})  # N° as it is typed; anyascii would spell the sign out
_DIGRAPHS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_MOST_QUALIFIERS = 2
_SHORTEST_QUALIFIER, _SHORTEST_REST = 4, 3  # within a compound word; shorter parts are chance


@dataclass(frozen=True)
class Heading:
    """What a name means: the fact, in which languages it is called so, and whether the name said more than that."""

    fact: str
    languages: frozenset[str]
    qualified: bool

    @property
    def day_order(self) -> str | None:
        """How the people who name a column so write days; None for names that tell nothing, as plain English."""
        if "en" in self.languages:
            return None
        return MONTH_FIRST if self.languages == {"us"} else DAY_FIRST


@dataclass(frozen=True)
class Words:
    """``header_words.yaml``, folded. ``facts``: compact name -> fact -> languages, facts in the order of the file."""

    facts: dict[str, dict[str, frozenset[str]]]
    filler: frozenset[str]
    abbreviations: dict[str, str]
    alone: frozenset[str]
    qualifiers: frozenset[str]
    id_endings: frozenset[str]
    id_beginnings: frozenset[str]
    deleted_values: tuple[str, ...]
    organisation_words: frozenset[str]

    def tokens(self, name: str) -> Tokens:
        """The words and numbers of a name, folded, without filler, abbreviations written out."""
        return _tokens(name, self.filler, self.abbreviations)

    def plain(self, text: str) -> Tokens:
        """The folded words of any text, as they stand."""
        return tuple(_folded(text))

    def find(self, name: str, facts: Container[str]) -> Heading | None:
        """The one of ``facts`` a name means as a whole, qualifiers around it and a number at its end aside."""
        return self._find(self.tokens(name), facts, depth=_MOST_QUALIFIERS)

    def _find(self, tokens: Tokens, facts: Container[str], *, depth: int) -> Heading | None:
        compact = "".join(tokens)
        is_part = depth < _MOST_QUALIFIERS
        for known in (compact, compact.rstrip("0123456789")):
            for fact, languages in self._facts_called(known, is_part=is_part).items():
                if fact in facts:
                    return Heading(fact, languages, qualified=is_part)
        if depth == 0 or not tokens:
            return None
        shorter = (self._find(rest, facts, depth=depth - 1) for rest in self._unqualified(tokens))
        return next((found for found in shorter if found is not None), None)

    def _facts_called(self, compact: str, *, is_part: bool) -> dict[str, frozenset[str]]:
        return {} if is_part and compact in self.alone else self.facts.get(compact, {})

    def _unqualified(self, tokens: Tokens) -> Iterator[Tokens]:
        """The name without a number at its end or a qualifier: first whole words, then the ends of a compound word."""
        if len(tokens) > 1 and tokens[-1].isdigit():
            yield tokens[:-1]
        for cut in range(len(tokens) - 1, 0, -1):
            if "".join(tokens[:cut]) in self.qualifiers:
                yield tokens[cut:]
            if "".join(tokens[-cut:]) in self.qualifiers:
                yield tokens[:-cut]
        for at, token in {0: tokens[0], len(tokens) - 1: tokens[-1]}.items():
            for cut in range(_SHORTEST_REST, len(token) - _SHORTEST_REST + 1):
                for qualifier, rest in ((token[:cut], token[cut:]), (token[cut:], token[:cut])):
                    if len(qualifier) >= _SHORTEST_QUALIFIER and qualifier in self.qualifiers:
                        yield (*tokens[:at], rest, *tokens[at + 1 :])

    def find_within(self, name: str, facts: Container[str]) -> Heading | None:
        """As ``find``, else the longest part of the name that means one of ``facts``; for facts their values prove."""
        if whole := self.find(name, facts):
            return whole
        tokens = self.tokens(name)
        for length in range(len(tokens) - 1, 0, -1):
            for start in range(len(tokens) - length + 1):
                part = "".join(tokens[start : start + length])
                for fact, languages in self._facts_called(part, is_part=True).items():
                    if fact in facts:
                        return Heading(fact, languages, qualified=True)
        return None

    def ends_like_an_id(self, name: str) -> bool:
        """Kundennummer, CUST_NO, id_cliente, code tiers ..."""
        tokens, plain = self.tokens(name), _folded(name)
        if not tokens:
            return False
        is_compound = any(plain[-1].endswith(e) and len(plain[-1]) > len(e) + 2 for e in self.id_endings if e != "id")
        return tokens[-1] in self.id_endings or tokens[0] in self.id_beginnings or is_compound


def _folded(name: str) -> list[str]:
    text = anyascii(name.removesuffix("__c").translate(_DEGREE))
    return _TOKEN.findall(_CAMEL.sub("_", text).lower())


def _tokens(name: str, filler: Container[str], abbreviations: Mapping[str, str]) -> Tokens:
    found = [t for t in _folded(name) if t not in filler] or _folded(name)
    return tuple(abbreviations.get(t, t) for t in found)


def _spellings(phrase: str) -> set[str]:
    """A phrase as it stands, and with ä written ae, as old systems do."""
    return {phrase, phrase.translate(_DIGRAPHS)}


@lru_cache(maxsize=1)
def header_words() -> Words:
    """The words of ``header_words.yaml``; read once, the package does not change."""
    data = read_yaml(Path(str(resources.files("mdm.systems").joinpath("header_words.yaml")))).data
    filler, abbreviations = frozenset(data["filler"]), data["abbreviations"]

    def folded(phrases: dict[str, list[str]]) -> frozenset[str]:
        return frozenset(
            spelt for listed in phrases.values() for phrase in listed for text in _spellings(phrase)
            for spelt in ("".join(_tokens(text, filler, abbreviations)), "".join(_folded(text)))
        )  # fmt: skip

    facts: dict[str, dict[str, frozenset[str]]] = {}
    for fact, by_language in data.items():
        if fact in _LISTS:
            continue
        for language, phrases in by_language.items():
            for name in folded({language: phrases}):
                known = facts.setdefault(name, {})
                known[fact] = known.get(fact, frozenset()) | {language}
    return Words(
        facts=facts,
        filler=filler,
        abbreviations=abbreviations,
        alone=folded({"": data["alone"]}),
        qualifiers=folded(data["qualifiers"]),
        id_endings=folded(data["id_endings"]),
        id_beginnings=folded(data["id_beginnings"]),
        organisation_words=folded(data["organisation_words"]),
        deleted_values=tuple(dict.fromkeys(v for values in data["deleted_values"].values() for v in values)),
    )
