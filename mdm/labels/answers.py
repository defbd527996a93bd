"""What counts as said about each pair: of imported labels and stewards' decisions in force, the one said last."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import sqlalchemy as sa

from mdm.model import RecordKey
from mdm.statements import statement
from mdm.store.engine import Store


@dataclass(frozen=True)
class Answer:
    """The answer that counts about one pair, the smaller record id first. ``contradicted``: the opposite was said
    too.
    """

    record_a: int
    record_b: int
    is_match: bool
    by: str
    comment: str | None
    at: datetime
    kind: Literal["label", "decision"]
    contradicted: bool


@dataclass(frozen=True)
class Listed:
    """An answer as it is shown and exported, by record keys."""

    record_a: RecordKey
    record_b: RecordKey
    label: str
    by: str
    at: datetime
    comment: str | None
    kind: str
    contradicted: bool


@dataclass(frozen=True)
class Summary:
    """How much was said. ``gone``: pairs of which a record is held no more, or waits for its first run."""

    pairs: int
    match: int
    no_match: int
    contradicted: int
    gone: int
    by_kind: dict[str, int]
    by_whom: dict[str, int]


def answers(connection: sa.Connection) -> list[Answer]:
    """The answer that counts about each pair, by record ids."""
    rows = connection.execute(sa.text(statement(__package__, "answers")))
    return [
        Answer(a, b, same, by, comment, at.astimezone(UTC), kind, contradicted)
        for a, b, same, by, comment, at, kind, contradicted in rows
    ]


def read_answers(store: Store) -> list[Answer]:
    """``answers`` in a transaction of their own."""
    with store.begin() as connection:
        return answers(connection)


def listed_answers(store: Store) -> list[Listed]:
    """Every answer that counts with its record keys, the one said last first."""
    said = read_answers(store)
    keys = keys_of(store, {r for a in said for r in (a.record_a, a.record_b)})
    shown = [
        Listed(keys[a.record_a], keys[a.record_b], in_words(a.is_match), a.by, a.at, a.comment, a.kind, a.contradicted)
        for a in said
    ]
    return sorted(shown, key=lambda s: (-s.at.timestamp(), s.record_a, s.record_b))


def in_words(is_match: bool) -> str:
    """The label as files spell it."""
    return "match" if is_match else "no match"


def keys_of(store: Store, ids: set[int]) -> dict[int, RecordKey]:
    """The keys of records by id."""
    query = sa.text(
        "SELECT record_id, system, object, source_id FROM mdm.record_key WHERE record_id = any(CAST(:ids AS bigint[]))"
    )
    with store.begin() as connection:
        return {r: RecordKey(s, o, i) for r, s, o, i in connection.execute(query, {"ids": sorted(ids)})}


def summary(store: Store) -> Summary:
    """How many pairs were answered, how, by whom, and how many of them can be used."""
    said = read_answers(store)
    ids = sorted({r for a in said for r in (a.record_a, a.record_b)})
    query = sa.text("SELECT record_id FROM mdm.standardised_record WHERE record_id = any(CAST(:ids AS bigint[]))")
    with store.begin() as connection:
        there = set(connection.scalars(query, {"ids": ids}))
    return Summary(
        pairs=len(said),
        match=sum(a.is_match for a in said),
        no_match=sum(not a.is_match for a in said),
        contradicted=sum(a.contradicted for a in said),
        gone=sum(not {a.record_a, a.record_b} <= there for a in said),
        by_kind=dict(sorted(Counter(a.kind for a in said).items())),
        by_whom=dict(Counter(a.by for a in said).most_common()),
    )
