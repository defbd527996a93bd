"""The shipped models: weights fitted on populations of the project's own generator, whose truth is known.

No truth of anybody else's data, no benchmark and no steward's label takes part. Each population is also shown with
columns missing, so that the weights hold for files that know less. Building is deterministic for a code version.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from matching_rules.block import find_noise, leave_out_noise, leave_out_noise_keys, make_keys, make_pairs, type_records
from matching_rules.fit import fit_weights
from matching_rules.frequencies import eased_frequencies
from matching_rules.model import LevelParameters, Model, ModelFile, as_parameters, in_population, read_as
from matching_rules.population import measure_figures
from matching_rules.rules import MatchingRules, load_rules, rules_version
from matching_rules.score import measured_pairs, score_levels
from matching_rules.second import Floats, SecondStage, fit_second_stage
from mdm.model import EntityType
from mdm.settings import Settings
from mdm.standardise.version import standardiser_version
from mdm.training.card import code_version
from mdm.training.populations import POPULATIONS, UNSEEN, Population
from mdm.training.unseen import figures_after_clustering


@dataclass(frozen=True)
class Labelled:
    """Candidate pairs with their levels and truth: one row per pair."""

    gammas: npt.NDArray[np.int8]
    rarity: npt.NDArray[np.float64]
    is_match: npt.NDArray[np.bool_]
    measured: Floats | None = None  # the second stage's measures, without the first-stage weight


def neutral_model(rules: MatchingRules, frequencies: dict[str, pa.Table], *, population: int = 1) -> Model:
    """A model in which nothing weighs anything: to read levels and rarity with."""
    levels = {c.name: {lv.label: _neutral(lv.frequency, frequencies) for lv in c.levels} for c in rules.comparisons}
    file = ModelFile(
        entity_type=rules.entity_type,
        name=f"{rules.entity_type}-neutral",
        prior=0.5,
        levels=levels,
        population=population,
        card={},
    )
    return Model(file=file, frequencies=frequencies)


def _neutral(column: str | None, frequencies: dict[str, pa.Table]) -> LevelParameters:
    return as_parameters(0.0, frequency=None if column is None else agreement(frequencies[column]))


def agreement(frequencies: pa.Table) -> float:
    """How often two values drawn at random agree: the sum of squared frequencies."""
    values = frequencies.column("frequency").to_numpy()
    return float(np.square(values).sum() / max(values.sum(), 1e-12) ** 2)


def measure_frequencies(cursor: duckdb.DuckDBPyConnection, rules: MatchingRules, records: str) -> dict[str, pa.Table]:
    """Value frequencies of the rules' frequency columns among typed records (value, frequency), by value."""
    return {
        column: cursor.sql(
            f"SELECT {column} AS value, count(*) / sum(count(*)) OVER () AS frequency FROM {records}"  # rule columns
            f" WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY 1"
        ).to_arrow_table()
        for column in rules.frequency_columns
    }


def prepare(
    cursor: duckdb.DuckDBPyConnection, *, table: pa.Table, rules: MatchingRules, without: Sequence[str] = ()
) -> None:
    """Makes tables ``record`` (typed), ``truth`` (record_id, entity_id) and ``candidate`` of one population."""
    cursor.register("population", table)
    cursor.execute(
        "CREATE OR REPLACE TABLE of_type AS SELECT record_id, content_hash, match, entity_id FROM population"
        " WHERE entity_type = ? AND entity_id IS NOT NULL",
        [rules.entity_type],
    ).fetchall()
    cursor.execute("CREATE OR REPLACE TABLE truth AS SELECT record_id, entity_id FROM of_type").fetchall()
    type_records(cursor, rules=rules, records="of_type", into="record")
    for column in without:
        cursor.execute(f"UPDATE record SET {column} = NULL").fetchall()  # own names
    make_keys(cursor, rules=rules, records="record", into="blocking_key")
    find_noise(cursor, rules=rules, records="record", keys="blocking_key", into="noise")
    leave_out_noise(cursor, rules=rules, records="record")
    leave_out_noise_keys(cursor, rules=rules, keys="blocking_key")
    make_pairs(cursor, keys="blocking_key", into="candidate")
    cursor.unregister("population")


