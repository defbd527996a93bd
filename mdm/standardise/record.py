"""One canonical record standardised: every value shown, compared and marked, and the columns matching reads.

The record is written as JSON right away, attribute by attribute, because JSON is what a million of them are wanted as;
who wants one record as objects gets that JSON read back, so that there is one way of making it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from mdm.model import ATTRIBUTES, Attribute, EntityType, Kind, attributes_of
from mdm.standardise.addresses import Address, standardise_address
from mdm.standardise.codes import (
    standardise_code,
    standardise_consent,
    standardise_flag,
    standardise_gender,
    standardise_language,
    standardise_number,
    standardise_relation,
)
from mdm.standardise.columns import (
    domains_column,
    empty_columns,
    fill_addresses,
    organisation_columns,
)
from mdm.standardise.dates import standardise_birth_date
from mdm.standardise.emails import Email, split_addresses, standardise_email
from mdm.standardise.identifiers import standardise_identifier
from mdm.standardise.names import (
    NamePart,
    family_columns,
    gender_of_prefix,
    given_columns,
    parse_full_name,
    standardise_full_name,
    standardise_name,
    standardise_prefix,
    standardise_suffix,
    suffix_of,
)
from mdm.standardise.organisations import OrganisationName, standardise_organisation
from mdm.standardise.phones import split_phones, standardise_phone
from mdm.standardise.pieces import listed_once, single
from mdm.standardise.text import LONGEST_TEXT, as_text, clean, safe_display
from mdm.standardise.values import INVALID, Context, StandardisedRecord, Value, is_evidence, value_text
from mdm.standardise.websites import standardise_website

_NO_NAME = NamePart(Value("", ""))
_PARTS_OF_A_NAME = ("given_name", "middle_name", "family_name", "former_name")
_DERIVED = ("prefix", "given_name", "middle_name", "family_name", "suffix")
_NO_GENDER = single("gender", None)
_LONGEST_CELL = 2000
_COLUMN_OF: Mapping[str, str] = {
    "customer_number": "customer_numbers",
    "date_of_birth": "dob",
    "email": "emails",
    "gender": "gender",
    "loyalty_number": "loyalty",
    "phone": "phones",
    "registration_number": "registration",
    "tax_number": "tax",
}
"""Attributes whose comparable values are a matching column as they are."""


@dataclass(slots=True)
class _Form:
    """One record being written; lives for one call. ``values``: the JSON of an attribute's values, joined by commas."""

    context: Context
    columns: dict[str, str]
    values: dict[str, str] = field(default_factory=dict)
    parts: dict[str, NamePart] = field(default_factory=dict)
    organisations: list[OrganisationName] = field(default_factory=list)
    domains: list[str] = field(default_factory=list)
    addresses: list[Address] = field(default_factory=list)
    full_name: str = ""
    prefix: str = ""
    suffix: str = ""
    website: str = ""


_Reader = Callable[[Any, Attribute, _Form], None]
"""Writes the values of one attribute, as a source has them, into the form."""


def _items(raw: Any, attribute: Attribute) -> list[Any]:
    """The items of an attribute, nulls left out; a scalar where a list belongs is a list of one."""
    items = raw if isinstance(raw, list | tuple) else (raw,)
    if attribute.multi and attribute.fields[0] == "value":
        # the rest of the item, its type, is no part of the value
        items = [item.get("value") if isinstance(item, dict) else item for item in items]
    return [item for item in items if item is not None and item != ""]


def _text_of(raw: Any) -> str | Value:
    """Clean text, '' when blank; a finished value for what is no text at all."""
    text = clean(raw) if type(raw) is str else as_text(raw)
    return Value(safe_display(raw), "", INVALID) if text is None else text


def _standardised(raw: Any, attribute: Attribute, standardise: Callable[[str], Value]) -> list[Value]:
    values = []
    for item in _items(raw, attribute):
        text = _text_of(item)
        if isinstance(text, Value):
            values.append(text)
        elif text:
            values.append(standardise(text))
    return values


def _evidence(values: list[Value]) -> list[str]:
    return [v.comparable for v in values if is_evidence(v)]


