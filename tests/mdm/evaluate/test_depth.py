"""An evaluation in depth: every lost pair is accounted for, curves equal what a run at that line would publish."""

from __future__ import annotations

import csv
import json
import math
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

import matching_rules
from mdm.cli import run
from mdm.evaluate import accounts, depth, evaluate, evaluate_in_depth, explain_errors
from mdm.evaluate.page import evaluation_page
from mdm.evaluate.report import Loss, Stage
from mdm.ingest import ingest_directory
from mdm.lookup import show
from mdm.lookup.explanation import Why
from mdm.lookup.steps import first_steps, steps
from mdm.model import EntityType
from mdm.runs import run_nightly
from mdm.sample import HARDER, write_sample
from mdm.store.tables import match_constraint

NOW = datetime(2026, 10, 1, 6, tzinfo=UTC)


@pytest.fixture
def sample(store, settings, tmp_path):
    """A hard little population, resolved; answers its truth: record key -> entity."""
    write_sample(customers=160, seed=12, out=tmp_path, profile=HARDER)
    ingest_directory(store, settings, directory=tmp_path, actor="test", now=NOW)
    run_nightly(store, settings, actor="test", now=NOW)
    with (tmp_path / "truth.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {f"{r['source']}/{r['object']}/{r['source_id']}".lower(): r["entity_id"] for r in rows}


def published(store):
    """Record id -> (key as in the truth, golden id, entity type, what matching knows)."""
    query = (
        "SELECT k.record_id, lower(k.system) || '/' || lower(k.object) || '/' || k.source_id AS key,"
        " x.golden_id, s.entity_type, s.match FROM mdm.record_key k JOIN mdm.cross_reference x USING (record_id)"
        " JOIN mdm.standardised_record s USING (record_id) WHERE x.until IS NULL"
    )
    with store.begin() as connection:
        return {
            r.record_id: (r.key.lower(), r.golden_id, r.entity_type, r.match)
            for r in connection.execute(sa.text(query))
        }


def stored(store):
    with store.begin() as connection:
        return connection.execute(sa.text("SELECT record_a, record_b, match_weight FROM mdm.scored_pair")).all()


def test_a_population_is_accounted_for_to_the_last_pair(store, settings, sample, tmp_path):
    told = []
    found = evaluate_in_depth(
        store, settings, truth=tmp_path / "truth.csv", errors=40, tell=lambda *news: told.append(news)
    )
    plain = evaluate(store, settings, truth=tmp_path / "truth.csv")
    assert (found.pairwise, found.exact) == (plain.pairwise, plain.exact)
    # sums of shares, in whatever order they were added up
    assert found.bcubed.precision == pytest.approx(plain.bcubed.precision)
    assert found.bcubed.recall == pytest.approx(plain.bcubed.recall)
    assert [what for what, done, total in told if total and done >= total] == [
        "figures", "segments", "losses", "threshold curve"
    ]  # fmt: skip

    # every pair once
    here = published(store)
    pairs = list(combinations(here.values(), 2))
    true = [p for p in pairs if sample[p[0][0]] == sample[p[1][0]]]
    right = [p for p in true if p[0][1] == p[1][1]]
    made = [p for p in pairs if p[0][1] == p[1][1]]
    assert (found.true_pairs, found.made_pairs) == (len(true), len(made))
    assert found.accounts.missed == len(true) - len(right)
    assert found.accounts.missed > 20
    assert sum(j.right for j in found.accounts.joined) == len(right)
    assert sum(j.wrong for j in found.accounts.joined) == len(made) - len(right)
    assert {Stage.WEIGHT, Stage.VETO} <= {loss.stage for loss in found.accounts.losses}

    # the curve of pairs, and clusters at the line in force
    for curve in found.curves:
        of_type = {r: row for r, row in here.items() if row[2] == curve.entity_type}
        true_of_type = [p for p in true if p[0][2] == p[1][2] == curve.entity_type]
        assert curve.true_pairs == len(true_of_type)
        weighed = [
            (w, sample[of_type[a][0]] == sample[of_type[b][0]])
            for a, b, w in stored(store)
            if a in of_type and b in of_type and w >= curve.lines.potential_match
        ]
        for cut in curve.pairs:
            taken = [same for weight, same in weighed if weight >= cut.weight]
            assert (cut.pairs, cut.right) == (len(taken), sum(taken))
        assert sum(curve.histogram.same) + sum(curve.histogram.different) == len(weighed)
        (at_line,) = [c for c in curve.clustered if c.weight == curve.lines.match]
        made_of_type = [p for p in made if p[0][2] == p[1][2] == curve.entity_type]
        right_of_type = [p for p in right if p[0][2] == p[1][2] == curve.entity_type]
        assert at_line.figures.made_pairs == len(made_of_type)
        assert at_line.figures.pairwise.precision == pytest.approx(len(right_of_type) / max(1, len(made_of_type)))
        assert curve.best in {c.weight for c in curve.clustered}
    assert {curve.entity_type for curve in found.curves} == {EntityType.PERSON, EntityType.ORGANISATION}
    unclustered = evaluate_in_depth(store, settings, truth=tmp_path / "truth.csv", errors=0, recluster_up_to=1)
    assert [c.clustered for c in unclustered.curves] == [(), ()]
    assert (unclustered.false_merges, unclustered.misses) == ((), ())

    # the worst errors are errors, the strongest first, and the same reasons as `mdm explain` gives
    explained = explain_errors(store, settings, found)
    assert explained.misses
    for errors in (explained.false_merges, explained.misses):
        weights = [-math.inf if e.match_weight is None else e.match_weight for e in errors]
        assert weights == sorted(weights, reverse=True)
    of_key = {row[0]: row[1] for row in here.values()}
    for error in explained.false_merges:
        a, b = str(error.a).lower(), str(error.b).lower()
        assert (sample[a] != sample[b], of_key[a]) == (True, of_key[b])
    for error in explained.misses:
        a, b = str(error.a).lower(), str(error.b).lower()
        assert (sample[a], of_key[a] != of_key[b]) == (sample[b], True)
        whys = {r.why for r in error.explanation.reasons}
        evidence, weight = error.explanation.evidence, error.explanation.weight
        assert error.match_weight == pytest.approx(weight.recomputed, abs=1e-6)
        assert sum(step.bits for step in steps(evidence)) == pytest.approx(weight.recomputed, abs=1e-6)
        assert sum(step.bits for step in first_steps(evidence)) == pytest.approx(evidence.first_weight, abs=1e-6)
        if error.stage is Stage.BLOCKING:
            assert Why.NEVER_COMPARED in whys
        if error.stage is Stage.VETO:
            assert any(error.reason in r.text for r in error.explanation.reasons)
        if error.stage is Stage.CLUSTERING:
            assert whys & {Why.REFUSED, Why.GROUPS_BELOW}
        if error.stage is Stage.WEIGHT:
            assert whys & {Why.BELOW, Why.NEVER_COMPARED}


def facts(match):
    """Of the six, as the segment defines them."""
    numbers = [match.get(n) for n in ("loyalty", "tax", "registration", "customer_numbers")]
    return sum(
        map(
            bool,
            (
                match.get("given") or match.get("family") or match.get("name"),
                match.get("dob"),
                match.get("emails"),
                match.get("phones"),
                match.get("address_keys") or match.get("postcodes"),
                any(numbers),
            ),
        )
    )


def test_segments_equal_their_definition(store, settings, sample, tmp_path):
    found = evaluate_in_depth(store, settings, truth=tmp_path / "truth.csv", errors=0, recluster_up_to=0)
    here = published(store)
    contacts = {
        r: {(c, v) for c in ("emails", "phones", "address_keys") for v in row[3].get(c) or ()}
        for r, row in here.items()
    }
    carriers = {}
    for r, values in contacts.items():
        for one in values:
            carriers.setdefault(one, set()).add(r)

    def shared(r):
        if not contacts[r]:
            return "no contact"
        beside = set().union(*(carriers[v] for v in contacts[r])) - {r}
        if any(sample[here[o][0]] != sample[here[r][0]] for o in beside):
            return "shared with another customer"
        return "only records of this customer" if beside else "this record alone"

    def country(r):
        found = set(here[r][3].get("countries") or ())
        return "unknown" if not found else found.pop() if len(found) == 1 else "several"

    few = "two or fewer (sparse)"
    value_of = {
        "entity type": lambda r: here[r][2],
        "facts on the record": lambda r: few if facts(here[r][3]) <= 2 else str(facts(here[r][3])),
        "shared contacts": shared,
        "country": country,
    }
    pairs = [
        (a, b, sample[here[a][0]] == sample[here[b][0]], here[a][1] == here[b][1]) for a, b in combinations(here, 2)
    ]
    assert [s.name for s in found.segments] == list(value_of)
    for segment in found.segments:
        value = {r: value_of[segment.name](r) for r in here}
        assert {v.value: v.records for v in segment.values} == {
            v: sum(w == v for w in value.values()) for v in set(value.values())
        }
        for got in segment.values:
            touched = [p for p in pairs if got.value in (value[p[0]], value[p[1]])]
            assert got.true_pairs == sum(same for *_, same, _ in touched)
            assert got.made_pairs == sum(made for *_, made in touched)
            both = sum(same and made for *_, same, made in touched)
            assert got.pairwise.recall == pytest.approx(both / max(1, got.true_pairs))
            assert got.pairwise.precision == pytest.approx(both / max(1, got.made_pairs))
            assert got.entities == len({sample[here[r][0]] for r in here if value[r] == got.value})
    assert len({v.value for v in found.segments[2].values}) > 2


def link(store, kind, *numbers):
    with store.begin() as connection:
        query = sa.text("SELECT record_id FROM mdm.record_key WHERE source_id = :id")
        a, b = sorted(connection.execute(query, {"id": f"L{n}"}).scalar_one() for n in numbers)
        row = {"constraint_id": uuid4(), "kind": kind, "record_a": a, "record_b": b, "actor": "kim", "created_at": NOW}
        connection.execute(sa.insert(match_constraint).values(**row, reason="she called"))


LOST = [
    # what is one customer by the truth; where that is lost
    ("a..a....", Stage.VETO, "twins or siblings"),
    ("a...a...", Stage.WEIGHT, "below the match line, and forbidden"),
    (".....aa.", Stage.WEIGHT, "below the match line, and forbidden"),
    (".....a.a", Stage.WEIGHT, "below the line from which a steward is asked (had they been compared)"),
]


def test_where_a_pair_is_lost(members, settings, member_truth):
    for letters, stage, reason in LOST:
        found = evaluate_in_depth(members, settings, truth=member_truth(letters), recluster_up_to=0)
        assert found.accounts.losses == (Loss(stage, reason, 1),)
        (miss,) = found.misses
        assert (miss.stage, miss.reason, miss.pairs) == (stage, reason, 1)
        assert found.false_merges == ()


def test_what_stewards_and_missing_records_cost(members, settings, member_truth):
    link(members, "cannot_link", 1, 5)
    found = evaluate_in_depth(members, settings, truth=member_truth("ab..a...bb"))
    assert found.accounts.losses == (
        Loss(Stage.ABSENT, "a record of the truth is not here", 3),
        Loss(Stage.STEWARD, "a steward keeps them apart", 1),
    )
    assert found.accounts.missed == 4
    (merged,) = found.false_merges
    assert (str(merged.a), str(merged.b)) == ("loyalty/Member/L1", "loyalty/Member/L2")
    assert merged.reason == "their own weight reaches the match line"


def test_rules_that_no_run_obeyed_yet_are_said(members, settings, member_truth):
    assert evaluate_in_depth(members, settings, truth=member_truth("aaa"), recluster_up_to=0).changed_since == ()
    folder = settings.home / "rules"
    folder.mkdir()
    shipped = (Path(matching_rules.__file__).parent / "person.yaml").read_text(encoding="utf-8")
    (folder / "person.yaml").write_text(shipped.replace("largest_cluster: 30", "largest_cluster: 31"), encoding="utf-8")
    found = evaluate_in_depth(members, settings, truth=member_truth("aaa"), recluster_up_to=0)
    assert found.changed_since == ("the rules or the model",)
    assert "the rules or the model" in evaluation_page(found)


def test_customers_too_large_to_look_at_are_counted(members, settings, member_truth, monkeypatch):
    monkeypatch.setattr(accounts, "_LARGEST", 2)
    found = evaluate_in_depth(members, settings, truth=member_truth("aaaab..b."), recluster_up_to=0).accounts
    assert (found.left_out, found.lost(Stage.WEIGHT), found.missed) == (3, 1, 4)


def test_lines_of_a_large_population_are_judged_too(members, settings, member_truth, monkeypatch):
    """There the line from which a steward is asked rises above the keep line."""

    def in_a_crowd(store, settings, *, rules, entity_type):
        entity = rules.entities[entity_type]
        crowd = entity.rules.in_population(records=40_000_000, trained_on=entity.model.file.population)
        assert crowd.thresholds.potential_match > crowd.thresholds.keep
        return depth.replace(entity, rules=crowd)

    monkeypatch.setattr(depth, "rules_in_force", in_a_crowd)
    (curve,) = evaluate_in_depth(members, settings, truth=member_truth("aaabcd..")).curves
    lines = curve.lines
    assert curve.clustered[0].weight == lines.potential_match
    assert lines.keep not in {c.weight for c in (*curve.clustered, *curve.pairs)}


def test_as_table_as_json_and_as_page(members, settings, member_truth, monkeypatch, capsys, tmp_path):
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    truth, place = str(member_truth("aaababcc")), tmp_path / "e.html"
    assert run(["evaluate", "--truth", truth, "--html", str(place), "--errors", "1"]) == 0
    said = capsys.readouterr()
    for words in ("precision", "by segment", "two or fewer (sparse)", "true pairs lost by", "match line (person)"):
        assert words in said.out
    assert said.out.count("loyalty/Member/") == 2
    assert "thornquist" not in (said.out + said.err).lower()
    assert said.err.splitlines()[-1] == "explanations: done"
    page = place.read_text(encoding="utf-8")
    assert "thornquist" in page
    contradiction = "parent and child of one name"
    for words in ("By segment", "What was lost, and where", "After clustering at each line", contradiction):
        assert words in page
    assert "No golden record holds two customers." in page

    assert run(["evaluate", "--truth", truth, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["accounts"]["missed"] == told["true_pairs"] - 3
    assert [s["name"] for s in told["segments"]] == ["entity type", "facts on the record", "shared contacts", "country"]
    assert {len(c["clustered"]) for c in told["curves"]} == {7}
    weights = [e["match_weight"] for e in told["misses"]]
    assert weights == sorted(weights, reverse=True)
    evidence = told["misses"][0]["explanation"]["evidence"]
    total = evidence["start"] + sum(part["bits"] for part in evidence["parts"]) - evidence["crowded"]
    assert total == pytest.approx(weights[0], abs=1e-6)

    # a place that cannot be written is refused before any work
    assert run(["evaluate", "--truth", truth, "--html", str(tmp_path / "none" / "e.html")]) == 2
    assert "does not exist" in capsys.readouterr().err


def test_nothing_to_find_and_nothing_wrong(members, settings, member_truth, monkeypatch, capsys, tmp_path):
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    place = tmp_path / "e.html"
    for letters, words in {
        "a.......": "There is no true pair to lose.",
        "aaa.....": "Nothing was lost.",
        "........a": "No record of the truth is here.",
    }.items():
        truth = str(member_truth(letters))
        assert run(["evaluate", "--truth", truth, "--html", str(place)]) == 0
        page = place.read_text(encoding="utf-8")
        for empty in (words, "No golden record holds two customers.", "stands in two golden records."):
            assert empty in page
        assert "nan" not in page
    capsys.readouterr()


def test_explanations_are_drawn_to_the_stored_weight(members, settings, monkeypatch, capsys, tmp_path):
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    place = tmp_path / "x.html"
    for a, b in ((1, 2), (1, 4), (6, 8)):
        assert run(["explain", f"loyalty/Member/L{a}", f"loyalty/Member/L{b}", "--html", str(place), "--json"]) == 0
        weight = json.loads(capsys.readouterr().out)["weight"]
        page = place.read_text(encoding="utf-8")
        said = f"{weight['recomputed']:+.2f}".replace("-", "\N{MINUS SIGN}")
        assert '<text x="760" y="' in page
        assert f"match weight: {said} bits</title>" in page
        assert ("as stored by the last run" in page) == (weight["stored"] is not None)
    golden = str(show(members, "loyalty/Member/L1").golden_id)
    assert run(["explain", golden, "--html", str(place)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"the page: {place}"
    page = place.read_text(encoding="utf-8")
    assert page.count("Match weight ") >= 4
    for words in ("How it came together", "(the weakest bridge)", "Who it is not", "twins or siblings"):
        assert words in page
    assert run(["explain", "loyalty/Member/L8", "--html", str(place)]) == 0
    assert "It stands alone." in place.read_text(encoding="utf-8")
