"""Blocking: from standardised records to candidate pairs, by the rules' hashed keys. No key can blow up a run."""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from matching_rules.rules import BlockingRule, Guards, KeyPart, MatchingRules
from matching_rules.statements import statement

# A small file may have this many candidate pairs in any case.
_PAIRS_ALWAYS = 1_000_000


@dataclass(frozen=True)
class BlockReport:
    """What one blocking rule did. ``carried`` counts record x key; ``skipped_*`` what was left out as too large, for
    the rule (``largest_block``) or for the run (``Pairs.largest``); ``over`` counts records with more values than
    ``guards.keys_per_record`` allows, which have no key by this rule.
    """

    rule: str
    keys: int
    carried: int
    largest: int
    pairs: int
    skipped_keys: int
    skipped_carried: int
    over: int = 0


@dataclass(frozen=True)
class Pairs:
    """The candidate pairs made, and which of the run's limits bit.

    ``largest``: records of the largest block that was used when all together made too many pairs (None: they did not),
    ``left_out`` the pairs of the blocks left out for that, a pair counted once a block; ``records_cut``: records
    that were compared with their smallest blocks only.
    """

    count: int
    largest: int | None = None
    left_out: int = 0
    records_cut: int = 0


def type_records(cursor: duckdb.DuckDBPyConnection, *, rules: MatchingRules, records: str, into: str) -> None:
    """Creates table ``into``: record_id, content_hash and one typed column per rule column; grain: record.

    ``records`` holds record_id, content_hash and ``match`` (JSON). Empty values and lists become NULL.
    """
    columns = ", ".join(_typed(name, kind) for name, kind in rules.columns.items())
    shape = ", ".join(f'"{n}": ' + ('"VARCHAR"' if k == "text" else '["VARCHAR"]') for n, k in rules.columns.items())
    query = statement("typed_records", records=records, columns=columns, shape="{" + shape + "}")
    cursor.execute(f"CREATE OR REPLACE TABLE {into} AS {query}").fetchall()


def _typed(name: str, kind: str) -> str:
    value = f'm."{name}"'
    return (
        f"nullif({value}, '') AS \"{name}\""
        if kind == "text"
        else f'CASE WHEN len({value}) > 0 THEN {value} END AS "{name}"'
    )


def leave_out_noise(cursor: duckdb.DuckDBPyConnection, *, rules: MatchingRules, records: str) -> None:
    """Takes the values of table ``noise``(column_name, value) out of the typed records: kept elsewhere, no evidence."""
    for column in rules.shared_values:
        values = "SELECT coalesce(list(value), []::VARCHAR[]) FROM noise WHERE column_name = ?"
        cursor.execute(f"SET VARIABLE noise_values = ({values})", [column]).fetchall()
        kept = f"list_filter(\"{column}\", lambda x: NOT list_contains(getvariable('noise_values'), x))"
        cursor.execute(
            f'UPDATE {records} SET "{column}" = CASE WHEN len({kept}) > 0 THEN {kept} END'  # a rule column
            f" WHERE list_has_any(\"{column}\", getvariable('noise_values'))"
        ).fetchall()


def find_noise_keys(cursor: duckdb.DuckDBPyConnection, *, rules: MatchingRules, noise: str, into: str) -> None:
    """Creates table ``into``(key): the blocking keys of the values of table ``noise``(column_name, value)."""
    cursor.execute(f"CREATE OR REPLACE TABLE {into} (key BIGINT)").fetchall()
    for column in rules.shared_values:
        for number in _rules_of(rules, column):
            select = statement("noise_key", family=rules.entity_type, rule=str(number), noise=noise)
            cursor.execute(f"INSERT INTO {into} {select}", [column]).fetchall()


def find_hot_keys(cursor: duckdb.DuckDBPyConnection, *, keys: str, into: str) -> None:
    """Creates table ``into``(key, largest): the keys that more records carry than their rule allows.

    ``keys`` is without the keys of noise and holds of each key all carriers, or more than are allowed. After
    ``register_limits``.
    """
    cursor.execute(f"CREATE OR REPLACE TABLE {into} AS {statement('hot_key', keys=keys)}").fetchall()