def _write(values: list[Value], attribute: Attribute, form: _Form) -> None:
    """Writes values; of a single-valued attribute the first counts."""
    if not values:
        return
    if not attribute.multi:
        del values[1:]
    name = attribute.name
    form.values[name] = ",".join(map(value_text, values))
    column = _COLUMN_OF.get(name)
    if column:
        found = _evidence(values)
        if attribute.multi:
            form.columns[column] = listed_once(column, found) if found else form.columns[column]
        elif found:
            form.columns[column] = single(column, found[0])


def _read(standardise: Callable[[str], Value]) -> _Reader:
    """A reader of texts of which each record has another one."""

    def read(raw: Any, attribute: Attribute, form: _Form) -> None:
        _write(_standardised(raw, attribute, standardise), attribute, form)

    return read


def _read_known(standardise: Callable[[str], Value]) -> _Reader:
    """A reader of one text out of a short list that many records share: its JSON is written once and remembered."""

    @lru_cache(maxsize=8192)
    def written(raw: str) -> str:
        text = clean(raw)
        return value_text(standardise(text)) if text else ""

    def read(raw: Any, attribute: Attribute, form: _Form) -> None:
        if type(raw) is not str or len(raw) > LONGEST_TEXT:
            _write(_standardised(raw, attribute, standardise), attribute, form)
        elif text := written(raw):
            form.values[attribute.name] = text

    return read


@lru_cache(maxsize=65536)
def _name_part(raw: str) -> NamePart | None:
    text = clean(raw)
    return standardise_name(text) if text else None


def _read_part_of_name(raw: Any, attribute: Attribute, form: _Form) -> None:
    if type(raw) is str and len(raw) <= LONGEST_TEXT:
        part = _name_part(raw)
        if part is not None:
            form.parts[attribute.name] = part
            form.values[attribute.name] = part.json
        return

    def keep(text: str) -> Value:
        part = form.parts[attribute.name] = standardise_name(text)
        return part.value

    _write(_standardised(raw, attribute, keep), attribute, form)


def _read_full_name(raw: Any, attribute: Attribute, form: _Form) -> None:
    values = _standardised(raw, attribute, standardise_full_name)
    _write(values, attribute, form)
    if values and values[0].mark is None:
        form.full_name = as_text(raw) or ""


def _read_suffix(raw: Any, attribute: Attribute, form: _Form) -> None:
    values = _standardised(raw, attribute, standardise_suffix)
    _write(values, attribute, form)
    if values and values[0].mark is None:
        form.suffix = suffix_of(str(values[0].display)) or ""


_read_title = _read_known(standardise_prefix)


def _read_prefix(raw: Any, attribute: Attribute, form: _Form) -> None:
    _read_title(raw, attribute, form)
    if type(raw) is str and len(raw) <= LONGEST_TEXT:
        form.prefix = raw


def _read_organisation(raw: Any, attribute: Attribute, form: _Form) -> None:
    def keep(text: str) -> Value:
        name = standardise_organisation(text)
        form.organisations.append(name)
        return name.value

    _write(_standardised(raw, attribute, keep), attribute, form)


def _read_website(raw: Any, attribute: Attribute, form: _Form) -> None:
    values = _standardised(raw, attribute, standardise_website)
    _write(values, attribute, form)
    form.website = next(iter(_evidence(values)), "")


def _read_emails(raw: Any, attribute: Attribute, form: _Form) -> None:
    emails: list[Email] = []
    for item in _items(raw, attribute):
        text = _text_of(item)
        if isinstance(text, Value):
            emails.append(Email(text))
        elif len(text) >= _LONGEST_CELL:
            emails.append(Email(Value(text, text, INVALID)))
        elif text:
            emails += map(standardise_email, split_addresses(text))
    if "email_locals" in form.columns:
        _write([e.value_of_a_person for e in emails], attribute, form)
        form.columns["email_locals"] = listed_once("email_locals", [e.local for e in emails])
    else:
        _write([e.value for e in emails], attribute, form)
    form.domains = [e.domain for e in emails]


def _read_phones(raw: Any, attribute: Attribute, form: _Form) -> None:
    default = form.context.default_region
    region = next((a.country for a in form.addresses if a.country), default)
    values: list[Value] = []
    for item in _items(raw, attribute):
        text = _text_of(item)
        if isinstance(text, Value):
            values.append(text)
        elif text:
            values += [standardise_phone(one, region, default) for one in split_phones(text, region, default)]
    _write(values, attribute, form)


