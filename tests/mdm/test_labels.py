"""Labels in and out: nothing lost, nothing twice, contradictions told, ids found again that a spreadsheet spoilt."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from mdm.errors import RefusedInput
from mdm.labels import export_labels, import_labels, read_answers, summary
from mdm.labels.token import pair_token
from mdm.labels.words import is_match
from mdm.model import RecordKey
from mdm.store.tables import blocking_key, ingest_batch, match_constraint

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HEAD = "system_a,object_a,source_id_a,system_b,object_b,source_id_b,label,by,at,comment"


@pytest.fixture
def records(published) -> dict[str, int]:
    """Records crm/Contact/1 to 6, by their id there."""
    return {str(i): published.record(f"crm/Contact/{i}", f"g{i}") for i in range(1, 7)}


@pytest.fixture
def take(store, settings, records, tmp_path: Path):
    """Imports rows below a header (or bytes as they are)."""

    def run(*rows: str, head: str = HEAD, now: datetime = NOW, name: str = "labels.csv", most: int = 5000, **encoding):
        path = tmp_path / name
        path.write_text("\n".join([head, *rows]) + "\n", **({"encoding": "utf-8"} | encoding))
        return import_labels(store, settings, path=path, actor="ada", now=now, most=most)

    return run


def pair(a: str, b: str, label: str, rest: str = ",,") -> str:
    return f"crm,Contact,{a},crm,Contact,{b},{label},{rest}"


def said(store) -> dict[tuple[int, int], bool]:
    return {(a.record_a, a.record_b): a.is_match for a in read_answers(store)}


@pytest.mark.parametrize(
    ("text", "meant"),
    [("Match", True), ("no match", False), ("No-Match", False), ("YES", True), ("n", False), ("1", True), ("0", False),
     ("TRUE", True), ("different", False), ("unsure", None), ("?", None)],
)  # fmt: skip
def test_the_words_people_use(text: str, meant: bool | None) -> None:
    assert is_match(text) is meant


def test_pairs_are_taken_whichever_side_comes_first(store, take, records) -> None:
    done = take(pair("1", "2", "match"), pair("4", "3", "no match"))
    assert (done.new, done.known, done.refused) == (2, 0, ())
    assert said(store) == {(records["1"], records["2"]): True, (records["3"], records["4"]): False}


def test_every_row_is_taken_or_told(take) -> None:
    done = take(
        pair("1", "2", "match"),
        pair("1", "99", "match"),
        pair("1", "3", "perhaps not quite"),
        pair("2", "2", "match"),
        pair("2", "3", ""),
        pair("2", "4", "unsure"),
        pair("2", "5", "match", "bo,yesterday,"),
    )
    assert (done.rows, done.new, done.blank, done.unsure) == (7, 1, 1, 1)
    assert [r.line for r in done.refused] == [3, 4, 5, 8]
    assert "side b" in done.refused[0].reason
    assert "99" not in done.refused[0].reason
    assert done.rows == done.new + done.known + done.blank + done.unsure + len(done.refused)


def test_the_same_file_twice_changes_nothing(store, take) -> None:
    rows = [pair("1", "2", "match"), pair("1", "3", "no match", "bo,2026-01-02,"), pair("1", "2", "no match")]
    first = take(*rows)
    before = read_answers(store)
    again = take(*rows, now=NOW + timedelta(days=1))
    assert (first.new, again.new, again.known) == (2, 0, 3)
    assert read_answers(store) == before


def test_what_is_said_last_counts_and_contradictions_are_told(store, take, records) -> None:
    one = (records["1"], records["2"])
    assert take(pair("1", "2", "match", "bo,2026-03-01,")).contradicting == 0
    older = take(pair("1", "2", "no match", "cy,2026-02-01,"), name="older.csv")
    assert (older.new, older.contradicting) == (1, 1)
    assert said(store)[one] is True
    newer = take(pair("1", "2", "no match"), name="newer.csv")
    assert (newer.new, newer.contradicting) == (1, 1)
    assert said(store)[one] is False
    assert summary(store).contradicted == 1
    # a change of mind and back again is a new answer, not one known already
    assert take(pair("1", "2", "match"), name="back.csv", now=NOW + timedelta(days=1)).new == 1
    assert said(store)[one] is True


def test_stewards_decisions_count_as_labels_until_they_are_revoked(store, published, take, records) -> None:
    one = (records["1"], records["2"])
    take(pair("1", "2", "match", "bo,2026-01-01,"))
    row = {"constraint_id": uuid4(), "kind": "cannot_link", "actor": "stella", "reason": "phoned"}
    published.insert(match_constraint, record_a=one[0], record_b=one[1], created_at=NOW, **row)
    assert said(store)[one] is False
    assert summary(store).by_kind == {"decision": 1}
    row = {"constraint_id": uuid4(), "kind": "must_link", "actor": "stella", "reason": "phoned", "revoked_by": "stella"}
    three = {"record_a": records["3"], "record_b": records["4"]}
    published.insert(match_constraint, **three, created_at=NOW, revoked_at=NOW, **row)
    assert (records["3"], records["4"]) not in said(store)


def test_a_token_finds_records_whose_ids_a_spreadsheet_spoilt(store, published, take, records) -> None:
    key_a, key_b = RecordKey("crm", "Contact", "0012"), RecordKey("crm", "Contact", "0013")
    a, b = (published.record(str(k), None) for k in (key_a, key_b))
    token = pair_token(a, b, (key_a, key_b))
    head = f"pair,{HEAD}"
    done = take(f"{token}," + pair("12", "13", "match"), head=head)
    assert (done.new, done.refused) == (1, ())
    assert said(store)[a, b] is True
    # one made elsewhere names other records by the same numbers: it is not believed
    elsewhere = pair_token(a, b, (RecordKey("crm", "Contact", "7"), key_b))
    refused = take(f"{elsewhere}," + pair("12", "13", "no match"), head=head, name="other.csv").refused
    assert [r.line for r in refused] == [2]
    # and a row that was sorted in part is caught
    (moved,) = take(f"{token}," + pair("1", "2", "match"), head=head, name="moved.csv").refused
    assert "moved" in moved.reason


def test_files_as_spreadsheets_save_them(store, take, tmp_path) -> None:
    rows = [pair("1", "2", "WAHR").replace(",", ";")]
    assert take(*rows, head=HEAD.replace(",", ";"), encoding="utf-8-sig").new == 1
    with pytest.raises(RefusedInput, match="CSV UTF-8"):
        take(pair("1", "2", "match", "Jürgen,,"), encoding="cp1252", name="old.csv")
    with pytest.raises(RefusedInput, match="expected a CSV file"):
        take("1,2", head="left,right", name="wrong.csv")
    with pytest.raises(RefusedInput, match="no such file"):
        import_labels(store, store.settings, path=tmp_path / "none.csv", actor="ada", now=NOW)


def test_a_truth_gives_matches_and_strangers_that_blocking_would_compare(store, published, take, records) -> None:
    for record in ("3", "4"):
        published.insert(blocking_key, key=77, record_id=records[record], rule=0)
    batch = {"mapping_version": "1", "actor": "ada", "started_at": NOW}
    published.insert(ingest_batch, batch_id=uuid4(), correlation_id=uuid4(), system="crm", object="Contact", **batch)
    head = "source,object,source_id,entity_id"
    rows = ["crm,contact,1,P1", "crm,contact,2,P1", "crm,contact,3,P2", "crm,contact,4,P3", "crm,contact,9,P4"]
    done = take(*rows, head=head)
    assert said(store) == {(records["1"], records["2"]): True, (records["3"], records["4"]): False}
    assert (done.possible_pairs, [r.line for r in done.refused]) == (2, [6])


def test_a_truth_is_bounded_and_spread(store, take, records) -> None:
    rows = [f"crm,Contact,{i},P1" for i in records]
    done = take(*rows, head="system,object,source_id,entity_id", most=5)
    assert (done.new, done.possible_pairs) == (5, 15)
    assert take(*rows, head="system,object,source_id,entity_id", most=5).new == 0


def test_what_is_exported_is_what_counts_and_comes_back_unchanged(store, settings, take, tmp_path) -> None:
    take(pair("1", "2", "match", "bo,2026-01-01,phoned them"), pair("1", "3", "no match"), pair("1", "3", "match"))
    out = tmp_path / "out.csv"
    assert export_labels(store, out=out) == 2
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert {(r["source_id_a"], r["source_id_b"], r["label"]) for r in rows} == {
        ("1", "2", "match"),
        ("1", "3", "match"),
    }
    before = read_answers(store)
    again = import_labels(store, settings, path=out, actor="eve", now=NOW + timedelta(days=2))
    assert (again.new, again.known) == (0, 2)
    assert read_answers(store) == before
