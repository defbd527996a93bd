"""A trained model: what each comparison level weighs, how rare values are, and where that was learnt.

A model is a dated, immutable folder ``<entity type>-<date>[-n]`` with ``model.json``, one ``tf_<column>.parquet``
(value, frequency) per frequency column and, where one was trained, the second stage's trees in ``second_stage.ubj``.
``model.json`` ends with a seal: what every part was when training saved it. A model that lacks a level of the rules,
whose numbers make no sense or whose parts are not those that were sealed, is refused: a silent default, or a number
changed by hand, would decide about people.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from matching_rules.comparisons import condition, null_condition
from matching_rules.errors import RuleError
from matching_rules.rules import MatchingRules, Thresholds
from matching_rules.second import SecondStage, load_second_stage

SHIPPED_MODELS = Path(__file__).parent / "models"
SECOND_STAGE = "second_stage.ubj"
_MODEL = "model.json"

# Nothing that was learnt weighs as much: a number edited by hand, or a probability that was written as 0.
_HEAVIEST = 60.0

Probability = Annotated[float, Field(gt=0, le=1)]


class LevelParameters(BaseModel):
    """m: how often true pairs fall into the level; u: how often other pairs do. The weight is log2(m / u)."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    m: Probability
    u: Probability

    @property
    def weight(self) -> float:
        return math.log2(self.m / self.u)


class CalibrationFile(BaseModel):
    """Log-odds in bits of a match weight in the population the model was trained for: slope * weight + shift."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    slope: Annotated[float, Field(gt=0)]
    shift: float


class ModelFile(BaseModel):
    """``model.json``. ``card`` says how the numbers came about: code, data, seeds, figures.

    ``thresholds`` are the lines chosen for this model; without them the rule file's hold. ``calibration`` is for
    showing
    probabilities; without it a weight is taken at its word.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    entity_type: str
    name: str
    prior: Annotated[float, Field(gt=0, lt=1)]
    levels: dict[str, dict[str, LevelParameters]]
    population: Annotated[int, Field(ge=1)]  # records of a typical population it was trained on
    frequency_weight: Annotated[float, Field(ge=0, le=1)] = 1.0
    thresholds: Thresholds | None = None
    calibration: CalibrationFile | None = None
    card: dict[str, Any]


@dataclass(frozen=True)
class Model:
    """A model file with its term frequencies (column -> Arrow table of value, frequency) and the second stage where
    there is one; of the population at hand: how many records it has, what it is like (``population.measure_figures``;
    empty: not known), and the bits that crowded levels lose in it.
    """

    file: ModelFile
    frequencies: Mapping[str, pa.Table]
    second: SecondStage | None = None
    crowding: float = 0.0
    records: int | None = None
    figures: Mapping[str, float | None] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.file.name

    @property
    def prior_weight(self) -> float:
        return math.log2(self.file.prior / (1 - self.file.prior))


def in_population(
    model: Model, rules: MatchingRules, *, records: int, figures: Mapping[str, float | None] | None = None
) -> Model:
    """The model for a population of so many records and what it is like: crowded levels weigh less in a larger one.

    Strangers that agree by chance grow in number with the population while one customer's records do not, so the odds
    of such an agreement fall (Bayes' rule; the trained weight holds at ``population``). They fall slower than the
    population grows, because blocking leaves crowded keys out: the rules say by how many bits a doubling
    (``guards.crowding``; measured in decision 0006). A small file gains nothing: who has few customers knows no more.
    """
    bits = rules.guards.crowding * math.log2(max(records, 1) / model.file.population)
    return replace(model, crowding=max(0.0, bits), records=records, figures=figures or {})


def with_lines_of(rules: MatchingRules, file: ModelFile) -> MatchingRules:
    """The rules with the lines the model was given, unless the rule file holds on to its own (``thresholds.hold``)."""
    if file.thresholds is None or rules.thresholds.hold:
        return rules
    return rules.model_copy(update={"thresholds": file.thresholds})


def as_parameters(weight: float, *, frequency: float | None = None) -> LevelParameters:
    """A weight as (m, u) with log2(m/u) = weight. ``frequency`` fixes u where rarity is measured against it."""
    if frequency is not None:
        return LevelParameters(m=min(1.0, frequency * 2**weight), u=frequency)
    if weight >= 0:
        return LevelParameters(m=0.9, u=0.9 * 2**-weight)
    return LevelParameters(m=0.9 * 2**weight, u=0.9)


