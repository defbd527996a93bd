"""The mapping document: how one object of one system becomes canonical records or references, checked on loading."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from mdm.errors import NotFound, RefusedInput
from mdm.model import ATTRIBUTES, EntityType
from mdm.settings import Settings
from mdm.systems.yaml_lines import YamlFile, parse_yaml, read_yaml

Scalar = str | bool | int | float
PathParts = tuple[str, ...]
Extractor = Literal["order_numbers"]

WORD_FIELDS = frozenset({"type", "kind", "system", "object", "channel", "purpose"})
"""Fields of an item that take a plain word as it stands; every other field takes a plain word as a path."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


def _as_list(value: Any) -> Any:
    return list(value) if isinstance(value, list | tuple) else [value]


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _as_tuple_of_paths(value: Any) -> Any:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


DottedPath = Annotated[str | PathParts, BeforeValidator(_as_tuple)]
"""``a.b.c``, or a list of keys for names that hold dots; ``.`` is the element itself. See ``keys_of``."""
ScalarList = Annotated[list[Scalar], BeforeValidator(_as_list)]


class Condition(_Strict):
    """``{path, is: VALUES}`` or ``{path, not: VALUES}``, compared as text without case; the missing is in no list."""

    path: DottedPath
    is_: ScalarList | None = Field(default=None, alias="is")
    not_: ScalarList | None = Field(default=None, alias="not")

    @model_validator(mode="after")
    def _one_side(self) -> Condition:
        if (self.is_ is None) == (self.not_ is None):
            raise ValueError("a condition has either 'is' or 'not'")
        return self


class Expression(_Strict):
    """Where a value comes from and what is done to it. A plain word is short for ``{path: word}``.

    One of ``path``, ``constant``, ``first_of`` (the first that is not missing, null or blank), ``join`` (the parts that
    are there, with ``separator``); then ``pattern`` (its first group; no match gives null), ``date_format``
    (strptime, to an ISO date; text that does not fit is kept), ``values`` (a value map, compared as text without case;
    a value it does not name becomes ``default``, or nothing when there is none).
    """

    path: DottedPath | None = None
    constant: Scalar | None = None
    first_of: tuple[Expression, ...] | None = None
    join: tuple[Expression, ...] | None = None
    separator: str = " "
    pattern: str | None = None
    date_format: str | None = None
    values: dict[Scalar, Scalar] | None = None
    default: Scalar | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"path": value}
        if isinstance(value, dict):
            return {k: tuple(v) if k in ("first_of", "join") and isinstance(v, list) else v for k, v in value.items()}
        return value

    @field_validator("pattern")
    @classmethod
    def _is_pattern(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                groups = re.compile(value).groups
            except re.error as error:
                raise ValueError(f"not a regular expression: {error}") from error
            if groups != 1:
                raise ValueError("a pattern has exactly one group")
        return value

    @model_validator(mode="after")
    def _one_origin(self) -> Expression:
        given = [n for n in ("path", "constant", "first_of", "join") if getattr(self, n) is not None]
        if len(given) != 1:
            raise ValueError("a value comes from exactly one of path, constant, first_of, join")
        if self.default is not None and self.values is None:
            raise ValueError("'default' belongs to 'values'")
        return self


class Item(_Strict):
    """How one or several values of an attribute are made: the attribute's fields, and when.

    ``each`` names a list: one value for each element, paths then start at the element. ``split`` cuts one text into
    several values. ``when`` leaves the value out unless the condition holds.
    """

    each: DottedPath | None = None
    split: str | None = Field(default=None, min_length=1)
    when: Condition | None = None
    fields: dict[str, Expression]

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, value: Any) -> Any:
        if isinstance(value, str):
            value = {"value": value}
        if not isinstance(value, dict) or "fields" in value:
            return value
        own = {k: v for k, v in value.items() if k in ("each", "split", "when")}
        fields = {k: v for k, v in value.items() if k not in own}
        return own | {
            "fields": {k: {"constant": v} if k in WORD_FIELDS and isinstance(v, str) else v for k, v in fields.items()}
        }


