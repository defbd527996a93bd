"""The sample's people: the hard cases exist, at about the rates the profile says, and facts are consistent."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from mdm.sample import DEFAULT, GERMAN_UK, HARDER, write_sample
from mdm.sample.companies import companies, full_name
from mdm.sample.draws import Draws, UniqueNumbers, weighted
from mdm.sample.names import read_names
from mdm.sample.noise import birth_as_written, case_slipped, email_as_written, mistyped, phone_as_written
from mdm.sample.places import read_geography
from mdm.sample.population import Person, Population
from mdm.sample.profile import Profile
from mdm.sample.spool import ShuffledFile

HOUSEHOLDS = 6000


def population(profile: Profile, seed: int = 5) -> list[tuple[Person, ...]]:
    made = Population(
        profile=profile,
        names=read_names(dict(profile.origins)),
        geography=read_geography(),
        employers={},
        draws=Draws(seed=seed, stream=4),
    )
    return list(islice(made.households(), HOUSEHOLDS))


@pytest.fixture(scope="module")
def homes() -> list[tuple[Person, ...]]:
    return population(DEFAULT)


def twins(home: tuple[Person, ...]) -> bool:
    return any(a.born == b.born and a.family == b.family and a.given != b.given for a in home for b in home)


def juniors(home: tuple[Person, ...]) -> bool:
    return any(a.given == b.given and a.family == b.family and a.number < b.number for a in home for b in home)


def test_rates_of_life_hold(homes: list[tuple[Person, ...]]) -> None:
    people = [p for home in homes for p in home]
    assert sum(map(twins, homes)) / len(homes) == pytest.approx(DEFAULT.twins, abs=0.006)
    assert sum(map(juniors, homes)) / len(homes) == pytest.approx(DEFAULT.junior, abs=0.01)
    assert sum(bool(h[0].landline) for h in homes) / len(homes) == pytest.approx(DEFAULT.landline, abs=0.03)
    assert sum(bool(h[0].old_address) for h in homes) / len(homes) == pytest.approx(DEFAULT.move, abs=0.03)
    assert sum(bool(p.middle) for p in people) / len(people) == pytest.approx(DEFAULT.middle_name, abs=0.03)
    assert sum(bool(p.former_family) for p in people) > 0.01 * len(people)
    assert 1.5 < len(people) / len(homes) < 2.2


def test_a_household_shares_address_and_landline(homes: list[tuple[Person, ...]]) -> None:
    for home in homes:
        assert len({(p.address, p.landline, p.household, p.household_email) for p in home}) == 1


def test_personal_emails_are_personal_and_recycled_phones_are_not(homes: list[tuple[Person, ...]]) -> None:
    people = [p for home in homes for p in home]
    emails = Counter(e for p in people for e in p.emails)
    assert max(emails.values()) == 1
    holders = defaultdict(set)
    for person in people:
        for mobile in person.mobiles:
            holders[mobile].add(person.household)
    recycled = [m for m, held in holders.items() if len(held) > 1]
    assert recycled
    current = Counter(p.mobiles[0] for p in people)
    assert max(current.values()) == 1


def test_namesakes_live_in_the_same_city(homes: list[tuple[Person, ...]]) -> None:
    called = Counter((p.given, p.family, p.address.place) for home in homes for p in home[:1])
    assert sum(n > 1 for n in called.values()) > 20


def test_places_are_consistent(homes: list[tuple[Person, ...]]) -> None:
    for home in homes:
        place = home[0].address.place
        assert place.postcode_low <= home[0].address.postcode <= place.postcode_high
        if home[0].landline:
            assert home[0].landline[2:5] in place.area_codes


def test_harder_is_harder() -> None:
    assert sum(map(twins, population(HARDER))) > sum(map(twins, population(DEFAULT)))


def test_german_and_british_mix() -> None:
    people = [p for home in population(GERMAN_UK) for p in home]
    countries = Counter(p.address.place.country for p in people)
    assert countries["DE"] > countries["GB"] > countries["US"] > 0
    prefixes = {"DE": "+49", "GB": "+44", "US": "+1"}
    assert all(p.mobiles[0].startswith(prefixes[p.address.place.country]) for p in people)
    assert any(not p.family.isascii() for p in people)


def test_companies_have_branches_that_share_name_and_tax_number() -> None:
    made = list(
        companies(
            count=400,
            profile=DEFAULT,
            names=read_names(dict(DEFAULT.origins)),
            geography=read_geography(),
            draws=Draws(seed=1, stream=3),
        )
    )
    branches = [c for c in made if c.parent is not None]
    assert len(made) == 400 and 5 < len(branches) < 60
    for branch in branches:
        parent = made[branch.parent or 0]
        assert parent.parent is None and parent.domain == branch.domain and parent.tax_number == branch.tax_number
        assert full_name(parent) != full_name(branch)
    assert len({c.domain for c in made if c.parent is None}) == 400 - len(branches)


def test_clean_profile_writes_true_values(tmp_path: Path) -> None:
    """With every noise rate at zero, all records of a person agree on the family name."""
    calm = dict.fromkeys(_NOISE, 0.0)
    profile = replace(DEFAULT, **calm, guest=0.0)
    write_sample(customers=400, seed=2, out=tmp_path, profile=profile)
    with (tmp_path / "truth.csv").open(encoding="utf-8", newline="") as lines:
        entity = {(r["object"], r["source_id"]): r["entity_id"] for r in csv.DictReader(lines)}
    family: dict[str, set[str]] = defaultdict(set)
    with (tmp_path / "salesforce_contact.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            family[entity["Contact", row["Id"]]].add(row["LastName"])
    with (tmp_path / "shopify_customer.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            shop = json.loads(line)
            if "__parentId" not in shop:
                family[entity["Customer", shop["id"]]].add(shop["lastName"])
    assert family and all(len(names) == 1 for names in family.values())


_NOISE = (
    "name_typo", "case_slip", "diacritics_lost", "particle_changed", "hyphen_changed", "swapped_name", "junior",
    "placeholder_name", "married_name",
)  # fmt: skip


def test_half_filled_and_placeholders_appear(tmp_path: Path) -> None:
    write_sample(customers=2000, seed=3, out=tmp_path, profile=HARDER)
    loyalty = (tmp_path / "loyalty_member.csv").read_text(encoding="utf-8")
    contact = (tmp_path / "salesforce_contact.csv").read_text(encoding="utf-8")
    shop = (tmp_path / "shopify_customer.jsonl").read_text(encoding="utf-8")
    ledger = (tmp_path / "netsuite_customer.jsonl").read_text(encoding="utf-8")
    assert "01/01/1900" in loyalty and ",,,,,BLUE" in loyalty
    assert "1970-01-01" in contact and "@store.com" in contact and "United States" in contact and "\n" in contact
    assert '"state": "DISABLED"' in shop and '"firstName": null' in shop
    assert "0000000000" in contact + loyalty + shop and "noemail@store.com" in contact + loyalty + shop
    assert '"isPerson": "F"' in ledger and '"email": null' in ledger and '"taxIdNum": "' in ledger


def test_noise_keeps_to_its_kind() -> None:
    draws = Draws(seed=1, stream=9)
    loud = replace(DEFAULT, birth_swapped=1.0, birth_off=0.0, placeholder_birth=0.0, email_domain_typo=1.0)
    assert birth_as_written((1980, 5, 7), loud, draws) == (1980, 7, 5)
    assert {email_as_written("a.b@gmail.com", loud, draws).lower().endswith("@gmail.com") for _ in range(20)} == {False}
    typed = {mistyped("Johnson", draws) for _ in range(200)}
    assert len(typed) > 20 and all(5 < len(t) < 9 for t in typed)
    assert {case_slipped("Tyler", draws) for _ in range(50)} == {"yTler", "TYler", "tyler", "TYLER"}
    digits = {"".join(c for c in phone_as_written("+12125550123", draws) if c.isdigit()) for _ in range(50)}
    assert digits == {"2125550123", "12125550123"}


def test_draws_follow_weights_and_numbers_are_unique() -> None:
    draws = Draws(seed=1, stream=1)
    table = weighted(["often", "rarely"], [9, 1])
    assert Counter(draws.of(table) for _ in range(5000))["rarely"] == pytest.approx(500, abs=90)
    numbers = UniqueNumbers(draws, low=0, high=99)
    assert len({numbers.take() for _ in range(50)}) == 50
    with pytest.raises(RuntimeError, match="too small"):
        numbers.take()
    with pytest.raises(ValueError, match="nothing"):
        weighted([], [])


def test_shuffled_file_spills_and_keeps_every_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mdm.sample.spool._HELD", 100)
    file = ShuffledFile(tmp_path / "f.csv", header="h", ending="\r\n", buckets=3, draws=Draws(seed=1, stream=1))
    lines = [f'{i},"two\nlines"' for i in range(1000)]
    for line in lines:
        file.add(line)
    file.close()
    with (tmp_path / "f.csv").open(encoding="utf-8", newline="") as written:
        read = list(csv.reader(written))[1:]
    assert [p.name for p in tmp_path.iterdir()] == ["f.csv"]
    assert sorted(int(r[0]) for r in read) == list(range(1000))
    assert [int(r[0]) for r in read] != list(range(1000))
