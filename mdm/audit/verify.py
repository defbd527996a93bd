"""Checking the chain: every link is computed again from what stands there, and the first that differs is named."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from mdm.audit.chain import BEGINNING, digest_of
from mdm.store.engine import Store
from mdm.store.tables import audit_entry, audit_link

_AT_ONCE = 10_000


@dataclass(frozen=True)
class Verdict:
    """``broken`` is the first link that does not hold, None when all do; ``head`` the digest to note elsewhere: a chain
    cut off at its end is whole in itself, and only what was noted tells.
    """

    links: int
    entries: int
    head: str
    broken: int | None = None
    reason: str | None = None


def verify(store: Store, *, noted: tuple[int, str] | None = None) -> Verdict:
    """Computes the chain anew, from its beginning. ``noted``: number and digest of a link as noted elsewhere."""
    links = entries = 0
    head = BEGINNING
    with store.begin() as connection:
        connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        with closing(_links(connection)) as chain:
            for link, rows in chain:
                reason = _broken(link, rows, expected=links + 1, head=head, noted=noted)
                if reason is not None:
                    return Verdict(links, entries, head, broken=links + 1, reason=reason)
                links, entries, head = link.number, entries + len(rows), link.digest
        stray = connection.scalar(
            sa.select(sa.func.min(audit_entry.c.number)).where(
                ~sa.exists().where(audit_link.c.number == audit_entry.c.number)
            )
        )
    if stray is not None:
        return Verdict(links, entries, head, broken=stray, reason="its entries stand there without it")
    if noted is not None and noted[0] > links:
        return Verdict(
            links, entries, head, broken=links + 1, reason=f"the chain ends before the noted link {noted[0]}"
        )
    return Verdict(links, entries, head)


def _broken(
    link: sa.Row[Any], rows: list[sa.Row[Any]], *, expected: int, head: str, noted: tuple[int, str] | None
) -> str | None:
    if link.number != expected:
        return "it is missing"
    if link.previous != head:
        return "it names another link before it"
    if len(rows) != link.entries:
        return f"it had {link.entries} entries and has {len(rows)}"
    if digest_of(head, link.number, [(r.at, r.actor, r.action, r.subject) for r in rows]) != link.digest:
        return "its entries are not those it was made of"
    if noted is not None and noted[0] == link.number and noted[1] != link.digest:
        return "its digest is not the noted one: the chain was made anew"
    return None


def _links(connection: sa.Connection) -> Generator[tuple[sa.Row[Any], list[sa.Row[Any]]], None, None]:
    """Every link with its entries, in order."""
    e, k = audit_entry.c, audit_link.c
    query = (
        sa.select(k.number, k.previous, k.digest, k.entries, e.position, e.at, e.actor, e.action, e.subject)
        .join_from(audit_link, audit_entry, e.number == k.number, isouter=True)
        .order_by(k.number, e.position)
        .execution_options(yield_per=_AT_ONCE)
    )
    with closing(connection.execute(query)) as result:
        found: Any = result  # of many columns, which are told by their names
        for _, group in groupby(found, key=lambda row: row.number):
            rows = list(group)
            yield rows[0], [row for row in rows if row.position is not None]
