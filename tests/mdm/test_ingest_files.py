"""Ingest in the user's words, against a real PostgreSQL: what a file changes, and what it leaves alone."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from mdm.errors import RefusedInput
from mdm.ingest import IngestReport, ingest_directory, ingest_file, replay_rejected
from mdm.settings import Settings
from mdm.store.engine import Store
from mdm.store.tables import (
    customer_reference,
    ingest_batch,
    record_key,
    rejected_payload,
    resolve_queue,
    source_record,
    stale_payload,
)
from mdm.systems import Mapping, load_mappings
from mdm.systems.mapping import Mappings, parse_mapping

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HEADER = "Id,IsDeleted,FirstName,LastName,Email,SystemModstamp"
DAY1, DAY2 = "2026-10-01T00:00:00.000Z", "2026-10-02T00:00:00.000Z"

Take = Callable[..., IngestReport]


@pytest.fixture
def take(store: Store, settings: Settings, tmp_path: Path) -> Take:
    """Takes in a text as a file of a mapping (salesforce/Contact when none is said)."""
    known = load_mappings(settings)

    def run(text: str | bytes, *, mapping: Mapping | str = "salesforce/Contact", name: str = "f") -> IngestReport:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        given = known.get(*mapping.split("/")) if isinstance(mapping, str) else mapping
        return ingest_file(store, settings, mapping=given, path=path, actor="test", now=NOW)

    return run


def contacts(*rows: str) -> str:
    return "\n".join((HEADER, *rows)) + "\n"


def counts(report: IngestReport) -> dict[str, int]:
    return {k: v for k, v in asdict(report).items() if k not in ("file", "system", "object", "seconds") and v}


def held(store: Store, table: sa.Table, *columns: str) -> list[tuple[Any, ...]]:
    chosen = [table.c[c] for c in columns]
    with store.begin() as connection:
        return [tuple(row) for row in connection.execute(sa.select(*chosen).order_by(*table.primary_key.columns))]


def test_new_changed_unchanged_and_deleted(store: Store, take: Take) -> None:
    first = take(contacts(f"1,false,Ana,Lee,,{DAY1}", f"2,false,Bo,Kim,b@x.org,{DAY1}", f"3,false,Cy,Ng,,{DAY1}"))
    assert counts(first) == {"rows": 3, "new": 3}
    second = take(contacts(f"1,false,Ana,Lee,,{DAY1}", f"2,false,Bo,Kim,new@x.org,{DAY2}", f"3,true,Cy,Ng,,{DAY2}"))
    assert counts(second) == {"rows": 3, "changed": 1, "unchanged": 1, "deleted": 1}
    versions = held(store, source_record, "record_id", "version", "deleted", "superseded_at")
    assert versions == [
        (1, 1, False, None),
        (2, 1, False, NOW),
        (2, 2, False, None),
        (3, 1, False, NOW),
        (3, 2, True, None),
    ]
    assert held(store, resolve_queue, "record_id") == [(1,), (2,), (3,), (2,), (3,)]
    assert held(store, record_key, "system", "object", "source_id")[0] == ("salesforce", "Contact", "1")


def test_what_is_kept_of_a_row(store: Store, take: Take) -> None:
    take(contacts(f'1,false,"Ana ""A""\nB",Lee,,{DAY1}'))
    [(attributes, payload, source_time, received, entity_type)] = held(
        store, source_record, "attributes", "payload", "source_time", "received_time", "entity_type"
    )
    assert attributes == {"given_name": 'Ana "A"\nB', "family_name": "Lee", "email": None}
    assert json.loads(payload) == {
        "Id": "1",
        "IsDeleted": "false",
        "FirstName": 'Ana "A"\nB',
        "LastName": "Lee",
        "Email": None,
        "SystemModstamp": DAY1,
    }
    assert (source_time, received, entity_type) == (datetime(2026, 10, 1, tzinfo=UTC), NOW, "person")


def test_the_same_file_twice_changes_nothing(store: Store, take: Take) -> None:
    text = contacts(
        f"1,false,Ana,Lee,,{DAY1}", "1,false,Old,Lee,,2020-01-01T00:00:00Z", f"2,true,Bo,Kim,,{DAY1}", "3,bad"
    )
    take(text)
    tables = (record_key, source_record, stale_payload, rejected_payload, resolve_queue)
    before = [held(store, t, *t.c.keys()) for t in tables]
    again = take(text)
    assert counts(again) == {"rows": 4, "unchanged": 2, "stale": 1, "rejected": 1}
    assert [held(store, t, *t.c.keys()) for t in tables] == before
    assert len(held(store, ingest_batch, "batch_id")) == 2


def test_an_older_version_is_kept_as_stale_and_changes_nothing(store: Store, take: Take) -> None:
    take(contacts(f"1,false,Ana,Lee,,{DAY2}"))
    for _ in range(2):
        assert counts(take(contacts(f"1,false,Anna,Lee,,{DAY1}"))) == {"rows": 1, "stale": 1}
    assert [v for _, v in held(store, source_record, "record_id", "version")] == [1]
    [(record_id, payload)] = held(store, stale_payload, "record_id", "payload")
    assert (record_id, json.loads(payload)["FirstName"]) == (1, "Anna")
    assert len(held(store, resolve_queue, "record_id")) == 1


def test_a_version_already_succeeded_is_not_kept_again(store: Store, take: Take) -> None:
    take(contacts(f"1,false,Ana,Lee,,{DAY1}"))
    take(contacts(f"1,false,Anna,Lee,,{DAY2}"))
    assert counts(take(contacts(f"1,false,Ana,Lee,,{DAY1}"))) == {"rows": 1, "stale": 1}
    assert held(store, stale_payload, "record_id") == []


def test_the_same_clock_with_another_payload_is_a_change(take: Take) -> None:
    take(contacts(f"1,false,Ana,Lee,,{DAY1}"))
    assert counts(take(contacts(f"1,false,Anna,Lee,,{DAY1}"))) == {"rows": 1, "changed": 1}


@pytest.mark.parametrize("turned", [False, True])
def test_the_newest_row_of_a_key_wins_wherever_it_stands(store: Store, take: Take, turned: bool) -> None:
    rows = [f"1,false,Old,Lee,,{DAY1}", f"1,false,New,Lee,,{DAY2}", f"1,false,New,Lee,,{DAY2}"]
    report = take(contacts(*(rows[::-1] if turned else rows)))
    assert counts(report) == {"rows": 3, "new": 1, "stale": 1, "unchanged": 1}
    assert [a["given_name"] for (a,) in held(store, source_record, "attributes")] == ["New"]
    assert len(held(store, stale_payload, "record_id")) == 1


def test_rows_of_one_key_and_clock_are_decided_by_their_content(store: Store, take: Take) -> None:
    rows = [f"1,false,A,Lee,,{DAY1}", f"1,false,B,Lee,,{DAY1}"]
    take(contacts(*rows))
    before = held(store, source_record, "payload")
    assert counts(take(contacts(*rows[::-1]))) == {"rows": 2, "unchanged": 1, "stale": 1}
    assert held(store, source_record, "payload") == before


def test_a_deleted_record_may_come_back(store: Store, take: Take) -> None:
    take(contacts(f"1,true,Ana,Lee,,{DAY1}"))
    assert held(store, resolve_queue, "record_id") == []
    assert counts(take(contacts(f"1,false,Ana,Lee,,{DAY2}"))) == {"rows": 1, "changed": 1}
    assert held(store, resolve_queue, "record_id") == [(1,)]


def test_absence_is_no_delete(store: Store, take: Take) -> None:
    take(contacts(f"1,false,Ana,Lee,,{DAY1}", f"2,false,Bo,Kim,,{DAY1}"))
    take(contacts(f"2,false,Bo,Kim,,{DAY1}"))
    assert len(held(store, source_record, "record_id")) == 2


def test_bad_rows_are_kept_with_file_line_and_reason(store: Store, take: Take) -> None:
    report = take(
        contacts(f",false,Ana,Lee,,{DAY1}", "2,false,Bo,Kim,,yesterday", "3,x", f"4,false,Cy,Ng,,{DAY1}"), name="c.csv"
    )
    assert counts(report) == {"rows": 4, "new": 1, "rejected": 3}
    found = held(store, rejected_payload, "file_name", "line", "reason")
    assert found == [
        ("c.csv", 2, "the id is blank or missing"),
        ("c.csv", 3, "the clock is not an ISO 8601 time"),
        ("c.csv", 4, "2 cells where the header has 6"),
    ]
    [(batch_counts,)] = held(store, ingest_batch, "counts")
    assert (batch_counts["rows"], batch_counts["rejected"]) == (4, 3)


def test_a_file_that_is_not_what_it_should_be_leaves_no_trace(store: Store, take: Take) -> None:
    good = contacts(*(f"{i},false,Ana,Lee,,{DAY1}" for i in range(2000)))
    for bad, name in (
        ("Name,Email\nAna,a@x.org\n", "header"),
        (good.replace("Ana", "\xe4").encode("latin-1"), "encoding"),
        (gzip.compress(good.encode())[:-200], "gzip"),
    ):
        with pytest.raises(RefusedInput, match=name) as caught:
            take(bad, name=name)
        assert caught.value.exit_code == 2
    with pytest.raises(RefusedInput, match="expected 'id' and 'lastModifiedDate'"):
        take('{"id": 7, "subject": "x", "via": {}}\n', mapping="netsuite/customer", name="json")
    with pytest.raises(RefusedInput, match="netsuite/customer"):
        take(good, mapping="netsuite/customer", name="json")
    assert held(store, ingest_batch, "batch_id") == []
    assert held(store, source_record, "record_id") == []


def test_a_single_bad_line_is_no_wrong_file(take: Take) -> None:
    line = {
        "isPerson": "T",
        "lastModifiedDate": DAY1,
        "firstName": "Ana",
        "lastName": "Lee",
        "email": None,
        "phone": None,
    }
    line |= dict.fromkeys(("middleName", "companyName", "mobilePhone", "taxIdNum", "terms", "addressBook"))
    assert counts(take(json.dumps(line), mapping="netsuite/customer")) == {"rows": 1, "rejected": 1}
    assert counts(take('{"id": "1", "lastModif', mapping="netsuite/customer")) == {"rows": 1, "rejected": 1}


def test_an_empty_file_is_zero_rows(store: Store, take: Take) -> None:
    assert counts(take(b"")) == {}
    assert len(held(store, ingest_batch, "batch_id")) == 1


def test_texts_the_database_has_no_room_for(store: Store, take: Take) -> None:
    lines = ['{"id": 1, "name": "a\\u0000b\\ud800", "updated_at": "2026-10-01T00:00:00Z"}', '{"id": 2, \x00']
    assert counts(take("\n".join(lines), mapping="zendesk/user")) == {"rows": 2, "new": 1, "rejected": 1}
    assert held(store, source_record, "attributes") == [({"full_name": "ab?"},)]


def test_a_zipped_file_over_worker_processes(store: Store, take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mdm.systems.mapped_file.IN_PROCESS_BYTES", 0)
    text = contacts(*(f"{i},false,Ana {i},Lee,,{DAY1}" for i in range(500)), "x,y")
    assert counts(take(gzip.compress(text.encode()), name="c.csv.gz")) == {"rows": 501, "new": 500, "rejected": 1}
    assert counts(take(text, name="c.csv"))["unchanged"] == 500
    assert [i for (i,) in held(store, record_key, "record_id")] == list(range(1, 501))


def test_the_whole_object_is_read_when_the_file_is_large(take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mdm.ingest.take_in.ASK_BY_KEY", 1)
    text = contacts(f"1,false,Ana,Lee,,{DAY1}", f"2,false,Bo,Kim,,{DAY1}")
    take(text)
    assert counts(take(text)) == {"rows": 2, "unchanged": 2}


# --- references ------------------------------------------------------------------------------------------------------


def order(number: int, status: str = "PAID", updated: str = DAY1) -> str:
    return json.dumps(
        {
            "id": f"gid://shopify/Order/{number}",
            "name": f"#{number}",
            "customer": {"id": "gid://shopify/Customer/1"},
            "createdAt": DAY1,
            "updatedAt": updated,
            "displayFinancialStatus": status,
        }
    )


def test_orders_become_references_and_follow_their_changes(store: Store, take: Take) -> None:
    first = take("\n".join((order(1), order(2))), mapping="shopify/Order")
    assert counts(first) == {"rows": 2, "new": 2, "references": 2}
    second = take("\n".join((order(1), order(2, "REFUNDED", DAY2))), mapping="shopify/Order")
    assert counts(second) == {"rows": 2, "changed": 1, "unchanged": 1, "references": 1}
    stale = take(order(2), mapping="shopify/Order")
    assert counts(stale) == {"rows": 1, "stale": 1}
    found = held(store, customer_reference, "number", "status", "owner_object", "owner_source_id")
    assert found == [
        ("1", "PAID", "Customer", "gid://shopify/Customer/1"),
        ("2", "REFUNDED", "Customer", "gid://shopify/Customer/1"),
    ]
    assert held(store, source_record, "record_id") == []


def test_tickets_quote_orders_and_deleted_ones_go(store: Store, take: Take) -> None:
    ticket = {"id": 7, "requester_id": 9, "subject": "Order #643219455", "status": "open", "created_at": DAY1}
    take(json.dumps(ticket), mapping="zendesk/ticket")
    assert held(store, customer_reference, "reference_type", "mentions") == [("case", ["643219455"])]
    gone = ticket | {"status": "deleted", "updated_at": DAY2}
    assert counts(take(json.dumps(gone), mapping="zendesk/ticket")) == {"rows": 1, "deleted": 1}
    assert held(store, customer_reference, "source_id", "deleted") == [("7", True)]


# --- mappings of the user's own --------------------------------------------------------------------------------------

OWN = """\
system: till
object: Buyer
format: parquet
files: ["till*.parquet"]
entity_type: person
source_id: payload_hash
attributes:
  full_name: who
  date_of_birth: born
  address: {street: road, city: town}
