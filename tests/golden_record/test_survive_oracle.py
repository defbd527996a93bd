"""Survivorship against a second reading of the rules in plain Python, over drawn rules and drawn customers; and what
consent, unlinking and lineage promise whatever is drawn.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import log2
from random import Random
from uuid import UUID

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from golden_record.model import Ownership, Rule
from golden_record.rules import parse_ownership
from golden_record.survive import survive

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DECLARED = ("crm", "erp", "shop")
SYSTEMS = (*DECLARED, "pos")  # one that the file does not know
STATES = ("opted_out", "pending", "opted_in", "unknown")
SINGLE = ("a", "b", "status")
CUSTOMERS = 40

_seeds = st.integers(0, 2**32 - 1)
_property = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass(frozen=True)
class Said:
    """One asserted value."""

    golden: int
    record: int
    system: str
    attribute: str
    value: object
    time: datetime
    mark: str | None = None
    verified: bool = False
    inactive: bool = False
    ordinal: int = 0

    @property
    def text(self) -> str:
        return json.dumps(self.value, separators=(",", ":"))

    @property
    def comparable(self) -> str:
        return self.text.lower()


# what is drawn


def _some(random: Random, words: Iterable[str], least: int = 1) -> list[str]:
    words = list(words)
    return random.sample(words, random.randint(least, len(words)))


def _wins(random: Random) -> dict:
    strategy = random.choice(
        ("owner_first", "ranked", "most_recent", "most_frequent", "most_complete", "verified_first", "trusted")
    )
    wins = {"strategy": strategy, "systems": _some(random, (*DECLARED, "others"))}
    wins["inactive"] = random.choice(("last", "equal"))
    if strategy == "trusted":
        wins["trust"] = {system: random.choice((1, 2, 50, 100)) for system in (*_some(random, DECLARED), "others")}
        if random.random() < 0.7:
            wins["halves_after_days"] = random.choice((1, 30, 365))
    if strategy not in ("owner_first", "ranked") and random.random() < 0.5:
        wins["then"] = random.choice([s for s in ("most_recent", "most_complete", "verified_first") if s != strategy])
    return wins


def _when(random: Random) -> dict:
    return random.choice(
        (
            {"has": ["status"]},
            {"lacks": ["status"]},
            {"is": {"status": ["gold", "black"]}},
            {"systems": ["shop"]},
            {"has": ["b"], "systems": ["crm", "erp"]},
        )
    )


def _asserts(random: Random) -> object:
    return random.choice(("anyone", _some(random, (*DECLARED, "others"))))


def draw_rules(random: Random) -> Ownership:
    """Rules for three single values, some of them with a rule for some customers before that for all."""
    rules = []
    for name in SINGLE:
        if name != "status" and random.random() < 0.5:
            rules.append(
                {"attributes": [name], "when": _when(random), "assert": _asserts(random), "wins": _wins(random)}
            )
        rules.append({"attributes": [name], "assert": _asserts(random), "wins": _wins(random)})
    order = {"strategy": "most_restrictive", "item": ["channel"], "field": "state", "order": list(STATES)}
    rules.append({"attributes": ["consent"], "assert": "anyone", "wins": {**order, "inactive": "equal"}})
    rules.append({"attributes": ["tag"], "assert": _asserts(random), "wins": {"strategy": "union"}})
    document = {"systems": dict.fromkeys(DECLARED, "something"), "rules": rules}
    return parse_ownership(json.dumps(document), file="drawn.yaml")


def draw_customers(random: Random, customers: int = CUSTOMERS) -> list[Said]:
    """One to six records each, whose values and clocks collide often."""
    found, number = [], 0
    for golden in range(customers):
        for _ in range(random.randint(1, 6)):
            number += 1
            system = random.choice(SYSTEMS)
            record = {
                "time": datetime(2025, 1, 1, tzinfo=UTC) + timedelta(days=random.choice((0, 1, 30, 31, 200))),
                "verified": random.random() < 0.4,
                "inactive": random.random() < 0.3,
            }
            for name in _some(random, SINGLE, least=0):
                words = ("gold", "Gold", "black", "tin") if name == "status" else ("x", "X", "yy", "zzz", "")
                mark = random.choice((None, None, None, "placeholder", "misspelt"))
                found.append(Said(golden, number, system, name, random.choice(words), mark=mark, **record))
            for ordinal, channel in enumerate(_some(random, ("mail", "sms"), least=0)):
                value = {"channel": channel, "state": random.choice(STATES)}
                found.append(Said(golden, number, system, "consent", value, ordinal=ordinal, **record))
            for ordinal, tag in enumerate(_some(random, ("t", "T", "u"), least=0)):
                found.append(Said(golden, number, system, "tag", tag, ordinal=ordinal, **record))
    return found


# the engine


def engine(cursor, rules: Ownership, said: Iterable[Said], now: datetime = NOW) -> dict[int, tuple[dict, dict]]:
    """Values and lineage by customer, as ``survive`` makes them."""
    rows = [
        {
            "golden_id": str(UUID(int=s.golden)), "entity_type": "person", "record_id": s.record, "version": 1,
            "system": s.system, "object": "Thing", "attribute": s.attribute, "ordinal": s.ordinal, "value": s.text,
            "comparable": s.comparable, "mark": s.mark, "source_time": s.time, "received_time": s.time,
            "verified": s.verified, "inactive": s.inactive, "outlived": False,
        }
        for s in said
    ]  # fmt: skip
    cursor.execute("DELETE FROM attribute_value").fetchall()
    cursor.register("drawn", pa.Table.from_pylist(rows))
    cursor.execute(
        "INSERT INTO attribute_value SELECT * REPLACE (CAST(golden_id AS UUID) AS golden_id) FROM drawn"
    ).fetchall()
    cursor.unregister("drawn")
    survive(cursor, rules=rules, now=now)
    found = cursor.execute('SELECT golden_id, "values", lineage FROM golden').fetchall()
    return {UUID(str(g)).int: (json.loads(values), json.loads(lineage)) for g, values, lineage in found}


# the second reading


def _counts(s: Said) -> bool:
    return s.mark in (None, "misspelt") and s.value != ""


def _holds(rules: Ownership, rule: Rule, customer: list[Said]) -> bool:
    when = rule.when
    if when is None:
        return True

    def said_of(name: str) -> list[Said]:
        owners = [r for r in rules.rules if name in r.attributes]
        equal = any(r.wins.inactive == "equal" for r in owners)
        return [
            s
            for s in customer
            if s.attribute == name and _counts(s) and (equal or not s.inactive)
            and any(r.may_assert(s.system) for r in owners)
        ]  # fmt: skip

    return (
        all(said_of(name) for name in when.has)
        and not any(said_of(name) for name in when.lacks)
        and all(any(str(s.value).lower() in texts for s in said_of(name)) for name, texts in when.says)
        and (not when.systems or any(s.system in when.systems and not s.inactive for s in customer))
    )


def _best(values: list[Said], badness: Callable[[Said], object]) -> list[Said]:
    least = min(map(badness, values))
    return [s for s in values if badness(s) == least]


def _place(rule: Rule, system: str) -> int:
    named = list(rule.wins.systems)
    if rule.wins.strategy == "owner_first":
        return 0 if system in named[:1] or (named[:1] == ["others"] and system not in named) else 1
    if system in named:
        return named.index(system)
    return named.index("others") if "others" in named else len(named)


def _points(rule: Rule, s: Said) -> float:
    """Points at this age, as a power of two: they halve once in a half-life."""
    trust = dict(rule.wins.trust)
    points = log2(trust.get(s.system, trust.get("others")))
    if rule.wins.halves_after_days:
        points -= (NOW - s.time) / timedelta(days=rule.wins.halves_after_days)
    return points


def _badness(rule: Rule, strategy: str | None, values: list[Said]) -> Callable[[Said], object]:
    often = Counter(c for _, c in {(s.record, s.comparable) for s in values})
    return {
        "most_recent": lambda s: -s.time.timestamp(),
        "most_frequent": lambda s: -often[s.comparable],
        "most_complete": lambda s: -len(s.text),
        "verified_first": lambda s: not s.verified,
        "trusted": lambda s: -round(_points(rule, s), 6),
    }.get(strategy, lambda s: 0)


def oracle(rules: Ownership, name: str, customer: list[Said]) -> object:
    """The golden value of one attribute of one customer; None where there is none."""
    rule = next((r for r in rules.rules if name in r.attributes and _holds(rules, r, customer)), None)
    if rule is None:
        return None
    values = [s for s in customer if s.attribute == name and _counts(s) and rule.may_assert(s.system)]
    if not values:
        return None
    steps = [
        lambda s: s.mark == "misspelt",
        lambda s: s.inactive and rule.wins.inactive == "last",
        _badness(rule, rule.wins.strategy, values),
        _badness(rule, rule.wins.then, values),
        lambda s: _place(rule, s.system),
        lambda s: -s.time.timestamp(),
        lambda s: s.ordinal,
        lambda s: -len(s.text),
        lambda s: s.text,
    ]
    for step in steps:
        values = _best(values, step)
    (value,) = {s.value for s in values}
    return value


def _by_customer(said: Iterable[Said]) -> dict[int, list[Said]]:
    customers = defaultdict(list)
    for s in said:
        customers[s.golden].append(s)
    return customers


# what must hold


@_property
@given(seed=_seeds)
def test_the_winner_is_the_one_the_rules_name(cursor, seed):
    random = Random(seed)
    rules, said = draw_rules(random), draw_customers(random)
    found = engine(cursor, rules, said)
    for golden, customer in _by_customer(said).items():
        expected = {name: oracle(rules, name, customer) for name in SINGLE}
        values = found[golden][0]
        assert {name: values.get(name) for name in SINGLE} == expected
        heard = rules.rules[-1]
        tags = {s.comparable for s in customer if s.attribute == "tag" and heard.may_assert(s.system)}
        assert sorted(json.dumps(tag).lower() for tag in values.get("tag", [])) == sorted(tags)


@_property
@given(seed=_seeds)
def test_every_value_stands_once_in_the_lineage_whatever_the_order_and_the_second_time(cursor, seed):
    random = Random(seed)
    rules, said = draw_rules(random), draw_customers(random)
    found = engine(cursor, rules, said)
    assert engine(cursor, rules, random.sample(said, len(said))) == found
    # the order is of no day: nothing but an override's end makes another golden record tomorrow
    assert engine(cursor, rules, said, now=NOW + timedelta(days=random.randint(1, 4000))) == found
    for golden, customer in _by_customer(said).items():
        lineage = found[golden][1]
        for name in {s.attribute for s in customer}:
            speaking = any(name in r.attributes and _holds(rules, r, customer) for r in rules.rules)
            told = Counter(
                tuple(place[:3])
                for entry in lineage.get(name, ())
                for place in (
                    *([entry["winner"]] if "winner" in entry else []),
                    *entry.get("supported_by", ()),
                    *entry.get("losers", ()),
                )
            )
            assert told == Counter((s.record, 1, s.ordinal) for s in customer if s.attribute == name and speaking)
            assert all(loser[3] for entry in lineage.get(name, ()) for loser in entry.get("losers", ()))


@_property
@given(seed=_seeds)
def test_losers_could_as_well_not_be_there(cursor, seed):
    random = Random(seed)
    rules = draw_rules(random)
    # a count and a condition hear losers too
    plain = tuple(r for r in rules.rules if r.when is None)
    rules = replace(rules, rules=tuple(r for r in plain if "most_frequent" not in (r.wins.strategy, r.wins.then)))
    said = draw_customers(random)
    found = engine(cursor, rules, said)
    lost = {
        (golden, name, *loser[:3])
        for golden, (_, lineage) in found.items()
        for name, entries in lineage.items()
        for entry in entries
        for loser in entry.get("losers", ())
    }
    kept = [s for s in said if (s.golden, s.attribute, s.record, 1, s.ordinal) not in lost]
    after = engine(cursor, rules, kept)
    assert {g: values for g, (values, _) in after.items() if values} == {g: v for g, (v, _) in found.items() if v}


def _restriction(values: dict) -> dict[str, int]:
    return {item["channel"]: STATES.index(item["state"]) for item in values.get("consent", ())}


@_property
@given(seed=_seeds)
def test_consent_is_the_most_restrictive_and_linking_only_restricts_until_a_steward_says_otherwise(cursor, seed):
    random = Random(seed)
    rules, said = draw_rules(random), draw_customers(random)
    apart = engine(cursor, rules, said)
    for golden, customer in _by_customer(said).items():
        worst: dict[str, int] = {}
        for s in customer:
            if s.attribute == "consent":
                state = STATES.index(s.value["state"])
                worst[s.value["channel"]] = min(worst.get(s.value["channel"], len(STATES)), state)
        assert _restriction(apart[golden][0]) == worst
    # two and two are linked
    together = engine(cursor, rules, [replace(s, golden=s.golden // 2) for s in said])
    for golden, (values, _) in apart.items():
        linked = _restriction(together[golden // 2][0])
        assert all(linked[channel] <= state for channel, state in _restriction(values).items())
    # a steward's confirmation stands for all of them while it is in force, and no longer
    confirmed = {"channel": "mail", "state": "opted_in"}
    cursor.execute(
        "INSERT INTO value_override SELECT golden_id, 'consent', ?, 'phoned', 'ann', ? FROM golden",
        [json.dumps([confirmed]), NOW + timedelta(days=1)],
    ).fetchall()
    linked = [replace(s, golden=s.golden // 2) for s in said]
    for values, _ in engine(cursor, rules, linked).values():
        assert values["consent"] == [confirmed]
    assert engine(cursor, rules, linked, now=NOW + timedelta(days=1)) == together
    cursor.execute("DELETE FROM value_override").fetchall()
    # unlinking gives each its own again
    assert engine(cursor, rules, said) == apart
