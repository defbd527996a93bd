"""Published state for tests of what reads it: cross-references and golden records, written as a run would."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest
import sqlalchemy as sa

from mdm.model import RecordKey
from mdm.store import tables
from mdm.store.engine import Store

NOW = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
RUN = UUID(int=1)


def golden_uuid(name: str) -> UUID:
    """A golden id by a name that reads well in a test."""
    return uuid5(UUID(int=0), name)


@dataclass
class Published:
    """Writes rows of the published tables; ids are handed out in order."""

    store: Store
    ids: dict[RecordKey, int] = field(default_factory=dict)

    def insert(self, table: sa.Table, **values: Any) -> None:
        """One row."""
        with self.store.begin() as connection:
            connection.execute(sa.insert(table).values(**values))

    def record(
        self,
        key: str,
        golden: str | None,
        *,
        entity_type: str = "person",
        weight: float | None = None,
        deleted: bool = False,
        values: dict[str, Any] | None = None,
    ) -> int:
        """A source record with its cross-reference (none: it waits for its first run); answers its id."""
        parsed = RecordKey.parse(key)
        record_id = self.ids.setdefault(parsed, len(self.ids) + 1)
        payload = f'{{"id": "{parsed.source_id}"}}'
        self.insert(
            tables.record_key,
            record_id=record_id,
            system=parsed.system,
            object=parsed.object,
            source_id=parsed.source_id,
        )
        self.insert(
            tables.source_record,
            record_id=record_id,
            version=1,
            entity_type=entity_type,
            attributes={},
            payload=payload,
            payload_hash=UUID(hashlib.md5(payload.encode()).hexdigest()),
            deleted=deleted,
            source_time=NOW,
            received_time=NOW,
            batch_id=RUN,
            correlation_id=RUN,
        )
        self.insert(
            tables.standardised_record,
            record_id=record_id,
            version=1,
            entity_type=entity_type,
            values=values or {},
            match={},
            content_hash=RUN,
            standardiser="1",
            updated_at=NOW,
        )
        if golden is not None:
            self.refer(record_id, golden, entity_type=entity_type, weight=weight)
        return record_id

    def refer(self, record_id: int, golden: str, *, entity_type: str, weight: float | None) -> None:
        """An open cross-reference; its golden id is made when it is new."""
        with self.store.begin() as connection:
            known = connection.execute(
                sa.select(tables.golden_id.c.golden_id).where(tables.golden_id.c.golden_id == golden_uuid(golden))
            ).first()
        if known is None:
            self.golden_id(golden, entity_type=entity_type)
        self.insert(
            tables.cross_reference,
            record_id=record_id,
            golden_id=golden_uuid(golden),
            grade="no_match" if weight is None else "match",
            match_weight=weight,
            reason="alone" if weight is None else "e-mail and name",
            since=NOW,
            run_id=RUN,
        )

    def golden_id(self, golden: str, *, entity_type: str = "person") -> None:
        """A golden id with the event of its creation."""
        self.insert(
            tables.golden_id, golden_id=golden_uuid(golden), entity_type=entity_type, created_at=NOW, run_id=RUN
        )
        self.event(golden, "created")

    def event(self, golden: str, kind: str, *others: str) -> None:
        """An event in the life of a golden id."""
        self.insert(
            tables.golden_id_event,
            golden_id=golden_uuid(golden),
            kind=kind,
            other_ids=[golden_uuid(o) for o in others],
            at=NOW,
            run_id=RUN,
        )

    def golden(
        self, golden: str, values: dict[str, Any], *, lineage: dict[str, Any] | None = None, entity_type: str = "person"
    ) -> None:
        """The current version of a golden record."""
        row = {"values": values, "lineage": lineage or {}}
        self.insert(
            tables.golden_record,
            golden_id=golden_uuid(golden),
            version=1,
            entity_type=entity_type,
            valid_from=NOW,
            run_id=RUN,
            rule_set="r1",
            content_hash=uuid4(),
            **row,
        )

    def change(self, key: str, attribute: str, new: Any, *, state: str = "proposed", old: Any = None) -> UUID:
        """A proposed change; answers its id."""
        parsed = RecordKey.parse(key)
        change_id = uuid4()
        self.insert(
            tables.proposed_change,
            change_id=change_id,
            golden_id=golden_uuid("g"),
            record_id=self.ids.setdefault(parsed, len(self.ids) + 1),
            system=parsed.system,
            object=parsed.object,
            source_id=parsed.source_id,
            attribute=attribute,
            old_value=old,
            new_value=new,
            review="required",
            state=state,
            reason="loyalty wins (ranked)",
            opened_at=NOW,
            run_id=RUN,
        )
        return change_id

    def task(self, reason: str, record_ids: list[int], *, state: str = "open", **detail: Any) -> UUID:
        """A review task; answers its id."""
        task_id = uuid4()
        self.insert(
            tables.review_task,
            task_id=task_id,
            reason=reason,
            question=f"{reason}:{task_id}",
            record_ids=record_ids,
            match_weight=3.5,
            priority=1.0,
            detail=detail,
            state=state,
            opened_at=NOW,
            opened_run_id=RUN,
            closed_at=None if state == "open" else NOW,
        )
        return task_id


@pytest.fixture
def published(store: Store) -> Published:
    """A writer of published rows into a fresh store."""
    return Published(store)


@pytest.fixture
def golden_of() -> Callable[[str], str]:
    """The golden id behind a name, as text."""
    return lambda name: str(golden_uuid(name))
