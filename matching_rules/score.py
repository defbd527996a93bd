"""Scoring candidate pairs: the match weight of each pair, and which level each comparison fell into.

One SELECT, compiled from the rules and the model, gives the weights Splink's ``predict`` would give (the tests hold
them equal) without its tables, caches and set-up: a night's few pairs and a first load's millions are scored alike.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from matching_rules.comparisons import condition, contradiction_condition, null_condition
from matching_rules.measures import measure
from matching_rules.model import Model
from matching_rules.rules import Comparison, MatchingRules
from matching_rules.second import Floats
from matching_rules.statements import statement

_BATCH = 100_000


def score_pairs(
    cursor: duckdb.DuckDBPyConnection, *, rules: MatchingRules, model: Model, records: str, pairs: str, into: str
) -> None:
    """Creates table ``into``(record_a, record_b, match_weight DOUBLE, first_stage_weight DOUBLE), one row per pair: the
    deciding weight, and beside it the first stage's (Splink's), as in a population like the model's.

    ``records`` is typed (``block.type_records``), ``pairs`` has record_a and record_b, each pair once.
    """
    query = _score_query(rules, model, records, pairs)
    _make(cursor, into="first_stage", columns="record_a, record_b, first_weight, crowded", model=model, query=query)
    _weigh_unsure(cursor, rules=rules, model=model, records=records)
    cursor.execute(f"CREATE OR REPLACE TABLE {into} AS {statement('deciding_weight')}").fetchall()  # own table name
    cursor.execute("DROP TABLE first_stage").fetchall()
    cursor.execute("DROP TABLE second_stage").fetchall()


def _weigh_unsure(cursor: duckdb.DuckDBPyConnection, *, rules: MatchingRules, model: Model, records: str) -> None:
    """Creates ``second_stage``(record_a, record_b, weight): of the pairs the first stage is unsure of."""
    cursor.execute("CREATE OR REPLACE TABLE second_stage (record_a BIGINT, record_b BIGINT, weight DOUBLE)").fetchall()
    if model.second is None or rules.second_stage is None:
        return
    low, high = rules.second_stage.between
    cursor.execute(
        "CREATE OR REPLACE TEMP TABLE unsure AS SELECT record_a, record_b, first_weight FROM first_stage"
        f" WHERE first_weight BETWEEN {low!r} AND {high!r}"
    ).fetchall()
    with measured_pairs(cursor, rules=rules, model=model, records=records, pairs="temp.unsure") as batches:
        weighed = [
            pa.table({"record_a": a, "record_b": b, "weight": model.second.weigh(measured)})
            for a, b, measured in batches
        ]
    if weighed:
        cursor.register("weighed", pa.concat_tables(weighed))
        cursor.execute("INSERT INTO second_stage FROM weighed").fetchall()
        cursor.unregister("weighed")
    cursor.execute("DROP TABLE temp.unsure").fetchall()


@contextmanager
def measured_pairs(
    cursor: duckdb.DuckDBPyConnection, *, rules: MatchingRules, model: Model, records: str, pairs: str
) -> Iterator[Iterator[tuple[pa.Array, pa.Array, Floats]]]:
    """The second stage's measures of ``pairs``(record_a, record_b, first_weight), batch by batch.

    Each batch: record_a, record_b, and a matrix of one row per pair, the rules' measures and the first-stage weight
    its columns, NaN where there is nothing to measure.
    """
    stage = rules.second_stage
    if stage is None:
        raise ValueError("these rules have no second stage")
    with _frequencies(cursor, model):
        query = statement(
            "measured_pair",
            pairs=pairs,
            measures=", ".join(
                [
                    *(f"{measure(spec, rules.columns)} AS {name}" for name, spec in stage.measures.items()),
                    *(f"{_figure(model, name)} AS {name}" for name in stage.population),
                ]
            ),
            **_sides(rules, model, records),
        )
        reader = cursor.sql(query).to_arrow_reader(_BATCH)
        yield ((b.column(0), b.column(1), _matrix(b)) for b in reader)


def population_expressions(model: Model) -> dict[str, str]:
    """What measures read of the population, as DuckDB expressions by name, the same for every pair."""
    # a small file gains nothing: who has few customers knows no more about strangers
    records = max(model.records or 1, model.file.population)
    return {"records_log2": f"{math.log2(records)!r}::DOUBLE"}


def _figure(model: Model, name: str) -> str:
    """A figure of the population, the same for every pair."""
    value = model.figures.get(name)
    return "NULL::FLOAT" if value is None else f"{value!r}::FLOAT"


def _matrix(batch: pa.RecordBatch) -> Floats:
    columns = [c.to_numpy(zero_copy_only=False).astype(np.float32) for c in batch.columns[2:]]
    return np.column_stack(columns)


def score_levels(
    cursor: duckdb.DuckDBPyConnection, *, rules: MatchingRules, model: Model, records: str, pairs: str, into: str
) -> None:
    """Like ``score_pairs``, with gamma_<comparison> TINYINT and, where rarity counts, rarity_<comparison> (bits).

    For training and explaining; the weight is the first stage's in a population like the model's. A gamma is the
    level's number counted from the last (0) upwards, -1 where nothing could be compared.
    """
    gammas = [f"gamma_{c.name}" for c in rules.comparisons]
    rare = [f"rarity_{c.name}" for c in rules.comparisons if any(level.frequency for level in c.levels)]
    weight = "first_weight AS match_weight"
    columns = ", ".join(["record_a", "record_b", weight, *gammas, *(rare if model.frequencies else ())])
    query = _score_query(rules, model, records, pairs)
    _make(cursor, into=into, columns=columns, model=model, query=query)


def _make(cursor: duckdb.DuckDBPyConnection, *, into: str, columns: str, model: Model, query: str) -> None:
    with _frequencies(cursor, model):
        cursor.execute(f"CREATE OR REPLACE TABLE {into} AS SELECT {columns} FROM ({query})").fetchall()


@contextmanager
def _frequencies(cursor: duckdb.DuckDBPyConnection, model: Model) -> Iterator[None]:
    """The model's value frequencies as temporary tables ``frequency_<column>``."""
    for column, table in model.frequencies.items():
        cursor.register("arriving", table)
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE frequency_{column} AS FROM arriving").fetchall()  # a rule column
        cursor.unregister("arriving")
    yield
    for column in model.frequencies:
        cursor.execute(f"DROP TABLE temp.frequency_{column}").fetchall()


