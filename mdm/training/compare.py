"""A model beside the one in force: on labels neither learnt from, and in what it would change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from matching_rules.calibrate import calibrate, calibration_of
from mdm.labels import Answer
from mdm.ruleset import EntityRules
from mdm.statements import statement
from mdm.training.evidence import Bools, Evidence, bands, gather, part
from mdm.training.held import Held
from mdm.training.judge import Estimate, Scores, draws, estimate, f1_draws, neighbourhood, sample, scores

FEWEST_UNSEEN = 20
_LITTLE = 0.001  # of F1: less is no difference
_MOST_CHANGED = 0.02  # share of customers that a model nobody can judge by labels may change


@dataclass(frozen=True)
class Side:
    """One model's figures on the labels that none of the two learnt from, after clustering."""

    model: str
    match_line: float
    precision: float
    recall: float
    f1: float
    log_loss: float
    brier: float


@dataclass(frozen=True)
class Change:
    """What the next run would do under the new model: customers there are now, those that would not stay as they are,
    and the share of joined pairs of records that both models join.
    """

    customers: int
    changed: int
    merged: int
    split: int
    agreement: float


@dataclass(frozen=True)
class Comparison:
    """The model in force and a new one side by side. ``gain``: of F1, with the 90 % of draws around it.

    ``verdict``: why it may be adopted or may not; ``adoptable`` says which.
    """

    entity_type: str
    labels: int
    in_force: Side | None
    new: Side | None
    gain: float | None
    gain_between: tuple[float, float] | None
    change: Change
    adoptable: bool
    verdict: str


def compare(
    held: Held,
    new: EntityRules,
    said: Sequence[Answer],
    *,
    learnt: frozenset[tuple[int, int]],
    progress: Callable[[int, int], None],
) -> Comparison:
    """Judges ``new`` (as the next run would use it) beside the rules in force. ``learnt``: pairs it learnt from, whose
    customers take no part.
    """
    held.score(held.entity, pairs="candidate", into="scored_now")
    held.score(new, pairs="candidate", into="scored_new")
    progress(1, 4)
    sides, found = [], []
    evidence = gather(held, said)
    unseen = _unseen(evidence, learnt)
    judged = part(evidence, unseen)
    enough = len(judged) >= FEWEST_UNSEEN and 0 < int(judged.is_match.sum()) < len(judged)
    if enough:
        spread = bands(held, judged, scored="scored_now")
        # how far each label is believed is settled once, by all labels, and for both
        known = calibrate(evidence.weight, evidence.is_match)
        of = sample(judged, spread, believed=known.believed[unseen], calibration=known.calibration)
        for entity, scored in ((held.entity, "scored_now"), (new, "scored_new")):
            lines = entity.rules.thresholds
            near = neighbourhood(held, entity, scored=scored, lowest=lines.match)
            joined = near.joined(lines)[unseen]
            held.score(entity, pairs="labelled", into="labelled_scored")
            weights = held.numbers("SELECT match_weight FROM labelled_scored ORDER BY record_a, record_b")
            own = np.asarray(weights["match_weight"], dtype=np.float64)[unseen]
            figures = estimate(of, joined, line=lines.match)
            quality = scores(own, of.believed, calibration_of(entity.model.file))
            sides.append(_side(entity, figures, quality))
            found.append(f1_draws(of, joined, draws(of), line=lines.match))
    progress(2, 4)
    change = _change(held, new)
    progress(4, 4)
    if not enough:
        adoptable, verdict = _without_labels(change, len(judged))
        return Comparison(held.entity_type.value, len(judged), None, None, None, None, change, adoptable, verdict)
    now_side, new_side = sides
    gains = found[1] - found[0]
    between = (float(np.quantile(gains, 0.05)), float(np.quantile(gains, 0.95)))
    adoptable, verdict = _with_labels(now_side, new_side, chance=float(gains.std()))
    return Comparison(
        entity_type=held.entity_type.value,
        labels=len(judged),
        in_force=now_side,
        new=new_side,
        gain=new_side.f1 - now_side.f1,
        gain_between=between,
        change=change,
        adoptable=adoptable,
        verdict=verdict,
    )


def _unseen(evidence: Evidence, learnt: frozenset[tuple[int, int]]) -> Bools:
    """Labels of customers of whom the model learnt nothing."""
    pairs = zip(evidence.record_a.tolist(), evidence.record_b.tolist(), strict=True)
    seen = np.array([pair in learnt for pair in pairs], dtype=np.bool_)
    return np.asarray(~np.isin(evidence.customer, evidence.customer[seen]), dtype=np.bool_)


def _side(entity: EntityRules, figures: Estimate, quality: Scores) -> Side:
    return Side(
        model=entity.model.name,
        match_line=entity.rules.thresholds.match,
        precision=figures.precision,
        recall=figures.recall,
        f1=figures.f1,
        log_loss=quality.log_loss,
        brier=quality.brier,
    )


def _with_labels(now: Side, new: Side, *, chance: float) -> tuple[bool, str]:
    """A few dozen labels sway F1 by chance alone: worse is what falls by more than that (one standard error)."""
    gain, loss = new.f1 - now.f1, new.log_loss - now.log_loss
    figures = f"F1 on labels it has not seen: {now.f1:.4f} in force, {new.f1:.4f} new"
    if gain < -max(chance, _LITTLE):
        return False, f"{figures}, a fall beyond chance ({chance:.4f})"
    if abs(gain) <= _LITTLE and loss > 0:
        return False, f"{figures}, no gain, and worse probabilities (log loss {now.log_loss:.4f}, {new.log_loss:.4f})"
    if gain > max(chance, _LITTLE):
        return True, f"{figures}, a gain beyond chance ({chance:.4f})"
    return True, f"{figures}, within what chance gives ({chance:.4f}); log loss {now.log_loss:.4f}, {new.log_loss:.4f}"


def _without_labels(change: Change, labels: int) -> tuple[bool, str]:
    said = (
        f"nothing shows that it is better: there are {labels} labels it has not learnt from, and {FEWEST_UNSEEN}"
        f" of both kinds are needed (`mdm labels propose`). It would change {change.changed:,} of {change.customers:,}"
        " customers"
    )
    return change.changed <= _MOST_CHANGED * change.customers, said


def _change(held: Held, new: EntityRules) -> Change:
    """The customers there are beside those the next run would make."""
    held.cluster(new, scored="scored_new", records="record", into="next_cluster", as_held=True)
    row = held.duck.execute(statement(__package__, "change")).fetchall()[0]
    return Change(
        customers=int(row[0]),
        changed=int(row[1]),
        merged=int(row[2]),
        split=int(row[3]),
        agreement=float(row[4]),
    )
