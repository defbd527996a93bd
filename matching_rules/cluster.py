"""Clusters: which records are held to be one customer, judged as a whole and not link by link.

Connected components over-link: one shared e-mail chains a household. Here a component of scored pairs is put together
from its strongest link downwards, two groups joining only when the average weight between them carries it, nothing
contradicts it and the result is not too large (average linkage with vetoes; SPLINK.md section 4 measured what vetoes
bring). The result depends on the set of pairs, their weights and the records' content, never on ids or order.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from matching_rules.rules import Guards, Thresholds

Pair = tuple[int, int]
Whole = npt.NDArray[np.int64]

DECIDED_APART = "a steward said: not the same"
"""The reason in ``Component.apart`` of a pair that a decision keeps apart."""

BARE = "nothing but a name in common"
"""The reason of a join refused because the groups have nothing but a name in common, and none rare enough."""

AMBIGUOUS = "fits two customers alike"
"""The reason of a join refused because another group fits as well, and cannot be the same customer."""

# A single pair's weight is believed up to here when groups are averaged, so that one very sure link (or one very
# unlikely pair) does not outvote everything else a cluster knows.
_SUREST = 12.0


@dataclass(frozen=True)
class Component:
    """Records connected by pairs at or above the potential-match line, with all that is known between them.

    ``weights``: match weight per pair (a < b). ``apart``: pairs that must not share a cluster, with the reason.
    ``together``: must-link pairs. ``bare``: pairs with nothing but a name in common. ``content``: a hash of what each
    record says, for ties. ``held``: the golden id each record belongs to now, where it has one.
    """

    records: Sequence[int]
    weights: Mapping[Pair, float]
    apart: Mapping[Pair, str] = field(default_factory=dict)
    together: Sequence[Pair] = ()
    bare: Set[Pair] = frozenset()
    content: Mapping[int, str] = field(default_factory=dict)
    held: Mapping[int, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Refusal:
    """Two groups that reach the match line and something forbade to join; ``a`` and ``b``: their strongest pair."""

    a: int
    b: int
    match_weight: float
    reason: str


@dataclass(frozen=True)
class Join:
    """Two groups that became one: the average weight between them, and the line it had to reach (None: a steward said
    so).
    """

    a: tuple[int, ...]
    b: tuple[int, ...]
    linkage: float
    line: float | None


@dataclass(frozen=True)
class Clustering:
    """Groups of records, the joins that were refused, and those that were made, in their order."""

    groups: tuple[tuple[int, ...], ...]
    refusals: tuple[Refusal, ...]
    joins: tuple[Join, ...] = ()


@dataclass(frozen=True)
class Between:
    """What two groups would need to become one: their average weight, the line for it, and what forbids it even so."""

    linkage: float
    line: float
    reason: str | None


def components(pairs: Iterable[Pair]) -> list[list[int]]:
    """The connected components of the pairs, each sorted, in order of their smallest record."""
    parent: dict[int, int] = {}

    def find(x: int) -> int:
        root = x
        while parent[root] != root:
            root = parent[root]
        while parent[x] != root:
            parent[x], x = root, parent[x]
        return root

    for a, b in pairs:
        parent.setdefault(a, a)
        parent.setdefault(b, b)
        ra, rb = find(a), find(b)
        if ra != rb:
            parent[max(ra, rb)] = min(ra, rb)
    groups: dict[int, list[int]] = defaultdict(list)
    for x in sorted(parent):
        groups[find(x)].append(x)
    return list(groups.values())


def component_labels(a: Whole, b: Whole, *, nodes: int) -> Whole:
    """A label for each node, equal for those that edges ``a`` to ``b`` connect: the smallest node among them.

    Labels sink along edges and from label to label until none moves (Shiloach and Vishkin 1982): a few rounds of whole
    arrays, a tenth of the time of one edge after the other.
    """
    labels = np.arange(nodes, dtype=np.int64)
    while True:
        low = np.minimum(labels[a], labels[b])
        sunk = labels.copy()
        for end in (a, b):
            np.minimum.at(sunk, labels[end], low)
            np.minimum.at(sunk, end, low)
        while not np.array_equal(further := sunk[sunk], sunk):
            sunk = further
        if np.array_equal(sunk, labels):
            return labels
        labels = sunk


def cluster(component: Component, *, thresholds: Thresholds, guards: Guards) -> Clustering:
    """Splits one component into customers.

    First by evidence, then by decision, so that records a steward put together bring along the customers they already
    are. Where that would bring together whom a steward keeps apart, decisions come first and evidence after them.
    """
    state = _State(component, thresholds, guards)
    state.queue_all()
    refusals: dict[frozenset[int], Refusal] = {}
    _put_together(state, thresholds, refusals)
    state.join_decided()
    _put_together(state, thresholds, refusals)
    if component.together and not state.keeps_decisions():
        state, refusals = _State(component, thresholds, guards), {}
        state.join_decided()
        state.queue_all()
        _put_together(state, thresholds, refusals)
    live = [r for groups, r in refusals.items() if all(g in state.members for g in groups)]
    return Clustering(
        groups=tuple(tuple(sorted(m)) for m in state.members.values()),
        refusals=tuple(live),
        joins=tuple(state.joins),
    )


def between(
    component: Component, groups: Iterable[Sequence[int]], *, a: int, b: int, thresholds: Thresholds, guards: Guards
) -> Between:
    """What keeps the groups of the records ``a`` and ``b`` apart, all ``groups`` of the component being as they are."""
    state = _State(component, thresholds, guards)
    for group in groups:
        for record in group[1:]:
            state.join(state.group_of[group[0]], state.group_of[record])
    first, second = state.group_of[a], state.group_of[b]
    reason = state.forbidden(first, second)
    if reason is None and second in state.sums[first]:
        reason = state.doubted(first, second, thresholds)
    return Between(linkage=state.linkage(first, second), line=state.line(first, second, thresholds), reason=reason)


def _put_together(state: _State, thresholds: Thresholds, refusals: dict[frozenset[int], Refusal]) -> None:
    """Joins groups from the strongest linkage downwards, as far as lines and prohibitions allow."""
    while state.heap:
        negative, _, _, a, b = heapq.heappop(state.heap)
        if a not in state.members or b not in state.members:
            continue
        line = state.line(a, b, thresholds)
        if -negative < min(line, thresholds.match):
            continue
        # what keeps two records apart keeps them apart as two golden records too, though these need more to be joined
        reason = state.forbidden(a, b) or state.doubted(a, b, thresholds)
        if reason:
            refusals[frozenset((a, b))] = state.refusal(a, b, reason)
        elif -negative >= line:
            state.record_join(a, b, line)
            state.join(a, b)


class _State:
    """The groups as they grow; one instance per component, never shared."""

    def __init__(self, component: Component, thresholds: Thresholds, guards: Guards) -> None:
        self.component = component
        self.guards = guards
        self.joins: list[Join] = []
        self.members: dict[int, list[int]] = {r: [r] for r in component.records}
        # between two groups: sum of weights, pairs known, pairs with more than a name in common
        self.sums: dict[int, dict[int, tuple[float, int, int]]] = {r: {} for r in component.records}
        self.group_of = {r: r for r in component.records}
        # what a group says, for ties: the content of all its records
        self.key: dict[int, tuple[str, ...]] = {r: (component.content.get(r, ""),) for r in component.records}
        self.apart: dict[int, dict[int, str]] = defaultdict(dict)
        self.heap: list[tuple[float, tuple[str, ...], tuple[str, ...], int, int]] = []
        # a line above the limit could never be reached: plainly sure pairs must still join
        surest = max(_SUREST, thresholds.merge)
        for (a, b), weight in component.weights.items():
            w = max(-surest, min(surest, weight))
            self.sums[a][b] = self.sums[b][a] = (w, 1, int((a, b) not in component.bare))
        decided = {r: group for group in components(component.together) for r in group}
        for (a, b), reason in sorted(component.apart.items()):
            # a steward's word counts for all whom stewards put together; a machine's doubt only for the pair itself
            spread = reason == DECIDED_APART
            for x in decided.get(a, [a]) if spread else [a]:
                for y in decided.get(b, [b]) if spread else [b]:
                    if x != y and not (spread and y in decided.get(x, ())):
                        self.apart[x].setdefault(y, reason)
                        self.apart[y].setdefault(x, reason)
        self.next = max(component.records, default=0) + 1

    def tie(self, pair: Pair) -> tuple[str, str]:
        content = self.component.content
        first, second = sorted((content.get(pair[0], ""), content.get(pair[1], "")))
        return first, second

    def linkage(self, a: int, b: int) -> float:
        """Average weight between two groups; pairs never compared count a little against."""
        total, known, _ = self.sums[a].get(b, (0.0, 0, 0))
        size = len(self.members[a]) * len(self.members[b])
        # rounded, so that the order in which weights were added up never decides
        return round((total + self.guards.never_compared * (size - known)) / size, 9)

    def line(self, a: int, b: int, thresholds: Thresholds) -> float:
        """What the linkage must reach: less for records already together, more for joining two golden records."""
        held = self.component.held
        golden_a = {held[r] for r in self.members[a] if r in held}
        golden_b = {held[r] for r in self.members[b] if r in held}
        if golden_a and golden_a == golden_b and len(golden_a) == 1:
            return thresholds.keep
        if golden_a and golden_b and not golden_a & golden_b:
            return thresholds.merge
        return thresholds.match

    def forbidden(self, a: int, b: int) -> str | None:
        if b in self.apart.get(a, {}):
            return self.apart[a][b]
        if len(self.members[a]) + len(self.members[b]) > self.guards.largest_cluster:
            return "cluster too large"
        return None

    def doubted(self, a: int, b: int, thresholds: Thresholds) -> str | None:
        """Why two groups that may be joined should be left to a steward."""
        if not self.sums[a][b][2] and self.linkage(a, b) < self.guards.bare:
            return BARE
        if self.line(a, b, thresholds) == thresholds.keep:
            return None
        least = self.linkage(a, b) - self.guards.ambiguous
        if self._rivalled(a, b, least, thresholds) or self._rivalled(b, a, least, thresholds):
            return AMBIGUOUS
        return None

    def _rivalled(self, a: int, b: int, least: float, thresholds: Thresholds) -> bool:
        """Whether ``a`` could as well join a group that cannot be one customer with ``b``."""
        return any(
            rival in self.sums[a]
            and rival not in self.apart.get(a, {})
            and self.linkage(a, rival) >= max(least, min(self.line(a, rival, thresholds), thresholds.match))
            for rival in self.apart.get(b, {})
        )

    def refusal(self, a: int, b: int, reason: str) -> Refusal:
        weights = self.component.weights
        pairs = [
            (weights[p], p)
            for x in self.members[a]
            for y in self.members[b]
            if (p := (min(x, y), max(x, y))) in weights
        ]
        weight, pair = max(pairs, key=lambda wp: (wp[0], self.tie(wp[1])))
        return Refusal(a=pair[0], b=pair[1], match_weight=weight, reason=reason)

    def queue_all(self) -> None:
        for a in self.members:
            for b in self.sums[a]:
                if a < b:
                    self._queue(a, b)

    def _queue(self, a: int, b: int) -> None:
        first, second = sorted((self.key[a], self.key[b]))
        heapq.heappush(self.heap, (-self.linkage(a, b), first, second, a, b))

    def join_decided(self) -> None:
        """A steward said so: joins the groups of those records whatever the weights and guards say."""
        for a, b in sorted(self.component.together, key=self.tie):
            ga, gb = self.group_of[a], self.group_of[b]
            if ga != gb:
                self.record_join(ga, gb, None)
                self.join(ga, gb)

    def keeps_decisions(self) -> bool:
        """Whether nobody shares a group with whom a steward keeps him apart from (chains of must-links aside)."""
        decided = {r: set(group) for group in components(self.component.together) for r in group}
        return not any(
            reason == DECIDED_APART and self.group_of[a] == self.group_of[b] and b not in decided.get(a, ())
            for (a, b), reason in self.component.apart.items()
        )

    def record_join(self, a: int, b: int, line: float | None) -> None:
        """Keeps what the next ``join`` is made on."""
        self.joins.append(Join(tuple(self.members[a]), tuple(self.members[b]), self.linkage(a, b), line))

    def join(self, a: int, b: int) -> None:
        new, self.next = self.next, self.next + 1
        self.members[new] = self.members.pop(a) + self.members.pop(b)
        for r in self.members[new]:
            self.group_of[r] = new
        self.key[new] = tuple(sorted(self.key[a] + self.key[b]))
        sums: dict[int, tuple[float, int, int]] = {}
        for old in (a, b):
            for other, (total, known, grounded) in self.sums.pop(old).items():
                if other in (a, b):
                    continue
                before = sums.get(other, (0.0, 0, 0))
                sums[other] = (before[0] + total, before[1] + known, before[2] + grounded)
                self.sums[other].pop(old, None)
        self.sums[new] = sums
        for other, value in sums.items():
            self.sums[other][new] = value
        for old in (a, b):
            for other, reason in self.apart.pop(old, {}).items():
                if other in (a, b):
                    continue
                self.apart[other].pop(old, None)
                first = min(reason, self.apart[new].get(other, reason))
                self.apart[new][other] = self.apart[other][new] = first
        for other in sums:
            self._queue(new, other)
