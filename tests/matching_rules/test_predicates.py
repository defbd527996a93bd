"""Every predicate by table: two records, and whether it holds, in DuckDB as the engine runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from matching_rules.block import type_records
from matching_rules.comparisons import PREDICATES, condition
from matching_rules.rules import MatchingRules, Thresholds
from matching_rules.translate import pair_function

COLUMNS = {"a": "text", "b": "text", "xs": "list", "ys": "list"}
CASES: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    (Path(__file__).parent / "predicate_cases.yaml").read_text(encoding="utf-8")
)


def test_every_predicate_has_cases_that_hold_and_cases_that_do_not() -> None:
    assert set(CASES) == set(PREDICATES)
    for name, cases in CASES.items():
        assert {c["holds"] for c in cases} == {True, False}, name


@pytest.fixture(scope="module")
def holds():
    """Types two records as the engine does, and evaluates a condition over them."""
    rules = MatchingRules.model_construct(
        entity_type="person", columns=COLUMNS, thresholds=Thresholds(potential_match=0, keep=0, match=0, merge=0)
    )
    with duckdb.connect(config={"threads": 1}) as connection:

        def evaluate(when: dict[str, Any], left: dict[str, Any], right: dict[str, Any]) -> bool:
            connection.execute("CREATE OR REPLACE TABLE raw (record_id BIGINT, content_hash VARCHAR, match JSON)")
            rows = [(1, "", left), (2, "", right)]
            connection.executemany("INSERT INTO raw VALUES (?, ?, ?)", [(i, h, json.dumps(m)) for i, h, m in rows])
            type_records(connection, rules=rules, records="raw", into="record")
            sides = ", ".join(f'l."{c}" AS "{c}_l", r."{c}" AS "{c}_r"' for c in COLUMNS)
            found = connection.execute(
                f"SELECT coalesce({condition(when, COLUMNS)}, false) FROM"
                f" (SELECT {sides} FROM record l, record r WHERE l.record_id = 1 AND r.record_id = 2)"
            ).fetchone()
            return bool(found[0])

        yield evaluate


FLAT = [(name, number, case) for name, cases in CASES.items() for number, case in enumerate(cases)]


def asked(when: dict[str, Any], left: dict[str, Any], right: dict[str, Any]) -> bool:
    """What a request makes of the same condition."""
    steps = {"holds": f"coalesce({condition(when, COLUMNS)}, false)"}
    function = pair_function("asked", columns=tuple(COLUMNS), steps=steps, answer=("holds",))
    sides = [tuple(tuple(v) if isinstance(v := r.get(c), list) else v for c in COLUMNS) for r in (left, right)]
    (found,) = function(*(tuple(value or None for value in side) for side in sides))
    assert isinstance(found, bool)
    return found


@pytest.mark.parametrize("case", [f[2] for f in FLAT], ids=[f"{f[0]}-{f[1]}" for f in FLAT])
def test_predicate(holds, case: dict[str, Any]) -> None:
    assert holds(case["when"], case["left"], case["right"]) is case["holds"]
    assert holds(case["when"], case["right"], case["left"]) is case["holds"]
    assert asked(case["when"], case["left"], case["right"]) is case["holds"]
    assert asked(case["when"], case["right"], case["left"]) is case["holds"]