def labelled_pairs(cursor: duckdb.DuckDBPyConnection, rules: MatchingRules, model: Model) -> Labelled:
    """The candidate pairs of ``prepare`` with their levels and measures."""
    score_levels(cursor, rules=rules, model=model, records="record", pairs="candidate", into="levelled")
    rare = [c.name for c in rules.comparisons if any(lv.frequency for lv in c.levels)]
    gammas_of = ", ".join(f"gamma_{c.name}" for c in rules.comparisons)
    rarity_of = " + ".join(f"rarity_{name}" for name in rare)
    rows = cursor.execute(
        f"SELECT {gammas_of}, {rarity_of} AS rarity, a.entity_id = b.entity_id AS same FROM levelled"
        " JOIN truth a ON a.record_id = record_a JOIN truth b ON b.record_id = record_b ORDER BY record_a, record_b"
    ).fetchnumpy()
    gammas = np.column_stack([rows[f"gamma_{c.name}"] for c in rules.comparisons]).astype(np.int8)
    same = np.asarray(rows["same"], dtype=np.bool_)
    return Labelled(
        gammas=gammas,
        rarity=np.nan_to_num(np.asarray(rows["rarity"], dtype=np.float64)),
        is_match=same,
        measured=_measured(cursor, rules, model) if rules.second_stage else None,
    )


def _measured(cursor: duckdb.DuckDBPyConnection, rules: MatchingRules, model: Model) -> Floats:
    """The measures of ``candidate``'s pairs in order of record_a and record_b."""
    cursor.execute("CREATE OR REPLACE TABLE to_measure AS SELECT record_a, record_b, 0 AS first_weight FROM candidate")
    with measured_pairs(cursor, rules=rules, model=model, records="record", pairs="to_measure") as batches:
        parts = list(batches)
    first = np.concatenate([np.asarray(a) for a, _, _ in parts])
    second = np.concatenate([np.asarray(b) for _, b, _ in parts])
    return np.concatenate([measured for _, _, measured in parts])[np.lexsort((second, first)), :-1]


def _second_stage(rules: MatchingRules, model: Model, labelled: Sequence[Labelled]) -> SecondStage | None:
    """Trees over the measures and the first stage's weight of all pairs it is to judge."""
    if rules.second_stage is None:
        return None
    low, high = rules.second_stage.between
    rows, same = [], []
    for part in labelled:
        weight = _first_weight(rules, model, part)
        unsure = (weight >= low) & (weight <= high)
        rows.append(np.column_stack([np.asarray(part.measured), weight.astype(np.float32)])[unsure])
        same.append(part.is_match[unsure])
    stage = rules.second_stage
    return fit_second_stage(stage.names, np.concatenate(rows), np.concatenate(same), directions=stage.directions)


def _first_weight(rules: MatchingRules, model: Model, labelled: Labelled) -> npt.NDArray[np.float64]:
    """The first stage's weight of labelled pairs, from their levels and rarity."""
    weight = model.prior_weight + model.file.frequency_weight * labelled.rarity
    for i, comparison in enumerate(rules.comparisons):
        parameters = model.file.levels[comparison.name]
        by_gamma = np.array([0.0, *(parameters[level.label].weight for level in reversed(comparison.levels))])
        weight = weight + by_gamma[labelled.gammas[:, i] + 1]
    return weight


def fit_model(
    rules: MatchingRules,
    labelled: Sequence[Labelled],
    *,
    frequencies: dict[str, pa.Table],
    population: int,
    name: str,
    card: dict[str, Any],
) -> Model:
    """One model from labelled pairs of several populations. ``frequencies`` ship with it."""
    gammas = np.concatenate([x.gammas for x in labelled])
    is_match = np.concatenate([x.is_match for x in labelled])
    fitted = fit_weights(
        comparisons=rules.comparisons,
        gammas=gammas,
        rarity=np.concatenate([x.rarity for x in labelled]),
        is_match=is_match,
    )
    levels = {
        c.name: {
            lv.label: as_parameters(
                fitted.weights[c.name][lv.label],
                frequency=None if lv.frequency is None else agreement(frequencies[lv.frequency]),
            )
            for lv in c.levels
        }
        for c in rules.comparisons
    }
    prior = float(1 / (1 + 2**-fitted.intercept))
    file = ModelFile(
        entity_type=rules.entity_type,
        name=name,
        prior=prior,
        levels=levels,
        frequency_weight=fitted.frequency_weight,
        population=population,
        card=card | {"pairs": len(is_match), "matching_pairs": int(is_match.sum())},
    )
    model = Model(file=file, frequencies=frequencies)
    return replace(model, second=_second_stage(rules, model, labelled))


