"""The words of ownership as values: rules, strategies, targets and findings. No input or output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Review = Literal["always", "when_changed", "above_radius", "never"]
Conflict = Literal["ignored", "different", "beyond_slip"]
Strategy = Literal[
    "owner_first",
    "ranked",
    "most_recent",
    "most_frequent",
    "most_complete",
    "verified_first",
    "trusted",
    "union",
    "most_restrictive",
    "any",
    "all",
    "not_mastered",
]
TieBreak = Literal["most_recent", "most_frequent", "most_complete", "verified_first"]

OTHERS = "others"
"""Stands for every system a list does not name; ranked last unless it is written elsewhere in the list."""

MULTI_VALUED: frozenset[Strategy] = frozenset({"union", "most_restrictive"})
"""Strategies that keep a list of items."""

ONLY_INITIALS = r'^"[\p{Lu}\p{Ll}]([^\pL]+[\p{Lu}\p{Ll}])*[^\pL]*"$'
"""The JSON text of a name that gives single letters only ("J", "C. J"); scripts without capitals have no initials."""

STRATEGY_WORDS: dict[str, str] = {
    "owner_first": "owner first",
    "ranked": "ranked",
    "most_recent": "most recent",
    "most_frequent": "most frequent",
    "most_complete": "most complete",
    "verified_first": "verified first",
    "trusted": "most trusted",
    "union": "union",
    "most_restrictive": "most restrictive",
    "any": "any true",
    "all": "all true",
    "not_mastered": "not mastered",
}


class RuleError(ValueError):
    """A rule file says something impossible; the message starts with ``file:line:``."""


@dataclass(frozen=True)
class Target:
    """A system, or one of its objects when ``object`` is given: ``salesforce`` or ``salesforce/Contact``."""

    system: str
    object: str | None = None

    @classmethod
    def parse(cls, text: str) -> Target:
        """Reads ``system`` or ``system/object``."""
        system, _, object_ = text.partition("/")
        return cls(system=system, object=object_ or None)

    def covers(self, *, system: str, object: str) -> bool:
        """Whether a record of this system and object is meant."""
        return self.system == system and self.object in (None, object)

    def __str__(self) -> str:
        return self.system if self.object is None else f"{self.system}/{self.object}"


@dataclass(frozen=True)
class Wins:
    """Whose value wins: a strategy, the ranked systems behind it, and what its items are when it keeps several."""

    strategy: Strategy
    systems: tuple[str, ...] = ()
    then: TieBreak | None = None
    trust: tuple[tuple[str, int], ...] = ()
    halves_after_days: int | None = None
    inactive: Literal["last", "equal"] = "last"
    item: tuple[str, ...] = ()
    field: str | None = None
    order: tuple[str, ...] = ()
    outlasts: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    @property
    def multi(self) -> bool:
        """Whether the golden value is a list of items."""
        return self.strategy in MULTI_VALUED

    @property
    def words(self) -> str:
        """How the strategy is called where it gave the reason."""
        return STRATEGY_WORDS[self.strategy] + (" at its age" if self.halves_after_days else "")


@dataclass(frozen=True)
class When:
    """For which golden records a rule speaks: all of what is said here holds for what their open records say.

    ``has``: some record says these attributes; ``lacks``: none does; ``says``: some record gives the attribute one of
    these values; ``systems``: there is a record of one of these systems.
    """

    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    says: tuple[tuple[str, tuple[str, ...]], ...] = ()
    systems: tuple[str, ...] = ()

    @property
    def attributes(self) -> tuple[str, ...]:
        """Every attribute that is looked at."""
        return tuple(dict.fromkeys((*self.has, *self.lacks, *(name for name, _ in self.says))))

    def __str__(self) -> str:
        said = [f"has {name}" for name in self.has] + [f"lacks {name}" for name in self.lacks]
        said += [f"{name} is {' or '.join(texts)}" for name, texts in self.says]
        return ", ".join(said + ([f"is in {' or '.join(self.systems)}"] if self.systems else []))


@dataclass(frozen=True)
class Rule:
    """The four answers for some attributes: who asserts, whose value wins, who receives, who is never written.

    ``declared`` are the systems the file knows: in ``asserts``, 'others' is every system besides these. Of several
    rules for one attribute the first whose ``when`` holds speaks.
    """

    attributes: tuple[str, ...]
    entity_types: tuple[str, ...]
    asserts: tuple[str, ...]
    wins: Wins
    receives: tuple[Target, ...]
    never_written: tuple[Target, ...]
    review: Review
    line: int
    declared: tuple[str, ...]
    group: str | None = None
    complete_when: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    conflict: Conflict = "ignored"
    when: When | None = None

    def may_assert(self, system: str) -> bool:
        """Whether values of this system count at all."""
        return system in self.asserts or (OTHERS in self.asserts and system not in self.declared)

    def applies_to(self, entity_type: str) -> bool:
        """Whether the rule speaks about this entity type; no list means every type."""
        return not self.entity_types or entity_type in self.entity_types

    def meets(self, other: Rule) -> bool:
        """Whether there is an entity type both speak about."""
        return not self.entity_types or not other.entity_types or bool({*self.entity_types} & {*other.entity_types})


@dataclass(frozen=True)
class Ownership:
    """The ownership matrix as read from one file.

    ``radius``: a change of a customer with a larger blast radius is a person's to approve (``review: above_radius``).
    ``retired``: systems that are no more.
    """

    file: str
    systems: tuple[str, ...]
    rules: tuple[Rule, ...]
    lines: dict[tuple[str | int, ...], int]
    radius: int | None = None
    retired: tuple[str, ...] = ()

    def rules_for(self, *, attribute: str, entity_type: str) -> list[Rule]:
        """The rules for an attribute of an entity type, in the order they are asked."""
        return [r for r in self.rules if attribute in r.attributes and r.applies_to(entity_type)]

    @property
    def attribute_numbers(self) -> dict[str, int]:
        """A small number for every attribute that has a rule, in the order of their names."""
        return {name: number for number, name in enumerate(sorted({a for r in self.rules for a in r.attributes}))}


@dataclass(frozen=True)
class Finding:
    """What the linter says about one line of a rule file."""

    file: str
    line: int
    severity: Literal["error", "warning"]
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.severity}: {self.message}"


def finding(
    rules: Ownership, index: int, *place: str | int, severity: Literal["error", "warning"] = "error", message: str
) -> Finding:
    """A finding about a place of rule number ``index``, or the nearest place around it that has a line."""
    path: tuple[str | int, ...] = ("rules", index, *place)
    line = next((rules.lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in rules.lines), 1)
    return Finding(file=rules.file, line=line, severity=severity, message=message)
