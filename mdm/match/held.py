"""What every request needs and only a run changes: rules, compiled model, frequencies, and values that are noise."""

from __future__ import annotations

import json
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from matching_rules.block import noise_column
from matching_rules.request import RequestScorer
from mdm.errors import MdmError
from mdm.match.answer import Provenance
from mdm.match.rows import rows
from mdm.model import EntityType
from mdm.resolve.frequencies import rules_in_force
from mdm.ruleset import RuleSet, load_rule_set
from mdm.settings import Settings
from mdm.standardise.version import standardiser_version
from mdm.store.engine import Store


@dataclass(frozen=True)
class Held:
    """The state of one run. ``version``: by what it is known that another run has been; ``largest``: records of the
    largest block that the last full run could afford, None where it could afford all.
    """

    version: str
    scorers: Mapping[EntityType, RequestScorer]
    noise_columns: Mapping[EntityType, Mapping[int, str]]
    noise: Set[tuple[str, str]]
    largest: Mapping[EntityType, int | None]
    provenance: Provenance


def state_of(connection: sa.Connection) -> dict[str, Any]:
    """What the last run decided with, by name of the setting."""
    return {row.key: row.value for row in rows(connection, "state")}


def version_of(state: Mapping[str, Any]) -> str:
    """Two states with the same version answer alike."""
    return json.dumps(state, sort_keys=True)


def hold(connection: sa.Connection, store: Store, settings: Settings, *, state: Mapping[str, Any]) -> Held:
    """Loads and compiles everything (about a second). MdmError when stored keys or files fit the rules no longer."""
    rules = load_rule_set(settings)
    resolved_with = state.get("resolved_with") or {}
    if resolved_with and resolved_with["blocking"] != rules.blocking_version:
        raise MdmError(
            "the blocking rules changed since the last run, and the stored blocking keys fit them no longer:"
            " `mdm run nightly` makes them anew"
        )
    try:
        entities = {e: rules_in_force(store, settings, rules=rules, entity_type=e) for e in EntityType}
    except FileNotFoundError:
        raise MdmError("the value frequencies of the last run are gone; `mdm run nightly` measures them anew") from None
    scorers = {e: RequestScorer(entity.rules, entity.model) for e, entity in entities.items()}
    for scorer in scorers.values():
        scorer.prepare()
    frequencies = state.get("frequencies")
    name = None if frequencies is None else str(frequencies["name"])
    return Held(
        version=version_of(state),
        scorers=scorers,
        noise_columns={
            e: {
                number: column
                for number in range(len(entity.rules.blocking))
                if (column := noise_column(entity.rules, number)) is not None
            }
            for e, entity in entities.items()
        },
        largest={e: (state.get("largest_block") or {}).get(e.value) for e in EntityType},
        noise=frozenset((row.attribute, row.comparable) for row in rows(connection, "noise")),
        provenance=Provenance(
            rule_set=rules.version,
            model=rules.model_names,
            frequencies=name,
            resolved_at=state.get("resolved_at"),
            changed_since=_changed_since(resolved_with, rules, name),
        ),
    )


def _changed_since(resolved_with: Mapping[str, Any], rules: RuleSet, frequencies: str | None) -> tuple[str, ...]:
    now = {
        "rule_set": (rules.version, "the rules or the model"),
        "standardiser": (standardiser_version(), "how values are made comparable"),
        "frequencies": (frequencies, "how rare values are held to be"),
    }
    if not resolved_with:
        return ()
    return tuple(words for name, (value, words) in now.items() if resolved_with.get(name) != value)
