"""Any past day can be asked for: how it was by what is known now, and what was believed then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from mdm.errors import NotFound
from mdm.lookup import customer_at, history
from mdm.runs import roll_back

KEY = "salesforce/Contact/003A"
ONE = {"Id": "003A", "FirstName": "Agnieszka", "LastName": "Wojtyla", "Email": "aga.wojtyla@gmail.com",
       "Birthdate": "1971-03-09", "MailingCity": "Tumwater", "MailingState": "WA", "MailingPostalCode": "98501",
       "MailingStreet": "48 Millrace Lane", "MailingCountry": "United States",
       "SystemModstamp": "2026-09-10T12:00:00.000Z"}  # fmt: skip
MOVED = {"MailingStreet": "7 Ferry Ford Road", "MailingCity": "Bozeman", "MailingState": "MT",
         "MailingPostalCode": "59715", "SystemModstamp": "2026-09-20T12:00:00.000Z"}  # fmt: skip
CALLED = {"MobilePhone": "360 943 2142", "SystemModstamp": "2026-10-03T01:00:00.000Z"}


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def asked(hub, golden_id, *, as_of=None, known_at=None, now=9):
    return customer_at(hub.store, golden_id, as_of=as_of, known_at=known_at, now=hub.day(now))


def city(then):
    values = {v.attribute: v.value for v in then.values}
    return None if "address" not in values else values["address"][0]["city"]


@pytest.fixture
def moved(hub):
    """Known on 1 October; moved on 20 September, which the hub learns on the second; a phone the day after."""
    hub.contacts(ONE)
    hub.nightly()
    hub.contacts(ONE | MOVED, now=hub.day(2))
    hub.nightly(now=hub.day(2))
    hub.contacts(ONE | MOVED | CALLED, now=hub.day(3))
    hub.nightly(now=hub.day(3))
    return hub, hub.golden_ids()[KEY]


def test_news_that_came_late_was_true_before_it_was_known(moved):
    hub, golden_id = moved
    assert city(asked(hub, golden_id)) == "Bozeman"
    # what we believed on the evening of the first
    assert city(asked(hub, golden_id, known_at=hub.day(1))) == "Tumwater"
    # what was so that day, as we know now
    assert city(asked(hub, golden_id, as_of=hub.day(1))) == "Bozeman"
    assert city(asked(hub, golden_id, as_of=at("2026-09-15"))) == "Tumwater"
    # what we held to be so on the 25th of September when we did not know better
    assert city(asked(hub, golden_id, as_of=at("2026-09-25"), known_at=hub.day(1))) == "Tumwater"
    assert city(asked(hub, golden_id, as_of=at("2026-09-25"), known_at=hub.day(2))) == "Bozeman"
    # before its system says anything nothing is known to be so
    assert asked(hub, golden_id, as_of=at("2026-01-01")).values == ()
    then = asked(hub, golden_id, as_of=at("2026-09-25"))
    assert "phone" not in {v.attribute for v in then.values}
    assert {v.true_from for v in then.values if v.attribute == "address"} == {at("2026-09-20T12:00")}


def test_an_id_that_was_not_there_yet_and_one_that_never_was(moved):
    hub, golden_id = moved
    before = asked(hub, golden_id, known_at=at("2026-09-01"))
    assert (before.answer.kind, before.version, before.values) == ("unknown_then", None, ())
    with pytest.raises(NotFound, match="no golden id"):
        asked(hub, uuid4())
    with pytest.raises(NotFound, match="no golden id"):
        history(hub.store, uuid4(), now=hub.day(4))


def test_steps_say_what_changed_and_who_came(moved):
    hub, golden_id = moved
    lived = history(hub.store, golden_id, now=hub.day(4))
    assert [step.version for step in lived.steps] == [1, 2, 3]
    first, second, third = lived.steps
    assert [e.kind for e in first.events] == ["created"] and [str(k) for k in first.came] == [KEY]
    (change,) = second.values
    assert change.attribute == "address"
    assert (change.old[0]["city"], change.new[0]["city"]) == ("Tumwater", "Bozeman")
    assert [(c.attribute, c.old) for c in third.values] == [("phone", None)]
    assert [step.at for step in lived.steps] == [hub.day(1), hub.day(2), hub.day(3)]
    assert second.came == second.left == ()


def test_what_was_taken_back_was_believed_and_is_no_history_of_truth(moved):
    hub, golden_id = moved
    roll_back(hub.store, "last", actor="stella", now=hub.day(5))
    has_phone = [
        "phone" in {v.attribute for v in asked(hub, golden_id, **when).values}
        for when in (
            {"known_at": hub.day(4)}, {"known_at": hub.day(5)}, {"as_of": hub.day(4)},
            {"as_of": hub.day(4), "known_at": hub.day(4)},
        )
    ]  # fmt: skip
    assert has_phone == [True, False, False, True]
    lived = history(hub.store, golden_id, now=hub.day(6))
    assert [step.taken_back_by is not None for step in lived.steps] == [False, False, True, False]
    assert lived.steps[-1].run_kind == "rollback"


def test_members_of_a_day_and_ids_that_merged_and_split_later(hub):
    other = {"Id": "003B", "FirstName": "Ottokar", "LastName": "Brannock", "Email": "ottokar.b@outlook.com"}
    hub.contacts(ONE, other)
    hub.nightly()
    ids = hub.golden_ids()
    decision = hub.constrain("must_link", KEY, "salesforce/Contact/003B", now=hub.day(2))
    hub.nightly(now=hub.day(2))
    (survivor,) = set(hub.golden_ids().values())
    (merged,) = set(ids.values()) - {survivor}
    assert [str(k) for k in asked(hub, survivor).records] == [KEY, "salesforce/Contact/003B"]
    assert len(asked(hub, survivor, known_at=hub.day(1)).records) == 1
    now = asked(hub, merged)
    assert (now.answer.kind, now.golden_id, now.answer.at) == ("merged", survivor, hub.day(2))
    assert asked(hub, merged, known_at=hub.day(1)).golden_id == merged
    assert history(hub.store, merged, now=hub.day(3)).answer.ids == (survivor,)
    hub.revoke(decision, now=hub.day(3))
    hub.nightly(now=hub.day(3))
    assert hub.golden_ids() == ids
    # back to itself, and still merged when asked about the day it was
    assert asked(hub, merged).answer.kind == "itself"
    assert asked(hub, merged, known_at=hub.day(2)).golden_id == survivor
    (said,) = history(hub.store, merged, now=hub.day(4)).decisions
    assert (said.kind, said.actor, said.revoked_at) == ("must_link", "stella", hub.day(3))
    hub.contacts(other | {"IsDeleted": "true", "SystemModstamp": "2026-10-04T00:00:00.000Z"}, now=hub.day(4))
    hub.nightly(now=hub.day(4))
    gone = history(hub.store, ids["salesforce/Contact/003B"], now=hub.day(5))
    assert (gone.answer.kind, gone.answer.ids) == ("retired", ())
    assert [str(k) for k in gone.steps[-1].left] == ["salesforce/Contact/003B"]


def test_a_system_whose_clock_runs_ahead_is_believed_from_when_it_was_heard(hub):
    hub.contacts(ONE | {"SystemModstamp": "2031-01-01T00:00:00.000Z"})
    hub.nightly()
    golden_id = hub.golden_ids()[KEY]
    assert city(asked(hub, golden_id)) == "Tumwater"
    assert {v.true_from for v in asked(hub, golden_id).values} == {hub.day(1)}
    assert asked(hub, golden_id, as_of=hub.day(1) - timedelta(hours=1)).values == ()
