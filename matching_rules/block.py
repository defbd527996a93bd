"""Blocking: from standardised records to candidate pairs, by the rules' hashed keys. No key can blow up a run."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from matching_rules.rules import BlockingRule, KeyPart, MatchingRules
from matching_rules.statements import statement


@dataclass(frozen=True)
class BlockReport:
    """What one blocking rule did. ``carried`` counts record x key; ``skipped_*`` what was left out as too large."""

    rule: str
    keys: int
    carried: int
    largest: int
    pairs: int
    skipped_keys: int
    skipped_carried: int


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


def leave_out_noise_keys(cursor: duckdb.DuckDBPyConnection, *, rules: MatchingRules, keys: str) -> None:
    """Takes the keys of the values of table ``noise`` out of table ``keys``: what is no evidence pairs nobody."""
    for column in rules.shared_values:
        for number in _rules_of(rules, column):
            cursor.execute(
                f"DELETE FROM {keys} WHERE rule = {number} AND key IN ("  # own table name
                + statement("noise_key", family=rules.entity_type, rule=str(number))
                + ")",
                [column],
            ).fetchall()


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
    parts = [_keys_of(rule, number, rules, records) for number, rule in enumerate(rules.blocking)]
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
    for number, part in enumerate(rule.parts):
        value = f'unnest("{part.column}")' if rules.columns[part.column] == "list" else f'"{part.column}"'
        first = f"left({value}, {part.first})" if part.first else value
        query = f"SELECT *, {first} AS p{number} FROM ({query})"  # columns of the validated rule file
    return query


def _quoted(columns: list[str]) -> list[str]:
    return [f'"{column}"' for column in columns]


def make_pairs(cursor: duckdb.DuckDBPyConnection, *, keys: str, into: str) -> int:
    """Creates table ``into``(record_a < record_b, rule): the candidate pairs of ``keys``; answers how many."""
    cursor.execute(f"CREATE OR REPLACE TABLE {into} AS {statement('candidate_pairs', keys=keys)}").fetchall()
    return int(cursor.execute(f"SELECT count(*) FROM {into}").fetchall()[0][0])  # own table name


def block_report(cursor: duckdb.DuckDBPyConnection, *, rules: MatchingRules, keys: str) -> list[BlockReport]:
    """What each rule did, in the rules' order."""
    rows = cursor.execute(statement("block_report", keys=keys)).fetchall()
    return [
        BlockReport(
            rule=rules.blocking[r[0]].name,
            keys=r[1],
            carried=int(r[2]),
            largest=r[3],
            skipped_keys=r[4],
            skipped_carried=int(r[5]),
            pairs=int(r[6]),
        )
        for r in rows
    ]
