"""What training has to show for itself: every level, every comparison, what could not be estimated and what was
used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from matching_rules.model import Model
from matching_rules.rules import MatchingRules
from matching_rules.score import measured_pairs, score_levels
from mdm.resolve import limits
from mdm.training.held import Held

_PAIRS = 200_000
_MEASURED = 2_000

FIXED = "fixed by the rules"
KEPT = "no pair to learn from: as in the model in force"
ORDERED = "no pair to learn from: moved with its neighbours, so that weights never rise downwards"
ABSENT = "the columns it needs are empty here: as in the model in force"


@dataclass(frozen=True)
class Level:
    """One comparison level before and after. ``pairs`` it was estimated from (None where the method counts none);
    ``instead`` says what stands there where nothing could be estimated.
    """

    comparison: str
    level: str
    m: float
    u: float
    weight_before: float
    weight: float
    pairs: int | None
    instead: str | None

    @property
    def estimated(self) -> bool:
        """Whether the data said anything about it."""
        return self.instead is None


@dataclass(frozen=True)
class Contribution:
    """What a comparison adds over the candidate pairs: how often it can be compared, its mean bits among pairs at or
    above
    the line for a match and below it, and its share of all that moves the first stage's weight.
    """

    comparison: str
    comparable: float
    bits_above: float
    bits_below: float
    share: float


@dataclass(frozen=True)
class Measure:
    """How much a measure moves the second stage's weight, in bits, over the pairs it judges (mean of absolute
    contributions: exact Shapley values)."""

    measure: str
    bits: float


def levels(
    rules: MatchingRules,
    before: Model,
    after: Model,
    *,
    pairs: Mapping[tuple[str, str], int] | None,
    kept: frozenset[tuple[str, str]],
    empty: frozenset[str],
) -> tuple[Level, ...]:
    """Every level of the rules. ``kept``: those without an estimate; ``empty``: comparisons that have nothing to
    compare.
    """
    rows = []
    for c in rules.comparisons:
        for lv in c.levels:
            old, new = before.file.levels[c.name][lv.label], after.file.levels[c.name][lv.label]
            instead = None
            if c.fixed:
                instead = FIXED
            elif c.name in empty:
                instead = ABSENT
            elif (c.name, lv.label) in kept:
                instead = KEPT if abs(old.weight - new.weight) < 1e-9 else ORDERED
            rows.append(
                Level(
                    comparison=c.name,
                    level=lv.label,
                    m=new.m,
                    u=new.u,
                    weight_before=old.weight,
                    weight=new.weight,
                    pairs=None if pairs is None else pairs[c.name, lv.label],
                    instead=instead,
                )
            )
    return tuple(rows)


def empty_comparisons(held: Held) -> frozenset[str]:
    """Comparisons none of whose columns holds anything."""
    rules = held.entity.rules
    filled = held.duck.execute(
        "SELECT " + ", ".join(f'count("{c}")' for c in rules.columns) + " FROM record"  # rule columns
    ).fetchall()[0]
    there = {name for name, count in zip(rules.columns, filled, strict=True) if count > 1}
    return frozenset(c.name for c in rules.comparisons if not there.intersection(c.needs))


def columns_said(held: Held) -> tuple[str, ...]:
    """Columns that cannot do what the rules want of them, held against the customers there are: a sentence each."""
    held.duck.execute(
        "CREATE OR REPLACE TABLE now_cluster AS SELECT record_id, golden_id AS cluster_key FROM now_held"
    ).fetchall()
    said = limits.columns_said(held.duck, held.entity_type, held.entity.rules, records="record", clusters="now_cluster")
    return tuple(said)


def columns_filled(held: Held) -> dict[str, float]:
    """Share of records that hold each column of the rules."""
    rules = held.entity.rules
    counts = held.duck.execute(
        "SELECT count(*), " + ", ".join(f'count("{c}")' for c in rules.columns) + " FROM record"  # rule columns
    ).fetchall()[0]
    return {name: round(n / max(1, counts[0]), 4) for name, n in zip(rules.columns, counts[1:], strict=True)}


def contributions(held: Held, model: Model, *, line: float) -> tuple[Contribution, ...]:
    """What each comparison of the model adds, over the candidate pairs (a sample of them, when there are many)."""
    rules = held.entity.rules
    held.duck.execute(
        "CREATE OR REPLACE TABLE some_pair AS SELECT record_a, record_b FROM candidate"
        f" ORDER BY md5(record_a || ' ' || record_b) LIMIT {_PAIRS}"
    ).fetchall()
    score_levels(held.duck, rules=rules, model=model, records="record", pairs="some_pair", into="some_level")
    above, bits = None, {}
    for c in rules.comparisons:
        rows = held.numbers(f"SELECT gamma_{c.name} AS gamma, match_weight FROM some_level ORDER BY record_a, record_b")
        by_gamma = np.array([0.0, *(model.file.levels[c.name][lv.label].weight for lv in reversed(c.levels))])
        gammas = np.asarray(rows["gamma"], dtype=np.int64)
        above = np.asarray(rows["match_weight"], dtype=np.float64) >= line if above is None else above
        bits[c.name] = (gammas, by_gamma[gammas + 1])
    spread = {name: float(values.std()) if len(values) else 0.0 for name, (_, values) in bits.items()}
    total = sum(spread.values()) or 1.0
    found = [
        Contribution(
            comparison=name,
            comparable=float((gammas >= 0).mean()) if len(gammas) else 0.0,
            bits_above=_mean(values[above]),
            bits_below=_mean(values[~above]),
            share=spread[name] / total,
        )
        for name, (gammas, values) in bits.items()
        if above is not None
    ]
    return tuple(sorted(found, key=lambda c: -c.share))


def _mean(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    return float(values.mean()) if len(values) else 0.0


def measures(held: Held, model: Model) -> tuple[Measure, ...]:
    """The measures of the model's second stage that move it most, over some of the pairs it judges."""
    stage = held.entity.rules.second_stage
    if model.second is None or stage is None:
        return ()
    low, high = stage.between
    held.duck.execute(
        "CREATE OR REPLACE TABLE to_measure AS SELECT record_a, record_b, match_weight AS first_weight FROM some_level"
        f" WHERE match_weight BETWEEN {low!r} AND {high!r} ORDER BY md5(record_a || ' ' || record_b) LIMIT {_MEASURED}"
    ).fetchall()
    with measured_pairs(
        held.duck, rules=held.entity.rules, model=model, records="record", pairs="to_measure"
    ) as batches:
        parts = [measured for _, _, measured in batches]
    if not parts:
        return ()
    moved = np.abs(model.second.contributions(np.concatenate(parts))).mean(axis=0)[:-1]
    found = [Measure(name, float(bits)) for name, bits in zip(model.second.measures, moved, strict=True)]
    return tuple(sorted(found, key=lambda m: -m.bits))
