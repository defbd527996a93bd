"""Who said no has said no: a refusal holds when the record that kept it is deleted, through merges and unmerges."""

from __future__ import annotations

import json

import pytest

PERSON = {"FirstName": "Annabel", "LastName": "Thornquist", "Email": "annabel.thornquist@gmail.com"}
CONTACT = PERSON | {"Id": "003A", "Birthdate": "1984-03-12", "MobilePhone": "(512) 478-0143"}
MEMBER = {"member_id": "L1", "first_name": "Annabel", "last_name": "Thornquist", "email": PERSON["Email"]}
MEMBER |= {"mobile": "(512) 478-0143", "birth_date": "03/12/1984", "email_opt_in": "Y"}
REFUSED = CONTACT | {"HasOptedOutOfEmail": "true"}


def later(row, day, **changes):
    """The row as the system has it another day."""
    clock = f"2026-10-{day:02d}T05:00:00.000Z"
    return row | {"SystemModstamp": clock, "updated_at": clock} | changes


def email_consent(hub, key):
    """State of the e-mail consent, its rule, and the record that said it."""
    values, lineage = hub.golden(key)
    entries = [e for e in lineage["consent"] if "winner" in e]
    said = [(c, e) for c, e in zip(values["consent"], entries, strict=True) if c["channel"] == "email"]
    ((consent, entry),) = said
    return consent["state"], entry["rule"], hub.keys()[entry["winner"][0]]


def settled(hub, day):
    """Neither another run nor one over everything finds anything to change."""
    before = hub.state()
    hub.write("INSERT INTO mdm.resolve_queue (record_id) SELECT record_id FROM mdm.record_key")
    hub.nightly(now=hub.day(day))
    return hub.state() == before


@pytest.fixture
def refused(hub):
    """One customer: an opt-in of the loyalty platform, an opt-out of Salesforce."""
    hub.contacts(REFUSED)
    hub.members(MEMBER)
    hub.nightly()
    assert hub.together("salesforce/Contact/003A", "loyalty/Member/L1")
    assert email_consent(hub, "loyalty/Member/L1")[0] == "opted_out"
    return hub


def delete_the_contact(hub, day=2):
    hub.contacts(later(REFUSED, day, IsDeleted="true"), now=hub.day(day))
    hub.nightly(now=hub.day(day))
    assert "salesforce/Contact/003A" not in hub.golden_ids()


def test_an_unticked_box_takes_no_answer_back(hub):
    hub.contacts(CONTACT | {"HasOptedOutOfEmail": "false"})
    hub.members(MEMBER)
    hub.nightly()
    assert email_consent(hub, "loyalty/Member/L1") == ("opted_in", "most restrictive", "loyalty/Member/L1")


def test_it_holds_and_names_the_deleted_record(refused):
    hub = refused
    delete_the_contact(hub)
    expected = ("opted_out", "most restrictive, of a record deleted since", "salesforce/Contact/003A")
    assert email_consent(hub, "loyalty/Member/L1") == expected
    assert settled(hub, 3)
    hub.members(later(MEMBER, 4, tier="GOLD"), now=hub.day(4))
    hub.nightly(now=hub.day(4))
    assert email_consent(hub, "loyalty/Member/L1") == expected
    # a person can read it, and where it is from
    done = hub.command("show", "loyalty/Member/L1", "--json")
    assert done.returncode == 0, done.stderr
    assert "salesforce/Contact/003A" in json.dumps(json.loads(done.stdout)).replace('", "', "/")


