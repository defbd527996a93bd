"""Training without labels: u from random pairs, m by expectation maximisation, both by Splink, repeatable by seed.

What the data cannot say (a level no pair fell into, a column that is empty) keeps the starting model's number, and the
report says so: Splink's silent defaults would decide about people (SPLINK.md, trap 2).
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
from splink import DuckDBAPI, Linker, block_on

from matching_rules.model import LevelParameters, Model, ModelFile, splink_settings
from matching_rules.rules import MatchingRules


@dataclass(frozen=True)
class LearntLevel:
    """One level before and after. ``estimated`` is False where the data said nothing and the old number stands."""

    comparison: str
    level: str
    weight_before: float
    weight: float
    estimated: bool


@dataclass(frozen=True)
class Trained:
    """A new model and what was learnt, level by level."""

    model: Model
    levels: tuple[LearntLevel, ...]


def train_without_labels(
    cursor: duckdb.DuckDBPyConnection,
    *,
    rules: MatchingRules,
    start: Model,
    records: str,
    frequencies: Mapping[str, pa.Table],
    name: str,
    seed: int,
    card: dict[str, Any],
) -> Trained:
    """Estimates u, m and the prior on typed ``records``; the model is new, ``start`` unchanged."""
    api = DuckDBAPI(connection=cursor)
    linker = Linker(
        api.register(records, dataset_display_name="records"), splink_settings(rules, start), log_level=logging.ERROR
    )
    training = rules.training
    linker.training.estimate_u_using_random_sampling(max_pairs=training.random_pairs, seed=seed)
    surest = [_rule(columns, rules) for columns in training.surest]
    if surest:
        linker.training.estimate_probability_two_random_records_match(surest, recall=training.recall_of_surest)
    for columns in training.passes:
        linker.training.estimate_parameters_using_expectation_maximisation(_rule(columns, rules))
    found = linker.misc.save_model_to_json()
    levels, report = _levels(found, rules, start)
    file = ModelFile(
        entity_type=rules.entity_type,
        name=name,
        prior=found["probability_two_random_records_match"],
        levels=levels,
        frequency_weight=start.file.frequency_weight,
        population=max(1, int(cursor.execute(f"SELECT count(*) FROM {records}").fetchall()[0][0])),
        card=card | {"method": "Splink: random sampling for u, EM for m", "seed": seed},
    )
    return Trained(model=Model(file=file, frequencies=dict(frequencies)), levels=tuple(report))


def _rule(columns: tuple[str, ...], rules: MatchingRules) -> Any:
    """EM takes no exploding rules: of a list column its first value has to agree."""
    return block_on(*(f"{c}[1]" if rules.columns[c] == "list" else c for c in columns))


def _levels(
    found: Mapping[str, Any], rules: MatchingRules, start: Model
) -> tuple[dict[str, dict[str, LevelParameters]], list[LearntLevel]]:
    by_name = {c["output_column_name"]: c["comparison_levels"] for c in found["comparisons"]}
    levels: dict[str, dict[str, LevelParameters]] = {}
    report: list[LearntLevel] = []
    for comparison in rules.comparisons:
        own = {lv["label_for_charts"]: lv for lv in by_name[comparison.name]}
        for level in comparison.levels:
            before = start.file.levels[comparison.name][level.label]
            m, u = own[level.label].get("m_probability"), own[level.label].get("u_probability")
            sound = not comparison.fixed and _is_sound(m, u)
            after = LevelParameters(m=float(m), u=float(u)) if sound else before
            levels.setdefault(comparison.name, {})[level.label] = after
            report.append(
                LearntLevel(
                    comparison=comparison.name,
                    level=level.label,
                    weight_before=before.weight,
                    weight=after.weight,
                    estimated=sound and after != before,
                )
            )
    return levels, report


def _is_sound(m: float | None, u: float | None) -> bool:
    return m is not None and u is not None and 0 < m <= 1 and 0 < u <= 1 and math.isfinite(math.log2(m / u))