def load_model(folder: Path, rules: MatchingRules) -> Model:
    """The model in ``folder``, checked against the rules. RuleError says what is missing or impossible."""
    path = folder / _MODEL
    file, said, seal = _read_file(path)
    if file.entity_type != rules.entity_type:
        raise RuleError(f"{path}:1: a model for {file.entity_type}, not for {rules.entity_type}")
    file = _with_assumed(file, rules)
    missing = missing_levels(file, rules)
    if missing:
        raise RuleError(
            f"{path}:1: the rules have levels this model never learnt: {'; '.join(missing)}."
            " Give each of them an `assumed` weight in the rule file, or name them as the model does."
        )
    if faults := _faults(file, rules):
        raise RuleError(f"{path}:1: {'; '.join(faults)}. {_MEND}")
    frequencies = {c: _read_frequencies(folder / f"tf_{c}.parquet") for c in rules.frequency_columns}
    second = folder / SECOND_STAGE
    stage = load_second_stage(second, rules.second_stage.names) if rules.second_stage and second.exists() else None
    _hold_to_seal(folder, said, seal)
    return Model(file=file, frequencies=frequencies, second=stage)


_MEND = "A model is not edited by hand: take its folder away, and the one before it counts"


def _read_file(path: Path) -> tuple[ModelFile, str, Mapping[str, str]]:
    """``model.json``, the digest of what it says, and the seal in it; an empty one where an older version saved it."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise RuleError(f"{path}:1: there is no such model") from None
    except UnicodeDecodeError:
        raise RuleError(f"{path}:1: not UTF-8 text. {_MEND}") from None
    try:
        content = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        line, what = (error.lineno, error.msg) if isinstance(error, json.JSONDecodeError) else (1, "nested too deep")
        raise RuleError(f"{path}:{line}: not valid JSON: {what}. {_MEND}") from None
    seal = content.pop("seal", {}) if isinstance(content, dict) else {}
    try:
        file = ModelFile.model_validate_json(json.dumps(content))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RuleError(
            f"{path}:1: {where + ': ' if where else ''}{first['msg']}{_made_by(content)}. {_MEND}"
        ) from None
    return file, _content_digest(content), seal


def _made_by(content: object) -> str:
    """The version that trained a model this one cannot read, where its card says so."""
    card = content.get("card") if isinstance(content, dict) else None
    code = card.get("code") if isinstance(card, dict) else None
    code = code.get("version") if isinstance(code, dict) else code
    return "" if code is None else f" (the model was made by version {code})"


def _content_digest(content: Mapping[str, Any]) -> str:
    """Of what ``model.json`` says, however it is laid out."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _sealed_parts(folder: Path) -> dict[str, str]:
    """The digest of each file beside ``model.json`` that decides with it."""
    files = sorted(p for p in folder.iterdir() if p.name == SECOND_STAGE or p.name.startswith("tf_"))
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def _hold_to_seal(folder: Path, said: str, seal: Mapping[str, str]) -> None:
    """RuleError when a file was changed, added or taken away since training saved the model."""
    if not seal:
        return
    there = _sealed_parts(folder) | {_MODEL: said}
    if changed := sorted(name for name in there.keys() | seal.keys() if there.get(name) != seal.get(name)):
        raise RuleError(f"{folder / changed[0]}:1: not as training saved it. {_MEND}")


def _faults(file: ModelFile, rules: MatchingRules) -> list[str]:
    """Numbers that decide nonsense: weights beyond belief, and a better level that weighs less than a worse one."""
    prior = math.log2(file.prior / (1 - file.prior))
    faults = [f"the prior weighs {prior:.0f} bits"] if abs(prior) > _HEAVIEST else []
    for comparison in rules.comparisons:
        weights = [(level.label, file.levels[comparison.name][level.label].weight) for level in comparison.levels]
        faults += [
            f"{comparison.name}: {label!r} weighs {weight:.0f} bits"
            for label, weight in weights
            if abs(weight) > _HEAVIEST
        ]
    return faults + [
        f"{upper.comparison}: {upper.label!r} ({upper.weight:.1f} bits) weighs less than {lower.label!r}"
        f" ({lower.weight:.1f}), which stands below it"
        for upper, lower in falling_levels(file, rules)
    ]


