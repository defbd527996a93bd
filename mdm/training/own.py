"""A user's own model: learnt without labels from the records held, saved as a new dated model, used when adopted.

Training never changes what is in force by itself: ``mdm train`` saves and shows, ``mdm train --adopt`` puts the new
model in force for the next run, which then judges everything anew.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from matching_rules.block import find_noise, leave_out_noise, type_records
from matching_rules.model import save_model
from matching_rules.train import LearntLevel, train_without_labels
from mdm.errors import NotFound, RefusedInput
from mdm.model import EntityType
from mdm.ruleset import EntityRules, load_rule_set
from mdm.settings import Settings
from mdm.store.bridge import open_duckdb, read_table
from mdm.store.engine import Store
from mdm.training.shipped import measure_frequencies

_FEWEST = 1000
_RECORDS = (
    "SELECT record_id, content_hash::text AS content_hash, match::text AS match FROM mdm.standardised_record"
    " WHERE entity_type = :entity_type"
)


@dataclass(frozen=True)
class TrainedModel:
    """One trained model: where it lies, on how many records it was trained, and every level before and after."""

    entity_type: EntityType
    name: str
    folder: Path
    records: int
    levels: tuple[LearntLevel, ...]

    @property
    def not_estimated(self) -> tuple[str, ...]:
        """Levels the data said nothing about; they keep the number of the model in force."""
        return tuple(f"{lv.comparison}: {lv.level}" for lv in self.levels if not lv.estimated)


def train_models(
    store: Store, settings: Settings, *, now: datetime, progress: Callable[[str, int, int], None]
) -> tuple[TrainedModel, ...]:
    """Trains a model for each entity type with enough records. RefusedInput when none has."""
    rules = load_rule_set(settings)
    trained = []
    for done, (entity_type, entity) in enumerate(rules.entities.items()):
        found = _train(store, settings, entity_type, entity, now=now)
        if found is not None:
            trained.append(found)
        progress("training", done + 1, len(rules.entities))
    if not trained:
        raise RefusedInput(
            f"nothing to learn from: fewer than {_FEWEST:,} standardised records; run `mdm run nightly` first"
        )
    return tuple(trained)


def _train(
    store: Store, settings: Settings, entity_type: EntityType, entity: EntityRules, *, now: datetime
) -> TrainedModel | None:
    with open_duckdb(settings) as duck:
        count = read_table(store, sql=_RECORDS, duck=duck, name="of_type", params={"entity_type": entity_type.value})
        if count < _FEWEST:
            return None
        read_table(store, sql="SELECT key, record_id, rule FROM mdm.blocking_key", duck=duck, name="blocking_key")
        type_records(duck, rules=entity.rules, records="of_type", into="record")
        find_noise(duck, rules=entity.rules, records="record", keys="blocking_key", into="noise")
        leave_out_noise(duck, rules=entity.rules, records="record")
        name = f"{entity_type}-{now.strftime('%Y-%m-%dT%H%M%S')}"
        card = {"made_from": f"{count} records of this installation, without labels", "built": now.isoformat()}
        result = train_without_labels(
            duck,
            rules=entity.rules,
            start=entity.model,
            records="record",
            frequencies=measure_frequencies(duck, entity.rules, "record"),
            name=name,
            seed=1,
            card=card,
        )
    folder = save_model(result.model, settings.home / "models" / "trained")
    return TrainedModel(entity_type=entity_type, name=name, folder=folder, records=count, levels=result.levels)


def adopt_model(settings: Settings, name: str) -> Path:
    """Puts a trained model in force: from the next run on it decides. NotFound names those there are."""
    trained = settings.home / "models" / "trained"
    if not (trained / name / "model.json").is_file():
        known = ", ".join(sorted(p.name for p in trained.glob("*"))) or "none"
        raise NotFound(f"no trained model is called {name!r}; there are: {known}")
    target = settings.home / "models" / name
    if not target.exists():
        shutil.copytree(trained / name, target)
    return target