def leave_out_noise_keys(cursor: duckdb.DuckDBPyConnection, *, rules: MatchingRules, keys: str) -> None:
    """Takes the keys of the values of table ``noise`` out of table ``keys``: what is no evidence pairs nobody."""
    for column in rules.shared_values:
        for number in _rules_of(rules, column):
            cursor.execute(
                f"DELETE FROM {keys} WHERE rule = {number} AND key IN ("  # own table name
                + statement("noise_key", family=rules.entity_type, rule=str(number), noise="noise")
                + ")",
                [column],
            ).fetchall()


@dataclass(frozen=True)
class BlockingKey:
    """One key of one record: the rule's number, and the values that make it."""

    key: int
    rule: int
    values: tuple[str, ...]


def keys_of_record(rules: MatchingRules, values: Mapping[str, Any]) -> list[BlockingKey]:
    """The keys ``make_keys`` gives a typed record (text or None, tuple of texts or None by column), by rule."""
    found: dict[int, BlockingKey] = {}
    over = rules_over(rules, values)
    for number, rule in enumerate(rules.blocking):
        if rule.rests or number in over:
            continue
        for combination in itertools.product(*(_part_values(part, values[part.column]) for part in rule.parts)):
            text = "\x1f".join((rules.entity_type, str(number), *combination))
            digest = hashlib.md5(text.encode(), usedforsecurity=False).digest()
            key = int.from_bytes(digest[8:], "little") >> 1
            found.setdefault(key, BlockingKey(key, number, combination))
    return list(found.values())


def rules_over(rules: MatchingRules, values: Mapping[str, Any]) -> set[int]:
    """The blocking rules, by number, for which a typed record has more values than ``guards.keys_per_record``."""
    return {
        number
        for number, rule in enumerate(rules.blocking)
        if math.prod(len(values[p.column] or ()) for p in rule.parts if rules.columns[p.column] == "list")
        > rules.guards.keys_per_record
    }


def _part_values(part: KeyPart, value: Any) -> tuple[str, ...]:
    listed = () if value is None else (value,) if isinstance(value, str) else value
    return tuple(dict.fromkeys(text[: part.first] for text in listed))


def noise_column(rules: MatchingRules, rule: int) -> str | None:
    """The column whose shared values make no key under a rule; None where the rule is not about one such column."""
    return next((column for column in rules.shared_values if rule in _rules_of(rules, column)), None)


def _rules_of(rules: MatchingRules, column: str) -> list[int]:
    """The blocking rules by which one value of the column alone makes candidates."""
    return [number for number, rule in enumerate(rules.blocking) if rule.parts == (KeyPart(column=column),)]


def find_noise(cursor: duckdb.DuckDBPyConnection, *, rules: MatchingRules, records: str, keys: str, into: str) -> None:
    """Creates table ``into``(column_name, value, carriers, key): ``shared_values`` that too many records carry.

    ``keys`` must hold every carrier of the records' keys.
    """
    selects = [
        statement(
            "noise_value",
            family=rules.entity_type,
            column=column,
            rule=str(number),
            records=records,
            keys=keys,
            limit=str(rules.guards.shared_value_limit),
        )
        for column in rules.shared_values
        for number in _rules_of(rules, column)
    ]
    cursor.execute(
        f"CREATE OR REPLACE TABLE {into} (column_name VARCHAR, value VARCHAR, carriers BIGINT, key BIGINT)"
    ).fetchall()
    for select in selects:
        cursor.execute(f"INSERT INTO {into} {select}").fetchall()


def make_keys(cursor: duckdb.DuckDBPyConnection, *, rules: MatchingRules, records: str, into: str) -> None:
    """Creates table ``into``(key BIGINT, record_id BIGINT, rule SMALLINT): every key of every typed record."""
    parts = [_keys_of(rule, number, rules, records) for number, rule in enumerate(rules.blocking) if not rule.rests]
    cursor.execute(f"CREATE OR REPLACE TABLE {into} AS {' UNION ALL '.join(parts)}").fetchall()
    register_limits(cursor, rules=rules)


