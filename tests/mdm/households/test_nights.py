"""Households from night to night: what a night changes ends where one look at everything would, under ids that last."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4, uuid5

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from golden_record.household_rules import load_household_rules
from mdm.households import make_households, publish_households
from mdm.ruleset import load_rule_set
from mdm.store.bridge import open_duckdb, open_reader
from mdm.store.tables import household, household_evidence, household_key, household_member

DAY = datetime(2026, 10, 1, tzinfo=UTC)
# limits that a handful of people reaches
LOW = """
carried_by_at_most: {unit: 3, address: 4, contact: 3, house_number: 3, postcode: 3}
together:
  - {reason: same flat and last name, share: [unit, last_name]}
  - {reason: same address and last name, share: [address, last_name], last_names_at_most: 2}
  - {reason: same address and contact, share: [address, contact]}
  - {reason: misspelt, share: [house_number], unless: [same_address]}
  - {reason: last name and contact, share: [last_name, contact], unless: [elsewhere]}
  - {reason: alone in a house, share: [address], people_at_most: 2, unless: [organisation, flats]}
  - {reason: a street not known, share: [postcode], unless: [streets_known]}
child_younger_by: 16
largest: 3
"""


def golden(number):
    """The golden id of a number."""
    return uuid5(UUID(int=4), str(number))


class World:
    """Golden records with one record each, and the nights in which they change, as a resolution would leave them."""

    def __init__(self, store, rules, *, duck, reader):
        self.store, self.rules, self.duck, self.reader = store, rules, duck, reader
        self.said, self.nights = {}, 0

    def night(self, changes, *, merged=None, full=False, publish=True):
        """``changes``: number -> what it says now, None when it is gone. ``merged``: number -> survivor."""
        self.nights += 1
        merged = merged or {}
        self.said |= changes
        self.said = {n: said for n, said in self.said.items() if said is not None}
        touched = {*changes, *merged, *merged.values()} if not full else {*self.said, *changes}
        duck, now = self.duck, DAY + timedelta(days=self.nights)
        self._resolved(touched, merged)
        duck.execute("SET VARIABLE now = ?", [now]).fetchall()
        duck.execute("SET VARIABLE run_id = ?", [str(uuid4())]).fetchall()
        counts = make_households(duck, self.reader, rules=self.rules, full=full, now=now)
        changed = [duck.execute(f"FROM household_{name}").fetchall() for name in ("closing", "opening")]
        if publish:
            with self.store.begin() as connection:
                publish_households(connection, duck)
        return counts, changed

    def _resolved(self, touched, merged):
        duck = self.duck
        here = [n for n in sorted(touched) if n in self.said]
        kinds = {n: "organisation" if self.said[n].get("firm") else "person" for n in here}
        tables = {
            "touched": [{"record_id": n, "golden_id": str(golden(n))} for n in here],
            "touched_golden": [{"golden_id": str(golden(n))} for n in sorted(touched)],
            "standardised": [{"record_id": n, "entity_type": kinds[n], "match": match(self.said[n])} for n in here],
            "record_fact": [
                {"record_id": n, "source_time": DAY + timedelta(days=self.said[n].get("day", 0)), "received_time": DAY}
                for n in here
            ],
            "noise_attribute": [{"attribute": "phone", "value": "noise"}],
            "id_event": [
                {"golden_id": str(golden(a)), "kind": "merged", "other_ids": [str(golden(b))]}
                for a, b in merged.items()
            ],
        }
        shapes = {
            "touched": "record_id BIGINT, golden_id UUID",
            "touched_golden": "golden_id UUID",
            "standardised": "record_id BIGINT, entity_type VARCHAR, match VARCHAR",
            "record_fact": "record_id BIGINT, source_time TIMESTAMPTZ, received_time TIMESTAMPTZ",
            "noise_attribute": "attribute VARCHAR, value VARCHAR",
            "id_event": "golden_id UUID, kind VARCHAR, other_ids UUID[]",
        }
        for name, shape in shapes.items():
            duck.execute(f"CREATE OR REPLACE TABLE {name} ({shape})").fetchall()
            if tables[name]:
                duck.register("rows", pa.Table.from_pylist(tables[name]))
                duck.execute(f"INSERT INTO {name} BY NAME FROM rows").fetchall()
                duck.unregister("rows")

    def homes(self):
        """Members of every open household by its id."""
        found = {}
        with self.store.begin() as connection:
            rows = connection.execute(sa.select(household_member).where(household_member.c.until.is_(None)))
            for row in rows:
                found.setdefault(row.household_id, set()).add(row.golden_id)
        return {home: frozenset(members) for home, members in found.items()}

    def home_of(self, *numbers):
        """The one household that these make up."""
        (home,) = (h for h, members in self.homes().items() if members == {golden(n) for n in numbers})
        return home

    def empty(self):
        """Everything is forgotten."""
        with self.store.begin() as connection:
            connection.execute(sa.text("SET LOCAL mdm.rewrite = 'on'"))
            for table in (household, household_member, household_evidence, household_key):
                connection.execute(sa.delete(table))
        self.said, self.nights = {}, 0


def match(said):
    """The matching columns of a record."""
    places = [place.split("|") for place in said.get("at", ())]  # number|street|unit|postcode
    return json.dumps(
        {
            "family": said["name"],
            "family_tokens": [said["name"]],
            "dob": said.get("born"),
            "emails": [],
            "phones": said.get("has", []),
            "loyalty": [],
            "postcodes": sorted({p for _, _, _, p in places} | set(said.get("in", ()))),
            "house_numbers": sorted({n for n, _, _, _ in places}),
            "address_keys": sorted({f"{n}|{s}|{p}" for n, s, _, p in places}),
            "address_units": sorted({f"{n}|{s}|{u}|{p}" for n, s, u, p in places if u}),
        }
    )


@pytest.fixture
def world(store, settings):
    """An empty world under the shipped rules."""
    with closing(open_duckdb(settings)) as duck, open_reader(store) as reader:
        yield World(store, load_rule_set(settings).households, duck=duck, reader=reader)


@pytest.fixture
def crowded_world(world, tmp_path):
    """An empty world under rules of which every limit is soon reached."""
    (tmp_path / "low.yaml").write_text(LOW)
    world.rules = load_household_rules(tmp_path / "low.yaml")
    return world


AT = ["1|a||1", "1|a|1|1", "1|a|2|1", "1|b||1", "2|c||2", "3|d||2"]
SAID = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["reed", "lang", "mora"]),
        "at": st.lists(st.sampled_from(AT), max_size=2, unique=True),
        "has": st.lists(st.sampled_from(["p1", "p2", "noise"]), max_size=2, unique=True),
        "in": st.lists(st.sampled_from(["1", "2"]), max_size=1),
        "born": st.sampled_from([None, "1960-01-01", "1990-01-01"]),
        "firm": st.sampled_from([False] * 5 + [True]),
        "day": st.integers(0, 3),
    }
)
NIGHTS = st.lists(st.dictionaries(st.integers(1, 9), st.none() | SAID, max_size=5), min_size=2, max_size=5)


@how(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nights=NIGHTS)
def test_nights_end_where_one_look_at_everything_does(crowded_world, nights):
    world = crowded_world
    world.empty()
    for number, changes in enumerate(nights):
        before = world.homes()
        gone = {n: None for n, said in changes.items() if said is None and n in world.said}
        world.night({n: said for n, said in changes.items() if said is not None} | gone, full=number == 0)
        after = world.homes()
        kept = {members: home for home, members in before.items()}
        assert all(kept[members] == home for home, members in after.items() if members in kept)
        assert all(2 <= len(members) <= world.rules.largest for members in after.values())
        _, (closing_, opening) = world.night({}, full=True, publish=False)
        assert (closing_, opening) == ([], [])
    with world.store.begin() as connection:
        open_homes = set(connection.scalars(sa.select(household.c.household_id).where(household.c.closed_at.is_(None))))
        held = connection.execute(sa.select(household_key.c.golden_id).distinct()).scalars().all()
    assert open_homes == set(world.homes())
    assert set(held) <= {golden(n) for n in world.said}


def test_a_night_looks_only_around_what_changed(world):
    street = {n: {"name": f"n{n // 2}", "at": [f"{n // 2}|a||{n // 2}"]} for n in range(40)}
    world.night(street, full=True)
    counts, (closed, opened) = world.night({3: {"name": "n1", "at": ["1|a||1"], "day": 7}, 5: street[5]})
    assert (counts["looked_at"], closed, opened) == (0, [], [])  # nothing of a home was said anew
    counts, (closed, opened) = world.night({3: {"name": "n1", "at": ["1|a||1"], "has": ["p1"]}})
    assert (counts["looked_at"], closed, opened) == (2, [], [])
    counts, _ = world.night({3: {"name": "n5", "at": ["5|a||5"]}})
    assert counts["looked_at"] == 4
    assert world.home_of(3, 10, 11)


def test_a_household_keeps_its_id_while_most_of_its_members_stay(world):
    family = {n: {"name": "reed", "at": ["1|a||1"]} for n in (1, 2, 3)}
    world.night(family, full=True)
    home = world.home_of(1, 2, 3)
    world.night({4: {"name": "reed", "at": ["1|a||1"]}})
    assert world.home_of(1, 2, 3, 4) == home
    world.night({1: {"name": "lang", "at": ["9|z||9"]}, 5: {"name": "lang", "at": ["9|z||9"]}})
    assert world.home_of(2, 3, 4) == home
    assert world.home_of(1, 5) != home
    world.night({3: None, 4: None})
    assert set(world.homes()) == {world.home_of(1, 5)}
    with world.store.begin() as connection:
        closed = connection.scalars(sa.select(household.c.household_id).where(household.c.closed_at.is_not(None)))
        assert closed.all() == [home]


def test_merged_golden_records_carry_their_household_over(world):
    couple = {1: {"name": "reed", "at": ["1|a||1"]}, 2: {"name": "reed", "at": ["1|a||1"]}}
    world.night({**couple, 3: {"name": "reed", "in": ["7"]}}, full=True)
    home = world.home_of(1, 2)
    world.night({2: None, 3: {"name": "reed", "at": ["1|a||1"], "in": ["7"]}}, merged={2: 3})
    assert world.home_of(1, 3) == home


@pytest.mark.parametrize("full", [False, True])
def test_what_a_steward_said_holds_until_he_ends_it(world, full):
    world.night({n: {"name": "reed", "at": ["1|a||1"]} for n in (1, 2, 3)}, full=True)
    home = world.home_of(1, 2, 3)
    with world.store.begin() as connection:
        stay = household_member.c.golden_id == golden(3)
        connection.execute(sa.update(household_member).where(stay).values(until=DAY, closed_run_id=uuid4()))
        said = {"golden_id": golden(3), "reason": "moved abroad", "basis": "steward", "actor": "stella", "since": DAY}
        connection.execute(sa.insert(household_member).values(household_id=None, **said))
    world.night({n: {"name": "reed", "at": ["1|a||1"], "has": ["p1"]} for n in (1, 2, 3)}, full=full)
    assert world.homes() == {home: {golden(1), golden(2)}, None: {golden(3)}}
    with world.store.begin() as connection:  # he takes it back, says it again
        word = sa.update(household_member).where(household_member.c.basis == "steward")
        connection.execute(word.values(until=DAY, closed_run_id=uuid4()))
    world.night({3: {"name": "reed", "at": ["1|a||1"], "has": ["p1"]}}, full=full)
    assert world.homes() == {home: {golden(1), golden(2), golden(3)}}
    with world.store.begin() as connection:
        again = sa.update(household_member).where(stay, household_member.c.until.is_(None))
        connection.execute(again.values(until=DAY, closed_run_id=uuid4()))
        connection.execute(sa.insert(household_member).values(household_id=None, **said))
    # and is said of the customer he is merged into
    world.night({3: None, 4: {"name": "reed", "at": ["1|a||1"]}}, merged={3: 4}, full=full)
    assert world.homes() == {home: {golden(1), golden(2)}, None: {golden(4)}}
