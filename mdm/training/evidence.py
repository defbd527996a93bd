"""Labelled pairs with everything a model can learn from: levels, rarity, measures, weights, and what each stands for.

Labels come unevenly: a steward's queue holds pairs near the line, a proposal spreads over all weights. Within a band of
match weight the labelled pairs are taken for a fair sample of the candidate pairs there, so each stands for as many as
its band holds (post-stratification). What else chose the pairs (only one system, only one steward's cases) is not
mended.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from matching_rules.cluster import components
from matching_rules.score import measured_pairs, score_levels
from mdm.labels import Answer
from mdm.ruleset import EntityRules
from mdm.training.held import Held

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Whole = npt.NDArray[np.int64]

BANDS = (-8.0, -5.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0)
"""Edges of the bands of match weight, in bits; the outer bands are open."""

HELD_OUT_SHARE = 0.3
_FEWEST_IN_BAND = 3


@dataclass(frozen=True)
class Evidence:
    """Labelled pairs, one row each, in order of record ids.

    ``weight``: what the model in force says. ``customer``: pairs that share a record, or a customer that exists, share
    a
    number. ``crowded``: bits a pair loses in this population beside its weights. ``held_out``: not to be learnt from.
    ``candidate``: blocking pairs them.
    """

    record_a: Whole
    record_b: Whole
    is_match: Bools
    weight: Floats
    gammas: npt.NDArray[np.int8]
    rarity: Floats
    crowded: Floats
    measured: npt.NDArray[np.float32] | None
    customer: Whole
    held_out: Bools
    candidate: Bools

    def __len__(self) -> int:
        return len(self.is_match)


def gather(held: Held, said: Sequence[Answer]) -> Evidence:
    """The evidence of the answers about records that are held; those about others are left out."""
    _take_answers(held, said)
    entity = held.entity
    held.score(entity, pairs="labelled", into="labelled_scored")
    whole_rarity = entity.model.file.model_copy(update={"frequency_weight": 1.0})  # whatever the model makes of it
    reading = replace(entity.model, file=whole_rarity)
    score_levels(
        held.duck, rules=entity.rules, model=reading, records="record", pairs="labelled", into="labelled_level"
    )
    rare = [c.name for c in entity.rules.comparisons if any(lv.frequency for lv in c.levels)]
    gammas = [f"gamma_{c.name}" for c in entity.rules.comparisons]
    rarity = " + ".join(["0::DOUBLE", *(f"coalesce(rarity_{name}, 0)" for name in rare)])
    rows = held.numbers(
        f"SELECT l.record_a, l.record_b, l.is_match, s.match_weight, {rarity} AS rarity,"
        f" {', '.join(gammas)}, c.record_a IS NOT NULL AS candidate, l.customer FROM labelled l"
        " JOIN labelled_scored s USING (record_a, record_b) JOIN labelled_level v USING (record_a, record_b)"
        " LEFT JOIN candidate c USING (record_a, record_b) ORDER BY l.record_a, l.record_b"
    )
    levels = np.column_stack([rows[name] for name in gammas]).astype(np.int8)
    customer = np.asarray(rows["customer"], dtype=np.int64)
    return Evidence(
        record_a=np.asarray(rows["record_a"], dtype=np.int64),
        record_b=np.asarray(rows["record_b"], dtype=np.int64),
        is_match=np.asarray(rows["is_match"], dtype=np.bool_),
        weight=np.asarray(rows["match_weight"], dtype=np.float64),
        gammas=levels,
        rarity=np.nan_to_num(np.asarray(rows["rarity"], dtype=np.float64)),
        crowded=_crowded(entity, levels),
        measured=_measured(held),
        customer=customer,
        held_out=_held_out(customer),
        candidate=np.asarray(rows["candidate"], dtype=np.bool_),
    )


def _take_answers(held: Held, said: Sequence[Answer]) -> None:
    """Table ``labelled`` (record_a, record_b, is_match, customer), of records that are here."""
    table = pa.table(
        {
            "record_a": pa.array([a.record_a for a in said], pa.int64()),
            "record_b": pa.array([a.record_b for a in said], pa.int64()),
            "is_match": pa.array([a.is_match for a in said], pa.bool_()),
        }
    )
    held.duck.register("said", table)
    held.duck.execute(
        "CREATE OR REPLACE TABLE labelled AS SELECT said.* FROM said"
        " SEMI JOIN record a ON a.record_id = said.record_a SEMI JOIN record b ON b.record_id = said.record_b"
    ).fetchall()
    held.duck.unregister("said")
    # whoever hangs together by a customer that exists or by a label is never on both sides of a split
    links = held.duck.execute(
        "SELECT record_a, record_b FROM labelled UNION ALL SELECT l.record_id, min(h.record_id) FROM"
        " (SELECT record_a AS record_id FROM labelled UNION SELECT record_b FROM labelled) l"
        " JOIN now_held m USING (record_id) JOIN now_held h USING (golden_id) GROUP BY ALL"
    ).fetchall()
    groups = components([(int(a), int(b)) for a, b in links])
    held.duck.register(
        "grouped",
        pa.table(
            {
                "record_id": pa.array([r for g in groups for r in g], pa.int64()),
                "customer": pa.array([g[0] for g in groups for _ in g], pa.int64()),
            }
        ),
    )
    held.duck.execute(
        "CREATE OR REPLACE TABLE labelled AS SELECT l.*, g.customer FROM labelled l"
        " JOIN grouped g ON g.record_id = l.record_a"
    ).fetchall()
    held.duck.unregister("grouped")


def _crowded(entity: EntityRules, gammas: npt.NDArray[np.int8]) -> Floats:
    lost = np.zeros(len(gammas))
    for i, comparison in enumerate(entity.rules.comparisons):
        for gamma, level in enumerate(reversed(comparison.levels)):
            if level.crowded:
                lost += entity.model.crowding * (gammas[:, i] == gamma)
    return lost


def _measured(held: Held) -> npt.NDArray[np.float32] | None:
    """The second stage's measures and figures of ``labelled``, by record ids, without the first stage's weight."""
    entity = held.entity
    if entity.rules.second_stage is None or entity.model.second is None:
        return None
    held.duck.execute(
        "CREATE OR REPLACE TABLE to_measure AS SELECT record_a, record_b, 0::DOUBLE AS first_weight FROM labelled"
    ).fetchall()
    with measured_pairs(
        held.duck, rules=entity.rules, model=entity.model, records="record", pairs="to_measure"
    ) as batches:
        parts = list(batches)
    if not parts:
        return np.empty((0, len(entity.rules.second_stage.names)), dtype=np.float32)
    first = np.concatenate([np.asarray(a) for a, _, _ in parts])
    second = np.concatenate([np.asarray(b) for _, b, _ in parts])
    return np.asarray(np.concatenate([m for _, _, m in parts])[np.lexsort((second, first)), :-1], dtype=np.float32)


def _held_out(customer: Whole) -> Bools:
    """A share of the customers, by a hash: the same customers stay unseen by every model that follows."""
    return np.array([_share_of(int(c), "held out") < HELD_OUT_SHARE for c in customer], dtype=np.bool_)


def folds(customer: Whole, count: int) -> Whole:
    """In which of ``count`` parts each pair's customer lies, by a hash."""
    return np.array([int(_share_of(int(c), "fold") * count) for c in customer], dtype=np.int64)


