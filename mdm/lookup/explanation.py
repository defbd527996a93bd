"""What an explanation says, as plain values: of two records or customers, and of one customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from matching_rules.explain import Contribution, Shown
from mdm.lookup.view import Event, RecordView
from mdm.model import EntityType, GoldenId, RecordKey

# Weights are recomputed to this many bits, or something changed.
_SAME_WEIGHT = 1e-6


class Why(StrEnum):
    """Why two records are one customer, or why not."""

    DECIDED_TOGETHER = "a steward linked them"
    REACHES_THE_LINE = "their weight reaches the line"
    KEPT = "together already, and above the keep line"
    THROUGH_OTHERS = "held together by other records"
    DECIDED_APART = "a steward keeps them apart"
    CONTRADICTION = "they contradict each other"
    RELATED = "a source states that they are two"
    BARE = "nothing but a name in common"
    BELOW = "their weight is below the line"
    ASKED = "a steward is asked"
    GROUPS_BELOW = "the two customers as a whole are below the line"
    REFUSED = "something forbids joining the two customers"
    NEVER_COMPARED = "never compared"
    NEXT_RUN = "the next run judges otherwise"


@dataclass(frozen=True)
class Reason:
    """One reason, the deciding one first. ``text`` has the numbers, names and times."""

    why: Why
    text: str


@dataclass(frozen=True)
class Weight:
    """The match weight of a pair in bits: as the last run stored it (None: pairs far below the lines are not kept), by
    which rule set, and as it is recomputed now from the evidence shown; beside it the first stage's (Splink's), which
    decides where the second stage does not, less what is lost because strangers agree by chance among so many.
    """

    stored: float | None
    stored_by: str | None
    recomputed: float
    first_stage_stored: float | None
    first_stage_recomputed: float

    @property
    def agrees(self) -> bool | None:
        """Whether stored and recomputed are the same, of both stages; None where none is stored."""
        if self.stored is None:
            return None
        first = self.first_stage_recomputed if self.first_stage_stored is None else self.first_stage_stored
        return (
            abs(self.stored - self.recomputed) <= _SAME_WEIGHT
            and abs(first - self.first_stage_recomputed) <= _SAME_WEIGHT
        )

    @property
    def stages_differ(self) -> bool:
        """Whether the first stage alone would have said otherwise."""
        return abs(self.recomputed - self.first_stage_recomputed) > _SAME_WEIGHT


@dataclass(frozen=True)
class Lines:
    """The lines in force, in bits (see ``matching_rules.rules.Thresholds``)."""

    potential_match: float
    keep: float
    match: float
    merge: float


@dataclass(frozen=True)
class Waterfall:
    """How the weight adds up: ``start`` + the bits of ``parts`` - ``crowded``. ``decided_by``: the stage of the model.

    ``first_stage``: what each comparison says and weighs, which is ``parts`` where the first stage decided; summed with
    ``prior`` it is ``first_weight``.
    """

    decided_by: Literal["first", "second"]
    start: float
    parts: tuple[Contribution, ...]
    crowded: float
    first_weight: float
    prior: float
    first_stage: tuple[Contribution, ...]


@dataclass(frozen=True)
class KeyView:
    """A blocking key both records share. ``unusable``: why it pairs nobody, where it does not."""

    values: tuple[str, ...]
    carriers: int
    unusable: str | None


@dataclass(frozen=True)
class BlockingView:
    """Two records under one blocking rule; ``differing``: the parts without a common value."""

    rule: str
    largest_block: int
    keys: tuple[KeyView, ...]
    differing: tuple[Shown, ...]

    @property
    def pairs_them(self) -> bool:
        """Whether this rule has the two compared."""
        return any(key.unusable is None for key in self.keys)


@dataclass(frozen=True)
class DecisionView:
    """A steward's decision in force about two records."""

    kind: str
    records: tuple[RecordKey, RecordKey]
    actor: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class StrongestPair:
    """The pair of highest weight between two groups."""

    a: RecordKey
    b: RecordKey
    match_weight: float


@dataclass(frozen=True)
class StepView:
    """Two groups that came together. ``linkage``: the average weight between them. ``kind``: joined by evidence, kept
    together though they would not be joined anew, or decided by a steward.
    """

    a: tuple[RecordKey, ...]
    b: tuple[RecordKey, ...]
    linkage: float
    kind: Literal["evidence", "kept", "decided"]
    strongest: StrongestPair | None


@dataclass(frozen=True)
class PairExplanation:
    """Two records, or the strongest pair between two customers (``strongest_of`` says of how many pairs).

    ``evidence`` and ``weight`` are None where a person and an organisation are asked about. ``joined_by``: the step
    that brought the two together. ``changed_since``: what changed since the last run, so that numbers may differ.
    """

    asked: tuple[str, str]
    a: RecordKey
    b: RecordKey
    golden_ids: tuple[GoldenId, GoldenId]
    strongest_of: int | None
    together: bool
    reasons: tuple[Reason, ...]
    weight: Weight | None
    lines: Lines | None
    evidence: Waterfall | None
    blocking: tuple[BlockingView, ...]
    decisions: tuple[DecisionView, ...]
    joined_by: StepView | None
    changed_since: tuple[str, ...]


@dataclass(frozen=True)
class Neighbour:
    """Another customer near this one, by their strongest pair, and why they are two."""

    golden_id: GoldenId
    strongest: StrongestPair
    reason: str


@dataclass(frozen=True)
class CustomerExplanation:
    """How one customer's records came together. ``steps`` in order, the strongest evidence first; ``weakest``: the step
    with the lowest average weight. ``whole``: whether judged now it is still one customer. ``partial``: it hangs
    together with more records than are looked at, so that only its own are.
    """

    asked: str
    golden_id: GoldenId
    redirected_from: GoldenId | None
    entity_type: EntityType
    records: tuple[RecordView, ...]
    lines: Lines
    steps: tuple[StepView, ...]
    weakest: StepView | None
    whole: bool
    partial: bool
    decisions: tuple[DecisionView, ...]
    neighbours: tuple[Neighbour, ...]
    history: tuple[Event, ...]
    changed_since: tuple[str, ...]
