"""Trust that ages, rules for some customers, a second strategy for what the first leaves open, the blast radius."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from golden_record.model import RuleError
from golden_record.propose import propose
from golden_record.rules import parse_ownership
from golden_record.survive import survive
from golden_record.tables import tables_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
GOLDEN = "00000000-0000-4000-8000-000000000001"


def _rules(*rules, head=""):
    text = "systems: {crm: people, erp: money, shop: orders}\n" + head + "rules:\n"
    return parse_ownership(text + "\n".join(f"  - {rule}" for rule in rules), file="o.yaml")


def _say(cursor, *rows, entity_type="person"):
    """rows: record, system, attribute, value, and what else matters (time, verified, inactive)."""
    for record, system, attribute, value, *more in rows:
        other = more[0] if more else {}
        text = json.dumps(value)
        time = other.get("time", "2024-01-01T00:00:00Z")
        flags = [other.get("verified", False), other.get("inactive", False), other.get("mark")]
        cursor.execute(
            "INSERT INTO attribute_value VALUES (?,?,?,1,?,'Thing',?,0,?,?,?,?,?,?,?,false)",
            [GOLDEN, entity_type, record, system, attribute, text, text.lower(), flags[2], time, time, *flags[:2]],
        ).fetchall()


def _golden(cursor, rules, now=NOW):
    survive(cursor, rules=rules, now=now)
    ((values, lineage),) = cursor.execute('SELECT "values", lineage FROM golden').fetchall()
    return json.loads(values), json.loads(lineage)


TRUSTED = _rules(
    "{attributes: [x], assert: anyone, wins: {strategy: trusted, trust: {erp: 80, crm: 40, others: 5},"
    " halves_after_days: 100}}"
)


@pytest.mark.parametrize(
    ("erp", "crm", "winner", "why"),
    [
        ("2025-01-01T00:00:00Z", "2025-01-01T00:00:00Z", "erp", "most trusted at its age"),
        ("2025-01-01T00:00:00Z", "2025-04-10T00:00:00Z", "erp", "most trusted at its age"),  # 99 days: not yet half
        ("2025-01-01T00:00:00Z", "2025-04-12T00:00:00Z", "crm", "most trusted at its age"),  # 101 days
        # after exactly a half-life both are worth the same, and the tie order decides
        ("2025-01-01T00:00:00Z", "2025-04-11T00:00:00Z", "crm", "tie: most recent"),
        ("1969-01-01T00:00:00Z", "1968-01-01T00:00:00Z", "erp", "most trusted at its age"),
        ("2025-01-01T00:00:00Z", None, "erp", "most trusted at its age"),
    ],
)
def test_trust_halves_with_age(cursor, erp, crm, winner, why):
    _say(cursor, (1, "erp", "x", "erp", {"time": erp}), (2, "crm", "x", "crm", {"time": crm}))
    values, lineage = _golden(cursor, TRUSTED)
    assert (values["x"], lineage["x"][0]["rule"]) == (winner, why)
    # a night that looks at changes only finds what a look at everything finds: the order is of no day
    assert _golden(cursor, TRUSTED, now=datetime(2036, 5, 5, tzinfo=UTC))[0] == values


def test_trust_of_systems_nobody_named_and_without_age(cursor):
    rules = _rules("{attributes: [x], assert: anyone, wins: {strategy: trusted, trust: {erp: 3, others: 4, crm: 4}}}")
    _say(cursor, (1, "erp", "x", "a", {"time": NOW.isoformat()}), (2, "pos", "x", "b"))
    values, lineage = _golden(cursor, rules)
    assert (values["x"], lineage["x"][0]["losers"][0][3]) == ("b", "most trusted")


TIER = "{attributes: [tier], assert: [erp, crm], wins: {strategy: ranked, systems: [erp, crm]}}"
FOR_MEMBERS = "{attributes: [x], when: %s, assert: anyone, wins: {strategy: ranked, systems: [shop, others]}}"
FOR_ALL = "{attributes: [x], assert: anyone, wins: {strategy: ranked, systems: [erp, others]}}"
CLOSED = "{attributes: [closed], assert: anyone, wins: {strategy: all, inactive: equal}}"


@pytest.mark.parametrize(
    ("when", "said", "holds"),
    [
        ("{has: [tier]}", [(2, "erp", "tier", "Gold")], True),
        ("{has: [tier]}", [], False),
        ("{has: [tier]}", [(2, "erp", "tier", "Gold", {"inactive": True})], False),
        ("{has: [tier]}", [(2, "erp", "tier", "?", {"mark": "placeholder"})], False),
        ("{has: [tier]}", [(2, "erp", "tier", "")], False),
        ("{has: [tier]}", [(2, "shop", "tier", "Gold")], False),  # the shop may not assert it
        ("{has: [tier]}", [(2, "pos", "tier", "Gold")], False),  # nor may who is not listed
        ("{lacks: [tier]}", [], True),
        ("{lacks: [tier]}", [(2, "erp", "tier", "Gold")], False),
        ("{is: {tier: [GOLD, Black]}}", [(2, "erp", "tier", "Gold")], True),
        ("{is: {tier: [Gold]}}", [(2, "erp", "tier", "Silver"), (3, "crm", "tier", "Gold")], True),
        ("{is: {tier: [Gold]}}", [(2, "erp", "tier", "Silver")], False),
        ("{has: [tier], is: {tier: [Gold]}, systems: [crm]}", [(2, "erp", "tier", "Gold")], False),
        ("{has: [tier], is: {tier: [Gold]}, systems: [crm]}", [(2, "crm", "tier", "Gold")], True),
        ("{systems: [crm]}", [(2, "crm", "x", "c", {"inactive": True})], False),
        ("{is: {closed: [true]}}", [(2, "erp", "closed", True, {"inactive": True})], True),
        # the flag is what its rule makes of it: closed when every record that says so agrees
        ("{is: {closed: [true]}}", [(2, "erp", "closed", True), (3, "crm", "closed", False)], False),
        ("{is: {closed: [false]}}", [(2, "erp", "closed", True), (3, "crm", "closed", False)], True),
    ],
)
def test_a_rule_for_some_customers(cursor, when, said, holds):
    rules = _rules(FOR_MEMBERS % when, FOR_ALL, TIER, CLOSED)
    _say(cursor, (8, "erp", "x", "by all"), (9, "shop", "x", "by some"), *said)
    assert _golden(cursor, rules)[0]["x"] == ("by some" if holds else "by all")


def test_a_rule_for_some_of_an_entity_type_only(cursor):
    some = FOR_MEMBERS % "{has: [tier]}"
    rules = _rules(some.replace("{attributes: [x]", "{attributes: [x], entity_types: [firm]"), FOR_ALL, TIER)
    said = [(1, "erp", "x", "by all"), (2, "shop", "x", "by some"), (3, "erp", "tier", "Gold")]
    _say(cursor, *said)
    assert _golden(cursor, rules)[0]["x"] == "by all"
    cursor.execute("UPDATE attribute_value SET entity_type = 'firm'").fetchall()
    assert _golden(cursor, rules)[0]["x"] == "by some"


def test_a_steward_s_value_makes_a_condition_hold_and_wins_by_the_rule_that_speaks(cursor):
    rules = _rules(FOR_MEMBERS % "{is: {tier: [Gold]}}", FOR_ALL, TIER)
    _say(cursor, (1, "erp", "x", "by all"), (2, "shop", "x", "by some"), (3, "erp", "tier", "Silver"))
    for attribute, value in (("tier", '"gold"'), ("x", '"stella"')):
        assert _golden(cursor, rules)[0]["x"] == ("by all" if attribute == "tier" else "by some")
        cursor.execute(
            "INSERT INTO value_override VALUES (?,?,?,'phoned','stella',NULL)", [GOLDEN, attribute, value]
        ).fetchall()
    assert _golden(cursor, rules)[0] == {"tier": "gold", "x": "stella"}


def test_the_first_of_several_that_hold_speaks_and_where_none_does_there_is_no_value(cursor):
    by = "{attributes: [x], when: {has: [%s]}, assert: anyone, wins: {strategy: ranked, systems: [%s, others]}}"
    rules = _rules(by % ("tier", "shop"), by % ("other", "erp"), TIER)
    _say(cursor, (1, "erp", "x", "e"), (2, "shop", "x", "s"))
    assert _golden(cursor, rules)[0] == {}
    _say(cursor, (1, "erp", "other", "yes"))
    assert _golden(cursor, rules)[0]["x"] == "e"
    _say(cursor, (1, "erp", "tier", "yes"))
    assert _golden(cursor, rules)[0]["x"] == "s"


@pytest.mark.parametrize(
    ("then", "winner", "why"),
    [
        ("", "sys", "ranked: erp before crm"),
        (", then: most_recent", "new", "then most recent"),
        (", then: most_complete", "longest", "then most complete"),
        (", then: most_frequent", "often", "then most frequent"),
    ],
)
def test_what_verified_first_leaves_open(cursor, then, winner, why):
    rules = _rules(f"{{attributes: [x], assert: anyone, wins: {{strategy: verified_first, systems: [erp]{then}}}}}")
    yes = {"verified": True}
    _say(
        cursor,
        (1, "erp", "x", "sys", yes),
        (2, "crm", "x", "new", {**yes, "time": "2025-06-01T00:00:00Z"}),
        (3, "shop", "x", "longest", yes),
        (4, "crm", "x", "often", yes),
        (5, "shop", "x", "often", yes),
        (6, "erp", "x", "the longest of all, not verified", {"time": "2025-12-01T00:00:00Z"}),
    )
    values, lineage = _golden(cursor, rules)
    assert (values["x"], lineage["x"][0]["rule"]) == (winner, why)


def test_what_the_most_recent_leave_open_the_verified_one_settles(cursor):
    rules = _rules(
        "{attributes: [x], assert: anyone, wins: {strategy: most_recent, then: verified_first, systems: [erp]}}"
    )
    _say(cursor, (1, "erp", "x", "a"), (2, "crm", "x", "b", {"verified": True}))
    assert _golden(cursor, rules)[0]["x"] == "b"
    _say(cursor, (3, "shop", "x", "c", {"time": "2024-01-01T00:00:01Z"}))
    assert _golden(cursor, rules)[0]["x"] == "c"


@pytest.mark.parametrize(("radius", "review"), [(4, "none"), (5, "none"), (6, "required"), (None, "required")])
def test_a_person_is_asked_where_much_hangs_on_the_customer(cursor, radius, review):
    rules = _rules(
        "{attributes: [x], assert: anyone, wins: {strategy: ranked, systems: [erp]}, receives: [crm],"
        " review: above_radius}",
        head="radius: 5\n",
    )
    _say(cursor, (1, "erp", "x", "a"), (2, "crm", "x", "b"))
    cursor.execute("INSERT INTO writable VALUES ('crm', 'Thing', 'x')").fetchall()
    cursor.execute(
        "INSERT INTO target_value SELECT golden_id, record_id, system, object, 'id', attribute, value, comparable"
        " FROM attribute_value"
    ).fetchall()
    cursor.execute("CREATE OR REPLACE TABLE golden_radius (golden_id UUID, radius BIGINT)").fetchall()
    if radius is not None:
        cursor.execute("INSERT INTO golden_radius VALUES (?, ?)", [GOLDEN, radius]).fetchall()
    survive(cursor, rules=rules, now=NOW)
    propose(cursor, rules=rules)
    assert cursor.execute("SELECT system, new_value, review FROM proposal").fetchall() == [("crm", '"a"', review)]


@pytest.mark.parametrize(
    ("rules", "head", "message"),
    [
        (["{attributes: [x], assert: anyone, wins: {strategy: trusted}}"], "", "trusted needs trust"),
        (
            ["{attributes: [x], assert: [crm, erp], wins: {strategy: trusted, trust: {erp: 3}}}"],
            "",
            "o.yaml:3: wins.trust: no points for 'crm', which may assert",
        ),
        (
            ["{attributes: [x], assert: anyone, wins: {strategy: trusted, trust: {pos: 3, others: 1}}}"],
            "",
            "o.yaml:3: wins.trust: unknown system 'pos'",
        ),
        (
            ["{attributes: [x], assert: anyone, wins: {strategy: most_recent, halves_after_days: 3}}"],
            "",
            "o.yaml:3: rules.wins: halves_after_days belongs to trusted",
        ),
        (
            ["{attributes: [x], assert: anyone, wins: {strategy: ranked, systems: [erp], then: most_recent}}"],
            "",
            "then belongs to",
        ),
        ([FOR_MEMBERS % "{}"], "", "o.yaml:3: rules.when: when says nothing"),
        ([FOR_MEMBERS % "{systems: [pos]}"], "", "o.yaml:3: when.systems: unknown system 'pos'"),
        ([FOR_MEMBERS % "{has: [tier], lacks: [tier]}"], "", "to be there and not to be there"),
        (
            ["{attributes: [x], assert: anyone, wins: {strategy: any}, review: above_radius}"],
            "",
            "review: above_radius needs radius",
        ),
        ([FOR_ALL], "retired: [pos]\n", "retired names 'pos'"),
    ],
)
def test_what_cannot_be_meant(rules, head, message):
    with pytest.raises(RuleError) as error:
        _rules(*rules, head=head)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ([FOR_ALL, FOR_MEMBERS % "{has: [tier]}"], "o.yaml:4: 'x' is already owned by line 3"),
        ([FOR_MEMBERS % "{has: [tier]}"] * 2, "o.yaml:4: 'x' is already owned by line 3"),
        (
            [FOR_MEMBERS % "{has: [tier]}", "{attributes: [x], assert: anyone, wins: {strategy: union}}"],
            "o.yaml:4: 'x' keeps several values here and one by line 3",
        ),
        (
            [FOR_MEMBERS % f"{{has: [a{n}]}}" for n in range(61)],
            "o.yaml:1: more than 60 different conditions",
        ),
    ],
)
def test_what_cannot_be_run(rules, message):
    with pytest.raises(RuleError) as error:
        tables_of(_rules(*rules))
    assert message in str(error.value)
