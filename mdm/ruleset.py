"""The rule set: matching rules, trained models and ownership rules, loaded together and held to the canonical model.

Shipped files are defaults; a file of the same name under ``MDM_HOME/rules`` (rules) or ``MDM_HOME/models`` (models)
takes their place. A rule set has one version; two equal versions decide equally.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import golden_record
import matching_rules
from golden_record.model import Ownership
from golden_record.model import RuleError as OwnershipError
from golden_record.rules import load_ownership
from matching_rules.errors import RuleError as MatchingError
from matching_rules.model import SHIPPED_MODELS, Model, load_model, newest_model
from matching_rules.rules import MatchingRules, load_rules
from mdm.errors import RuleFileError
from mdm.model import ATTRIBUTES, EntityType
from mdm.settings import Settings

Loaded = TypeVar("Loaded")

OWNERSHIP_FILE = "ownership.yaml"
RULE_FILES = (OWNERSHIP_FILE, *(f"{entity_type}.yaml" for entity_type in EntityType))
"""Names of the files that ``MDM_HOME/rules`` may hold."""


@dataclass(frozen=True)
class EntityRules:
    """How one entity type is matched: rules, the model that weighs them, and where both were read from."""

    rules: MatchingRules
    rules_file: Path
    model: Model
    model_folder: Path


@dataclass(frozen=True)
class RuleSet:
    """Everything that decides. ``blocking_version`` changes when stored blocking keys no longer fit the rules."""

    entities: Mapping[EntityType, EntityRules]
    ownership: Ownership
    ownership_file: Path
    version: str
    blocking_version: str

    @property
    def model_names(self) -> str:
        return ", ".join(e.model.name for e in self.entities.values())


def load_rule_set(settings: Settings) -> RuleSet:
    """The rules and models in force. RuleFileError with file, line and reason when they do not hold together."""
    entities = {e: _entity_rules(settings, e) for e in EntityType}
    ownership_file = rule_file(settings, OWNERSHIP_FILE, Path(golden_record.__file__).parent)
    ownership = _translated(lambda: load_ownership(ownership_file))
    for rule in ownership.rules:
        for attribute in rule.attributes:
            if attribute not in ATTRIBUTES:
                raise RuleFileError(f"{ownership_file}:{rule.line}: no attribute is called {attribute!r}")
    files = [e.rules_file for e in entities.values()] + [e.model_folder / "model.json" for e in entities.values()]
    return RuleSet(
        entities=entities,
        ownership=ownership,
        ownership_file=ownership_file,
        version=_digest(*(f.read_bytes() for f in [*files, ownership_file])),
        blocking_version=_digest(*(_blocking_text(e.rules) for e in entities.values())),
    )


def rule_file(settings: Settings, name: str, shipped: Path) -> Path:
    """The user's file of this name when there is one, else the shipped one."""
    own = settings.home / "rules" / name
    return own if own.is_file() else shipped / name


def stray_overrides(settings: Settings) -> tuple[Path, ...]:
    """What lies in the folders for changed rules and models and takes no file's place, by path: a misspelt name.

    Hidden files are nobody's rules. Older models of an entity type are its history, and ``trained`` holds those that
    wait to be adopted.
    """
    rules, models = settings.home / "rules", settings.home / "models"
    named = {rules / name for name in RULE_FILES}
    named |= {folder for e in EntityType for folder in models.glob(f"{e}-*") if (folder / "model.json").is_file()}
    named.add(models / "trained")
    there = [path for folder in (rules, models) if folder.is_dir() for path in folder.iterdir()]
    return tuple(sorted(path for path in there if path not in named and not path.name.startswith(".")))


def _entity_rules(settings: Settings, entity_type: EntityType) -> EntityRules:
    file = rule_file(settings, f"{entity_type}.yaml", Path(matching_rules.__file__).parent)

    def load() -> EntityRules:
        rules = load_rules(file)
        folder = newest_model(entity_type, settings.home / "models", SHIPPED_MODELS)
        return EntityRules(rules=rules, rules_file=file, model=load_model(folder, rules), model_folder=folder)

    return _translated(load)


def _translated(load: Callable[[], Loaded]) -> Loaded:
    """The engines' own rule errors as ours: they know nothing of exit codes."""
    try:
        return load()
    except (MatchingError, OwnershipError) as error:
        raise RuleFileError(str(error)) from None


def _blocking_text(rules: MatchingRules) -> bytes:
    return json.dumps([rule.model_dump(mode="json") for rule in rules.blocking]).encode()


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\x1f".join(hashlib.sha256(p).digest() for p in parts)).hexdigest()[:12]
