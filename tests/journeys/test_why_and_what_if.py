"""Why a value is what it is, and what it would be without a source, by other rules, on another day."""

from __future__ import annotations

import json

import pytest

from golden_record.rules import default_ownership_text
from mdm.errors import NotFound, RefusedInput, RuleFileError
from mdm.lookup import what_if, why
from mdm.model import RecordKey

CONTACT = {"Id": "003A", "FirstName": "Annabel", "LastName": "Thornquist", "Email": "annabel.thornquist@gmail.com"}
CONTACT |= {"Birthdate": "1984-03-12", "MobilePhone": "(512) 478-0143", "MiddleName": "Quill"}
MEMBER = {"member_id": "L1", "first_name": "Annabel", "last_name": "Thornquist", "email": CONTACT["Email"]}
MEMBER |= {"mobile": "(512) 478-0143", "birth_date": "03/13/1984", "tier": "gold", "home_store": "S1"}
CONTACT_KEY, MEMBER_KEY = RecordKey("salesforce", "Contact", "003A"), RecordKey("loyalty", "Member", "L1")


@pytest.fixture
def known(hub):
    """One customer: loyalty owns the birth date, Salesforce has another one."""
    hub.contacts(CONTACT)
    hub.members(MEMBER)
    hub.nightly()
    assert hub.together(str(CONTACT_KEY), str(MEMBER_KEY))
    return hub


def _override(hub, attribute, value, *, day, until=None):
    hub.write(
        "INSERT INTO mdm.value_override"
        " (override_id, record_id, attribute, value, reason, actor, created_at, expires_at)"
        " VALUES (gen_random_uuid(), :record, :attribute, CAST(:value AS jsonb), 'phoned', 'stella', :now, :until)",
        record=hub.record_id(str(MEMBER_KEY)), attribute=attribute, value=json.dumps(value), now=day, until=until,
    )  # fmt: skip


def _switched(found):
    return {s.attribute: ([w.value for w in s.before], [w.value for w in s.after]) for s in found.switches if s.differs}


def test_why_a_value_is_what_it_is(known):
    found = why(known.store, known.settings, str(CONTACT_KEY), "date_of_birth")
    (item,) = found.items
    winner, (loser,) = item.winner, item.behind
    assert (winner.value, winner.record, winner.version) == ("1984-03-13", MEMBER_KEY, 1)
    assert (winner.outcome, winner.reason) == ("wins", "ranked: loyalty before salesforce")
    assert (loser.value, loser.record, loser.outcome) == ("1984-03-12", CONTACT_KEY, "loses")
    assert loser.reason == "ranked: loyalty before salesforce"
    assert winner.asserted.isoformat() == "2026-09-30T00:00:00+00:00"
    assert winner.received == item.mastered == known.day(1)
    (rule,) = found.rules
    line = default_ownership_text().splitlines()[rule.line - 1]
    assert "attributes: [date_of_birth]" in line
    assert rule.file.endswith("ownership.yaml")


def test_a_value_that_came_back_is_mastered_since_then_and_losers_keep_what_they_said(known):
    hub = known
    for day, birth in ((2, "05/05/1985"), (3, "03/13/1984")):
        hub.members({**MEMBER, "birth_date": birth, "updated_at": f"2026-10-0{day}T00:00:00Z"}, now=hub.day(day))
        hub.nightly(now=hub.day(day))
    hub.members({**MEMBER, "tier": "black", "updated_at": "2026-10-04T00:00:00Z"}, now=hub.day(4))
    hub.nightly(now=hub.day(4))
    (item,) = why(hub.store, hub.settings, str(MEMBER_KEY), "date_of_birth").items
    assert (item.winner.version, item.mastered) == (4, hub.day(3))
    # a record that changed since the run still says what it said then
    hub.contacts({**CONTACT, "Birthdate": "1999-09-09", "SystemModstamp": "2026-10-05T00:00:00.000Z"}, now=hub.day(5))
    (item,) = why(hub.store, hub.settings, str(MEMBER_KEY), "date_of_birth").items
    assert [(r.value, r.version) for r in item.behind] == [("1984-03-12", 1)]


