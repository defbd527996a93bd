"""Which golden record answers for a golden id: itself, the survivor, every part, or none."""

from __future__ import annotations

from uuid import UUID

import pytest

from mdm.resolve.statements import query


def _ids(text):
    return [UUID(int=int(c, 16)) for c in text]


# A letter is a golden id. now: in use after this run and to be made; events: of this run; ended: of earlier runs
@pytest.mark.parametrize(
    ("now", "events", "ended", "places"),
    [
        ("a", [], [], {"aa"}),
        ("a", [("b", "merged", "a")], [], {"aa", "ba"}),
        ("a", [("b", "merged", "a")], [("c", "b")], {"aa", "ba", "ca"}),
        ("ab", [("b", "revived", "a")], [("b", "a")], {"aa", "bb"}),
        ("ab", [("a", "split", "b")], [], {"aa", "bb"}),
        ("bc", [("a", "split", "bc")], [], {"bb", "cc", "ab", "ac"}),
        ("a", [], [("c", "d")], {"aa"}),
    ],
    ids=[
        "its own",
        "a survivor",
        "a survivor of a survivor",
        "back after an unmerge",
        "what left takes nothing along",
        "every part of an id that ended",
        "another customer's past",
    ],
)
def test_places(duck, now, events, ended, places):
    duck.execute("CREATE TABLE touched_golden (golden_id UUID)").fetchall()
    duck.execute("CREATE TABLE assignment (record_id BIGINT, golden_id UUID)").fetchall()
    duck.execute("CREATE TABLE id_event (golden_id UUID, kind VARCHAR, other_ids UUID[])").fetchall()
    duck.execute("CREATE TABLE ended_id (golden_id UUID, into_id UUID)").fetchall()
    for number, golden in enumerate(_ids(now)):
        duck.execute("INSERT INTO assignment VALUES (?, ?)", [number, golden]).fetchall()
        duck.execute("INSERT INTO touched_golden VALUES (?)", [golden]).fetchall()
    for golden, kind, others in events:
        duck.execute("INSERT INTO id_event VALUES (?, ?, ?)", [*_ids(golden), kind, _ids(others)]).fetchall()
    for golden, into in ended:
        duck.execute("INSERT INTO ended_id VALUES (?, ?)", [*_ids(golden), *_ids(into)]).fetchall()
    found = duck.execute(query("place_of_id")).fetchall()
    assert {f"{was.int:x}{golden.int:x}" for was, golden in found} == places
