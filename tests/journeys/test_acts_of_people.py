"""People link, unlink, merge, unmerge, split and override: seen before it is done, done as it was seen, taken back."""

from __future__ import annotations

import pytest

from mdm.acts import (
    Contradicts,
    Desk,
    Link,
    Merge,
    RevokeConstraint,
    RevokeOverride,
    SetOverride,
    Split,
    Unlink,
    Unmerge,
    list_constraints,
    list_overrides,
)
from mdm.audit import verify
from mdm.errors import OutOfDate, RefusedInput
from mdm.model import RecordKey

SAME, APART = "must_link", "cannot_link"


def customers(hub, size):
    """People with so many records, in a written order."""
    return [sorted(m) for m in sorted(hub.partition(), key=sorted) if len(m) == size and "loyalty" in str(m)]


def keys(*records):
    return tuple(RecordKey.parse(r) for r in records)


def facts(hub):
    """What customers are to those who use them: who, under which id, with which values and changes on their way."""
    state = hub.state()
    return {
        "ids": hub.golden_ids(),
        **{name: state[name] for name in ("cross references", "golden records", "proposals", "households", "tasks")},
    }


@pytest.fixture
def desk(resolved):
    return Desk(resolved.store, resolved.settings)


@pytest.fixture
def two(resolved):
    """The golden ids of two people, and their records."""
    ids = resolved.golden_ids()
    first, second = customers(resolved, 3)[0], customers(resolved, 2)[-1]
    return (ids[first[0]], first), (ids[second[0]], second)


def test_a_merge_is_seen_done_and_taken_back(resolved, desk, two):
    hub, now = resolved, resolved.day(2)
    (first, mine), (second, theirs) = two
    before = facts(hub)
    seen = desk.preview(Merge((first, second)), actor="stella", now=now)
    assert facts(hub) == before
    fates = {c.golden_id: (c.fate, c.others) for c in seen.customers}
    assert fates == {first: ("changed", ()), second: ("merged", (first,))}
    assert seen.blast_radius.records == 5
    done = desk.commit(Merge((first, second)), actor="stella", reason="phoned", token=seen.token, now=now)
    assert done.state == "done"
    assert done.preview == seen
    assert hub.together(*mine, *theirs)
    assert hub.golden_ids()[theirs[0]] == first
    desk.commit(Unmerge(second), actor="stella", reason="mixed up", now=hub.day(3))
    after = facts(hub)
    assert after == before
    assert list_constraints(hub.store) == ()
    kinds = hub.rows("SELECT kind FROM mdm.golden_id_event WHERE golden_id = :g ORDER BY event_id", g=second)
    assert [k for (k,) in kinds] == ["created", "merged", "unmerged"]
    hub.nightly(now=hub.day(4))
    assert facts(hub) == before
    assert verify(hub.store).broken is None
