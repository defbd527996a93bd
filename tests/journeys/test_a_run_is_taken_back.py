"""A run is taken back whole: the hub stands as before, the records wait, and the next run decides again."""

from __future__ import annotations

import pytest

from mdm.errors import LockHeld, NotFound, RefusedInput
from mdm.lookup import show
from mdm.runs import list_runs, preview_rollback, roll_back, show_run
from mdm.store.locks import hold_run_lock

# what a run decides; what is known of records (forms, keys, weights, noise) a rollback leaves
DECIDED = ("cross references", "golden records", "tasks", "proposals", "households")


def decided(hub):
    """What a run decides, ids and since when included."""
    state = hub.state()
    stays = hub.rows("SELECT record_id, golden_id, since FROM mdm.cross_reference WHERE until IS NULL")
    homes = hub.rows("SELECT golden_id, household_id, since FROM mdm.household_member WHERE until IS NULL")
    return {part: state[part] for part in DECIDED} | {"stays": set(stays), "homes": set(homes)}


def history(hub):
    """Every row that is appended and closed, without what closing writes."""
    said = {
        "golden_record": 'golden_id, version, "values"::text, valid_from, run_id',
        "cross_reference": "cross_reference_id, record_id, golden_id, since, run_id",
        "golden_id_event": "event_id, golden_id, kind, other_ids, run_id",
        "golden_id": "golden_id, created_at",
        "household_member": "member_id, golden_id, household_id, since",
        "review_task": "task_id, question, opened_at",
        "proposed_change": "change_id, golden_id, record_id, attribute",
    }
    return {
        table: {str(row) for row in hub.rows(f"SELECT {columns} FROM mdm.{table}")} for table, columns in said.items()
    }


def assert_same(ours, expected):
    for part, content in expected.items():
        assert ours[part] == content, part


@pytest.fixture
def two_days(first_day, second_day, another_hub):
    """A hub after two nights, with what stood after the first."""
    before = decided(another_hub(*first_day))
    return another_hub(*second_day), before


def test_the_latest_run_goes_back_whole_and_comes_again(two_days):
    hub, before = two_days
    after, said = decided(hub), history(hub)
    assert after != before
    run = show_run(hub.store, "last").run
    done = roll_back(hub.store, run.run_id, actor="stella", now=hub.day(3))
    assert_same(decided(hub), before)
    assert done.left == () and done.counts["requeued"] > 0
    for table, rows in history(hub).items():
        assert said[table] <= rows, table
    # the records wait, and the same rules decide alike, under the same ids
    again = hub.nightly(now=hub.day(4))
    assert again.changed
    now = decided(hub)
    for part in ("cross references", "golden records", "tasks", "proposals", "households"):
        assert now[part] == after[part], part
    assert {(r, g) for r, g, _ in now["stays"]} == {(r, g) for r, g, _ in after["stays"]}


def test_the_first_run_goes_back_to_nothing(first_day, another_hub):
    hub = another_hub(*first_day)
    after = decided(hub)
    roll_back(hub.store, "last", actor="stella", now=hub.day(2))
    assert all(not content for content in decided(hub).values())
    hub.nightly(now=hub.day(3))
    now = decided(hub)
    assert now["cross references"] == after["cross references"]
    assert {(r, g) for r, g, _ in now["stays"]} == {(r, g) for r, g, _ in after["stays"]}


def test_a_rollback_is_taken_back_itself_and_runs_go_back_one_after_the_other(two_days):
    hub, before = two_days
    after = decided(hub)
    second, first = (run.run_id for run in list_runs(hub.store))
    back = roll_back(hub.store, second, actor="stella", now=hub.day(3))
    assert [run.taken_back_by for run in list_runs(hub.store)] == [None, back.run_id, None]
    with pytest.raises(RefusedInput, match=str(back.run_id)):
        roll_back(hub.store, second, actor="stella", now=hub.day(3))
    roll_back(hub.store, back.run_id, actor="stella", now=hub.day(4))
    assert_same(decided(hub), after)
    again = roll_back(hub.store, second, actor="stella", now=hub.day(5))
    assert again.left == ()
    assert_same(decided(hub), before)
    assert roll_back(hub.store, first, actor="stella", now=hub.day(6)).left == ()
    assert all(not content for content in decided(hub).values())


def test_a_preview_says_what_it_would_do_and_does_nothing(two_days):
    hub, _ = two_days
    before = hub.tables()
    told = preview_rollback(hub.store, "last", now=hub.day(3))
    assert hub.tables() == before
    assert told.preview and told.run_id is None
    done = roll_back(hub.store, "last", actor="stella", now=hub.day(3))
    assert done.counts == told.counts and done.left_counts == told.left_counts


def test_what_is_not_there_or_goes_on_is_said(two_days):
    hub, _ = two_days
    with pytest.raises(NotFound, match="no run 00000000"):
        roll_back(hub.store, "00000000", actor="stella", now=hub.day(3))
    with pytest.raises(NotFound, match="mdm run list"):
        roll_back(hub.store, "yesterday", actor="stella", now=hub.day(3))
    nothing = hub.nightly(now=hub.day(3))
    with pytest.raises(RefusedInput, match="published nothing"):
        roll_back(hub.store, nothing.run_id, actor="stella", now=hub.day(3))
    with hold_run_lock(hub.store), pytest.raises(LockHeld):
        roll_back(hub.store, "last", actor="stella", now=hub.day(3))


def test_merged_ids_answer_through_a_rollback(hub):
    one = {"Id": "003A", "FirstName": "Agnieszka", "LastName": "Wojtyla", "Email": "aga.wojtyla@gmail.com"}
    other = {"Id": "003B", "FirstName": "Magda", "LastName": "Krol", "Email": "magda.krol@gmail.com"}
    hub.contacts(one, other)
    hub.nightly()
    ids = hub.golden_ids()
    a, b = ids["salesforce/Contact/003A"], ids["salesforce/Contact/003B"]
    clock = {"SystemModstamp": "2026-10-01T10:00:00.000Z"}
    hub.contacts(other | one | {"Id": "003B", "Birthdate": "1971-03-09"} | clock, now=hub.day(2))
    hub.contacts(one | {"Birthdate": "1971-03-09"} | clock, now=hub.day(2))
    hub.nightly(now=hub.day(2))
    assert hub.together("salesforce/Contact/003A", "salesforce/Contact/003B")
    survivor = hub.golden_ids()["salesforce/Contact/003A"]
    merged = b if survivor == a else a
    assert show(hub.store, merged).golden_id == survivor
    roll_back(hub.store, "last", actor="stella", now=hub.day(3))
    assert hub.golden_ids() == ids
    assert show(hub.store, merged).golden_id == merged
    assert [e.kind for e in show(hub.store, merged).history if e.golden_id == merged] == [
        "created",
        "merged",
        "unmerged",
    ]
