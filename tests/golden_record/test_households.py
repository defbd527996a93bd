"""Households: tables of cases, and that neither order of rows nor ids decide anything."""

from __future__ import annotations

import hashlib
from pathlib import Path
from uuid import UUID

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import golden_record
from golden_record.household_rules import load_household_rules
from golden_record.households import find_households, find_ties
from golden_record.model import RuleError

SHIPPED = Path(golden_record.__file__).parent / "households.yaml"
RULES = load_household_rules(SHIPPED)
CASES = yaml.safe_load((Path(__file__).parent / "household_cases.yaml").read_text())


def key(kind, *words):
    """A key as opaque as the real ones."""
    return int.from_bytes(hashlib.md5("|".join((kind, *words)).encode()).digest()[:7])


def person(name, said, salt=""):
    """One row of evidence."""
    names = said.get("name") or [f"{name} alone"]
    homes, units, seen, postcodes, numbers = [], [], [], [*said.get("in", ())], []
    for place, day in said.get("at", {}).items():
        street, postcode = place.rsplit(", ", 1)
        street, _, unit = street.partition(" #")
        homes.append(key("address", street, postcode))
        units.append(key("unit", street, unit, postcode) if unit else None)
        seen.append(day)
        postcodes.append(postcode)
        numbers.append((street.split()[0], postcode))
    return {
        "golden_id": UUID(bytes=hashlib.md5((name + salt).encode()).digest()),
        "is_organisation": said.get("firm", False),
        "family": key("family", names[0]),
        "names": sorted(key("name", n) for n in names),
        "born": said.get("born"),
        "homes": homes,
        "units": units,
        "seen": seen,
        "contacts": sorted(key("contact", c) for c in said.get("has", ())),
        "house_numbers": sorted({key("house_number", n, *number) for n in names for number in numbers}),
        "postcodes": sorted({key("postcode", n, p) for n in names for p in postcodes}),
    }


def people(given):
    """Everybody of a case by name; ``times`` makes several."""
    for name, said in given.items():
        for number in range(said.get("times", 1)):
            yield (f"{name}{number}" if "times" in said else name), said


COLUMNS = (
    "golden_id UUID, is_organisation BOOLEAN, family BIGINT, names BIGINT[], born SMALLINT, homes BIGINT[],"
    " units BIGINT[], seen INTEGER[], contacts BIGINT[], house_numbers BIGINT[], postcodes BIGINT[]"
)


def households(cursor, rows, rules=RULES):
    """The households of evidence: golden ids and reasons."""
    cursor.execute(f"CREATE OR REPLACE TABLE household_evidence ({COLUMNS})").fetchall()
    cursor.execute("CREATE OR REPLACE TABLE household_hot (key BIGINT)").fetchall()
    for row in rows:
        places = ", ".join("?" for _ in row)
        cursor.execute(f"INSERT INTO household_evidence VALUES ({places})", list(row.values())).fetchall()
    find_ties(cursor, rules=rules)
    find_households(cursor, rules=rules)
    found = {}
    for golden, home, reason in cursor.execute("FROM household_found").fetchall():
        found.setdefault(home, {})[golden] = reason
    return list(found.values())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_who_lives_together(cursor, case):
    rows = {name: person(name, said) for name, said in people(case["given"])}
    names = {row["golden_id"]: name for name, row in rows.items()}
    found = {frozenset(names[golden] for golden in home) for home in households(cursor, rows.values())}
    assert found == {frozenset(home) for home in case["expect"]}


def test_the_reason_is_the_strongest_tie(cursor):
    given = {
        "ann": {"name": ["reed"], "at": {"12 oak street #4, 91020": 10}, "has": ["p1"]},
        "bob": {"name": ["reed"], "at": {"12 oak street #4, 91020": 10}},
        "cid": {"name": ["reed"], "has": ["p1"]},
    }
    rows = {name: person(name, said) for name, said in given.items()}
    (home,) = households(cursor, rows.values())
    assert {name: home[row["golden_id"]] for name, row in rows.items()} == {
        "ann": "same address with unit and last name",
        "bob": "same address with unit and last name",
        "cid": "same last name, and a phone or e-mail or card in common",
    }


PLACES = ["1 a st, 1", "1 a st #1, 1", "1 a st #2, 1", "2 b st, 1", "3 c st, 2", "3 d st, 2"]
PEOPLE = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.lists(st.sampled_from(["reed", "lang", "mora"]), min_size=1, max_size=2, unique=True),
            "at": st.dictionaries(st.sampled_from(PLACES), st.integers(1, 3), max_size=2),
            "has": st.lists(st.sampled_from(["p1", "p2", "e1"]), max_size=2, unique=True),
            "in": st.lists(st.sampled_from(["1", "2"]), max_size=1),
            "born": st.sampled_from([None, 1960, 1990]),
            "firm": st.sampled_from([False, False, False, True]),
        }
    ),
    max_size=8,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=PEOPLE, data=st.data())
def test_neither_order_nor_ids_decide(cursor, said, data):
    def told(rows):
        names = {row["golden_id"]: n for n, row in rows.items()}
        return {frozenset((names[g], why) for g, why in home.items()) for home in households(cursor, rows.values())}

    numbered = dict(enumerate(said))
    first = told({n: person(str(n), p) for n, p in numbered.items()})
    shuffled = data.draw(st.permutations(list(numbered.items())))
    assert told({n: person(str(n), p, salt="other ids") for n, p in shuffled}) == first
    for home in first:
        assert 2 <= len(home) <= RULES.largest
        assert not any(said[n]["firm"] for n, _ in home)


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ("largest: 10", "largest: 1", r"households\.yaml:\d+: largest: .*greater than or equal to 2"),
        ("  contact: 6\n", "", r"households\.yaml:\d+: carried_by_at_most\.contact: .*required"),
        ("share: [house_number]", "share: [house]", r"households\.yaml:\d+: together\.share"),
        ("share: [unit, last_name]", "share: [last_name], people_at_most: 2", "count in a unit or at an address"),
        ("reason: same address with unit,", "reason: same address and last name,", "have the same reason"),
        ("largest: 10", "largest: 10\nlargest: 11", r"households\.yaml:\d+: key 'largest' stands twice"),
        ("largest: 10", "largest: 10\nsmallest: 2", "smallest: unknown key"),
    ],
)
def test_a_wrong_file_says_where(tmp_path, was, becomes, says):
    text = SHIPPED.read_text()
    assert was in text
    path = tmp_path / "households.yaml"
    path.write_text(text.replace(was, becomes, 1))
    with pytest.raises(RuleError, match=says):
        load_household_rules(path)
