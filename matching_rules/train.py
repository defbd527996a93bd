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

_FEWEST_PAIRS = 20
"""Of an EM pass: from fewer nothing can be estimated."""


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
    """A new model and what was learnt, level by level; EM passes that had no pairs to learn from, by their columns."""

    model: Model
    levels: tuple[LearntLevel, ...]
    passes_left_out: tuple[str, ...] = ()


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
    surest = [_rule(columns, rules) for columns in training.surest if _agreeing(cursor, rules, records, columns)]
    passes = [columns for columns in training.passes if _agreeing(cursor, rules, records, columns)]
    if surest:
        linker.training.estimate_probability_two_random_records_match(surest, recall=training.recall_of_surest)
    for columns in passes:
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
    return Trained(
        model=Model(file=file, frequencies=dict(frequencies)),
        levels=tuple(report),
        passes_left_out=tuple(", ".join(columns) for columns in training.passes if columns not in passes),
    )


def _agreeing(cursor: duckdb.DuckDBPyConnection, rules: MatchingRules, records: str, columns: tuple[str, ...]) -> bool:
    """Whether enough pairs agree on the columns: on a file without e-mails there is no pass over e-mails."""
    keys = ", ".join(f'"{c}"[1]' if rules.columns[c] == "list" else f'"{c}"' for c in columns)
    there = " AND ".join(f'"{c}" IS NOT NULL' for c in columns)
    query = (
        "SELECT coalesce(sum(n * (n - 1) / 2), 0) FROM"
        f" (SELECT count(*) AS n FROM {records} WHERE {there} GROUP BY {keys})"  # rule columns
    )
    return bool(cursor.execute(query).fetchall()[0][0] >= _FEWEST_PAIRS)


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
        said: list[bool] = []
        learnt: list[LevelParameters] = []
        for level in comparison.levels:
            m, u = own[level.label].get("m_probability"), own[level.label].get("u_probability")
            before = start.file.levels[comparison.name][level.label]
            # Both have to be learnt here: m of one population beside u of another weighs nothing that ever was. What
            # Splink cannot estimate it leaves: m of a comparison that every pass blocks on, u of a rare level.
            said.append(not comparison.fixed and _is_sound(m, u) and m != before.m and u != before.u)
            learnt.append(LevelParameters(m=float(m), u=float(u)) if said[-1] else before)
        if not comparison.fixed:
            learnt = _never_rising(learnt)
        levels[comparison.name] = {level.label: after for level, after in zip(comparison.levels, learnt, strict=True)}
        for level, sound, after in zip(comparison.levels, said, learnt, strict=True):
            before = start.file.levels[comparison.name][level.label]
            report.append(
                LearntLevel(
                    comparison=comparison.name,
                    level=level.label,
                    weight_before=before.weight,
                    weight=after.weight,
                    estimated=sound,
                )
            )
    return levels, report


def _never_rising(levels: list[LevelParameters]) -> list[LevelParameters]:
    """The levels, best first, with no weight above the one before it: neighbours the wrong way round share the weight
    of both together (pool adjacent violators). u stays, so that rarity is measured against what it was.
    """
    pools: list[list[LevelParameters]] = []
    for level in levels:
        pools.append([level])
        while len(pools) > 1 and _together(pools[-2]) < _together(pools[-1]):
            pools[-2:] = [pools[-2] + pools[-1]]
    return [level if len(pool) == 1 else _weighing(_together(pool), level.u) for pool in pools for level in pool]


def _weighing(odds: float, u: float) -> LevelParameters:
    """(m, u) with m / u = odds; u gives way where m would be above 1."""
    return LevelParameters(m=min(1.0, u * odds), u=min(u, 1 / odds))


def _together(pool: list[LevelParameters]) -> float:
    return sum(level.m for level in pool) / sum(level.u for level in pool)


def _is_sound(m: float | None, u: float | None) -> bool:
    return m is not None and u is not None and 0 < m <= 1 and 0 < u <= 1 and math.isfinite(math.log2(m / u))
