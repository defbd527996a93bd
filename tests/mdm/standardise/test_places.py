"""Addresses as written in Germany, the United Kingdom and France: one key however they are written."""

from datetime import date

import pytest

from mdm.model import EntityType
from mdm.standardise import Context, standardise_record

CONTEXT = Context(default_region="US", version="test", today=date(2026, 11, 1))


def place(*, context=CONTEXT, **item):
    record = standardise_record({"address": [item]}, EntityType.PERSON, context)
    return record.match, record.values["address"][0].display


def keys(street, postcode="80331"):
    match, _ = place(street=street, postcode=postcode, country="DE")
    assert match["address_keys"]
    return match["address_keys"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kölner Straße 5", "Kölner Str. 5"),
        ("Kölner Straße 5", "Koelner Str. 5"),
        ("Kölner Straße 5", "KOELNER STRASSE 5"),
        ("Kölner Straße 5", "Kölnerstr. 5"),
        ("Hauptstraße 12a", "Hauptstr. 12 a"),
        ("Karl-Marx-Straße 3", "Karl-Marx-Str. 3"),
        ("Straße des 17. Juni 135", "Str. des 17. Juni 135"),
        ("Schloßallee 1", "Schlossallee 1"),
        ("12 bd Voltaire", "12 Boulevard Voltaire"),
        ("12, Bd. Voltaire", "12 boulevard Voltaire"),
        ("7 av de la République", "7 avenue de la Republique"),
        ("7 av. Foch", "7 Avenue Foch"),
        ("3 r. de Rivoli", "3 rue de Rivoli"),
        ("3 r de Rivoli", "3, rue de Rivoli"),
        ("12 bis rue de la Paix", "12bis, rue de la Paix"),
        ("9 pl. Bellecour", "9 place Bellecour"),
        ("9 Calle Mayor", "9 C/ Mayor"),
        ("Lindenallee 3, Hinterhaus", "Lindenallee 3"),
        ("Lindenallee 3, 2. OG links", "Lindenallee 3"),
        ("Lindenallee 3 Hinterhaus", "Lindenallee 3"),
        ("Lindenallee 3 2. OG links", "Lindenallee 3"),
        ("Lindenallee, 3", "Lindenallee 3"),
        ("The Old Mill, 5 Mill Lane", "5 Mill Ln"),
        ("Flat 2, The Old Mill, 5 Mill Lane", "5 Mill Lane"),
        ("5 Mill Lane, Kilburn", "5 Mill Lane"),
        ("Business Park 7, 12 Main Street", "12 Main St"),
        ("C/O John Doe 123 Main St", "123 Main St"),
        ("c/o John Doe, 123 Main St", "123 Main Street"),
        ("123 Main St c/o John Doe", "123 Main Street"),
        ("123 Main St, PO Box 55", "123 Main St"),
        ("PO Box 55, 123 Main St", "123 Main St"),
        ("123 Main Str", "123 Main Street"),
    ],
)  # fmt: skip
def test_two_ways_to_write_a_street_share_a_key(one, other):
    assert keys(one) == keys(other)


@pytest.mark.parametrize(
    ("street", "number", "comparable"),
    [
        ("Lindenallee 3, Hinterhaus", "3", "lindenallee"),
        ("Lindenallee 3, 2. OG links", "3", "lindenallee"),
        ("The Old Mill, 5 Mill Lane", "5", "mill ln"),
        ("C/O John Doe 123 Main St", "123", "main st"),
        ("123 Main St, PO Box 55", "123", "main st"),
        ("3 C Street", "3", "c st"),
        ("3 C St", "3", "c st"),
        ("3 Avenue B", "3", "ave b"),
    ],
)
def test_number_and_street_are_clean(street, number, comparable):
    match, _ = place(street=street)
    assert (match["house_numbers"], match["streets"]) == ([number], [comparable])


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("Postfach 10 20 30", "po box 102030"),
        ("Postfach 102030", "po box 102030"),
        ("PO Box 55", "po box 55"),
        ("P.O. Box 55", "po box 55"),
        ("BP 55", "po box 55"),
        ("B.P. 55", "po box 55"),
        ("Boîte postale 55", "po box 55"),
        ("Postbus 55", "po box 55"),
    ],
)
def test_a_box_has_no_house_number(text, box):
    match, _ = place(street=text, postcode="80331")
    assert (match["house_numbers"], match["streets"]) == ([], [box])
    assert match["address_keys"] == [f"|{box}|80331"]


