"""References obey the same clock as source records: what is older than a deletion does not bring it back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from mdm.ingest import ingest_file
from mdm.settings import Settings
from mdm.store import schema
from mdm.store.engine import Store
from mdm.store.tables import customer_reference
from mdm.systems import load_mappings
from mdm.systems.mapping import Mapping, parse_mapping

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
JAN, FEB, MAR = "2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z", "2026-02-03T00:00:00Z"

Take = Callable[..., dict[str, int]]


@pytest.fixture
def take(store: Store, settings: Settings, tmp_path: Path) -> Take:
    """Takes one Zendesk ticket in; answers the counts that are not zero."""
    tickets = load_mappings(settings).get("zendesk", "ticket")

    def run(*, updated: str, status: str = "open", mapping: Mapping = tickets) -> dict[str, int]:
        path = tmp_path / "tickets.jsonl"
        row = {"id": 7, "requester_id": 9, "status": status, "created_at": JAN, "updated_at": updated}
        path.write_text(json.dumps(row))
        report = ingest_file(store, settings, mapping=mapping, path=path, actor="test", now=NOW)
        return {k: v for k, v in asdict(report).items() if isinstance(v, int) and v}

    return run


def held(store: Store) -> list[tuple[str, bool]]:
    with store.begin() as connection:
        chosen = sa.select(customer_reference.c.status, customer_reference.c.deleted)
        return [(row.status, row.deleted) for row in connection.execute(chosen)]


def test_an_older_file_does_not_bring_a_deleted_reference_back(store: Store, take: Take) -> None:
    assert take(updated=FEB) == {"rows": 1, "new": 1, "references": 1}
    assert take(updated=MAR, status="deleted") == {"rows": 1, "deleted": 1}
    assert take(updated=FEB) == {"rows": 1, "stale": 1}
    assert take(updated=MAR, status="deleted") == {"rows": 1, "unchanged": 1}
    assert held(store) == [("deleted", True)]


def test_a_deletion_before_all_else_is_remembered(store: Store, take: Take) -> None:
    assert take(updated=MAR, status="deleted") == {"rows": 1, "deleted": 1}
    assert take(updated=FEB) == {"rows": 1, "stale": 1}
    assert held(store) == [("deleted", True)]


def test_a_newer_version_lives_again(store: Store, take: Take) -> None:
    take(updated=FEB, status="deleted")
    assert take(updated=MAR) == {"rows": 1, "changed": 1, "references": 1}
    assert held(store) == [("open", False)]


def test_a_mapping_that_reads_another_clock_reads_the_same_payload_anew(store: Store, take: Take) -> None:
    take(updated=FEB)
    own = parse_mapping(
        "system: zendesk\nobject: ticket\nkind: reference\nformat: jsonl\nsource_id: id\nsource_time: created_at\n"
        "reference: {type: case, status: status}\n",
        name="own.yaml",
    )
    assert take(updated=FEB, mapping=own) == {"rows": 1, "changed": 1, "references": 1}
    assert take(updated=FEB, mapping=own) == {"rows": 1, "unchanged": 1}


def test_going_down_a_version_forgets_what_was_deleted(store: Store, take: Take) -> None:
    take(updated=MAR, status="deleted")
    schema.downgrade(store.engine, "0001")
    schema.upgrade(store.engine)
    assert held(store) == []
