"""Any sequence of acts, changes and nights: what holds always, holds.

Hypothesis draws what people do and what systems send, on a store of a few families. After each step every live record
belongs to one customer, every decision holds, an act did what its preview said, what was refused changed nothing, a
merge taken back left everything as it was, and the audit trail verifies.

``MDM_ACT_STEPS=2000 MDM_RANDOM_TESTS=1 pytest ...`` takes so many steps, others than usual.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from mdm.acts import (
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
)
from mdm.audit import verify
from mdm.errors import RefusedInput
from mdm.model import RecordKey

STEPS = int(os.environ.get("MDM_ACT_STEPS", "32"))
A_HISTORY = 8 if STEPS < 100 else 50  # steps in one history; the first that hypothesis draws is the simplest

FAMILIES = (
    ("Brannock", "48 Millrace Lane", "Tumwater", "WA", "98501", ("Maureen", "Aoife", "Niamh")),
    ("Quillfeather", "7 Ferry Ford Road", "Bozeman", "MT", "59715", ("Jonathan", "Joan")),
    ("Zabrowski", "310 Kestrel Hill Drive", "Yarmouth", "ME", "04096", ("Katarzyna", "Tomasz")),
)
PEOPLE = tuple((given, *family[:5], n) for family in FAMILIES for n, given in enumerate(family[5]))
SAID = ("as it is", "initial", "no e-mail", "new e-mail", "of the house", "no birth date", "born otherwise")


def contact(number: int, copy: int, said: str) -> dict[str, str]:
    """One version of a Salesforce contact of a person."""
    given, family, street, city, state, postcode, place = PEOPLE[number]
    mailbox = f"{given}.{family}@mail.example".lower()
    emails = {"no e-mail": "", "new e-mail": f"{given}@new.example".lower(), "of the house": f"{family}@home.example"}
    births = {"no birth date": "", "born otherwise": f"19{60 + number}-11-1{place}"}
    return {
        "Id": f"003P{number}{copy}",
        "FirstName": given[:1] + "." if said == "initial" else given,
        "LastName": family,
        "Email": emails.get(said, mailbox),
        "MobilePhone": f"360 943 21{number}{place}",
        "MailingStreet": street,
        "MailingCity": city,
        "MailingState": state,
        "MailingPostalCode": postcode,
        "MailingCountry": "United States",
        "Birthdate": births.get(said, f"19{60 + number}-0{1 + place}-1{number}"),
    }


def member(number: int, said: str) -> dict[str, str]:
    """One version of the loyalty member of a person."""
    row = contact(number, 0, said)
    return {
        "member_id": f"L{number}",
        "card_number": f"77000{number}",
        "first_name": row["FirstName"],
        "last_name": row["LastName"],
        "email": row["Email"],
        "mobile": row["MobilePhone"],
        "birth_date": row["Birthdate"],
        "points_balance": str(100 * number),
    }


@pytest.fixture(scope="session")
def families(make_template: Callable[..., Any]) -> Any:
    """Two contacts and a loyalty member of each person, after their first night."""

    def work(hub: Any) -> None:
        hub.contacts(*(contact(n, c, SAID[2 * c]) for n in range(len(PEOPLE)) for c in range(2)))
        hub.members(*(member(n, "as it is") for n in range(len(PEOPLE))))
        hub.nightly()

    return make_template("families", work)


def facts(hub: Any) -> dict[str, Any]:
    """What customers are to those who use them."""
    state = hub.state()
    told = ("cross references", "golden records", "proposals", "households", "tasks")
    return {"ids": hub.golden_ids(), **{name: state[name] for name in told}}


def machine(new_hub: Callable[[], Any]) -> type[RuleBasedStateMachine]:
    """The machine over hubs of one making."""
    some = st.integers(0, 10**6)

    class People(RuleBasedStateMachine):
        hub: Any
        desk: Desk

        @initialize()
        def begin(self) -> None:
            self.hub = new_hub()
            self.desk = Desk(self.hub.store, self.hub.settings)
            self.now = self.hub.day(2)
            self.ended: list[UUID] = []

        # ---- what people do ------------------------------------------------------------------------------------------

        @rule(a=some, b=some, revoke=st.booleans())
        def link(self, a: int, b: int, revoke: bool) -> None:
            self._do(Link((self._record(a), self._record(b))), revoke=revoke)

        @rule(a=some, revoke=st.booleans())
        def unlink(self, a: int, revoke: bool) -> None:
            self._do(Unlink((self._record(a),)), revoke=revoke)

        @rule(a=some, b=some)
        def keep_apart(self, a: int, b: int) -> None:
            self._do(Unlink((self._record(a),), self._record(b)))

        @rule(a=some, b=some)
        def merge(self, a: int, b: int) -> None:
            done = self._do(Merge((self._customer(a), self._customer(b))))
            if done is not None:
                self.ended += [c.golden_id for c in done.preview.customers if c.fate == "merged"]

        @rule(a=some, b=some)
        def merge_and_take_back(self, a: int, b: int) -> None:
            before = facts(self.hub)
            held = {c.constraint_id: c.kind for c in list_constraints(self.hub.store, limit=10**6)}
            done = self._do(Merge((self._customer(a), self._customer(b))))
            for ended in [] if done is None else [c.golden_id for c in done.preview.customers if c.fate == "merged"]:
                assert self._do(Unmerge(ended)) is not None
                assert facts(self.hub) == before
                assert {c.constraint_id: c.kind for c in list_constraints(self.hub.store, limit=10**6)} == held

        @rule(a=some, revoke=st.booleans())
        def unmerge(self, a: int, revoke: bool) -> None:
            if self.ended:
                self._do(Unmerge(self.ended.pop(a % len(self.ended))), revoke=revoke)

        @rule(a=some, count=st.integers(1, 3), revoke=st.booleans())
        def split(self, a: int, count: int, revoke: bool) -> None:
            golden = self._customer(a)
            members = sorted(k for k, g in self.hub.golden_ids().items() if g == golden)
            self._do(Split(golden, (tuple(map(RecordKey.parse, members[:count])),)), revoke=revoke)

        @rule(a=some, value=st.sampled_from(["Jr.", "III", None]), days=st.sampled_from([None, 1, 5]))
        def override(self, a: int, value: str | None, days: int | None) -> None:
            until = None if days is None else self.now + timedelta(days=days)
            self._do(SetOverride(self._record(a), "suffix", value, until))

        @rule(a=some)
        def revoke_override(self, a: int) -> None:
            self._do(RevokeOverride(self._customer(a), "suffix"))

        @rule(a=some)
        def revoke_constraint(self, a: int) -> None:
            held = list_constraints(self.hub.store, limit=10**6)
            if held:
                self._do(RevokeConstraint(held[a % len(held)].constraint_id))

        # ---- what systems do -----------------------------------------------------------------------------------------

        @rule(a=some, copy=st.integers(0, 2), said=st.sampled_from(SAID), deleted=st.integers(0, 5))
        def change(self, a: int, copy: int, said: str, deleted: int) -> None:
            self.now += timedelta(hours=1)
            clock = self.now.strftime("%Y-%m-%dT%H:%M:%S.000Z")
            stamps = {"SystemModstamp": clock, "updated_at": clock, "IsDeleted": str(deleted == 0).lower()}
            if copy == 2:
                self.hub.members(member(a % len(PEOPLE), said) | stamps, now=self.now)
            else:
                self.hub.contacts(contact(a % len(PEOPLE), copy, said) | stamps, now=self.now)

        @rule()
        def night(self) -> None:
            self.now += timedelta(days=1)
            self.hub.nightly(now=self.now)
            before = facts(self.hub)
            assert not self.hub.nightly(now=self.now + timedelta(minutes=1)).published.get("golden_versions")
            assert facts(self.hub) == before

        # ---- what holds always ---------------------------------------------------------------------------------------

        @invariant()
        def every_record_belongs_to_one_customer(self) -> None:
            astray = self.hub.rows(
                "SELECT x.record_id FROM mdm.cross_reference x LEFT JOIN mdm.golden_record g"
                " ON g.golden_id = x.golden_id AND g.valid_to IS NULL WHERE x.until IS NULL AND g.golden_id IS NULL"
            )
            assert astray == []
            empty = self.hub.rows(
                "SELECT g.golden_id FROM mdm.golden_record g WHERE g.valid_to IS NULL AND NOT EXISTS"
                " (SELECT FROM mdm.cross_reference x WHERE x.golden_id = g.golden_id AND x.until IS NULL)"
            )
            assert empty == []

        @invariant()
        def decisions_hold(self) -> None:
            ids = self.hub.golden_ids()
            for held in list_constraints(self.hub.store, limit=10**6):
                a, b = (ids.get(str(key)) for key in (held.record_a, held.record_b))
                if a is not None and b is not None:
                    assert (a == b) == (held.kind == "must_link"), held

        @invariant()
        def the_trail_verifies(self) -> None:
            assert verify(self.hub.store).broken is None

        # ---- how it is done ------------------------------------------------------------------------------------------

        def _record(self, number: int) -> RecordKey:
            known = sorted(self.hub.golden_ids())
            return RecordKey.parse(known[number % len(known)])

        def _customer(self, number: int) -> UUID:
            return self.hub.golden_ids()[str(self._record(number))]

        def _do(self, act: Any, *, revoke: bool = False) -> Any:
            """Previews the act and does it; None where it is refused."""
            self.now += timedelta(hours=1)
            told = {"actor": "stella", "now": self.now, "reason": "so", "revoke": revoke}
            before = facts(self.hub)
            try:
                seen = self.desk.preview(act, **told)
            except RefusedInput:
                with pytest.raises(RefusedInput):
                    self.desk.commit(act, **told)
                assert facts(self.hub) == before
                return None
            assert facts(self.hub) == before
            done = self.desk.commit(act, token=seen.token, **told)
            assert done.preview == seen
            self._check(seen)
            return done

        def _check(self, seen: Any) -> None:
            """What the preview said stands there, and nothing else became another."""
            ids, records = self.hub.golden_ids(), {}
            for key, golden in sorted(ids.items()):
                records.setdefault(golden, []).append(key)
            for customer in seen.customers:
                assert sorted(map(str, customer.records_after)) == sorted(records.get(customer.golden_id, []))
                for value in customer.values:
                    there = self.hub.value(
                        'SELECT "values" -> :name FROM mdm.golden_record WHERE valid_to IS NULL AND golden_id = :g',
                        name=value.attribute,
                        g=customer.golden_id,
                    )
                    assert there == value.after
            if not any("not all records" in note or "some of the records" in note for note in seen.notes):
                return
            raise AssertionError(seen.notes)

    return People


def test_whatever_people_do_in_whatever_order(families: Any, another_hub: Callable[..., Any]) -> None:
    histories = max(1, STEPS // A_HISTORY)
    run_state_machine_as_test(
        machine(lambda: another_hub(*families)),
        settings=settings(
            max_examples=histories,
            stateful_step_count=A_HISTORY,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
