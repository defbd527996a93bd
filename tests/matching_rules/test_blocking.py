"""Blocking: what makes two records candidates, and that no key, however hot, blows a run up."""

from __future__ import annotations

import duckdb
import pytest

from matching_rules.block import block_report, find_noise, leave_out_noise, make_keys, make_pairs
from matching_rules.rules import BlockingRule, Guards, MatchingRules


def with_blocking(rules: MatchingRules, *blocking: BlockingRule) -> MatchingRules:
    return rules.model_copy(update={"blocking": blocking})


def paired(duck: duckdb.DuckDBPyConnection, rules: MatchingRules) -> set[tuple[int, int]]:
    make_keys(duck, rules=rules, records="record", into="blocking_key")
    count = make_pairs(duck, keys="blocking_key", into="candidate").count
    rows = duck.execute("SELECT record_a, record_b FROM candidate").fetchall()
    assert count == len(rows) == len(set(rows))
    assert all(a < b for a, b in rows)
    return set(rows)


def test_typed_records_hold_null_for_everything_empty(duck, put, small) -> None:
    put(small, {1: {"given": "", "emails": [], "phones": None}, 2: {"given": "ada", "emails": ["a@b.c"], "other": 1}})
    rows = duck.execute("SELECT given, family, emails, phones FROM record ORDER BY record_id").fetchall()
    assert rows == [(None, None, None, None), ("ada", None, ["a@b.c"], None)]


def test_any_value_of_a_list_makes_candidates(duck, put, small) -> None:
    put(
        small, {1: {"emails": ["p", "q"]}, 2: {"emails": ["q", "r"]}, 3: {"emails": ["r"]}, 4: {"emails": ["s"]}, 5: {}}
    )
    assert paired(duck, small) == {(1, 2), (2, 3)}


def test_several_lists_agree_in_any_combination_of_their_values(duck, put, small) -> None:
    rules = with_blocking(small, BlockingRule(name="both", agree_on=("emails", "phones", "given")))
    records = {
        1: {"emails": ["p", "q"], "phones": ["1", "2", "3"], "given": "ada"},
        2: {"emails": ["q"], "phones": ["1"], "given": "ada"},  # the second e-mail with the first phone
        3: {"emails": ["p"], "phones": ["3"], "given": "ada"},  # the first e-mail with the third phone
        4: {"emails": ["p"], "phones": ["3"], "given": "eva"},
        5: {"emails": ["p"], "given": "ada"},
    }
    put(rules, records)
    assert paired(duck, rules) == {(1, 2), (1, 3)}
    keys = dict(duck.execute("SELECT record_id, count(*) FROM blocking_key GROUP BY record_id").fetchall())
    assert keys == {1: 6, 2: 1, 3: 1, 4: 1}


def test_a_prefix_part_compares_its_first_letters_only(duck, put, small) -> None:
    records = {
        1: {"family": "lovelace", "postcodes": ["1", "2"]},
        2: {"family": "lovelock", "postcodes": ["2"]},
        3: {"family": "lover", "postcodes": ["3"]},
        4: {"family": "loomis", "postcodes": ["2"]},
        5: {"family": "lo", "postcodes": ["2"]},
        6: {"family": "łöwé", "postcodes": ["4"]},
        7: {"family": "łöwén", "postcodes": ["4"]},
    }
    put(small, records)
    assert paired(duck, small) == {(1, 2), (6, 7)}


def test_parts_and_rules_never_run_into_each_other(duck, put, small) -> None:
    rules = with_blocking(
        small,
        BlockingRule(name="name", agree_on=("given", "family")),
        BlockingRule(name="e-mail", agree_on=("emails",)),
        BlockingRule(name="phone", agree_on=("phones",)),
    )
    records = {
        1: {"given": "ab", "family": "c"},
        2: {"given": "a", "family": "bc"},
        3: {"emails": ["x"]},
        4: {"phones": ["x"]},
    }
    put(rules, records)
    assert paired(duck, rules) == set()