class EntityTypeRule(_Strict):
    """The entity type of a record: fixed, or by the value of a field."""

    constant: EntityType | None = None
    path: DottedPath | None = None
    values: dict[Scalar, EntityType] = Field(default_factory=dict)
    default: EntityType | None = None

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"constant": EntityType(value)}
        if isinstance(value, dict):
            words = {k: EntityType(v) for k, v in value.items() if k == "default"}
            maps = {k: {x: EntityType(y) for x, y in v.items()} for k, v in value.items() if k == "values"}
            return value | words | maps
        return value

    @model_validator(mode="after")
    def _one_origin(self) -> EntityTypeRule:
        if (self.constant is None) == (self.path is None):
            raise ValueError("entity_type is person, organisation, or {path, values}")
        if self.path is not None and not self.values:
            raise ValueError("entity_type by path needs 'values'")
        return self

    def possible(self) -> frozenset[EntityType]:
        """The types a record of this mapping can have."""
        named = {self.constant, self.default, *self.values.values()}
        return frozenset(t for t in named if t is not None)


class Clock(_Strict):
    """When the source last changed the record. ``format``: iso, epoch (seconds), epoch_ms, or a strptime format.

    ``path`` may be a list of names: the first that has a value. A time without a zone is in ``timezone``.
    """

    first_of: tuple[DottedPath, ...]
    format: str = "iso"
    timezone: str = "UTC"

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if isinstance(value, str | list):
            value = {"path": value}
        if isinstance(value, dict) and "path" in value:
            value = dict(value)
            value["first_of"] = _as_tuple_of_paths(value.pop("path"))
        return value

    @field_validator("format")
    @classmethod
    def _is_format(cls, value: str) -> str:
        if value not in ("iso", "epoch", "epoch_ms") and "%" not in value:
            raise ValueError("format is iso, epoch, epoch_ms or a strptime format such as '%d.%m.%Y %H:%M'")
        return value

    @field_validator("timezone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("not a time zone name such as Europe/Berlin") from error
        return value


class Children(_Strict):
    """Child lines of a JSONL extract: ``parent`` is the field that names the parent, ``lists`` where they are read.

    A child whose ``id`` fits a pattern of ``lists`` becomes an element of that list of its parent.
    """

    parent: str
    id: str = "id"
    lists: dict[str, str]


class Owner(_Strict):
    """The customer record a reference belongs to."""

    system: str
    object: str
    source_id: Expression


class Mentions(_Strict):
    """Numbers of other references quoted in a text, found by a named extractor."""

    path: DottedPath
    extract: Extractor


class Reference(_Strict):
    """What is kept of an order, a case, ...: whose it is, its number, when, and what it quotes."""

    type: str = Field(pattern="^[a-z][a-z_]*$")
    number: Expression | None = None
    owner: Owner | None = None
    occurred_at: Clock | None = None
    status: Expression | None = None
    mentions: Mentions | None = None


class Writable(_Strict):
    """What may be written back: attribute -> target field (or, for structured values, field -> target field)."""

    object: str | None = None
    key: str
    fields: dict[str, str | dict[str, str]]


class CsvForm(_Strict):
    """How the CSV is written."""

    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', min_length=1, max_length=1)
    encoding: Literal["utf-8", "latin-1", "cp1252"] = "utf-8"


class MappingDocument(_Strict):
    """A mapping file as it stands on disk, strictly checked. Anything it does not map stays in the payload only."""

    system: str = Field(min_length=1)
    object: str = Field(min_length=1)
    kind: Literal["source", "reference"] = "source"
    format: Literal["csv", "jsonl", "parquet"]
    csv: CsvForm = CsvForm()
    files: list[str] = Field(default_factory=list)
    source_id: Expression | Literal["payload_hash"]
    source_time: Clock | None = None
    entity_type: EntityTypeRule | None = None
    deleted: Condition | None = None
    only: Condition | None = None
    children: Children | None = None
    attributes: dict[str, tuple[Item, ...]] = Field(default_factory=dict)
    reference: Reference | None = None
    writable: Writable | None = None

    @field_validator("system", "object")
    @classmethod
    def _no_slash(cls, value: str) -> str:
        if "/" in value or value != value.strip():
            raise ValueError("a system or object name has no slash and no space around it")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> MappingDocument:
        if self.kind == "source" and (self.entity_type is None or not self.attributes):
            raise ValueError("a source mapping needs entity_type and attributes")
        if self.kind == "source" and self.reference is not None:
            raise ValueError("'reference' belongs to kind: reference")
        if self.kind == "reference" and (self.reference is None or self.attributes or self.entity_type):
            raise ValueError("a reference mapping needs 'reference', and has no entity_type or attributes")
        if self.children is not None and self.format != "jsonl":
            raise ValueError("'children' are lines of a JSONL file")
        return self


@dataclass(frozen=True)
class Mapping:
    """A mapping ready for use: the document, the file it came from, and its version (hash of the file's text)."""

    document: MappingDocument
    file: str
    version: str
    text: str

    @property
    def system(self) -> str:
        """The system it reads."""
        return self.document.system

    @property
    def object(self) -> str:
        """The system's object it reads."""
        return self.document.object

    @property
    def name(self) -> str:
        """``system/object``."""
        return f"{self.system}/{self.object}"

    @cached_property
    def required(self) -> tuple[frozenset[str], ...]:
        """Top-level names a file must have: of each set, at least one."""
        document = self.document
        groups: list[frozenset[str]] = []
        if isinstance(document.source_id, Expression):
            groups += _roots_of(document.source_id, document.format)
        if document.source_time is not None:
            groups.append(_heads(document.source_time.first_of, document.format))
        return tuple(g for g in groups if g)

    @cached_property
    def expected(self) -> str:
        """The required names in words, for messages."""
        return " and ".join(" or ".join(repr(n) for n in sorted(group)) for group in self.required) or "any column"

    @cached_property
    def known_names(self) -> frozenset[str]:
        """Every top-level name the mapping reads: what a file of this kind looks like."""
        return frozenset().union(*self.required, _heads(_paths_in(self.document), self.document.format))


@dataclass(frozen=True)
class Mappings:
    """All mappings known, by system and object; later files replace earlier ones of the same name."""

    all: tuple[Mapping, ...]

    def get(self, system: str, object: str) -> Mapping:
        """The mapping of ``system/object``; NotFound names the known ones."""
        for mapping in self.all:
            if (mapping.system, mapping.object) == (system, object):
                return mapping
        known = ", ".join(m.name for m in self.all)
        raise NotFound(f"no mapping for {system}/{object}; known are {known}")

    def for_file(self, name: str) -> Mapping | None:
        """The mapping whose file pattern fits ``name`` (``.gz`` aside), the longest pattern first; None: none fits."""
        plain = name.removesuffix(".gz")
        fits = [
            (len(pattern.replace("*", "")), mapping)
            for mapping in self.all
            for pattern in mapping.document.files
            if fnmatchcase(plain, pattern)
        ]
        best = [m for length, m in fits if length == max(n for n, _ in fits)]
        if len({m.name for m in best}) > 1:
            names = ", ".join(sorted({m.name for m in best}))
            raise RefusedInput(f"{name}: fits the file patterns of several mappings ({names}); name one with --system")
        return best[0] if best else None

    def __iter__(self) -> Iterator[Mapping]:
        return iter(self.all)


def load_mapping(path: Path) -> Mapping:
    """Loads and checks one mapping file. RuleFileError (file:line: reason) when anything in it is not understood."""
    return _checked(read_yaml(path))


def parse_mapping(text: str, *, name: str) -> Mapping:
    """As ``load_mapping``, from text."""
    return _checked(parse_yaml(text, name=name))


def load_mappings(settings: Settings) -> Mappings:
    """The shipped mappings, overridden and extended by ``<MDM_HOME>/mappings/*.yaml``. RuleFileError on a bad file."""
    found: dict[tuple[str, str], Mapping] = {}
    for path in _shipped_files():
        mapping = load_mapping(path)
        found[mapping.system, mapping.object] = mapping
    own: dict[tuple[str, str], Mapping] = {}
    for path in sorted((Path(settings.home) / "mappings").glob("*.y*ml")):
        mapping = load_mapping(path)
        if (mapping.system, mapping.object) in own:
            other = own[mapping.system, mapping.object].file
            raise RefusedInput(f"{path}: {mapping.name} is mapped in {other} already")
        own[mapping.system, mapping.object] = mapping
    return Mappings(all=tuple(m for _, m in sorted((found | own).items())))


def _shipped_files() -> list[Path]:
    folder = Path(str(resources.files("mdm.systems")))
    return sorted(folder.glob("*/*.yaml"))


def _checked(file: YamlFile) -> Mapping:
    if not isinstance(file.data, dict):
        raise file.error((), "a mapping file starts with 'system:' and 'object:'")
    data = dict(file.data)
    if "attributes" in data:
        data["attributes"] = _normal_attributes(file, data["attributes"])
    try:
        document = MappingDocument.model_validate(data)
    except ValidationError as error:
        raise _in_words(file, error) from error
    _check_vocabulary(file, document)
    version = hashlib.sha256(file.text.encode()).hexdigest()[:16]
    return Mapping(document=document, file=file.name, version=version, text=file.text)


def _normal_attributes(file: YamlFile, raw: Any) -> dict[str, tuple[Any, ...]]:
    """Every attribute as a list of items; a single-valued one is a list of one item with the field ``value``."""
    if not isinstance(raw, dict):
        raise file.error(("attributes",), "'attributes' lists attribute: where it comes from")
    result: dict[str, tuple[Any, ...]] = {}
    for name, value in raw.items():
        attribute = ATTRIBUTES.get(name) if isinstance(name, str) else None
        if attribute is None:
            raise file.error(("attributes", name), f"unknown attribute {name!r}; known are {', '.join(ATTRIBUTES)}")
        if not attribute.multi:
            if isinstance(value, list):
                raise file.error(("attributes", name), f"{name} has one value; use first_of to choose between several")
            result[name] = ({"fields": {"value": value}},)
            continue
        items = value if isinstance(value, list) else [value]
        for i, item in enumerate(items):
            if isinstance(item, dict) and attribute.fields[0] == "value" and "value" not in item:
                raise file.error(("attributes", name, i), f"{name} needs 'value'")
        result[name] = tuple(items)
    return result


def keys_of(path: str | PathParts, form: str) -> PathParts:
    """The keys a path goes through. A CSV column is one name, dots and all; elsewhere dots go down."""
    if isinstance(path, tuple):
        return path
    if path == ".":
        return ()
    return (path,) if form == "csv" else tuple(path.split("."))


def _heads(paths: Iterable[str | PathParts], form: str) -> frozenset[str]:
    return frozenset(keys[0] for keys in (keys_of(p, form) for p in paths) if keys)


def _roots_of(expression: Expression, form: str) -> list[frozenset[str]]:
    """The top-level names an expression needs: of each set, one must be there."""
    if expression.path is not None:
        return [_heads([expression.path], form)]
    if expression.first_of is not None:
        return [frozenset().union(*(r for e in expression.first_of for r in _roots_of(e, form)))]
    return [r for e in expression.join or () for r in _roots_of(e, form)]


def _paths_in(node: object) -> Iterator[str | PathParts]:
    """Every path that starts at the top of a record (those below ``each`` start at the element)."""
    if isinstance(node, Item) and node.each is not None:
        yield node.each
    elif isinstance(node, BaseModel):
        for name in type(node).model_fields:
            value = getattr(node, name)
            if name == "path" and value is not None:
                yield value
            else:
                yield from _paths_in(value)
    elif isinstance(node, dict):
        for value in node.values():
            yield from _paths_in(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from _paths_in(value)


def _in_words(file: YamlFile, error: ValidationError) -> RefusedInput:
    """The first of pydantic's complaints, with the line it is about."""
    first, *more = error.errors(include_url=False, include_context=False, include_input=False)
    location = tuple(p for p in first["loc"] if p != "fields")
    known = tuple(str(p) for p in location if location[: location.index(p) + 1])
    reason = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        reason = "is not a word of the mapping language"
    elif first["type"] == "missing":
        reason = "is missing"
    where = ".".join(known)
    tail = f" (and {len(more)} more)" if more else ""
    return file.error(location, f"{where}: {reason}{tail}" if where else f"{reason}{tail}")


def _check_vocabulary(file: YamlFile, document: MappingDocument) -> None:
    """Attributes, their fields and entity types against the canonical model."""
    possible = document.entity_type.possible() if document.entity_type else frozenset(EntityType)
    for name, items in document.attributes.items():
        attribute = ATTRIBUTES[name]
        if not attribute.entity_types & possible:
            kinds = ", ".join(sorted(possible))
            raise file.error(("attributes", name), f"{name} is not an attribute of {kinds}")
        for i, item in enumerate(items):
            for field in item.fields:
                if field not in (attribute.fields if attribute.multi else ("value",)):
                    words = f"unknown field {field!r} of {name}; known are {', '.join(attribute.fields)}"
                    raise file.error(("attributes", name, i, field), words)
    for name, target in (document.writable.fields if document.writable else {}).items():
        if name not in ATTRIBUTES:
            raise file.error(("writable", "fields", name), f"unknown attribute {name!r}")
        for field in target if isinstance(target, dict) else ():
            if field not in ATTRIBUTES[name].fields:
                raise file.error(("writable", "fields", name, field), f"unknown field {field!r} of {name}")
