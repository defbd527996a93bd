"""A run is taken back whole: the hub stands as before, the records wait, and the next run decides again."""

from __future__ import annotations

import json
import signal
import time
from collections import Counter

import psycopg
import pytest

from mdm.errors import LockHeld, NotFound, RefusedInput
from mdm.lookup import history, show
from mdm.runs import diff_run, list_runs, preview_rollback, roll_back, show_run, status
from mdm.store.locks import hold_run_lock

# what a run decides; what is known of records (forms, keys, weights, noise) a rollback leaves
DECIDED = ("cross references", "golden records", "tasks", "proposals", "households")


def decided(hub):
    """What a run decides, ids and since when included."""
    state = hub.state()
    stays = hub.rows("SELECT record_id, golden_id, since FROM mdm.cross_reference WHERE until IS NULL")
    homes = hub.rows("SELECT golden_id, household_id, since FROM mdm.household_member WHERE until IS NULL")
    return {part: state[part] for part in DECIDED} | {"stays": set(stays), "homes": set(homes)}


def written(hub):
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
    after, said = decided(hub), written(hub)
    assert after != before
    run = show_run(hub.store, "last").run
    done = roll_back(hub.store, run.run_id, actor="stella", now=hub.day(3))
    assert_same(decided(hub), before)
    assert done.left == () and done.counts["requeued"] > 0
    for table, rows in written(hub).items():
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


def people(hub):
    """Two customers of two records each, resolved."""
    for one, other in PAIRS:
        hub.contacts(one, other)
    hub.nightly()


PAIRS = [
    (
        {"Id": "003A1", "FirstName": "Agnieszka", "LastName": "Wojtyla", "Email": "aga.wojtyla@gmail.com",
         "Birthdate": "1971-03-09"},
        {"Id": "003A2", "FirstName": "Agnieszka", "LastName": "Wojtyla", "Email": "aga.wojtyla@gmail.com",
         "Birthdate": "1971-03-09", "MobilePhone": "360 943 2142"},
    ),
    (
        {"Id": "003B1", "FirstName": "Ottokar", "LastName": "Brannock", "Email": "ottokar.b@outlook.com",
         "Birthdate": "1955-02-20"},
        {"Id": "003B2", "FirstName": "Ottokar", "LastName": "Brannock", "Email": "ottokar.b@outlook.com",
         "Birthdate": "1955-02-20", "MobilePhone": "406 587 3111"},
    ),
]  # fmt: skip
LATER = {"SystemModstamp": "2026-10-01T10:00:00.000Z"}
LATEST = {"SystemModstamp": "2026-10-02T10:00:00.000Z"}
A, B = "salesforce/Contact/003A1", "salesforce/Contact/003B1"


def test_where_a_later_run_moved_on_the_customer_stays_and_is_listed(hub):
    people(hub)
    hub.contacts(PAIRS[0][0] | LATER | {"Phone": "207 846 4133"}, PAIRS[1][0] | LATER | {"Phone": "207 846 4190"},
                 now=hub.day(2))  # fmt: skip
    second = hub.nightly(now=hub.day(2)).run_id
    hub.contacts(PAIRS[1][0] | LATEST | {"Phone": "207 846 4191"}, now=hub.day(3))
    third = hub.nightly(now=hub.day(3)).run_id
    done = roll_back(hub.store, second, actor="stella", now=hub.day(4))
    assert hub.golden(A)[0]["phone"] == ["+13609432142"]
    assert "+12078464191" in hub.golden(B)[0]["phone"]
    moved_on = hub.golden_ids()[B]
    assert [(left.kind, left.id, left.by_run) for left in done.left] == [("judged_again", moved_on, third)]
    assert str(third) in done.left[0].reason and done.left_counts == {"judged_again": 1}
    # the third is the latest still, and goes back to what the second had said
    assert roll_back(hub.store, third, actor="stella", now=hub.day(5)).left == ()
    assert "+12078464190" in hub.golden(B)[0]["phone"]
    hub.nightly(now=hub.day(6))
    assert {"+12078464133"} <= set(hub.golden(A)[0]["phone"])
    assert {"+12078464191"} <= set(hub.golden(B)[0]["phone"])


