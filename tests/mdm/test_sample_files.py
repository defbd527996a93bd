"""The sample's files: same seed same bytes, native formats, and a truth that names every record once."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from mdm.sample import DEFAULT, GERMAN_UK, HARDER, Profile, SampleReport, write_sample
from mdm.sample.ids import salesforce_id

CUSTOMERS = 1500
KEYS = {
    "salesforce_contact.csv": ("salesforce", "Contact", "Id"),
    "salesforce_account.csv": ("salesforce", "Account", "Id"),
    "salesforce_lead.csv": ("salesforce", "Lead", "Id"),
    "netsuite_customer.jsonl": ("netsuite", "customer", "id"),
    "shopify_customer.jsonl": ("shopify", "Customer", "id"),
    "loyalty_member.csv": ("loyalty", "Member", "member_id"),
    "zendesk_user.jsonl": ("zendesk", "user", "id"),
}
CLOCKS = {
    "salesforce_contact.csv": "SystemModstamp",
    "salesforce_account.csv": "SystemModstamp",
    "salesforce_lead.csv": "SystemModstamp",
    "netsuite_customer.jsonl": "lastModifiedDate",
    "shopify_customer.jsonl": "updatedAt",
    "loyalty_member.csv": "updated_at",
    "zendesk_user.jsonl": "updated_at",
}
Row = dict[str, Any]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> SampleReport:
    return write_sample(customers=CUSTOMERS, seed=7, out=tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> SampleReport:
    """A population in which the next day brings much."""
    profile = Profile(delta_new=0.05, delta_changed=0.1, delta_deleted=0.05)
    return write_sample(customers=CUSTOMERS, seed=8, out=tmp_path_factory.mktemp("busy"), profile=profile)


def rows(path: Path) -> list[Row]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines)) if path.suffix == ".csv" else [json.loads(line) for line in lines]


def records(folder: Path) -> dict[tuple[str, str, str], Row]:
    found = {}
    for name, (system, object_, key) in KEYS.items():
        for row in rows(folder / name):
            if "__parentId" not in row:
                found[system, object_, str(row[key])] = {**row, "clock": row[CLOCKS[name]]}
    return found


def truth(folder: Path) -> dict[tuple[str, str, str], str]:
    held = rows(folder / "truth.csv")
    keys = {(r["source"], r["object"], r["source_id"]): r["entity_id"] for r in held}
    assert len(keys) == len(held)
    return keys


def digests(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): hashlib.md5(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()
    }


@pytest.mark.parametrize("profile", [DEFAULT, HARDER, GERMAN_UK])
def test_same_seed_same_bytes(tmp_path: Path, profile: Profile) -> None:
    for folder, seed in (("one", 1), ("two", 1), ("other", 2)):
        write_sample(customers=300, seed=seed, out=tmp_path / folder, profile=profile)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")
    assert digests(tmp_path / "one")["truth.csv"] != digests(tmp_path / "other")["truth.csv"]


def test_writing_twice_into_a_folder_leaves_no_remains(tmp_path: Path) -> None:
    write_sample(customers=400, seed=1, out=tmp_path / "used", profile=Profile(delta_new=0.3))
    write_sample(customers=100, seed=2, out=tmp_path / "used", profile=Profile(delta_new=0.0, delta_changed=0.0))
    write_sample(customers=100, seed=2, out=tmp_path / "fresh", profile=Profile(delta_new=0.0, delta_changed=0.0))
    assert digests(tmp_path / "used") == digests(tmp_path / "fresh")


def test_report_counts_what_was_written(sample: SampleReport) -> None:
    for name, count in sample.rows.items():
        assert len(rows(sample.out / name)) == count, name
    assert {p.relative_to(sample.out).as_posix() for p in sample.files} == set(digests(sample.out))
    assert sample.people + sample.companies == CUSTOMERS
    assert 2.6 < sample.records / CUSTOMERS < 3.2


@pytest.mark.parametrize("customers", [1, 2, 30])
def test_tiny_populations_work(tmp_path: Path, customers: int) -> None:
    report = write_sample(customers=customers, seed=3, out=tmp_path, profile=Profile(delta_new=0.0))
    assert len(set(truth(tmp_path).values())) == customers == report.people + report.companies


def test_no_customers_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one"):
        write_sample(customers=0, seed=1, out=tmp_path)


def test_progress_ends_at_the_total(tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    write_sample(customers=1200, seed=1, out=tmp_path, progress=lambda done, total: heard.append((done, total)))
    assert heard[-1] == (1200, 1200)
    assert heard == sorted(heard)


def test_truth_names_every_record_once(sample: SampleReport, busy: SampleReport) -> None:
    for report in (sample, busy):
        known = truth(report.out)
        assert set(known) == set(records(report.out))
        assert max(Counter(known.values()).values()) <= 8
        people = {e for e in known.values() if e.startswith("P")}
        assert people == {r["entity_id"] for r in rows(report.out / "truth_households.csv")}
        assert {k[1] for k, e in known.items() if e.startswith("C")} <= {"Account", "customer"}


def test_people_and_companies_are_told_apart_in_the_ledger(sample: SampleReport) -> None:
    known = truth(sample.out)
    for row in rows(sample.out / "netsuite_customer.jsonl"):
        entity = known["netsuite", "customer", row["id"]]
        assert row["isPerson"] == ("T" if entity.startswith("P") else "F")
        assert (row["companyName"] is None) == (row["isPerson"] == "T")


def test_formats_parse(sample: SampleReport) -> None:
    for row in rows(sample.out / "salesforce_contact.csv"):
        assert None not in row and None not in row.values()
        assert len(row["Id"]) == 18 and row["IsDeleted"] == "false"
        if row["Birthdate"]:
            date.fromisoformat(row["Birthdate"])
    for row in rows(sample.out / "loyalty_member.csv"):
        assert row["member_id"][0] == "L" and len(row["card_number"]) == 12
        if row["birth_date"]:
            datetime.strptime(row["birth_date"], "%m/%d/%Y")  # noqa: DTZ007 - a day has no zone
    for row in records(sample.out).values():
        assert datetime.fromisoformat(row["clock"]) < datetime.fromisoformat("2026-10-01T00:00:00Z")


def test_salesforce_id_has_the_official_checksum() -> None:
    # worked by hand: each five characters give one letter, bit i set when character i is upper case (00Q5e -> 4 -> E)
    assert salesforce_id("00Q", 0) == "00Q5e0000000000EAA"
    assert salesforce_id("003", 10) == "0035e000000000AAAQ"


def test_references_point_to_records(sample: SampleReport) -> None:
    customers = {r["id"] for r in rows(sample.out / "shopify_customer.jsonl") if "__parentId" not in r}
    children = [r for r in rows(sample.out / "shopify_customer.jsonl") if "__parentId" in r]
    assert children and {r["__parentId"] for r in children} <= customers
    orders = rows(sample.out / "shopify_order.jsonl")
    assert {o["customer"]["id"] for o in orders} == customers
    users = {r["id"] for r in rows(sample.out / "zendesk_user.jsonl")}
    tickets = rows(sample.out / "zendesk_ticket.jsonl")
    assert {t["requester_id"] for t in tickets} == users
    names = {o["name"] for o in orders}
    quoting = [t["subject"].rstrip("?").split()[-1] for t in tickets if "#" in t["subject"]]
    assert quoting and set(quoting) <= names
    accounts = {r["Id"] for r in rows(sample.out / "salesforce_account.csv")}
    pointing = [r["AccountId"] for r in rows(sample.out / "salesforce_contact.csv") if r["AccountId"]]
    assert pointing and set(pointing) <= accounts
    cards = {r["card_number"] for r in rows(sample.out / "loyalty_member.csv")}
    quoted = [r["Loyalty_Number__c"] for r in rows(sample.out / "salesforce_contact.csv") if r["Loyalty_Number__c"]]
    assert quoted and set(quoted) <= cards


def test_delta_continues_the_first_day(busy: SampleReport) -> None:
    base, delta = records(busy.out), records(busy.out / "delta")
    before, after = truth(busy.out), truth(busy.out / "delta")
    deleted = {key for key, row in delta.items() if row.get("IsDeleted") == "true"}
    new, changed = set(delta) - set(base), set(delta) & set(base) - deleted
    assert deleted and new and changed
    assert deleted <= set(base) and {key[0] for key in deleted} == {"salesforce"}
    assert set(after) == set(before) - deleted | new
    assert all(after[key] == before[key] for key in set(after) & set(before))
    for key in delta:
        assert delta[key]["clock"] > "2026-10-01"
        assert key in new or delta[key]["clock"] > base[key]["clock"]
    # some of the new records belong to customers already known, some to new ones
    known = set(before.values())
    assert {after[key] in known for key in new} == {True, False}
    people = {e for e in after.values() if e.startswith("P")}
    assert people == {r["entity_id"] for r in rows(busy.out / "delta" / "truth_households.csv")}


def test_ids_and_places_in_files_tell_nothing(sample: SampleReport) -> None:
    known = truth(sample.out)
    for name, (system, object_, key) in KEYS.items():
        held = [r for r in rows(sample.out / name) if "__parentId" not in r]
        if len(held) < 200:
            continue
        in_file = [known[system, object_, str(r[key])] for r in held]
        in_id_order = [e for k, e in sorted(known.items()) if k[:2] == (system, object_)]
        for entities in (in_file, in_id_order):
            together = sum(a == b for a, b in pairwise(entities))
            assert together <= 4, name
            assert abs(_rank_correlation([int(e[1:]) for e in entities])) < 4 / len(entities) ** 0.5, name


def _rank_correlation(values: list[int]) -> float:
    n = len(values)
    order = sorted(range(n), key=values.__getitem__)
    ranks = [0] * n
    for rank, position in enumerate(order):
        ranks[position] = rank
    distance = sum((i - r) ** 2 for i, r in enumerate(ranks))
    return 1 - 6 * distance / (n * (n * n - 1))
