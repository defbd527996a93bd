"""The rules of households: ``households.yaml`` as one validated value, errors with file and line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from golden_record.document import Document, read_document
from golden_record.model import RuleError

Fact = Literal["unit", "address", "last_name", "contact", "house_number", "postcode"]
Circumstance = Literal["elsewhere", "organisation", "flats", "other_unit", "same_address", "streets_known"]
BITS = {
    "unit": 1,
    "address": 2,
    "last_name": 4,
    "contact": 8,
    "house_number": 16,
    "postcode": 32,
    "elsewhere": 64,
    "organisation": 128,
    "flats": 256,
    "other_unit": 512,
    "same_address": 1024,
    "streets_known": 2048,
}
"""The facts of a pair as one number, in ``sql/household_fact.sql`` and for the rules that ask for them."""

_Count = Annotated[int, Field(ge=2)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Carriers(_Strict):
    """How many customers may carry one value before it says nothing of a home."""

    unit: _Count
    address: _Count
    contact: _Count
    house_number: _Count
    postcode: _Count


class Together(_Strict):
    """What two people share who live together, and what must not be so."""

    reason: str = Field(min_length=1, description="Shown beside a member")
    share: tuple[Fact, ...] = Field(min_length=1, description="Facts that must all hold")
    unless: tuple[Circumstance, ...] = Field(default=(), description="Circumstances that must not")
    last_names_at_most: int | None = Field(default=None, ge=1, description="In the unit, else at the address")

    people_at_most: int | None = Field(default=None, ge=2, description="Likewise")

    @model_validator(mode="after")
    def _counts_somewhere(self) -> Together:
        counts = self.last_names_at_most is not None or self.people_at_most is not None
        if counts and not {"unit", "address"} & set(self.share):
            raise ValueError("last_names_at_most and people_at_most count in a unit or at an address: share names none")
        return self

    @property
    def needs(self) -> int:
        """The facts as a number."""
        return sum(BITS[fact] for fact in set(self.share))

    @property
    def forbids(self) -> int:
        """The circumstances as a number."""
        return sum(BITS[circumstance] for circumstance in set(self.unless))


class HouseholdRules(_Strict):
    """Who lives together: the ties in order of strength, and the limits around them."""

    carried_by_at_most: Carriers
    together: tuple[Together, ...] = Field(min_length=1)
    child_younger_by: int = Field(ge=12, description="Years between a parent and a child")
    largest: int = Field(ge=2, le=100, description="Members of a household")

    @model_validator(mode="after")
    def _reasons_differ(self) -> HouseholdRules:
        reasons = [rule.reason for rule in self.together]
        if len(set(reasons)) != len(reasons):
            raise ValueError("two rules of together have the same reason")
        return self


def load_household_rules(path: Path) -> HouseholdRules:
    """Reads a file of household rules. RuleError (file, line, reason; a line each) when it is not one."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(f"{path}:1: cannot be read as UTF-8 text") from error
    document = read_document(text, file=str(path))
    try:
        # JSON mode: YAML lists become tuples while every other conversion stays refused
        return HouseholdRules.model_validate_json(json.dumps(document.data, default=str))
    except ValidationError as error:
        raise RuleError("\n".join(_messages(error, document))) from None


def _messages(error: ValidationError, document: Document) -> list[str]:
    found: dict[str, None] = {}
    for problem in error.errors(include_url=False, include_input=False):
        place = tuple(problem["loc"])
        named = ".".join(str(part) for part in place if isinstance(part, str))
        said = "unknown key" if problem["type"] == "extra_forbidden" else problem["msg"].removeprefix("Value error, ")
        found[f"{document.file}:{document.line(place)}: {named or 'file'}: {said}"] = None
    return list(found)
