"""The answers that count, written as a file that `mdm labels import` takes in again."""

from __future__ import annotations

import csv
from pathlib import Path

from mdm.labels.answers import Listed, listed_answers
from mdm.labels.read import PAIR_COLUMNS
from mdm.store.engine import Store

COLUMNS = (*PAIR_COLUMNS, "by", "at", "comment", "kind")


def export_labels(store: Store, *, out: Path) -> int:
    """Writes a CSV of ``COLUMNS``, the answer said last first; answers how many."""
    said = listed_answers(store)
    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(_cells(answer) for answer in said)
    return len(said)


def _cells(answer: Listed) -> list[str]:
    a, b = answer.record_a, answer.record_b
    keys = [a.system, a.object, a.source_id, b.system, b.object, b.source_id]
    return [*keys, answer.label, answer.by, answer.at.isoformat(), answer.comment or "", answer.kind]