def register_limits(cursor: duckdb.DuckDBPyConnection, *, rules: MatchingRules) -> None:
    """Creates table ``largest_block``(rule SMALLINT, largest INT) from the rules."""
    cursor.execute("CREATE OR REPLACE TABLE largest_block (rule SMALLINT, largest INTEGER)").fetchall()
    limits = [(number, rule.largest_block) for number, rule in enumerate(rules.blocking)]
    cursor.executemany("INSERT INTO largest_block VALUES (?, ?)", limits).fetchall()


def _keys_of(rule: BlockingRule, number: int, rules: MatchingRules, records: str) -> str:
    names = [f"p{i}" for i in range(len(rule.parts))]
    return statement(
        "blocking_keys",
        family=rules.entity_type,
        rule=str(number),
        values=_combinations(rule, rules, records),
        parts=", ".join(names),
        present=" AND ".join(f"{n} IS NOT NULL" for n in names),
    )


def _combinations(rule: BlockingRule, rules: MatchingRules, records: str) -> str:
    """A SELECT of record_id, p0, p1, ...: one row per combination of the parts' values.

    Two ``unnest`` in one SELECT walk their lists side by side, so each list is unnested in a SELECT of its own.
    """
    columns = list(dict.fromkeys(part.column for part in rule.parts))
    query = f"SELECT record_id, {', '.join(_quoted(columns))} FROM {records}"  # columns of the validated rule file
    if too_many := _too_many(rule, rules):
        query += f" WHERE NOT {too_many}"
    for number, part in enumerate(rule.parts):
        value = f'unnest("{part.column}")' if rules.columns[part.column] == "list" else f'"{part.column}"'
        first = f"left({value}, {part.first})" if part.first else value
        query = f"SELECT *, {first} AS p{number} FROM ({query})"  # columns of the validated rule file
    return query


def values_of_keys(
    cursor: duckdb.DuckDBPyConnection, *, rules: MatchingRules, number: int, keys: Sequence[int], of: str, records: str
) -> dict[int, tuple[str, ...]]:
    """The values that make some keys of the rule ``number``: one for each part; ``of`` is the table of keys."""
    rule = rules.blocking[number]
    cursor.execute("CREATE OR REPLACE TEMP TABLE wanted AS SELECT unnest(?::BIGINT[]) AS key", [list(keys)]).fetchall()
    one = f"SELECT min(record_id) AS record_id FROM {of} SEMI JOIN temp.wanted USING (key) GROUP BY key"  # own tables
    cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE carrier AS SELECT * FROM {records} SEMI JOIN ({one}) USING (record_id)"
    ).fetchall()
    names = [f"p{i}" for i in range(len(rule.parts))]
    query = statement(
        "key_values",
        family=rules.entity_type,
        rule=str(number),
        values=_combinations(rule, rules, "temp.carrier"),
        parts=", ".join(names),
        texts=", ".join(names),
        present=" AND ".join(f"{n} IS NOT NULL" for n in names),
    )
    found = {int(key): tuple(parts) for key, parts in cursor.execute(query).fetchall()}
    for table in ("wanted", "carrier"):
        cursor.execute(f"DROP TABLE temp.{table}").fetchall()
    return found


def noise_keys(cursor: duckdb.DuckDBPyConnection, *, rules: MatchingRules) -> list[int]:
    """The keys that the values of table ``noise`` make by the rules that rest on one such value alone."""
    return [
        int(key)
        for column in rules.shared_values
        for number in _rules_of(rules, column)
        for (key,) in cursor.execute(
            statement("noise_key", family=rules.entity_type, rule=str(number), noise="noise"), [column]
        ).fetchall()
    ]


def _too_many(rule: BlockingRule, rules: MatchingRules) -> str:
    """Holds for a record with more combinations of values than one record may have keys; '' where it has one."""
    lists = [f'len("{part.column}")' for part in rule.parts if rules.columns[part.column] == "list"]
    # as floating point: five lists of a thousand values would not fit an integer
    return f"coalesce({' * '.join(['1.0', *lists])} > {rules.guards.keys_per_record}, false)" if lists else ""


def _quoted(columns: list[str]) -> list[str]:
    return [f'"{column}"' for column in columns]


