"""Of texts that mean the same, the one somebody wrote goes before the one we made or the slip of a hand."""

from __future__ import annotations

import json

ERP = {"isPerson": "T", "lastModifiedDate": "2026-09-30T00:00:00Z"}


def test_capitals_are_spelt_as_another_system_spells_them(hub):
    # whichever of the two we would guess, the contact writes one of them; the owner of the name shouts
    people = (("Anne", "MacKintosh-Roe"), ("Dagobert", "Mackintosh-Roe"))
    contacts, customers = [], []
    for n, (given, spelt) in enumerate(people):
        mail, mobile = f"{given.lower()}@{n}st.org", f"(512) 478-014{n}"
        contacts.append({"Id": f"003{n}", "FirstName": given, "LastName": spelt, "Email": mail, "MobilePhone": mobile})
        name = {"id": n, "firstName": given.upper(), "lastName": spelt.upper()}
        customers.append(ERP | name | {"email": mail, "mobilePhone": mobile})
    hub.contacts(*contacts)
    hub.take("\n".join(map(json.dumps, customers)), "netsuite/customer")
    hub.nightly()
    for n, name in enumerate(people):
        key = f"netsuite/customer/{n}"
        assert hub.together(key, f"salesforce/Contact/003{n}")
        values, lineage = hub.golden(key)
        assert (values["given_name"], values["family_name"]) == name
        # still the owner's name, which the contact only spells
        assert hub.keys()[lineage["family_name"][0]["winner"][0]] == key


def test_of_one_mailbox_the_address_without_a_slip_is_shown(hub):
    person = {"FirstName": "Tom", "LastName": "Quillfeather", "MobilePhone": "(512) 478-0143"}
    hub.contacts(person | {"Id": "003A", "Email": "tom.quill@gmail.com"})
    hub.take(
        json.dumps(
            {"id": "gid://shopify/Customer/1", "firstName": "Tom", "lastName": "Quillfeather",
             "defaultEmailAddress": {"emailAddress": "tom.quill@gmial.com"},
             "defaultPhoneNumber": {"phoneNumber": "+15124780143"}, "updatedAt": "2026-09-30T00:00:00Z"}
        ),
        "shopify/Customer",
    )  # fmt: skip
    hub.nightly()
    assert hub.together("salesforce/Contact/003A", "shopify/Customer/gid://shopify/Customer/1")
    values, lineage = hub.golden("salesforce/Contact/003A")
    assert values["email"] == ["tom.quill@gmail.com"]
    (entry,) = lineage["email"]
    assert hub.keys()[entry["winner"][0]] == "salesforce/Contact/003A"
    assert [loser[3] for loser in entry["losers"]] == ["well spelt first"]
