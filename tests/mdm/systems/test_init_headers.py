"""`mdm mapping init` on files of other countries and of old systems: every proposal loads, and reads its own file."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from mdm.errors import RefusedInput
from mdm.model import EntityType
from mdm.systems import ProposedMapping, propose_mapping
from mdm.systems.headings import header_words
from mdm.systems.interpret import CanonicalRecord, compile_mapping
from mdm.systems.mapping import Mapping, Mappings, parse_mapping
from mdm.systems.readers import RejectedRow, chunks_of, rows_of


def proposed(tmp_path: Path, text: str, name: str = "x.csv", encoding: str = "utf-8") -> ProposedMapping:
    path = tmp_path / name
    content = text.encode(encoding)
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return propose_mapping(path)


def mapping(found: ProposedMapping) -> Mapping:
    return parse_mapping(found.text, name="p.yaml")


def records(tmp_path: Path, found: ProposedMapping, name: str = "x.csv") -> list[CanonicalRecord]:
    """The rows of the file it was proposed for, as the proposal reads them."""
    given = mapping(found)
    run, result = compile_mapping(given), []
    for chunk in chunks_of(tmp_path / name, given, advance=lambda _done: None):
        assert not isinstance(chunk, RejectedRow)
        for row in rows_of(chunk, name=name, parse=run.parse):
            assert not isinstance(row, RejectedRow)
            record = run.interpret(row[1])
            assert isinstance(record, CanonicalRecord)
            result.append(record)
    return result


GERMAN = """\
Kundennummer;Anrede;Vorname;Nachname;Geburtsdatum;Straße;Hausnummer;PLZ;Ort;E-Mail;Telefon;Geändert am
4711;Frau;Ana;Müller;14.02.1990;Domstr.;12a;50667;Köln;a@x.de;0221 4567890;01.02.2026 12:30
4712;Herr;Bo;Lee;01.02.1980;Ring;3;10115;Berlin;b@x.de;030 4567890;05.02.2026 12:30
"""


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_german_people(tmp_path: Path, encoding: str, end: str) -> None:
    found = proposed(tmp_path, GERMAN.replace("\n", end), encoding=encoding)
    assert found.unplaced == ()
    assert mapping(found).document.csv.encoding == encoding
    assert ("encoding" in found.text) == (encoding != "utf-8")
    assert len(found.warnings) == (encoding != "utf-8")
    first, _ = records(tmp_path, found)
    assert (first.source_id, str(first.source_time)) == ("4711", "2026-02-01 12:30:00+00:00")
    assert first.attributes == {
        "prefix": "Frau",
        "given_name": "Ana",
        "family_name": "Müller",
        "date_of_birth": "1990-02-14",
        "email": [{"value": "a@x.de"}],
        "phone": [{"value": "0221 4567890"}],
        "address": [{"street": "Domstr. 12a", "city": "Köln", "postcode": "50667"}],
    }


PEOPLE: dict[str, tuple[str, str, dict[str, Any]]] = {
    "German, old spelling": (
        "Kundennr,Name,Vorname,Strasse,Hausnr.,Postleitzahl,Wohnort,Geaendert_am",
        "K1,Müller,Ana,Domstr.,12,50667,Köln,2026-01-01",
        {"family_name": "Müller", "given_name": "Ana", "address": [{"street": "Domstr. 12", "city": "Köln"}]},
    ),
    "French": (
        "Identifiant;Civilité;Prénom;Nom;Date de naissance;Adresse;Code postal;Ville;Téléphone;Courriel;Modifié le",
        "1;Mme;Ana;Petit;23/04/1980;1 rue A;75001;Paris;01 44 55 66 77;j@x.fr;2026-01-01",
        {"given_name": "Ana", "family_name": "Petit", "date_of_birth": "1980-04-23", "address": [{"city": "Paris"}]},
    ),
    "Spanish": (
        "ID_Cliente;Nombre;Apellidos;Fecha de nacimiento;Dirección;Código postal;Ciudad;Provincia;Teléfono móvil;"
        "Correo electrónico;NIF;Fecha de modificación",
        "1;Ana;García;23/04/1980;Calle A 1;28001;Madrid;Madrid;+34 612 345 678;a@x.es;12345678Z;2026-01-01",
        {
            "given_name": "Ana",
            "family_name": "García",
            "date_of_birth": "1980-04-23",
            "phone": [{"value": "+34 612 345 678", "type": "mobile"}],
            "tax_number": [{"value": "12345678Z"}],
        },
    ),
    "Italian": (
        "Codice cliente;Nome;Cognome;Data di nascita;Indirizzo;Numero civico;CAP;Città;Provincia;Cellulare;"
        "Codice fiscale;Data ultima modifica",
        "A1;Ana;Rossi;23/04/1980;Via A;1;00100;Roma;RM;+39 333 1234567;RSSANA80A01H501U;2026-01-01",
        {
            "given_name": "Ana",
            "family_name": "Rossi",
            "address": [{"street": "Via A 1", "postcode": "00100", "city": "Roma", "region": "RM"}],
        },
    ),
    "Dutch": (
        "Klantnummer;Voornaam;Achternaam;Tussenvoegsel;Geboortedatum;Straat;Huisnummer;Toevoeging;Postcode;"
        "Woonplaats;Mobiel;E-mailadres;Gewijzigd op",
        "1;Jan;Berg;van der;23-04-1980;Dam;1;A;1012 AB;Delft;06-12345678;j@x.nl;2026-01-01",
        {
            "given_name": "Jan",
            "family_name": "van der Berg",
            "address": [{"street": "Dam 1 A", "postcode": "1012 AB", "city": "Delft"}],
        },
    ),
    "Portuguese": (
        "Código do cliente;Nome completo;Data de nascimento;Morada;Código Postal;Localidade;Telemóvel;NIF;"
        "Última alteração",
        "1;Ana Silva;23/04/1980;Rua A 1;1000-001;Lisboa;+351 912 345 678;123456789;2026-01-01",
        {"full_name": "Ana Silva", "address": [{"street": "Rua A 1", "postcode": "1000-001", "city": "Lisboa"}]},
    ),
    "Polish": (
        "Numer klienta;Imię;Nazwisko;Data urodzenia;Ulica;Nr domu;Kod pocztowy;Miasto;Telefon komórkowy;"
        "Adres e-mail;Data modyfikacji",
        "1;Jan;Kowalski;23.04.1980;Długa;1;00-001;Łódź;+48 601 234 567;j@x.pl;2026-01-01",
        {"given_name": "Jan", "family_name": "Kowalski", "address": [{"street": "Długa 1", "city": "Łódź"}]},
    ),
    "Swedish": (
        "Kundnummer;Förnamn;Efternamn;Födelsedatum;Gatuadress;Postnummer;Ort;Mobiltelefon;E-post;Senast ändrad",
        "1;Åke;Dahl;1980-04-23;Gatan 1;111 22;Ystad;+46 70 123 45 67;e@x.se;2026-01-01 10:00",
        {"given_name": "Åke", "family_name": "Dahl", "address": [{"street": "Gatan 1", "postcode": "111 22"}]},
    ),
    "US, legacy": (
        "CUST_NO,FNAME,MI,LNAME,BIRTH_DT,ADDR_LINE_1,ADDR_LINE_2,CITY,ST,ZIP5,PHONE_NBR,EMAIL_ADDR,LAST_UPD_DT",
        "1,Ana,B,Lee,04/23/1980,1 Main St,Apt 2,Rome,NY,13440,(315) 555-0101,a@x.com,20260101",
        {
            "given_name": "Ana",
            "middle_name": "B",
            "family_name": "Lee",
            "date_of_birth": "1980-04-23",
            "address": [{"street": "1 Main St", "unit": "Apt 2", "city": "Rome", "region": "NY", "postcode": "13440"}],
            "email": [{"value": "a@x.com"}],
        },
    ),
}


@pytest.mark.parametrize("language", PEOPLE)
def test_people_of_other_countries(tmp_path: Path, language: str) -> None:
    header, row, expected = PEOPLE[language]
    found = proposed(tmp_path, f"{header}\n{row}\n")
    assert found.unplaced == ()
    assert found.warnings == ()
    [record] = records(tmp_path, found)
    assert record.entity_type is EntityType.PERSON
    assert record.source_id == row.replace(",", ";").split(";")[0]
    assert str(record.source_time).startswith("2026-01-01")
    for name, value in expected.items():
        got = record.attributes[name]
        if name == "address":
            assert got[0].items() >= value[0].items()
        else:
            assert got == value


COMPANIES = {
    "German": ("Firmenname;Postleitzahl;Stadt;Webseite;USt-IdNr", "Acme;50667;Köln;acme.de;DE123456789"),
    "French": (
        "Raison sociale;SIRET;N° TVA;Adresse de facturation;Code postal;Ville",
        "Acme;12345678901234;FR12345678901;1 rue A;75001;Paris",
    ),
    "French, with whom to ask for": (
        "Raison sociale;Prénom;Nom;SIRET;Ville",
        "Acme;Ana;Petit;12345678901234;Paris",
    ),
    "Spanish": ("Razón social;CIF;Dirección;Localidad", "Acme;B12345678;Calle A;Madrid"),
    "Italian": ("Ragione sociale;Partita IVA;Indirizzo;CAP;Comune", "Acme;IT12345678901;Via A;00100;Roma"),
    "Dutch": ("Bedrijfsnaam;KvK-nummer;BTW-nummer;Plaats", "Acme;12345678;NL123456789B01;Delft"),
    "Portuguese": ("Razão Social;Nome Fantasia;CNPJ;CEP;Cidade", "Acme;Ac;12.345.678/0001-90;01000-000;São Paulo"),
    "Polish": ("Nazwa firmy;NIP;REGON;Kod pocztowy;Miejscowość", "Acme;1234567890;123456789;00-001;Łódź"),
    "Swedish": ("Företagsnamn;Organisationsnummer;Postnr;Postort", "Acme;556000-0001;111 22;Ystad"),
    "A name and a site": ("Name;Website;Email", "Acme;acme.com;info@acme.com"),
}


@pytest.mark.parametrize("language", COMPANIES)
def test_companies_are_companies_and_their_tax_number_is_not_their_id(tmp_path: Path, language: str) -> None:
    header, row = COMPANIES[language]
    found = proposed(tmp_path, f"{header}\n{row}\n{row.replace('Acme', 'Bo').replace('1', '2')}\n")
    first, _ = records(tmp_path, found)
    assert first.entity_type is EntityType.ORGANISATION
    assert first.attributes["legal_name"] == "Acme"
    assert first.source_id is None or mapping(found).document.source_id == "payload_hash"
    assert any("looks like an id" in w for w in found.warnings)


# --- ids and clocks --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "first", "second", "source_id"),
    [
        ("E-Mail,Name,id_personne", "a@x.fr,Ana,7", "b@x.fr,Bo,8", "id_personne"),
        ("Name,code tiers,VAT", "Ana,T1,FR1", "Bo,T2,FR2", "code tiers"),
        ("Vertragsnummer,Name,Kundennummer", "1,Ana,7", "2,Bo,8", "Kundennummer"),
        ("person_key,Name,id", "1,Ana,7", "2,Bo,8", "id"),
        ("Vertragsnr,Name", "1,Ana", "2,Bo", "Vertragsnr"),
        ("Branch_no,Name", "1,Ana", "1,Bo", "payload_hash"),
        ("Phone number,Name", "(315) 555-0101,Ana", "(315) 555-0102,Bo", "payload_hash"),
        ("Id,Name", "a@x.fr,Ana", "b@x.fr,Bo", "payload_hash"),
        ("Tax number,House number,Name", "1,2,Ana", "3,4,Bo", "payload_hash"),
        ("Last contact,Name,Key", "2026-01-01,Ana,k1", "2026-01-02,Bo,k2", "Key"),
    ],
)
def test_which_column_is_the_id(tmp_path: Path, header: str, first: str, second: str, source_id: str) -> None:
    found = proposed(tmp_path, f"{header}\n{first}\n{second}\n")
    document = mapping(found).document
    assert (document.source_id if isinstance(document.source_id, str) else document.source_id.path) == source_id
    assert any("looks like an id" in w for w in found.warnings) == (source_id == "payload_hash")


def test_a_customer_number_that_repeats_now_and_then_is_the_id_all_the_same(tmp_path: Path) -> None:
    rows = "".join(f"{i},Ana{'x' * i}\n" for i in (*range(30), 29))
    found = proposed(tmp_path, f"Cust No,First Name\n{rows}")
    assert found.placed["Cust No"] == "source_id"
    assert any("several rows" in w for w in found.warnings)


def test_what_was_not_found_is_said_at_the_end(tmp_path: Path) -> None:
    found = proposed(tmp_path, "Ort;Schuhgröße\nKöln;38\nKöln;38\n")
    assert found.unplaced == ("Schuhgröße",)
    assert len(found.warnings) == 3
    end = found.text.split("# Not placed")[1]
    for words in ("Schuhgröße", "no column looks like a name", "looks like an id", "a time of change"):
        assert words in end


@pytest.mark.parametrize(
    ("values", "form"),
    [
        (("20260101", "20260102"), "%Y%m%d"),
        (("20260101123000", "20260102123000"), "%Y%m%d%H%M%S"),
        (("1712345678", "1712111111"), "epoch"),
        (("1712345678000", "1712111111000"), "epoch_ms"),
        (("31.12.2025 10:00:00", "01.02.2026 11:00:00"), "%d.%m.%Y %H:%M:%S"),
    ],
)
def test_clocks_in_digits(tmp_path: Path, values: tuple[str, str], form: str) -> None:
    found = proposed(tmp_path, "id,name,updated\n" + "".join(f"{i},Ana,{v}\n" for i, v in enumerate(values)))
    clock = mapping(found).document.source_time
    assert clock is not None
    assert clock.format == form


# --- dates -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "values", "form", "why"),
    [
        ("dob,zip", ("03/04/1980", "13/04/1980"), "%d/%m/%Y", None),
        ("dob,zip", (*["03/04/1980"] * 30, "13/04/1980"), "%d/%m/%Y", None),
        ("dob,postcode", ("03/04/1980", "03/14/1980"), "%m/%d/%Y", None),
        ("dob,zip", ("03/04/1980", "05/06/1981"), "%m/%d/%Y", "language"),
        ("dob,postcode", ("03/04/1980", "05/06/1981"), "%d/%m/%Y", "language"),
        ("naissance,ville", ("03-04-1980", "05-06-1981"), "%d-%m-%Y", "language"),
        ("dob,email", ("03/04/1980", "05/06/1981"), "%m/%d/%Y", "nothing tells"),
        ("dob,joined", ("03/04/1980", "05/06/1981"), "%d/%m/%Y", "other columns"),
    ],
)
def test_the_order_of_day_and_month(
    tmp_path: Path, header: str, values: tuple[str, ...], form: str, why: str | None
) -> None:
    other = "31/12/2020" if "joined" in header else "12345"
    rows = "".join(f"{i},A,{v},{other}\n" for i, v in enumerate(values))
    found = proposed(tmp_path, f"id,first name,{header}\n{rows}")
    [item] = mapping(found).document.attributes["date_of_birth"]
    assert item.fields["value"].date_format == form
    said = [line for line in found.text.splitlines() if line.startswith("#") and "ambiguous" in line]
    assert bool(said) == (why is not None)
    assert why is None or why in said[0]


# --- the file --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "tab.tsv",
        "Kunden 2026.csv",
        "customers_2026-01-31.csv.gz",
        "[old] people.txt",
        "KNA1.csv",
        "2026.csv",
        "data",
        "Ünïcode.csv",
    ],
)
def test_the_file_pattern_fits_the_file(tmp_path: Path, name: str) -> None:
    found = proposed(tmp_path, "id\tname\n1\tAna\n", name=name)
    given = mapping(found)
    assert Mappings((given,)).for_file(name) is given
    assert given.document.csv.delimiter == "\t"
    assert Mappings((given,)).for_file("KNB1.csv") is None
    if "2026-01-31" in name:
        assert Mappings((given,)).for_file("customers_2026-02-28.csv.gz") is given


def test_nested_names(tmp_path: Path) -> None:
    rows = [
        {
            "id": i,
            "name": {"first": "Ana", "last": "Lee"},
            "address": {"line1": "1 A St", "zip": "1344"},
            "p": {"name": 1},
        }
        for i in range(2)
    ]
    found = proposed(tmp_path, "".join(json.dumps(r) + "\n" for r in rows), name="x.jsonl")
    assert found.placed == {
        "id": "source_id",
        "name.first": "given_name",
        "name.last": "family_name",
        "address.line1": "address.street",
        "address.zip": "address.postcode",
    }
    assert found.unplaced == ("p.name",)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("id,name\n1,Ana\n".encode("utf-16"), "UTF-16"),
        (b'[{"id": 1}]', "JSON array"),
        (b"name,name\nAna,Lee\n", "twice"),
        (b"\n\n", "no columns"),
        (gzip.compress(b"", mtime=0), "no columns"),
    ],
)
def test_what_nothing_is_proposed_for(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(RefusedInput, match=words):
        propose_mapping(path)


def test_no_name_means_two_things() -> None:
    words = header_words()
    assert {name: sorted(facts) for name, facts in words.facts.items() if len(facts) > 1} == {}
    for spelling in ("Prénom", "PRENOM", "prénom du client", "Prénom 1"):
        assert words.find(spelling, {"given_name"}) is not None


@pytest.mark.parametrize(
    "name",
    ["Kreditkartennummer", "Last contact", "Erscheinungsort", "username", "Product name", "Job title", "Order date"],
)
def test_names_that_only_look_like_something(name: str) -> None:
    words = header_words()
    assert words.find(name, {fact for facts in words.facts.values() for fact in facts}) is None
