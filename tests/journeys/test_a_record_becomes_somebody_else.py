"""A record says somebody else from one day to the next, deleted between or not: the customer it left stands still."""

from __future__ import annotations

import pytest

ANNABEL = {"first_name": "Annabel", "last_name": "Thornquist", "email": "annabel.thornquist@gmail.com"}
ANNABEL |= {"mobile": "(512) 478-0143", "birth_date": "03/12/1984", "email_opt_in": "Y"}
CONTACT = {"Id": "003A", "FirstName": "Annabel", "LastName": "Thornquist", "Email": ANNABEL["email"]}
CONTACT |= {"MobilePhone": ANNABEL["mobile"], "Birthdate": "1984-03-12"}
OTHER = {"Id": "003A", "FirstName": "Bartholomew", "LastName": "Quince", "Email": "bq@quince.org"}
OTHER |= {"MobilePhone": "(303) 555-0188", "Birthdate": "1971-07-30"}
OTHER_MEMBER = {"first_name": "Ottoline", "last_name": "Vance", "email": "ov@vance.org", "email_opt_in": "Y"}
OTHER_MEMBER |= {"mobile": "(213) 555-0177", "birth_date": "11/05/1990"}


def _on(row, day, **changes):
    clock = f"2026-10-{day:02d}T05:00:00.000Z"
    return row | {"SystemModstamp": clock, "updated_at": clock} | changes


@pytest.mark.parametrize("contact_first", [True, False])
def test_the_golden_id_stays_with_the_record_that_did_not_change(hub, contact_first):
    if contact_first:
        hub.contacts(CONTACT)
    hub.members(ANNABEL | {"member_id": "L1"})
    if not contact_first:
        hub.contacts(CONTACT)
    hub.nightly()
    before = hub.golden_ids()
    assert before["salesforce/Contact/003A"] == before["loyalty/Member/L1"]
    hub.contacts(_on(OTHER, 2), now=hub.day(2))
    hub.nightly(now=hub.day(2))
    after = hub.golden_ids()
    assert after["loyalty/Member/L1"] == before["loyalty/Member/L1"]
    assert after["salesforce/Contact/003A"] != before["loyalty/Member/L1"]


@pytest.mark.parametrize("merged_since", [False, True])
def test_a_deleted_record_that_comes_back_as_somebody_else_takes_its_refusal_along(hub, merged_since):
    """Also from the survivor of the golden record it left."""
    many = [{"member_id": f"L{n}", "first_name": "Filler", "last_name": f"Nobody{n}"} for n in range(10, 40)]
    hub.contacts(CONTACT | {"HasOptedOutOfEmail": "true"})
    hub.members(ANNABEL | {"member_id": "L1"}, *many)
    hub.nightly()
    hub.contacts(_on(CONTACT, 2, IsDeleted="true"), now=hub.day(2))
    hub.nightly(now=hub.day(2))
    if merged_since:
        hub.members(*(_on(OTHER_MEMBER | {"member_id": m}, 3) for m in ("L2", "L3")), now=hub.day(3))
        hub.nightly(now=hub.day(3))
        hub.constrain("must_link", "loyalty/Member/L1", "loyalty/Member/L2", now=hub.day(4))
        hub.nightly(now=hub.day(4))
        assert hub.together("loyalty/Member/L1", "loyalty/Member/L3")
        # a decision counts again on the day after it; so that nothing but the return makes the survivor anew
        hub.members(_on(many[0] | {"tier": "GOLD"}, 5), now=hub.day(5))
        hub.nightly(now=hub.day(5))
    assert _email_consent(hub, "loyalty/Member/L1") == "opted_out"
    hub.contacts(_on(OTHER | {"HasOptedOutOfEmail": "true"}, 6), now=hub.day(6))
    hub.nightly(now=hub.day(6))
    assert not hub.together("salesforce/Contact/003A", "loyalty/Member/L1")
    assert _email_consent(hub, "loyalty/Member/L1") == "opted_in"
    assert _email_consent(hub, "salesforce/Contact/003A") == "opted_out"
    before = hub.state()
    hub.write("INSERT INTO mdm.resolve_queue (record_id) SELECT record_id FROM mdm.record_key")
    hub.nightly(now=hub.day(7))
    assert hub.state() == before


def _email_consent(hub, key):
    return next(c["state"] for c in hub.golden(key)[0]["consent"] if c["channel"] == "email")
