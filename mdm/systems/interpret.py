"""Payload in, canonical record or reference out: the mapping language, obeyed. Pure; the same for one or a million.

A mapping is compiled once into plain functions (getters), so that a record costs some ten microseconds.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from enum import Enum
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from mdm.model import Attribute, EntityType, Kind, attributes_of
from mdm.systems.mapping import (
    Children,
    Clock,
    Condition,
    DottedPath,
    Expression,
    Item,
    Mapping,
    MappingDocument,
    Reference,
    Scalar,
    keys_of,
)


class Missing(Enum):
    """The third thing beside null and empty: the source did not say."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING

Getter = Callable[[Any], Any]
Record = dict[str, Any]
EPOCH_LIMIT = 253_402_300_799  # the last second of the year 9999


class RowRejected(Exception):
    """This row cannot be taken; the message is the reason, without any of the row's values."""

    def __init__(self, reason: str, *, lacks_required: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.lacks_required = lacks_required


@dataclass(frozen=True, slots=True)
class CanonicalRecord:
    """A source record in canonical attributes. No ``source_id``: the payload's hash; no ``source_time``: on receipt."""

    source_id: str | None
    entity_type: EntityType
    attributes: Record
    source_time: datetime | None
    deleted: bool


@dataclass(frozen=True, slots=True)
class CanonicalReference:
    """One order, case, ... as it hangs on a source record."""

    source_id: str | None
    reference_type: str
    owner_system: str | None
    owner_object: str | None
    owner_source_id: str | None
    number: str | None
    mentions: tuple[str, ...]
    occurred_at: datetime | None
    status: str | None
    source_time: datetime | None
    deleted: bool


@dataclass(frozen=True)
class Interpreter:
    """A mapping compiled: ``interpret(record)`` gives a canonical record or reference.

    None is a row left out by ``only``. RowRejected: the row has no id, no readable clock, or an unknown entity type.
    """

    parse: Callable[[str], Record]
    interpret: Callable[[Record], CanonicalRecord | CanonicalReference | None]


def compile_mapping(mapping: Mapping) -> Interpreter:
    """Compiles a mapping into functions."""
    document = mapping.document
    head = _compile_head(document)
    body = _compile_record(document) if document.reference is None else _compile_reference(document, document.reference)

    def interpret(record: Record) -> CanonicalRecord | CanonicalReference | None:
        found = head(record)
        return None if found is None else body(record, found)

    return Interpreter(parse=_compile_parse(document.children), interpret=interpret)


# --- payload text -> record ------------------------------------------------------------------------------------------


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str)


def read_json(text: str) -> Record:
    """One JSON object. RowRejected when it is not one (numbers that are not JSON, such as NaN, count as not)."""
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        place = f" (column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise RowRejected(f"not a JSON object{place}") from None
    if type(value) is not dict:
        raise RowRejected("not a JSON object")
    return value


