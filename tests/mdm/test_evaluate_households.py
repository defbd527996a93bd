"""Evaluation of households: the same figures as their plain definition, worked out pair of people by pair of people."""

import random
from datetime import UTC, datetime
from itertools import combinations, product
from uuid import UUID, uuid5

import pytest

from mdm.errors import RefusedInput
from mdm.evaluate import evaluate_households
from mdm.store.tables import household_member

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def write(path, header, rows):
    path.write_text("\n".join([header, *(",".join(row) for row in rows)]) + "\n")
    return path


def lives_in(published, golden, home):
    """Puts a golden record into a household."""
    published.insert(
        household_member, golden_id=uuid5(UUID(int=0), golden), household_id=uuid5(UUID(int=9), home),
        reason="same address", basis="rules", since=NOW, run_id=UUID(int=1),
    )  # fmt: skip


def plain_figures(person_of, home_of, made_of):
    """By definition: two people are together to the share of their pairs of records that are."""
    records = {p: [r for r in person_of if person_of[r] == p] for p in set(person_of.values())}

    def together(a, b):
        pairs = list(product(records[a], records[b]))
        return sum(made_of[x] == made_of[y] for x, y in pairs) / len(pairs)

    people = list(combinations(sorted(records), 2))
    true = sum(home_of[a] == home_of[b] for a, b in people)
    made = sum(together(a, b) for a, b in people)
    both = sum(together(a, b) for a, b in people if home_of[a] == home_of[b])
    true_homes = [{p for p in records if home_of[p] == h} for h in set(home_of.values())]
    exact = 0
    for home in true_homes:
        members = {r for p in home for r in records[p]}
        exact += len(home) > 1 and any(
            {r for r in made_of if made_of[r] == m} == members for m in set(made_of.values())
        )
    return both / max(1, made), both / max(1, true), exact, sum(len(h) > 1 for h in true_homes)


@pytest.mark.parametrize("by_record", [False, True], ids=["by entity", "by record"])
def test_figures_equal_their_definition(store, settings, published, tmp_path, by_record):
    draw = random.Random(3)
    person_of, made_of, home_of, golden_home = {}, {}, {}, {}
    for number in range(60):
        key, person = f"a/thing/{number}", f"P{draw.randrange(20)}"
        home_of.setdefault(person, f"H{int(person[1:]) // 3}")
        person_of[key] = person
        if number % 12 == 0:
            made_of[key] = f"missing {key}"
            continue
        golden = person if draw.random() < 0.8 else f"P{draw.randrange(20)} too"
        published.record(key, golden)
        if golden not in golden_home:
            own = home_of[person] if draw.random() < 0.8 else f"H{draw.randrange(9)}"
            golden_home[golden] = own if draw.random() < 0.8 else None
            if golden_home[golden] is not None:
                lives_in(published, golden, own)
        made_of[key] = golden_home[golden] or golden
    published.record("a/thing/unknown", "P1")
    truth = [("A", "Thing", key.split("/")[2], person) for key, person in person_of.items()]
    truth_file = write(tmp_path / "t.csv", "source,object,source_id,entity_id", truth)
    if by_record:
        rows = [(s, o, i, home_of[person]) for s, o, i, person in truth]
        file = write(tmp_path / "h.csv", "source,object,source_id,household_id", rows)
    else:
        file = write(tmp_path / "h.csv", "entity_id,household_id", home_of.items())
    answer = evaluate_households(store, settings, households=file, truth=truth_file)
    precision, recall, exact, shared = plain_figures(person_of, home_of, made_of)
    assert (answer.people, answer.shared, answer.exact) == (len(home_of), shared, exact)
    assert answer.pairwise.precision == pytest.approx(precision)
    assert answer.pairwise.recall == pytest.approx(recall)
    assert 0 < answer.bcubed.precision < 1
    assert 0 < answer.bcubed.recall < 1


def test_households_that_came_out_exactly(store, settings, published, tmp_path):
    for number, golden in enumerate(("ann", "bob", "bob", "cid")):
        published.record(f"a/thing/{number}", golden)
    for golden in ("ann", "bob"):
        lives_in(published, golden, "home")
    truth = [("a", "thing", str(n), p) for n, p in enumerate(("P1", "P2", "P2", "P3"))]
    answer = evaluate_households(
        store, settings,
        households=write(tmp_path / "h.csv", "entity_id,household_id", [("P1", "H1"), ("P2", "H1"), ("P3", "H2")]),
        truth=write(tmp_path / "t.csv", "source,object,source_id,entity_id", truth),
    )  # fmt: skip
    assert (answer.shared, answer.exact, answer.exact_share, answer.missing, answer.largest) == (1, 1, 1.0, 0, 3)
    assert (answer.pairwise.f1, answer.bcubed.f1) == (pytest.approx(1.0), pytest.approx(1.0))


@pytest.mark.parametrize(
    "text", ["", "id,home\n1,2\n", "entity_id,household_id\nP9,H1\n", "source_id,household_id\n1,2\n"]
)
def test_a_file_that_says_no_households_is_refused(store, settings, tmp_path, text):
    truth = write(tmp_path / "t.csv", "source,object,source_id,entity_id", [("a", "thing", "1", "P1")])
    (tmp_path / "h.csv").write_text(text)
    with pytest.raises(RefusedInput, match=r"h\.csv"):
        evaluate_households(store, settings, households=tmp_path / "h.csv", truth=truth)
