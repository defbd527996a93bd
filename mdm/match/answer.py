"""What a request is told, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from matching_rules.explain import Stage
from matching_rules.grade import Grade
from mdm.lookup.explanation import Lines, Waterfall
from mdm.model import EntityType, GoldenId, RecordKey


class Outcome(StrEnum):
    """What the candidates come to.

    ``matched``: one customer; ``ambiguous``: several fit and none better; ``possible``: a steward would be asked;
    ``none``: nobody known; ``insufficient_evidence``: too little was said to tell.
    """

    MATCHED = "matched"
    AMBIGUOUS = "ambiguous"
    POSSIBLE = "possible"
    NONE = "none"
    INSUFFICIENT_EVIDENCE = "insufficient_evidence"


@dataclass(frozen=True)
class Candidate:
    """One stored record and what it has in common with the incoming one.

    ``golden_id`` is None for a record that waits for its first run. ``match_weight`` in bits is the deciding stage's,
    ``first_weight`` Splink's beside it; ``match_probability`` is for display. ``contradictions``: by what both can
    never be one customer. ``bare``: nothing but a name in common. ``evidence``: the weight taken apart,
    where asked for; in it ``a`` is the incoming record.
    """

    golden_id: GoldenId | None
    record: RecordKey
    match_weight: float
    match_probability: float
    grade: Grade
    contradictions: tuple[str, ...]
    bare: bool
    decided_by: Stage
    first_weight: float
    evidence: Waterfall | None


@dataclass(frozen=True)
class CustomerMatch:
    """One customer and how the incoming record fits all its records: as a run judges it.

    ``linkage``: the average weight with its records; ``line``: what that has to reach; ``reason``: what forbids it even
    so. ``strongest``: the record that fits best, and its weight.
    """

    golden_id: GoldenId
    grade: Grade
    linkage: float
    line: float
    reason: str | None
    records: int
    strongest: RecordKey
    match_weight: float


@dataclass(frozen=True)
class LeftOut:
    """A value of the incoming record that makes no candidates because too many carry it, under which rule and why."""

    rule: str
    reason: str


@dataclass(frozen=True)
class Provenance:
    """What the answer was given by. ``changed_since``: what is not as it was when the last run decided."""

    rule_set: str
    model: str
    frequencies: str | None
    resolved_at: str | None
    changed_since: tuple[str, ...]


@dataclass(frozen=True)
class MatchAnswer:
    """The answer to one request. ``customers`` and ``candidates`` stand best first; ``compared``: records looked at."""

    outcome: Outcome
    entity_type: EntityType
    customers: tuple[CustomerMatch, ...]
    candidates: tuple[Candidate, ...]
    compared: int
    left_out: tuple[LeftOut, ...]
    lines: Lines
    provenance: Provenance
