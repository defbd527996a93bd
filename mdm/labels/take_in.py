"""Labels taken in from a file: every row is kept, known already, or refused with its line and the reason.

Of several answers about one pair the one said last counts (``at``; without it the time of the import, and of one file
the
lower row). The same file twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa

from mdm.audit import Entry, record
from mdm.errors import RefusedInput
from mdm.labels.answers import answers
from mdm.labels.keys import key_of, records_by_key
from mdm.labels.read import Form, Row, read_rows, said_at
from mdm.labels.token import names, records_of
from mdm.labels.truth import TruthRow, pairs_of_truth
from mdm.labels.words import is_match
from mdm.model import RecordKey
from mdm.settings import Settings
from mdm.store.engine import Store
from mdm.store.tables import label, match_constraint

_ROWS_AN_INSERT = 1_000


@dataclass(frozen=True)
class Refused:
    """A row that was not taken: its line and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class Import:
    """What became of a file. ``blank`` rows hold no answer yet, ``unsure`` ones say that nobody could tell.

    ``contradicting``: pairs about which this file, or this file and what was said before, say both; the answer said
    last
    counts. ``possible_pairs``: pairs that a truth would give without the bound (None for a file of pairs).
    """

    file: str
    rows: int
    new: int
    known: int
    blank: int
    unsure: int
    contradicting: int
    refused: tuple[Refused, ...]
    possible_pairs: int | None = None


@dataclass(frozen=True)
class _Said:
    """One answer of a file about a pair (the smaller record id first). ``at`` None: the file does not say when."""

    line: int
    pair: tuple[int, int]
    is_match: bool
    by: str
    at: datetime | None
    comment: str | None


def import_labels(
    store: Store, settings: Settings, *, path: Path, actor: str, now: datetime, most: int = 5_000
) -> Import:
    """Takes the answers of a file in, in one transaction.

    Of a truth (system, object, source_id, entity_id) pairs are made: at most ``most``, spread evenly over all that
    blocking would compare and all of one entity. RefusedInput when it is no file of labels; nothing was taken then.
    """
    form, rows = read_rows(path)
    listed = list(rows)
    if not listed:
        raise RefusedInput(f"{path}: no row below the header")
    refused: list[Refused] = []
    possible = None
    blank = unsure = 0
    if form is Form.TRUTH:
        truth = _truth_rows(store, listed, refused)
        pairs, possible = pairs_of_truth(store, settings, truth, most=most)
        said = [_Said(0, (a, b), same, actor, None, None) for a, b, same in pairs]
    else:
        said, blank, unsure = _answered(store, listed, refused, actor=actor)
    new, contradicting = _keep(store, said, file=path.name, actor=actor, now=now)
    return Import(
        file=path.name,
        rows=len(listed),
        new=new,
        known=len(said) - new,
        blank=blank,
        unsure=unsure,
        contradicting=contradicting,
        refused=tuple(sorted(refused, key=lambda r: r.line)),
        possible_pairs=possible,
    )


def _answered(store: Store, rows: list[Row], refused: list[Refused], *, actor: str) -> tuple[list[_Said], int, int]:
    """The answers in rows about pairs; how many rows are blank, and how many unsure."""
    keys = {side: [key_of(row.cells, f"_{side}") for row in rows] for side in "ab"}
    known = records_by_key(store, [k for side in keys.values() for k in side if k is not None])
    tokens = [records_of(row.cells.get("pair", "")) for row in rows]
    key_by_id = _keys_by_id(store, [r for token in tokens if token for r in token])
    said: list[_Said] = []
    blank = unsure = 0
    for row, first, second, token in zip(rows, keys["a"], keys["b"], tokens, strict=True):
        if not row.cells["label"]:
            blank += 1
            continue
        try:
            same = is_match(row.cells["label"])
            if same is None:
                unsure += 1
                continue
            pair = _pair(row, (first, second), known, token, key_by_id)
            at = said_at(row.cells.get("at", ""))
        except ValueError as error:
            refused.append(Refused(row.line, str(error)))
            continue
        by, comment = row.cells.get("by") or actor, row.cells.get("comment") or None
        said.append(_Said(row.line, (min(pair), max(pair)), same, by, at, comment))
    return said, blank, unsure