@pytest.mark.parametrize(
    ("street", "shown"),
    [
        ("Lindenallee 3, Hinterhaus", {"street": "Lindenallee 3", "unit": "Hinterhaus"}),
        ("The Old Mill, 5 Mill Lane", {"street": "5 Mill Lane", "unit": "The Old Mill"}),
        ("C/O John Doe 123 Main St", {"street": "123 Main St", "unit": "C/O John Doe"}),
        ("123 Main St, PO Box 55", {"street": "123 Main St", "unit": "PO Box 55"}),
        ("Postfach 10 20 30", {"street": "PO Box 10 20 30"}),
    ],
)
def test_nothing_is_lost_of_what_is_shown(street, shown):
    assert place(street=street)[1] == shown


@pytest.mark.parametrize(
    ("street", "units"),
    [
        ("Lindenallee 3, Hinterhaus", ["3|lindenallee|hh|80331"]),
        ("Lindenallee 3, 2. OG links", ["3|lindenallee|2ogli|80331"]),
        ("The Old Mill, 5 Mill Lane", []),
        ("Flat 2, The Old Mill, 5 Mill Lane", ["5|mill ln|2|80331"]),
        ("C/O John Doe 123 Main St", []),
        ("123 Main St, PO Box 55", []),
        ("123 Main St Apt B", ["123|main st|b|80331"]),
        ("123 Main St Apt AB", []),
        ("123 Main St, Apar", []),
    ],
)
def test_a_unit_is_a_place_inside_and_no_name(street, units):
    assert place(street=street, postcode="80331")[0]["address_units"] == units


@pytest.mark.parametrize(
    ("street", "unit"),
    [
        ("Flat 7", "75 Oak Close"),
        ("The Old Mill", "75 Oak Close"),
        ("c/o John Doe", "75 Oak Close"),
        ("Flat 7", "75 Oak Cl"),
    ],
)
def test_a_street_in_the_second_line_is_the_street(street, unit):
    match, shown = place(street=street, unit=unit)
    assert (match["house_numbers"], match["streets"]) == (["75"], ["oak close"])
    assert shown["unit"] == street


def test_a_unit_is_not_taken_for_a_street():
    match, _ = place(street="Broadway", unit="5 B", postcode="10001")
    assert match["streets"] == ["broadway"]
    match, _ = place(street="12 Broadway", unit="2nd Floor", postcode="10001")
    assert match["address_units"] == ["12|broadway|2ndfl|10001"]


@pytest.mark.parametrize("city", ["Köln", "Koeln", "KOELN", "Koln"])
def test_a_city_is_one_however_its_umlaut_is_written(city):
    assert place(city=city)[0]["cities"] == ["koln"]


@pytest.mark.parametrize("country", ["DE", "Deutschland", ""])
@pytest.mark.parametrize("postcode", ["D-80331", "D80331", "D 80331", "DE-80331", "80331"])
def test_a_postcode_is_one_whatever_stands_before_it(postcode, country):
    match, shown = place(postcode=postcode, country=country)
    assert match["postcodes"] == ["80331"]
    assert shown["postcode"] == "80331"


@pytest.mark.parametrize(
    ("postcode", "country", "expect"),
    [
        ("A-1010", "AT", "1010"),
        ("A-1010", "", "1010"),
        ("F-75001", "FR", "75001"),
        ("CH-8001", "CH", "8001"),
        ("NL-1012 AB", "NL", "1012AB"),
        ("B11 1AA", "GB", "B111AA"),
        ("S10 2AA", "", "S102AA"),
        ("02138", "US", "02138"),
    ],
)
def test_other_postcodes(postcode, country, expect):
    assert place(postcode=postcode, country=country)[0]["postcodes"] == [expect]
