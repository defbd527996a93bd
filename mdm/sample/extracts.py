"""The extract files of both days, with the truth beside them: every record lands where its fate says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from mdm.sample import formats
from mdm.sample.draws import Draws
from mdm.sample.spool import ShuffledFile


class Fate(Enum):
    """What the next day brings for a record: nothing, its first appearance, a change, or its deletion."""

    PLAIN = "plain"
    NEW = "new"
    CHANGED = "changed"
    DELETED = "deleted"


@dataclass(frozen=True)
class Source:
    """One source object and the file it is exported to; JSON Lines have no header."""

    system: str
    object: str
    file: str
    header: str = ""


CONTACT = Source("salesforce", "Contact", "salesforce_contact.csv", formats.CONTACT)
ACCOUNT = Source("salesforce", "Account", "salesforce_account.csv", formats.ACCOUNT)
LEAD = Source("salesforce", "Lead", "salesforce_lead.csv", formats.LEAD)
NETSUITE = Source("netsuite", "customer", "netsuite_customer.jsonl")
SHOPIFY = Source("shopify", "Customer", "shopify_customer.jsonl")
ORDER = Source("shopify", "Order", "shopify_order.jsonl")
LOYALTY = Source("loyalty", "Member", "loyalty_member.csv", formats.MEMBER)
ZENDESK = Source("zendesk", "user", "zendesk_user.jsonl")
TICKET = Source("zendesk", "ticket", "zendesk_ticket.jsonl")
SOURCES = (CONTACT, ACCOUNT, LEAD, NETSUITE, SHOPIFY, ORDER, LOYALTY, ZENDESK, TICKET)
_TRUTH_HEADER = "source,object,source_id,entity_id"
_HOUSEHOLD_HEADER = "entity_id,household_id"


class Extracts:
    """Collects lines and truth, and writes the files on ``close`` (state: the open files)."""

    def __init__(self, out: Path, *, buckets: int, draws: Draws) -> None:
        self._out = out
        (out / "delta").mkdir(parents=True, exist_ok=True)
        self._base = {s: _file(out, s, buckets=buckets, draws=draws) for s in SOURCES}
        self._delta = {s: _file(out / "delta", s, buckets=1, draws=draws) for s in SOURCES}
        self._truth: list[str] = []
        self._delta_truth: list[str] = []
        self._seen: set[str] = set()
        self._delta_seen: set[str] = set()

    @property
    def entities(self) -> int:
        """How many customers have a record on the first day."""
        return len(self._seen)

    def add(self, source: Source, *, source_id: str, entity: str, fate: Fate, today: str, tomorrow: str) -> None:
        """One source record: its line of today (not for NEW) and of tomorrow (not for PLAIN)."""
        row = f"{source.system},{source.object},{source_id},{entity}"
        if fate is not Fate.NEW:
            self._base[source].add(today)
            self._truth.append(row)
            self._seen.add(entity)
        if fate is not Fate.PLAIN:
            self._delta[source].add(tomorrow)
        if fate is not Fate.DELETED:
            self._delta_truth.append(row)
            self._delta_seen.add(entity)

    def attach(self, source: Source, line: str, *, next_day: bool) -> None:
        """A line that is no record of its own: an order, a ticket, a child line."""
        (self._delta if next_day else self._base)[source].add(line)

    def close(self, households: Iterable[tuple[str, str]]) -> dict[str, int]:
        """Writes everything and gives the rows per file; ``households`` is (entity, household) of every person."""
        rows = {}
        for file in self._base.values():
            file.close()
            rows[file.path.name] = file.rows
        for file in self._delta.values():
            # a system that has nothing to say the next day sends no file
            if file.rows:
                file.close()
                rows[f"delta/{file.path.name}"] = file.rows
            else:
                file.path.unlink(missing_ok=True)
        members = list(households)
        for name, held, seen in (
            ("", self._truth, self._seen),
            ("delta/", self._delta_truth, self._delta_seen),
        ):
            held.sort()
            rows[f"{name}truth.csv"] = _write(self._out / f"{name}truth.csv", _TRUTH_HEADER, held)
            kept = [f"{entity},{household}" for entity, household in members if entity in seen]
            path = self._out / f"{name}truth_households.csv"
            rows[f"{name}truth_households.csv"] = _write(path, _HOUSEHOLD_HEADER, kept)
        return rows


def _file(folder: Path, source: Source, *, buckets: int, draws: Draws) -> ShuffledFile:
    ending = "\r\n" if source.header else "\n"
    return ShuffledFile(folder / source.file, header=source.header, ending=ending, buckets=buckets, draws=draws)


def _write(path: Path, header: str, rows: list[str]) -> int:
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write(header + "\r\n")
        out.writelines(row + "\r\n" for row in rows)
    return len(rows)