def _read_birth_date(raw: Any, attribute: Attribute, form: _Form) -> None:
    region, today = form.context.default_region, form.context.today
    values = _standardised(raw, attribute, lambda text: standardise_birth_date(text[:600], region, today))
    _write(values, attribute, form)


def _read_addresses(raw: Any, attribute: Attribute, form: _Form) -> None:
    texts: list[str] = []
    for item in raw if isinstance(raw, list | tuple) else (raw,):
        found = None if item is None else standardise_address(item, attribute.fields, form.context.default_region)
        if found is None:
            continue
        text, address = found
        texts.append(text)
        if address is not None and address.mark is None:
            form.addresses.append(address)
    if texts:
        form.values[attribute.name] = ",".join(texts)
    if form.addresses:
        fill_addresses(form.columns, form.addresses)


@lru_cache(maxsize=2)
def _flag_text(raw: bool) -> str:
    return value_text(standardise_flag(raw))


def _is_blank(raw: Any) -> bool:
    return isinstance(raw, str) and not clean(raw)


def _read_flag(raw: Any, attribute: Attribute, form: _Form) -> None:
    if type(raw) is bool:
        form.values[attribute.name] = _flag_text(raw)
    elif not _is_blank(raw):
        form.values[attribute.name] = value_text(standardise_flag(raw))


def _read_number(raw: Any, attribute: Attribute, form: _Form) -> None:
    if not _is_blank(raw):
        form.values[attribute.name] = value_text(standardise_number(raw))


@lru_cache(maxsize=8192)
def _consent_text(parts: tuple[str | None, ...], fields: tuple[str, ...]) -> str:
    return value_text(standardise_consent(dict(zip(fields, parts, strict=True)), fields))


def _is_short(part: Any) -> bool:
    return part is None or (type(part) is str and len(part) <= LONGEST_TEXT)


def _read_consents(raw: Any, attribute: Attribute, form: _Form) -> None:
    texts = []
    fields = attribute.fields
    for item in _items(raw, attribute):
        if type(item) is dict and all(map(_is_short, parts := tuple(map(item.get, fields)))):
            texts.append(_consent_text(parts, fields))
        else:
            texts.append(value_text(standardise_consent(item, fields)))
    if texts:
        form.values[attribute.name] = ",".join(texts)


def _read_relations(raw: Any, attribute: Attribute, form: _Form) -> None:
    values = [standardise_relation(item, attribute.fields) for item in _items(raw, attribute)]
    _write(values, attribute, form)


@lru_cache(maxsize=2)
def _readers(entity_type: EntityType) -> Mapping[str, tuple[_Reader, Attribute]]:
    """Who reads each attribute of an entity type: by its name, else by its kind."""
    by_kind: Mapping[Kind, _Reader] = {
        Kind.NAME: _read_part_of_name,
        Kind.ORGANISATION_NAME: _read_organisation,
        Kind.EMAIL: _read_emails,
        Kind.PHONE: _read_phones,
        Kind.ADDRESS: _read_addresses,
        Kind.DATE: _read_birth_date,
        Kind.IDENTIFIER: _read(standardise_identifier),
        Kind.CODE: _read_known(standardise_code),
        Kind.FLAG: _read_flag,
        Kind.NUMBER: _read_number,
        Kind.WEBSITE: _read_website,
        Kind.CONSENT: _read_consents,
        Kind.RELATION: _read_relations,
    }
    by_name: Mapping[str, _Reader] = {
        "prefix": _read_prefix,
        "suffix": _read_suffix,
        "full_name": _read_full_name,
        "gender": _read(standardise_gender),
        "preferred_language": _read_known(standardise_language),
    }
    return {a.name: (by_name.get(a.name) or by_kind[a.kind], a) for a in attributes_of(entity_type)}


@lru_cache(maxsize=1)
def _declared() -> Mapping[str, int]:
    return {name: position for position, name in enumerate(ATTRIBUTES)}


