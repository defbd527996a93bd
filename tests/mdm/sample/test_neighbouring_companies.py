"""Companies that look like one and are not, and one that looks like two: rates, relations and truth."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mdm.sample import DEFAULT, GERMAN_UK, Profile, write_sample
from mdm.sample.companies import Company, companies, full_name
from mdm.sample.company_views import CompanyView, company_view
from mdm.sample.company_words import LEGAL_FORMS, SCHOOLS
from mdm.sample.draws import Draws
from mdm.sample.names import read_names
from mdm.sample.places import read_geography

COUNT = 3000
RATES = DEFAULT.company


def register(profile: Profile) -> list[Company]:
    names, geography = read_names(dict(profile.origins)), read_geography()
    draws = Draws(seed=4, stream=3)
    return list(companies(count=COUNT, profile=profile, names=names, geography=geography, draws=draws))


@pytest.fixture(scope="module")
def firms() -> list[Company]:
    return register(DEFAULT)


def digits(number: str) -> int:
    return int("".join(c for c in number if c.isdigit()))


def views(company: Company, *, ledger: bool, seen: int = 2**40, n: int = 300) -> list[CompanyView]:
    draws = Draws(seed=1, stream=7)
    return [company_view(company, parent="", seen=seen, ledger=ledger, profile=DEFAULT, draws=draws) for _ in range(n)]


def test_numbers_and_count_are_exact(firms: list[Company]) -> None:
    assert [c.number for c in firms] == list(range(COUNT))
    assert len({c.tax_number for c in firms if c.parent is None}) == sum(c.parent is None for c in firms)


def test_groups_share_a_leading_word_and_name_their_head(firms: list[Company]) -> None:
    members = [c for c in firms if c.holding is not None]
    assert 0.03 < len(members) / COUNT < 0.1
    heads = [firms[c.holding or 0] for c in members]
    assert all(
        h.core.split()[0] == c.core.split()[0] and h.holding is None for h, c in zip(heads, members, strict=True)
    )
    pairs = list(zip(heads, members, strict=True))
    at_home = sum(h.address == c.address and h.phone == c.phone for h, c in pairs) / len(pairs)
    assert at_home == pytest.approx(RATES.group_at_one_site, abs=0.1)
    assert sum(h.web_domain == c.web_domain for h, c in pairs) / len(pairs) == pytest.approx(
        RATES.group_domain, abs=0.1
    )
    near = sum(abs(digits(h.tax_number) - digits(c.tax_number)) <= 4 for h, c in pairs) / len(pairs)
    assert near == pytest.approx(RATES.neighbouring_tax, abs=0.1)


def test_sisters_differ_in_form_only(firms: list[Company]) -> None:
    by_name = defaultdict(set)
    for firm in firms:
        by_name[firm.core, firm.address].add(firm.legal_form)
    assert sum(len(forms) > 1 for forms in by_name.values()) > 0.008 * COUNT
    germans = [c for c in register(GERMAN_UK) if c.address.place.country == "DE"]
    forms = {form for c in germans if (form := c.legal_form)}
    assert forms <= set(LEGAL_FORMS["DE"])
    assert any(c.core.endswith("Verwaltungs") and c.legal_form == "GmbH" for c in germans)


def test_stores_and_schools_are_companies_of_their_own(firms: list[Company]) -> None:
    stores = [c for c in firms if c.branch and c.parent is None]
    assert 0.03 < len(stores) / COUNT < 0.14
    brands = defaultdict(list)
    for store in stores:
        brands[store.core, store.web_domain].append(store)
    assert all(len({full_name(s) for s in held}) == len(held) for held in brands.values())
    assert all(len({s.phone for s in held}) == len(held) for held in brands.values())
    schools = [c for c in firms if any(c.core.endswith(kind) for kind in SCHOOLS["US"])]
    towns = Counter((c.core.split()[0], c.address.place) for c in schools)
    assert sum(n > 1 for n in towns.values()) > 10


def test_buildings_and_switchboards_are_shared_by_strangers(firms: list[Company]) -> None:
    buildings, phones = defaultdict(set), defaultdict(set)
    for firm in firms:
        word = firm.core.split()[0]
        buildings[replace(firm.address, unit="")].add(word)
        phones[firm.phone].add(word)
    tenants = sum(len(words) for words in buildings.values() if len(words) > 1) / COUNT
    assert 0.1 < tenants < RATES.tenant + RATES.serviced_office + RATES.registered_office + 0.05
    assert max(len(words) for words in buildings.values()) >= 4
    assert sum(len(words) for words in phones.values() if len(words) > 1) / COUNT > 0.015


def test_one_core_name_in_two_cities(firms: list[Company]) -> None:
    cities = defaultdict(set)
    for firm in firms:
        if firm.parent is None and not firm.branch:
            cities[firm.core].add((firm.address.place, firm.tax_number))
    assert sum(len(held) > 1 for held in cities.values()) > 0.02 * COUNT


def test_lives_of_companies_show_at_their_rates(firms: list[Company]) -> None:
    assert sum(c.moved > 0 for c in firms) / COUNT == pytest.approx(RATES.moved, abs=0.03)
    assert 0.004 < sum(c.renamed > 0 for c in firms) / COUNT < 0.02
    assert sum(bool(c.trading_name) for c in firms) / COUNT == pytest.approx(RATES.trading_name, abs=0.025)
    assert sum(bool(c.free_email) for c in firms) / COUNT == pytest.approx(RATES.free_mail, abs=0.04)
    assert sum(bool(c.mailbox) for c in firms) / COUNT == pytest.approx(RATES.role_mailbox, abs=0.05)


def test_old_records_show_the_old_name_and_place(firms: list[Company]) -> None:
    moved = next(c for c in firms if c.old_address and c.old_phone and c.old_address.place != c.address.place)
    old, new = views(moved, ledger=True, seen=0), views(moved, ledger=True)
    assert {v.address.region for v in old} - {""} == {moved.old_address.place.region if moved.old_address else ""}
    assert Counter(v.address.city.lower() for v in new).most_common(1)[0][0] == moved.address.place.city.lower()
    renamed = next(c for c in firms if c.former_core and not c.trading_name)
    word = renamed.former_core.split()[0].lower()
    assert sum(v.name.lower().startswith(word[:3]) for v in views(renamed, ledger=False, seen=0)) > 200


def test_names_are_written_many_ways(firms: list[Company]) -> None:
    trading = next(c for c in firms if c.trading_name and len(full_name(c)) > 20 and c.address.place.country == "US")
    written = {v.name for v in views(trading, ledger=False)}
    assert any(" dba " in n.lower() or " d/b/a " in n.lower() for n in written)
    assert any(n.startswith(trading.trading_name[:5]) for n in written)
    long = next(c for c in firms if len(full_name(c)) > 42)
    lengths = Counter(len(v.name) for v in views(long, ledger=True))
    assert sum(lengths[n] for n in (31, 32, 34, 35, 39, 40)) > 10
    assert any(v.name.isupper() for v in views(long, ledger=False))


def test_tax_numbers_slip_and_free_mail_stands_in(firms: list[Company]) -> None:
    firm = next(c for c in firms if c.free_email)
    seen = views(firm, ledger=True, n=1000)
    numbers = Counter(v.tax_number for v in seen)
    assert numbers[firm.tax_number] > 300 and 3 < sum(numbers.values()) - numbers[firm.tax_number] - numbers[""] < 40
    assert {v.email.lower() for v in seen} <= {"", firm.free_email}
    provider = firm.free_email.partition("@")[2]
    assert any(provider in v.website for v in seen)


def rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines)) if path.suffix == ".csv" else [json.loads(line) for line in lines]


def test_hierarchy_joins_customers_that_the_truth_keeps_apart(tmp_path: Path) -> None:
    profile = replace(DEFAULT, company=replace(RATES, share=0.7))
    write_sample(customers=1500, seed=5, out=tmp_path, profile=profile)
    known = {(r["object"], r["source_id"]): r["entity_id"] for r in rows(tmp_path / "truth.csv")}
    accounts = rows(tmp_path / "salesforce_account.csv")
    pointing = [(r["Id"], r["ParentId"]) for r in accounts if r["ParentId"]]
    assert len(pointing) > 30
    assert all(known["Account", own] != known["Account", above] for own, above in pointing)
    ledger = [r for r in rows(tmp_path / "netsuite_customer.jsonl") if r["parent"]]
    assert ledger and all(known["customer", r["id"]] != known["customer", r["parent"]] for r in ledger)
