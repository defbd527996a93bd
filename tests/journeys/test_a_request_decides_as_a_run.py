"""One record asked about in a request gets what a nightly run gives it: candidates, weights, vetoes and grades."""

from __future__ import annotations

import json
import random
import shutil
from collections import defaultdict
from dataclasses import replace
from datetime import date

import pytest

from matching_rules.block import leave_out_noise, leave_out_noise_keys, make_pairs, register_limits, type_records
from matching_rules.cluster import DECIDED_APART
from matching_rules.grade import Grade, grade
from matching_rules.score import find_contradictions, score_pairs
from mdm.errors import MdmError, NotFound, RefusedInput
from mdm.match import Matcher, MatchRequest, Outcome
from mdm.model import EntityType, RecordKey
from mdm.resolve.frequencies import rules_in_force
from mdm.ruleset import load_rule_set
from mdm.sample import write_sample
from mdm.sample.profile import DEFAULT
from mdm.statements import statement
from mdm.store.bridge import open_duckdb, read_table

TODAY = date(2026, 10, 1)
EVERYBODY = 10_000


def ask(matcher, entity_type, **said):
    return matcher.match(MatchRequest(EntityType(entity_type), max_results=EVERYBODY, **said), today=TODAY)


def forms(hub):
    """Comparable form, entity type and attributes by record id."""
    found = hub.rows(
        "SELECT r.record_id, r.entity_type, r.match, s.attributes FROM mdm.standardised_record r"
        " JOIN mdm.source_record s ON s.record_id = r.record_id AND s.superseded_at IS NULL ORDER BY r.record_id"
    )
    return {record_id: (kind, match, attributes) for record_id, kind, match, attributes in found}


def by_night(hub, entity_type, *, largest=None):
    """What a run at this version makes of all candidate pairs: {(a, b): (weight, contradiction, bare)}; ``largest``:
    records of the largest block it can afford.
    """
    rules = load_rule_set(hub.settings)
    entity = rules_in_force(hub.store, hub.settings, rules=rules, entity_type=entity_type)
    with open_duckdb(hub.settings) as duck:
        read_table(
            hub.store,
            sql="SELECT record_id, match::text AS match, content_hash::text AS content_hash"
            f" FROM mdm.standardised_record WHERE entity_type = '{entity_type}'",
            duck=duck,
            name="form",
        )
        read_table(
            hub.store,
            sql="SELECT b.key, b.record_id, b.rule"
            " FROM mdm.blocking_key b JOIN mdm.standardised_record USING (record_id)"
            f" WHERE entity_type = '{entity_type}'",
            duck=duck,
            name="key",
        )
        read_table(
            hub.store,
            sql="SELECT attribute AS column_name, comparable AS value FROM mdm.shared_value",
            duck=duck,
            name="noise",
        )
        type_records(duck, rules=entity.rules, records="form", into="record")
        leave_out_noise(duck, rules=entity.rules, records="record")
        register_limits(duck, rules=entity.rules)
        leave_out_noise_keys(duck, rules=entity.rules, keys="key")
        make_pairs(duck, keys="key", into="pair", guards=entity.rules.guards, at_most=largest)
        score_pairs(duck, rules=entity.rules, model=entity.model, records="record", pairs="pair", into="scored")
        find_contradictions(duck, rules=entity.rules, records="record", pairs="scored", into="objection")
        found = duck.execute(
            "SELECT record_a, record_b, match_weight, contradiction, coalesce(bare, false)"
            " FROM scored LEFT JOIN objection USING (record_a, record_b)"
        ).fetchall()
    night = {(a, b): (weight, said, bare) for a, b, weight, said, bare in found}
    for a, b, relation in hub.rows(
        statement("mdm.resolve", "related_pairs"),
        entity_types=[entity_type.value],
        relations=list(entity.rules.never_related),
        everything=True,
        ids=[],
    ):
        weight, said, bare = night.get((a, b), (0.0, "not a candidate", False))
        if said is None:
            night[(a, b)] = (weight, f"a source states: {relation}", bare)
    return entity.rules, night


