"""A proposed change in the target's own words: the fields the ``writable`` part of its mapping names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mdm.systems.mapping import Writable

Fields = dict[str, str | None]
"""Target field -> text to write; None clears it."""


def target_fields(writable: Writable, *, attribute: str, value: Any) -> Fields | None:
    """The fields one new value is written to; None when the target cannot take this attribute.

    Of a list the first item is written. A structured value (an address) goes whole: parts it lacks are cleared.
    """
    place = writable.fields.get(attribute)
    if place is None:
        return None
    item = value[0] if isinstance(value, list) and value else value
    if isinstance(item, list):
        item = None
    if isinstance(place, str):
        return {place: _text(item.get("value") if isinstance(item, Mapping) else item)}
    parts = _with_unit(item, place) if isinstance(item, Mapping) else {}
    return {target: _text(parts.get(field)) for field, target in place.items()}


def _with_unit(parts: Mapping[str, Any], place: Mapping[str, str]) -> Mapping[str, Any]:
    """A flat's number goes with the street where the target has no field of its own for it: it must not get lost."""
    if "unit" in place or not parts.get("unit") or not parts.get("street"):
        return parts
    return {**parts, "street": f"{parts['street']}, {parts['unit']}"}


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
