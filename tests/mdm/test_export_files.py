"""Exports: the columns promised, every live record once, values that come back as they went."""

import csv
import json

import duckdb
import pytest

from mdm.errors import RefusedInput
from mdm.export import export, waiting_records
from mdm.export.columns import golden_columns


def read(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_cross_references_hold_every_live_record_once(store, settings, published, golden_of, tmp_path):
    published.record("salesforce/Contact/003A", "ann", weight=12.5)
    published.record("shopify/Customer/gid://shopify/Customer/1", "ann", weight=9.25)
    published.record("loyalty/Member/L1", "bob")
    published.record("loyalty/Member/L2", "gone", deleted=True)
    published.record("loyalty/Member/L3", None)
    out = tmp_path / "x.csv"
    assert export(store, settings, what="cross-references", out=out) == 3
    rows = read(out)
    assert list(rows[0]) == [
        "system", "object", "source_id", "golden_id", "entity_type", "grade", "match_weight", "since",
    ]  # fmt: skip
    assert [(r["system"], r["source_id"], r["grade"], r["match_weight"]) for r in rows] == [
        ("loyalty", "L1", "no_match", ""),
        ("salesforce", "003A", "match", "12.5"),
        ("shopify", "gid://shopify/Customer/1", "match", "9.25"),
    ]
    assert rows[1]["golden_id"] == golden_of("ann")
    assert {r["since"] for r in rows} == {"2026-11-21T12:00:00.123456Z"}
    assert waiting_records(store) == 1


def test_golden_records_have_one_column_for_each_attribute(store, settings, published, golden_of, tmp_path):
    published.record("salesforce/Contact/1", "ann")
    values = {
        "given_name": 'Ann "Annie", née',
        "family_name": "=HYPERLINK()",
        "email": ["a@x.org", "b@x.org"],
        "phone": [{"value": "+4930123", "type": "mobile"}],
        "address": [{"street": "1 Main St\nBack", "city": "Bonn", "country": "DE"}, {"city": "Ulm"}],
        "consent": [{"channel": "email", "purpose": "marketing", "state": "opted_out"}],
        "inactive": False,
        "preferred_store": "",
    }
    published.golden("ann", values)
    for name in ("g.csv", "g.parquet", "g.csv.gz"):
        assert export(store, settings, what="golden-records", out=tmp_path / name) == 1
    (row,) = read(tmp_path / "g.csv")
    assert tuple(row) == golden_columns()
    assert row["golden_id"] == golden_of("ann")
    assert (row["given_name"], row["family_name"]) == ('Ann "Annie", née', "=HYPERLINK()")
    assert (row["email"], json.loads(row["email_all"])) == ("a@x.org", ["a@x.org", "b@x.org"])
    assert row["phone"] == "+4930123"
    assert (row["address_street"], row["address_city"], row["address_unit"]) == ("1 Main St\nBack", "Bonn", "")
    assert len(json.loads(row["address_all"])) == 2
    assert json.loads(row["consent"])[0]["state"] == "opted_out"
    assert (row["inactive"], row["source_records"], row["version"]) == ("false", "1", "1")
    parquet = duckdb.read_parquet(str(tmp_path / "g.parquet")).fetchall()[0]
    typed = dict(zip(golden_columns(), parquet, strict=True))
    assert (typed["preferred_store"], typed["middle_name"]) == ("", None)
    assert {k: "" if v is None else str(v) for k, v in typed.items()} == row


def test_tasks_and_changes_are_the_live_ones_unless_asked(store, settings, published, golden_of, tmp_path):
    first = published.record("salesforce/Contact/1", "ann")
    second = published.record("loyalty/Member/2", "bob")
    task = published.task("potential_match", [second, first], note="same name")
    published.task("potential_match", [first], state="withdrawn")
    published.change("salesforce/Contact/1", "email", "a@x.org", old="b@x.org")
    published.change("salesforce/Contact/1", "phone", None, state="rejected")
    out = tmp_path / "t.csv"
    assert export(store, settings, what="review-tasks", out=out) == 1
    (row,) = read(out)
    assert row["task_id"] == str(task)
    assert json.loads(row["records"]) == ["loyalty/Member/2", "salesforce/Contact/1"]
    assert set(json.loads(row["golden_ids"])) == {golden_of("ann"), golden_of("bob")}
    assert json.loads(row["detail"]) == {"note": "same name"}
    assert export(store, settings, what="review-tasks", out=out, states=["open", "withdrawn"]) == 2
    assert export(store, settings, what="proposed-changes", out=out) == 1
    (row,) = read(out)
    assert (row["attribute"], row["old_value"], row["new_value"], row["state"]) == (
        "email", "b@x.org", "a@x.org", "proposed",
    )  # fmt: skip


def test_an_empty_store_gives_headers(store, settings, tmp_path):
    for what in ("cross-references", "golden-records", "review-tasks", "proposed-changes"):
        out = tmp_path / f"{what}.csv"
        assert export(store, settings, what=what, out=out) == 0
        assert len(out.read_text().splitlines()) == 1


@pytest.mark.parametrize(
    ("what", "name", "said"),
    [
        ("golden-records", "x.xlsx", r"\.csv, \.csv\.gz or \.parquet"),
        ("nothing", "x.csv", "there are cross-references"),
        ("golden-records", "no/such/x.csv", "does not exist"),
    ],
)
def test_refusals_name_what_was_expected(store, settings, tmp_path, what, name, said):
    with pytest.raises(RefusedInput, match=said):
        export(store, settings, what=what, out=tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_failing_export_leaves_the_old_file(store, settings, published, tmp_path, monkeypatch):
    out = tmp_path / "x.csv"
    out.write_text("old")
    monkeypatch.setattr("mdm.export.write._writer", lambda _: lambda *_: (_ for _ in ()).throw(ValueError("broken")))
    with pytest.raises(ValueError, match="broken"):
        export(store, settings, what="cross-references", out=out)
    assert [p.name for p in tmp_path.iterdir()] == ["x.csv"]
    assert out.read_text() == "old"
