"""People who look like one and are not: they exist at about the profile's rates, and the truth keeps them apart."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from dataclasses import replace
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import pytest

from mdm.sample import DEFAULT, GERMAN_UK, HARDER, Profile, write_sample
from mdm.sample.companies import Company, companies
from mdm.sample.draws import Draws, UniqueNumbers
from mdm.sample.lookalikes import LookAlikes, closeness, sound
from mdm.sample.names import read_names
from mdm.sample.noise import birth_as_written, digits_slipped
from mdm.sample.places import Place, read_geography
from mdm.sample.population import Person, Population

Home = tuple[Person, ...]
HOUSEHOLDS = 6000
NAMES = read_names(dict(DEFAULT.origins))


def population(profile: Profile) -> list[Home]:
    employers: dict[Place, list[Company]] = defaultdict(list)
    geography = read_geography()
    firms = companies(count=300, profile=profile, names=NAMES, geography=geography, draws=Draws(seed=6, stream=3))
    for firm in firms:
        employers[firm.address.place].append(firm)
    made = Population(
        profile=profile, names=NAMES, geography=geography, employers=employers, draws=Draws(seed=6, stream=4)
    )
    return list(islice(made.households(), HOUSEHOLDS))


@pytest.fixture(scope="module")
def homes() -> list[Home]:
    return population(DEFAULT)


@pytest.fixture(scope="module")
def people(homes: list[Home]) -> list[Person]:
    return [person for home in homes for person in home]


def relatives(home: Home) -> list[tuple[Person, Person]]:
    return [(a, b) for n, a in enumerate(home) for b in home[:n] if a.family.split("-")[-1] == b.family.split("-")[-1]]


def alike(home: Home) -> bool:
    return any(a.given != b.given and closeness(a.given, b.given) >= 0.6 for a, b in relatives(home))


def digits(number: str) -> int:
    return int("".join(c for c in number if c.isdigit()))


def test_families_have_look_alike_names_at_the_rate(homes: list[Home]) -> None:
    families = [home for home in homes if relatives(home)]
    assert 0.09 < sum(map(alike, families)) / len(families) < 0.15
    initials = [home for home in families if len({p.given[0] for p in home[-2:]}) == 1]
    assert len(initials) / len(families) > 0.12
    never = population(replace(DEFAULT, look_alike=0.0, similar_twins=0.0, same_initial=0.0))
    assert sum(map(alike, never)) < 0.4 * sum(map(alike, homes))


def test_no_two_siblings_have_one_name_unless_parent_and_child(homes: list[Home]) -> None:
    same = [(a, b) for home in homes for a, b in relatives(home) if a.given == b.given]
    assert same and sum(abs(a.born[0] - b.born[0]) < 15 for a, b in same) <= 0.1 * len(same)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Maria", "Marie"), ("Anna", "Hannah"), ("Kayla", "Kyla"), ("Paul", "Paula"), ("Michael", "Michelle")],
)
def test_look_alikes_are_close_but_not_one_name(one: str, other: str) -> None:
    assert closeness(one, other) > 0.5 and sound(one) != sound(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Sara", "Sarah"), ("Eric", "Erik"), ("Jon", "John"), ("Stephen", "Steven")]
)
def test_spellings_of_one_name_are_no_look_alikes(one: str, other: str) -> None:
    assert sound(one) == sound(other)


def test_look_alikes_come_from_the_tables_without_nicknames() -> None:
    found = LookAlikes(NAMES)
    near = found.of("Daniel", origin="en_US", female=True)
    assert near is not None and "Danielle" in near.values and "Daniel" not in near.values
    male = found.of("Daniel", origin="en_US", female=False)
    assert male is None or not set(male.values) & set(NAMES.nicknames["Daniel"])
    assert found.of("Xqzwv", origin="en_US", female=True) is None


def test_parents_and_children_of_one_name(homes: list[Home]) -> None:
    pairs = [home for home in homes if len(home) == 2 and home[0].given == home[1].given]
    pairs = [home for home in pairs if home[0].family == home[1].family and home[1].born[0] - home[0].born[0] >= 20]
    assert len(pairs) / len(homes) == pytest.approx(DEFAULT.junior, abs=0.006)
    assert all(20 <= younger.born[0] - elder.born[0] <= 40 for elder, younger in pairs)
    suffixes = Counter((bool(elder.suffix), bool(younger.suffix)) for elder, younger in pairs)
    assert min(suffixes[kind] for kind in ((False, False), (False, True), (True, True), (True, False))) > 2
    assert suffixes[False, False] > 0.35 * len(pairs)
    assert any(elder.female for elder, _ in pairs)
    assert 0.03 < sum(elder.born[1:] == younger.born[1:] for elder, younger in pairs) / len(pairs) < 0.25
    assert 0.2 < sum(bool(younger.family_mobile) for _, younger in pairs) / len(pairs) < 0.5
    assert all(younger.family_mobile in ("", elder.mobiles[0]) for elder, younger in pairs)


def test_families_have_neighbouring_official_numbers(homes: list[Home], people: list[Person]) -> None:
    numbers = [p.tax for p in people if p.tax]
    assert len(numbers) / len(people) == pytest.approx(DEFAULT.tax_number, abs=0.04)
    assert max(Counter(numbers).values()) == 1
    near = [b.tax for home in homes for a, b in pairwise(home) if a.tax and abs(digits(a.tax) - digits(b.tax)) <= 3]
    assert 0.01 < len(near) / len(numbers) < 0.08
    germans = [home for home in population(GERMAN_UK) if home[0].address.place.country == "DE"]
    assert not any(abs(digits(a.tax) - digits(b.tax)) <= 3 for home in germans for a, b in pairwise(home) if a.tax)


def test_colleagues_share_a_mailbox(people: list[Person]) -> None:
    staff = defaultdict(list)
    for person in people:
        if person.role_email:
            assert person.employer and person.role_email == person.employer.mailbox
            staff[person.role_email].append(person)
    shared = [held for held in staff.values() if len({p.family for p in held}) > 1]
    assert len(shared) > 20
    called = Counter((p.employer.number, p.given) for p in people if p.employer)
    assert sum(n > 1 for n in called.values()) > 10


def test_numbers_are_recycled_also_by_namesakes(people: list[Person]) -> None:
    holders = defaultdict(list)
    for person in people:
        for mobile in person.mobiles:
            holders[mobile].append(person)
    recycled = [held for held in holders.values() if len(held) > 1]
    assert 0.015 < len(recycled) / len(people) < 0.06
    assert sum(held[0].given == held[1].given and held[0].family != held[1].family for held in recycled) > 3


def test_strangers_live_in_one_building_some_without_units(homes: list[Home]) -> None:
    flats, surnames = defaultdict(set), defaultdict(set)
    for home in homes:
        address = home[0].address
        flats[address].add(home[0].household)
        surnames[replace(address, unit=""), home[0].family].add(home[0].household)
    together = sum(len(held) for held in flats.values() if len(held) > 1)
    assert 0.03 < together / len(homes) < 0.1
    assert sum(len(held) > 1 for held in surnames.values()) > 10


def test_strangers_have_one_name_and_some_one_birth_date(people: list[Person]) -> None:
    in_city = Counter((p.given, p.family, p.address.place) for p in people)
    assert sum(n > 1 for n in in_city.values()) > 0.015 * len(people)
    born = defaultdict(set)
    for person in people:
        born[person.given, person.family, person.born].add(person.address.place)
    assert sum(len(places) > 1 for places in born.values()) >= 4


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("people")
    write_sample(customers=4000, seed=11, out=out, profile=HARDER)
    return out


def rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines)) if path.suffix == ".csv" else [json.loads(line) for line in lines]


def test_some_records_hold_only_a_name(written: Path) -> None:
    contacts = rows(written / "salesforce_contact.csv")
    filled = ("Email", "Phone", "MobilePhone", "MailingStreet", "MailingPostalCode", "Birthdate", "Loyalty_Number__c")
    bare = [r for r in contacts if not any(r[column] for column in filled)]
    assert 0.02 < len(bare) / len(contacts) < 0.1
    assert {bool(r["MailingCity"]) for r in bare} == {True, False}
    known = {r["source_id"]: r["entity_id"] for r in rows(written / "truth.csv")}
    records = Counter(r["entity_id"] for r in rows(written / "truth.csv"))
    assert {records[known[r["Id"]]] > 1 for r in bare} == {True, False}


def test_colleagues_records_show_mailbox_and_switchboard(written: Path) -> None:
    known = {r["source_id"]: r["entity_id"] for r in rows(written / "truth.csv")}
    by_email = defaultdict(list)
    for row in rows(written / "salesforce_contact.csv"):
        if row["Email"] and "store.com" not in row["Email"].lower():
            by_email[row["Email"].lower()].append(row)
    shared = [held for held in by_email.values() if len({known[r["Id"]] for r in held}) > 2]
    assert shared
    records = [r for held in shared for r in held]
    assert any(not r["FirstName"] for r in records) and any(len(r["FirstName"]) == 1 for r in records)


def test_people_have_tax_numbers_in_the_ledger(written: Path) -> None:
    ledger = rows(written / "netsuite_customer.jsonl")
    people = [r for r in ledger if r["isPerson"] == "T"]
    assert 0.3 < sum(bool(r["taxIdNum"]) for r in people) / len(people) < 0.5


def test_official_numbers_and_dates_slip() -> None:
    draws = Draws(seed=1, stream=9)
    for number in ("123-45-6789", "DE123456789", "12-3456789"):
        slipped = {digits_slipped(number, draws) for _ in range(200)}
        assert number not in slipped and len(slipped) > 20
        assert all(len(s) == len(number) and s.count("-") == number.count("-") for s in slipped)
    calm = replace(DEFAULT, placeholder_birth=0.0, birth_swapped=0.0, birth_off=0.0, birth_typo=0.0)
    turned = {birth_as_written((1978, 5, 12), replace(calm, birth_transposed=1.0), draws) for _ in range(50)}
    assert turned == {(1978, 5, 21), (1987, 5, 12)}
    wrong = {birth_as_written((1978, 5, 12), replace(calm, birth_transposed=0.0, birth_wrong=1.0), draws)
             for _ in range(200)}  # fmt: skip
    assert len(wrong) > 150 and all(1966 <= year <= 1990 for year, _, _ in wrong)


def test_the_number_after_is_the_next_free_one() -> None:
    numbers = UniqueNumbers(Draws(seed=1, stream=1), low=0, high=99)
    taken = numbers.take()
    assert [numbers.take_after(taken), numbers.take_after(taken)] == [taken + 1, taken + 2]