def test_people_and_organisations_never_share_a_key(duck, put, small) -> None:
    put(small, {1: {"emails": ["info@x.de"], "phones": ["1"]}})
    keys = []
    for family in ("person", "organisation"):
        make_keys(duck, rules=small.model_copy(update={"entity_type": family}), records="record", into="blocking_key")
        keys.append({k for (k,) in duck.execute("SELECT key FROM blocking_key").fetchall()})
    assert keys[0] and not keys[0] & keys[1]


def test_a_hot_key_is_skipped_and_reported(duck, put, small) -> None:
    hot = {i: {"emails": ["shop@x.de"], "phones": [str(i // 2)]} for i in range(2, 8)}  # 6 carriers, 4 allowed
    warm = {i: {"emails": ["family@x.de"]} for i in range(20, 24)}  # 4 carriers
    put(small, hot | warm)
    pairs = paired(duck, small)
    assert pairs == {(2, 3), (4, 5), (6, 7)} | {(a, b) for a in range(20, 24) for b in range(a + 1, 24)}
    email, phone = block_report(duck, rules=small, keys="blocking_key")
    assert (email.rule, email.keys, email.carried, email.largest) == ("e-mail", 2, 10, 6)
    assert (email.skipped_keys, email.skipped_carried, email.pairs) == (1, 6, 6)
    assert (phone.rule, phone.skipped_keys, phone.pairs) == ("phone", 0, 3)


def test_a_record_with_too_many_values_has_no_key_by_that_rule(duck, put, small) -> None:
    rules = with_blocking(small, *small.blocking, BlockingRule(name="both", agree_on=("emails", "phones")))
    rules = rules.model_copy(update={"guards": Guards(keys_per_record=6)})
    many = {"emails": ["a", "b", "c"], "phones": ["1", "2", "3"]}  # nine together
    put(rules, {1: many, 2: {"emails": ["a"], "phones": ["1"]}, 3: {"emails": ["a"], "phones": ["1"]}})
    assert paired(duck, rules) == {(1, 2), (1, 3), (2, 3)}  # by one of the two alone
    assert duck.execute("SELECT DISTINCT record_id FROM blocking_key WHERE rule = 3 ORDER BY 1").fetchall() == [
        (2,),
        (3,),
    ]
    report = block_report(duck, rules=rules, keys="blocking_key", records="record")
    assert {r.rule: r.over for r in report} == {"e-mail": 0, "phone": 0, "both": 1}


def test_a_record_that_meets_too_many_keeps_its_smallest_blocks(duck, put, small) -> None:
    """The blocks that others make without it stay."""
    rules = with_blocking(small, BlockingRule(name="e-mail", agree_on=("emails",), largest_block=100))
    crowd = {i: {"emails": ["crowd"]} for i in range(10, 30)}
    put(rules, {1: {"emails": ["crowd", "few"]}, 2: {"emails": ["few"]}} | crowd)
    make_keys(duck, rules=rules, records="record", into="blocking_key")
    made = make_pairs(duck, keys="blocking_key", into="candidate", guards=Guards(candidates_per_record=20))
    pairs = set(duck.execute("SELECT record_a, record_b FROM candidate").fetchall())
    assert made.records_cut == 1
    assert pairs == {(1, 2)} | {(a, b) for a in crowd for b in crowd if a < b}


def test_when_all_blocks_make_too_many_pairs_the_smallest_are_used(duck, put, small, monkeypatch) -> None:
    monkeypatch.setattr("matching_rules.block._PAIRS_ALWAYS", 10)
    rules = with_blocking(small, BlockingRule(name="e-mail", agree_on=("emails",), largest_block=100))
    sizes = {"a": 2, "b": 3, "c": 3, "d": 5}  # 1 + 3 + 3 + 10 pairs
    people = [letter for letter, size in sizes.items() for _ in range(size)]
    put(rules, {i: {"emails": [letter]} for i, letter in enumerate(people)})
    make_keys(duck, rules=rules, records="record", into="blocking_key")
    guards = Guards(pairs_per_record=1)
    made = make_pairs(duck, keys="blocking_key", into="candidate", guards=guards)
    assert (made.count, made.largest, made.left_out) == (7, 3, 10)
    (report,) = block_report(duck, rules=rules, keys="blocking_key", largest=made.largest)
    assert (report.pairs, report.skipped_keys, report.skipped_carried) == (7, 1, 5)
    # the nights after a full run leave out what it left out
    later = make_pairs(duck, keys="blocking_key", into="candidate", guards=guards, records=1000, at_most=3)
    assert (later.count, later.largest) == (7, 3)
    free = make_pairs(duck, keys="blocking_key", into="candidate", guards=guards, records=17)
    assert (free.count, free.largest, free.left_out) == (17, None, 0)


def test_a_pair_of_several_rules_is_one_candidate_of_the_first(duck, put, small) -> None:
    put(small, {1: {"emails": ["p"], "phones": ["1"]}, 2: {"emails": ["p"], "phones": ["1"]}})
    assert paired(duck, small) == {(1, 2)}
    assert duck.execute("SELECT rule FROM candidate").fetchall() == [(0,)]


def test_keys_depend_on_nothing_but_the_values(duck, put, small) -> None:
    put(small, {1: {"emails": ["p", "q"]}, 2: {"phones": ["1"]}})
    make_keys(duck, rules=small, records="record", into="first")
    put(small, {20: {"phones": ["1"]}, 10: {"emails": ["q", "p", "p"]}})
    make_keys(duck, rules=small, records="record", into="second")
    rows = duck.execute("SELECT key, record_id * 10, rule FROM first").fetchall()
    assert sorted(rows) == sorted(duck.execute("FROM second").fetchall())
    assert len(rows) == 3


def test_no_records_no_pairs(duck, put, small) -> None:
    put(small, {})
    assert paired(duck, small) == set()
    assert block_report(duck, rules=small, keys="blocking_key") == []


def test_values_that_too_many_carry_are_found_and_taken_out(duck, put, small) -> None:
    shared = {i: {"emails": ["none@x.de", f"{i}@x.de"], "phones": ["0"]} for i in range(6)}
    put(small, shared | {10: {"emails": ["ok@x.de"], "phones": ["1"]}, 11: {"emails": ["none@x.de"]}})
    make_keys(duck, rules=small, records="record", into="blocking_key")
    find_noise(duck, rules=small, records="record", keys="blocking_key", into="noise")
    found = {(c, v): n for c, v, n, _ in duck.execute("FROM noise").fetchall()}
    assert found == {("emails", "none@x.de"): 7, ("phones", "0"): 6}
    leave_out_noise(duck, rules=small, records="record")
    left = {r: (e, p) for r, e, p in duck.execute("SELECT record_id, emails, phones FROM record").fetchall()}
    assert left == {i: ([f"{i}@x.de"], None) for i in range(6)} | {10: (["ok@x.de"], ["1"]), 11: (None, None)}


def test_noise_of_one_column_is_none_of_another(duck, put, small) -> None:
    put(small, {1: {"emails": ["7"], "phones": ["7"]}})
    duck.execute("CREATE TABLE noise AS SELECT 'emails' AS column_name, '7' AS value")
    leave_out_noise(duck, rules=small, records="record")
    assert duck.execute("SELECT emails, phones FROM record").fetchall() == [(None, ["7"])]


@pytest.mark.parametrize("shared_values", [(), ("emails",)])
def test_without_shared_values_or_noise_nothing_is_taken_out(duck, put, small, shared_values) -> None:
    rules = small.model_copy(update={"shared_values": shared_values})
    put(rules, {1: {"emails": ["p"]}})
    make_keys(duck, rules=rules, records="record", into="blocking_key")
    find_noise(duck, rules=rules, records="record", keys="blocking_key", into="noise")
    assert duck.execute("FROM noise").fetchall() == []
    leave_out_noise(duck, rules=rules, records="record")
    assert duck.execute("SELECT emails FROM record").fetchall() == [(["p"],)]
