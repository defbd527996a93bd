"""Which capitals a name is shown with: those somebody wrote, before those we guessed."""

from __future__ import annotations

import json

import pytest

from mdm.resolve.statements import query


@pytest.mark.parametrize(
    ("records", "changed"),
    [
        ([("MacKintosh-Roe", "MACKINTOSH-ROE"), ("Mackintosh-Roe", "Mackintosh-Roe")], {1: "Mackintosh-Roe"}),
        ([("MacKintosh", "MACKINTOSH"), ("MacKintosh", "mackintosh")], {}),
        # a guess that somebody writes is none, however few do
        ([("McDonald", "MCDONALD"), ("McDonald", "McDonald"), ("Mcdonald", "Mcdonald"), ("Mcdonald", "Mcdonald")], {}),
        ([("Macy", "MACY"), ("MaCy", "MaCy"), ("MacY", "MacY"), ("MacY", "MacY")], {1: "MacY"}),
        ([("Aj", "aj"), ("AJ", "AJ")], {}),
    ],
)
def test_spelling(duck, records, changed):
    duck.execute(
        "CREATE TABLE attribute_value (golden_id INT, record_id BIGINT, version INT, attribute VARCHAR, ordinal INT,"
        " value VARCHAR, mark VARCHAR)"
    ).fetchall()
    duck.execute("CREATE TABLE sent_text (record_id BIGINT, sent VARCHAR)").fetchall()
    duck.execute("CREATE TABLE spelt_attribute AS SELECT 'family_name' AS attribute").fetchall()
    for number, (shown, sent) in enumerate(records, 1):
        row = [number, json.dumps(shown)]
        duck.execute("INSERT INTO attribute_value VALUES (1, ?, 1, 'family_name', 0, ?, NULL)", row).fetchall()
        duck.execute("INSERT INTO sent_text VALUES (?, ?)", [number, json.dumps({"family_name": sent})]).fetchall()
    # the same name in another customer, and in another attribute, has no say
    duck.execute("INSERT INTO attribute_value VALUES (2, 90, 1, 'family_name', 0, '\"Mackintosh\"', NULL)").fetchall()
    duck.execute("INSERT INTO attribute_value VALUES (1, 91, 1, 'city', 0, '\"Mackintosh\"', NULL)").fetchall()
    duck.execute(f"CREATE TABLE rival_text AS {query('rival_text')}").fetchall()
    found = duck.execute(query("spelling")).fetchall()
    assert {record: json.loads(value) for _, record, _, _, value in found} == changed