def _frequent(rules: MatchingRules, model: Model) -> list[str]:
    return [c for c in rules.frequency_columns if c in model.frequencies]


def _sides(rules: MatchingRules, model: Model, records: str) -> dict[str, str]:
    """What both statements need to read the two records of a pair, with the frequencies of their values."""
    frequent = _frequent(rules, model)
    absent = [c for c in rules.frequency_columns if c not in frequent]
    sides = [f'a."{c}" AS "{c}_l", b."{c}" AS "{c}_r"' for c in rules.columns]
    sides += [f'a."frequency_{c}" AS "frequency_{c}_l", b."frequency_{c}" AS "frequency_{c}_r"' for c in frequent]
    sides += [f'NULL::DOUBLE AS "frequency_{c}_l", NULL::DOUBLE AS "frequency_{c}_r"' for c in absent]
    sides += [f"{text} AS {name}" for name, text in population_expressions(model).items()]
    return {
        "records": records,
        "known": "".join(f', f_{c}.frequency AS "frequency_{c}"' for c in frequent),
        "frequencies": "".join(f' LEFT JOIN temp.frequency_{c} f_{c} ON f_{c}.value = r."{c}"' for c in frequent),
        "sides": ", ".join(sides),
    }


@dataclass(frozen=True)
class ScoreExpressions:
    """What scores a pair, as DuckDB expressions by name, each over both sides' columns and those before it.

    ``rarest``: per frequency column the frequency that counts; ``gammas`` and ``rarities``: per comparison its level,
    and the bits of its rarity; ``weight`` and ``crowded`` in bits, the first stage's.
    """

    rarest: Mapping[str, str]
    gammas: Mapping[str, str]
    rarities: Mapping[str, str]
    weight: str
    crowded: str


def score_expressions(rules: MatchingRules, model: Model) -> ScoreExpressions:
    """All names come from the validated rule file, all conditions from named predicates."""
    frequent = _frequent(rules, model)
    rarities = {f"rarity_{c.name}": t for c in rules.comparisons if (t := _rarity(c, model, frequent)) is not None}
    total = [f"{model.prior_weight!r}::DOUBLE", *(_weight(c, model) for c in rules.comparisons), *rarities]
    crowded = [_crowded(c, model) for c in rules.comparisons if any(level.crowded for level in c.levels)]
    return ScoreExpressions(
        # where two values agree by half (a nickname), the more frequent of the two counts
        rarest={f"frequency_{c}": f'greatest("frequency_{c}_l", "frequency_{c}_r")' for c in frequent},
        gammas={f"gamma_{c.name}": _gamma(c, rules) for c in rules.comparisons},
        rarities=rarities,
        weight=" + ".join(total),
        crowded=" + ".join(["0::DOUBLE", *crowded]),
    )


