"""What a model is worth by labels, judged after clustering: a weight is not an answer, a customer is.

Figures are estimates for all candidate pairs: each labelled pair counts for those it stands for (``evidence``), and a
band of weights without labels counts as the calibrated probability says. How far chance carries them is told by
drawing the
customers anew (bootstrap: Efron 1979).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from matching_rules.calibrate import Calibration, brier_scores, log_losses
from matching_rules.cluster import components
from matching_rules.rules import Thresholds
from mdm.ruleset import EntityRules
from mdm.training.evidence import Band, Bools, Evidence, Floats, Whole, silent, stands_for
from mdm.training.held import Held

_DRAWS = 400
_LARGEST_NEIGHBOURHOOD = 2_000  # records of one component; in a larger one nothing but chaining would be seen


@dataclass(frozen=True)
class Neighbourhood:
    """The labelled records with all they could come to share a customer with, as one model weighs them."""

    held: Held
    entity: EntityRules

    def joined(self, lines: Thresholds, *, as_held: bool = False) -> Bools:
        """Which labelled pairs would be one customer, in order of record ids; ``as_held``: going on from those there
        are.
        """
        rules = self.entity.rules.model_copy(update={"thresholds": lines})
        entity = replace(self.entity, rules=rules)
        self.held.cluster(entity, scored="near_pair", records="near_record", into="near_cluster", as_held=as_held)
        rows = self.held.numbers(
            "SELECT a.cluster_key = b.cluster_key AS joined FROM labelled l"
            " JOIN near_cluster a ON a.record_id = l.record_a JOIN near_cluster b ON b.record_id = l.record_b"
            " ORDER BY l.record_a, l.record_b"
        )
        return np.asarray(rows["joined"], dtype=np.bool_)


def neighbourhood(held: Held, entity: EntityRules, *, scored: str, lowest: float) -> Neighbourhood:
    """Tables ``near_record`` and ``near_pair`` of the labelled records and whoever hangs with them by pairs at or above
    ``lowest``. One at a time for each ``Held``.
    """
    pairs = held.duck.execute(f"SELECT record_a, record_b FROM {scored} WHERE match_weight >= ?", [lowest]).fetchall()
    asked = {
        int(r)
        for (r,) in held.duck.execute("SELECT record_a FROM labelled UNION SELECT record_b FROM labelled").fetchall()
    }
    near = set(asked)
    members = held.duck.execute(
        "SELECT DISTINCT m.record_id FROM now_held h SEMI JOIN (SELECT record_a AS record_id FROM labelled"
        " UNION SELECT record_b FROM labelled) l USING (record_id) JOIN now_held m USING (golden_id)"
        " SEMI JOIN record r ON r.record_id = m.record_id"
    ).fetchall()
    asked |= {int(r) for (r,) in members}
    near |= asked
    for group in components([(int(a), int(b)) for a, b in pairs]):
        if len(group) <= _LARGEST_NEIGHBOURHOOD and not asked.isdisjoint(group):
            near.update(group)
    held.duck.register("near", pa.table({"record_id": pa.array(sorted(near), pa.int64())}))
    for table, select in (
        ("near_record", "SELECT r.* FROM record r SEMI JOIN near USING (record_id)"),
        (
            "near_pair",
            f"SELECT p.* FROM {scored} p SEMI JOIN near a ON a.record_id = p.record_a"
            " SEMI JOIN near b ON b.record_id = p.record_b",
        ),
    ):
        held.duck.execute(f"CREATE OR REPLACE TABLE {table} AS {select}").fetchall()
    held.duck.unregister("near")
    return Neighbourhood(held, entity)


@dataclass(frozen=True)
class Estimate:
    """Pairwise figures after clustering, estimated for all candidate pairs; shares from 0 to 1."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.precision * self.recall / max(1e-9, self.precision + self.recall)


@dataclass(frozen=True)
class Sample:
    """Labelled pairs ready for estimates: how far each is believed, what it stands for, whose it is, and, of the bands
    no label speaks for, matches and others above and below the line (``known``).
    """

    believed: Floats
    stands_for: Floats
    customer: Whole
    quiet: tuple[Band, ...]
    calibration: Calibration


