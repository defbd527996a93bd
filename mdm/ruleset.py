"""The rule set: matching rules, trained models, ownership and household rules, loaded together and held to the
canonical model.

Shipped files are defaults; a file of the same name under ``MDM_HOME/rules`` (rules) or ``MDM_HOME/models`` (models)
takes their place. A rule set has one version; two equal versions decide equally.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import golden_record
import matching_rules
from golden_record.household_rules import HouseholdRules, load_household_rules
from golden_record.model import Ownership
from golden_record.model import RuleError as OwnershipError
from golden_record.rules import load_ownership
from golden_record.tables import tables_of
from matching_rules.errors import RuleError as MatchingError
from matching_rules.model import SHIPPED_MODELS, Model, load_model, newest_model, with_lines_of
from matching_rules.rules import MatchingRules, load_rules
from mdm.errors import RuleFileError
from mdm.model import ATTRIBUTES, EntityType
from mdm.settings import Settings

Loaded = TypeVar("Loaded")

OWNERSHIP_FILE = "ownership.yaml"
HOUSEHOLDS_FILE = "households.yaml"
RULE_FILES = (OWNERSHIP_FILE, HOUSEHOLDS_FILE, *(f"{entity_type}.yaml" for entity_type in EntityType))
"""Names of the files that ``MDM_HOME/rules`` may hold."""
SCHEMA_FILE = "ownership.schema.json"
"""What editors complete ``ownership.yaml`` by (``mdm rules schema``); it decides nothing."""


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
    households: HouseholdRules
    households_file: Path
    version: str
    blocking_version: str

    def for_sizes(self, sizes: Mapping[EntityType, int]) -> RuleSet:
        """The rule set with those blocking rules at rest that are not made for so many records of an entity type."""
        entities = {
            e: replace(entity, rules=entity.rules.blocking_for(sizes.get(e, 0))) for e, entity in self.entities.items()
        }
        return replace(self, entities=entities)

    @property
    def model_names(self) -> str:
        return ", ".join(e.model.name for e in self.entities.values())


def load_rule_set(settings: Settings) -> RuleSet:
    """The rules and models in force. RuleFileError with file, line and reason when they do not hold together."""
    entities = {e: _entity_rules(settings, e) for e in EntityType}
    ownership_file = rule_file(settings, OWNERSHIP_FILE, Path(golden_record.__file__).parent)
    ownership = load_ownership_file(ownership_file)
    households_file = rule_file(settings, HOUSEHOLDS_FILE, Path(golden_record.__file__).parent)
    households = _translated(lambda: load_household_rules(households_file))
    # every file of a model decides, its trees and frequencies too
    files = [e.rules_file for e in entities.values()]
    files += [f for e in entities.values() for f in sorted(e.model_folder.iterdir()) if f.is_file()]
    return RuleSet(
        entities=entities,
        ownership=ownership,
        ownership_file=ownership_file,
        households=households,
        households_file=households_file,
        version=_digest(*(f.read_bytes() for f in [*files, ownership_file, households_file])),
        blocking_version=_digest(*(_blocking_text(e.rules) for e in entities.values())),
    )


def load_golden_rules(settings: Settings) -> RuleSet:
    """The rule set in force for what judges golden records only: no matching rules, no model, no version (1 s less)."""
    folder = Path(golden_record.__file__).parent
    ownership_file, households_file = (rule_file(settings, name, folder) for name in (OWNERSHIP_FILE, HOUSEHOLDS_FILE))
    return RuleSet(
        entities={},
        ownership=load_ownership_file(ownership_file),
        ownership_file=ownership_file,
        households=_translated(lambda: load_household_rules(households_file)),
        households_file=households_file,
        version="",
        blocking_version="",
    )


def load_ownership_file(file: Path) -> Ownership:
    """An ownership file, held to the canonical model. RuleFileError with file, line and reason where it fails."""
    ownership = _translated(lambda: load_ownership(file))
    for rule in ownership.rules:
        for attribute in rule.attributes:
            if attribute not in ATTRIBUTES:
                raise RuleFileError(f"{file}:{rule.line}: no attribute is called {attribute!r}")
    _translated(lambda: tables_of(ownership))
    return ownership


def trained_model(folder: Path, rules: MatchingRules) -> Model:
    """A model that is not in force, held to the rules. RuleFileError says why they refuse it."""
    return _translated(lambda: load_model(folder, rules))


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
    named = {rules / name for name in (*RULE_FILES, SCHEMA_FILE)}
    named |= {folder for e in EntityType for folder in models.glob(f"{e}-*") if (folder / "model.json").is_file()}
    named.add(models / "trained")
    there = [path for folder in (rules, models) if folder.is_dir() for path in folder.iterdir()]
    return tuple(sorted(path for path in there if path not in named and not path.name.startswith(".")))


def _entity_rules(settings: Settings, entity_type: EntityType) -> EntityRules:
    file = rule_file(settings, f"{entity_type}.yaml", Path(matching_rules.__file__).parent)

    def load() -> EntityRules:
        rules = load_rules(file)
        folder = newest_model(entity_type, settings.home / "models", SHIPPED_MODELS)
        model = load_model(folder, rules)
        return EntityRules(rules=with_lines_of(rules, model.file), rules_file=file, model=model, model_folder=folder)

    return _translated(load)


def _translated(load: Callable[[], Loaded]) -> Loaded:
    """The engines' own rule errors as ours: they know nothing of exit codes."""
    try:
        return load()
    except (MatchingError, OwnershipError) as error:
        raise RuleFileError(str(error)) from None


def _blocking_text(rules: MatchingRules) -> bytes:
    blocking = [rule.model_dump(mode="json") for rule in rules.blocking]
    return json.dumps([*blocking, rules.guards.keys_per_record]).encode()


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\x1f".join(hashlib.sha256(p).digest() for p in parts)).hexdigest()[:12]
