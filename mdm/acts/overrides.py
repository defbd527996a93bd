"""Whether a steward's own value can stand in a golden record, and in which form: the one that systems' values have."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from golden_record.model import Ownership
from mdm.errors import RefusedInput
from mdm.model import ATTRIBUTES, Attribute, EntityType, Kind, attributes_of
from mdm.standardise.record import standardise_record
from mdm.standardise.values import IMPOSSIBLE, INVALID, PLACEHOLDER, Context

LONGEST = 1_000
"""Characters of one text of an override."""

# kinds whose spelling is the steward's own: what standardising makes of capitals is a guess for systems that shout
_AS_WRITTEN = (Kind.NAME, Kind.ORGANISATION_NAME)
_SHAPES = {
    Kind.DATE: "a day: 1984-02-29",
    Kind.FLAG: "true or false",
    Kind.NUMBER: "a number",
    Kind.EMAIL: "an e-mail address",
    Kind.PHONE: "a phone number with its area code",
    Kind.WEBSITE: "a web address",
}
_STRUCTURED = (Kind.ADDRESS, Kind.CONSENT, Kind.RELATION)


def checked_value(
    attribute: str, value: Any, *, entity_type: EntityType, ownership: Ownership, context: Context
) -> str:
    """The value as JSON text, in the form golden records keep: a list where the attribute has several values.

    None stands for "none". RefusedInput says what is wrong with attribute or value, and how it is written; it never
    quotes the value.
    """
    known = _known(attribute, entity_type)
    rules = ownership.rules_for(attribute=attribute, entity_type=entity_type)
    mastered = [rule for rule in rules if rule.wins.strategy != "not_mastered"]
    multi = any(rule.wins.multi for rule in mastered)
    if not mastered:
        raise RefusedInput(
            f"no rule masters {attribute}, so that no golden record has it: give it a rule in ownership.yaml"
            " (`mdm rules check`), or correct the value in its system"
        )
    if value is None:
        return "null"
    for text in _texts(value):
        _check_text(attribute, text)
    items = value if isinstance(value, list | tuple) else [value]
    if len(items) > 1 and not multi:
        raise RefusedInput(f"{attribute} has one value, and {len(items)} were given")
    if not items:
        return "[]" if multi else "null"
    taken = [_taken(known, item, entity_type=entity_type, context=context) for item in items]
    return _json(taken if multi else taken[0])


def _known(attribute: str, entity_type: EntityType) -> Attribute:
    names = [a.name for a in attributes_of(entity_type)]
    if attribute in names:
        return ATTRIBUTES[attribute]
    if attribute in ATTRIBUTES:
        others = " or ".join(sorted(e.value for e in ATTRIBUTES[attribute].entity_types))
        raise RefusedInput(f"{attribute} is of a {others}, and this customer is a {entity_type}")
    near = get_close_matches(attribute, names, n=3)
    raise RefusedInput(
        f"no attribute is called {attribute!r}; " + (f"near it: {', '.join(near)}" if near else ", ".join(names))
    )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def _check_text(attribute: str, text: str) -> None:
    if len(text) > LONGEST:
        raise RefusedInput(
            f"the value of {attribute} has {len(text):,} characters, and an override may have {LONGEST:,}:"
            " what is longer belongs into its system"
        )
    odd = next((c for c in text if unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn")), None)
    if odd is not None:
        raise RefusedInput(
            f"the value of {attribute} holds U+{ord(odd):04X}, which is nothing that can be shown: leave it out"
        )


def _taken(attribute: Attribute, item: Any, *, entity_type: EntityType, context: Context) -> Any:
    """One item as golden records show it."""
    shape = _shape(attribute)
    refused = RefusedInput(f"the value of {attribute.name} cannot be read; it is {shape}")
    if attribute.kind in _STRUCTURED:
        if not isinstance(item, Mapping):
            raise refused
        if strange := sorted(set(item) - set(attribute.fields)):
            raise RefusedInput(f"{attribute.name} has no part {', '.join(strange)}; it is {shape}")
    elif attribute.kind is not Kind.FLAG and isinstance(item, bool):
        raise refused
    found = standardise_record({attribute.name: item}, entity_type, context).values.get(attribute.name)
    if not found or len(found) > 1 or found[0].mark in (INVALID, IMPOSSIBLE):
        raise refused
    if attribute.kind in _AS_WRITTEN:  # somebody may be called Null
        if not isinstance(item, str):
            raise refused
        return " ".join(unicodedata.normalize("NFC", item).split())
    if found[0].mark == PLACEHOLDER:
        raise RefusedInput(f"the value of {attribute.name} stands for none; `--none` says that the customer has none")
    return found[0].display


def _shape(attribute: Attribute) -> str:
    if attribute.kind in _STRUCTURED:
        parts = ", ".join(f'"{name}": ...' for name in attribute.fields)
        return f"written as JSON: {{{parts}}}"
    return _SHAPES.get(attribute.kind, "a text")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