@pytest.fixture
def people_and_firms(make_template, another_hub, tmp_path):
    """A resolved population of which half are companies."""

    def work(hub):
        profile = replace(DEFAULT, company=replace(DEFAULT.company, share=0.5))
        write_sample(customers=600, seed=23, out=tmp_path, profile=profile)
        hub.ingest(tmp_path)
        hub.nightly()

    return another_hub(*make_template("people_and_firms", work))


@pytest.mark.parametrize(("crowded", "largest"), [(False, None), (True, None), (False, 4)])
@pytest.mark.parametrize("entity_type", list(EntityType))
def test_every_pair_weighs_and_grades_as_in_a_run(people_and_firms, entity_type, crowded, largest):
    hub = people_and_firms
    hub.write(
        "UPDATE mdm.setting SET value = CAST(:largest AS jsonb) WHERE key = 'largest_block'",
        largest=json.dumps(dict.fromkeys(EntityType, largest)),
    )
    if crowded:  # as if the population were ten thousand times as large, so that some blocking rules rest
        hub.write(
            "UPDATE mdm.setting SET value = jsonb_set(value, '{sizes}', CAST(:sizes AS jsonb))"
            " WHERE key = 'frequencies'",
            sizes=json.dumps(dict.fromkeys(EntityType, 9_000_000)),
        )
    rules, night = by_night(hub, entity_type, largest=largest)
    stored = {(a, b): w for a, b, w in hub.rows("SELECT record_a, record_b, match_weight FROM mdm.scored_pair")}
    keys, matcher = hub.keys(), Matcher(hub.store, hub.settings)
    asked = {}
    for record_id, (kind, match, _) in forms(hub).items():
        if kind == entity_type:
            answer = ask(matcher, kind, match=match, record=RecordKey.parse(keys[record_id]))
            for candidate in answer.candidates:
                asked[(record_id, str(candidate.record))] = candidate
    ids = {key: record_id for record_id, key in keys.items()}
    # each pair is asked from both its sides, and is the same pair
    assert {(a, ids[key]) for a, key in asked} == {p for a, b in night for p in ((a, b), (b, a))}
    assert len(asked) > (2000 if entity_type == EntityType.PERSON else 400)
    for (record_id, key), candidate in asked.items():
        pair = (min(record_id, ids[key]), max(record_id, ids[key]))
        weight, contradiction, bare = night[pair]
        assert candidate.match_weight == pytest.approx(weight, abs=1e-6)
        assert candidate.contradictions == (() if contradiction is None else (contradiction,))
        assert candidate.bare == bare
        assert candidate.grade == grade(rules, match_weight=weight, contradiction=contradiction, bare=bare)
        if pair in stored and not crowded:
            assert candidate.match_weight == pytest.approx(stored[pair], abs=1e-6)
    if entity_type == EntityType.PERSON:
        assert {c.decided_by for c in asked.values()} == {"first", "second"}
        grades = set(Grade)
        if rules.thresholds.potential_match == rules.thresholds.match:  # so many strangers that nobody is asked
            grades.remove(Grade.POTENTIAL_MATCH)
        assert {c.grade for c in asked.values()} >= grades  # what is bare or contradicted is asked above the line too
        assert any(c.contradictions for c in asked.values())


def test_two_records_alone_with_each_other_are_graded_as_the_run_decided(resolved):
    """A pair that hangs together with nobody else: joined, asked about, or let go."""
    hub = resolved
    golden, tasks = hub.golden_ids(), hub.rows("SELECT record_ids FROM mdm.review_task WHERE state = 'open'")
    keys, asked_about = hub.keys(), {tuple(sorted(t)) for (t,) in tasks if len(t) == 2}
    seen = defaultdict(int)
    for entity_type in EntityType:
        rules, night = by_night(hub, entity_type)
        near = defaultdict(list)
        for pair, (weight, *_) in night.items():
            if weight >= rules.thresholds.potential_match:
                for record_id in pair:
                    near[record_id].append(pair)
        for pair, (weight, contradiction, bare) in night.items():
            if near[pair[0]] == near[pair[1]] == [pair]:
                found = grade(rules, match_weight=weight, contradiction=contradiction, bare=bare)
                together = golden[keys[pair[0]]] == golden[keys[pair[1]]]
                assert together == (found is Grade.MATCH)
                assert (pair in asked_about) == (found is Grade.POTENTIAL_MATCH)
                seen[found] += 1
    assert seen[Grade.MATCH] > 20
    assert seen[Grade.POTENTIAL_MATCH]


