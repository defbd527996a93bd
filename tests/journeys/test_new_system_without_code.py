"""A new system needs a mapping file and no code: proposed from a data file, looked at, taken."""

from __future__ import annotations

import csv
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

# name, birth date and address only; every customer twice, written differently
CLIENTS = [
    ("Marguerite Delacroix-Huber", "1971-04-09", "14 Elm Street", "Portland", "OR", "97201"),
    ("DELACROIX-HUBER, Marguerite", "1971-04-09", "14 Elm St", "PORTLAND", "OR", "97201"),
    ("Bartholomew Okonkwo", "1988-12-30", "880 Harbor View Road", "Tacoma", "WA", "98402"),
    ("Bart Okonkwo", "1988-12-30", "880 Harbor View Rd", "Tacoma", "WA", "98402-1123"),
    ("Sunniva Aaltonen", "1993-07-17", "5 Juniper Court Apt 3", "Boise", "ID", "83702"),
    ("Sunniva Altonen", "1993-07-17", "5 Juniper Ct #3", "Boise", "ID", "83702"),
    ("Sixten Aaltonen", "1995-02-01", "5 Juniper Court Apt 3", "Boise", "ID", "83702"),
]
COLUMNS = ["Kundennr", "client full name", "born on", "street line", "town", "st", "zip code"]
EXPECTED = [{0, 1}, {2, 3}, {4, 5}, {6}]


def rows():
    """The clients with their numbers, as dictionaries."""
    return [dict(zip(COLUMNS, (f"K{n}", *client), strict=True)) for n, client in enumerate(CLIENTS)]


def write_csv(path):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, delimiter=";")
        writer.writeheader()
        writer.writerows(rows())


def write_jsonl(path):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows()))


def write_parquet(path):
    pq.write_table(pa.Table.from_pylist(rows()), path)


@pytest.mark.parametrize(
    ("name", "write"),
    [("c.csv", write_csv), ("c.jsonl", write_jsonl), ("c.parquet", write_parquet)],
    ids=["csv", "jsonl", "parquet"],
)
def test_duplicates_in_a_file_of_names_birth_dates_and_addresses(hub, tmp_path, name, write):
    data, mapping = tmp_path / name, tmp_path / "branch.yaml"
    write(data)
    proposed = hub.command("mapping", "init", str(data), "--system", "branch", "--out", str(mapping))
    assert proposed.returncode == 0, proposed.stderr
    document = yaml.safe_load(mapping.read_text())
    assert document["source_id"] == "Kundennr"
    assert document["attributes"]["date_of_birth"] == "born on"
    assert document["attributes"]["full_name"] == "client full name"
    (address,) = document["attributes"]["address"]
    assert address == {"street": "street line", "city": "town", "region": "st", "postcode": "zip code"}
    taken = hub.command("ingest", "--mapping", str(mapping), str(data), "--json")
    assert taken.returncode == 0, taken.stderr
    assert json.loads(taken.stdout)["files"][0]["new"] == len(CLIENTS)
    hub.nightly()
    assert hub.partition() == {frozenset(f"branch/Customer/K{n}" for n in group) for group in EXPECTED}
    values, _ = hub.golden("branch/Customer/K2")
    assert values["date_of_birth"] == "1988-12-30"


def test_an_organisation_file(hub, tmp_path):
    data, mapping = tmp_path / "partners.csv", tmp_path / "partners.yaml"
    data.write_text(
        "partner no,company,web,phone,street,city,zip\n"
        "1,Northwind Cartography GmbH,www.northwind-carto.com,(503) 226-1188,77 Quay Street,Portland,97201\n"
        "2,NORTHWIND CARTOGRAPHY,https://northwind-carto.com/en,503-226-1188,77 Quay St,Portland,97201\n"
        "3,Southwind Brewing Inc.,southwind-brewing.com,(206) 441-9020,9 Pine Street,Seattle,98101\n"
    )
    assert hub.command("mapping", "init", str(data), "--system", "partners", "--out", str(mapping)).returncode == 0
    assert "entity_type: organisation" in mapping.read_text()
    taken = hub.command("ingest", "--mapping", str(mapping), str(data), "--json")
    assert taken.returncode == 0, taken.stderr
    hub.nightly()
    key = "partners/Customer/"
    assert hub.partition() == {frozenset({key + "1", key + "2"}), frozenset({key + "3"})}
