"""From scored records to customers: how the incoming record fits all records of each, judged as a run judges groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from matching_rules.cluster import AMBIGUOUS, DECIDED_APART, Between, Component, between
from matching_rules.grade import Grade, grade
from matching_rules.request import RequestScorer, ScoredPair
from matching_rules.rules import MatchingRules
from mdm.match.candidates import Stored
from mdm.model import GoldenId

Pair = tuple[int, int]


@dataclass(frozen=True)
class Judged:
    """A stored record scored against the incoming one, with what stewards and sources say of the two.

    ``apart``: why they can never be one customer; ``together``: a steward said that they are.
    """

    stored: Stored
    pair: ScoredPair
    apart: str | None
    together: bool

    @property
    def record_id(self) -> int:
        """The stored record's."""
        return self.stored.record.record_id

    @property
    def match_weight(self) -> float:
        """In bits."""
        return self.pair.match_weight

    @property
    def bare(self) -> bool:
        """Nothing but a name in common, and nobody said that this is enough."""
        return self.pair.bare and not self.together and self.apart != DECIDED_APART

    def grade(self, rules: MatchingRules) -> Grade:
        """The pair's grade; a decision is above the weight."""
        if self.together or self.apart == DECIDED_APART:
            return Grade.MATCH if self.together else Grade.NO_MATCH
        return grade(rules, match_weight=self.match_weight, contradiction=self.apart, bare=self.bare)


def judge(pair: ScoredPair, stored: Stored, *, decision: str | None, relation: str | None) -> Judged:
    """``decision``: must_link or cannot_link; ``relation``: what a source states."""
    apart = pair.contradiction or (None if relation is None else f"a source states: {relation}")
    if decision is not None:
        apart = DECIDED_APART if decision == "cannot_link" else None
    return Judged(stored, pair, apart, together=decision == "must_link")


@dataclass(frozen=True)
class Fit:
    """How the incoming record fits one customer, all of whose records are ``members``."""

    golden_id: GoldenId
    members: tuple[Judged, ...]
    between: Between
    grade: Grade

    @property
    def strongest(self) -> Judged:
        """The record that fits best."""
        return max(self.members, key=lambda j: (j.match_weight, -j.record_id))


def fit_customers(
    scorer: RequestScorer, members: Mapping[GoldenId, Sequence[Judged]], *, incoming: int, home: GoldenId | None
) -> list[Fit]:
    """How the incoming record fits each customer, the best fit first. ``home``: the customer it belongs to already."""

    def fitted(apart: Mapping[Pair, str]) -> list[Fit]:
        component = _component(members, incoming=incoming, home=home, apart=apart)
        return [_fit(scorer.rules, component, golden, members, incoming=incoming) for golden in members]

    fits = fitted({})
    match = scorer.rules.thresholds.match  # as in a run, a rival needs no more, whatever joining him would take
    rivals = {f.golden_id: f.members for f in fits if f.between.linkage >= min(f.between.line, match)}
    if len(rivals) > 1:  # whether two that fit alike can be one customer decides what they come to
        fits = fitted(_contradictions(scorer, rivals))
    order = {Grade.MATCH: 0, Grade.POTENTIAL_MATCH: 1, Grade.NO_MATCH: 2}
    return sorted(fits, key=lambda f: (order[f.grade], -f.between.linkage, str(f.golden_id)))


def _component(
    members: Mapping[GoldenId, Sequence[Judged]], *, incoming: int, home: GoldenId | None, apart: Mapping[Pair, str]
) -> Component:
    found = {_ordered(incoming, j.record_id): j for listed in members.values() for j in listed}
    held: dict[int, object] = {j.record_id: golden for golden, listed in members.items() for j in listed}
    if home is not None:
        held[incoming] = home
    return Component(
        records=sorted({incoming, *(j.record_id for j in found.values())}),
        weights={pair: j.match_weight for pair, j in found.items()},
        apart={**apart, **{pair: j.apart for pair, j in found.items() if j.apart is not None}},
        together=[pair for pair, j in found.items() if j.together],
        bare={pair for pair, j in found.items() if j.bare},
        held=held,
    )


def _fit(
    rules: MatchingRules,
    component: Component,
    golden_id: GoldenId,
    members: Mapping[GoldenId, Sequence[Judged]],
    *,
    incoming: int,
) -> Fit:
    listed = members[golden_id]
    found = between(
        component,
        [[incoming], *([j.record_id for j in group] for group in members.values())],
        a=incoming,
        b=listed[0].record_id,
        thresholds=rules.thresholds,
        guards=rules.guards,
    )
    if any(j.together for j in listed) or (found.reason is None and found.linkage >= found.line):
        said = Grade.MATCH
    elif any(j.grade(rules) is not Grade.NO_MATCH for j in listed):
        said = Grade.POTENTIAL_MATCH
    else:
        said = Grade.NO_MATCH
    return Fit(golden_id, tuple(listed), found, said)


def _contradictions(scorer: RequestScorer, rivals: Mapping[GoldenId, Sequence[Judged]]) -> dict[Pair, str]:
    """Which records of different customers can never be one: what makes two that fit alike rivals."""
    pairs = [
        (a.stored.record, b.stored.record)
        for one, other in combinations(rivals.values(), 2)
        for a, b in product(one, other)
    ]
    found = zip(pairs, scorer.contradictions(pairs), strict=True)
    return {_ordered(a.record_id, b.record_id): reason for (a, b), reason in found if reason is not None}


def _ordered(a: int, b: int) -> Pair:
    return (a, b) if a < b else (b, a)


def is_ambiguous(fits: Iterable[Fit]) -> bool:
    """Several customers fit, or one that fits has a rival."""
    listed = list(fits)
    return sum(f.grade is Grade.MATCH for f in listed) > 1 or any(f.between.reason == AMBIGUOUS for f in listed)
