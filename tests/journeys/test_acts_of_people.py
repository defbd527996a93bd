"""People link, unlink, merge, unmerge, split and override: seen before it is done, done as it was seen, taken back."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor

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
from mdm.errors import LockHeld, OutOfDate, RefusedInput
from mdm.model import RecordKey
from mdm.store.locks import hold_run_lock

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


def test_a_token_of_what_is_gone_is_refused(resolved, desk, two):
    hub, now = resolved, resolved.day(2)
    (first, mine), (second, _) = two
    seen = desk.preview(Merge((first, second)), actor="stella", now=now)
    member = next(k for k in mine if k.startswith("loyalty"))
    desk.commit(SetOverride(keys(member)[0], "family_name", "Ó Súilleabháin"), actor="tom", reason="passport", now=now)
    before = facts(hub)
    with pytest.raises(OutOfDate, match="--preview"):
        desk.commit(Merge((first, second)), actor="stella", reason="phoned", token=seen.token, now=now)
    with pytest.raises(RefusedInput, match="no token"):
        desk.commit(Merge((first, second)), actor="stella", reason="phoned", token="12", now=now)
    assert facts(hub) == before
    anew = desk.preview(Merge((first, second)), actor="stella", now=now)
    assert anew.token != seen.token
    desk.commit(Merge((first, second)), actor="stella", reason="phoned", token=anew.token, now=now)


def test_unlinked_is_unlinked_until_it_is_revoked(resolved, desk):
    hub, now = resolved, resolved.day(2)
    group = customers(hub, 3)[0]
    before = facts(hub)
    mine = hub.golden_ids()[group[0]]
    seen = desk.preview(Unlink(keys(group[0])), actor="stella", now=now)
    desk.commit(Unlink(keys(group[0])), actor="stella", reason="his father", token=seen.token, now=now)
    ids = hub.golden_ids()
    assert ids[group[1]] == ids[group[2]] == mine != ids[group[0]]
    assert ids[group[0]] == next(c.golden_id for c in seen.customers if c.fate == "created")
    with pytest.raises(RefusedInput, match="nothing to do"):
        desk.commit(Unlink(keys(group[0]), keys(group[1])[0]), actor="tom", reason="so it is", now=now)
    hub.nightly(now=hub.day(3))
    assert hub.golden_ids() == ids
    # to link them again is to contradict what was said
    with pytest.raises(Contradicts) as refused:
        desk.preview(Link(keys(group[0], group[1])), actor="tom", now=hub.day(3))
    assert {(h.actor, h.kind) for h in refused.value.revoke} == {("stella", APART)}
    assert len(refused.value.revoke) == 2
    for one in refused.value.revoke:
        assert str(one.constraint_id) in str(refused.value)
    desk.commit(RevokeConstraint(refused.value.revoke[0].constraint_id), actor="tom", reason="no", now=hub.day(3))
    desk.commit(RevokeConstraint(refused.value.revoke[1].constraint_id), actor="tom", reason="no", now=hub.day(3))
    assert facts(hub)["golden records"] == before["golden records"]
    assert hub.golden_ids() == before["ids"]


def test_link_with_revoke_takes_back_what_stands_against_it(resolved, desk):
    hub, now = resolved, resolved.day(2)
    group = customers(hub, 2)[0]
    desk.commit(Unlink(keys(group[0])), actor="stella", reason="two people", now=now)
    assert not hub.together(*group)
    done = desk.commit(Link(keys(*group)), actor="tom", reason="one, seen", revoke=True, now=now)
    assert hub.together(*group)
    assert len(done.preview.decisions_revoked) == 1
    assert [(c.kind, c.actor) for c in list_constraints(hub.store)] == [(SAME, "tom")]
    both = list_constraints(hub.store, revoked=True)
    assert {(c.kind, c.revoked_by) for c in both} == {(SAME, None), (APART, "tom")}


def test_a_is_b_b_is_c_and_a_is_not_c(resolved, desk):
    hub, now = resolved, resolved.day(2)
    a, b, c = (people[0] for people in customers(hub, 1)[:3])
    desk.commit(Link(keys(a, b)), actor="anna", reason="said so", now=now)
    desk.commit(Link(keys(b, c)), actor="ben", reason="said so", now=hub.day(3))
    with pytest.raises(Contradicts) as refused:
        desk.commit(Unlink(keys(a), keys(c)[0]), actor="carl", reason="no", now=hub.day(4))
    # either would do; what was said first gives way
    assert [(h.actor, {str(h.record_a), str(h.record_b)}) for h in refused.value.revoke] == [("anna", {a, b})]
    desk.commit(Unlink(keys(a), keys(c)[0]), actor="carl", reason="no", revoke=True, now=hub.day(4))
    assert hub.together(b, c)
    assert not hub.together(a, c)


def test_a_split_keeps_groups_and_the_rest(resolved, desk):
    hub, now = resolved, resolved.day(2)
    group = customers(hub, 4)[0]
    mine = hub.golden_ids()[group[0]]
    act = Split(mine, (keys(group[0], group[1]),))
    seen = desk.preview(act, actor="stella", now=now)
    desk.commit(act, actor="stella", reason="two people", token=seen.token, now=now)
    assert hub.together(group[0], group[1])
    assert hub.together(group[2], group[3])
    assert not hub.together(group[0], group[2])
    assert mine in {hub.golden_ids()[k] for k in group}
    assert {c.golden_id for c in seen.customers} == {hub.golden_ids()[k] for k in group}
    ids = hub.golden_ids()
    hub.nightly(now=hub.day(3))
    assert hub.golden_ids() == ids
    with pytest.raises(RefusedInput, match="does not belong"):
        desk.preview(Split(mine, (keys(*group),)), actor="stella", now=now)


def test_a_merge_of_the_machine_is_taken_back_by_deciding_it(resolved, desk):
    hub = resolved
    row = {"member_id": "Z1", "first_name": "Zebulon", "last_name": "Quirrelmontague", "email": "zq@zebulon.example"}
    other = {"Id": "003Z1", "FirstName": "Zebulon", "LastName": "Quirrelmontague"}
    hub.members(row, now=hub.day(2))
    hub.contacts(other | {"FirstName": "Ottilie", "LastName": "Babbington"}, now=hub.day(2))
    hub.nightly(now=hub.day(2))
    a, b = "loyalty/Member/Z1", "salesforce/Contact/003Z1"
    assert not hub.together(a, b)
    apart = hub.golden_ids()
    hub.contacts(
        other
        | {"Email": "zq@zebulon.example", "Birthdate": "1961-03-04", "SystemModstamp": "2026-10-02T00:00:00.000Z"},
        now=hub.day(3),
    )
    hub.members(row | {"birth_date": "1961-03-04", "updated_at": "2026-10-02T00:00:00.000Z"}, now=hub.day(3))
    hub.nightly(now=hub.day(3))
    assert hub.together(a, b)
    ended = ({apart[a], apart[b]} - {hub.golden_ids()[a]}).pop()
    done = desk.commit(Unmerge(ended), actor="stella", reason="father and son", now=hub.day(4))
    assert hub.golden_ids() == apart | hub.golden_ids()
    assert {k: hub.golden_ids()[k] for k in (a, b)} == {k: apart[k] for k in (a, b)}
    assert [m.kind for m in done.preview.decisions_made] == [APART]
    hub.nightly(now=hub.day(5))
    assert {k: hub.golden_ids()[k] for k in (a, b)} == {k: apart[k] for k in (a, b)}


def test_a_merge_is_taken_back_after_later_edits(resolved, desk, two):
    hub = resolved
    (first, mine), (second, theirs) = two
    before = facts(hub)
    desk.commit(Merge((first, second)), actor="stella", reason="phoned", now=hub.day(2))
    desk.commit(SetOverride(first, "suffix", "Jr."), actor="tom", reason="passport", now=hub.day(3))
    # so many join the side that went that it is the larger one
    newcomers = [people[0] for people in customers(hub, 1)[:3]]
    for record in newcomers:
        desk.commit(Link(keys(theirs[0], record)), actor="tom", reason="phoned", now=hub.day(3))
    hub.nightly(now=hub.day(4))
    assert hub.together(*mine, *theirs, *newcomers)
    desk.commit(Unmerge(second), actor="stella", reason="mixed up", now=hub.day(5))
    ids = hub.golden_ids()
    assert {ids[k] for k in mine} == {first}
    assert {ids[k] for k in (*theirs, *newcomers)} == {second}
    assert sum(hub.golden(k)[0].get("suffix") == "Jr." for k in (mine[0], theirs[0])) == 1
    hub.nightly(now=hub.day(6))
    assert hub.golden_ids() == ids
    untouched = set(before["ids"]) - {*mine, *theirs, *newcomers}
    assert {k: ids[k] for k in untouched} == {k: before["ids"][k] for k in untouched}


def test_an_override_holds_until_it_ends(resolved, desk):
    hub, key = resolved, keys(customers(resolved, 2)[0][0])[0]
    values, _ = hub.golden(str(key))
    act = SetOverride(key, "family_name", "Spelt-Right", hub.day(5))
    seen = desk.preview(act, actor="stella", now=hub.day(2), reason="passport")
    (changed,) = [v for c in seen.customers for v in c.values]
    assert (changed.attribute, changed.before, changed.after) == ("family_name", values["family_name"], "Spelt-Right")
    assert {w.record.system for w in seen.writes} == set(seen.blast_radius.systems_written) != set()
    desk.commit(act, actor="stella", reason="passport", token=seen.token, now=hub.day(2))
    assert hub.golden(str(key))[0]["family_name"] == "Spelt-Right"
    assert [o.state for o in list_overrides(hub.store, now=hub.day(3))] == ["in force"]
    assert [o.state for o in list_overrides(hub.store, now=hub.day(6))] == ["expired"]
    hub.nightly(now=hub.day(6))
    assert hub.golden(str(key))[0] == values
    ended = desk.preview(RevokeOverride(key, "family_name"), actor="stella", now=hub.day(6))
    assert "ran out" in " ".join(ended.notes)
    assert ended.customers == ()
    desk.commit(SetOverride(key, "family_name", None), actor="stella", reason="none", now=hub.day(6))
    assert "family_name" not in hub.golden(str(key))[0]
    desk.commit(RevokeOverride(key, "family_name"), actor="stella", reason="has one", now=hub.day(6))
    assert hub.golden(str(key))[0] == values
    assert hub.value("SELECT count(*) FROM mdm.value_override WHERE revoked_at IS NULL") == 0


@pytest.mark.parametrize(
    ("attribute", "value", "words"),
    [
        ("famly_name", "X", "family_name"),
        ("legal_name", "X", "organisation"),
        ("loyalty_balance", 3, "ownership.yaml"),
        ("date_of_birth", "the day before", "1984-02-29"),
        ("email", "call him", "e-mail"),
        ("email", "nobody", "--none"),
        ("email", True, "e-mail"),
        ("address", "Main Street", '"street"'),
        ("address", {"street": "1 Main St", "planet": "Mars"}, "planet"),
        ("family_name", ["A", "B"], "one value"),
        ("family_name", {"value": "A"}, "text"),
        ("family_name", "x" * 100_000, "100,000 characters"),
        ("family_name", "A\x00B", "U+0000"),
        ("family_name", "A\x1bB", "U+001B"),
        ("verified", "perhaps", "true or false"),
    ],
)
def test_an_override_that_cannot_stand_is_refused_with_the_mend(resolved, desk, attribute, value, words):
    key = keys(customers(resolved, 2)[0][0])[0]
    with pytest.raises(RefusedInput, match=words.replace("+", "\\+")) as refused:
        desk.commit(SetOverride(key, attribute, value), actor="stella", reason="so", now=resolved.day(2))
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize(
    ("attribute", "value", "stands"),
    [
        ("family_name", "بن‌علی", "بن‌علی"),
        ("family_name", "  Mu\u0308ller ", "Müller"),
        ("family_name", "D'ANGELO", "D'ANGELO"),
        ("date_of_birth", "1984-02-29", "1984-02-29"),
        ("email", "Jo@Larkin-Post.COM", None),
        ("address", {"street": "1 Main Street", "postcode": "98501", "city": "Tumwater", "country": "US"}, None),
        ("verified", True, True),
    ],
)
def test_an_override_stands_as_it_was_written(resolved, desk, attribute, value, stands):
    key = keys(customers(resolved, 2)[0][0])[0]
    desk.commit(SetOverride(key, attribute, value), actor="stella", reason="so", now=resolved.day(2))
    now_there = resolved.golden(str(key))[0][attribute]
    if stands is not None:
        assert now_there == stands
    else:
        assert isinstance(now_there, list)
        assert len(now_there) == 1


def test_above_the_radius_two_people_decide(resolved, two):
    hub, now = resolved, resolved.day(2)
    (first, mine), (second, theirs) = two
    desk = Desk(hub.store, hub.settings.model_copy(update={"four_eyes_above": 3}))
    before = facts(hub)
    put = desk.commit(Merge((first, second)), actor="stella", reason="phoned", now=now)
    assert (put.state, put.run_id) == ("waiting", None)
    assert facts(hub) == before
    assert list_constraints(hub.store) == ()
    with pytest.raises(RefusedInput, match="somebody else"):
        desk.approve(put.act_id, actor="stella", now=now)
    done = desk.approve(put.act_id, actor="tom", now=now)
    assert done.state == "done"
    assert hub.together(*mine, *theirs)
    (held,) = list_constraints(hub.store)
    assert held.actor == "stella"
    with pytest.raises(RefusedInput, match="waits no longer"):
        desk.reject(put.act_id, actor="tom", now=now)
    again = desk.commit(Unmerge(second), actor="stella", reason="no", now=now)
    desk.reject(again.act_id, actor="tom", now=now)
    assert hub.together(*mine, *theirs)
    actions = hub.rows("SELECT actor, action FROM mdm.audit_entry WHERE action LIKE 'act%' ORDER BY number, position")
    assert actions == [
        ("stella", "act_proposed"),
        ("stella", "act_done"),
        ("tom", "act_approved"),
        ("stella", "act_proposed"),
        ("tom", "act_rejected"),
    ]


def test_an_act_that_waited_too_long_is_looked_at_again(resolved, two):
    hub, now = resolved, resolved.day(2)
    (first, mine), (second, theirs) = two
    desk = Desk(hub.store, hub.settings.model_copy(update={"four_eyes_above": 3}))
    put = desk.commit(Merge((first, second)), actor="stella", reason="phoned", now=now)
    alone = Desk(hub.store, hub.settings)
    alone.commit(SetOverride(keys(mine[0])[0], "suffix", "Jr."), actor="tom", reason="passport", now=now)
    with pytest.raises(OutOfDate):
        desk.approve(put.act_id, actor="tom", now=now)
    seen = desk.foresee_waiting(put.act_id, now=now)
    desk.approve(put.act_id, actor="tom", token=seen.token, now=now)
    assert hub.together(*mine, *theirs)


def test_nothing_personal_is_in_the_trail(resolved, desk, two):
    hub = resolved
    (first, mine), (second, _) = two
    desk.commit(Merge((first, second)), actor="stella", reason="Mrs Quirrel phoned", now=hub.day(2))
    desk.commit(SetOverride(first, "family_name", "Quirrelmont"), actor="stella", reason="so", now=hub.day(2))
    said = hub.value("SELECT string_agg(subject::text, ' ') FROM mdm.audit_entry")
    assert "Quirrel" not in said
    assert not any(key.rpartition("/")[2] in said for key in mine)
    document = hub.value("SELECT string_agg(document::text, ' ') FROM mdm.act")
    assert "Quirrelmont" not in document


def test_while_a_run_goes_on_an_act_is_refused_or_waits(resolved, desk, two):
    hub, now = resolved, resolved.day(2)
    (first, mine), (second, theirs) = two
    before = hub.tables()
    let_go = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        with hold_run_lock(hub.store):
            with pytest.raises(LockHeld, match="--wait"):
                desk.commit(Merge((first, second)), actor="stella", reason="phoned", now=now)
            assert hub.tables() == before
            assert desk.preview(Merge((first, second)), actor="stella", now=now).customers
            waiting = pool.submit(
                lambda: (
                    let_go.set()
                    or desk.commit(Merge((first, second)), actor="stella", reason="phoned", now=now, wait=60)
                )
            )
            let_go.wait()
            assert not waiting.done()
        assert waiting.result().state == "done"
    assert hub.together(*mine, *theirs)


def test_what_waits_for_a_run_is_left_to_it(resolved, desk):
    """A record that changed or was deleted since the last run is judged as that run left it, until its own."""
    hub = resolved
    group = next(g for g in customers(hub, 3) if any("salesforce/Contact" in k for k in g))
    contact = next(k for k in group if "salesforce/Contact" in k)
    before = hub.golden(contact)
    deleted = {"Id": contact.rpartition("/")[2], "LastName": "Gone", "IsDeleted": "true"}
    hub.contacts(deleted | {"SystemModstamp": "2026-10-02T00:00:00.000Z"}, now=hub.day(2))
    other = keys(next(k for k in group if k != contact))[0]
    desk.commit(SetOverride(other, "suffix", "III"), actor="stella", reason="so", now=hub.day(2))
    values, lineage = hub.golden(contact)
    assert values == before[0] | {"suffix": "III"}
    assert {k: v for k, v in lineage.items() if k != "suffix"} == {k: v for k, v in before[1].items() if k != "suffix"}
    assert hub.value("SELECT count(*) FROM mdm.resolve_queue") == 1
    hub.nightly(now=hub.day(3))
    assert contact not in hub.golden_ids()


def test_from_the_command_line(resolved, two):
    hub = resolved
    (first, mine), (second, theirs) = two
    ids = (str(first), str(second))
    assert hub.command("merge", *ids).returncode == 2
    seen = json.loads(hub.command("merge", *ids, "--preview", "--json").stdout)
    assert not hub.together(mine[0], theirs[0])
    done = hub.command("merge", *ids, "--reason", "phoned", "--token", seen["token"])
    assert (done.returncode, done.stderr) == (0, "")
    assert "blast radius: 2 customers, 5 records (2 move)" in done.stdout
    assert hub.together(mine[0], theirs[0])
    refused = hub.command("merge", *ids, "--reason", "phoned", "--token", seen["token"])
    assert refused.returncode == 2
    assert hub.command("override", mine[0], "family_name", "O'Brien", "--reason", "so").returncode == 0
    assert "O'Brien" in hub.command("overrides", mine[0]).stdout
    assert "act_done" in hub.command("audit", "list", "--by", "test").stdout
    assert hub.command("audit", "verify").returncode == 0
