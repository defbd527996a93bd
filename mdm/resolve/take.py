"""Rows of our own rules and of Python's making, as tables beside those of a resolution."""

from __future__ import annotations

import pyarrow as pa

from mdm.resolve.work import Work


def take(work: Work, name: str, table: pa.Table) -> None:
    """A DuckDB table with the rows of an Arrow table."""
    work.duck.register("arriving", table)
    work.make(name, "SELECT * FROM arriving")
    work.duck.unregister("arriving")
