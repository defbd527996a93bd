"""One request on its way to its answer: candidates scored, customers judged, what is worth telling looked up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import sqlalchemy as sa

from matching_rules.calibrate import match_probability
from matching_rules.explain import Evidence, turned
from matching_rules.grade import Grade
from matching_rules.request import Record, RequestScorer
from matching_rules.rules import MatchingRules
from mdm.lookup.explanation import Lines, Waterfall
from mdm.match.answer import Candidate, CustomerMatch, MatchAnswer, Outcome, Provenance
from mdm.match.candidates import Blocked, Stored, read_candidates, read_members
from mdm.match.customers import Fit, Judged, fit_customers, is_ambiguous, judge
from mdm.match.request import Asked, MatchRequest
from mdm.match.rows import rows
from mdm.model import GoldenId, RecordKey

_MOST_CUSTOMERS = 5
_LEAST_EVIDENCE = 2


@dataclass(frozen=True)
class Question:
    """One request on its way to its answer."""

    connection: sa.Connection
    request: MatchRequest
    asked: Asked
    scorer: RequestScorer
    incoming: Record
    known_id: int | None
    home: GoldenId | None
    blocked: Blocked

    def answer(self, provenance: Provenance) -> MatchAnswer:
        """Everything, best first."""
        judged = self._judge(self._candidates())
        best = sorted(judged, key=lambda j: (-j.match_weight, j.stored.key))
        near = [j for j in best if self._is_near(j)]
        contending = [g for g in dict.fromkeys(j.stored.golden_id for j in near) if g is not None][:_MOST_CUSTOMERS]
        others = self._judge(self._others_of(contending, judged))
        members = {golden: [j for j in (*best, *others) if j.stored.golden_id == golden] for golden in contending}
        home = self.home if self.home in members else None
        fits = fit_customers(self.scorer, members, incoming=self.incoming.record_id, home=home)
        told = best[: self.request.max_results]
        lines = self.scorer.rules.thresholds
        return MatchAnswer(
            outcome=self._outcome(fits, near),
            entity_type=self.request.entity_type,
            customers=tuple(map(_customer, fits)),
            candidates=tuple(self._told(told)),
            compared=len(judged) + len(others),
            left_out=self.blocked.left_out,
            lines=Lines(lines.potential_match, lines.keep, lines.match, lines.merge),
            provenance=provenance,
        )

    def _candidates(self) -> list[Stored]:
        """Who shares a key, and whom stewards decided about: these are always weighed."""
        return read_candidates(
            self.connection,
            dict.fromkeys((*self.blocked.record_ids, *self._decisions)),
            entity_type=self.request.entity_type,
            scorer=self.scorer,
            noise=self.blocked.noise,
        )

    def _others_of(self, contending: Sequence[GoldenId], judged: Sequence[Judged]) -> list[Stored]:
        """The records of the customers in question that no key paired: customers are judged as a whole."""
        seen = [j.record_id for j in judged]
        return read_members(
            self.connection,
            contending,
            but=seen if self.known_id is None else [*seen, self.known_id],
            scorer=self.scorer,
            noise=self.blocked.noise,
        )

    def _judge(self, stored: Sequence[Stored]) -> list[Judged]:
        scored = self.scorer.score((one.record, self.incoming) for one in stored)
        related = self._related(stored)
        return [
            judge(
                pair,
                one,
                decision=self._decisions.get(one.record.record_id),
                relation=related.get(one.record.record_id),
            )
            for pair, one in zip(scored, stored, strict=True)
        ]

    @cached_property
    def _decisions(self) -> dict[int, str]:
        """must_link or cannot_link by the other record; what is not stored yet was never decided about."""
        if self.known_id is None:
            return {}
        return {row.other: row.kind for row in rows(self.connection, "decisions", record_id=self.known_id)}

    def _related(self, stored: Sequence[Stored]) -> dict[int, str]:
        """What the incoming record or a stored one states of the other that holds between two customers only."""
        kinds = self.scorer.rules.never_related
        if not kinds or not stored:
            return {}
        relations = dict(self.asked.relations)
        found: dict[int, str] = {}
        if self.request.record is not None:
            ids = [self.incoming.record_id, *(one.record.record_id for one in stored)]
            for row in rows(self.connection, "stated", ids=ids, relations=list(kinds)):
                named = RecordKey(row.system, row.object, row.source_id)
                if row.record_id != self.incoming.record_id:
                    found |= {row.record_id: row.relation} if named == self.request.record else {}
                elif self.request.match is not None:  # the comparable form has no relations: the stored ones hold
                    relations[named] = row.relation
        for one in stored:
            if relations.get(one.key) in kinds:
                found[one.record.record_id] = relations[one.key]
        return found

    def _is_near(self, judged: Judged) -> bool:
        """Whether the record's customer comes into question."""
        rules = self.scorer.rules
        return judged.match_weight >= rules.thresholds.potential_match or judged.grade(rules) is not Grade.NO_MATCH

    def _outcome(self, fits: Sequence[Fit], near: Sequence[Judged]) -> Outcome:
        if _pieces(self.scorer.rules, self.incoming) < _LEAST_EVIDENCE or not self.blocked.looked_up:
            return Outcome.INSUFFICIENT_EVIDENCE
        if is_ambiguous(fits):
            return Outcome.AMBIGUOUS
        if any(fit.grade is Grade.MATCH for fit in fits):
            return Outcome.MATCHED
        if any(j.grade(self.scorer.rules) is not Grade.NO_MATCH for j in near):
            return Outcome.POSSIBLE
        return Outcome.NONE

    def _told(self, judged: Sequence[Judged]) -> Iterable[Candidate]:
        explained: Sequence[Evidence | None] = [None] * len(judged)
        if self.request.explain:
            explained = self.scorer.explain([j.pair for j in judged])
        for one, evidence in zip(judged, explained, strict=True):
            yield Candidate(
                golden_id=one.stored.golden_id,
                record=one.stored.key,
                match_weight=one.match_weight,
                match_probability=match_probability(self.scorer.model.file, one.match_weight),
                grade=one.grade(self.scorer.rules),
                contradictions=() if one.apart is None else (one.apart,),
                bare=one.bare,
                decided_by=one.pair.decided_by,
                first_weight=one.pair.first_weight,
                evidence=None if evidence is None else _waterfall(evidence, self.incoming.record_id),
            )


def _customer(fit: Fit) -> CustomerMatch:
    return CustomerMatch(
        golden_id=fit.golden_id,
        grade=fit.grade,
        linkage=fit.between.linkage,
        line=fit.between.line,
        reason=fit.between.reason,
        records=len(fit.members),
        strongest=fit.strongest.stored.key,
        match_weight=fit.strongest.match_weight,
    )


def _pieces(rules: MatchingRules, record: Record) -> int:
    """How many comparisons the record has something to say to; those that are not learnt (gender) are none."""
    return sum(any(record.values[column] is not None for column in c.needs) for c in rules.comparisons if not c.fixed)


def _waterfall(evidence: Evidence, incoming: int) -> Waterfall:
    told = evidence if evidence.record_a == incoming else turned(evidence)
    return Waterfall(
        decided_by=told.decided_by,
        start=told.start,
        parts=told.contributions,
        crowded=told.crowded,
        first_weight=told.first_weight,
        prior=told.prior,
        first_stage=told.first_stage,
    )