def _score_query(rules: MatchingRules, model: Model, records: str, pairs: str) -> str:
    made = score_expressions(rules, model)
    return statement(
        "scored_pair",
        pairs=pairs,
        rarest="".join(f', {text} AS "{name}"' for name, text in made.rarest.items()),
        gammas=", ".join(f"{text} AS {name}" for name, text in made.gammas.items()),
        rarities="".join(f", {text} AS {name}" for name, text in made.rarities.items()),
        weight=made.weight,
        crowded=made.crowded,
        **_sides(rules, model, records),
    )


def _crowded(comparison: Comparison, model: Model) -> str:
    """The bits a pair loses in a population larger than the model's."""
    gammas = [str(gamma) for place, gamma in _numbered(comparison) if comparison.levels[place].crowded]
    return f"CASE WHEN gamma_{comparison.name} IN ({', '.join(gammas)}) THEN {model.crowding!r}::DOUBLE ELSE 0 END"


def _numbered(comparison: Comparison) -> list[tuple[int, int]]:
    """(place in the rule file, gamma) of each level: gammas count from the last level upwards."""
    last = len(comparison.levels) - 1
    return [(place, last - place) for place in range(last + 1)]


def _gamma(comparison: Comparison, rules: MatchingRules) -> str:
    cases = [f"WHEN {null_condition(comparison)} THEN -1"]
    for place, gamma in _numbered(comparison):
        when = comparison.levels[place].when
        cases.append(f"ELSE {gamma}" if when is None else f"WHEN {condition(when, rules.columns)} THEN {gamma}")
    return f"CAST(CASE {' '.join(cases)} END AS TINYINT)"


def _weight(comparison: Comparison, model: Model) -> str:
    parameters = model.file.levels[comparison.name]
    cases = [
        f"WHEN {gamma} THEN {parameters[comparison.levels[place].label].weight!r}::DOUBLE"
        for place, gamma in _numbered(comparison)
    ]
    return f"CASE gamma_{comparison.name} {' '.join(cases)} ELSE 0 END"


def _rarity(comparison: Comparison, model: Model, frequent: list[str]) -> str | None:
    """The bits by which an agreeing value is rarer than agreement on average; 0 where its frequency is not known."""
    cases = []
    for place, gamma in _numbered(comparison):
        level = comparison.levels[place]
        if level.frequency in frequent and level.when is not None:
            average = math.log2(model.file.levels[comparison.name][level.label].u)
            bits = f'{model.file.frequency_weight!r}::DOUBLE * ({average!r} - log2("frequency_{level.frequency}"))'
            cases.append(f"WHEN {gamma} THEN coalesce({bits}, 0)")
    return f"CASE gamma_{comparison.name} {' '.join(cases)} ELSE 0 END" if cases else None


def find_contradictions(
    cursor: duckdb.DuckDBPyConnection, *, rules: MatchingRules, records: str, pairs: str, into: str
) -> None:
    """Creates table ``into``(record_a, record_b, contradiction VARCHAR, bare BOOLEAN) of the pairs with an objection:
    those that can never be one customer, by name of the contradiction, and those with nothing but a name in common.

    ``pairs``: record_a, record_b, match_weight. A contradiction can be outweighed (``rules.contradictions``).
    """
    objections = objection_expressions(rules)
    limits = "".join(f" WHEN '{_escaped(name)}' THEN {bits!r}" for name, (_, bits) in rules.contradictions.items())
    query = statement(
        "contradiction",
        records=records,
        pairs=pairs,
        sides=", ".join(f'a."{c}" AS "{c}_l", b."{c}" AS "{c}_r"' for c in rules.columns),
        contradiction=objections["contradiction"],
        limit=f"CASE contradiction{limits} END" if limits else "NULL",
        bare=objections["bare"],
    )
    cursor.execute(f"CREATE OR REPLACE TABLE {into} AS {query}").fetchall()


def objection_expressions(rules: MatchingRules) -> dict[str, str]:
    """What speaks against a pair, as DuckDB expressions: ``contradiction`` (its name or NULL) and ``bare``.

    Whether its weight goes before the contradiction is for who has the weight to say (``rules.believed``).
    """
    cases = "".join(
        f" WHEN {contradiction_condition(c, rules.columns)} THEN '{_escaped(c.name)}'"
        for c, _ in rules.contradictions.values()
    )
    return {
        "contradiction": f"CASE{cases} END" if cases else "NULL",
        "bare": "false" if rules.facts is None else f"NOT coalesce({condition(rules.facts, rules.columns)}, false)",
    }


def _escaped(text: str) -> str:
    return text.replace("'", "''")
