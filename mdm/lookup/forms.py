"""What versions of source records say, in standardised form: the stored form where it is of that version, else made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from mdm.model import RecordKey
from mdm.settings import Settings
from mdm.standardise.batch import standardise_batch
from mdm.standardise.values import Context
from mdm.statements import statement

Place = tuple[int, int]
"""A version of a source record: record id, version."""


@dataclass(frozen=True)
class Form:
    """One version of one source record. ``values``: attribute to its items (value, comparable form, mark), in order.

    ``source_time`` is None where the mapping gives no clock.
    """

    record_id: int
    version: int
    record: RecordKey
    entity_type: str
    source_time: datetime | None
    received_time: datetime
    values: Mapping[str, Any]

    def value(self, attribute: str, ordinal: int) -> Any:
        """One value, None where the version does not have it (the standardiser changed since)."""
        items = self.values.get(attribute, ())
        return items[ordinal][0] if ordinal < len(items) else None


def forms_of(
    connection: sa.Connection, settings: Settings, places: Iterable[Place], *, now: datetime
) -> dict[Place, Form]:
    """The forms of these versions; ``now`` judges birth dates."""
    wanted = sorted(set(places))
    if not wanted:
        return {}
    ids, versions = map(list, zip(*wanted, strict=True))
    text = sa.text(statement("mdm.lookup", "versions"))
    rows = [dict(row) for row in connection.execute(text, {"ids": ids, "versions": versions}).mappings()]
    made = _made(
        [row for row in rows if row["values"] is None],
        Context(default_region=settings.default_region, today=now.date()),
    )
    return {
        (row["record_id"], row["version"]): Form(
            record_id=row["record_id"],
            version=row["version"],
            record=RecordKey(row["system"], row["object"], row["source_id"]),
            entity_type=row["entity_type"],
            source_time=None if row["source_time"] == row["received_time"] else row["source_time"],
            received_time=row["received_time"],
            values=row["values"] or made[row["record_id"], row["version"]],
        )
        for row in rows
    }


def _made(rows: list[dict[str, Any]], context: Context) -> dict[Place, Any]:
    if not rows:
        return {}
    names = ("record_id", "version", "entity_type", "attributes")
    types = (pa.int64(), pa.int32(), pa.string(), pa.string())
    columns = [pa.array([row[name] for row in rows], kind) for name, kind in zip(names, types, strict=True)]
    done = standardise_batch(pa.table(columns, names=list(names)), context).to_pylist()
    return {(row["record_id"], row["version"]): json.loads(row["values"]) for row in done}
