"""E-mails, phones and dates of birth: mailboxes of a role, misspelt domains, placeholders, two numbers in one cell."""

from datetime import date

import pytest

from mdm.model import EntityType
from mdm.standardise import Context, Value, standardise_record

US = Context(default_region="US", version="test", today=date(2026, 11, 1))
DE = Context(default_region="DE", version="test", today=date(2026, 11, 1))


def email_of(text, entity_type=EntityType.PERSON):
    record = standardise_record({"email": [{"value": text}]}, entity_type, US)
    return record.values["email"], record.match


ROLES = ["info", "reception", "kasse", "office", "sales", "service", "kontakt", "accueil", "kasse9", "store12"]


@pytest.mark.parametrize("role", [*ROLES, "filiale3", "Info", "customer.service", "kunden-service"])
def test_the_mailbox_of_a_role_is_evidence_for_organisations_only(role):
    address = f"{role.lower()}@acme.org"
    values, match = email_of(f"{role}@acme.org")
    assert [v.mark for v in values] == ["role"]
    assert (match["emails"], match["email_locals"]) == ([], [])
    values, match = email_of(f"{role}@acme.org", EntityType.ORGANISATION)
    assert [v.mark for v in values] == [None]
    assert match["emails"] == [address]
    assert match["domains"] == ["acme.org"]


@pytest.mark.parametrize("local", ["till", "kassel", "salesman", "jinfo", "linda.office", "infolinda", "ar"])
def test_the_mailbox_of_a_person_is_evidence(local):
    values, match = email_of(f"{local}@acme.org")
    assert values[0].mark is None
    assert match["emails"] == [f"{local}@acme.org"]


def test_a_household_s_mailbox_is_evidence_without_a_name():
    values, match = email_of("family@smith.org")
    assert values[0].mark is None
    assert (match["emails"], match["email_locals"]) == (["family@smith.org"], [])


@pytest.mark.parametrize("entity_type", list(EntityType))
def test_a_misspelt_domain_is_marked_and_still_evidence(entity_type):
    values, match = email_of("TomTypo@gmial.com", entity_type)
    assert values == [Value("tomtypo@gmial.com", "tomtypo@gmail.com", "misspelt")]
    assert match["emails"] == ["tomtypo@gmail.com"]


@pytest.mark.parametrize("address", ["tomtypo@gmail.com", "tomtypo@googlemail.com", "tom@ymail.com", "tom@acme.org"])
def test_a_domain_well_spelt_is_not_marked(address):
    assert email_of(address)[0][0].mark is None


@pytest.mark.parametrize(
    "local",
    [
        *["keine-email", "sansmail", "pasdemail", "nomail", "keinemail", "sinemail", "noemail", "geenemail"],
        *["ohne-mail", "keine.email2", "sans-email", "pas-de-mail", "sincorreo", "no-tiene-correo", "ingenmail"],
        *[
            "nessunaemail",
            "keineemail",
            "pasdadresse",
            "sans.adresse",
            "semmail",
            "sem-email",
            "brakmaila",
            "keine_mailadresse",
        ],
    ],
)
def test_no_e_mail_is_said_in_many_languages(local):
    assert email_of(f"{local}@acme.org")[0][0].mark == "placeholder"


@pytest.mark.parametrize("local", ["sina.mail", "sansa.meier", "paddy.mail", "noemi", "keane"])
def test_what_only_looks_like_it_is_an_address(local):
    assert email_of(f"{local}@acme.org")[0][0].mark is None


def phones(text, context=US):
    record = standardise_record({"phone": [{"value": text}]}, EntityType.PERSON, context)
    assert all(v.mark is None for v in record.values["phone"]) is bool(record.match["phones"])
    return [v.display for v in record.values["phone"]]


@pytest.mark.parametrize(
    "text",
    [
        "415 682 2671 / 415 682 9999",
        "415 682 2671/415 682 9999",
        "(415) 682-2671; (415) 682-9999",
        "4156822671 or 4156829999",
        "415-682-2671 oder 415-682-9999",
        "415-682-2671, 415-682-9999",
        "+1 415 682 2671 | +1 415 682 9999",
    ],
)
def test_two_numbers_in_one_cell_are_two(text):
    assert phones(text) == ["+14156822671", "+14156829999"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("030 / 1234567", "+49301234567"),
        ("0211/12345678", "+4921112345678"),
        ("491711234567", "+491711234567"),
        ("49 171 1234567", "+491711234567"),
        ("01711234567", "+491711234567"),
        ("+491711234567", "+491711234567"),
        ("00491711234567", "+491711234567"),
        ("49171123", "+4949171123"),
    ],
)
def test_german_numbers(text, shown):
    assert phones(text, DE) == [shown]


def test_a_cell_that_is_not_two_numbers_stays_whole():
    assert phones("415 682 2671 / 9999")[0] == "415 682 2671 / 9999"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("04-Mar-80", "1980-03-04"),
        ("4 Mar 80", "1980-03-04"),
        ("04-MAR-1980", "1980-03-04"),
        ("04/Mar/80", "1980-03-04"),
        ("04MAR80", "1980-03-04"),
        ("Mar 4, 80", "1980-03-04"),
        ("Mar-04-1980", "1980-03-04"),
        ("1980-Mar-04", "1980-03-04"),
        ("04.03.80", "1980-03-04"),
        ("4-Mar-25", "2025-03-04"),
        ("4-Mar-27", "1927-03-04"),
        ("4-Dec-26", "1926-12-04"),
        ("12/4/26", "1926-12-04"),
        ("1-Nov-26", "2026-11-01"),
    ],
)
def test_a_year_of_two_digits_is_the_latest_that_is_not_ahead(text, shown):
    (value,) = standardise_record({"date_of_birth": text}, EntityType.PERSON, US).values["date_of_birth"]
    assert (value.display, value.mark) == (shown, None)


def phone_of(text, **attributes):
    record = standardise_record({"phone": [{"value": text}], **attributes}, EntityType.PERSON, US)
    return record.values["phone"][0], record.match["phones"]


@pytest.mark.parametrize("text", ["2262649", "226-2649", "226 2649", "226.2649", "226-2649 ext. 12"])
def test_a_number_without_its_area_code_is_evidence_of_its_own_kind(text):
    value, column = phone_of(text)
    assert (value.comparable, value.mark) == ("local:US:2262649", "incomplete")
    assert column == ["local:US:2262649"]


def test_a_number_without_its_area_code_is_never_a_whole_one():
    assert phone_of("312-226-2649")[1] == ["+13122262649"]
    assert phone_of("226-2649", address=[{"city": "Toronto", "country": "CA"}])[1] == ["local:CA:2262649"]


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("555-0123", "placeholder"),
        ("555-1212", "placeholder"),
        ("555-1234", "placeholder"),
        ("999-9999", "placeholder"),
        ("1234567", "invalid"),
        ("0000000", "placeholder"),
        ("126-2649", "invalid"),
        ("026-2649", "invalid"),
        ("226-264", "invalid"),
        ("22-6264", "invalid"),
        ("226264", "invalid"),
    ],
)
def test_what_is_no_local_number_is_no_evidence(text, mark):
    value, column = phone_of(text)
    assert (value.mark, column) == (mark, [])


def test_two_local_numbers_in_one_cell_are_two():
    record = standardise_record({"phone": "226-2649 / 533-9011"}, EntityType.PERSON, US)
    assert record.match["phones"] == ["local:US:2262649", "local:US:5339011"]