"""


def test_a_new_format_needs_one_mapping_file(store: Store, take: Take, tmp_path: Path) -> None:
    path = tmp_path / "till.parquet"
    pq.write_table(pa.table({"who": ["Ana Lee"], "born": [date(1990, 2, 14)], "road": ["A St"], "town": ["X"]}), path)
    own = parse_mapping(OWN, name="till.yaml")
    assert counts(take(path.read_bytes(), mapping=own)) == {"rows": 1, "new": 1}
    assert counts(take(path.read_bytes(), mapping=own)) == {"rows": 1, "unchanged": 1}
    assert held(store, source_record, "attributes", "source_time") == [
        (
            {"full_name": "Ana Lee", "date_of_birth": "1990-02-14", "address": [{"street": "A St", "city": "X"}]},
            NOW,
        )
    ]


def test_a_changed_mapping_reads_held_payloads_anew(store: Store, take: Take) -> None:
    text = "system: a\nobject: b\nformat: csv\nentity_type: person\nsource_id: id\nattributes: {full_name: n}\n"
    rows = "id,n,d\n1,Ana,1990-01-01\n"
    take(rows, mapping=parse_mapping(text, name="a.yaml"))
    assert counts(take(rows, mapping=parse_mapping(text + "# a comment\n", name="a.yaml"))) == {
        "rows": 1,
        "unchanged": 1,
    }
    better = parse_mapping(text.replace("full_name: n", "full_name: n, date_of_birth: d"), name="a.yaml")
    assert counts(take(rows, mapping=better)) == {"rows": 1, "changed": 1}
    assert counts(take(rows, mapping=better)) == {"rows": 1, "unchanged": 1}
    assert len(held(store, source_record, "record_id")) == 2


def test_rejected_rows_are_replayed_after_a_mapping_fix(store: Store, settings: Settings, take: Take) -> None:
    text = "system: a\nobject: b\nformat: csv\nentity_type: person\nsource_id: id\n"
    text += "source_time: t\nattributes: {full_name: n}\n"
    take("id,t,n\n1,02.01.2024,Ana\n2,never,Bo\n3,04.01.2024,Cy\n", mapping=parse_mapping(text, name="a.yaml"))
    fixed = parse_mapping(text.replace("source_time: t", "source_time: {path: t, format: '%d.%m.%Y'}"), name="a.yaml")
    later = NOW + timedelta(hours=1)
    for expected in ({"rows": 3, "new": 2, "rejected": 1}, {"rows": 1, "rejected": 1}):
        report = replay_rejected(store, settings, mappings=Mappings((fixed,)), now=later, actor="test")
        assert counts(report) == expected
    assert held(store, rejected_payload, "line", "replayed_at") == [(2, later), (3, None), (4, later)]
    assert [i for (i,) in held(store, resolve_queue, "record_id")] == [1, 2]


# --- directories -----------------------------------------------------------------------------------------------------


def test_a_directory_by_the_file_patterns(store: Store, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "salesforce_contact.csv").write_text(contacts(f"1,false,Ana,Lee,,{DAY1}"), encoding="utf-8")
    (tmp_path / "shopify_order.jsonl.gz").write_bytes(gzip.compress(order(1).encode()))
    (tmp_path / "truth.csv").write_text("a,b\n", encoding="utf-8")
    (tmp_path / "delta").mkdir()
    seen: list[str] = []
    report = ingest_directory(
        store,
        settings,
        directory=tmp_path,
        actor="test",
        now=NOW,
        progress=lambda name, _done, _total: seen.append(name),
    )
    assert [(r.file, r.new) for r in report.reports] == [("salesforce_contact.csv", 1), ("shopify_order.jsonl.gz", 1)]
    assert report.ignored == ("truth.csv",)
    assert set(seen) == {"salesforce_contact.csv", "shopify_order.jsonl.gz"}


def test_a_directory_that_is_not_there(store: Store, settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(RefusedInput, match="no such directory"):
        ingest_directory(store, settings, directory=tmp_path / "none", actor="test", now=NOW)


def test_scratch_files_are_gone_and_those_of_killed_processes_too(settings: Settings, take: Take) -> None:
    (settings.scratch / "ingest-999999999-x").mkdir(parents=True)
    take(contacts(f"1,false,Ana,Lee,,{DAY1}"))
    assert [p.name for p in settings.scratch.iterdir() if p.name.startswith("ingest-")] == []
