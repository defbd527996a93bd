"""What is asked: one record in canonical attributes, or in the comparable form a stored one has."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from matching_rules.rules import MatchingRules
from mdm.errors import RefusedInput
from mdm.model import EntityType, RecordKey, attributes_of
from mdm.standardise.record import standardised_texts
from mdm.standardise.values import Context


@dataclass(frozen=True)
class MatchRequest:
    """One record to find the customer of. Either ``attributes`` (see ``mdm.model.attributes``) or ``match``, the
    document a standardised record has.

    ``record``: the key of the source record it is a version of, where it is one: that record then is no candidate and
    counts once among the carriers of a value, and what stewards decided about it holds. ``max_results`` bounds the
    candidates told, ``explain`` takes their weights apart.
    """

    entity_type: EntityType
    attributes: Mapping[str, Any] | None = None
    match: Mapping[str, Any] | None = None
    record: RecordKey | None = None
    max_results: int = 10
    explain: bool = False


@dataclass(frozen=True)
class Asked:
    """The request in comparable form, and the relations it states: kind by the key of the record it names."""

    match: Mapping[str, Any]
    relations: Mapping[RecordKey, str]


def comparable(request: MatchRequest, *, rules: MatchingRules, context: Context) -> Asked:
    """RefusedInput names what cannot be taken (never its value)."""
    if (request.attributes is None) == (request.match is None):
        raise RefusedInput("a match request has either `attributes` or `match`")
    if request.match is not None:
        return Asked(_checked(request.match, rules), {})
    attributes = request.attributes or {}
    known = {a.name for a in attributes_of(request.entity_type)}
    if unknown := sorted(set(attributes) - known):
        what = f"{_words(request.entity_type)} has no attribute {unknown[0]!r}"
        raise RefusedInput(f"{what}; there are {', '.join(sorted(known))}")
    values, match = standardised_texts(attributes, request.entity_type, context)
    stated = json.loads(values).get("relation", []) if "relation" in attributes else []
    relations = {
        RecordKey(item["system"], item["object"], item["source_id"]): str(item["kind"])
        for item, _, mark in stated
        if mark is None and isinstance(item, dict)
    }
    return Asked(json.loads(match), relations)


def _checked(match: Mapping[str, Any], rules: MatchingRules) -> Mapping[str, Any]:
    if unknown := sorted(set(match) - set(rules.columns)):
        raise RefusedInput(f"the rules know no column {unknown[0]!r}; there are {', '.join(rules.columns)}")
    for column, value in match.items():
        if rules.columns[column] == "text":
            fits = value is None or isinstance(value, str)
        else:
            fits = value is None or (isinstance(value, list | tuple) and all(isinstance(v, str) for v in value))
        if not fits:
            raise RefusedInput(f"column {column!r} is a {rules.columns[column]} of the comparable form")
    return match


def _words(entity_type: EntityType) -> str:
    return "a person" if entity_type is EntityType.PERSON else "an organisation"