def _read_attributes(attributes: Mapping[str, Any], entity_type: EntityType, form: _Form) -> None:
    readers = _readers(entity_type)
    # addresses first: their country tells how phone numbers are read
    if "address" in attributes:
        attributes = {"address": attributes["address"], **attributes}
    for name, raw in attributes.items():
        if raw is None or raw == "" or name not in readers:
            continue
        reader, attribute = readers[name]
        try:
            reader(raw, attribute, form)
        except Exception:  # one value nobody foresaw must not cost the record, nor the batch
            form.values[name] = value_text(Value(safe_display(raw), "", INVALID))


def _derive_name(form: _Form) -> None:
    """Parts out of a whole name where the source keeps only that, then generation and title found inside the parts."""
    values, readers = form.values, _readers(EntityType.PERSON)
    if form.full_name and "given_name" not in values and "family_name" not in values:
        parsed = parse_full_name(form.full_name)
        found = (parsed.prefix, parsed.given, parsed.middle, parsed.family, parsed.suffix)
        for name, text in zip(_DERIVED, found, strict=True):
            if text and name not in values:
                reader, attribute = readers[name]
                reader(text, attribute, form)
    for name in _PARTS_OF_A_NAME:
        part = form.parts.get(name)
        if part is None:
            continue
        for around, word in (("prefix", part.prefix), ("suffix", part.suffix)):
            if word and around not in values:
                reader, attribute = readers[around]
                reader(word, attribute, form)


def _suffix(form: _Form) -> str | None:
    """The generation: the field's own, else one found in any part of the name."""
    return form.suffix or next((p.suffix for p in form.parts.values() if p.suffix), None)


def _fill_person(form: _Form) -> None:
    _derive_name(form)
    parts, columns = form.parts, form.columns
    columns["suffix"] = single("suffix", _suffix(form))
    if form.prefix and columns["gender"] == _NO_GENDER:
        columns["gender"] = single("gender", gender_of_prefix(form.prefix))
    given, middle = parts.get("given_name", _NO_NAME), parts.get("middle_name", _NO_NAME)
    family, former = parts.get("family_name", _NO_NAME), parts.get("former_name", _NO_NAME)
    columns.update(given_columns(given, middle.tokens) if middle.tokens else given.given_columns)
    columns.update(family_columns(family.tokens, former.tokens) if former.tokens else family.family_columns)


def _fill_organisation(form: _Form) -> None:
    # the legal name leads, whatever order the source sent
    names = sorted(form.organisations, key=lambda name: name.json != form.values.get("legal_name"))
    form.columns.update(organisation_columns(names))
    form.columns["domains"] = domains_column(form.domains, form.website)


def standardised_texts(attributes: Mapping[str, Any], entity_type: EntityType, context: Context) -> tuple[str, str]:
    """``values`` and ``match`` of one canonical record as canonical JSON, as ``standardise_record`` describes them."""
    form = _Form(context, empty_columns(entity_type))
    _read_attributes(attributes, entity_type, form)
    if entity_type is EntityType.PERSON:
        _fill_person(form)
    else:
        _fill_organisation(form)
    values = form.values
    written = [f'"{name}":[{values[name]}]' for name in sorted(values, key=_declared().__getitem__)]
    return f"{{{','.join(written)}}}", f"{{{','.join(form.columns.values())}}}"


def content_hash(entity_type: EntityType, match: str) -> str:
    """md5 (hex) of the canonical JSON of entity type and matching columns: a tie-break that knows no ids."""
    return hashlib.md5(f'["{entity_type.value}",{match}]'.encode(), usedforsecurity=False).hexdigest()


def standardise_record(attributes: Mapping[str, Any], entity_type: EntityType, context: Context) -> StandardisedRecord:
    """Standardises one canonical record (see ``mdm.model.attributes``); never raises on any JSON content.

    ``values`` holds every attribute with a value, in the declared order; a whole name gives its parts. ``match`` has
    all columns of the entity type, alphabetically, null or [] when nothing is usable.
    """
    written, match = standardised_texts(attributes, entity_type, context)
    values = {name: [Value(*value) for value in found] for name, found in json.loads(written).items()}
    return StandardisedRecord(values=values, match=json.loads(match), content_hash=content_hash(entity_type, match))
