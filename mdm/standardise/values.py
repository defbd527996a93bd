"""The shapes standardising gives: one standardised value, its JSON, the record of them, and what they depend on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from mdm.standardise.version import standardiser_version

PLACEHOLDER = "placeholder"
INVALID = "invalid"
IMPOSSIBLE = "impossible"
ROLE = "role"
"""An e-mail address of a role (info@, kasse9@) in a person's record: it tells of the employer, not of the person."""
MISSPELT = "misspelt"
"""Written wrongly, and what was meant is known (@gmial.com): evidence, in what it compares
as. As a value to show it comes after every one without a mark."""
IMPLAUSIBLE = "implausible"
"""A date hardly any customer has (an archive's birth in 1630), or with one slip in it that nobody can undo (the 71st of
a month): evidence as it is written, and nothing to show."""
INCOMPLETE = "incomplete"
"""A number without its area code: evidence beside others of its kind only, and nothing to show."""
_EVIDENCE = frozenset({None, MISSPELT, IMPLAUSIBLE, INCOMPLETE})

quoted = encode_basestring
"""The canonical JSON of a text."""
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class Value(NamedTuple):
    """One value: how it is shown, how it compares (equal when two mean the same), and its mark.

    A mark says why the value says nothing (invalid, placeholder, impossible, role), or what is the matter with one
    that is evidence all the same (misspelt, implausible, incomplete).
    """

    display: Any
    comparable: str
    mark: str | None = None


def is_evidence(value: Value) -> bool:
    """Whether matching may compare the value."""
    return value.mark in _EVIDENCE


def json_text(display: Any) -> str:
    """The canonical JSON of a value shown: no spaces, letters as they are, never NaN."""
    if type(display) is str:
        return quoted(display)
    return str(display) if type(display) is int else _ENCODE(display)


def value_text(value: Value) -> str:
    """The canonical JSON of a standardised value: ``[display,comparable,mark]``."""
    display, comparable, mark = value
    return f"[{json_text(display)},{quoted(comparable)},{quoted(mark) if mark else 'null'}]"


@dataclass(frozen=True)
class Context:
    """What standardising depends on beside the record; pass ``today`` in to replay a run (it bounds dates)."""

    default_region: str = "US"
    version: str = field(default_factory=standardiser_version)
    today: date = field(default_factory=lambda: datetime.now(UTC).date())


@dataclass(frozen=True)
class StandardisedRecord:
    """Values by attribute (position is the ordinal), the columns for matching, and the hash of the latter."""

    values: Mapping[str, list[Value]]
    match: Mapping[str, Any]
    content_hash: str