def write_json(value: object) -> str:
    """Compact JSON with readable characters; lone surrogates become U+FFFD, so that it is always storable text."""
    text = _ENCODER.encode(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-8", "replace").decode()
    return text


def _compile_parse(children: Children | None) -> Callable[[str], Record]:
    """A payload of several lines is a parent line and its child lines (see ``readers``)."""
    if children is None:
        return read_json
    lists, id_name = tuple(children.lists.items()), children.id

    def parse(payload: str) -> Record:
        first, *rest = payload.split("\n")
        record = read_json(first)
        for line in rest:
            child = read_json(line)
            kind = str(child.get(id_name, ""))
            for name, pattern in lists:
                if fnmatchcase(kind, pattern):
                    record.setdefault(name, []).append(child)
                    break
        return record

    return parse


# --- getters ---------------------------------------------------------------------------------------------------------


def _compile_path(path: DottedPath, form: str) -> Getter:
    keys = keys_of(path, form)
    if not keys:
        return lambda element: element
    if form == "csv":
        return _compile_column(keys[0])
    if len(keys) == 1:
        return _compile_key(keys[0])
    steps = tuple(_compile_key(k) for k in keys)

    def follow(value: Any) -> Any:
        for step in steps:
            value = step(value)
            if value is None or value is MISSING:
                return value
        return value

    return follow


def _compile_column(name: str) -> Getter:
    return lambda record: record.get(name, MISSING)


def _compile_key(key: str) -> Getter:
    index = int(key) if key.isdigit() else None

    def get(value: Any) -> Any:
        if type(value) is dict:
            return value.get(key, MISSING)
        if index is not None and type(value) is list and index < len(value):
            return value[index]
        return MISSING

    return get


def as_text(value: Any) -> Any:
    """A scalar as the text a person would write (123.0 is 123); null stays null; lists and objects are not values."""
    kind = type(value)
    if kind is str:
        return value.replace("\x00", "") if "\x00" in value else value
    if value is None or value is MISSING:
        return value
    write = _WRITERS.get(kind)
    return MISSING if write is None else write(value)


def _write_float(value: float) -> str | None:
    if not math.isfinite(value):
        return None
    return str(int(value)) if value.is_integer() else repr(value)


def _write_time(value: datetime) -> str:
    return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat()


_WRITERS: dict[type, Callable[[Any], str | None]] = {
    bool: lambda value: "true" if value else "false",
    int: str,
    float: _write_float,
    datetime: _write_time,
    date: date.isoformat,
    Decimal: lambda value: format(value.normalize(), "f") if value.is_finite() else None,
}

_FLAGS = {"true": True, "t": True, "y": True, "yes": True, "1": True, "on": True}
_FLAGS |= {"false": False, "f": False, "n": False, "no": False, "0": False, "off": False}


def _as_flag(value: Any) -> Any:
    """true/false, T/F, Y/N, yes/no, 1/0; blank is null; anything else is not a flag: left out."""
    if value is None or value is MISSING or type(value) is bool:
        return value
    text = as_text(value)
    if text is MISSING or not text or text.isspace():
        return MISSING if text is MISSING else None
    return _FLAGS.get(text.strip().casefold(), MISSING)


def _as_number(value: Any) -> Any:
    """A finite number; digits in text are read; blank is null; anything else is left out."""
    if value is None or value is MISSING:
        return value
    if type(value) is int:
        return value
    text = as_text(value)
    if text is MISSING or not text or text.isspace():
        return MISSING if text is MISSING else None
    try:
        number = float(text)
    except ValueError:
        return MISSING
    if not math.isfinite(number):
        return MISSING
    return int(number) if number.is_integer() else number


_COERCE: dict[Kind, Callable[[Any], Any]] = {Kind.FLAG: _as_flag, Kind.NUMBER: _as_number}


def _map_key(value: Scalar) -> str:
    return str(as_text(value)).strip().casefold()


def _compile_values(values: dict[Scalar, Scalar], default: Scalar | None) -> Callable[[Any], Any]:
    table = {_map_key(k): v for k, v in values.items()}
    otherwise: Any = MISSING if default is None else default

    def choose(value: Any) -> Any:
        text = as_text(value)
        return text if text is None or text is MISSING else table.get(text.strip().casefold(), otherwise)

    return choose


@lru_cache(maxsize=200_000)
def _iso_date(text: str, form: str) -> str:
    try:
        return datetime.strptime(text.strip(), form).date().isoformat()  # noqa: DTZ007  (a day has no zone)
    except ValueError:
        return text


def _compile_expression(expression: Expression, form: str) -> Getter:
    """A getter of the raw value: path, constant, first_of or join; then pattern, date_format and values."""
    get = _compile_origin(expression, form)
    if expression.pattern is not None:
        get = _then(get, _compile_pattern(expression.pattern))
    if expression.date_format is not None:
        get = _then(get, _compile_date(expression.date_format))
    if expression.values is not None:
        get = _then(get, _compile_values(expression.values, expression.default))
    return get


def _then(get: Getter, step: Callable[[Any], Any]) -> Getter:
    return lambda record: step(get(record))


def _compile_pattern(pattern: str) -> Callable[[Any], Any]:
    search = re.compile(pattern).search

    def cut(value: Any) -> Any:
        text = as_text(value)
        if text is None or text is MISSING:
            return text
        match = search(text)
        return match.group(1) if match else None

    return cut


def _compile_date(form: str) -> Callable[[Any], Any]:
    def to_iso(value: Any) -> Any:
        return _iso_date(value, form) if type(value) is str and value else value

    return to_iso


def _compile_origin(expression: Expression, form: str) -> Getter:
    if expression.path is not None:
        return _compile_path(expression.path, form)
    if expression.constant is not None:
        constant = expression.constant
        return lambda _record: constant
    if expression.first_of is not None:
        return _first_of([_compile_expression(e, form) for e in expression.first_of])
    parts = [_compile_expression(e, form) for e in expression.join or ()]
    separator = expression.separator

    def join(record: Any) -> Any:
        texts = [as_text(part(record)) for part in parts]
        said = [t for t in texts if t is not MISSING]
        return separator.join(t for t in said if t) or None if said else MISSING

    return join


def _first_of(getters: list[Getter]) -> Getter:
    def choose(record: Any) -> Any:
        fallback: Any = MISSING
        for get in getters:
            value = get(record)
            if value is MISSING or isinstance(value, dict | list):
                continue
            if value is not None and value != "":
                return value
            if fallback is MISSING or fallback is None:
                fallback = value
        return fallback

    return choose


def _compile_condition(condition: Condition, form: str) -> Callable[[Any], bool]:
    get = _compile_path(condition.path, form)
    wanted = frozenset(_map_key(v) for v in condition.is_ or condition.not_ or ())
    holds_when_named = condition.is_ is not None

    def holds(record: Any) -> bool:
        text = as_text(get(record))
        named = text is not None and text is not MISSING and text.strip().casefold() in wanted
        return named is holds_when_named

    return holds


# --- id, clock, entity type, deleted ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Head:
    source_id: str | None
    source_time: datetime | None
    deleted: bool


def _compile_head(document: MappingDocument) -> Callable[[Record], _Head | None]:
    form = document.format
    only = _compile_condition(document.only, form) if document.only else None
    deleted = _compile_condition(document.deleted, form) if document.deleted else None
    get_id = _compile_id(document)
    get_time = compile_clock(document.source_time, form) if document.source_time else None

    def head(record: Record) -> _Head | None:
        source_id = get_id(record)
        source_time = None
        if get_time is not None:
            source_time = get_time(record)
            if source_time is None:
                raise RowRejected("the clock is blank or missing", lacks_required=True)
        if only is not None and not only(record):
            return None
        return _Head(source_id, source_time, deleted is not None and deleted(record))

    return head


def _compile_id(document: MappingDocument) -> Callable[[Record], str | None]:
    if isinstance(document.source_id, str):
        return lambda _record: None
    get = _compile_expression(document.source_id, document.format)

    def read(record: Record) -> str | None:
        text = as_text(get(record))
        if text is None or text is MISSING or not text.strip():
            raise RowRejected("the id is blank or missing", lacks_required=True)
        return str(text)

    return read


def compile_clock(clock: Clock, form: str) -> Callable[[Any], datetime | None]:
    """A getter of an aware UTC time; None when blank or missing; RowRejected when it is not in the clock's format."""
    get = _first_of([_compile_path(p, form) for p in clock.first_of])
    zone: tzinfo = UTC if clock.timezone == "UTC" else ZoneInfo(clock.timezone)
    read = _CLOCKS.get(clock.format)
    form_words = {"iso": "an ISO 8601 time", "epoch": "seconds since 1970", "epoch_ms": "milliseconds since 1970"}
    expected = form_words.get(clock.format, clock.format)

    def time(record: Any) -> datetime | None:
        value = get(record)
        if value is None or value is MISSING or value == "":
            return None
        try:
            if isinstance(value, datetime):
                found = value
            elif type(value) is date:
                found = datetime(value.year, value.month, value.day)  # noqa: DTZ001  (the zone is given below)
            elif read is not None:
                found = read(value)
            else:
                found = datetime.strptime(str(value).strip(), clock.format)  # noqa: DTZ007
            return found.replace(tzinfo=zone).astimezone(UTC) if found.tzinfo is None else found.astimezone(UTC)
        except (ValueError, OverflowError, TypeError, OSError):
            raise RowRejected(f"the clock is not {expected}") from None

    return time


def _read_iso(value: Any) -> datetime:
    if type(value) is not str:
        raise ValueError
    return datetime.fromisoformat(value.strip())


def _read_epoch(value: Any) -> datetime:
    seconds = float(value)
    if not 0 <= seconds <= EPOCH_LIMIT:
        raise ValueError
    return datetime.fromtimestamp(seconds, UTC)


_CLOCKS: dict[str, Callable[[Any], datetime]] = {
    "iso": _read_iso,
    "epoch": _read_epoch,
    "epoch_ms": lambda value: _read_epoch(float(value) / 1000),
}


def _compile_entity_type(document: MappingDocument) -> Callable[[Record], EntityType]:
    rule = document.entity_type
    assert rule is not None
    if rule.constant is not None:
        constant = rule.constant
        return lambda _record: constant
    assert rule.path is not None
    get = _compile_path(rule.path, document.format)
    table = {_map_key(k): v for k, v in rule.values.items()}

    def decide(record: Record) -> EntityType:
        text = as_text(get(record))
        if text is None or text is MISSING or not text.strip():
            found = rule.default
        else:
            found = table.get(text.strip().casefold())
        if found is None:
            raise RowRejected("the entity type is missing or unknown")
        return found

    return decide


# --- attributes ------------------------------------------------------------------------------------------------------


def _compile_record(document: MappingDocument) -> Callable[[Record, _Head], CanonicalRecord]:
    entity_type = _compile_entity_type(document)
    fillers = {
        kind: tuple(
            (a.name, _compile_attribute(a, document.attributes[a.name], document.format))
            for a in attributes_of(kind)
            if a.name in document.attributes
        )
        for kind in EntityType
    }

    def body(record: Record, head: _Head) -> CanonicalRecord:
        kind = entity_type(record)
        attributes: Record = {}
        for name, get in fillers[kind]:
            value = get(record)
            if value is not MISSING:
                attributes[name] = value
        return CanonicalRecord(head.source_id, kind, attributes, head.source_time, head.deleted)

    return body


def _compile_attribute(attribute: Attribute, items: tuple[Item, ...], form: str) -> Getter:
    """A getter of the attribute's canonical value: a scalar, a list of items, null, or MISSING."""
    if not attribute.multi:
        expression = items[0].fields["value"]
        get = _compile_expression(expression, form)
        coerce = _COERCE.get(attribute.kind, as_text)
        if coerce is as_text and _is_plain_text(expression, form):
            return get
        return lambda record: coerce(get(record))
    makers = tuple(_compile_item(attribute, item, form) for item in items)

    def values(record: Any) -> Any:
        found: list[Record] = []
        state: Any = MISSING
        for make in makers:
            made = make(record)
            if type(made) is list:
                found += made
                state = made if state is MISSING else state
            elif made is None:
                state = None
        if found:
            return found if len(found) == 1 else _distinct(found)
        return state

    return values


def _distinct(items: list[Record]) -> list[Record]:
    """Drops an item that says no more than an earlier one (the same but for its type)."""
    seen: set[tuple[tuple[str, Any], ...]] = set()
    result = []
    for item in items:
        key = tuple((k, v) for k, v in item.items() if k != "type")
        if key not in seen:
            seen.add(key)
            result.append(item)
    return result


_CORE: dict[Kind, frozenset[str]] = {
    Kind.ADDRESS: frozenset({"street", "unit", "city", "region", "postcode", "country"}),
    Kind.CONSENT: frozenset({"state"}),
    Kind.RELATION: frozenset({"source_id"}),
}


def _compile_item(attribute: Attribute, item: Item, form: str) -> Getter:
    """A getter of the item's values: a list; null when the source says null; MISSING when it says nothing.

    An item is listed when one of its core fields has a value (null fields are left out of a listed item).
    """
    core_names = _CORE.get(attribute.kind, frozenset({"value"}))
    used = [(name, item.fields[name]) for name in attribute.fields if name in item.fields]
    words = {n: e.constant for n, e in used if e.constant is not None and e.values is None and n not in core_names}
    fields = tuple((n, n in core_names, _field_getter(n, e, form)) for n, e in used if n not in words)
    if len(fields) == 1 and fields[0][1]:
        make = _compile_single(fields[0][0], fields[0][2], words)
    else:
        make = _compile_several(fields, words)
    if item.when is not None:
        make = _compile_when(make, _compile_condition(item.when, form))
    if item.each is not None:
        make = _compile_each(make, _compile_path(item.each, form))
    return _compile_split(make, item.split) if item.split else make


def _compile_single(name: str, get: Getter, words: Record) -> Getter:
    def make_one(element: Any) -> Any:
        value = get(element)
        return value if value is None or value is MISSING else [{name: value} | words]

    return make_one


def _compile_several(fields: tuple[tuple[str, bool, Getter], ...], words: Record) -> Getter:
    def make_one(element: Any) -> Any:
        made = words.copy()
        state: Any = MISSING
        for name, is_core, get in fields:
            value = get(element)
            if value is MISSING:
                continue
            if value is not None:
                made[name] = value
                state = True if is_core else state
            elif is_core and state is MISSING:
                state = None
        return [made] if state is True else state

    return make_one


def _compile_when(make: Getter, holds: Callable[[Any], bool]) -> Getter:
    return lambda element: make(element) if holds(element) else MISSING


def _field_getter(name: str, expression: Expression, form: str) -> Getter:
    get = _compile_expression(expression, form)
    if name == "verified":
        return lambda element: _as_flag(get(element))
    return get if _is_plain_text(expression, form) else lambda element: as_text(get(element))


def _is_plain_text(expression: Expression, form: str) -> bool:
    """Whether its value is text or null already: a cell of a CSV is."""
    return form == "csv" and expression.path is not None and expression.values is None


def _compile_each(make_one: Getter, get: Getter) -> Getter:
    def make_each(record: Any) -> Any:
        elements = get(record)
        if elements is None or elements is MISSING:
            return elements
        if type(elements) is not list:
            elements = [elements]
        result = []
        for element in elements:
            made = make_one(element)
            if type(made) is list:
                result += made
        return result

    return make_each


def _compile_split(make: Getter, separator: str) -> Getter:
    def split(record: Any) -> Any:
        made = make(record)
        if type(made) is not list:
            return made
        return [
            item | {"value": part.strip()}
            for item in made
            for part in str(item["value"]).split(separator)
            if part.strip()
        ]

    return split


# --- references ------------------------------------------------------------------------------------------------------


_ORDER_NUMBER = re.compile(
    r"(?:#\s*|\b(?:order|bestellung|commande|pedido)(?:\s+(?:no|nr|number|nummer)\b\.?)?\s*[:#]?\s*)"
    r"([A-Z]{0,6}-?\d{3,}(?:-\w+)?)\b",
    re.IGNORECASE,
)


def order_numbers(text: str) -> tuple[str, ...]:
    """Order numbers quoted in a text, without the number sign, each once, in order."""
    return tuple(dict.fromkeys(_ORDER_NUMBER.findall(text)))


_EXTRACTORS: dict[str, Callable[[str], Iterable[str]]] = {"order_numbers": order_numbers}


def _compile_reference(
    document: MappingDocument, reference: Reference
) -> Callable[[Record, _Head], CanonicalReference]:
    form, owner = document.format, reference.owner
    number = _optional(reference.number, form)
    status = _optional(reference.status, form)
    owner_id = _optional(owner.source_id if owner else None, form)
    occurred = compile_clock(reference.occurred_at, form) if reference.occurred_at else None
    mentions = _compile_mentions(reference, form)

    def body(record: Record, head: _Head) -> CanonicalReference:
        owner_source_id = owner_id(record)
        owned = owner if owner_source_id else None
        return CanonicalReference(
            source_id=head.source_id,
            reference_type=reference.type,
            owner_system=owned.system if owned else None,
            owner_object=owned.object if owned else None,
            owner_source_id=owner_source_id,
            number=number(record),
            mentions=mentions(record),
            occurred_at=occurred(record) if occurred else None,
            status=status(record),
            source_time=head.source_time,
            deleted=head.deleted,
        )

    return body


def _optional(expression: Expression | None, form: str) -> Callable[[Record], str | None]:
    if expression is None:
        return lambda _record: None
    get = _compile_expression(expression, form)

    def read(record: Record) -> str | None:
        text = as_text(get(record))
        return None if text is MISSING or not text else str(text)

    return read


def _compile_mentions(reference: Reference, form: str) -> Callable[[Record], tuple[str, ...]]:
    if reference.mentions is None:
        return lambda _record: ()
    get = _compile_path(reference.mentions.path, form)
    extract = _EXTRACTORS[reference.mentions.extract]

    def read(record: Record) -> tuple[str, ...]:
        text = as_text(get(record))
        return tuple(extract(text)) if text and text is not MISSING else ()

    return read
