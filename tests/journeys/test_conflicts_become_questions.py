"""What contradicts itself is asked: birth dates inside one customer, stewards' decisions; withdrawn when it is over."""

from __future__ import annotations

ANN = {"FirstName": "Annabel", "LastName": "Thornquist", "Email": "annabel.thornquist@gmail.com"}
ANN |= {"MobilePhone": "(512) 478-0143", "Loyalty_Number__c": "4411223344"}
MEMBER = {"member_id": "L1", "first_name": "Annabel", "last_name": "Thornquist", "email": ANN["Email"]}
MEMBER |= {"mobile": "(512) 478-0143", "card_number": "4411223344"}
OTHERS = [
    {"Id": "003B", "FirstName": "Bartholomew", "LastName": "Quince", "Email": "bq@quince.org"},
    {"Id": "003C", "FirstName": "Clementine", "LastName": "Oduya", "Email": "clem@oduya.net"},
    {"Id": "003D", "FirstName": "Dagobert", "LastName": "Vance", "Email": "dago@vance.io"},
]


def tasks(hub, reason, state="open"):
    """Question, records (by key) and detail of the tasks of one reason."""
    keys = hub.keys()
    rows = hub.rows(
        "SELECT question, record_ids, detail FROM mdm.review_task WHERE reason = :r AND state = :s",
        r=reason, s=state,
    )  # fmt: skip
    return [(question, [keys[r] for r in ids], detail) for question, ids, detail in rows]


def test_two_birth_dates_in_one_customer_are_asked_once_and_withdrawn_when_gone(hub):
    hub.contacts(ANN | {"Id": "003A", "Birthdate": "1984-03-12"}, *OTHERS)
    hub.members(MEMBER | {"birth_date": "03/27/1984"})
    hub.nightly()
    both = ["loyalty/Member/L1", "salesforce/Contact/003A"]
    assert hub.together(*both)
    ((question, records, detail),) = tasks(hub, "attribute_conflict")
    assert sorted(records) == both
    assert detail == {"entity_type": "person", "attribute": "date_of_birth", "sides": [[both[0]], [both[1]]]}
    # another run asks nothing anew, also one in which these records are only looked at
    near = {"Id": "003Z", "FirstName": "Bert", "LastName": "Thornquist", "MobilePhone": ANN["MobilePhone"]}
    hub.contacts(near | {"Birthdate": "1952-09-09"}, now=hub.day(2))
    hub.nightly(now=hub.day(2))
    assert not hub.together(*both, "salesforce/Contact/003Z")
    assert [q for q, _, _ in tasks(hub, "attribute_conflict")] == [question]
    assert tasks(hub, "attribute_conflict", "withdrawn") == []
    hub.members(MEMBER | {"birth_date": "03/12/1984", "updated_at": "2026-10-03T05:00:00.000Z"}, now=hub.day(3))
    hub.nightly(now=hub.day(3))
    assert tasks(hub, "attribute_conflict") == []
    assert [q for q, _, _ in tasks(hub, "attribute_conflict", "withdrawn")] == [question]


def test_a_slip_in_a_birth_date_is_no_question(hub):
    hub.contacts(ANN | {"Id": "003A", "Birthdate": "1984-03-12"})
    hub.members(MEMBER | {"birth_date": "03/13/1984"})
    hub.nightly()
    assert tasks(hub, "attribute_conflict") == []


def test_decisions_that_contradict_each_other_are_asked(hub):
    hub.contacts(*OTHERS)
    hub.nightly()
    b, c, d = (f"salesforce/Contact/{row['Id']}" for row in OTHERS)
    hub.constrain("must_link", b, c, now=hub.day(2))
    hub.constrain("must_link", c, d, now=hub.day(2))
    hub.nightly(now=hub.day(2))
    assert tasks(hub, "decision_conflict") == []
    apart = hub.constrain("cannot_link", b, d, now=hub.day(3))
    hub.nightly(now=hub.day(3))
    ((_, records, detail),) = tasks(hub, "decision_conflict")
    assert records == [b, d, c]
    assert detail == {"entity_type": "person", "must_links": 2}
    hub.nightly(now=hub.day(4))
    assert len(tasks(hub, "decision_conflict")) == 1
    hub.revoke(apart, now=hub.day(5))
    hub.nightly(now=hub.day(5))
    assert tasks(hub, "decision_conflict") == []


def places(hub):
    """Grade and reason of every record that is not alone."""
    keys = hub.keys()
    rows = hub.rows("SELECT record_id, grade, reason FROM mdm.cross_reference WHERE until IS NULL")
    return {keys[r]: (grade, reason) for r, grade, reason in rows if grade != "no_match"}


def test_a_link_by_decision_says_so_and_is_sure(hub):
    contact, member = "salesforce/Contact/003A", "loyalty/Member/L1"
    hub.contacts(ANN | {"Id": "003A"}, *OTHERS)
    hub.members(MEMBER)
    hub.nightly()
    assert places(hub) == dict.fromkeys((contact, member), ("match", "match weight"))
    decision = hub.constrain("must_link", contact, "salesforce/Contact/003B", now=hub.day(2))
    hub.nightly(now=hub.day(2))
    linked = ("match", "linked by a steward (must_link)")
    assert places(hub) == {
        contact: ("match", "match weight"),  # its member would hold it without a steward
        member: ("match", "match weight"),
        "salesforce/Contact/003B": linked,
    }
    hub.revoke(decision, now=hub.day(3))
    confirmed = hub.constrain("must_link", contact, member, now=hub.day(3))
    hub.nightly(now=hub.day(3))
    assert places(hub) == dict.fromkeys((contact, member), linked)
    hub.revoke(confirmed, now=hub.day(4))
    hub.nightly(now=hub.day(4))
    assert places(hub) == dict.fromkeys((contact, member), ("match", "match weight"))
