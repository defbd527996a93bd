"""Small cases a reviewer made up, each a privacy incident or a silly miss when decided wrongly.

Families and look-alikes, shared mailboxes and phones, moved and married people, firms under one roof; the column
``customer`` says who is whom.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest

CASES = Path(__file__).parent / "who_is_who"
ASKED = {"t/a"}
"""Cases that are not decided as the truth has them: a steward is asked."""


def cases(kind: str) -> dict[str, dict[str, str]]:
    """By case: the customer each record id belongs to."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    with (CASES / f"{kind}.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["case"]][row["id"]] = row["customer"]
    return found


@pytest.mark.parametrize(("kind", "object_name"), [("people", "Person"), ("orgs", "Org")])
def test_who_is_who(hub, kind: str, object_name: str) -> None:
    report = hub.take((CASES / f"{kind}.csv").read_bytes(), CASES / f"{kind}.yaml", name=f"{kind}.csv")
    assert report.rejected == 0
    hub.nightly()
    golden = hub.golden_ids()
    wrong = []
    for case, customers in cases(kind).items():
        found = {record: golden[f"crm/{object_name}/{record}"] for record in customers}
        expected = {frozenset(r for r in customers if customers[r] == c) for c in customers.values()}
        if {frozenset(r for r in found if found[r] == g) for g in found.values()} != expected:
            wrong.append(case)
    assert set(wrong) <= ASKED
    case_of = {f"crm/{object_name}/{record}": case for case, records in cases(kind).items() for record in records}
    assert [p for p in hub.partition() if len({case_of[key] for key in p}) > 1] == []
