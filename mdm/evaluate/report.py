"""What an evaluation answers, as plain values: figures, segments, curves, what was lost where, and the worst errors."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mdm.evaluate.figures import ClusterFigures, Cut, Figures, best_cut
from mdm.lookup.explanation import Lines, PairExplanation
from mdm.model import EntityType, RecordKey


@dataclass(frozen=True)
class SystemPair:
    """Pairs of records from two systems (or one): true ones, those we made, and the share of each in common."""

    system_a: str
    system_b: str
    true_pairs: int
    golden_pairs: int
    pairwise: Figures


@dataclass(frozen=True)
class SegmentFigures:
    """Figures of the records with one value in a segment, over all pairs with at least one of these records.

    ``entities``: customers with such a record; ``exact``: those that came out exactly. B-cubed is over the records.
    """

    value: str
    records: int
    entities: int
    exact: int
    true_pairs: int
    made_pairs: int
    pairwise: Figures
    bcubed: Figures

    @property
    def exact_share(self) -> float:
        """Share of these entities that came out exactly."""
        return self.exact / max(1, self.entities)


@dataclass(frozen=True)
class Segment:
    """One way to divide the records of the truth that are here; ``says`` defines it."""

    name: str
    says: str
    values: tuple[SegmentFigures, ...]


class Stage(StrEnum):
    """Where a true pair was lost, in the order of the flow."""

    ABSENT = "absent"
    KINDS = "two kinds"
    STEWARD = "steward"
    BLOCKING = "blocking"
    WEIGHT = "weight"
    VETO = "veto"
    CLUSTERING = "clustering"


@dataclass(frozen=True)
class Loss:
    """True pairs that are two customers here, by the stage without which they might be one, and its reason."""

    stage: Stage
    reason: str
    pairs: int


@dataclass(frozen=True)
class Joined:
    """Pairs inside golden records by what brought them together: of one customer (``right``) or not (``wrong``)."""

    reason: str
    right: int
    wrong: int


@dataclass(frozen=True)
class Accounts:
    """Where every missed true pair was lost, and what joined the pairs that were made.

    Counts of pairs between records that are here; ``absent`` pairs stand in ``losses``. ``left_out``: pairs of entities
    or golden records too large to be looked at pair by pair.
    """

    losses: tuple[Loss, ...]
    joined: tuple[Joined, ...]
    left_out: int

    @property
    def missed(self) -> int:
        """All true pairs that are two customers here."""
        return sum(loss.pairs for loss in self.losses) + self.left_out

    def lost(self, stage: Stage) -> int:
        """True pairs lost at one stage."""
        return sum(loss.pairs for loss in self.losses if loss.stage == stage)


@dataclass(frozen=True)
class Histogram:
    """Stored pairs by match weight, one bar from each edge to the next; the last takes all above."""

    edges: tuple[float, ...]
    same: tuple[int, ...]
    different: tuple[int, ...]


@dataclass(frozen=True)
class ClusteredCut:
    """All records of one entity type clustered anew, as in a first load, with ``weight`` as the match line.

    ``questions``: what stewards would be asked.
    """

    weight: float
    figures: ClusterFigures
    questions: int


@dataclass(frozen=True)
class Curve:
    """What other match lines would be worth for one entity type, over ``true_pairs`` of its records.

    ``pairs``: every stored pair at or above the cut taken for one customer, before clustering. ``clustered``: after
    clustering at that cut, which is what counts; empty where it was not done.
    """

    entity_type: EntityType
    lines: Lines
    true_pairs: int
    pairs: tuple[Cut, ...]
    clustered: tuple[ClusteredCut, ...]
    histogram: Histogram

    @property
    def best(self) -> float | None:
        """The cut of the highest F1, after clustering where that was done; None where nothing is right at any."""
        if self.clustered:
            found = max(self.clustered, key=lambda cut: (cut.figures.pairwise.f1, cut.weight))
            return found.weight if found.figures.pairwise.f1 else None
        return best_cut(self.pairs).weight if any(cut.right for cut in self.pairs) else None


@dataclass(frozen=True)
class ErrorView:
    """Two customers in one golden record, or one customer in two, by the strongest pair of records between them.

    ``match_weight`` (bits) is the stored one; where none is stored, what it would be. ``pairs``: how many pairs of
    records are wrong between the two. ``explanation``: where it was asked for, and the records can be explained now.
    """

    a: RecordKey
    b: RecordKey
    match_weight: float | None
    pairs: int
    stage: Stage
    reason: str
    explanation: PairExplanation | None = None


@dataclass(frozen=True)
class Evaluation:
    """What the published cross-references are worth, over the records the truth knows.

    ``missing``: in the truth, not here; each counts as a record alone. ``extra``: here, not in the truth; left out.
    ``exact``: entities whose golden record holds all their records and no other. From ``segments`` on only what was
    asked for. ``changed_since``: what decides now and did not at the last run, so that losses and lines are judged by
    other rules than those that made the clusters.
    """

    records: int
    missing: int
    extra: int
    entities: int
    golden: int
    largest_golden: int
    exact: int
    true_pairs: int
    made_pairs: int
    pairwise: Figures
    bcubed: Figures
    system_pairs: tuple[SystemPair, ...]
    segments: tuple[Segment, ...] = ()
    accounts: Accounts | None = None
    curves: tuple[Curve, ...] = ()
    false_merges: tuple[ErrorView, ...] = ()
    misses: tuple[ErrorView, ...] = ()
    changed_since: tuple[str, ...] = ()

    @property
    def exact_share(self) -> float:
        """Share of entities that came out exactly."""
        return self.exact / max(1, self.entities)


def changed_in_words(found: Evaluation) -> str:
    """What to know before reading losses and lines, where something changed since the last run."""
    changed = " and ".join(found.changed_since)
    return f"Changed since the last run: {changed}. What was published is as before; losses and lines are judged anew."
