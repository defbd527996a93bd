"""Figures by segment: what kind of records come out well, and what kind does not."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from duckdb import DuckDBPyConnection

from mdm.evaluate.figures import Figures, pair_figures
from mdm.evaluate.report import Segment, SegmentFigures
from mdm.evaluate.steps import make, rows
from mdm.statements import statement

_SAYS = {
    "entity type": "what our systems hold the record to be",
    "facts on the record": "how many of these six it has a usable value for: name, birth date, e-mail, phone, address"
    " or postcode, number (loyalty, tax, registration, customer)",
    "shared contacts": "who else carries one of the record's e-mails, phones or addresses, by the truth",
    "country": "the country of the record's addresses",
}
"""The segments in their order, and how each is defined."""


def measure_segments(duck: DuckDBPyConnection) -> tuple[Segment, ...]:
    """The segments of ``labelled`` records that are here, by what ``standardised`` knows of them."""
    for table in ("trait", "contact", "segment"):
        make(duck, table, statement(__package__, table))
    found = {name: tuple(values) for name, values in groupby(rows(duck, "segment_figures"), lambda r: r["segment"])}
    duck.execute("DROP TABLE segment; DROP TABLE contact; DROP TABLE trait").fetchall()
    return tuple(Segment(name, says, tuple(map(_figures, found.get(name, ())))) for name, says in _SAYS.items())


def _figures(row: dict[str, Any]) -> SegmentFigures:
    return SegmentFigures(
        value=row["value"],
        records=row["records"],
        entities=row["entities"],
        exact=row["exact"],
        true_pairs=row["pairs_true"],
        made_pairs=row["pairs_golden"],
        pairwise=pair_figures(right=row["pairs_both"], made=row["pairs_golden"], true=row["pairs_true"]),
        bcubed=Figures(row["bcubed_precision"] / row["records"], row["bcubed_recall"] / row["records"]),
    )