def _pair(
    row: Row,
    keys: tuple[RecordKey | None, RecordKey | None],
    known: dict[RecordKey, int],
    token: tuple[int, int] | None,
    key_by_id: dict[int, RecordKey],
) -> tuple[int, int]:
    """The records of a row: by the token of the proposal where it has one of this database, else by their keys."""
    a, b = (known.get(k) if k is not None else None for k in keys)
    if token is not None and all(r in key_by_id for r in token):
        meant = (key_by_id[token[0]], key_by_id[token[1]])
        if names(row.cells["pair"], meant):
            if (a not in (None, token[0])) or (b not in (None, token[1])):
                raise ValueError("`pair` names other records than the keys beside it do: was the row moved in part?")
            return token
    if a is None or b is None:
        sides = " and ".join(side for side, record in (("a", a), ("b", b)) if record is None)
        raise ValueError(f"no record is held by the key of side {sides} (system, object, source_id)")
    if a == b:
        raise ValueError("both sides are the same record")
    return a, b


def _keys_by_id(store: Store, ids: list[int]) -> dict[int, RecordKey]:
    if not ids:
        return {}
    query = sa.text(
        "SELECT record_id, system, object, source_id FROM mdm.record_key WHERE record_id = any(CAST(:ids AS bigint[]))"
    )
    with store.begin() as connection:
        return {r: RecordKey(s, o, i) for r, s, o, i in connection.execute(query, {"ids": ids})}


def _truth_rows(store: Store, rows: list[Row], refused: list[Refused]) -> list[TruthRow]:
    keys = [key_of(row.cells, "") for row in rows]
    known = records_by_key(store, [k for k in keys if k is not None])
    found = []
    for row, key in zip(rows, keys, strict=True):
        record = known.get(key) if key is not None else None
        if record is None:
            refused.append(Refused(row.line, "no record is held by this key (system, object, source_id)"))
        elif not row.cells["entity_id"]:
            refused.append(Refused(row.line, "no entity_id"))
        else:
            found.append(TruthRow(record, row.cells["entity_id"]))
    return found


def _keep(store: Store, said: list[_Said], *, file: str, actor: str, now: datetime) -> tuple[int, int]:
    """Appends what is new; answers how many answers that was, and about how many pairs both was said."""
    last: dict[tuple[int, int], _Said] = {}
    both: set[tuple[int, int]] = set()
    for answer in sorted(said, key=lambda s: (s.at or now, s.line)):
        before = last.get(answer.pair)
        if before is not None and before.is_match != answer.is_match:
            both.add(answer.pair)
        last[answer.pair] = answer
    with store.begin() as connection:
        # one import at a time, so that two of the same file do not both find its answers new
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('mdm.label'))"))
        held = {(a.record_a, a.record_b): a.is_match for a in answers(connection)}
        labelled, stated = _labelled(connection), _stated(connection)
        fresh = []
        for pair, answer in sorted(last.items()):
            if held.get(pair, answer.is_match) != answer.is_match:
                both.add(pair)
            if answer.at is None:
                known = labelled.get(pair) == answer.is_match
            else:
                known = (*pair, answer.is_match, answer.at, answer.by) in stated
            if not known:
                fresh.append(replace(answer, at=answer.at or now))
        rows = [_row(answer, file=file, now=now) for answer in fresh]
        for start in range(0, len(rows), _ROWS_AN_INSERT):
            connection.execute(sa.insert(label), rows[start : start + _ROWS_AN_INSERT])
        if rows:
            counts = {"new": len(rows), "contradicting": len(both)}
            record(connection, Entry("labels_imported", actor, now, {"counts": counts}))
    return len(rows), len(both)


def _labelled(connection: sa.Connection) -> dict[tuple[int, int], bool]:
    """What labels alone say of each pair, decisions aside: these can be revoked."""
    c = label.c
    query = sa.select(c.record_a, c.record_b, c.is_match).order_by(c.said_at, c.imported_at)
    return {(a, b): same for a, b, same in connection.execute(query)}


def _stated(connection: sa.Connection) -> set[tuple[int, int, bool, datetime, str]]:
    """Everything said so far, word for word; decisions too, which `mdm labels export` writes among the labels."""
    c, d = label.c, match_constraint.c
    query = sa.union_all(
        sa.select(c.record_a, c.record_b, c.is_match, c.said_at, c.actor),
        sa.select(d.record_a, d.record_b, d.kind == "must_link", d.created_at, d.actor),
    )
    return {(a, b, same, at.astimezone(UTC), by) for a, b, same, at, by in connection.execute(query)}


def _row(answer: _Said, *, file: str, now: datetime) -> dict[str, object]:
    a, b = answer.pair
    return {
        "label_id": uuid4(),
        "record_a": a,
        "record_b": b,
        "is_match": answer.is_match,
        "actor": answer.by,
        "comment": answer.comment,
        "said_at": answer.at,
        "imported_at": now,
        "file": file,
    }


def lines_of(refused: Iterable[Refused]) -> list[str]:
    """Refused rows in words, one a line."""
    return [f"line {r.line}: {r.reason}" for r in refused]
