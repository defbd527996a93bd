"""Proposed blocking rules: found from the matches there are, worth their pairs, and the same for the same records."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import yaml

from matching_rules.block import make_keys, make_pairs, noise_keys
from matching_rules.coverage import estimate, find_matches, find_states
from matching_rules.proposals import Proposed, propose_rules
from matching_rules.rules import BlockingRule, load_rules

CUSTOMERS = 600


def population(seed: int = 5) -> tuple[list[dict], list[int]]:
    """Customers of two or three records: half of the e-mails change, some phones do, names are misspelt at their ends,
    birth dates stay. The present rules know e-mail and phone only.
    """
    rnd = random.Random(seed)
    records, owner = [], []
    for customer in range(CUSTOMERS):
        given, family = f"given{rnd.randrange(60)}", f"{''.join(rnd.choices('abcdefghij', k=4))}son"
        dob = f"{1940 + rnd.randrange(60)}-{rnd.randrange(1, 13):02d}-{rnd.randrange(1, 29):02d}"
        for number in range(3):
            records.append(
                {
                    "given": given,
                    "family": family[: rnd.choice((5, 6, 7))],
                    "dob": dob,
                    "emails": [f"{customer}{'' if rnd.random() < 0.5 else number}@x.org"],
                    "phones": [f"{customer}{'' if rnd.random() < 0.7 else number}"],
                    "postcodes": [f"{rnd.randrange(50)}"],
                }
            )
            owner.append(customer)
    return records, owner


def proposed(duck, put, rules, order: list[int]) -> Proposed:
    records, owner = population()
    put(rules, {place: records[i] for place, i in enumerate(order)})
    for table in ("noise", "cluster"):
        duck.execute(f"DROP TABLE IF EXISTS {table}").fetchall()
    duck.execute("CREATE TABLE noise (column_name VARCHAR, value VARCHAR)").fetchall()
    duck.execute("CREATE TABLE cluster (record_id BIGINT, cluster_key BIGINT)").fetchall()
    duck.executemany("INSERT INTO cluster VALUES (?, ?)", [(p, owner[i]) for p, i in enumerate(order)]).fetchall()
    make_keys(duck, rules=rules, records="record", into="blocking_key")
    find_states(duck, keys="blocking_key", noise_keys=noise_keys(duck, rules=rules))
    matches = find_matches(duck, keys="blocking_key", clusters="cluster")
    make_pairs(duck, keys="blocking_key", into="candidate")
    said = estimate(matches, rules=len(rules.blocking))
    return propose_rules(duck, rules=rules, matches=matches, estimate=said)


@pytest.fixture
def contacts_only(small):
    blocking = (BlockingRule(name="e-mail", agree_on=("emails",)), BlockingRule(name="phone", agree_on=("phones",)))
    return small.model_copy(update={"blocking": blocking})


def test_what_present_rules_miss_is_proposed_and_the_same_in_any_order(
    duck, put, contacts_only, small_text: str, tmp_path: Path
) -> None:
    order = list(range(3 * CUSTOMERS))
    found = proposed(duck, put, contacts_only, order)
    best = found.proposals[0]
    assert "dob" in best.line
    assert best.new_matches > 100  # of those that no e-mail or phone pairs
    assert best.new_pairs < 3 * CUSTOMERS
    assert found.tried > found.measured > 0
    again = proposed(duck, put, contacts_only, random.Random(1).sample(order, len(order)))
    assert [p.line for p in again.proposals] == [p.line for p in found.proposals]
    assert [p.new_pairs for p in again.proposals] == [p.new_pairs for p in found.proposals]
    # the line is one of the rule file's own
    path = tmp_path / "rules.yaml"
    path.write_text(small_text.replace("comparisons:", f"  - {best.line}\ncomparisons:", 1))
    assert load_rules(path).blocking[-1] == best.rule
    assert yaml.safe_load(f"- {best.line}")[0]["largest_block"] == 60


def test_a_rule_that_only_repeats_a_present_one_is_not_proposed(duck, put, contacts_only) -> None:
    found = proposed(duck, put, contacts_only, list(range(3 * CUSTOMERS)))
    agreed = [set(p.rule.agree_on) for p in found.proposals]
    assert {"emails"} not in agreed
    assert {"phones"} not in agreed


def test_nothing_is_proposed_where_nothing_is_known(duck, put, small) -> None:
    put(small, {})
    for table in ("cluster (record_id BIGINT, cluster_key BIGINT)", "noise (column_name VARCHAR, value VARCHAR)"):
        duck.execute(f"CREATE TABLE {table}").fetchall()
    make_keys(duck, rules=small, records="record", into="blocking_key")
    find_states(duck, keys="blocking_key", noise_keys=[])
    matches = find_matches(duck, keys="blocking_key", clusters="cluster")
    make_pairs(duck, keys="blocking_key", into="candidate")
    found = propose_rules(duck, rules=small, matches=matches, estimate=estimate(matches, rules=3))
    assert found == Proposed((), tried=0, measured=0)
