"""A changed ownership rule holds for every customer from the next run on, also for those nothing new is known of."""

from __future__ import annotations

from golden_record.rules import default_ownership_text

CONTACT = {"Id": "003A", "FirstName": "Annabel", "LastName": "Thornquist", "Email": "annabel.thornquist@gmail.com"}
CONTACT |= {"Birthdate": "1984-03-12", "MobilePhone": "(512) 478-0143"}
MEMBER = {"member_id": "L1", "first_name": "Annabel", "last_name": "Thornquist", "email": CONTACT["Email"]}
MEMBER |= {"mobile": "(512) 478-0143", "birth_date": "03/13/1984"}


def test_the_owner_of_an_attribute_changes(hub):
    hub.contacts(CONTACT)
    hub.members(MEMBER)
    hub.nightly()
    assert hub.golden("loyalty/Member/L1")[0]["date_of_birth"] == "1984-03-13"
    folder = hub.settings.home / "rules"
    folder.mkdir()
    text = default_ownership_text()
    shipped = "[loyalty, salesforce, netsuite, shopify, zendesk, others]}\n    receives: [salesforce, loyalty]"
    assert text.count(shipped) == 1
    (folder / "ownership.yaml").write_text(
        text.replace(shipped, shipped.replace("[loyalty, salesforce", "[salesforce, loyalty", 1))
    )
    hub.nightly(now=hub.day(2))
    assert hub.golden("loyalty/Member/L1")[0]["date_of_birth"] == "1984-03-12"
    before = hub.tables()
    hub.nightly(now=hub.day(3))
    assert hub.tables() == before