def test_why_of_a_steward_s_value_and_of_what_is_not_there(known):
    hub = known
    _override(hub, "loyalty_tier", "Black", day=hub.day(2), until=hub.day(9))
    hub.nightly(now=hub.day(2))
    (item,) = why(hub.store, hub.settings, str(MEMBER_KEY), "loyalty_tier").items
    assert (item.winner.value, item.winner.record, item.winner.override["actor"]) == ("Black", None, "stella")
    assert [(r.outcome, r.reason) for r in item.behind] == [("loses", "overridden")]
    with pytest.raises(RefusedInput, match="no attribute is called 'colour'"):
        why(hub.store, hub.settings, str(MEMBER_KEY), "colour")
    with pytest.raises(NotFound, match="says anything of 'tax_number'"):
        why(hub.store, hub.settings, str(MEMBER_KEY), "tax_number")


def test_without_a_source_and_nothing_is_written(known):
    hub = known
    before = hub.tables()
    for name in ("loyalty", str(MEMBER_KEY)):
        found = what_if(hub.store, hub.settings, str(CONTACT_KEY), now=hub.day(1), without=[name])
        switched = _switched(found)
        assert switched["date_of_birth"] == (["1984-03-13"], ["1984-03-12"])
        assert switched["loyalty_tier"][1] == []
        assert found.unpublished == ()
        # of one record alone nothing is to be told
        assert found.told == () and {p.attribute for p in found.untold} == {
            a for (a,) in hub.rows("SELECT attribute FROM mdm.proposed_change")
        }
    assert hub.tables() == before
    nothing = what_if(hub.store, hub.settings, str(CONTACT_KEY), now=hub.day(1), without=["loyalty", "salesforce"])
    assert nothing.nothing_left


def test_what_a_what_if_says_is_what_the_run_then_does(known):
    hub = known
    held = hub.golden(str(MEMBER_KEY))[0]
    found = what_if(hub.store, hub.settings, str(MEMBER_KEY), now=hub.day(1), without=["salesforce"])
    expected = dict(held)
    for switch in found.switches:
        values = [w.value for w in switch.after]
        several = isinstance(held[switch.attribute], list)
        expected[switch.attribute] = values if several else next(iter(values), None)
    expected = {name: value for name, value in expected.items() if value not in (None, [])}
    assert expected != held
    hub.contacts({**CONTACT, "IsDeleted": "true", "SystemModstamp": "2026-10-02T00:00:00.000Z"}, now=hub.day(2))
    hub.nightly(now=hub.day(2))
    assert hub.golden(str(MEMBER_KEY))[0] == expected


def test_by_other_rules(known, tmp_path):
    hub = known
    file = tmp_path / "ownership.yaml"
    shipped = "[loyalty, salesforce, netsuite, shopify, zendesk, others]}\n    receives: [salesforce, loyalty]"
    text = default_ownership_text()
    assert text.count(shipped) == 1
    file.write_text(text.replace(shipped, shipped.replace("[loyalty, salesforce", "[salesforce, loyalty", 1)))
    found = what_if(hub.store, hub.settings, str(CONTACT_KEY), now=hub.day(1), rules_file=file)
    assert _switched(found) == {"date_of_birth": (["1984-03-13"], ["1984-03-12"])}
    told = [(p.record, p.attribute, p.old, p.new) for p in found.told]
    assert told == [(MEMBER_KEY, "date_of_birth", "1984-03-13", "1984-03-12")]
    assert [(p.record, p.attribute) for p in found.untold] == [(CONTACT_KEY, "date_of_birth")]
    file.write_text("systems: {}\nrules: 3")
    with pytest.raises(RuleFileError, match=r"ownership\.yaml:2: rules"):
        what_if(hub.store, hub.settings, str(CONTACT_KEY), now=hub.day(1), rules_file=file)


