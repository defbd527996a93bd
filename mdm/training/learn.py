"""What labels change about a model: candidates that differ from the one in force by more and more, and which to take.

Few labels carry little. So every candidate starts from the model in force and is pulled back to it, and a bolder one is
taken only where it predicts labels it has not seen clearly better (cross-validation over customers, by more than two
standard errors).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from matching_rules.calibrate import Calibrated, calibrate, log_losses
from matching_rules.fit import Fitted, refit_weights
from matching_rules.model import Model, as_parameters
from matching_rules.rules import MatchingRules
from matching_rules.second import SecondStage, monotone
from mdm.training.evidence import Evidence, Floats, folds, part

_FOLDS = 5
_RIDGES = (4.0, 16.0, 64.0)
_SURE = 2.0  # standard errors: of ten recipes tried, one is often better by chance
_TREES = (10, 30)
_FEWEST_FOR_TREES = 60
_TREE_SETTINGS = {
    "objective": "binary:logistic",
    "tree_method": "hist",
    "max_bin": 64,
    "eta": 0.1,
    "max_depth": 2,
    "min_child_weight": 2,
    "reg_lambda": 5,
    "seed": 1,
    "nthread": 1,
}


@dataclass(frozen=True)
class Recipe:
    """How far a candidate goes: ``ridge`` (None: the weights stay) and further trees of the second stage."""

    ridge: float | None = None
    trees: int = 0

    @property
    def name(self) -> str:
        parts = [] if self.ridge is None else [f"weights moved (prior worth {self.ridge:g})"]
        parts += [] if not self.trees else [f"{self.trees} further trees"]
        return " and ".join(parts) or "the weights in force"


@dataclass(frozen=True)
class Tried:
    """A recipe with its log loss (bits a pair) on labels not learnt from, and its gain over the weights in force."""

    recipe: str
    log_loss: float
    gain: float
    standard_error: float
    taken: bool


@dataclass(frozen=True)
class Learnt:
    """A model from labels, its calibration, and what was tried."""

    model: Model
    recipe: Recipe
    calibrated: Calibrated
    tried: tuple[Tried, ...]


def learn(rules: MatchingRules, model: Model, evidence: Evidence) -> Learnt:
    """The best of the candidates, made from all of the evidence given."""
    believed = calibrate(evidence.weight, evidence.is_match).believed
    recipes = _recipes(model, evidence)
    losses = {r: _unseen_losses(rules, model, evidence, r) for r in recipes}
    taken, tried = _choose(losses, recipes, evidence)
    made = apply(rules, model, evidence, taken, believed)
    calibrated = calibrate(weigh(rules, made, evidence), evidence.is_match)
    return Learnt(made, taken, calibrated, tried)


def _recipes(model: Model, evidence: Evidence) -> list[Recipe]:
    weights = [Recipe(ridge=r) for r in _RIDGES]
    if model.second is None or len(evidence) < _FEWEST_FOR_TREES:
        return [Recipe(), *weights]
    trees = [Recipe(trees=t) for t in _TREES]
    return [Recipe(), *weights, *trees, *(Recipe(ridge=r.ridge, trees=t) for r in weights[1:] for t in _TREES)]


def _choose(
    losses: dict[Recipe, Floats], recipes: list[Recipe], evidence: Evidence
) -> tuple[Recipe, tuple[Tried, ...]]:
    """The recipe with the smallest loss whose gain over the weights in force is surely more than chance."""
    found = []
    for recipe in recipes:
        gain = losses[recipes[0]] - losses[recipe]
        # customers, not pairs, are independent
        _, at = np.unique(evidence.customer, return_inverse=True)
        sums = np.bincount(at, weights=gain - gain.mean())
        error = float(np.sqrt(np.square(sums).sum()) / max(1, len(gain)))
        found.append((recipe, float(losses[recipe].mean()), float(gain.mean()), error))
    sure = [f for f in found if f[2] > _SURE * f[3]]
    taken = min(sure, key=lambda f: f[1])[0] if sure else recipes[0]
    return taken, tuple(Tried(r.name, loss, gain, error, r == taken) for r, loss, gain, error in found)


def _unseen_losses(rules: MatchingRules, model: Model, evidence: Evidence, recipe: Recipe) -> Floats:
    """Log loss of every pair by a model that has not seen its customer."""
    of = folds(evidence.customer, _FOLDS)
    losses = np.zeros(len(evidence))
    for fold in range(_FOLDS):
        rest, unseen = part(evidence, of != fold), part(evidence, of == fold)
        if not len(unseen) or not len(rest):
            continue
        believed = calibrate(rest.weight, rest.is_match).believed
        made = apply(rules, model, rest, recipe, believed)
        calibrated = calibrate(weigh(rules, made, rest), rest.is_match)
        p = calibrated.calibration.probability(weigh(rules, made, unseen))
        p = p * (1 - calibrated.wrong) + (1 - p) * calibrated.wrong  # the label, which may be wrong, is predicted
        losses[of == fold] = log_losses(p, unseen.is_match.astype(np.float64))
    return losses


def apply(rules: MatchingRules, model: Model, evidence: Evidence, recipe: Recipe, believed: Floats) -> Model:
    """The model changed as the recipe says."""
    made = model if recipe.ridge is None else _moved(rules, model, evidence, recipe.ridge, believed)
    if recipe.trees and made.second is not None:
        made = replace(made, second=_grown(rules, made, evidence, recipe.trees, believed))
    return made


def _moved(rules: MatchingRules, model: Model, evidence: Evidence, ridge: float, believed: Floats) -> Model:
    file = model.file
    current = Fitted(
        intercept=model.prior_weight,
        weights={
            c.name: {lv.label: file.levels[c.name][lv.label].weight for lv in c.levels} for c in rules.comparisons
        },
        frequency_weight=file.frequency_weight,
    )
    fitted = refit_weights(
        comparisons=rules.comparisons,
        current=current,
        gammas=evidence.gammas,
        rarity=evidence.rarity,
        believed=believed,
        taken_off=evidence.crowded,
        ridge=ridge,
    )
    levels = {
        c.name: {
            lv.label: as_parameters(
                fitted.weights[c.name][lv.label],
                frequency=file.levels[c.name][lv.label].u if lv.frequency else None,
            )
            for lv in c.levels
        }
        for c in rules.comparisons
    }
    prior = float(1 / (1 + 2**-fitted.intercept))
    changed = {"levels": levels, "prior": prior, "frequency_weight": fitted.frequency_weight}
    return replace(model, file=file.model_copy(update=changed))


def _grown(rules: MatchingRules, model: Model, evidence: Evidence, trees: int, believed: Floats) -> SecondStage | None:
    """The second stage with further, shallow trees behind its own."""
    import xgboost as xgb  # noqa: PLC0415  # it takes a third of a second

    stage, matrix, unsure = _to_judge(rules, model, evidence)
    if stage is None or not unsure.any():
        return stage
    names = list(stage.measures)
    settings = _TREE_SETTINGS | monotone(rules.second_stage.directions if rules.second_stage else {})
    # a model is trained on, never changed: the trees in force are copied
    copy = xgb.Booster(model_file=bytearray(stage.booster.save_raw("ubj")))
    data = xgb.DMatrix(matrix[unsure], label=believed[unsure].astype(np.float32), feature_names=names)
    return SecondStage(xgb.train(settings, data, num_boost_round=trees, xgb_model=copy), stage.measures)


def _to_judge(
    rules: MatchingRules, model: Model, evidence: Evidence
) -> tuple[SecondStage | None, npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """The second stage, the matrix it judges by, and which pairs it judges."""
    first = first_stage(rules, model, evidence)
    if model.second is None or rules.second_stage is None or evidence.measured is None:
        return None, np.empty((len(first), 0), dtype=np.float32), np.zeros(len(first), dtype=np.bool_)
    low, high = rules.second_stage.between
    matrix = np.column_stack([evidence.measured, first.astype(np.float32)]).astype(np.float32)
    return model.second, matrix, (first >= low) & (first <= high)


def first_stage(rules: MatchingRules, model: Model, evidence: Evidence) -> Floats:
    """The first stage's weight of each pair, in bits, before crowding."""
    weight = model.prior_weight + model.file.frequency_weight * evidence.rarity
    for i, comparison in enumerate(rules.comparisons):
        parameters = model.file.levels[comparison.name]
        by_gamma = np.array([0.0, *(parameters[level.label].weight for level in reversed(comparison.levels))])
        weight = weight + by_gamma[evidence.gammas[:, i] + 1]
    return np.asarray(weight, dtype=np.float64)


def weigh(rules: MatchingRules, model: Model, evidence: Evidence) -> Floats:
    """The match weight of each pair, as scoring would give it."""
    weight = first_stage(rules, model, evidence)
    stage, matrix, unsure = _to_judge(rules, model, evidence)
    if stage is not None and unsure.any():
        weight[unsure] = stage.weigh(np.ascontiguousarray(matrix[unsure]))
    return weight - evidence.crowded
