"""Reads ``ownership.yaml``: strict, in named words only, every error with file and line."""

from __future__ import annotations

import json
from collections.abc import Collection
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from golden_record.document import Document, read_document
from golden_record.model import (
    MULTI_VALUED,
    OTHERS,
    Conflict,
    Ownership,
    Review,
    Rule,
    RuleError,
    Strategy,
    Target,
    TieBreak,
    When,
    Wins,
)

_Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
_Names = tuple[str, ...]
_LEAVE_OPEN = ("trusted", "most_recent", "most_frequent", "most_complete", "verified_first")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class WinsDocument(_Strict):
    """Whose value wins."""

    strategy: Strategy = Field(description="How the winner is found; systems break what the strategy leaves open")
    systems: _Names = Field(default=(), description="Systems, best first; 'others' is every system not named")
    then: TieBreak | None = Field(default=None, description="Strategy for what the first leaves open, before systems")
    trust: dict[_Name, Annotated[int, Field(ge=1, le=1_000_000)]] = Field(
        default={}, description="trusted: points of each system; 'others' is every system not named"
    )
    halves_after_days: Annotated[int, Field(ge=1, le=100_000)] | None = Field(
        default=None, description="trusted: a value this many days older than another has half its points"
    )
    inactive: Literal["last", "equal"] = Field(
        default="last", description="Records their source closed: last, or equal"
    )
    item: _Names = Field(default=(), description="most_restrictive: fields that together say what one item is about")
    field: str | None = Field(default=None, description="most_restrictive: field that holds the state")
    order: _Names = Field(
        default=(), description="most_restrictive: states, the most restrictive answer first, no answer last"
    )
    outlasts: _Names = Field(
        default=(), description="most_restrictive: states that still count when the record that said so was deleted"
    )
    parts: _Names = Field(
        default=(), description="union: parts of a structured value; one that says no more than another is part of it"
    )
    optional: _Names = Field(default=(), description="union: of the parts, those that not every value can have")

    @model_validator(mode="after")
    def _fits_strategy(self) -> WinsDocument:
        restrictive = self.strategy == "most_restrictive"
        if restrictive and not (1 <= len(self.item) <= 3 and self.field and self.order):
            raise ValueError("most_restrictive needs item (one to three fields), field and order")
        if not restrictive and (self.item or self.field or self.order or self.outlasts):
            raise ValueError(f"item, field, order and outlasts belong to most_restrictive, not to {self.strategy}")
        if not set(self.outlasts) <= set(self.order):
            raise ValueError("outlasts names a state that order does not")
        if self.parts and self.strategy != "union":
            raise ValueError(f"parts belong to union, not to {self.strategy}")
        if not set(self.optional) <= set(self.parts):
            raise ValueError("optional names a part that parts does not")
        if self.strategy in ("owner_first", "ranked") and not self.systems:
            raise ValueError(f"{self.strategy} needs systems")
        if len(set(self.systems)) != len(self.systems):
            raise ValueError("systems names a system twice")
        if (self.strategy == "trusted") != bool(self.trust):
            raise ValueError("trusted needs trust (points for each system), and no other strategy has it")
        if self.halves_after_days and not self.trust:
            raise ValueError(f"halves_after_days belongs to trusted, not to {self.strategy}")
        if self.then == self.strategy:
            raise ValueError("then names the strategy itself")
        if self.then and self.strategy not in _LEAVE_OPEN:
            raise ValueError(f"then belongs to {', '.join(_LEAVE_OPEN)}, not to {self.strategy}")
        return self


class WhenDocument(_Strict):
    """For which customers a rule speaks: all that is said here must hold. Records their source closed do not count,
    but where the attribute's own rule says ``inactive: equal``."""

    has: _Names = Field(default=(), description="Attributes that some record gives")
    lacks: _Names = Field(default=(), description="Attributes that no record gives")
    says: dict[_Name, Annotated[tuple[str | bool, ...], Field(min_length=1)]] = Field(
        default={}, alias="is", description="Attribute to values of which some record gives one"
    )
    systems: _Names = Field(default=(), description="There is a record of one of these systems")

    @model_validator(mode="after")
    def _says_something(self) -> WhenDocument:
        if not (self.has or self.lacks or self.says or self.systems):
            raise ValueError("when says nothing: has, lacks, is or systems")
        if set(self.lacks) & {*self.has, *self.says}:
            raise ValueError("when asks for an attribute to be there and not to be there")
        return self