def test_a_stored_record_sent_as_its_system_has_it_finds_itself_and_whom_the_run_paired(resolved):
    hub = resolved
    keys, matcher = hub.keys(), Matcher(hub.store, hub.settings)
    partners = defaultdict(set)
    full = set()  # records with a key that takes not one record more
    for entity_type in EntityType:
        rules, night = by_night(hub, entity_type)
        for pair in night:
            for record_id, other in (pair, pair[::-1]):
                partners[record_id].add(keys[other])
        rows = hub.rows("SELECT array_agg(record_id), rule, count(*) FROM mdm.blocking_key GROUP BY key, rule")
        kinds = {r: kind for r, (kind, *_) in forms(hub).items()}
        for ids, rule, carriers in rows:
            if kinds[ids[0]] == entity_type:
                limit = min(rules.blocking[rule].largest_block, rules.guards.shared_value_limit)
                full |= set(ids) if carriers >= limit else set()
    draw = random.Random(5)
    chosen = draw.sample(sorted(forms(hub).items()), 150)
    for record_id, (kind, match, attributes) in chosen:
        answer = ask(matcher, kind, attributes=attributes)
        told = {str(c.record) for c in answer.candidates}
        if not partners[record_id] and not told:
            assert answer.outcome in (Outcome.INSUFFICIENT_EVIDENCE, Outcome.NONE)  # no key at all, or none usable
        elif record_id not in full:
            assert told == partners[record_id] | {keys[record_id]}
        weights = [(c.record, c.match_weight) for c in answer.candidates]
        assert weights == [(c.record, c.match_weight) for c in ask(matcher, kind, match=match).candidates]


def test_who_arrives_is_weighed_before_the_run_as_the_run_weighs_him(another_hub, first_day, population):
    hub = another_hub(*first_day)
    hub.ingest(population / "delta", now=hub.day(2))
    matcher, keys = Matcher(hub.store, hub.settings), hub.keys()
    old = set(forms(hub))
    touched = {r for (r,) in hub.rows("SELECT record_id FROM mdm.resolve_queue")}
    asked, landed = {}, {}
    for record_id, kind, attributes in hub.rows(
        "SELECT record_id, entity_type, attributes FROM mdm.source_record WHERE superseded_at IS NULL AND NOT deleted"
    ):
        if record_id in touched - old:
            answer = ask(matcher, kind, attributes=attributes)
            asked |= {(record_id, str(c.record)): c.match_weight for c in answer.candidates}
            if answer.outcome is Outcome.MATCHED:
                landed[keys[record_id]] = answer.customers[0].golden_id
    hub.nightly(now=hub.day(2))
    ids = {key: record_id for record_id, key in keys.items()}
    compared = 0
    for a, b, weight in hub.rows("SELECT record_a, record_b, match_weight FROM mdm.scored_pair"):
        if (b, keys[a]) in asked and not {a, b} & (touched & old):
            assert asked[(b, keys[a])] == pytest.approx(weight, abs=1e-6)
            compared += 1
    assert compared > 15
    after = hub.golden_ids()
    assert len(landed) > 3
    assert sum(after[key] == golden for key, golden in landed.items()) >= 0.9 * len(landed)
    # the matcher goes on with the new state, without being told
    (some, *_) = [key for key in landed if after[key] == landed[key]]
    kind, match, _ = forms(hub)[ids[some]]
    again = ask(matcher, kind, match=match)
    best = again.candidates[0].match_weight  # two records may fit alike
    assert some in {str(c.record) for c in again.candidates if c.match_weight == best}
    assert again.provenance.resolved_at != answer.provenance.resolved_at


def test_asking_writes_nothing(resolved):
    before = resolved.tables()
    ask(Matcher(resolved.store, resolved.settings), "person", attributes={"given_name": "Maria", "family_name": "Li"})
    assert resolved.tables() == before


