"""`mdm mapping init` on files of strangers: organisations by their names, dates in parts, lists, R's files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mdm.errors import RefusedInput
from mdm.model import EntityType
from mdm.standardise import Context, standardise_record
from mdm.systems import ProposedMapping, propose_mapping
from mdm.systems.interpret import CanonicalRecord, compile_mapping
from mdm.systems.mapping import parse_mapping
from mdm.systems.readers import RejectedRow, chunks_of, rows_of


def proposed(tmp_path: Path, text: str, name: str = "x.csv") -> ProposedMapping:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return propose_mapping(path)


def records(tmp_path: Path, found: ProposedMapping, name: str = "x.csv") -> list[CanonicalRecord]:
    """The rows of the file it was proposed for, as the proposal reads them."""
    given = parse_mapping(found.text, name="p.yaml")
    run, result = compile_mapping(given), []
    for chunk in chunks_of(tmp_path / name, given, advance=lambda _done: None):
        assert not isinstance(chunk, RejectedRow)
        for row in rows_of(chunk, name=name, parse=run.parse):
            assert not isinstance(row, RejectedRow), row
            record = run.interpret(row[1])
            assert isinstance(record, CanonicalRecord)
            result.append(record)
    return result


def first_of(tmp_path: Path, header: str, *rows: str) -> dict[str, Any]:
    return records(tmp_path, proposed(tmp_path, "\n".join([header, *rows]) + "\n"))[0].attributes


# --- people or organisations -----------------------------------------------------------------------------------------

SHOPS = ("The Corner Grill", "Blue Bay Cafe", "Harbor Hotel", "Luigi's Pizza", "Old Oak Tavern", "Nine Lives", "Zest")
PEOPLE = (
    "Maria Huber",
    "COREY KENNEDY",
    "Vaughn, Matthew A",
    "Anna Church",
    "Dr. Josef Berg",
    "Xu Qzz",
    "Peter Market",
)


@pytest.mark.parametrize(
    ("header", "names", "entity_type"),
    [
        ("id,name,phone", SHOPS, EntityType.ORGANISATION),
        ("id,Site name,phone", SHOPS, EntityType.ORGANISATION),
        ("id,Restaurant Name,phone", SHOPS, EntityType.ORGANISATION),
        ("id,Vendor,phone", SHOPS, EntityType.ORGANISATION),
        ("id,name,phone", PEOPLE, EntityType.PERSON),
        ("id,Customer name,phone", PEOPLE, EntityType.PERSON),
        ("id,Account name,phone", PEOPLE, EntityType.PERSON),
        ("id,full name,phone", ("Qwx Zzy", "Abc Xyy", "Ngu Pqr", "Tss Vww", "Ijk Lmn"), EntityType.PERSON),
    ],
)
def test_people_and_organisations_are_told_by_their_names(
    tmp_path: Path, header: str, names: tuple[str, ...], entity_type: EntityType
) -> None:
    rows = "".join(f'{i},"{name}",(312) 226-26{i:02}\n' for i, name in enumerate(names))
    found = proposed(tmp_path, f"{header}\n{rows}")
    first = records(tmp_path, found)[0]
    assert first.entity_type is entity_type
    assert names[0] in (
        first.attributes[name] for name in ("full_name", "legal_name", "trading_name") if name in first.attributes
    )
    assert "% of the names" in found.why
    assert f"# {found.why}\nentity_type: {entity_type.value}" in found.text


@pytest.mark.parametrize("column", ["First name", "Date of birth", "Gender"])
def test_a_column_only_people_have_outweighs_the_names(tmp_path: Path, column: str) -> None:
    value = {"First name": "Ana", "Date of birth": "1980-02-03", "Gender": "F"}[column]
    rows = "".join(f"{i},{name},{value}\n" for i, name in enumerate(SHOPS))
    found = proposed(tmp_path, f"id,Name,{column}\n{rows}")
    assert "entity_type: person" in found.text
    assert column in found.why


def test_the_branch_of_a_customer_makes_nobody_a_company(tmp_path: Path) -> None:
    rows = "".join(f"{i},{name.replace(',', '')},Blue Bay\n" for i, name in enumerate(PEOPLE))
    assert "entity_type: person" in proposed(tmp_path, f"id,Customer name,Branch name\n{rows}").text


def test_a_provider_number_is_no_phone_and_free_text_no_e_mail(tmp_path: Path) -> None:
    rows = "".join(
        f"{i},{name},8307-7891-7433-00{i},{i}226-2649-1{i}1,write to a{i}@x.org if it is closed,a{i}@x.org; b@x.org\n"
        for i, name in enumerate(SHOPS)
    )
    found = proposed(tmp_path, f"id,Site name,Provider ID,Agency code,E-mail remarks,Email\n{rows}")
    assert {c: t for c, t in found.placed.items() if t in {"phone", "email"}} == {"Email": "email"}


# --- birth dates in parts --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "row", "born"),
    [
        ("fname,lname,by,bm,bd", "ANA,LEE,1967,9,27", "1967-09-27"),
        ("fname,lname,birth_year,birth_month,birth_day", "ANA,LEE,1967,09,07", "1967-09-07"),
        ("Vorname,Nachname,Geburtstag,Geburtsmonat,Geburtsjahr", "Ana,Lee,27,9,1967", "1967-09-27"),
        ("prénom,nom,jour de naissance,mois de naissance,année de naissance", "Ana,Lee,27,9,1967", "1967-09-27"),
        ("first name,last name,dob_day,dob_month,dob_year", "Ana,Lee,27.0,9.0,1967.0", "1967-09-27"),
        ("first name,last name,birth day,birth month,birth year", "Ana,Lee,27,September,1967", "1967-09-27"),
        ("first name,last name,birth day,birth month,birth year", "Ana,Lee,27,9,67", "1967-09-27"),
        ("Owner Name,DOB MM,DOB DD,DOB YYYY", "Ana Lee,9,27,1967", "1967-09-27"),
    ],
)
def test_a_birth_date_in_parts_is_joined(tmp_path: Path, header: str, row: str, born: str) -> None:
    found = first_of(tmp_path, f"id,{header}", f"1,{row}", f"2,{row}")
    standardised = standardise_record(found, EntityType.PERSON, Context(version="test"))
    assert standardised.match["dob"] == born


@pytest.mark.parametrize(
    ("header", "row", "said"),
    [
        ("Birth Year", "1967", "month and day"),
        ("dob", "1967", "month and day"),
        ("birth_day", "27", "year and month"),
        ("Geburtstag", "27", "year and month"),
        ("by,bm", "1967,9", "day"),
    ],
)
def test_a_part_alone_is_no_date_and_is_spoken_of(tmp_path: Path, header: str, row: str, said: str) -> None:
    found = proposed(tmp_path, f"id,first name,{header}\n1,Ana,{row}\n2,Bo,{row}\n")
    assert not [target for target in found.placed.values() if target.startswith("date_of_birth")]
    assert set(header.split(",")) == set(found.unplaced)
    [warning] = [w for w in found.warnings if "birth date" in w]
    assert f"without its {said}," in warning


def test_a_whole_birth_date_needs_no_parts(tmp_path: Path) -> None:
    found = proposed(tmp_path, "id,first name,dob,by,bm,bd\n1,Ana,1967-09-27,1967,9,27\n")
    assert found.placed["dob"] == "date_of_birth"
    assert found.unplaced == ("by", "bm", "bd")
    assert not [w for w in found.warnings if "birth date" in w]


@pytest.mark.parametrize(
    ("values", "form"),
    [(("12042018", "02172018"), "%m%d%Y"), (("04122018", "17022018"), "%d%m%Y"), (("20121110", "20121011"), "%Y%m%d")],
)
def test_days_without_separators(tmp_path: Path, values: tuple[str, str], form: str) -> None:
    found = proposed(tmp_path, "id,first name,dob\n" + "".join(f"{i},Ana,{v}\n" for i, v in enumerate(values)))
    assert f"date_format: '{form}'" in found.text


# --- names, numbers and places ---------------------------------------------------------------------------------------


def test_numbered_names_are_parts_of_one_name(tmp_path: Path) -> None:
    found = first_of(
        tmp_path, "id,fname_c1,fname_c2,lname_c1,lname_c2,zip", "1,ANA,ROSA,LEE,BERG,1", "2,BO,NA,RAY,NA,1"
    )
    assert found == {
        "given_name": "ANA",
        "middle_name": "ROSA",
        "family_name": "LEE BERG",
        "address": [{"postcode": "1"}],
    }


def test_words_for_nothing_are_not_joined_to_a_name(tmp_path: Path) -> None:
    text = "id,first_name,last_name,last_name_2\n1,Ana,Lee,NA\n2,Bo,Ray,Nagel\n"
    first, second = records(tmp_path, proposed(tmp_path, text))
    assert (first.attributes["family_name"], second.attributes["family_name"]) == ("Lee", "Ray Nagel")


@pytest.mark.parametrize(
    ("header", "value", "target"),
    [
        ("soc_sec_id", "6988048", "tax_number"),
        ("SSN", "786-77-6454", "tax_number"),
        ("national_id", "AB123456", "tax_number"),
        ("suburb", "Bittern", "address.city"),
        ("Town", "Bittern", "address.city"),
        ("birth_place", "Devon", "address.birth_city"),
        ("postcode_fake", "tq13 8df", "address.postcode"),
        ("raw_city", "Devon", "address.city"),
        ("clean_phone_number", "312-226-2649", "phone"),
        ("EMAIL_TXT", "a@x.org", "email"),
        ("c_first_name", "Ana", "given_name"),
        ("FIRST_NM", "Ana", "given_name"),
        ("FN", "Ana", "given_name"),
        ("Forenames", "Ana", "given_name"),
        ("SEX_CD", "F", "gender"),
        ("PH_NO", "312-226-2649", "phone"),
        ("Contact Number", "312-226-2649", "phone"),
        ("Mob", "312-226-2649", "phone.mobile"),
        ("BIRTH_DT", "1980-02-13", "date_of_birth"),
        ("bday", "1980-02-13", "date_of_birth"),
    ],
)
def test_names_with_something_around_them(tmp_path: Path, header: str, value: str, target: str) -> None:
    assert proposed(tmp_path, f"key,surname,{header}\n1,Lee,{value}\n2,Ray,{value}\n").placed[header] == target


def test_a_suburb_gives_way_to_a_city_and_a_birth_place_is_no_home(tmp_path: Path) -> None:
    found = proposed(tmp_path, "id,surname,suburb,city,birth place\n1,Lee,Bittern,Hastings,Devon\n")
    assert found.unplaced == ("suburb", "birth place")
    born = first_of(tmp_path, "id,surname,birth place,zip", "1,Lee,Devon,12345")
    assert born["address"] == [{"postcode": "12345"}, {"type": "birth", "city": "Devon"}]


def test_a_card_number_is_the_id_where_there_is_no_other(tmp_path: Path) -> None:
    found = proposed(tmp_path, "Card No,Name\nC1,Ana\nC2,Bo\n")
    first, _ = records(tmp_path, found)
    assert (first.source_id, first.attributes["loyalty_number"]) == ("C1", [{"value": "C1"}])
    assert not any("looks like an id" in w for w in found.warnings)
    assert proposed(tmp_path, "Card No,Cust No,Name\nC1,1,Ana\nC2,2,Bo\n").placed["Cust No"] == "source_id"
    shared = proposed(tmp_path, "Card No,Name\nC1,Ana\nC1,Bo\n")
    assert any("looks like an id" in w for w in shared.warnings)


# --- the make of the file --------------------------------------------------------------------------------------------


def test_lists_of_phones_e_mails_and_addresses(tmp_path: Path) -> None:
    row = {
        "id": "1",
        "name": {"first": "Ana", "last": "Lee"},
        "phones": [{"number": "312 226 2649", "kind": "home"}, {"number": "312 226 2650", "kind": None}],
        "emails": ["a@x.org", "b@x.org"],
        "addresses": [{"line1": "1 A St", "city": "Rome", "zip": "13440"}],
        "orders": [{"id": "O1", "number": "312 226 2651"}],
        "tags": [["a"]],
    }
    found = proposed(tmp_path, f"{json.dumps(row)}\n{json.dumps(row | {'id': '2', 'phones': []})}\n", "x.jsonl")
    assert found.unplaced == ("orders[].id", "orders[].number", "tags[]")
    first, second = records(tmp_path, found, "x.jsonl")
    assert first.attributes == {
        "given_name": "Ana",
        "family_name": "Lee",
        "phone": [{"value": "312 226 2649", "type": "home"}, {"value": "312 226 2650"}],
        "email": [{"value": "a@x.org"}, {"value": "b@x.org"}],
        "address": [{"street": "1 A St", "city": "Rome", "postcode": "13440"}],
    }
    assert second.attributes.get("phone", []) == []


def test_row_names_of_r_have_no_name(tmp_path: Path) -> None:
    found = proposed(tmp_path, '"","fname","lname"\n"1","ANA","LEE"\n"2","BO","RAY"\n')
    first, _ = records(tmp_path, found)
    assert (first.source_id, first.attributes) == ("1", {"given_name": "ANA", "family_name": "LEE"})
    assert any("row names" in w for w in found.warnings)


def test_row_names_without_a_place_in_the_header_are_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RefusedInput, match=r"row\.names = FALSE"):
        proposed(tmp_path, '"fname","lname"\n"1","ANA","LEE"\n"2","BO","RAY"\n')


def test_names_are_found_by_their_values_where_no_header_tells(tmp_path: Path) -> None:
    names = (*PEOPLE[:3], "Dr. Josef Berg", "Peter Lee", "Xu Qzz")
    found = proposed(tmp_path, "k1;k2\n" + "".join(f"{i};{name}\n" for i, name in enumerate(names)))
    assert records(tmp_path, found)[0].attributes == {"full_name": PEOPLE[0]}
    assert any("'k2' is taken for a name by its values" in w for w in found.warnings)


@pytest.mark.parametrize("header", ["Customer", "Kunde", "client"])
def test_a_column_called_customer_holds_names_where_its_values_are_words(tmp_path: Path, header: str) -> None:
    found = proposed(tmp_path, f"id,{header}\n1,Chukwu Obi\n2,Priya Raghunathan\n")
    assert found.placed[header] == "full_name"
    assert header not in proposed(tmp_path, f"id,{header},zip\n1,K1,12345\n2,K2,12345\n").placed


def test_what_is_refused_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RefusedInput, match=r"\(k1, k2\); give the columns names such as first_name"):
        proposed(tmp_path, "k1,k2\n1,2\n")


def test_an_id_is_unique_in_all_rows_that_are_read(tmp_path: Path) -> None:
    rows = "".join(f"{i // 2},Ana\n" for i in range(8000))
    found = proposed(tmp_path, f"contract_no,first name\n{rows}")
    assert "source_id: payload_hash" in found.text


def test_a_column_that_fills_late_is_seen(tmp_path: Path) -> None:
    rows = "".join(f"{i},Ana,{'a@x.org' if i > 2500 else ''}\n" for i in range(5000))
    assert proposed(tmp_path, f"id,first name,reach\n{rows}").placed["reach"] == "email"