def test_what_was_written_out_or_answered_stays_and_is_listed(first_day, another_hub, tmp_path):
    hub = another_hub(*first_day)
    out = hub.command("export", "approved-changes", "--system", "salesforce", "--out", str(tmp_path / "out"), "--json")
    assert out.returncode == 0, out.stderr
    exported = hub.value("SELECT count(*) FROM mdm.proposed_change WHERE state = 'exported'")
    assert exported
    hub.write(
        "UPDATE mdm.review_task SET state = 'decided', closed_at = now() WHERE task_id ="
        " (SELECT task_id FROM mdm.review_task ORDER BY task_id LIMIT 1)"
    )
    done = roll_back(hub.store, "last", actor="stella", now=hub.day(2))
    assert done.left_counts == {"exported": exported, "answered": 1}
    assert hub.rows("SELECT state, count(*) FROM mdm.proposed_change GROUP BY state ORDER BY state") == [
        ("exported", exported), ("withdrawn", done.counts["changes_withdrawn"]),
    ]  # fmt: skip
    assert hub.value("SELECT count(*) FROM mdm.review_task WHERE state = 'decided'") == 1


def test_decisions_are_new_again_to_the_run_after_a_rollback(hub):
    people(hub)
    hub.constrain("cannot_link", A, "salesforce/Contact/003A2", now=hub.day(2))
    hub.nightly(now=hub.day(2))
    assert not hub.together(A, "salesforce/Contact/003A2")
    roll_back(hub.store, "last", actor="stella", now=hub.day(3))
    assert hub.together(A, "salesforce/Contact/003A2")
    hub.nightly(now=hub.day(4))
    assert not hub.together(A, "salesforce/Contact/003A2")


def test_records_that_came_or_went_after_the_run_are_decided_by_the_next(hub):
    people(hub)
    hub.contacts(PAIRS[0][0] | LATER | {"Phone": "207 846 4133"}, now=hub.day(2))
    hub.nightly(now=hub.day(2))
    hub.contacts(PAIRS[0][1] | LATER | {"IsDeleted": "true"}, now=hub.day(3))
    hub.contacts({"Id": "003C", "FirstName": "Niamh", "LastName": "Oduyemi"}, now=hub.day(3))
    roll_back(hub.store, "last", actor="stella", now=hub.day(3))
    assert hub.together(A, "salesforce/Contact/003A2")
    hub.nightly(now=hub.day(4))
    assert set(hub.golden_ids()) == hub.live()


def test_a_clock_that_goes_back_does_not_turn_history_round(hub):
    people(hub)
    hub.contacts(PAIRS[0][0] | LATER | {"Phone": "207 846 4133"}, now=hub.day(2))
    hub.nightly(now=hub.day(5))
    roll_back(hub.store, "last", actor="stella", now=hub.day(3))
    hub.nightly(now=hub.day(1))
    assert hub.rows("SELECT DISTINCT started_at FROM mdm.run WHERE number > 1") == [(hub.day(5),)]
    assert hub.value("SELECT count(*) FROM mdm.golden_record WHERE valid_to < valid_from") == 0
    assert hub.value("SELECT count(*) FROM mdm.cross_reference WHERE until < since") == 0


WRITTEN = ["run_publication", "golden_id_event", "cross_reference", "golden_record", "review_task", "proposed_change",
           "household_member", "household_evidence", "resolve_queue", "setting"]  # fmt: skip


@pytest.mark.parametrize("tables", [WRITTEN[0::2], WRITTEN[1::2]], ids=" ".join)
def test_a_rollback_killed_at_any_write_leaves_the_run_in_force(second_day, first_day, another_hub, tables):
    before = decided(another_hub(*first_day))
    hub = another_hub(*second_day)
    untouched = hub.tables()
    for table in tables:
        with psycopg.connect(hub.store.url) as blocker:
            blocker.execute(f"LOCK TABLE mdm.{table} IN SHARE MODE")
            process = hub.start("run", "rollback", "last", "--json")
            waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = CAST(:name AS regclass)"
            until = time.monotonic() + 60
            while not hub.value(waits, name=f"mdm.{table}"):
                assert time.monotonic() < until and process.poll() is None, process.communicate()
                time.sleep(0.005)
            process.send_signal(signal.SIGKILL)
            process.communicate()
        wait_for_quiet(hub)
        assert hub.tables() == untouched, table
    done = hub.command("run", "rollback", "last", "--json")
    assert done.returncode == 0, done.stderr
    assert_same(decided(hub), before)
    states = [run.state for run in list_runs(hub.store)]
    assert states == ["done", *["interrupted"] * len(tables), "done", "done"]


def wait_for_quiet(hub):
    """The killed process's transactions and its lock are gone."""
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND xact_start IS NOT NULL"
    )
    until = time.monotonic() + 60
    while hub.value(others) or status(hub.store).running:
        assert time.monotonic() < until
        time.sleep(0.005)


