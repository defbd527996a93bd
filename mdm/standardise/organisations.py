"""Names of organisations: legal form set apart, abbreviations written out, core words folded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from cleanco.termdata import terms_by_type

from mdm.standardise.casing import capitalised, settled, title
from mdm.standardise.policy import says_nothing
from mdm.standardise.reference import yaml_list
from mdm.standardise.text import LONGEST_TEXT, ascii_lower, fold, fold_words, straighten
from mdm.standardise.values import INVALID, PLACEHOLDER, Value, value_text

_ALSO = re.compile(
    r"\s+(?:d\s*[./]?\s*b\s*[./]?\s*a|t\s*/\s*a|trading as|doing business as|aka|a/k/a|formerly|fka)\b\.?:?\s+"
)
_DOTTED = re.compile(r"\b(?:[a-z]\.\s?){2,}(?![a-z])|\b(?:[a-z]\.)+[a-z]\b")
_BRACKETS = re.compile(r"\([^()]*\)")


@dataclass(frozen=True)
class OrganisationName:
    """``name``: core words joined by a space; ``tokens``: the core words, those of a trading-as name included."""

    value: Value
    name: str | None = None
    tokens: tuple[str, ...] = ()
    legal_form: str | None = None

    @cached_property
    def json(self) -> str:
        """The value as JSON, written once however many records have it."""
        return value_text(self.value)


@lru_cache(maxsize=1)
def _legal_forms() -> dict[tuple[str, ...], str]:
    lists = yaml_list("legal_forms")
    forms: dict[tuple[str, ...], str] = {}
    for terms in terms_by_type.values():
        for term in terms:
            words = tuple(fold_words(term.replace(".", "")))
            if words and not set(words) & set(lists["not_forms"]) and len("".join(words)) > 1:
                forms[words] = " ".join(words)
    for form, spellings in lists["forms"].items():
        for spelling in spellings:
            forms[tuple(spelling.split())] = form
    return forms


def _joined_initials(text: str) -> str:
    return _DOTTED.sub(lambda m: m[0].replace(".", "").replace(" ", "") + " ", text)


def _core(text: str) -> tuple[list[str], str | None]:
    """Core words and legal form of a lower-case ASCII name without a trading-as part."""
    text = text.replace("&", " and ").replace("+", " and ")
    words = fold_words(_joined_initials(_BRACKETS.sub(" ", text) if _BRACKETS.sub("", text).strip() else text))
    forms, lists = _legal_forms(), yaml_list("legal_forms")
    legal_form = None
    found = True
    while found:
        found = False
        for length in (6, 5, 4, 3, 2, 1):
            if len(words) > length and tuple(words[-length:]) in forms:
                legal_form = legal_form or forms[tuple(words[-length:])]
                words = words[:-length]
                found = True
                break
    short = [lists["abbreviations"].get(w, w) for w in words]
    kept = [w for w in short if w not in lists["left_out"]]
    return kept or short, legal_form


@lru_cache(maxsize=1)
def _form_display() -> dict[str, str]:
    lists = yaml_list("legal_forms")
    return {w[0]: lists["display"][f] for w, f in _legal_forms().items() if len(w) == 1 and f in lists["display"]}


def _organisation_word(word: str) -> str:
    lists = yaml_list("legal_forms")
    lower = ascii_lower(word)
    if lower in _form_display():
        return _form_display()[lower].rstrip(".")
    if lower in lists["never_shout"]:
        return lower
    vowels = set(lower) & set("aeiouy")
    if word.isupper() and (not vowels or (len(word) <= 3 and lower not in lists["short_words"])):
        return word
    return capitalised(word)


def _organisation_case(text: str) -> str:
    if not (text.isupper() or text.islower()):
        return text
    cased = title(text, _organisation_word)
    return cased[:1].upper() + cased[1:]


@lru_cache(maxsize=32768)
def standardise_organisation(text: str) -> OrganisationName:
    """One cleaned, non-blank text. Comparable is core name and legal form: "Acme LLC" is not "Acme Inc"."""
    if len(text) > LONGEST_TEXT:
        return OrganisationName(Value(text, fold(text[:LONGEST_TEXT]), INVALID))
    straight = straighten(text)
    lower = ascii_lower(straight)
    if says_nothing("organisation", straight):
        return OrganisationName(Value(straight, lower, PLACEHOLDER))
    main, *others = _ALSO.split(lower)
    words, legal_form = _core(main)
    tokens = list(words)
    for other in others:
        more, other_form = _core(other)
        tokens += more
        legal_form = legal_form or other_form
    display = settled(straight, _organisation_case)
    if not tokens:
        return OrganisationName(Value(display, lower, PLACEHOLDER))
    name = " ".join(words or tokens)
    return OrganisationName(
        Value(display, f"{name}|{legal_form or ''}"), name, tuple(dict.fromkeys(tokens)), legal_form
    )
