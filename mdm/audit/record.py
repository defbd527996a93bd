"""Appending to the trail: what one transaction did becomes one link of the chain, saved with it or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from mdm.audit.chain import BEGINNING, digest_of
from mdm.store.locks import hold_audit_lock
from mdm.store.tables import audit_entry, audit_link


@dataclass(frozen=True)
class Entry:
    """One thing somebody did. ``subject`` says to what, by ids, names of attributes and systems, and counts: texts,
    whole numbers, booleans and lists or mappings of them. No value of a customer, no reason in words, no source id.
    """

    action: str
    actor: str
    at: datetime
    subject: Mapping[str, Any] = field(default_factory=dict)


def record(connection: sa.Connection, *entries: Entry) -> str:
    """Appends the entries as one link, in the caller's transaction, and answers its digest.

    Say it once and last: from here to the end of the transaction every other one that has something to record waits.
    ValueError for a subject that JSON would not give back as it was.
    """
    if not entries:
        raise ValueError("a link without entries says nothing")
    for entry in entries:
        _check(entry.subject)
    hold_audit_lock(connection)
    newest = sa.select(audit_link.c.number, audit_link.c.digest).order_by(audit_link.c.number.desc()).limit(1)
    number, previous = connection.execute(newest).one_or_none() or (0, BEGINNING)
    number += 1
    digest = digest_of(previous, number, [(e.at, e.actor, e.action, e.subject) for e in entries])
    link = {"number": number, "previous": previous, "digest": digest, "entries": len(entries)}
    connection.execute(sa.insert(audit_link).values(**link))
    connection.execute(
        sa.insert(audit_entry),
        [
            {
                "number": number,
                "position": place,
                "at": e.at,
                "actor": e.actor,
                "action": e.action,
                "subject": dict(e.subject),
            }
            for place, e in enumerate(entries)
        ],
    )
    return digest


def whole_numbers(counts: Mapping[str, Any]) -> dict[str, int]:
    """Of counts what a subject can hold."""
    return {name: n for name, n in counts.items() if isinstance(n, int)}


def _check(value: Any) -> None:
    """jsonb gives numbers with a fraction back in another form than they came: their digest would not hold."""
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise ValueError("keys of a subject are texts")
        for item in value.values():
            _check(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _check(item)
    elif value is not None and not isinstance(value, str | int):
        raise ValueError(f"a subject holds texts and whole numbers, not {type(value).__name__}")