def test_an_opt_in_goes_with_its_record(hub):
    hub.contacts(CONTACT)
    hub.members(MEMBER, MEMBER | {"member_id": "L2", "email_opt_in": "", "sms_opt_in": "Y"})
    hub.nightly()
    assert hub.together("salesforce/Contact/003A", "loyalty/Member/L1", "loyalty/Member/L2")
    # members have no mark of deletion in their file: as a connector would write it
    hub.write(
        "UPDATE mdm.source_record SET superseded_at = :now WHERE record_id = :r",
        now=hub.day(2),
        r=hub.record_id("loyalty/Member/L1"),
    )
    hub.write(
        "INSERT INTO mdm.source_record SELECT record_id, 2, entity_type, attributes, payload, gen_random_uuid(), true,"
        " :now, :now, batch_id, correlation_id, NULL FROM mdm.source_record WHERE record_id = :r",
        now=hub.day(2),
        r=hub.record_id("loyalty/Member/L1"),
    )
    hub.write("INSERT INTO mdm.resolve_queue (record_id) VALUES (:r)", r=hub.record_id("loyalty/Member/L1"))
    hub.nightly(now=hub.day(2))
    assert "loyalty/Member/L1" not in hub.golden_ids()
    assert [c["channel"] for c in hub.golden("loyalty/Member/L2")[0]["consent"]] == ["sms"]


def test_the_customer_takes_it_back_where_it_was_said(refused):
    hub = refused
    delete_the_contact(hub)
    hub.contacts(later(CONTACT, 3), now=hub.day(3))
    hub.nightly(now=hub.day(3))
    assert email_consent(hub, "loyalty/Member/L1")[0] == "opted_in"
    assert settled(hub, 4)


def test_a_steward_takes_it_back(refused):
    hub = refused
    delete_the_contact(hub)
    hub.write(
        "INSERT INTO mdm.value_override (override_id, record_id, attribute, value, reason, actor, created_at) VALUES"
        " (gen_random_uuid(), :record, 'consent', CAST(:value AS jsonb), 'phoned', 'stella', :now)",
        record=hub.record_id("loyalty/Member/L1"), now=hub.day(3),
        value=json.dumps([{"channel": "email", "purpose": "marketing", "state": "opted_in"}]),
    )  # fmt: skip
    hub.nightly(now=hub.day(3))
    assert hub.golden("loyalty/Member/L1")[0]["consent"][0]["state"] == "opted_in"


STRANGER = {"member_id": "L2", "first_name": "Bartholomew", "last_name": "Quince", "email": "bq@quince.org"}
STRANGER |= {"mobile": "(303) 555-0188", "birth_date": "07/30/1971", "email_opt_in": "Y"}


def test_it_goes_to_the_survivor_of_a_merge_and_back(refused):
    hub = refused
    hub.members(STRANGER, STRANGER | {"member_id": "L3"}, now=hub.day(2))
    delete_the_contact(hub)
    assert email_consent(hub, "loyalty/Member/L2")[0] == "opted_in"
    decision = hub.constrain("must_link", "loyalty/Member/L1", "loyalty/Member/L2", now=hub.day(3))
    hub.nightly(now=hub.day(3))
    assert hub.together("loyalty/Member/L1", "loyalty/Member/L2")
    assert email_consent(hub, "loyalty/Member/L2")[0] == "opted_out"
    assert settled(hub, 4)
    hub.revoke(decision, now=hub.day(5))
    hub.nightly(now=hub.day(5))
    assert email_consent(hub, "loyalty/Member/L1")[0] == "opted_out"
    assert email_consent(hub, "loyalty/Member/L2")[0] == "opted_in"
    assert settled(hub, 6)


def test_deleted_while_merged_it_stays_with_the_survivor(refused):
    hub = refused
    hub.members(STRANGER, STRANGER | {"member_id": "L3"}, now=hub.day(2))
    hub.nightly(now=hub.day(2))
    decision = hub.constrain("must_link", "loyalty/Member/L1", "loyalty/Member/L2", now=hub.day(3))
    hub.nightly(now=hub.day(3))
    survivor = hub.golden_ids()["loyalty/Member/L1"]
    delete_the_contact(hub, day=4)
    assert email_consent(hub, "loyalty/Member/L2")[0] == "opted_out"
    hub.revoke(decision, now=hub.day(5))
    hub.nightly(now=hub.day(5))
    states = {g: email_consent(hub, k)[0] for k, g in hub.golden_ids().items()}
    assert len(states) == 2
    assert states[survivor] == "opted_out"
    assert settled(hub, 6)
