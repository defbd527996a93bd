"""Approved changes as files in the target's own bulk format, so that mastered values can leave without a connector.

Salesforce takes an upsert CSV (Bulk API 2.0): ``Id`` and one column for each field that changes in the file; an empty
cell leaves the field alone, ``#N/A`` clears it. Other targets get JSON lines: the key and only the fields that change;
null clears.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from mdm.deliver.fields import Fields, target_fields
from mdm.errors import MdmError, NotFound, RefusedInput
from mdm.settings import Settings
from mdm.store.engine import Store
from mdm.store.tables import proposed_change
from mdm.systems.mapping import Mapping, load_mappings

SALESFORCE = "salesforce"
CLEARED = "#N/A"
ROWS_A_FILE = 100_000
"""Keeps a Salesforce job below its 150 MB; others follow."""


@dataclass(frozen=True)
class BulkFile:
    """One file written: the target's object, how many of its records and how many changed attributes are in it."""

    path: Path
    system: str
    object: str
    records: int
    changes: int


@dataclass(frozen=True)
class Delivery:
    """What was written. ``unwritable``: approved changes the mapping cannot express, by object and attribute."""

    files: tuple[BulkFile, ...]
    unwritable: dict[str, int]


@dataclass(frozen=True)
class _Row:
    source_id: str
    fields: Fields
    changes: int


def write_bulk_files(store: Store, settings: Settings, *, system: str, out_dir: Path, now: datetime) -> Delivery:
    """Writes the approved changes of one system below ``out_dir`` and marks them exported.

    One transaction: when anything fails no file is left and the changes stay approved. Two calls at once never write
    the same change. NotFound for a system no mapping writes to.
    """
    mappings = {m.object: m for m in load_mappings(settings) if m.system == system and m.document.writable is not None}
    if not mappings:
        raise NotFound(f"no mapping with a 'writable' part for the system {system!r}")
    if out_dir.exists() and not out_dir.is_dir():
        raise RefusedInput(f"{out_dir}: is not a folder")
    written: list[tuple[Path, Path]] = []
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        with store.begin() as connection:
            changes = _take(connection, system=system, mappings=mappings, now=now)
            files = tuple(_write(mappings, changes, out_dir=out_dir, now=now, written=written))
            unwritable = _unwritable(connection, system=system)
            for part, path in written:
                part.replace(path)
    except BaseException as error:
        for part, path in written:
            part.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise MdmError(f"{out_dir}: could not be written ({type(error).__name__})") from error
        raise
    return Delivery(files=files, unwritable=unwritable)


def _take(
    connection: sa.Connection, *, system: str, mappings: dict[str, Mapping], now: datetime
) -> dict[str, dict[str, list[tuple[str, Any]]]]:
    """Marks what can be written as exported: object -> source id -> [(attribute, new value)]."""
    columns = proposed_change.c
    places = [
        sa.and_(columns.object == name, columns.attribute.in_(mapping.document.writable.fields))
        for name, mapping in mappings.items()
        if mapping.document.writable is not None
    ]
    taken = connection.execute(
        sa.update(proposed_change)
        .where(columns.system == system, columns.state == "approved", sa.or_(*places))
        .values(state="exported", closed_at=now)
        .returning(columns.object, columns.source_id, columns.attribute, columns.new_value)
    )
    grouped: dict[str, dict[str, list[tuple[str, Any]]]] = {}
    for name, source_id, attribute, value in sorted(taken, key=lambda row: row[:3]):
        grouped.setdefault(name, {}).setdefault(source_id, []).append((attribute, value))
    return grouped


def _unwritable(connection: sa.Connection, *, system: str) -> dict[str, int]:
    columns = proposed_change.c
    left = connection.execute(
        sa.select(columns.object, columns.attribute, sa.func.count())
        .where(columns.system == system, columns.state == "approved")
        .group_by(columns.object, columns.attribute)
        .order_by(columns.object, columns.attribute)
    )
    return {f"{name}.{attribute}": n for name, attribute, n in left}


def _write(
    mappings: dict[str, Mapping],
    changes: dict[str, dict[str, list[tuple[str, Any]]]],
    *,
    out_dir: Path,
    now: datetime,
    written: list[tuple[Path, Path]],
) -> Iterator[BulkFile]:
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    for name, records in changes.items():
        mapping = mappings[name]
        rows = [_row(mapping, source_id, values) for source_id, values in records.items()]
        ending, form = ("csv", _as_csv) if mapping.system == SALESFORCE else ("jsonl", _as_lines)
        for number, start in enumerate(range(0, len(rows), ROWS_A_FILE), start=1):
            chunk = rows[start : start + ROWS_A_FILE]
            target = mapping.document.writable.object or name if mapping.document.writable else name
            path = _free(out_dir, f"{mapping.system}_{target}_{stamp}", number, ending)
            part = path.with_name(f".{path.name}.part")
            written.append((part, path))
            part.write_text(form(mapping, chunk), encoding="utf-8", newline="")
            yield BulkFile(path, mapping.system, target, len(chunk), sum(row.changes for row in chunk))


def _free(out_dir: Path, stem: str, number: int, ending: str) -> Path:
    """A name nobody has: a file written earlier is never overwritten."""
    while (path := out_dir / f"{stem}_{number}.{ending}").exists():
        number += 1
    return path


def _row(mapping: Mapping, source_id: str, values: list[tuple[str, Any]]) -> _Row:
    writable = mapping.document.writable
    if writable is None:
        raise ValueError("only writable mappings get here")
    fields: Fields = {}
    for attribute, value in values:
        fields |= target_fields(writable, attribute=attribute, value=value) or {}
    return _Row(source_id=source_id, fields=fields, changes=len(values))


def _key(mapping: Mapping) -> str:
    return mapping.document.writable.key if mapping.document.writable else "id"


def _as_csv(mapping: Mapping, rows: list[_Row]) -> str:
    columns = sorted({field for row in rows for field in row.fields})
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([_key(mapping), *columns])
    for row in rows:
        cells = [(CLEARED if row.fields[c] is None else row.fields[c]) if c in row.fields else "" for c in columns]
        writer.writerow([row.source_id, *cells])
    return out.getvalue()


def _as_lines(mapping: Mapping, rows: list[_Row]) -> str:
    return "".join(
        json.dumps(_nested({_key(mapping): row.source_id, **row.fields}), ensure_ascii=False) + "\n" for row in rows
    )


def _nested(fields: Fields) -> dict[str, Any]:
    """``a.b`` as ``{"a": {"b": ...}}``: dots are how mapping files name a field inside another."""
    tree: dict[str, Any] = {}
    for path, value in fields.items():
        *parents, last = path.split(".")
        here = tree
        for parent in parents:
            here = here.setdefault(parent, {})
        here[last] = value
    return tree
