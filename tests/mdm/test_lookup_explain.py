"""Explanations of what a run left: they recompute to the stored weights, and name what joins, parts and decides."""

from __future__ import annotations

import json
import random
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

import matching_rules
from matching_rules.explain import explain_pairs
from mdm.cli import run
from mdm.errors import NotFound, RefusedInput
from mdm.ingest import ingest_directory, ingest_file
from mdm.lookup import CustomerExplanation, PairExplanation, explain, show
from mdm.lookup.explain import _look_around, _put_pairs
from mdm.lookup.explanation import Why
from mdm.model import EntityType
from mdm.runs import run_nightly
from mdm.sample import write_sample
from mdm.settings import Settings
from mdm.store.bridge import open_duckdb
from mdm.store.engine import Store
from mdm.store.tables import match_constraint
from mdm.systems import load_mappings

DAY1 = datetime(2026, 10, 1, 6, tzinfo=UTC)
HEADER = (
    "member_id,card_number,first_name,last_name,birth_date,email,mobile,city,state,postal_code,tier,points_balance,"
    "home_store,email_opt_in,sms_opt_in,enrolled_at,updated_at"
)


def member(number: int, first: str, last: str, born: str = "", email: str = "", phone: str = "", city: str = "") -> str:
    rest = "gold,5,S1,Y,N,2024-01-01T00:00:00Z,2024-01-02T00:00:00Z"
    return f"L{number},,{first},{last},{born},{email},{phone},{city},,,{rest}"


MEMBERS = [
    member(1, "Annabel", "Thornquist", "03/12/1984", "annabel.thornquist@gmail.com", "512-478-0143", "Austin"),
    member(2, "Annabel", "Thornquist", "03/12/1984", "annabel.thornquist@gmail.com", "", "Austin"),
    member(3, "Annabel", "Thornquist", "03/12/1984", "a.thornquist@web.de", "512-478-0143", "Austin"),
    member(4, "Christopher", "Thornquist", "03/12/1984", "annabel.thornquist@gmail.com", "512-478-0143", "Austin"),
    member(5, "Annabel", "Thornquist", "07/30/1951", "", "512-478-0143", "Austin"),
    member(6, "Wren", "Osterhaus", "01/02/1990", "wren@example.org", "", "Boston"),
    member(7, "Wren", "Osterhaus", "", "", "", "Denver"),
    member(8, "Lena", "Quimby", "", "lq@example.org", "617-555-0188", "Boston"),
    member(9, "Lena", "Quimby", "", "other@example.org", "", "Boston"),
]


def take(store: Store, settings: Settings, folder: Path, *lines: str, now: datetime = DAY1) -> None:
    file = folder / "loyalty_member.csv"
    file.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    (mapping,) = [m for m in load_mappings(settings) if m.name == "loyalty/Member"]
    ingest_file(store, settings, path=file, mapping=mapping, actor="test", now=now)


@pytest.fixture
def members(store: Store, settings: Settings, tmp_path: Path) -> Store:
    take(store, settings, tmp_path, *MEMBERS)
    run_nightly(store, settings, actor="test", now=DAY1)
    return store


def key(number: int) -> str:
    return f"loyalty/Member/L{number}"


def ids(store: Store, *numbers: int) -> tuple[int, ...]:
    query = sa.text("SELECT record_id FROM mdm.record_key WHERE source_id = :id")
    with store.begin() as connection:
        return tuple(sorted(connection.execute(query, {"id": f"L{n}"}).scalar_one() for n in numbers))


def decide(store: Store, kind: str, *numbers: int) -> None:
    a, b = ids(store, *numbers)
    row = {"constraint_id": uuid4(), "kind": kind, "record_a": a, "record_b": b, "actor": "kim", "created_at": DAY1}
    with store.begin() as connection:
        connection.execute(sa.insert(match_constraint).values(**row, reason="she called"))


def whys(found: PairExplanation | CustomerExplanation) -> list[Why]:
    assert isinstance(found, PairExplanation)
    return [reason.why for reason in found.reasons]


PAIRS = [
    # the two, whether one customer, the deciding reason, its words
    (1, 2, True, Why.REACHES_THE_LINE, "from 0.8 on"),
    (1, 4, False, Why.CONTRADICTION, "twins or siblings"),
    (1, 5, False, Why.CONTRADICTION, "parent and child of one name"),
    (6, 7, False, Why.BARE, "nothing but a name in common"),
]