def test_on_another_day(known):
    hub = known
    _override(hub, "loyalty_tier", "Black", day=hub.day(2), until=hub.day(5))
    hub.members({**MEMBER, "home_store": "S2", "updated_at": "2026-10-02T00:00:00Z"}, now=hub.day(2))
    hub.nightly(now=hub.day(2))
    key = str(CONTACT_KEY)
    held = hub.golden(key)[0]
    # an override ends
    ends = _switched(what_if(hub.store, hub.settings, key, now=hub.day(3), on=hub.day(5)))
    assert list(ends) == ["loyalty_tier"]
    assert ends["loyalty_tier"][0] == ["Black"] != ends["loyalty_tier"][1]
    # a past day sees the records and decisions of then
    past = _switched(what_if(hub.store, hub.settings, key, now=hub.day(3), on=hub.day(1)))
    assert past == {"loyalty_tier": ends["loyalty_tier"], "preferred_store": ([held["preferred_store"]], ["S1"])}
    # before anybody was known
    assert what_if(hub.store, hub.settings, key, now=hub.day(3), on=hub.day(0)).nothing_left


def test_what_waits_for_a_run_is_said(known):
    hub = known
    hub.members({**MEMBER, "tier": "black", "updated_at": "2026-10-02T00:00:00Z"}, now=hub.day(2))
    found = what_if(hub.store, hub.settings, str(MEMBER_KEY), now=hub.day(2), without=["salesforce"])
    assert found.unpublished == ("loyalty_tier",)


def test_the_commands(known):
    hub = known
    said = hub.command("show", str(CONTACT_KEY), "--why", "date_of_birth")
    assert said.returncode == 0, said.stderr
    assert "ranked: loyalty before salesforce" in said.stdout and "so since" in said.stdout
    as_json = json.loads(hub.command("show", str(CONTACT_KEY), "--why", "email", "--json").stdout)
    assert as_json["items"][0]["winner"]["value"] == CONTACT["Email"]
    said = hub.command("what-if", str(CONTACT_KEY), "--without", "loyalty", "--on", "2027-01-01")
    assert said.returncode == 0, said.stderr
    assert "attributes would change" in said.stdout
    assert json.loads(hub.command("what-if", str(CONTACT_KEY), "--without", "loyalty", "--json").stdout)["switches"]
    for wrong, message in (
        (["--without", "pos"], "no system or record 'pos'"),
        (["--on", "soon"], "no day or moment"),
    ):
        refused = hub.command("what-if", str(CONTACT_KEY), *wrong)
        assert refused.returncode == 2
        assert message in refused.stderr.replace("\n", " ")


def test_rules_check_and_status_say_what_the_records_say_of_the_rules(known):
    hub = known
    _override(hub, "loyalty_balance", 3, day=hub.day(1))
    _override(hub, "loyalty_tier", "Black", day=hub.day(1), until=hub.day(2))
    hub.nightly(now=hub.day(1))
    checked = json.loads(hub.command("rules", "check", "--json").stdout)
    said = {f["message"]: (f["severity"], f["file"] is not None and f["line"]) for f in checked["findings"]}
    assert said["1 overrides of 'loyalty_balance' do nothing: no rule masters it"][0] == "warning"
    assert any("system 'netsuite' has no live record" in message and line for message, (_, line) in said.items())
    assert any("past their expiry" in message for message in said)
    assert hub.command("rules", "check").returncode == 0
    assert hub.command("rules", "check", "--strict").returncode == 2
    known_now = json.loads(hub.command("status", "--json").stdout)
    assert known_now["overrides"] == {"in_force": 1, "past_expiry": 1, "ending_soon": 0}
    # the clock of the test's run stands before the expiry, which is past by now: what is shown is out of date
    assert "1 overrides ended since the last run, which still shows them" in known_now["warnings"]
