"""The next day: a delta touches only what it concerns, and what came twice or too late changes nothing."""

from __future__ import annotations

import csv
from itertools import combinations

import pytest


def read(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def next_day(second_day, another_hub):
    """The hub after the delta's nightly run."""
    return another_hub(*second_day)


def ids_of_day_1(hub):
    """Golden id of every record before the delta."""
    keys = hub.keys()
    rows = hub.rows(
        "SELECT DISTINCT ON (record_id) record_id, golden_id FROM mdm.cross_reference"
        " WHERE since = :day OR until = :next"
        " ORDER BY record_id, since",
        day=hub.day(1),
        next=hub.day(2),
    )
    return {keys[r]: g for r, g in rows}


def test_golden_ids_of_untouched_customers_do_not_move(next_day):
    hub, before, after = next_day, ids_of_day_1(next_day), next_day.golden_ids()
    keys = hub.keys()
    named = {
        keys[r]
        for (r,) in hub.rows("SELECT record_id FROM mdm.source_record WHERE received_time = :day", day=hub.day(2))
    }
    assert len(named) > 10
    blocks = hub.rows("SELECT counts -> 'full' FROM mdm.run_stage WHERE stage = 'block' ORDER BY started_at")
    assert blocks == [(True,), (False,)]
    # concerned is a golden record that holds a named record, before or after
    concerned = {before.get(k) for k in named} | {after.get(k) for k in named}
    moved = {k for k in before if k in after and before[k] != after[k]}
    assert all(before[k] in concerned or after[k] in concerned for k in moved)
    changed = hub.rows(
        "SELECT golden_id FROM mdm.golden_record WHERE valid_from = :day OR valid_to = :day", day=hub.day(2)
    )
    events = hub.rows("SELECT golden_id, other_ids FROM mdm.golden_id_event WHERE at = :day", day=hub.day(2))
    assert {g for (g,) in changed} <= concerned | {g for g, _ in events} | {g for _, others in events for g in others}
    assert len({g for (g,) in changed}) < 0.3 * len(set(before.values()))


def test_deleted_records_leave_and_every_live_one_stands_once_in_the_export(next_day, tmp_path):
    hub, before = next_day, ids_of_day_1(next_day)
    out = tmp_path / "cross.csv"
    assert hub.command("export", "cross-references", "--out", str(out)).returncode == 0
    exported = [f"{r['system']}/{r['object']}/{r['source_id']}" for r in read(out)]
    assert len(exported) == len(set(exported))
    assert set(exported) == hub.live()
    gone = set(before) - hub.live()
    assert gone
    standing = {g for (g,) in hub.rows("SELECT golden_id FROM mdm.golden_record WHERE valid_to IS NULL")}
    assert standing == set(hub.golden_ids().values())
    left = {g for k, g in before.items() if k in gone and g not in standing}
    retired = {
        g for (g,) in hub.rows("SELECT golden_id FROM mdm.golden_id_event WHERE kind IN ('retired', 'merged', 'split')")
    }
    assert left <= retired


def test_the_state_is_that_of_a_hub_that_learnt_everything_at_once(next_day, another_hub, population):
    hub, fresh = next_day, another_hub()
    fresh.ingest(population)
    fresh.ingest(population / "delta", now=fresh.day(2))
    fresh.nightly(now=fresh.day(2))
    ours, theirs = hub.state(), fresh.state()
    for part in ("standardised", "blocking keys", "shared values", "waiting"):
        assert ours[part] == theirs[part], part
    # Customers may differ only by the gap between the lines: who was together stays so down to a lower line (keep), and
    # two golden records that exist need more to become one (merge); and by the frequencies, frozen on the first day.
    before, after, at_once = ids_of_day_1(hub), hub.golden_ids(), fresh.golden_ids()
    assert set(after) == set(at_once)
    differ = set().union(*(hub.partition() ^ fresh.partition()))
    assert len(differ) < 0.02 * len(after)
    for a, b in combinations(sorted(differ & set(before)), 2):
        if after[a] == after[b] and at_once[a] != at_once[b]:
            assert before[a] == before[b]
        if after[a] != after[b] and at_once[a] == at_once[b]:
            assert before[a] != before[b]


def test_the_same_file_twice_changes_nothing_at_all(resolved, population):
    before = resolved.tables()
    reports = resolved.ingest(population, now=resolved.day(2))
    assert sum(r.rows for r in reports.values()) == sum(r.unchanged for r in reports.values()) > 500
    assert not resolved.nightly(now=resolved.day(2)).changed
    assert resolved.tables() == before


def test_a_run_over_everything_that_finds_nothing_new_changes_nothing(next_day):
    hub = next_day
    before = hub.tables()
    hub.write("INSERT INTO mdm.resolve_queue (record_id) SELECT record_id FROM mdm.record_key")
    hub.nightly(now=hub.day(3))
    after = hub.tables()
    # pairs are weighed again and say so by their run, so does the trail; when all was last looked at is a setting
    said = {"scored_pair", "setting", "audit_entry", "audit_link"}
    assert {name for name in before if before[name] != after[name]} <= said


def test_an_older_row_is_kept_and_changes_nothing(resolved, population):
    row = read(population / "loyalty_member.csv")[0]
    before = resolved.tables()
    late = row | {"updated_at": "2019-01-01T00:00:00.000Z", "last_name": "Oldname", "tier": "BLUE"}
    report = resolved.members(late, now=resolved.day(2))
    assert (report.rows, report.stale) == (1, 1)
    assert not resolved.nightly(now=resolved.day(2)).changed
    after = resolved.tables()
    assert {name for name in before if before[name] != after[name]} == {"stale_payload"}
    assert resolved.value("SELECT count(*) FROM mdm.stale_payload WHERE payload LIKE '%Oldname%'") == 1
    resolved.members(late, now=resolved.day(3))
    assert resolved.value("SELECT count(*) FROM mdm.stale_payload") == 1
