"""Approved changes leave as files the target takes in bulk, once, or not at all."""

import csv
import json
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from mdm.deliver import Selection, approve, list_changes, reject, write_bulk_files
from mdm.deliver.fields import target_fields
from mdm.errors import NotFound, RefusedInput
from mdm.store.tables import proposed_change, review_task
from mdm.systems.mapping import Writable

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
EVERYTHING = Selection(everything=True)


def states(store):
    with store.begin() as connection:
        return sorted(connection.execute(sa.select(proposed_change.c.state)).scalars())


def test_salesforce_gets_an_upsert_csv_for_each_object(store, settings, published, tmp_path):
    published.change("salesforce/Contact/003B", "email", "b@x.org")
    published.change("salesforce/Contact/003A", "email", {"value": "a@x.org", "type": "home"})
    published.change("salesforce/Contact/003A", "suffix", None, old="Jr")
    published.change("salesforce/Account/001A", "address", {"street": "1 Main, St", "city": "Bonn"})
    published.change("salesforce/Contact/003C", "gender", "f")
    published.change("loyalty/Member/L1", "given_name", "Ann")
    assert approve(store, selection=EVERYTHING, actor="kim", now=NOW) == 6
    done = write_bulk_files(store, settings, system="salesforce", out_dir=tmp_path / "out", now=NOW)
    assert [(f.path.name, f.records, f.changes) for f in done.files] == [
        ("salesforce_Account_20261122T060000Z_1.csv", 1, 1),
        ("salesforce_Contact_20261122T060000Z_1.csv", 2, 3),
    ]
    assert done.unwritable == {"Contact.gender": 1}
    with done.files[1].path.open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["Id", "Email", "Suffix"],
            ["003A", "a@x.org", "#N/A"],
            ["003B", "b@x.org", ""],
        ]
    with done.files[0].path.open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["Id"], row["BillingStreet"], row["BillingPostalCode"]) == ("001A", "1 Main, St", "#N/A")
    assert states(store) == ["approved", "approved", *["exported"] * 4]
    again = write_bulk_files(store, settings, system="salesforce", out_dir=tmp_path / "out", now=NOW)
    assert again.files == ()


def test_other_targets_get_json_lines(store, settings, published, tmp_path):
    published.change("zendesk/user/5", "loyalty_number", "9001", state="approved")
    published.change("zendesk/user/5", "email", None, state="approved")
    (file,) = write_bulk_files(store, settings, system="zendesk", out_dir=tmp_path, now=NOW).files
    assert [json.loads(line) for line in file.path.read_text().splitlines()] == [
        {"id": "5", "email": None, "user_fields": {"loyalty_card": "9001"}}
    ]


def test_a_failure_leaves_no_file_and_the_changes_approved(store, settings, published, tmp_path, monkeypatch):
    published.change("salesforce/Contact/003A", "email", "a@x.org", state="approved")
    monkeypatch.setattr("mdm.deliver.files._unwritable", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_bulk_files(store, settings, system="salesforce", out_dir=tmp_path, now=NOW)
    assert list(tmp_path.iterdir()) == []
    assert states(store) == ["approved"]


def test_decisions_take_only_what_is_meant_and_close_their_tasks(store, published):
    first = published.change("salesforce/Contact/003A", "email", "a@x.org")
    published.change("salesforce/Contact/003B", "phone", "+1")
    published.task("proposed_change", [1], change_id=str(first))
    with pytest.raises(RefusedInput, match="say which"):
        approve(store, selection=Selection(), actor="kim", now=NOW)
    assert approve(store, selection=Selection(change_ids=(first,)), actor="kim", now=NOW) == 1
    with pytest.raises(NotFound, match=str(first)):
        reject(store, selection=Selection(change_ids=(first,)), actor="kim", now=NOW)
    assert reject(store, selection=Selection(attribute="phone"), actor="kim", now=NOW) == 1
    with store.begin() as connection:
        assert list(connection.execute(sa.select(review_task.c.state)).scalars()) == ["decided"]
    (change,) = list_changes(store, selection=EVERYTHING, states=["approved"], limit=5)
    assert (change.change_id, change.decided_by, str(change.record)) == (first, "kim", "salesforce/Contact/003A")
    with pytest.raises(RefusedInput, match="no state"):
        list_changes(store, selection=EVERYTHING, states=["odd"], limit=5)


def test_an_unknown_target_is_refused(store, settings, tmp_path):
    with pytest.raises(NotFound, match="sap"):
        write_bulk_files(store, settings, system="sap", out_dir=tmp_path, now=NOW)


@pytest.mark.parametrize(
    ("attribute", "value", "fields"),
    [
        ("email", "a@x.org", {"Email": "a@x.org"}),
        ("email", ["a@x.org", "b@x.org"], {"Email": "a@x.org"}),
        ("email", [], {"Email": None}),
        ("email", {"value": "a@x.org"}, {"Email": "a@x.org"}),
        ("verified", True, {"Verified__c": "true"}),
        ("address", None, {"Street": None, "City": None}),
        ("gender", "f", None),
    ],
)
def test_a_value_in_the_targets_fields(attribute, value, fields):
    writable = Writable(
        key="Id",
        fields={"email": "Email", "verified": "Verified__c", "address": {"street": "Street", "city": "City"}},
    )
    assert target_fields(writable, attribute=attribute, value=value) == fields


def test_a_flat_is_written_with_the_street_where_the_target_has_no_field_for_it():
    flat = [{"street": "193 Clearwater Court", "unit": "Apartment 4A", "city": "Dayton"}]
    named = Writable(key="Id", fields={"address": {"street": "Street", "city": "City"}})
    fields = target_fields(named, attribute="address", value=flat)
    assert fields == {"Street": "193 Clearwater Court, Apartment 4A", "City": "Dayton"}
    own = Writable(key="Id", fields={"address": {"street": "Street", "unit": "Unit"}})
    assert target_fields(own, attribute="address", value=flat) == {
        "Street": "193 Clearwater Court",
        "Unit": "Apartment 4A",
    }