def crowd_on_one_email(hub, count):
    """Customers who share an e-mail and nothing else."""
    rows = [
        {
            "Id": f"0030000000000{n:05d}",
            "FirstName": f"Given{n}",
            "LastName": f"Family{n}x",
            "Email": "north@mailbox.org",
            "Birthdate": f"19{50 + n % 40}-01-{1 + n % 28:02d}",
        }
        for n in range(count)
    ]
    hub.contacts(*rows)
    hub.nightly()


OFFICE = {"given_name": "Zora", "family_name": "Quist", "email": ["north@mailbox.org"]}


@pytest.mark.parametrize("carriers", [24, 25, 26, 300])
def test_an_email_that_many_carry_is_bounded_and_said(hub, carriers):
    crowd_on_one_email(hub, carriers)
    answer = ask(Matcher(hub.store, hub.settings), "person", attributes=OFFICE)
    said = [left for left in answer.left_out if left.rule == "e-mail"]
    # the newcomer counts: with 25 before him he is the one too many, as he would be in the next run
    assert bool(said) == (carriers >= 25)
    assert answer.compared <= 61
    assert all("more than 25 records carry the value" in left.reason for left in said)
    assert (answer.compared > 0) == (carriers < 30)  # the name before the @ makes candidates up to its own limit
    hub.contacts({"Id": "003999999999999999", "FirstName": "Zora", "LastName": "Quist", "Email": "north@mailbox.org"})
    hub.nightly(now=hub.day(2))
    assert bool(hub.rows("SELECT FROM mdm.shared_value WHERE attribute = 'emails'")) == bool(said)


def test_nothing_but_what_everybody_carries_is_too_little(hub):
    crowd_on_one_email(hub, 80)
    answer = ask(Matcher(hub.store, hub.settings), "person", attributes={"email": ["north@mailbox.org"]})
    assert answer.outcome is Outcome.INSUFFICIENT_EVIDENCE
    assert answer.candidates == ()


def test_a_record_with_too_many_to_compare_or_too_many_values_is_bounded_and_said(hub):
    rules = hub.settings.home / "rules"
    rules.mkdir(exist_ok=True)
    shipped = load_rule_set(hub.settings).entities[EntityType.PERSON].rules_file.read_text()
    limits = "guards:\n  candidates_per_record: 10\n  keys_per_record: 20\n"
    (rules / "person.yaml").write_text(shipped.replace("guards:\n", limits))
    crowd_on_one_email(hub, 20)
    matcher = Matcher(hub.store, hub.settings)
    answer = ask(matcher, "person", attributes=OFFICE)
    assert ("all", "more than 10 records to compare: only the smallest blocks were") in {
        (left.rule, left.reason) for left in answer.left_out
    }
    assert answer.compared == 0  # the run compares nobody of them either, for they share one block
    assert hub.rows("SELECT FROM mdm.scored_pair") == []
    many = {**OFFICE, "email": [f"north{n}@mailbox.org" for n in range(21)]}
    said = {left.rule: left.reason for left in ask(matcher, "person", attributes=many).left_out}
    assert said["e-mail"] == "the record has more than 20 values of it, and none counts"


ANN = {
    "FirstName": "Annelise",
    "LastName": "Vandersteen",
    "Email": "annelise.v@mailbox.org",
    "Phone": "+12125550123",
}


def test_a_decision_about_a_record_holds_in_a_request(hub):
    hub.contacts({"Id": "1", **ANN}, {"Id": "2", **ANN}, {"Id": "3", **ANN, "Birthdate": "1990-05-17"})
    hub.nightly()
    one, two = "salesforce/Contact/1", "salesforce/Contact/2"
    attributes = {
        "given_name": "Annelise",
        "family_name": "Vandersteen",
        "email": ["annelise.v@mailbox.org"],
        "phone": ["+12125550123"],
    }
    matcher = Matcher(hub.store, hub.settings)

    def of_two():
        answer = ask(matcher, "person", attributes=attributes, record=RecordKey.parse(one))
        assert one not in {str(c.record) for c in answer.candidates}  # it is asked about itself
        return next(c for c in answer.candidates if str(c.record) == two)

    assert of_two().grade is Grade.MATCH
    decision = hub.constrain("cannot_link", one, two, now=hub.day(2))
    assert (of_two().grade, of_two().contradictions) == (Grade.NO_MATCH, (DECIDED_APART,))
    hub.revoke(decision, now=hub.day(3))
    hub.constrain("must_link", one, two, now=hub.day(3))
    assert (of_two().grade, of_two().contradictions) == (Grade.MATCH, ())