def _with_assumed(file: ModelFile, rules: MatchingRules) -> ModelFile:
    """The file with the levels it never learnt and for which the rules assume a weight. Where rarity counts, it would
    have to be measured: such a level is not filled in.
    """
    levels = {name: dict(of) for name, of in file.levels.items()}
    for comparison in rules.comparisons:
        of = levels.setdefault(comparison.name, {})
        for level in comparison.levels:
            if level.label not in of and level.assumed is not None and level.frequency is None:
                of[level.label] = as_parameters(level.assumed)
    return file.model_copy(update={"levels": levels})


@dataclass(frozen=True)
class LevelWeight:
    """A comparison's level and its weight in bits."""

    comparison: str
    label: str
    weight: float


def falling_levels(file: ModelFile, rules: MatchingRules) -> list[tuple[LevelWeight, LevelWeight]]:
    """Neighbouring levels (better, worse) of which the better weighs less, by more than numbers are rounded.

    Evidence then acts against what the rule file says: more agreement, less weight.
    """
    found = []
    for comparison in rules.comparisons:
        of = file.levels[comparison.name]
        levels = [LevelWeight(comparison.name, level.label, of[level.label].weight) for level in comparison.levels]
        found += [(a, b) for a, b in pairwise(levels) if a.weight < b.weight - 1e-6]
    return found


def unused_parts(folder: Path, model: Model, rules: MatchingRules) -> list[str]:
    """What of a model the rules leave unused, or lack: one line each. Nothing wrong as such, and seldom meant."""
    known = {c.name: {level.label for level in c.levels} for c in rules.comparisons}
    strange = [
        f"{comparison}: {label}"
        for comparison, levels in model.file.levels.items()
        for label in levels
        if label not in known.get(comparison, ())
    ]
    said = []
    if strange:
        said.append(f"levels that the rules do not name, and that count for nothing: {'; '.join(strange)}")
    if model.file.name != folder.name:
        said.append(f"the model calls itself {model.file.name!r}: a copy, which runs will be recorded under that name")
    if otherwise := _read_otherwise(model.file, rules):
        said.append(f"learnt when the rules read these otherwise: {'; '.join(otherwise)}. `mdm train` learns them anew")
    if rules.second_stage is not None and model.second is None:
        said.append(f"the rules name a second stage, and there is no {SECOND_STAGE}: only the first stage decides")
    return said


def read_as(rules: MatchingRules) -> dict[str, Any]:
    """How the rules read levels and measures, for a card: a weight means what its level said when it was learnt."""

    def digest(*parts: object) -> str:
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:8]

    levels = {c.name: {lv.label: digest(c.needs, lv.when) for lv in c.levels} for c in rules.comparisons}
    stage = rules.second_stage
    measures = (
        {} if stage is None else {name: digest(spec) for name, spec in (stage.measures | stage.population).items()}
    )
    return {"levels": levels, "measures": measures}


def _read_otherwise(file: ModelFile, rules: MatchingRules) -> list[str]:
    """Levels and measures the model learnt under a name that says something else now."""
    learnt, now = file.card.get("read_as"), read_as(rules)
    if not isinstance(learnt, dict):
        return []
    levels = [
        f"{comparison}: {label}"
        for comparison, of in now["levels"].items()
        for label, reading in of.items()
        if learnt["levels"].get(comparison, {}).get(label, reading) != reading
    ]
    return levels + [
        name for name, reading in now["measures"].items() if learnt["measures"].get(name, reading) != reading
    ]


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
    if not pa.types.is_string(table.schema.field("value").type) and not pa.types.is_large_string(
        table.schema.field("value").type
    ):
        raise RuleError(f"{path}:1: the values must be text")
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
    if model.second is not None:
        model.second.save(folder / SECOND_STAGE)
    for column, table in model.frequencies.items():
        pq.write_table(table, folder / f"tf_{column}.parquet", compression="zstd")
    # last, with the seal: a folder without it is no model yet
    content = {name: value for name, value in json.loads(model.file.model_dump_json()).items() if value is not None}
    sealed = content | {"seal": {_MODEL: _content_digest(content)} | _sealed_parts(folder)}
    text = json.dumps(sealed, indent=1, ensure_ascii=False, sort_keys=True)
    (folder / _MODEL).write_text(text + "\n", encoding="utf-8")
    return folder


def newest_model(entity_type: str, *parents: Path) -> Path:
    """The newest model folder of an entity type in the first parent that has one. RuleError when none has."""
    for parent in parents:
        found = sorted(p for p in parent.glob(f"{entity_type}-*") if (p / _MODEL).is_file())
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
