"""`mdm mapping init`: a proposal that loads back, places what it can, and says what it could not."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mdm.errors import RefusedInput
from mdm.systems import propose_mapping
from mdm.systems.interpret import CanonicalRecord, compile_mapping
from mdm.systems.mapping import parse_mapping

PEOPLE = """\
Kunde;Vorname;Nachname;Geburtsdatum;PLZ;Ort;Schuhgröße
K-1;Ana;Müller;14.02.1990;50667;Köln;38
K-2;Bo;Lee;28.12.1982;10115;Berlin;44
"""


def attributes(text: str, record: dict[str, str]) -> dict[str, object]:
    found = compile_mapping(parse_mapping(text, name="p.yaml")).interpret(record)
    assert isinstance(found, CanonicalRecord)
    return found.attributes


def test_a_csv_with_only_name_birth_and_place(tmp_path: Path) -> None:
    path = tmp_path / "Kunden 2026.csv"
    path.write_text(PEOPLE, encoding="utf-8")
    proposed = propose_mapping(path)
    assert proposed.unplaced == ("Kunde", "Schuhgröße")
    assert "#   Schuhgröße" in proposed.text
    record = dict(zip(PEOPLE.splitlines()[0].split(";"), PEOPLE.splitlines()[1].split(";"), strict=True))
    assert attributes(proposed.text, record) == {
        "given_name": "Ana",
        "family_name": "Müller",
        "date_of_birth": "1990-02-14",
        "address": [{"city": "Köln", "postcode": "50667"}],
    }
    document = parse_mapping(proposed.text, name="p.yaml").document
    assert (document.csv.delimiter, document.source_id, document.source_time) == (";", "payload_hash", None)


def test_nested_json_lines_gzipped(tmp_path: Path) -> None:
    rows = [
        {
            "uid": i,
            "contact": {"emailAddress": f"a{i}@x.org", "state": "OK"},
            "cell": f"+1 914 754 420{i}",
            "name": None,
        }
        for i in range(3)
    ]
    path = tmp_path / "till.jsonl.gz"
    path.write_bytes(gzip.compress("".join(json.dumps(r) + "\n" for r in rows).encode()))
    proposed = propose_mapping(path, system="till", object="Buyer")
    assert proposed.placed["contact.emailAddress"] == "email"
    assert proposed.placed["cell"] == "phone.mobile"
    assert parse_mapping(proposed.text, name="p.yaml").name == "till/Buyer"


def test_parquet_of_companies(tmp_path: Path) -> None:
    path = tmp_path / "firms.parquet"
    columns = {
        "firm_id": [1, 2],
        "company": ["Acme Ltd", "Bo GmbH"],
        "url": ["a.com", "b.de"],
        "updated": ["2024-01-01"] * 2,
    }
    pq.write_table(pa.table(columns), path)
    proposed = propose_mapping(path)
    assert proposed.placed == {
        "company": "legal_name",
        "url": "website",
        "firm_id": "source_id",
        "updated": "source_time",
    }
    assert "entity_type: organisation" in proposed.text


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00x", b"a,b\n1,2\n"])
def test_what_cannot_be_proposed_for(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(RefusedInput, match=r"x\.csv"):
        propose_mapping(path)