def test_a_contradiction_with_one_record_speaks_against_the_customer(hub):
    named = {name: ANN[name] for name in ("FirstName", "LastName")}
    hub.contacts({"Id": "1", **ANN}, {"Id": "2", **named, "Birthdate": "1990-05-17"})
    hub.nightly()
    assert hub.together("salesforce/Contact/1", "salesforce/Contact/2")
    attributes = {
        "given_name": "Annelise",
        "family_name": "Vandersteen",
        "email": ["annelise.v@mailbox.org"],
        "phone": ["+12125550123"],
        "date_of_birth": "1961-11-02",
    }
    answer = ask(Matcher(hub.store, hub.settings), "person", attributes=attributes)
    (customer,) = answer.customers
    assert (customer.grade, customer.reason) == (Grade.POTENTIAL_MATCH, "parent and child of one name")
    assert answer.outcome is Outcome.POSSIBLE
    # without the date one record of the two would do
    del attributes["date_of_birth"]
    assert ask(Matcher(hub.store, hub.settings), "person", attributes=attributes).outcome is Outcome.MATCHED


def test_what_else_agrees_may_outweigh_a_contradiction_in_a_request_as_in_a_run(hub):
    ann = {**ANN, "Phone": "+12128675309"}
    hub.contacts({"Id": "1", **ann, "Birthdate": "1990-05-17"})
    hub.nightly()
    attributes = {
        "given_name": "Annelise",
        "family_name": "Vandersteen",
        "email": ["annelise.v@mailbox.org"],
        "phone": ["+12128675309"],
        "date_of_birth": "1961-11-02",
    }
    matcher = Matcher(hub.store, hub.settings)

    def of_one(**said):
        (candidate,) = ask(matcher, "person", attributes=said).candidates
        return candidate.grade, candidate.contradictions

    assert of_one(**attributes)[1] == ("parent and child of one name",)  # a family may be meant: too few to tell
    rules = load_rule_set(hub.settings).entities[EntityType.PERSON].rules
    hub.write(
        "UPDATE mdm.setting SET value = jsonb_set(value, '{figures,person}', CAST(:figures AS jsonb))"
        " WHERE key = 'frequencies'",
        figures=json.dumps(dict.fromkeys(rules.guards.few_families, 0.95)),
    )
    assert of_one(**attributes) == (Grade.MATCH, ())
    hub.contacts({"Id": "2", **ann, "Birthdate": "1961-11-02"}, now=hub.day(2))
    hub.nightly(now=hub.day(2))
    assert hub.together("salesforce/Contact/1", "salesforce/Contact/2")


def test_an_explanation_sums_to_the_weight_and_stands_the_right_way_round(resolved):
    matcher = Matcher(resolved.store, resolved.settings)
    kind, _, attributes = next(f for f in forms(resolved).values() if f[0] == "person" and f[2].get("email"))
    answer = matcher.match(
        MatchRequest(EntityType(kind), attributes={**attributes, "given_name": "Zzyzx"}, explain=True), today=TODAY
    )
    assert answer.candidates
    for candidate in answer.candidates:
        told = candidate.evidence
        assert told.start + sum(p.bits for p in told.parts) - told.crowded == pytest.approx(candidate.match_weight)
        given = next(p for p in told.first_stage if p.name == "given_name")
        assert given.values[0].a == ("zzyzx",)