def test_what_a_run_changed_is_told_customer_by_customer(two_days):
    hub, _ = two_days
    told = diff_run(hub.store, "last", limit=10_000)
    events = dict(hub.rows(
        "SELECT kind, count(*) FROM mdm.golden_id_event WHERE run_id = :r GROUP BY kind", r=told.run.run_id
    ))  # fmt: skip
    assert told.counts.golden_ids == events and events
    changed = {c.golden_id: c for c in told.changes}
    before = dict(hub.rows('SELECT golden_id, "values" FROM mdm.golden_record WHERE version = 1 AND run_id <> :r',
                           r=told.run.run_id))  # fmt: skip
    now = dict(hub.rows('SELECT golden_id, "values" FROM mdm.golden_record WHERE valid_to IS NULL'))
    for golden_id in before.keys() & now.keys():
        names = {n for n in before[golden_id] | now[golden_id] if before[golden_id].get(n) != now[golden_id].get(n)}
        said = {v.attribute: (v.old, v.new) for v in changed[golden_id].values} if golden_id in changed else {}
        assert said == {n: (before[golden_id].get(n), now[golden_id].get(n)) for n in names}
    counted = Counter(v.attribute for c in told.changes for v in c.values)
    assert counted == {a.attribute: a.added + a.changed + a.removed for a in told.counts.attributes}
    assert sum(len(c.came) for c in told.changes) == told.counts.records["joined"] + told.counts.records["moved"]
    # page by page it is the same
    pages, after = [], None
    while True:
        page = diff_run(hub.store, "last", limit=7, after=after)
        pages += page.changes
        after = page.next
        if after is None:
            break
    assert tuple(pages) == told.changes
    for only in ("created", "retired"):
        assert {c.golden_id for c in diff_run(hub.store, "last", only=only, limit=1000).changes} == {
            c.golden_id for c in told.changes if only in c.kinds
        }
    values = {c.golden_id for c in diff_run(hub.store, "last", only="values", limit=1000).changes}
    assert values == {c.golden_id for c in told.changes if c.values}
    assert diff_run(hub.store, "last", limit=0).changes == ()
    with pytest.raises(RefusedInput, match="created, merged"):
        diff_run(hub.store, "last", only="everything")


def test_a_merge_and_its_rollback_are_told_as_such(hub):
    one, other = PAIRS[0][0], PAIRS[1][0]
    hub.contacts(one, other)
    hub.nightly()
    ids = hub.golden_ids()
    hub.constrain("must_link", A, B, now=hub.day(2))
    hub.nightly(now=hub.day(2))
    (survivor,) = set(hub.golden_ids().values())
    (merged,) = set(ids.values()) - {survivor}
    (gone,) = diff_run(hub.store, "last", only="merged").changes
    assert (gone.golden_id, gone.others, gone.version) == (merged, (survivor,), None)
    (came,) = diff_run(hub.store, "last", only="moved").changes
    assert (came.golden_id, [m.golden_id for m in came.came]) == (survivor, [merged])
    back = roll_back(hub.store, "last", actor="stella", now=hub.day(3))
    (again,) = diff_run(hub.store, back.run_id, only="unmerged").changes
    assert (again.golden_id, again.others) == (merged, (survivor,))
    lived = history(hub.store, merged, now=hub.day(4))
    assert lived.answer.kind == "itself"
    assert [step.events[0].kind for step in lived.steps] == ["created", "merged", "unmerged"]
    assert [d.kind for d in lived.decisions] == ["must_link"]


def test_the_commands_say_it(two_days):
    hub, before = two_days
    listed = json.loads(hub.command("run", "list", "--json").stdout)
    assert [run["kind"] for run in listed] == ["nightly", "nightly"]
    told = hub.command("run", "diff", "last", "--limit", "3")
    assert told.returncode == 0 and "source records" in told.stdout and "--after" in told.stdout
    previewed = hub.command("run", "rollback", "last", "--preview")
    assert "nothing was changed" in previewed.stdout
    done = hub.command("run", "rollback", listed[0]["run_id"][:8])
    assert done.returncode == 0 and "the next run decides about them again" in done.stdout
    assert_same(decided(hub), before)
    assert hub.command("run", "rollback", listed[0]["run_id"]).returncode == 2
    assert hub.command("run", "rollback", "0000").returncode == 2
    shown = hub.command("run", "show", listed[0]["run_id"])
    assert "taken back" in shown.stdout
    golden_id = next(iter(hub.golden_ids().values()))
    lived = hub.command("history", str(golden_id), "--known-at", "2026-10-01", "--json")
    assert json.loads(lived.stdout)["standing"]["version"] == 1
