"""Explaining: what makes two records weigh what they weigh, which blocking rules pair them, how a cluster came about.

Everything is computed from what decides (``score``, ``second``, ``cluster``), never from a copy of it: the parts of an
explanation sum to the weight that matching gives the pair.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any, Literal

import duckdb
import pyarrow as pa

from matching_rules.cluster import Clustering, Component, Join
from matching_rules.model import Model
from matching_rules.rules import BlockingRule, Comparison, KeyPart, MatchingRules
from matching_rules.score import find_contradictions, measured_pairs, score_levels
from matching_rules.statements import statement

Pair = tuple[int, int]
Values = tuple[str, ...]
Stage = Literal["first", "second"]

NOTHING = "nothing to compare"
"""What a comparison or measure says where a side has no value."""


@dataclass(frozen=True)
class Shown:
    """The comparable values of one column in both records."""

    column: str
    a: Values
    b: Values


@dataclass(frozen=True)
class Contribution:
    """What one comparison (first stage) or measure (second stage) adds to the weight, in bits.

    ``says``: the level it fell into, or what was measured. ``rarity``: the term-frequency part, apart from ``weight``.
    """

    name: str
    says: str
    weight: float
    rarity: float
    values: tuple[Shown, ...]

    @property
    def bits(self) -> float:
        """Both parts together."""
        return self.weight + self.rarity


@dataclass(frozen=True)
class Evidence:
    """A pair's weight taken apart: ``start + sum(bits of contributions) - crowded == match_weight``.

    ``first_stage`` are the comparisons, which sum with ``prior`` to ``first_weight``; where the first stage decides
    they are the contributions. ``crowded``: bits lost because strangers agree by chance in a large population.
    ``contradiction``: the rule by which both can never be one customer. ``bare``: nothing but a name in common.
    """

    record_a: int
    record_b: int
    match_weight: float
    decided_by: Stage
    start: float
    contributions: tuple[Contribution, ...]
    crowded: float
    first_weight: float
    prior: float
    first_stage: tuple[Contribution, ...]
    contradiction: str | None
    bare: bool


@dataclass(frozen=True)
class SharedKey:
    """A blocking key two records share, with the values that make it."""

    key: int
    values: Values


@dataclass(frozen=True)
class Agreement:
    """How two records stand under one blocking rule: the keys they share; ``differing``: parts without a common value.

    ``column``: the column whose noise makes no key, where the rule is about one such column alone.
    """

    rule: str
    largest_block: int
    column: str | None
    parts: tuple[str, ...]
    keys: tuple[SharedKey, ...]
    differing: tuple[Shown, ...]


@dataclass(frozen=True)
class Formation:
    """How a cluster came about: the joins inside it, in order, and the one with the lowest linkage a machine made."""

    joins: tuple[Join, ...]
    weakest: Join | None


def explain_pairs(
    cursor: duckdb.DuckDBPyConnection, *, rules: MatchingRules, model: Model, records: str, pairs: str
) -> list[Evidence]:
    """The evidence of each pair of ``pairs``(record_a, record_b), in their order by record.

    ``records`` is typed (``block.type_records``) and without noise. For a screen of pairs, not for millions.
    """
    score_levels(cursor, rules=rules, model=model, records=records, pairs=pairs, into="explained_level")
    levels = _rows(cursor, "FROM explained_level ORDER BY record_a, record_b")
    columns = ", ".join(f'"{column}"' for column in rules.columns)
    found = _rows(cursor, statement("explain_value", pairs=pairs, records=records, columns=columns))
    values = {row["record_id"]: row for row in found}
    measured = _measured(cursor, rules=rules, model=model, records=records)
    # whether the weight outweighs a contradiction is seen below, when it is known
    unweighed = f"(SELECT record_a, record_b, '-infinity'::DOUBLE AS match_weight FROM {pairs})"
    find_contradictions(cursor, rules=rules, records=records, pairs=unweighed, into="explained_objection")
    objections = {(r["record_a"], r["record_b"]): r for r in _rows(cursor, "FROM explained_objection")}
    cursor.execute("DROP TABLE explained_level; DROP TABLE explained_objection").fetchall()
    explained = []
    for level in levels:
        pair = (level["record_a"], level["record_b"])
        objection = objections.get(pair, {"contradiction": None, "bare": False})
        explained.append(
            evidence_of(
                level=level,
                measured=measured.get(pair),
                objection=objection,
                sides=(values[pair[0]], values[pair[1]]),
                rules=rules,
                model=model,
            )
        )
    return explained


def evidence_of(
    *,
    level: Mapping[str, Any],
    measured: Measured | None,
    objection: Mapping[str, Any],
    sides: tuple[Mapping[str, Any], Mapping[str, Any]],
    rules: MatchingRules,
    model: Model,
) -> Evidence:
    """One pair's evidence from what was computed of it: ``level`` has record_a, record_b, match_weight (the first
    stage's) and the gammas and rarities of the comparisons, ``objection`` contradiction and bare, ``sides`` the
    comparable values by column.
    """
    first_stage = tuple(_compared(c, level, sides, rules, model) for c in rules.comparisons)
    crowded = sum(model.crowding for c in rules.comparisons if _is_crowded(c, level[f"gamma_{c.name}"]))
    first_weight = level["match_weight"]
    if measured is None:
        decided, start, weight, parts = "first", model.prior_weight, first_weight, first_stage
    else:
        decided, weight = "second", measured.weight
        parts = _weighed(measured, sides, rules)
        # the trees' bias, and with it the few millionths of a bit by which their contributions are rounded
        start = weight - math.fsum(part.bits for part in parts)
    return Evidence(
        record_a=level["record_a"],
        record_b=level["record_b"],
        match_weight=weight - crowded,
        decided_by="first" if decided == "first" else "second",
        start=start,
        contributions=parts,
        crowded=crowded,
        first_weight=first_weight,
        prior=model.prior_weight,
        first_stage=first_stage,
        contradiction=rules.believed(objection["contradiction"], weight - crowded),
        bare=objection["bare"],
    )


def _compared(
    comparison: Comparison,
    level: Mapping[str, Any],
    sides: tuple[Mapping[str, Any], Mapping[str, Any]],
    rules: MatchingRules,
    model: Model,
) -> Contribution:
    gamma = level[f"gamma_{comparison.name}"]
    if gamma < 0:
        return Contribution(comparison.name, NOTHING, 0.0, 0.0, _shown(comparison.needs, sides))
    reached = comparison.levels[len(comparison.levels) - 1 - gamma]
    # beside what the comparison needs, what the level looks at: an address in a comparison of contacts
    columns = (*comparison.needs, *_columns_named(reached.when, rules.columns))
    weight = model.file.levels[comparison.name][reached.label].weight
    rarity = level.get(f"rarity_{comparison.name}") or 0.0
    return Contribution(comparison.name, reached.label, weight, rarity, _shown(columns, sides))


def _is_crowded(comparison: Comparison, gamma: int) -> bool:
    return gamma >= 0 and comparison.levels[len(comparison.levels) - 1 - gamma].crowded


@dataclass(frozen=True)
class Measured:
    """What the second stage makes of a pair: weight, and per measure what it is and what it contributes."""

    weight: float
    measures: tuple[tuple[str, float, float], ...]


def _measured(
    cursor: duckdb.DuckDBPyConnection, *, rules: MatchingRules, model: Model, records: str
) -> dict[Pair, Measured]:
    """The pairs of ``explained_level`` that the second stage decides."""
    if model.second is None or rules.second_stage is None:
        return {}
    low, high = rules.second_stage.between
    query = statement("explain_unsure", low=repr(low), high=repr(high))
    cursor.execute(f"CREATE OR REPLACE TABLE explained_unsure AS {query}").fetchall()
    found: dict[Pair, Measured] = {}
    with measured_pairs(cursor, rules=rules, model=model, records=records, pairs="explained_unsure") as batches:
        for a, b, matrix in batches:
            weights, parts = model.second.weigh(matrix), model.second.contributions(matrix)
            for row, pair in enumerate(zip(a.to_pylist(), b.to_pylist(), strict=True)):
                named = zip(model.second.measures, matrix[row].tolist(), parts[row].tolist(), strict=False)
                found[pair] = Measured(weight=float(weights[row]), measures=tuple(named))
    cursor.execute("DROP TABLE explained_unsure").fetchall()
    return found


def _weighed(
    measured: Measured, sides: tuple[Mapping[str, Any], Mapping[str, Any]], rules: MatchingRules
) -> tuple[Contribution, ...]:
    specs = rules.second_stage.measures if rules.second_stage else {}
    parts = []
    for name, value, bits in measured.measures:
        spec = specs.get(name, {})  # the first stage's weight is no measure of the rules
        rare = "rarity" in spec
        parts.append(
            Contribution(
                name=name,
                says=NOTHING if math.isnan(value) else f"{value:.4g}",
                weight=0.0 if rare else bits,
                rarity=bits if rare else 0.0,
                values=_shown(_columns_named(spec, rules.columns), sides),
            )
        )
    return tuple(parts)


def _columns_named(spec: object, columns: Mapping[str, str]) -> tuple[str, ...]:
    """The columns a condition or measure speaks of, in the order of the rule file."""
    named: set[str] = set()

    def walk(part: object) -> None:
        if isinstance(part, str):
            named.add(part)
        elif isinstance(part, Mapping):
            for inner in part.values():
                walk(inner)
        elif isinstance(part, list | tuple):
            for inner in part:
                walk(inner)

    walk(spec)
    return tuple(column for column in columns if column in named)


def _shown(columns: Sequence[str], sides: tuple[Mapping[str, Any], Mapping[str, Any]]) -> tuple[Shown, ...]:
    left, right = sides
    return tuple(Shown(column, _listed(left[column]), _listed(right[column])) for column in dict.fromkeys(columns))


def _listed(value: object) -> Values:
    if value is None:
        return ()
    return tuple(str(v) for v in value if v is not None) if isinstance(value, list | tuple) else (str(value),)


def turned(evidence: Evidence) -> Evidence:
    """The same evidence told the other way round."""

    def turn(parts: tuple[Contribution, ...]) -> tuple[Contribution, ...]:
        return tuple(replace(p, values=tuple(Shown(v.column, v.b, v.a) for v in p.values)) for p in parts)

    return replace(
        evidence,
        record_a=evidence.record_b,
        record_b=evidence.record_a,
        contributions=turn(evidence.contributions),
        first_stage=turn(evidence.first_stage),
    )


def explain_blocking(
    cursor: duckdb.DuckDBPyConnection, *, rules: MatchingRules, records: str, pair: Pair
) -> tuple[Agreement, ...]:
    """Per blocking rule what two records share, in the rules' order.

    ``records`` is typed, with noise: stored keys have it too.
    """
    columns = ", ".join(f'"{column}"' for column in rules.columns)
    query = f"SELECT {columns} FROM {records} WHERE record_id = ?"  # columns of the validated rule file
    left, right = (_rows(cursor, query, [record])[0] for record in pair)
    alike = [[_part_values(p, left, right) for p in rule.parts] for rule in rules.blocking]
    made: list[tuple[int, Values]] = [
        (number, combination)
        for number, parts in enumerate(alike)
        for combination in itertools.product(*([v for v in part.a if v in part.b] for part in parts))
    ]
    keys = _hashed(cursor, rules.entity_type, made)
    return tuple(
        Agreement(
            rule=rule.name,
            largest_block=rule.largest_block,
            column=_noise_column(rule, rules),
            parts=tuple(part.column for part in parts),
            keys=tuple(SharedKey(key, values) for key, (n, values) in zip(keys, made, strict=True) if n == number),
            differing=tuple(part for part in parts if not set(part.a) & set(part.b)),
        )
        for number, (rule, parts) in enumerate(zip(rules.blocking, alike, strict=True))
    )


def _part_values(part: KeyPart, left: Mapping[str, Any], right: Mapping[str, Any]) -> Shown:
    name = f"first {part.first} of {part.column}" if part.first else part.column
    a, b = (tuple(dict.fromkeys(v[: part.first] for v in _listed(side[part.column]))) for side in (left, right))
    return Shown(name, a, b)


def _noise_column(rule: BlockingRule, rules: MatchingRules) -> str | None:
    (first, *more) = rule.parts
    return first.column if not more and first.first is None and first.column in rules.shared_values else None


def _hashed(cursor: duckdb.DuckDBPyConnection, family: str, made: Sequence[tuple[int, Values]]) -> list[int]:
    table = pa.table(
        {
            "place": pa.array(range(len(made)), pa.int64()),
            "family": pa.array([family] * len(made), pa.string()),
            "rule": pa.array([str(number) for number, _ in made], pa.string()),
            "parts": pa.array([list(values) for _, values in made], pa.list_(pa.string())),
        }
    )
    cursor.register("agreement", table)
    keys = [int(row["key"]) for row in _rows(cursor, statement("explain_key"))]
    cursor.unregister("agreement")
    return keys


def nearest_rules(agreements: Sequence[Agreement]) -> tuple[Agreement, ...]:
    """The rules that would have paired two records whose keys differ, had but one more column agreed.

    Rules about several columns of which all but one agree; where there is none, the rules about one column.
    """
    near = [a for a in agreements if len(a.differing) == 1]
    return tuple(a for a in near if len(a.parts) > 1) or tuple(near)


def explain_formation(clustering: Clustering, *, members: Set[int]) -> Formation:
    """The joins that made the group of ``members`` or parts of it."""
    inside = tuple(j for j in clustering.joins if members >= {*j.a, *j.b})
    weighed = [j for j in inside if j.line is not None]
    return Formation(joins=inside, weakest=min(weighed, key=lambda j: j.linkage, default=None))


def join_of(joins: Sequence[Join], pair: Pair) -> Join | None:
    """The join by which two records came into one group."""
    a, b = pair
    return next((j for j in joins if (a in j.a and b in j.b) or (b in j.a and a in j.b)), None)


def strongest_between(component: Component, join: Join) -> tuple[Pair, float] | None:
    """The pair of highest weight between a join's groups; None where none of them was compared."""
    pairs = (((min(x, y), max(x, y))) for x in join.a for y in join.b)
    known = [(component.weights[p], p) for p in pairs if p in component.weights]
    if not known:
        return None
    weight, pair = max(known, key=lambda found: (found[0], -found[1][0], -found[1][1]))
    return pair, weight


def _rows(cursor: duckdb.DuckDBPyConnection, query: str, params: Sequence[object] = ()) -> list[dict[str, Any]]:
    found = cursor.execute(query, list(params))
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
