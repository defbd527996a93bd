"""Columns that cannot do what the rules want of them: empty, constant, an id, or made from the answer.

A rule file trusts its columns. One that holds the same value everywhere, a different one in every record, or the group
number of another matching tool, gives weights that mean nothing, silently; here it is found and named.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import duckdb

from matching_rules.rules import MatchingRules
from matching_rules.statements import statement

Kind = Literal["empty", "constant", "noise", "id", "leak"]

_FEWEST_RECORDS = 20  # below, that all agree says nothing
_FEWEST_VALUES = 100
_CONSTANT = 0.99
_NEARLY_ALL = 0.995
_CLUSTERS = 20_000


@dataclass(frozen=True)
class ColumnProfile:
    """One column in the records at hand: ``filled`` records, distinct ``values``, the carriers of the ``commonest``,
    ``repeated`` values (several carriers) and those of them ``within`` one cluster; of pairs in one cluster those where
    both sides hold a value (``comparable``), and those that ``agree``. ``own``: each customer is meant to have a
    value of their own (the rules' ``shared_values``).
    """

    column: str
    records: int
    filled: int
    values: int
    commonest: int
    repeated: int
    within: int
    comparable: int
    agree: int
    own: bool = False


@dataclass(frozen=True)
class ColumnFinding:
    """What is wrong with a column; ``text`` says it and what to do, of any column of the kind."""

    column: str
    kind: Kind
    text: str


_TEXTS: dict[Kind, str] = {
    "empty": "no record holds a value: what the rules say of it never counts",
    "constant": "nearly every record that holds a value holds the same one: to agree on it says nothing, and yet it may"
    " count; take it out of the rules, or fill it",
    "noise": "holds nothing but values that very many records carry: they are noise, not evidence",
    "id": "every record holds a value of its own, as an id does: no two ever agree, and to differ counts against every"
    " pair; take it out of the rules unless it names the customer in other systems too",
    "leak": "says the same as the customers found, nearly without exception: where it was made from an earlier matching"
    " (a group or golden id), it is the answer and no evidence; take it out of the rules",
}


def used_columns(rules: MatchingRules) -> tuple[str, ...]:
    """Columns that evidence or blocking reads, in the order of ``columns``."""
    read = {part.column for rule in rules.blocking for part in rule.parts}
    for comparison in rules.comparisons:
        read.update(comparison.needs)
        for level in comparison.levels:
            read.update(_texts(level.when))
    for contradiction in rules.never_together:
        read.update(_texts(contradiction.when), _texts(contradiction.unless))
    read.update(_texts(rules.facts))
    if rules.second_stage is not None:
        read.update(_texts(rules.second_stage.measures))
    return tuple(column for column in rules.columns if column in read)


def _texts(conditions: Any) -> Iterator[str]:
    """Every text in predicates, columns among them."""
    if isinstance(conditions, str):
        yield conditions
    elif isinstance(conditions, dict):
        for value in conditions.values():
            yield from _texts(value)
    elif isinstance(conditions, list | tuple):
        for value in conditions:
            yield from _texts(value)


def profile_columns(
    cursor: duckdb.DuckDBPyConnection, *, rules: MatchingRules, records: str, clusters: str
) -> tuple[ColumnProfile, ...]:
    """The used columns of typed ``records``, held against ``clusters``(record_id, cluster_key) of the same records."""
    columns = used_columns(rules)
    total = int(cursor.execute(f"SELECT count(*) FROM {records}").fetchall()[0][0])  # own table name
    both = {c: f'a."{c}" IS NOT NULL AND b."{c}" IS NOT NULL' for c in columns}
    counts = ", ".join(f"count(*) FILTER ({both[c]}), count(*) FILTER ({_agree(rules, c)})" for c in columns)
    agreement = statement("column_agreement", records=records, clusters=clusters, counts=counts, most=str(_CLUSTERS))
    pairs = cursor.execute(agreement).fetchall()[0]
    found = []
    for number, column in enumerate(columns):
        value = f'unnest("{column}")' if rules.columns[column] == "list" else f'"{column}"'
        spread = cursor.execute(
            statement("column_values", records=records, clusters=clusters, column=column, value=value)
        ).fetchall()[0]
        filled, values, commonest, repeated, within = map(int, spread)
        found.append(
            ColumnProfile(
                column=column,
                records=total,
                filled=filled,
                values=values,
                commonest=commonest,
                repeated=repeated,
                within=within,
                comparable=int(pairs[2 * number]),
                agree=int(pairs[2 * number + 1]),
                own=column in rules.shared_values,
            )
        )
    return tuple(found)


def _agree(rules: MatchingRules, column: str) -> str:
    shared = rules.columns[column] == "list"
    return f'list_has_any(a."{column}", b."{column}")' if shared else f'a."{column}" = b."{column}"'


def findings(profiles: tuple[ColumnProfile, ...], *, noise: frozenset[str] = frozenset()) -> list[ColumnFinding]:
    """What is wrong with these columns; ``noise`` names those of which values were left out as shared by too many."""
    found = [(p.column, _kind(p, noise)) for p in profiles]
    return [ColumnFinding(column, kind, _TEXTS[kind]) for column, kind in found if kind is not None]


def _kind(p: ColumnProfile, noise: frozenset[str]) -> Kind | None:
    tests: dict[Kind, bool] = {
        "noise": p.filled == 0 and p.column in noise,
        "empty": p.filled == 0,
        "constant": p.commonest >= _CONSTANT * p.filled and 2 * p.filled >= p.records,
        "id": not p.own and p.filled >= max(_FEWEST_VALUES, 0.95 * p.records) and p.repeated == 0,
        "leak": p.filled >= 0.8 * p.records
        and min(p.repeated, p.comparable) >= _FEWEST_VALUES
        and p.within >= _NEARLY_ALL * p.repeated
        and p.agree >= _NEARLY_ALL * p.comparable,
    }
    if p.records < _FEWEST_RECORDS:
        return None
    return next((kind for kind, holds in tests.items() if holds), None)