class RuleDocument(_Strict):
    """Who asserts, whose value wins, who receives, who is never written: for one attribute or several."""

    attributes: tuple[_Name, ...] = Field(min_length=1)
    group: _Name | None = Field(
        default=None, description="Name of a group: its attributes come from one record, together"
    )
    complete_when: _Names = Field(
        default=(),
        description="Group: a record with all of these goes before one without. Of parts: so does a value, the first"
        " weighs most",
    )
    unless: _Names = Field(default=(), description="Has no value where one of these attributes has one")
    entity_types: _Names = Field(default=(), description="Only for these entity types; none means all")
    when: WhenDocument | None = Field(
        default=None, description="Only for these customers; of several rules the first that holds speaks"
    )
    asserts: Literal["anyone", "nobody"] | _Names = Field(alias="assert")
    wins: WinsDocument
    receives: _Names = Field(default=(), description="system or system/object that gets the surviving value")
    never_written: _Names = Field(default=(), description="system or system/object; goes before receives")
    review: Review = Field(default="when_changed", description="Whether a person approves a proposed change")
    conflict: Conflict = Field(
        default="ignored", description="When records of one golden record that differ here are a question for a person"
    )

    @model_validator(mode="after")
    def _fits_group(self) -> RuleDocument:
        if self.group is not None and self.wins.strategy in MULTI_VALUED:
            raise ValueError("a group holds single values; union and most_restrictive keep several")
        if self.complete_when and self.group is None and not self.wins.parts:
            raise ValueError("complete_when belongs to a group, or to a union of structured values (parts)")
        known = self.attributes if self.group is not None else self.wins.parts
        for name in self.complete_when:
            if name not in known:
                raise ValueError(f"complete_when names {name!r}, which is none of {', '.join(known)}")
        if set(self.unless) & set(self.attributes):
            raise ValueError("unless names an attribute of the rule itself")
        if len(set(self.attributes)) != len(self.attributes):
            raise ValueError("attributes names an attribute twice")
        if self.conflict != "ignored" and self.wins.strategy in ("most_restrictive", "any", "all", "not_mastered"):
            raise ValueError(f"{self.wins.strategy} settles what differs; conflict asks about values a person has once")
        return self


class OwnershipDocument(_Strict):
    """The ownership matrix: which systems there are, and one rule for each attribute or group of attributes."""

    systems: dict[_Name, str] = Field(description="System name to what it is the authority for")
    rules: tuple[RuleDocument, ...]
    radius: Annotated[int, Field(ge=0)] | None = Field(
        default=None,
        description="review: above_radius asks a person about changes of customers with a blast radius above this: the"
        " orders, cases and other references of their records, and the systems that keep them",
    )
    retired: _Names = Field(default=(), description="Of systems: those that are no more; no rule should name them")

    @model_validator(mode="after")
    def _radius_where_asked(self) -> OwnershipDocument:
        if self.radius is None and any(rule.review == "above_radius" for rule in self.rules):
            raise ValueError("review: above_radius needs radius, a number, beside systems and rules")
        if strangers := [system for system in self.retired if system not in self.systems]:
            raise ValueError(f"retired names {strangers[0]!r}, which systems does not")
        return self


def ownership_schema(*, attributes: Collection[str] = (), entity_types: Collection[str] = ()) -> dict[str, Any]:
    """The JSON Schema of an ownership file, for editors that complete and check.

    ``attributes`` and ``entity_types``: the words it allows for them, any where none are given.
    """
    schema: dict[str, Any] = _untitled(OwnershipDocument.model_json_schema(by_alias=True))
    rule, when = schema["$defs"]["RuleDocument"]["properties"], schema["$defs"]["WhenDocument"]["properties"]
    if attributes:
        for names in (rule["attributes"], rule["unless"], when["has"], when["lacks"]):
            names["items"] = {"enum": list(attributes)}
        when["is"]["propertyNames"] = {"enum": list(attributes)}
    if entity_types:
        rule["entity_types"]["items"] = {"enum": list(entity_types)}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Ownership", **schema}


def _untitled(schema: Any) -> Any:
    """Without titles, which are the names of our classes."""
    if isinstance(schema, list):
        return [_untitled(part) for part in schema]
    if isinstance(schema, dict):
        return {k: _untitled(v) for k, v in schema.items() if not (k == "title" and isinstance(v, str))}
    return schema


def default_ownership_text() -> str:
    """The matrix that ships with the package."""
    return resources.files("golden_record").joinpath("ownership.yaml").read_text(encoding="utf-8")


def default_ownership() -> Ownership:
    """The shipped matrix, read."""
    return parse_ownership(default_ownership_text(), file="golden_record/ownership.yaml")


