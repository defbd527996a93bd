"""Decisions of people that contradict each other, and the fewest of them to revoke so that the others can all hold.

Two records that must-links chain together are one customer; a cannot-link between them says they are not. Finding the
fewest decisions to revoke is minimum multicut, in which the demands may be given up as well: NP-hard in general, and
solved exactly here by branching over the decisions of one contradiction at a time, which is quick for what people say
about one customer.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# Branches looked at before the best set found so far is taken. People contradict each other in ones and twos.
_MOST_BRANCHES = 20_000


@dataclass(frozen=True)
class Decision:
    """What somebody said about two records. ``name`` tells it from others; ``said`` orders decisions, the oldest first.
    ``fixed``: it is not to be revoked (what is being decided now, or what is no decision at all).
    """

    a: int
    b: int
    same: bool
    name: str
    said: float = 0.0
    fixed: bool = False


@dataclass(frozen=True)
class Revocation:
    """The decisions to revoke, the oldest first. ``smallest``: it is certain that fewer do not do."""

    decisions: tuple[Decision, ...]
    smallest: bool = True


def contradictory(decisions: Iterable[Decision]) -> bool:
    """Whether some cannot-link stands between two records that must-links chain together."""
    return _contradiction(_Graph(decisions), frozenset()) is not None


def smallest_revocation(decisions: Sequence[Decision]) -> Revocation | None:
    """The fewest decisions without which the others agree; none where they agree already, None where those that are
    fixed contradict each other.

    Of several smallest sets the one that was said earliest is named: what was said last knew most.
    """
    search = _Search(_Graph(decisions))
    search.explore(frozenset())
    if search.best is None:
        return None
    return Revocation(tuple(sorted(search.best, key=_age)), smallest=search.branches < _MOST_BRANCHES)


def _age(decision: Decision) -> tuple[float, str]:
    return decision.said, decision.name


class _Graph:
    """Must-links by record, and the cannot-links."""

    def __init__(self, decisions: Iterable[Decision]) -> None:
        self.edges: dict[int, list[tuple[int, Decision]]] = defaultdict(list)
        self.apart: list[Decision] = []
        for decision in sorted(set(decisions), key=lambda d: (d.fixed, _age(d))):
            if not decision.same:
                self.apart.append(decision)
            elif decision.a != decision.b:
                self.edges[decision.a].append((decision.b, decision))
                self.edges[decision.b].append((decision.a, decision))

    def chain(self, a: int, b: int, without: frozenset[Decision]) -> list[Decision] | None:
        """Of the chains between two records one with the fewest revocable must-links: these; None: no chain."""
        came: dict[int, tuple[int, Decision] | None] = {a: None}
        cost = {a: 0}
        waiting = deque([a])
        while waiting:
            x = waiting.popleft()
            for y, decision in self.edges[x]:
                step = cost[x] + (not decision.fixed)
                if decision in without or step >= cost.get(y, step + 1):
                    continue
                cost[y], came[y] = step, (x, decision)
                (waiting.appendleft if decision.fixed else waiting.append)(y)
        if b not in came:
            return None
        found = []
        place = came[b]
        while place is not None:
            if not place[1].fixed:
                found.append(place[1])
            place = came[place[0]]
        return found


def _contradiction(graph: _Graph, without: frozenset[Decision]) -> list[Decision] | None:
    """The contradiction that fewest revocable decisions make: these, of which one has to go; None: there is none."""
    fewest: list[Decision] | None = None
    for decision in graph.apart:
        if decision in without:
            continue
        chain = graph.chain(decision.a, decision.b, without)
        if chain is None:
            continue
        candidates = chain if decision.fixed else [*chain, decision]
        if fewest is None or len(candidates) < len(fewest):
            fewest = candidates
            if len(fewest) <= 1:
                break
    return fewest


class _Search:
    """Branch and bound; one instance per question."""

    def __init__(self, graph: _Graph) -> None:
        self.graph = graph
        self.best: frozenset[Decision] | None = None
        self.branches = 0

    def explore(self, removed: frozenset[Decision]) -> None:
        candidates = _contradiction(self.graph, removed)
        while candidates is not None and len(candidates) == 1 and self._promising(removed):
            removed |= {candidates[0]}
            candidates = _contradiction(self.graph, removed)
        if candidates is None:
            if self.best is None or self._rank(removed) < self._rank(self.best):
                self.best = removed
            return
        if not self._promising(removed):
            return
        for candidate in sorted(candidates, key=_age):
            if self.best is not None and self.branches >= _MOST_BRANCHES:
                return
            self.branches += 1
            self.explore(removed | {candidate})

    def _promising(self, removed: frozenset[Decision]) -> bool:
        """Whether one more decision could still be as good as the best set known."""
        return self.best is None or len(removed) + 1 <= len(self.best)

    @staticmethod
    def _rank(removed: frozenset[Decision]) -> tuple[int, list[tuple[float, str]]]:
        return len(removed), sorted(map(_age, removed))