def test_the_probability_shown_is_the_models_own(hub):
    hub.contacts({"Id": "1", **ANN, "Phone": "+12128675309"})
    hub.nightly()
    shipped = load_rule_set(hub.settings).entities[EntityType.PERSON].model_folder
    own = hub.settings.home / "models" / "person-2026-12-01"
    shutil.copytree(shipped, own)
    content = json.loads((own / "model.json").read_text())
    content.pop("seal", None)  # made here, not by training
    content |= {"name": own.name, "calibration": {"slope": 0.5, "shift": -3.0}}
    (own / "model.json").write_text(json.dumps(content))
    hub.nightly(now=hub.day(1))
    said = {"given_name": "Annelise", "family_name": "Vandersteen", "phone": ["+12128675309"]}
    (candidate,) = ask(Matcher(hub.store, hub.settings), "person", attributes=said).candidates
    assert candidate.match_probability == pytest.approx(1 / (1 + 2 ** -(0.5 * candidate.match_weight - 3.0)))


def test_before_the_first_run_nobody_is_known(hub):
    answer = ask(Matcher(hub.store, hub.settings), "person", attributes=OFFICE)
    assert (answer.outcome, answer.candidates, answer.provenance.resolved_at) == (Outcome.NONE, (), None)


def test_rules_that_the_stored_keys_do_not_fit_are_refused(resolved):
    rules = resolved.settings.home / "rules"
    rules.mkdir(exist_ok=True)
    shipped = load_rule_set(resolved.settings).entities[EntityType.PERSON].rules_file.read_text()
    changed = shipped.replace("agree_on: [emails], largest_block: 60", "agree_on: [emails], largest_block: 59")
    assert changed != shipped
    (rules / "person.yaml").write_text(changed)
    with pytest.raises(MdmError, match="mdm run nightly"):
        ask(Matcher(resolved.store, resolved.settings), "person", attributes=OFFICE)
    resolved.nightly(now=resolved.day(2))
    ask(Matcher(resolved.store, resolved.settings), "person", attributes=OFFICE)


@pytest.mark.parametrize(
    ("said", "error", "match"),
    [
        ({}, RefusedInput, "either"),
        ({"attributes": {"shoe_size": 41}}, RefusedInput, "shoe_size"),
        ({"attributes": {"legal_name": "Acme"}}, RefusedInput, "legal_name"),
        ({"match": {"nose": "x"}}, RefusedInput, "nose"),
        ({"match": {"given": ["x"]}}, RefusedInput, "given"),
        ({"match": {"emails": "x"}}, RefusedInput, "emails"),
        ({"match": {}, "record": RecordKey("a", "b", "c")}, NotFound, "a/b/c"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(resolved, said, error, match):
    with pytest.raises(error, match=match):
        ask(Matcher(resolved.store, resolved.settings), "person", **said)


@pytest.mark.parametrize(
    "attributes",
    [
        {"given_name": "\ud800", "family_name": "x\x00y"},
        {"given_name": "e\u0301" * 3000, "email": ["@", "a@b@c", "\u202e@x.de"], "phone": [None, {}, 7]},
        {"given_name": ["a", "b"], "address": "somewhere", "date_of_birth": "0000-00-00"},
        {"email": [f"a{n}@example.org" for n in range(2000)], "family_name": "王秀英"},
        {"given_name": {"a": 1}, "family_name": float("nan")},
        {},
    ],
)
def test_no_value_breaks_it(resolved, attributes):
    answer = ask(Matcher(resolved.store, resolved.settings), "person", attributes=attributes)
    assert answer.outcome in set(Outcome)
    assert answer.compared < 1000


def test_the_command_answers_in_words_and_in_json(resolved, tmp_path):
    _, _, attributes = next(f for f in forms(resolved).values() if f[0] == "person" and f[2].get("email"))
    file = tmp_path / "customer.json"
    file.write_text(json.dumps(attributes))
    told = resolved.command("match", str(file), "--explain")
    assert told.returncode == 0, told.stderr
    assert "customer" in told.stdout
    said = json.loads(resolved.command("match", str(file), "--json", "--max", "3").stdout)
    assert said["outcome"] in set(Outcome)
    assert len(said["candidates"]) <= 3
    assert said["provenance"]["rule_set"] == load_rule_set(resolved.settings).version
    for wrong in ([], ["nowhere.json"], ["--given", "x", "--record", "nonsense"]):
        refused = resolved.command("match", *wrong)
        assert refused.returncode == 2, refused.stderr
        assert refused.stderr.strip()
