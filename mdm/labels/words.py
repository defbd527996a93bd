"""The words by which people say that two records are one customer, or two, or that they cannot tell."""

from __future__ import annotations

import re

MATCH, NO_MATCH = "match", "no match"
_MATCH = frozenset(
    {
        "match",
        "matches",
        "matched",
        "yes",
        "y",
        "true",
        "t",
        "1",
        "1.0",
        "same",
        "same_person",
        "same_customer",
        "link",
        "linked",
        "must_link",
        "duplicate",
        "dup",
        "ja",
        "j",
        "wahr",
        "oui",
        "vrai",
        "si",
        "verdadero",
    }
)
_NO_MATCH = frozenset(
    {
        "no_match",
        "nomatch",
        "non_match",
        "nonmatch",
        "not_match",
        "not_a_match",
        "no",
        "n",
        "false",
        "f",
        "0",
        "0.0",
        "different",
        "not_same",
        "not_the_same",
        "distinct",
        "unlink",
        "cannot_link",
        "not_duplicate",
        "not_a_duplicate",
        "nein",
        "falsch",
        "non",
        "faux",
        "falso",
    }
)
_UNSURE = frozenset(
    {
        "unsure",
        "unclear",
        "unknown",
        "maybe",
        "perhaps",
        "possible",
        "potential_match",
        "skip",
        "?",
        "??",
        "???",
        "n/a",
        "na",
    }
)


def is_match(text: str) -> bool | None:
    """What a cell says; None when its author could not tell. ValueError when it is none of the known words."""
    word = re.sub(r"[\s\-_]+", "_", text.strip().casefold()).strip("_")
    if word in _MATCH:
        return True
    if word in _NO_MATCH:
        return False
    if word in _UNSURE:
        return None
    raise ValueError("the label is neither `match` nor `no match` (nor yes/no, true/false, 1/0, same/different)")
