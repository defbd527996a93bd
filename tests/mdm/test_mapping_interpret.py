"""Payloads become canonical records: what goes in and what comes out, for the language and the shipped files."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.model import EntityType
from mdm.settings import Settings
from mdm.systems import load_mappings
from mdm.systems.interpret import (
    MISSING,
    CanonicalRecord,
    CanonicalReference,
    RowRejected,
    as_text,
    compile_mapping,
    order_numbers,
    read_json,
    write_json,
)
from mdm.systems.mapping import parse_mapping


def attributes(rules: str, record: dict[str, Any], *, form: str = "jsonl", entity: str = "person") -> dict[str, Any]:
    text = f"system: s\nobject: o\nformat: {form}\nentity_type: {entity}\nsource_id: id\nattributes:\n{rules}"
    found = compile_mapping(parse_mapping(text, name="t.yaml")).interpret({"id": "1"} | record)
    assert isinstance(found, CanonicalRecord)
    return found.attributes


def shipped(system: str, object: str, record: dict[str, Any]) -> CanonicalRecord | CanonicalReference | None:
    mapping = load_mappings(Settings(home=Path("/nonexistent"))).get(system, object)
    return compile_mapping(mapping).interpret(record)


def shipped_record(system: str, object: str, record: dict[str, Any]) -> CanonicalRecord:
    found = shipped(system, object, record)
    assert isinstance(found, CanonicalRecord)
    return found


@pytest.mark.parametrize(
    ("rules", "record", "expected"),
    [
        ("  given_name: a", {"a": "Ana"}, {"given_name": "Ana"}),
        ("  given_name: a", {}, {}),
        ("  given_name: a", {"a": None}, {"given_name": None}),
        ("  given_name: a", {"a": ""}, {"given_name": ""}),
        ("  given_name: a.b", {"a": {"b": "Ana"}}, {"given_name": "Ana"}),
        ("  given_name: a.b", {"a": None}, {"given_name": None}),
        ("  given_name: a.b", {"a": "flat"}, {}),
        ("  given_name: a", {"a": ["no", "scalar"]}, {}),
        ("  given_name: {path: [a.b]}", {"a.b": "Ana"}, {"given_name": "Ana"}),
        ("  given_name: a.1", {"a": ["x", "Ana"]}, {"given_name": "Ana"}),
        ("  given_name: {first_of: [a, b]}", {"a": "", "b": "Ana"}, {"given_name": "Ana"}),
        ("  given_name: {first_of: [a, b]}", {"a": None}, {"given_name": None}),
        ("  given_name: {first_of: [a, b]}", {}, {}),
        ("  given_name: {join: [a, b]}", {"a": "Ana", "b": None}, {"given_name": "Ana"}),
        ("  given_name: {join: [a, b], separator: '-'}", {"a": "An", "b": "a"}, {"given_name": "An-a"}),
        ("  given_name: {join: [a, b]}", {}, {}),
        ("  given_name: {constant: Ana}", {}, {"given_name": "Ana"}),
        ("  given_name: {path: a, pattern: '^(A\\w+)'}", {"a": "Ana Lee"}, {"given_name": "Ana"}),
        ("  given_name: {path: a, pattern: '^(A\\w+)'}", {"a": "Bo"}, {"given_name": None}),
        ("  gender: {path: g, values: {1: male, 2: female}}", {"g": 2}, {"gender": "female"}),
        ("  gender: {path: g, values: {1: male, 2: female}}", {"g": "9"}, {}),
        ("  gender: {path: g, values: {m: male}, default: other}", {"g": "X"}, {"gender": "other"}),
        ("  gender: {path: g, values: {m: male}, default: other}", {"g": None}, {"gender": None}),
        ("  date_of_birth: {path: d, date_format: '%m/%d/%Y'}", {"d": "12/28/1982"}, {"date_of_birth": "1982-12-28"}),
        ("  date_of_birth: {path: d, date_format: '%m/%d/%Y'}", {"d": "00/00/0000"}, {"date_of_birth": "00/00/0000"}),
        ("  inactive: x", {"x": "T"}, {"inactive": True}),
        ("  inactive: x", {"x": "maybe"}, {}),
        ("  inactive: x", {"x": ""}, {"inactive": None}),
        ("  loyalty_balance: x", {"x": "17915"}, {"loyalty_balance": 17915}),
        ("  loyalty_balance: x", {"x": "1.5"}, {"loyalty_balance": 1.5}),
        ("  loyalty_balance: x", {"x": "many"}, {}),
        ("  email: x", {"x": "a@b.c"}, {"email": [{"value": "a@b.c"}]}),
        ("  email: x", {"x": None}, {"email": None}),
        ("  email: x", {"x": ""}, {"email": [{"value": ""}]}),
        ("  email: x", {}, {}),
        (
            "  email: {value: x, split: ';'}",
            {"x": "a@b.c; d@e.f;"},
            {"email": [{"value": "a@b.c"}, {"value": "d@e.f"}]},
        ),
        ("  email: {each: xs, value: .}", {"xs": ["a", "b"]}, {"email": [{"value": "a"}, {"value": "b"}]}),
        ("  email: {each: xs, value: v}", {"xs": []}, {"email": []}),
        ("  email: {each: xs, value: v}", {"xs": None}, {"email": None}),
        ("  email: {value: x, verified: ok}", {"x": "a", "ok": True}, {"email": [{"value": "a", "verified": True}]}),
        ("  email: {value: x, when: {path: ok, is: true}}", {"x": "a", "ok": False}, {}),
        ("  email: {value: x, when: {path: ok, not: bad}}", {"x": "a", "ok": None}, {"email": [{"value": "a"}]}),
        (
            "  phone: [{value: a, type: work}, {value: b, type: mobile}]",
            {"a": "1", "b": "1"},
            {"phone": [{"value": "1", "type": "work"}]},
        ),
        (
            "  phone: [{value: a, type: work}, {value: b, type: mobile}]",
            {"a": None, "b": 1234567},
            {"phone": [{"value": "1234567", "type": "mobile"}]},
        ),
        ("  address: {type: home, city: c, country: k}", {"c": None}, {"address": None}),
        ("  address: {type: home, city: c}", {"c": "X"}, {"address": [{"type": "home", "city": "X"}]}),
    ],
)
def test_the_language(rules: str, record: dict[str, Any], expected: dict[str, Any]) -> None:
    assert attributes(rules, record) == expected


def test_a_csv_column_is_one_name_dots_and_all() -> None:
    assert attributes("  given_name: a.b", {"a.b": "Ana"}, form="csv") == {"given_name": "Ana"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1860, "1860"),
        (1860.0, "1860"),
        (1.5, "1.5"),
        (float("nan"), None),
        (True, "true"),
        (None, None),
        (date(1990, 2, 14), "1990-02-14"),
        (datetime(1990, 2, 14, tzinfo=UTC), "1990-02-14"),
        (Decimal("12.50"), "12.5"),
        ("a\x00b", "ab"),
        ({}, MISSING),
        (b"x", MISSING),
    ],
)
def test_scalars_as_text(value: Any, text: Any) -> None:
    assert as_text(value) == text


@pytest.mark.parametrize(
    ("clock", "value", "expected"),
    [
        ("t", "2024-01-02T03:04:05.000Z", datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("t", "2024-01-02T03:04:05", datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("t", "2024-01-02 03:04:05+02:00", datetime(2024, 1, 2, 1, 4, 5, tzinfo=UTC)),
        ("{path: t, timezone: Europe/Berlin}", "2024-07-02T03:00:00", datetime(2024, 7, 2, 1, tzinfo=UTC)),
        ("{path: t, format: epoch}", 1704164645, datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("{path: t, format: epoch_ms}", "1704164645000", datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("{path: t, format: '%d.%m.%Y'}", "02.01.2024", datetime(2024, 1, 2, tzinfo=UTC)),
        ("[u, t]", "2024-01-02", datetime(2024, 1, 2, tzinfo=UTC)),
        ("t", datetime(2024, 1, 2, tzinfo=UTC), datetime(2024, 1, 2, tzinfo=UTC)),
        ("t", date(2024, 1, 2), datetime(2024, 1, 2, tzinfo=UTC)),
        ("t", "yesterday", "the clock is not an ISO 8601 time"),
        ("t", 5, "the clock is not an ISO 8601 time"),
        ("t", None, "the clock is blank or missing"),
        ("{path: t, format: epoch}", "1e99", "the clock is not seconds since 1970"),
    ],
)
def test_clocks(clock: str, value: Any, expected: Any) -> None:
    text = (
        "system: s\nobject: o\nformat: jsonl\nentity_type: person\nsource_id: id\n"
        f"source_time: {clock}\nattributes: {{given_name: a}}"
    )
    run = compile_mapping(parse_mapping(text, name="t.yaml")).interpret
    if isinstance(expected, str):
        with pytest.raises(RowRejected, match=expected):
            run({"id": 1, "t": value})
    else:
        found = run({"id": 1, "t": value})
        assert found is not None
        assert found.source_time == expected


@pytest.mark.parametrize("text", ["[1]", "1", '{"a": NaN}', "{", "", '{"a": ' + "[" * 100_000])
def test_what_is_not_a_json_object_is_rejected(text: str) -> None:
    with pytest.raises(RowRejected, match="not a JSON object"):
        read_json(text)


@given(st.dictionaries(st.text(), st.none() | st.text() | st.integers() | st.booleans()))
def test_written_json_is_storable_text(record: dict[str, Any]) -> None:
    json.loads(write_json(record).encode())


def test_lone_surrogates_are_written_as_text() -> None:
    assert write_json({"a": "x\ud800"}).encode()


CONTACT = {
    "Id": "003A",
    "IsDeleted": "false",
    "AccountId": "001A",
    "FirstName": "Ana",
    "LastName": "Müller",
    "Email": "ana@example.com",
    "Phone": None,
    "MobilePhone": "+1 914 754 4208",
    "MailingCity": "Köln",
    "HasOptedOutOfEmail": "true",
    "DoNotCall": "false",
    "SystemModstamp": "2026-11-01T10:00:00.000Z",
}


def test_salesforce_contact() -> None:
    found = shipped_record("salesforce", "Contact", CONTACT)
    assert (found.source_id, found.entity_type, found.deleted) == ("003A", EntityType.PERSON, False)
    assert found.source_time == datetime(2026, 11, 1, 10, tzinfo=UTC)
    assert found.attributes == {
        "given_name": "Ana",
        "family_name": "Müller",
        "email": [{"value": "ana@example.com"}],
        "phone": [{"value": "+1 914 754 4208", "type": "mobile"}],
        "address": [{"type": "mailing", "city": "Köln"}],
        "consent": [
            {"channel": "email", "purpose": "marketing", "state": "opted_out"},
            {"channel": "phone", "purpose": "marketing", "state": "unknown"},
        ],
        "relation": [{"kind": "member_of", "system": "salesforce", "object": "Account", "source_id": "001A"}],
    }
    assert shipped_record("salesforce", "Contact", CONTACT | {"IsDeleted": "true"}).deleted


def test_salesforce_accounts_are_organisations_unless_person_accounts() -> None:
    base = {"Id": "001A", "Name": "Acme", "ParentId": "001B", "SystemModstamp": "2026-11-01T10:00:00Z"}
    company = shipped_record("salesforce", "Account", base)
    assert company.entity_type is EntityType.ORGANISATION
    assert company.attributes["relation"] == [
        {"kind": "child_of", "system": "salesforce", "object": "Account", "source_id": "001B"}
    ]
    person = shipped_record("salesforce", "Account", base | {"IsPersonAccount": "true", "LastName": "Lee"})
    assert person.entity_type is EntityType.PERSON
    assert "legal_name" not in person.attributes


def test_salesforce_lead_names_its_contact() -> None:
    lead = {"Id": "00Q", "ConvertedContactId": "003A", "SystemModstamp": "2026-11-01T10:00:00Z"}
    found = shipped_record("salesforce", "Lead", lead).attributes["relation"]
    assert [(r["object"], r["source_id"]) for r in found] == [("Contact", "003A")]


NETSUITE = {
    "id": "107",
    "isPerson": "F",
    "entityId": "CUST107 ACME LTD",
    "companyName": "ACME LTD",
    "firstName": None,
    "taxIdNum": "12-3",
    "isInactive": "T",
    "parent": {"id": "55"},
    "creditLimit": 1000,
    "lastModifiedDate": "2026-03-15T21:55:18.000Z",
    "addressBook": [
        {"defaultBilling": True, "addr1": "1 A St", "addr2": None, "city": "X", "country": "US"},
        {"defaultBilling": False, "addr1": "2 B St"},
    ],
}


def test_netsuite_customer() -> None:
    found = shipped_record("netsuite", "customer", NETSUITE)
    assert found.entity_type is EntityType.ORGANISATION
    assert found.attributes == {
        "legal_name": "ACME LTD",
        "address": [
            {"type": "billing", "street": "1 A St", "city": "X", "country": "US"},
            {"street": "2 B St"},
        ],
        "tax_number": [{"value": "12-3"}],
        "customer_number": [{"value": "CUST107"}],
        "credit_limit": 1000,
        "inactive": True,
        "relation": [{"kind": "child_of", "system": "netsuite", "object": "customer", "source_id": "55"}],
    }
    assert shipped_record("netsuite", "customer", NETSUITE | {"isPerson": "T"}).entity_type is EntityType.PERSON
    with pytest.raises(RowRejected, match="entity type"):
        shipped("netsuite", "customer", NETSUITE | {"isPerson": "?"})


def test_a_name_in_entity_id_is_no_number() -> None:
    assert (
        shipped_record("netsuite", "customer", NETSUITE | {"entityId": "Ana Müller"}).attributes["customer_number"]
        is None
    )


def test_shopify_customer_with_its_address_lines() -> None:
    run = compile_mapping(load_mappings(Settings(home=Path("/nonexistent"))).get("shopify", "Customer"))
    parent = {
        "id": "gid://shopify/Customer/1",
        "firstName": "Ana",
        "state": "DISABLED",
        "verifiedEmail": True,
        "updatedAt": "2026-11-01T10:00:00Z",
        "defaultEmailAddress": {"emailAddress": "ana@example.com", "marketingState": "PENDING"},
        "defaultPhoneNumber": {"phoneNumber": "+49221", "marketingState": "NOT_SUBSCRIBED"},
        "defaultAddress": {"address1": "Domstr 1", "city": "Köln", "phone": "0221 9"},
    }
    own = {"id": "gid://shopify/MailingAddress/9", "address1": "Domstr 1", "city": "Köln", "__parentId": parent["id"]}
    other = own | {"address1": "Ring 2"}
    found = run.interpret(run.parse("\n".join(map(json.dumps, (parent, own, other)))))
    assert isinstance(found, CanonicalRecord)
    assert found.source_id == "gid://shopify/Customer/1"
    assert found.attributes == {
        "given_name": "Ana",
        "email": [{"value": "ana@example.com", "verified": True}],
        "phone": [{"value": "+49221", "type": "mobile"}, {"value": "0221 9", "type": "address"}],
        "address": [
            {"type": "default", "street": "Domstr 1", "city": "Köln"},
            {"street": "Ring 2", "city": "Köln"},
        ],
        "consent": [
            {"channel": "email", "purpose": "marketing", "state": "pending"},
            {"channel": "sms", "purpose": "marketing", "state": "unknown"},
        ],
        "guest": True,
        "verified": True,
    }


def test_zendesk_staff_are_skipped_and_gone_users_deleted() -> None:
    user = {"id": 35436, "name": "Ana", "role": "end-user", "active": True, "updated_at": "2026-11-01T10:00:00Z"}
    found = shipped_record("zendesk", "user", user)
    assert (found.source_id, found.deleted, found.attributes) == ("35436", False, {"full_name": "Ana"})
    assert shipped_record("zendesk", "user", user | {"active": False}).deleted
    assert shipped("zendesk", "user", user | {"role": "agent"}) is None


def test_loyalty_member_has_its_own_id_and_the_card_as_attribute() -> None:
    row = {"member_id": "L1", "card_number": "629", "sms_opt_in": None, "email_opt_in": "N", "updated_at": "2024-01-01"}
    found = shipped_record("loyalty", "Member", row)
    assert found.source_id == "L1"
    assert found.attributes == {
        "loyalty_number": [{"value": "629"}],
        "consent": [{"channel": "email", "purpose": "marketing", "state": "opted_out"}],
    }


def test_orders_and_tickets_are_references_that_find_each_other() -> None:
    order = shipped(
        "shopify",
        "Order",
        {
            "id": "gid://shopify/Order/1",
            "name": "#643219455",
            "customer": {"id": "gid://shopify/Customer/1"},
            "createdAt": "2024-04-22T11:28:19Z",
            "displayFinancialStatus": "PAID",
        },
    )
    ticket = shipped(
        "zendesk",
        "ticket",
        {"id": 7, "requester_id": 9, "subject": "Order #643219455", "created_at": "2024-04-23T11:28:19Z"},
    )
    assert isinstance(order, CanonicalReference)
    assert isinstance(ticket, CanonicalReference)
    assert (order.owner_object, order.owner_source_id) == ("Customer", "gid://shopify/Customer/1")
    assert ticket.mentions == (order.number,)
    assert (ticket.owner_object, ticket.owner_source_id) == ("user", "9")


def test_a_guest_order_has_no_owner() -> None:
    order = shipped("shopify", "Order", {"id": "o", "customer": None, "createdAt": "2024-04-22T11:28:19Z"})
    assert isinstance(order, CanonicalReference)
    assert (order.owner_system, order.owner_source_id) == (None, None)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Order #643219455", ("643219455",)),
        ("order 1001 and #1002, again #1001", ("1001", "1002")),
        ("Bestellung Nr. 55512", ("55512",)),
        ("in 2024 we moved", ()),
        ("Refund", ()),
    ],
)
def test_order_numbers(text: str, numbers: tuple[str, ...]) -> None:
    assert order_numbers(text) == numbers