def make_pairs(
    cursor: duckdb.DuckDBPyConnection,
    *,
    keys: str,
    into: str,
    guards: Guards | None = None,
    records: int | None = None,
    at_most: int | None = None,
) -> Pairs:
    """Creates table ``into``(record_a < record_b, rule): the candidate pairs of ``keys``, within all limits.

    ``records`` is the size of the population (None: as many as have keys), ``at_most`` the largest block of the last
    full run where that was cut. What is left out depends on values and counts only, never on ids or order.
    """
    limits = guards or Guards()
    if records is None:
        records = int(cursor.execute(f"SELECT count(DISTINCT record_id) FROM {keys}").fetchall()[0][0])
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE usable_key AS {statement('usable_keys', keys=keys)}").fetchall()
    allowed = max(_PAIRS_ALWAYS, limits.pairs_per_record * records)
    largest, left_out = _largest_within(cursor, allowed=allowed, at_most=at_most)
    if largest is not None:
        cursor.execute("DELETE FROM temp.usable_key WHERE n > ?", [largest]).fetchall()
    member = f"({statement('block_members', keys=keys)})"
    cut = statement("cut_members", member=member, most=str(limits.candidates_per_record))
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE cut_member AS {cut}").fetchall()
    records_cut = int(cursor.execute("SELECT count(DISTINCT record_id) FROM temp.cut_member").fetchall()[0][0])
    if records_cut:
        member = f"(FROM {member} ANTI JOIN temp.cut_member USING (key, record_id))"
    cursor.execute(f"CREATE OR REPLACE TABLE {into} AS {statement('candidate_pairs', member=member)}").fetchall()
    cursor.execute("DROP TABLE temp.usable_key").fetchall()
    cursor.execute("DROP TABLE temp.cut_member").fetchall()
    count = int(cursor.execute(f"SELECT count(*) FROM {into}").fetchall()[0][0])  # own table name
    return Pairs(count=count, largest=largest, left_out=left_out, records_cut=records_cut)


def _largest_within(cursor: duckdb.DuckDBPyConnection, *, allowed: int, at_most: int | None) -> tuple[int | None, int]:
    """The size up to which blocks together make no more pairs than allowed (None: all of them), and the pairs of the
    larger ones.
    """
    sizes = cursor.execute("SELECT n, count(*) FROM temp.usable_key GROUP BY n ORDER BY n").fetchall()
    largest, total, left_out = 1, 0, 0
    for n, keys in sizes:
        pairs = keys * n * (n - 1) // 2
        if left_out == 0 and total + pairs <= allowed and (at_most is None or n <= at_most):
            largest, total = n, total + pairs
        else:
            left_out += pairs
    return (largest, left_out) if left_out else (at_most, 0)


def block_report(
    cursor: duckdb.DuckDBPyConnection,
    *,
    rules: MatchingRules,
    keys: str,
    records: str | None = None,
    largest: int | None = None,
) -> list[BlockReport]:
    """What each rule did, in the rules' order. With typed ``records``, also which of them have too many values.

    ``largest`` is the largest block the run used, where that was cut.
    """
    rows = cursor.execute(statement("block_report", keys=keys, most=str(largest or 1 << 31))).fetchall()
    known = {r[0]: r for r in rows}
    over = {} if records is None else _over(cursor, rules, records)
    return [
        BlockReport(
            rule=rule.name,
            keys=found[1],
            carried=int(found[2]),
            largest=found[3],
            skipped_keys=found[4],
            skipped_carried=int(found[5]),
            pairs=int(found[6]),
            over=over.get(number, 0),
        )
        for number, rule in enumerate(rules.blocking)
        if (found := known.get(number, (number, 0, 0, 0, 0, 0, 0)))[1] or over.get(number)
    ]


def _over(cursor: duckdb.DuckDBPyConnection, rules: MatchingRules, records: str) -> dict[int, int]:
    """Records with too many values, by number of the rule."""
    counts = [
        (number, f"count(*) FILTER (WHERE {too_many})")
        for number, rule in enumerate(rules.blocking)
        if (too_many := _too_many(rule, rules))
    ]
    if not counts:
        return {}
    row = cursor.execute(f"SELECT {', '.join(text for _, text in counts)} FROM {records}").fetchall()[0]
    return {number: n for (number, _), n in zip(counts, row, strict=True) if n}