def load_ownership(path: Path) -> Ownership:
    """Reads an ownership file. RuleError (file, line, reason) when it is not one."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(f"{path}:1: cannot be read as UTF-8 text") from error
    return parse_ownership(text, file=str(path))


def parse_ownership(text: str, *, file: str) -> Ownership:
    """Text to ownership; ``file`` is the name said in errors. All errors of the file stand in one RuleError, a line
    each."""
    document = read_document(text, file=file)
    try:
        # JSON mode: YAML lists become tuples while every other conversion stays refused
        parsed = OwnershipDocument.model_validate_json(json.dumps(document.data, default=str))
    except ValidationError as error:
        raise RuleError("\n".join(_messages(error, document))) from error
    rules = tuple(
        _rule(r, line=document.line(("rules", i)), declared=tuple(parsed.systems)) for i, r in enumerate(parsed.rules)
    )
    ownership = Ownership(
        file=file,
        systems=tuple(parsed.systems),
        rules=rules,
        lines=document.lines,
        radius=parsed.radius,
        retired=parsed.retired,
    )
    problems = (*_unknown_systems(ownership), *_shared_group_names(ownership), *_untrusted_systems(ownership))
    if problems:
        raise RuleError("\n".join(problems))
    return ownership


def _rule(document: RuleDocument, *, line: int, declared: tuple[str, ...]) -> Rule:
    everyone = {"anyone": (*declared, OTHERS), "nobody": ()}
    asserts = everyone[document.asserts] if isinstance(document.asserts, str) else document.asserts
    return Rule(
        attributes=document.attributes,
        entity_types=document.entity_types,
        asserts=asserts,
        wins=Wins(**{**document.wins.model_dump(), "trust": tuple(document.wins.trust.items())}),
        receives=tuple(map(Target.parse, document.receives)),
        never_written=tuple(map(Target.parse, document.never_written)),
        review=document.review,
        line=line,
        declared=declared,
        group=document.group,
        complete_when=document.complete_when,
        unless=document.unless,
        conflict=document.conflict,
        when=_when(document.when) if document.when is not None else None,
    )


def _when(document: WhenDocument) -> When:
    says = tuple((name, tuple(str(text).casefold() for text in texts)) for name, texts in document.says.items())
    return When(has=document.has, lacks=document.lacks, says=says, systems=document.systems)


def _messages(error: ValidationError, document: Document) -> list[str]:
    found: dict[str, None] = {}
    for problem in error.errors(include_url=False, include_input=False):
        place = tuple(part for part in problem["loc"] if not str(part).startswith(("literal[", "tuple[")))
        named = ".".join(str(part) for part in place if isinstance(part, str))
        text = "unknown key" if problem["type"] == "extra_forbidden" else problem["msg"].removeprefix("Value error, ")
        found[f"{document.file}:{document.line(place)}: {named or 'file'}: {text}"] = None
    return list(found)


def _unknown_systems(ownership: Ownership) -> list[str]:
    known = {*ownership.systems, OTHERS}
    found = []
    for index, rule in enumerate(ownership.rules):
        named: tuple[tuple[tuple[str | int, ...], tuple[str, ...]], ...] = (
            (("assert",), rule.asserts),
            (("wins", "systems"), rule.wins.systems),
            (("wins", "trust"), tuple(system for system, _ in rule.wins.trust)),
            (("when", "systems"), rule.when.systems if rule.when else ()),
            (("receives",), tuple(t.system for t in rule.receives)),
            (("never_written",), tuple(t.system for t in rule.never_written)),
        )
        for place, systems in named:
            for position, system in enumerate(systems):
                if system not in known or (system == OTHERS and place[0] == "receives"):
                    at = ("rules", index, *place)
                    line = ownership.lines.get((*at, position), ownership.lines.get((*at, system), 0))
                    line = line or ownership.lines.get(at, rule.line)
                    found.append(f"{ownership.file}:{line}: {'.'.join(map(str, place))}: unknown system {system!r}")
    return found


def _untrusted_systems(ownership: Ownership) -> list[str]:
    found = []
    for index, rule in enumerate(ownership.rules):
        trusted = {system for system, _ in rule.wins.trust}
        if trusted and OTHERS not in trusted and (without := sorted({*rule.asserts} - trusted)):
            line = ownership.lines.get(("rules", index, "wins", "trust"), rule.line)
            found.append(f"{ownership.file}:{line}: wins.trust: no points for {without[0]!r}, which may assert")
    return found


def _shared_group_names(ownership: Ownership) -> list[str]:
    seen: dict[str, int] = {}
    found = []
    for rule in ownership.rules:
        if rule.group is not None and rule.group in seen:
            found.append(
                f"{ownership.file}:{rule.line}: group: {rule.group!r} is already the group of line {seen[rule.group]}"
            )
        elif rule.group is not None:
            seen[rule.group] = rule.line
    return found
