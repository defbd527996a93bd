"""What an ingest did, in numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Progress = Callable[[str, int, int], None]
"""``progress(file name, bytes read, bytes of the file)``, called now and then while a file is read."""


@dataclass(frozen=True)
class IngestReport:
    """One file. Every row is counted once: rows = new + changed + unchanged + stale + deleted + rejected + skipped.

    ``stale``: older than what is held, or than another row of the same key in the file; ``unchanged`` counts repeated
    rows too; ``deleted``: the source says it is gone; ``skipped``: left out by the mapping's ``only``; ``references``:
    how many of the new and changed are references (orders, cases) rather than source records.
    """

    file: str
    system: str
    object: str
    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    stale: int = 0
    deleted: int = 0
    rejected: int = 0
    skipped: int = 0
    references: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class DirectoryReport:
    """A directory: one report per file that fits a mapping, in the order taken, and the files that fit none."""

    reports: tuple[IngestReport, ...]
    ignored: tuple[str, ...]
