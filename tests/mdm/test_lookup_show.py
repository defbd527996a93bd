"""Look-up: values with where they come from, merged ids that still answer, and plain words when there is nothing."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from mdm.errors import NotFound
from mdm.lookup import list_rejected, show
from mdm.model import RecordKey
from mdm.store.tables import source_record

NOW = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)  # of the fixture ``published``


@pytest.fixture
def ann(published):
    first = published.record(
        "netsuite/customer/7",
        "ann",
        weight=14.0,
        values={"given_name": [["Ann", "ann", None]], "email": [["noemail@x.org", "noemail@x.org", "placeholder"]]},
    )
    second = published.record(
        "shopify/Customer/gid://shopify/Customer/1",
        "ann",
        weight=14.0,
        values={"given_name": [["Annie", "annie", None]], "email": [["a@x.org", "a@x.org", None]]},
    )
    lineage = {
        "email": [
            {"item": 0, "winner": [second, 1, 0], "rule": "only value"},
            {"losers": [[first, 1, 0, "marked: placeholder"]]},
        ],
        "given_name": [
            {
                "item": 0,
                "winner": [first, 1, 0],
                "rule": "ranked: netsuite before shopify",
                "losers": [[second, 1, 0, "ranked"]],
            }
        ],
        "preferred_store": [
            {"item": 0, "winner": "override", "rule": "override", "override": {"actor": "kim", "reason": "asked"}}
        ],
    }
    values = {"email": ["a@x.org"], "given_name": "Ann", "preferred_store": "Bonn"}
    published.golden("ann", values, lineage=lineage)
    published.task("potential_match", [first])
    return first, second


def test_a_customer_by_golden_id_and_by_record_key(store, ann, golden_of):
    by_id = show(store, golden_of("ann"))
    by_key = show(store, "shopify/Customer/gid://shopify/Customer/1")
    assert by_id.values == by_key.values
    given, email, preferred = by_id.values
    assert (given.attribute, given.value, given.system) == ("given_name", "Ann", "netsuite")
    assert (given.losers[0].value, given.losers[0].record.system) == ("Annie", "shopify")
    assert (email.value, email.record) == ("a@x.org", RecordKey("shopify", "Customer", "gid://shopify/Customer/1"))
    assert (preferred.value, preferred.system, preferred.override) == (
        "Bonn", "override", {"actor": "kim", "reason": "asked"},
    )  # fmt: skip
    ((attribute, losing),) = by_id.not_surviving
    assert (attribute, losing.value, losing.reason) == ("email", "noemail@x.org", "marked: placeholder")
    assert [r.record.system for r in by_id.records] == ["netsuite", "shopify"]
    assert [t.reason for t in by_id.tasks] == ["potential_match"]
    assert [e.kind for e in by_id.history] == ["created"]


def test_a_record_without_a_clock_has_no_time_of_change(store, ann, published):
    # ingest writes the time of receipt where a mapping names no clock
    first, _ = ann
    clock = NOW - timedelta(days=3)
    change = sa.update(source_record).where(source_record.c.record_id == first).values(source_time=clock)
    with store.begin() as connection:
        connection.execute(sa.text("SET LOCAL mdm.rewrite = 'on'"))
        connection.execute(change)
    records = show(store, "netsuite/customer/7").records
    assert [r.source_time for r in records] == [clock, None]
    assert all(r.received_time == NOW for r in records)


def test_a_merged_id_answers_with_the_survivor(store, ann, published, golden_of):
    published.golden_id("older")
    published.golden_id("oldest")
    published.event("oldest", "merged", "older")
    published.event("older", "merged", "ann")
    answer = show(store, golden_of("oldest"))
    assert (str(answer.golden_id), str(answer.redirected_from)) == (golden_of("ann"), golden_of("oldest"))


def test_a_split_id_names_where_its_records_went(store, ann, published, golden_of):
    published.golden_id("old")
    published.event("old", "split", "ann", "bob")
    with pytest.raises(NotFound, match=golden_of("ann")):
        show(store, golden_of("old"))


def test_nothing_to_show_is_said_plainly(store, published):
    published.record("loyalty/Member/new", None)
    published.record("loyalty/Member/gone", None, deleted=True)
    for key, said in {
        "loyalty/Member/new": "waits for its first run",
        "loyalty/Member/gone": "is deleted",
        "loyalty/Member/none": "there is no record",
        "nonsense": "SYSTEM/OBJECT/ID",
        "00000000-0000-0000-0000-000000000009": "there is no golden id",
    }.items():
        with pytest.raises(NotFound, match=said):
            show(store, key)


def test_rejected_rows_are_listed_without_what_was_in_them(store):
    assert list_rejected(store, system="loyalty") == ()
