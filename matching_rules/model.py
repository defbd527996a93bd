"""A trained model: what each comparison level weighs, how rare values are, and where that was learnt.

A model is a dated, immutable folder ``<entity type>-<date>[-n]`` with ``model.json``, one ``tf_<column>.parquet``
(value, frequency) per frequency column and, where one was trained, the second stage's trees in ``second_stage.ubj``. A
model that lacks a level of the rules, or whose numbers make no sense, is refused: a silent default would decide about
people.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from matching_rules.comparisons import condition, null_condition
from matching_rules.errors import RuleError
from matching_rules.rules import MatchingRules
from matching_rules.second import SecondStage, load_second_stage

SHIPPED_MODELS = Path(__file__).parent / "models"
SECOND_STAGE = "second_stage.ubj"

Probability = Annotated[float, Field(gt=0, le=1)]


class LevelParameters(BaseModel):
    """m: how often true pairs fall into the level; u: how often other pairs do. The weight is log2(m / u)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    m: Probability
    u: Probability

    @property
    def weight(self) -> float:
        return math.log2(self.m / self.u)


class ModelFile(BaseModel):
    """``model.json``. ``card`` says how the numbers came about: code, data, seeds, figures."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    entity_type: str
    name: str
    prior: Annotated[float, Field(gt=0, lt=1)]
    levels: dict[str, dict[str, LevelParameters]]
    population: Annotated[int, Field(ge=1)]  # records of a typical population it was trained on
    frequency_weight: Annotated[float, Field(ge=0, le=1)] = 1.0
    card: dict[str, Any]


@dataclass(frozen=True)
class Model:
    """A model file with its term frequencies (column -> Arrow table of value, frequency), the second stage where there
    is one, and the bits that crowded levels lose in the population at hand.
    """

    file: ModelFile
    frequencies: Mapping[str, pa.Table]
    second: SecondStage | None = None
    crowding: float = 0.0

    @property
    def name(self) -> str:
        return self.file.name

    @property
    def prior_weight(self) -> float:
        return math.log2(self.file.prior / (1 - self.file.prior))


def in_population(model: Model, rules: MatchingRules, *, records: int) -> Model:
    """The model for a population of so many records: crowded levels weigh less in a larger one.

    Strangers that agree by chance grow in number with the population while one customer's records do not, so the odds
    of such an agreement fall (Bayes' rule; the trained weight holds at ``population``). They fall slower than the
    population grows, because blocking leaves crowded keys out: the rules say by how many bits a doubling
    (``guards.crowding``; measured in decision 0006). A small file gains nothing: who has few customers knows no more.
    """
    bits = rules.guards.crowding * math.log2(max(records, 1) / model.file.population)
    return replace(model, crowding=max(0.0, bits))


def as_parameters(weight: float, *, frequency: float | None = None) -> LevelParameters:
    """A weight as (m, u) with log2(m/u) = weight. ``frequency`` fixes u where rarity is measured against it."""
    if frequency is not None:
        return LevelParameters(m=min(1.0, frequency * 2**weight), u=frequency)
    if weight >= 0:
        return LevelParameters(m=0.9, u=0.9 * 2**-weight)
    return LevelParameters(m=0.9 * 2**weight, u=0.9)


def load_model(folder: Path, rules: MatchingRules) -> Model:
    """The model in ``folder``, checked against the rules. RuleError says what is missing or impossible."""
    path = folder / "model.json"
    try:
        file = ModelFile.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RuleError(f"{path}:1: there is no such model") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RuleError(f"{path}:1: {where}: {first['msg']}") from None
    if file.entity_type != rules.entity_type:
        raise RuleError(f"{path}:1: a model for {file.entity_type}, not for {rules.entity_type}")
    missing = missing_levels(file, rules)
    if missing:
        raise RuleError(
            f"{path}:1: the rules have levels this model never learnt: {'; '.join(missing)}. Run `mdm train`."
        )
    frequencies = {c: _read_frequencies(folder / f"tf_{c}.parquet") for c in rules.frequency_columns}
    second = folder / SECOND_STAGE
    stage = (
        load_second_stage(second, tuple(rules.second_stage.measures))
        if rules.second_stage and second.exists()
        else None
    )
    return Model(file=file, frequencies=frequencies, second=stage)


def _read_frequencies(path: Path) -> pa.Table:
    """The value frequencies at ``path`` (value, frequency), by value. RuleError when they make no sense."""
    try:
        table = pq.read_table(path)
    except FileNotFoundError:
        raise RuleError(f"{path}:1: the model's value frequencies are missing") from None
    except (pa.ArrowException, OSError):
        raise RuleError(f"{path}:1: not a Parquet file") from None
    if table.column_names != ["value", "frequency"]:
        raise RuleError(f"{path}:1: the columns must be value and frequency")
    values, frequencies = table.column("value"), table.column("frequency").to_pylist()
    if values.null_count or len(set(values.to_pylist())) != table.num_rows:
        raise RuleError(f"{path}:1: every value must stand there once")
    if not all(f is not None and 0 < f <= 1 for f in frequencies):
        raise RuleError(f"{path}:1: a frequency must lie above 0 and not above 1")
    return table


def missing_levels(file: ModelFile, rules: MatchingRules) -> list[str]:
    """Levels of the rules without parameters in the model."""
    return [
        f"{c.name}: {lv.label}"
        for c in rules.comparisons
        for lv in c.levels
        if lv.label not in file.levels.get(c.name, {})
    ]


def save_model(model: Model, parent: Path) -> Path:
    """Writes the model as a new folder below ``parent``; an existing one is never touched (FileExistsError)."""
    folder = parent / model.name
    folder.mkdir(parents=True)
    text = json.dumps(model.file.model_dump(), indent=1, ensure_ascii=False, sort_keys=True)
    (folder / "model.json").write_text(text + "\n", encoding="utf-8")
    if model.second is not None:
        model.second.save(folder / SECOND_STAGE)
    for column, table in model.frequencies.items():
        pq.write_table(table, folder / f"tf_{column}.parquet", compression="zstd")
    return folder


def newest_model(entity_type: str, *parents: Path) -> Path:
    """The newest model folder of an entity type in the first parent that has one. RuleError when none has."""
    for parent in parents:
        found = sorted(p for p in parent.glob(f"{entity_type}-*") if (p / "model.json").is_file())
        if found:
            return found[-1]
    raise RuleError(f"{parents[-1]}:1: there is no model for {entity_type}; run `mdm train`")


def splink_settings(rules: MatchingRules, model: Model) -> dict[str, Any]:
    """The rules and the model's numbers as Splink 5 settings (DuckDB dialect)."""
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "record_id",
        "probability_two_random_records_match": model.file.prior,
        "blocking_rules_to_generate_predictions": [],
        "comparisons": [_splink_comparison(c, rules, model) for c in rules.comparisons],
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": False,
    }


def _splink_comparison(comparison: Any, rules: MatchingRules, model: Model) -> dict[str, Any]:
    levels: list[dict[str, Any]] = [
        {"sql_condition": null_condition(comparison), "label_for_charts": "not comparable", "is_null_level": True}
    ]
    for level in comparison.levels:
        parameters = model.file.levels[comparison.name][level.label]
        entry: dict[str, Any] = {
            "sql_condition": "ELSE" if level.when is None else condition(level.when, rules.columns),
            "label_for_charts": level.label,
            "m_probability": parameters.m,
            "u_probability": parameters.u,
        }
        if level.frequency:
            entry["tf_adjustment_column"] = level.frequency
            entry["tf_adjustment_weight"] = model.file.frequency_weight
            entry["disable_tf_exact_match_detection"] = True
        levels.append(entry)
    return {
        "output_column_name": comparison.name,
        "comparison_description": comparison.name,
        "comparison_levels": levels,
    }