def build_shipped(
    entity_type: EntityType,
    rules_file: Path,
    *,
    settings: Settings,
    today: date,
    table_of: Callable[[Population, Settings], pa.Table] = lambda population, settings: population.make(settings),
    progress: Callable[[str, int, int], None] = lambda *_: None,
    populations: Sequence[Population] | None = None,
    unseen: Sequence[Population] | None = None,
) -> Model:
    """Generates the populations, fits, measures on others, and answers the model; nothing is saved.

    ``table_of`` may keep what it made; ``populations`` to learn from and ``unseen`` ones to measure on are those of
    ``mdm.training.populations`` unless others are given.
    """
    rules = load_rules(rules_file)
    populations = POPULATIONS[entity_type] if populations is None else populations
    unseen = UNSEEN[entity_type] if unseen is None else unseen
    cursor = duckdb.connect(config={"threads": settings.threads, "memory_limit": settings.memory_limit})
    frequencies: dict[str, pa.Table] = {}
    labelled: list[Labelled] = []
    learnt_from: list[dict[str, Any]] = []
    for population in populations:
        table = table_of(population, settings)
        shown: list[Labelled] = []
        for number, without in enumerate(population.without):
            prepare(cursor, table=table, rules=rules, without=without)
            frequencies = frequencies or measure_frequencies(cursor, rules, "record")
            own = eased_frequencies(cursor, rules=rules, records="record", shipped=frequencies)
            reading = _reading(cursor, rules, own, typical=learnt_from[0]["records"] if learnt_from else 1)
            if number in population.unknown:
                reading = replace(reading, figures={})
            if not shown:
                known = _of(population) | _filled(cursor, rules)
            shown.append(labelled_pairs(cursor, rules, reading))
        pairs = {
            "pairs": sum(len(part.is_match) for part in shown),
            "matching_pairs": sum(int(part.is_match.sum()) for part in shown),
            "columns_left_out": [list(w) for w in population.without if w],
        }
        labelled += shown
        learnt_from.append(known | pairs)
        progress(f"{entity_type} populations", len(learnt_from), len(populations))
    card = {
        "made_from": "populations of the project's own with known truth; see mdm/training/populations.py",
        "populations": learnt_from,
        "method": "logistic regression over comparison levels and value rarity, all together, ridge 1, never rising"
        " downwards; gradient-boosted trees over the second stage's measures and the figures of each population, in"
        " which better evidence never weighs less",
        "standardiser": standardiser_version(),
        "rules": rules_version(rules_file),
        "read_as": read_as(rules),
        "code": code_version(),
        "built": today.isoformat(),
    }
    model = fit_model(
        rules,
        labelled,
        frequencies=frequencies,
        population=learnt_from[0]["records"],
        name=f"{entity_type}-{today.isoformat()}",
        card=card,
    )
    figures = []
    for population in unseen:
        prepare(cursor, table=table_of(population, settings), rules=rules)
        found = figures_after_clustering(cursor, rules=rules, rules_file=rules_file, model=model)
        figures.append(_of(population) | found)
        progress(f"{entity_type} figures", len(figures), len(unseen))
    file = model.file.model_copy(update={"card": model.file.card | {"figures": figures}})
    return replace(model, file=file)


def _of(population: Population) -> dict[str, Any]:
    return {"name": population.name, "seed": population.seed, "size": population.size, "profile": population.profile}


def _filled(cursor: duckdb.DuckDBPyConnection, rules: MatchingRules) -> dict[str, Any]:
    """How many records the population of ``prepare`` has, and the share of them that holds each column."""
    counts = ", ".join(f'count("{column}")' for column in rules.columns)  # rule columns
    records, *filled = cursor.execute(f"SELECT count(*), {counts} FROM record").fetchall()[0]
    shares = {column: round(n / max(1, records), 3) for column, n in zip(rules.columns, filled, strict=True)}
    return {"records": records, "columns": shares}


def _reading(
    cursor: duckdb.DuckDBPyConnection, rules: MatchingRules, frequencies: dict[str, pa.Table], *, typical: int
) -> Model:
    """A model to read levels, measures and the population's figures with, of the population of ``prepare``."""
    records = cursor.execute("SELECT count(*) FROM record").fetchall()[0][0]
    figures = measure_figures(cursor, rules=rules, records="record", pairs="candidate")
    model = neutral_model(rules, frequencies, population=typical)
    return in_population(model, rules, records=records, figures=figures)
