"""Survivorship: tables of cases, and that order of rows and numbers of records decide nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from golden_record.rules import default_ownership
from golden_record.survive import outlasting, slices, survive

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RULES = default_ownership()
GOLDEN = "00000000-0000-4000-8000-000000000001"
CASES = yaml.safe_load((Path(__file__).parent / "survive_cases.yaml").read_text())


def _row(record, system, attribute, value, more=None, golden=GOLDEN):
    more = more or {}
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return (
        golden,
        "person",
        record,
        1,
        system,
        "Thing",
        attribute,
        more.get("ordinal", 0),
        text,
        more.get("comparable", text.lower()),
        more.get("mark"),
        more.get("time", "2024-01-01T00:00:00Z"),
        "2024-01-02T00:00:00Z",
        more.get("verified", False),
        more.get("inactive", False),
        more.get("outlived", False),
    )


def _load(cursor, rows, overrides=()):
    cursor.execute("DELETE FROM attribute_value").fetchall()
    cursor.execute("DELETE FROM value_override").fetchall()
    if rows:
        cursor.executemany("INSERT INTO attribute_value VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", rows)
    for attribute, value, until in overrides:
        cursor.execute(
            "INSERT INTO value_override VALUES (?,?,?,'said so','ann',?)", [GOLDEN, attribute, json.dumps(value), until]
        ).fetchall()


def _golden(cursor):
    found = cursor.execute('SELECT golden_id::VARCHAR, "values", lineage FROM golden ORDER BY 1').fetchall()
    return {golden: (json.loads(values), json.loads(lineage)) for golden, values, lineage in found}


@pytest.mark.parametrize("case", CASES, ids=[c["name"] for c in CASES])
def test_given_these_values_expect_this_golden_record(cursor, case):
    _load(cursor, [_row(*v) for v in case["given"]], case.get("overrides", ()))
    survive(cursor, rules=RULES, now=NOW)
    values, lineage = _golden(cursor)[GOLDEN]
    assert values == case["expect"]
    for attribute, rule in case.get("rule", {}).items():
        assert lineage[attribute][0]["rule"] == rule
    for attribute, reasons in case.get("loses", {}).items():
        assert [loser[3] for entry in lineage[attribute] for loser in entry.get("losers", [])] == reasons


def test_lineage_names_winner_supporters_and_losers(cursor):
    _load(
        cursor,
        [
            _row(1, "loyalty", "loyalty_tier", "Gold"),
            _row(2, "shopify", "loyalty_tier", "Gold"),
            _row(3, "zendesk", "loyalty_tier", "Silver"),
        ],
    )
    survive(cursor, rules=RULES, now=NOW)
    assert _golden(cursor)[GOLDEN][1] == {
        "loyalty_tier": [
            {
                "item": 0,
                "winner": [1, 1, 0],
                "rule": "ranked: loyalty before zendesk",
                "supported_by": [[2, 1, 0]],
                "losers": [[3, 1, 0, "ranked: loyalty before zendesk"]],
            }
        ]
    }


@pytest.mark.parametrize(
    ("attribute", "said", "asked"),
    [
        ("date_of_birth", ["1984-03-12", "1984-07-30"], {1, 2}),
        ("date_of_birth", ["1984-03-12", "1984-03-13"], set()),
        ("date_of_birth", ["1984-03-12", "1984-12-03"], set()),
        ("date_of_birth", ["1984-03-12", "1984-03-12", "1971-01-08", "1984-03-21"], {1, 2, 3, 4}),
        ("tax_number", ["DE811569869", "DE811569896"], set()),
        ("tax_number", ["DE811569869", "DE129273398"], {1, 2}),
        ("suffix", ["jr", "sr"], {1, 2}),
        ("preferred_store", ["S1", "S2"], set()),
    ],
)
def test_records_that_contradict_each_other_are_named(cursor, attribute, said, asked):
    # a value that is only written otherwise has the same comparable form
    rows = [
        _row(n, "salesforce", attribute, f"{text}{' ' * n}", {"comparable": text}) for n, text in enumerate(said, 1)
    ]
    _load(cursor, [*rows, _row(9, "netsuite", attribute, "x", {"comparable": "x", "mark": "placeholder"})])
    survive(cursor, rules=RULES, now=NOW)
    found = cursor.execute("SELECT attribute, record_id, said FROM conflict").fetchall()
    assert {(a, r, s) for a, r, s in found} == {(attribute, n, said[n - 1]) for n in asked}
    # a steward's own value has answered the question
    _load(cursor, rows, [(attribute, "so", None)])
    survive(cursor, rules=RULES, now=NOW)
    assert cursor.execute("FROM conflict").fetchall() == []


def test_who_says_both_contradicts_nobody(cursor):
    rows = [_row(1, "netsuite", "tax_number", text, {"ordinal": n}) for n, text in enumerate(("A1111", "B2222"))]
    _load(cursor, [*rows, _row(2, "salesforce", "tax_number", "A1111")])
    survive(cursor, rules=RULES, now=NOW)
    assert cursor.execute("FROM conflict").fetchall() == []


def test_what_outlasts_its_record():
    assert outlasting(RULES).to_pylist() == [
        {"attribute": "consent", "entity_type": None, "field": "state", "state": "opted_out"}
    ]


def test_nothing_in_nothing_out(cursor):
    survive(cursor, rules=RULES, now=NOW)
    assert _golden(cursor) == {}


_ATTRIBUTES = (
    "given_name",
    "family_name",
    "middle_name",
    "email",
    "address",
    "full_name",
    "consent",
    "gender",
    "loyalty_tier",
    "former_name",
    "inactive",
)


@st.composite
def _population(draw):
    rows = []
    for record in range(draw(st.integers(1, 6))):
        system = draw(st.sampled_from(("salesforce", "netsuite", "shopify", "pos")))
        golden = draw(st.sampled_from((GOLDEN, GOLDEN[:-1] + "2")))
        more = {"time": f"202{draw(st.integers(0, 2))}-01-01T00:00:00Z", "inactive": draw(st.booleans())}
        for attribute in draw(st.lists(st.sampled_from(_ATTRIBUTES), unique=True, min_size=1)):
            word = draw(st.sampled_from(("a", "b", "cc")))
            value = {
                "email": {"value": word},
                "address": dict.fromkeys(draw(st.lists(st.sampled_from(("street", "unit", "city")), min_size=1)), word),
                "inactive": word == "a",
                "consent": {"channel": word, "purpose": "m", "state": draw(st.sampled_from(("opted_in", "opted_out")))},
            }.get(attribute, word)
            mark = draw(st.sampled_from((None, None, None, "placeholder")))
            rows.append(_row(record, system, attribute, value, {**more, "mark": mark}, golden))
    return rows


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=_population(), random=st.randoms(use_true_random=False), size=st.integers(1, 50))
def test_order_record_numbers_and_slices_decide_nothing(cursor, rows, random, size):
    _load(cursor, rows)
    survive(cursor, rules=RULES, now=NOW)
    before = _golden(cursor)
    accounted = cursor.execute(
        "SELECT count(*), count(DISTINCT (record_id, attribute_no, ordinal)) FROM ranked_value"
    ).fetchall()[0]
    assert accounted == (len(rows), len(rows))
    shuffled = random.sample(rows, len(rows))
    _load(cursor, shuffled)
    _survive_by_slices(cursor, size=size)
    assert _golden(cursor) == before
    numbers = random.sample(range(100, 200), 10)
    _load(cursor, [(*row[:2], numbers[row[2]], *row[3:]) for row in shuffled])
    survive(cursor, rules=RULES, now=NOW)
    after = _golden(cursor)
    assert {g: v[0] for g, v in after.items()} == {g: v[0] for g, v in before.items()}
    assert _words(after) == _words(before)


def _survive_by_slices(cursor, *, size):
    cursor.execute("CREATE OR REPLACE TABLE everything AS FROM attribute_value").fetchall()
    for number, (low, high) in enumerate(slices(cursor, members="everything", size=size)):
        cursor.execute("DELETE FROM attribute_value").fetchall()
        cursor.execute(
            "INSERT INTO attribute_value FROM everything WHERE golden_id BETWEEN ? AND ?", [low, high]
        ).fetchall()
        survive(cursor, rules=RULES, now=NOW, keep=number > 0)


def _words(golden):
    return {
        (g, a): sorted(
            (e.get("rule", ""), sorted(x[3] for x in e.get("losers", [])), len(e.get("supported_by", ())))
            for e in entries
        )
        for g, (_, lineage) in golden.items()
        for a, entries in lineage.items()
    }