def sample(evidence: Evidence, of: Sequence[Band], *, believed: Floats, calibration: Calibration) -> Sample:
    """The sample of the evidence among the bands of all candidate pairs."""
    return Sample(
        believed=believed,
        stands_for=stands_for(evidence, of),
        customer=evidence.customer,
        quiet=tuple(silent(evidence, of)),
        calibration=calibration,
    )


def estimate(of: Sample, joined: Bools, *, line: float) -> Estimate:
    """Precision and recall of what is joined."""
    return _figures(_counts(of, joined, line=line, counts=of.stands_for))


def _counts(of: Sample, joined: Bools, *, line: float, counts: Floats) -> Floats:
    """Candidate pairs rightly joined, wrongly joined, wrongly apart. ``counts`` may hold one row for each draw."""
    parts = [of.believed * joined, (1 - of.believed) * joined, of.believed * ~joined]
    found = np.stack([counts @ part for part in parts], axis=-1)
    for band in of.quiet:
        p = float(of.calibration.probability(np.array([band.mean]))[0])
        is_joined = band.mean >= line
        found = found + band.pairs * np.array([p * is_joined, (1 - p) * is_joined, p * (not is_joined)])
    return np.asarray(found, dtype=np.float64)


def _figures(counts: Floats) -> Estimate:
    right, wrong, missed = (float(c) for c in counts)
    return Estimate(right / max(1e-9, right + wrong), right / max(1e-9, right + missed))


def draws(of: Sample, count: int = _DRAWS) -> Floats:
    """How often each labelled pair counts in each draw of the customers; the same for the same sample, so that two
    models
    or lines can be compared.
    """
    _, at = np.unique(of.customer, return_inverse=True)
    customers = int(at.max()) + 1 if len(at) else 0
    drawn = np.random.default_rng(1).multinomial(customers, np.full(customers, 1 / max(1, customers)), size=count)
    return np.asarray(drawn[:, at], dtype=np.float64)


def f1_draws(of: Sample, joined: Bools, drawn: Floats, *, line: float) -> Floats:
    """F1 of ``joined`` in each of the ``draws``."""
    counts = _counts(of, joined, line=line, counts=drawn * of.stands_for)
    right, wrong, missed = counts[..., 0], counts[..., 1], counts[..., 2]
    return np.asarray(2 * right / np.maximum(1e-9, 2 * right + wrong + missed), dtype=np.float64)


@dataclass(frozen=True)
class Reliability:
    """Labelled pairs of one band of match weight: what was expected of them and what they are."""

    band: str
    labels: int
    expected: float
    nominal: float
    matches: float


def reliability(
    weights: Floats, believed: Floats, calibration: Calibration, edges: Sequence[float]
) -> list[Reliability]:
    """A reliability table: mean probability, calibrated and at the weight's word, beside the share of matches."""
    place = np.digitize(weights, edges)
    rows = []
    for i in sorted(set(place.tolist())):
        here = place == i
        low = "-" if i == 0 else f"{edges[i - 1]:g}"
        high = "-" if i == len(edges) else f"{edges[i]:g}"
        rows.append(
            Reliability(
                band=f"{low} to {high}",
                labels=int(here.sum()),
                expected=float(calibration.probability(weights[here]).mean()),
                nominal=float(Calibration().probability(weights[here]).mean()),
                matches=float(believed[here].mean()),
            )
        )
    return rows


@dataclass(frozen=True)
class Scores:
    """How good probabilities are: log loss (bits a pair) and Brier score, both smaller for better."""

    log_loss: float
    brier: float


def scores(weights: Floats, believed: Floats, calibration: Calibration) -> Scores:
    """Mean log loss and Brier score over labelled pairs, each counted once."""
    p = calibration.probability(weights)
    return Scores(float(log_losses(p, believed).mean()), float(brier_scores(p, believed).mean()))
