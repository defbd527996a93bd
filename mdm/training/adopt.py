"""Putting a trained model in force: only after it was held against the one that is."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from matching_rules.model import with_lines_of
from matching_rules.rules import load_rules
from mdm.errors import NotBetter, NotFound, RuleFileError
from mdm.labels import read_answers
from mdm.model import EntityType
from mdm.ruleset import load_rule_set, trained_model
from mdm.settings import Settings
from mdm.store.engine import Store
from mdm.training.compare import Comparison, compare
from mdm.training.held import held_records
from mdm.training.own import LEARNT_PAIRS


class ModelRefused(NotBetter):
    """NotBetter with the figures."""

    def __init__(self, message: str, comparison: Comparison) -> None:
        super().__init__(message)
        self.comparison = comparison


@dataclass(frozen=True)
class Adopted:
    """What is in force from the next run on. ``set_aside``: newer models that were, and lie among the trained ones."""

    adopted: str
    folder: Path
    instead_of: str
    set_aside: tuple[str, ...]
    comparison: Comparison


def adopt_model(
    store: Store, settings: Settings, name: str, *, anyway: bool, progress: Callable[[str, int, int], None]
) -> Adopted:
    """Holds a trained model against the one in force, and puts it in force.

    NotFound names the models there are. RuleFileError when the rules refuse the model (weights that fall with more
    agreement, levels it never learnt). ModelRefused when nothing shows that it is at least as good, unless ``anyway``;
    nothing was changed then.
    """
    folder = _folder(settings, name)
    rules = load_rule_set(settings)
    entity_type = EntityType(name.split("-", 1)[0])
    entity = rules.entities[entity_type]
    if entity.model.name == name:
        raise NotFound(f"{name} is in force already")
    own = load_rules(entity.rules_file)
    model = trained_model(folder, own)
    with held_records(store, settings, rules=rules, entity_type=entity_type) as held:
        comparison = compare(
            held,
            held.next_run(model, with_lines_of(own, model.file)),
            read_answers(store),
            learnt=_learnt(folder / LEARNT_PAIRS) | _learnt(entity.model_folder / LEARNT_PAIRS),
            progress=lambda done, total: progress("comparing", done, total),
        )
    if not comparison.adoptable and not anyway:
        raise ModelRefused(
            f"{name} was not adopted: {comparison.verdict}. {entity.model.name} stays in force;"
            f" `mdm train --adopt {name} --anyway` puts the new one in its place all the same",
            comparison,
        )
    models = settings.home / "models"
    aside = _set_aside(models, entity_type, name)
    target = models / name
    if not target.exists():
        half = models / f".{name}"  # a copy that was broken off is never taken for a model
        shutil.rmtree(half, ignore_errors=True)
        shutil.copytree(folder, half)
        half.rename(target)
    return Adopted(name, target, entity.model.name, aside, comparison)


def _folder(settings: Settings, name: str) -> Path:
    trained = settings.home / "models" / "trained"
    known = sorted(p.name for p in trained.glob("*") if (p / "model.json").is_file())
    if name not in known:
        raise NotFound(f"no trained model is called {name!r}; there are: {', '.join(known) or 'none'}")
    if name.split("-", 1)[0] not in set(EntityType):
        raise RuleFileError(f"{trained / name}:1: a model's name begins with {' or '.join(EntityType)}")
    return trained / name


def _learnt(path: Path) -> frozenset[tuple[int, int]]:
    """The pairs a model learnt from; none where it learnt from no labels."""
    if not path.is_file():
        return frozenset()
    with path.open(newline="", encoding="utf-8") as file:
        return frozenset(
            (int(row["record_a"]), int(row["record_b"])) for row in csv.DictReader(file) if row["part"] == "learnt"
        )


def _set_aside(models: Path, entity_type: EntityType, name: str) -> tuple[str, ...]:
    """The newest model decides; so those newer than ``name`` go back among the trained ones."""
    newer = sorted(p for p in models.glob(f"{entity_type}-*") if p.name > name and (p / "model.json").is_file())
    for folder in newer:
        kept = models / "trained" / folder.name
        if kept.exists():
            shutil.rmtree(folder)
        else:
            folder.rename(kept)
    return tuple(folder.name for folder in newer)