def _share_of(customer: int, what: str) -> float:
    return int(hashlib.sha256(f"{what} {customer}".encode()).hexdigest()[:12], 16) / 16**12


def part(evidence: Evidence, chosen: Bools) -> Evidence:
    """The chosen rows."""
    values: dict[str, Any] = {name: None if v is None else v[chosen] for name, v in vars(evidence).items()}
    return Evidence(**values)


@dataclass(frozen=True)
class Band:
    """Candidate pairs of one band of match weight, and how many of them are labelled."""

    lowest: float
    highest: float
    pairs: int
    mean: float
    labels: int


def bands(held: Held, evidence: Evidence, *, scored: str) -> list[Band]:
    """The bands of the candidate pairs in table ``scored``, with the labels among them."""
    weights = held.numbers(f"SELECT match_weight FROM {scored}")["match_weight"]
    edges = (-np.inf, *BANDS, np.inf)
    where = np.digitize(np.asarray(weights, dtype=np.float64), BANDS)
    labelled = np.digitize(evidence.weight[evidence.candidate], BANDS)
    return [
        Band(
            lowest=float(edges[i]),
            highest=float(edges[i + 1]),
            pairs=int((where == i).sum()),
            mean=float(np.mean(weights[where == i])) if (where == i).any() else 0.0,
            labels=int((labelled == i).sum()),
        )
        for i in range(len(BANDS) + 1)
    ]


def stands_for(evidence: Evidence, of: Sequence[Band]) -> Floats:
    """How many candidate pairs each labelled one stands for; 0 where blocking does not pair them, or a band has too few
    labels to speak for it (``silent``).
    """
    place = np.digitize(evidence.weight, BANDS)
    counts = np.bincount(place[evidence.candidate], minlength=len(of))
    each = np.array(
        [band.pairs / n if n >= _FEWEST_IN_BAND else 0.0 for band, n in zip(of, counts, strict=True)], dtype=np.float64
    )
    return np.where(evidence.candidate, each[place], 0.0)


def silent(evidence: Evidence, of: Sequence[Band]) -> list[Band]:
    """Bands that hold pairs and too few labels to speak for them."""
    counts = np.bincount(np.digitize(evidence.weight[evidence.candidate], BANDS), minlength=len(of))
    return [band for band, n in zip(of, counts, strict=True) if n < _FEWEST_IN_BAND and band.pairs]


def level_labels(evidence: Evidence, entity: EntityRules) -> Mapping[tuple[str, str], int]:
    """How many labelled pairs fell into each level, by comparison and label."""
    return {
        (c.name, level.label): int((evidence.gammas[:, i] == gamma).sum())
        for i, c in enumerate(entity.rules.comparisons)
        for gamma, level in enumerate(reversed(c.levels))
    }
