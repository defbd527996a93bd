"""Figures of clusters and of weighed pairs against the truth: functions of values, which read and write nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Figures:
    """Shares from 0 to 1. Nothing made counts as precision 0, nothing to find as recall 0."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.precision * self.recall / max(1e-9, self.precision + self.recall)


@dataclass(frozen=True)
class ClusterFigures:
    """Clusters held against the truth. ``exact``: entities whose cluster holds all their records and no other.

    ``pairwise``: of pairs of records. ``bcubed``: mean over records (Bagga and Baldwin 1998).
    """

    records: int
    entities: int
    clusters: int
    largest: int
    exact: int
    true_pairs: int
    made_pairs: int
    pairwise: Figures
    bcubed: Figures

    @property
    def exact_share(self) -> float:
        """Share of entities that came out exactly."""
        return self.exact / max(1, self.entities)


@dataclass(frozen=True)
class Cut:
    """What taking every pair at or above a match weight (bits) for one customer is worth; ``right`` of them are."""

    weight: float
    pairs: int
    right: int
    figures: Figures


def pair_figures(*, right: int, made: int, true: int) -> Figures:
    """``right`` pairs of the ``made`` ones are among the ``true`` ones."""
    return Figures(right / max(1, made), right / max(1, true))


def measure_clusters(entities: Sequence[Hashable], clusters: Sequence[Hashable]) -> ClusterFigures:
    """Each record's true entity beside the cluster it was put in, in one order; a record alone has a cluster alone."""
    counted = Counter(zip(entities, clusters, strict=True))
    numbers: tuple[dict[Hashable, int], dict[Hashable, int]] = ({}, {})
    for pair in counted:
        for side, known in zip(pair, numbers, strict=True):
            known.setdefault(side, len(known))
    entity = [numbers[0][e] for e, _ in counted]
    cluster = [numbers[1][c] for _, c in counted]
    return measure_overlap(entity, cluster, list(counted.values()))


def measure_overlap(entity: ArrayLike, cluster: ArrayLike, records: ArrayLike) -> ClusterFigures:
    """As ``measure_clusters``, of how many records each entity and cluster have in common, each combination once.

    Entities and clusters are numbered from 0, without gaps, each apart; all three in one order.
    """
    e, c, n = (np.asarray(a, dtype=np.int64) for a in (entity, cluster, records))
    of_entity, of_cluster = _sums(e, n), _sums(c, n)
    entity_size, cluster_size = of_entity[e], of_cluster[c]
    total = int(n.sum())
    right, true, made = _pairs(n), _pairs(of_entity), _pairs(of_cluster)
    return ClusterFigures(
        records=total,
        entities=len(of_entity),
        clusters=len(of_cluster),
        largest=int(of_cluster.max(initial=0)),
        exact=int(((n == entity_size) & (n == cluster_size)).sum()),
        true_pairs=true,
        made_pairs=made,
        pairwise=pair_figures(right=right, made=made, true=true),
        bcubed=Figures(
            float((n * n / cluster_size).sum()) / max(1, total), float((n * n / entity_size).sum()) / max(1, total)
        ),
    )


def _sums(group: Whole, n: Whole) -> Whole:
    sums = np.zeros(int(group.max(initial=-1)) + 1, dtype=np.int64)
    np.add.at(sums, group, n)
    return sums


def _pairs(sizes: Whole) -> int:
    return int((sizes * (sizes - 1) // 2).sum())


def measure_cuts(
    weights: ArrayLike, same: ArrayLike, *, cuts: Sequence[float], true_pairs: int | None = None
) -> tuple[Cut, ...]:
    """Pairs with their match weights (bits) and whether both records are one customer, judged at each of ``cuts``.

    ``true_pairs``: how many there are, also those that nobody weighed; without it those among ``same``. This judges
    pairs and not customers: a cut that is good here may chain strangers once pairs become clusters.
    """
    w, s = np.asarray(weights, dtype=np.float64), np.asarray(same, dtype=np.bool_)
    if w.shape != s.shape or w.ndim != 1:
        raise ValueError("weights and labels must be two lists of one length")
    order = np.argsort(w)
    ordered, right_from = w[order], np.concatenate(([0], np.cumsum(s[order][::-1])))[::-1]
    true = int(s.sum()) if true_pairs is None else true_pairs
    found = []
    for cut in cuts:
        below = int(np.searchsorted(ordered, cut, side="left"))
        pairs, right = len(ordered) - below, int(right_from[below])
        found.append(Cut(float(cut), pairs, right, pair_figures(right=right, made=pairs, true=true)))
    return tuple(found)


def best_cut(cuts: Sequence[Cut]) -> Cut:
    """The cut of the highest F1, among equals the highest cut: a false merge is worse than a missed one."""
    return max(cuts, key=lambda cut: (cut.figures.f1, cut.weight))