def test_why_and_why_not(members: Store, settings: Settings, capsys, monkeypatch) -> None:
    for a, b, together, why, words in PAIRS:
        found = explain(members, settings, key(a), key(b))
        assert isinstance(found, PairExplanation)
        assert (str(found.a), str(found.b), found.together) == (key(a), key(b), together)
        assert found.reasons[0].why == why
        assert words in found.reasons[0].text
        assert found.weight.agrees, (a, b)
        assert (found.weight.stored, found.changed_since) == (pytest.approx(found.weight.recomputed, abs=1e-6), ())
        # told the other way round
        other = explain(members, settings, key(b), key(a))
        assert (other.a, other.b, other.reasons) == (found.b, found.a, found.reasons)
        parts = {p.name: p for p in other.evidence.first_stage}
        assert [(v.column, v.b, v.a) for v in parts["given_name"].values] == [
            (v.column, v.a, v.b) for p in found.evidence.first_stage if p.name == "given_name" for v in p.values
        ]
    assert Why.BARE in whys(explain(members, settings, key(6), key(7)))
    never = explain(members, settings, key(6), key(8))
    assert Why.NEVER_COMPARED in whys(never)
    assert (never.weight.stored, never.weight.agrees) == (None, None)
    assert any("no blocking key in common" in r.text for r in never.reasons), never.reasons
    by_email = next(b for b in explain(members, settings, key(1), key(4)).blocking if b.rule == "e-mail")
    assert by_email.pairs_them
    assert [(k.values, k.carriers) for k in by_email.keys] == [(("annabelthornquist@gmail.com",), 3)]

    # customers by golden id, and how one came about
    ann, twin = (str(show(members, key(n)).golden_id) for n in (1, 4))
    strongest = explain(members, settings, twin, ann)
    assert (strongest.strongest_of, strongest.together) == (3, False)
    how = explain(members, settings, ann)
    assert isinstance(how, CustomerExplanation)
    assert [sorted(map(str, (*step.a, *step.b))) for step in how.steps] == [[key(1), key(2)], [key(1), key(2), key(3)]]
    assert (how.weakest, how.whole, how.partial) == (how.steps[1], True, False)
    assert {n.reason for n in how.neighbours} == {"twins or siblings", "parent and child of one name"}
    assert explain(members, settings, ann, ann) == how

    # as text and as data
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    assert run(["explain", key(1), key(2), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["together"], told["weight"]["agrees"], told["blocking"][0]["pairs_them"]) == (True, True, True)
    evidence = told["evidence"]
    total = evidence["start"] + sum(part["bits"] for part in evidence["parts"]) - evidence["crowded"]
    assert total == pytest.approx(told["weight"]["stored"], abs=1e-6)
    assert run(["explain", key(1), key(3)]) == 0
    said = capsys.readouterr().out
    for words in ("one customer", "as stored by the last run", "the first stage says", "same exchanged names"):
        assert words in said
    assert len(said.splitlines()) < 40
    assert run(["explain", key(1)]) == 0
    assert "weakest bridge" in capsys.readouterr().out

    # what there is nothing to say about, as `mdm show` says it
    for wrong, error in {"loyalty/Member/none": NotFound, "nonsense": NotFound, key(1): RefusedInput}.items():
        with pytest.raises(error):
            explain(members, settings, key(1), wrong)
    assert run(["explain", "loyalty/Member/none"]) == run(["show", "loyalty/Member/none"]) == 2


def test_decisions_by_whom_and_when_and_what_changed_since(members: Store, settings: Settings, tmp_path: Path) -> None:
    decide(members, "cannot_link", 1, 3)
    decide(members, "must_link", 6, 7)
    before = explain(members, settings, key(1), key(3))
    assert before.together
    assert before.reasons[-1].text == "kim said they are not the same on 2026-10-01: she called; the next run obeys"
    # a change that waits: what is explained is what was published, and that is said
    moved = [line.replace("Denver", "Dallas") for line in MEMBERS]
    take(members, settings, tmp_path, *(m.replace("2024-01-02", "2024-02-02") for m in moved), now=DAY1 + timedelta(1))
    waiting = explain(members, settings, key(6), key(7))
    assert [c for c in waiting.changed_since if key(7) in c]
    assert waiting.weight.agrees
    with members.begin() as connection:
        touch = "INSERT INTO mdm.resolve_queue (record_id) SELECT record_id FROM mdm.record_key"
        connection.execute(sa.text(touch))
    run_nightly(members, settings, actor="test", now=DAY1 + timedelta(days=1), guard=None)
    apart = explain(members, settings, key(1), key(3))
    assert (apart.together, apart.reasons[0].why) == (False, Why.DECIDED_APART)
    assert apart.reasons[0].text == "kim said they are not the same on 2026-10-01: she called"
    joined = explain(members, settings, key(6), key(7))
    assert (joined.together, joined.reasons[0].why, joined.joined_by.kind) == (True, Why.DECIDED_TOGETHER, "decided")
    assert [(d.actor, d.kind) for d in joined.decisions] == [("kim", "must_link")]
    # another rule set: told, and recomputed by the new one
    rules = settings.home / "rules"
    rules.mkdir()
    shipped = (Path(matching_rules.__file__).parent / "person.yaml").read_text(encoding="utf-8")
    changed = shipped.replace("crowding: 0.4", "crowding: 0.5").replace("assumed: 0.3}", "assumed: 3}")
    (rules / "person.yaml").write_text(changed, encoding="utf-8")
    assert explain(members, settings, key(1), key(2)).changed_since == ("the rules or the model",)


def test_every_stored_pair_recomputes(store: Store, settings: Settings, tmp_path: Path) -> None:
    write_sample(customers=120, seed=5, out=tmp_path)
    ingest_directory(store, settings, directory=tmp_path, actor="test", now=DAY1)
    run_nightly(store, settings, actor="test", now=DAY1)
    query = (
        "SELECT s.record_a, s.record_b, s.match_weight, s.first_stage_weight, t.entity_type FROM mdm.scored_pair s"
        " JOIN mdm.standardised_record t ON t.record_id = s.record_a"
    )
    with store.begin() as connection:
        rows = connection.execute(sa.text(query)).all()
    stages = set()
    for entity_type in EntityType:
        stored = {(r.record_a, r.record_b): r for r in rows if r.entity_type == entity_type}
        assert stored
        with closing(open_duckdb(settings)) as duck:
            # looked at all at once: one call for each would read the rules each time
            known = _look_around(store, settings, duck, entity_type, {record for pair in stored for record in pair})
            _put_pairs(duck, "asked", stored)
            rules, model = known.entity.rules, known.entity.model
            explained = explain_pairs(duck, rules=rules, model=model, records="record", pairs="asked")
        assert len(explained) == len(stored)
        for e in explained:
            assert e.match_weight == pytest.approx(stored[e.record_a, e.record_b].match_weight, abs=1e-6)
            assert e.first_weight == pytest.approx(stored[e.record_a, e.record_b].first_stage_weight, abs=1e-6)
            total = e.start + sum(part.bits for part in e.contributions) - e.crowded
            assert total == pytest.approx(e.match_weight, abs=1e-9)
        stages |= {e.decided_by for e in explained}
        assert known.changed_since == ()
        # judged again, all is as it is
        assert {tuple(sorted(g)) for g in known.groups} == set(known.clustering.groups)
    assert stages == {"first", "second"}
    keys = "SELECT concat(system, '/', object, '/', source_id) FROM mdm.record_key WHERE record_id = :id"
    for row in random.Random(1).sample(rows, 4):
        with store.begin() as connection:
            a, b = (connection.scalar(sa.text(keys), {"id": record}) for record in row[:2])
        found = explain(store, settings, a, b)
        assert found.weight.agrees
        assert found.weight.first_stage_stored == pytest.approx(found.weight.first_stage_recomputed, abs=1e-6)
        assert found.reasons
    people, firms = (connection_key(store, entity_type) for entity_type in (EntityType.PERSON, EntityType.ORGANISATION))
    (reason,) = explain(store, settings, firms, people).reasons
    assert reason.text == "never compared: a person and an organisation"


def connection_key(store: Store, entity_type: EntityType) -> str:
    """A record of this type."""
    query = (
        "SELECT concat(system, '/', object, '/', source_id) FROM mdm.record_key"
        " JOIN mdm.standardised_record USING (record_id) WHERE entity_type = :type ORDER BY record_id LIMIT 1"
    )
    with store.begin() as connection:
        return str(connection.scalar(sa.text(query), {"type": entity_type}))
