"""Proposed changes: few, explained, and never into what must not be written."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from golden_record.propose import propose
from golden_record.rules import default_ownership
from golden_record.survive import survive

RULES = default_ownership()
GOLDEN = "00000000-0000-4000-8000-000000000001"
OLD, NEW = "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"


def _mail(address):
    return {"value": address}


def _comparable(value, text):
    if not isinstance(value, dict) or "value" in value:
        return text.lower()
    place = value.get("postcode") or f"{value.get('city', '')},{value.get('region', '')}"
    return f"{value.get('street', '')}|{value.get('unit', '')}|{place}|".lower()


def _propose(cursor, rows):
    """rows: record, system, attribute, value, time. Everything is writable, so that only the rules decide."""
    for number, (record, system, attribute, value, time) in enumerate(rows):
        text = json.dumps(value)
        comparable = _comparable(value, text)
        cursor.execute(
            "INSERT INTO attribute_value VALUES (?,'person',?,1,?,'Thing',?,?,?,?,NULL,?,?,false,false,false)",
            [GOLDEN, record, system, attribute, number, text, comparable, time, time],
        ).fetchall()
        cursor.execute(
            "INSERT INTO target_value VALUES (?,?,?,'Thing',?,?,?,?)",
            [GOLDEN, record, system, f"id{record}", attribute, text, comparable],
        ).fetchall()
    cursor.execute(
        "INSERT INTO writable SELECT DISTINCT s, 'Thing', a FROM (SELECT unnest(['salesforce','netsuite','shopify',"
        "'loyalty','zendesk']) s), (SELECT DISTINCT attribute a FROM attribute_value)"
    ).fetchall()
    survive(cursor, rules=RULES, now=datetime(2026, 1, 1, tzinfo=UTC))
    propose(cursor, rules=RULES)
    found = cursor.execute(
        "SELECT system, attribute, old_value, new_value, review FROM proposal ORDER BY ALL"
    ).fetchall()
    return [(s, a, json.loads(o) if o else None, json.loads(n), r) for s, a, o, n, r in found]


def test_a_shopper_changes_email_and_the_billing_contact_is_not_overwritten(cursor):
    rows = [
        (1, "shopify", "email", _mail("new@x.com"), NEW),
        (2, "salesforce", "email", _mail("old@x.com"), OLD),
        (3, "netsuite", "email", _mail("billing@x.com"), OLD),
        (4, "loyalty", "email", _mail("old@x.com"), OLD),
        (4, "loyalty", "preferred_store", "S1", NEW),
        (3, "netsuite", "preferred_store", "S2", OLD),
        (2, "salesforce", "preferred_store", "S2", OLD),
    ]
    assert _propose(cursor, rows) == [
        ("loyalty", "email", _mail("old@x.com"), _mail("new@x.com"), "required"),
        ("salesforce", "email", _mail("old@x.com"), _mail("new@x.com"), "required"),
        ("salesforce", "preferred_store", "S2", "S1", "required"),
    ]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(1, "salesforce", "email", _mail("a@x.com"), OLD)], []),
        ([(1, "loyalty", "preferred_store", "S1", OLD), (2, "salesforce", "preferred_store", "s1", OLD)], []),
        (
            [(1, "loyalty", "preferred_store", "", NEW), (2, "salesforce", "preferred_store", "S1", OLD)],
            [("loyalty", "preferred_store", None, "S1", "none")],
        ),
        ([(1, "shopify", "email", _mail("a@x.com"), OLD), (2, "salesforce", "email", _mail("b@x.com"), NEW)], []),
        (
            [(1, "loyalty", "loyalty_tier", "Gold", OLD), (2, "salesforce", "loyalty_tier", "Silver", NEW)],
            [("salesforce", "loyalty_tier", "Silver", "Gold", "none")],
        ),
        (
            [(1, "netsuite", "address", {"street": "1 Elm"}, NEW), (2, "shopify", "address", {"street": "2 Oak"}, OLD)],
            [],
        ),
    ],
    ids=[
        "one record",
        "differs in case only",
        "blank is filled, never written",
        "own value is later",
        "tier needs nobody",
        "shop address is never written",
    ],
)
def test_low_noise(cursor, rows, expected):
    assert _propose(cursor, rows) == expected


def test_the_most_restrictive_consent_is_told_item_by_item(cursor):
    def consent(channel, state):
        return {"channel": channel, "purpose": "marketing", "state": state}

    rows = [
        (1, "salesforce", "consent", consent("email", "opted_out"), OLD),
        (2, "shopify", "consent", consent("email", "opted_in"), NEW),
        (2, "shopify", "consent", consent("sms", "opted_in"), NEW),
    ]
    assert _propose(cursor, rows) == [
        ("shopify", "consent", consent("email", "opted_in"), consent("email", "opted_out"), "required")
    ]


HOME = {"street": "8 Elm", "city": "Otley", "region": "IA", "postcode": "50214", "country": "US"}
FLAT = HOME | {"unit": "4"}
MOVED = {"street": "1 Oak", "city": "Reno", "region": "NV", "postcode": "89501", "country": "US"}


def _but(address, *parts):
    return {part: text for part, text in address.items() if part not in parts}


@pytest.mark.parametrize(
    ("told", "held", "proposed"),
    [
        (MOVED, HOME, True),
        (MOVED, FLAT, True),
        (MOVED, _but(HOME, "street"), True),
        (_but(MOVED, "street"), HOME, False),
        (_but(MOVED, "postcode"), HOME, False),
        (_but(MOVED, "postcode"), _but(HOME, "postcode"), True),
        (_but(MOVED, "country"), HOME, False),
        (_but(MOVED, "region"), HOME, False),
        ({"city": "Otlley"}, HOME, False),
        ({"city": "Reno"}, {"city": "Otley"}, True),
        (HOME, FLAT, False),
        (HOME, _but(FLAT, "city"), False),
        (FLAT, HOME, True),
    ],
    ids=[
        "a move",
        "a move out of a flat",
        "a move from who knows where",
        "without a street",
        "without a postcode",
        "as much as there was",
        "without a country",
        "without a region",
        "a fragment with a slip",
        "fragments",
        "the house of a flat",
        "the house of a flat without its town",
        "the flat is known",
    ],
)
def test_an_address_is_replaced_by_no_poorer_one(cursor, told, held, proposed):
    # the ERP's address goes first, and is the later one
    rows = [(1, "netsuite", "address", told, NEW), (2, "salesforce", "address", held, OLD)]
    expected = [("salesforce", "address", held, told, "required")] if proposed else []
    assert _propose(cursor, rows) == expected


@pytest.mark.parametrize(
    ("told", "held", "expected"),
    [
        (("C. J", "Smith"), ("Crescencia", "Smyth"), []),
        (("Crescencia", "S."), ("Crescenzia", "Smyth"), []),
        (("J. R", "S"), ("J. P", "Smith"), []),
        (("C. J", "Smith"), ("C", "Smith"), [("given_name", "C. J")]),
        (("Crescencia", "Smith"), ("C", "Smith"), [("given_name", "Crescencia")]),
        (("J. R", "Smith"), ("Peter", "S"), [("family_name", "Smith")]),
        ((None, "Smith"), ("Crescencia", None), [("family_name", "Smith")]),
    ],
)
def test_a_name_gives_way_to_no_initial_and_to_no_blank(cursor, told, held, expected):
    rows = []
    for record, system, name in ((1, "netsuite", told), (2, "loyalty", held)):
        rows += [
            (record, system, attribute, part, OLD)
            for attribute, part in zip(("given_name", "family_name"), name, strict=True)
            if part
        ]
    # what netsuite lacks it is not told: it is never written
    assert [(attribute, new) for _, attribute, _, new, _ in _propose(cursor, rows)] == expected
