"""The truth file of an evaluation, read as text and checked."""

from __future__ import annotations

from pathlib import Path

import duckdb
from duckdb import ColumnExpression, ConstantExpression, DuckDBPyConnection

from mdm.errors import RefusedInput

_EXPECTED = "expected a CSV file with the columns system (or source), object, source_id, entity_id"


def read_truth(duck: DuckDBPyConnection, path: Path) -> bool:
    """Makes table ``truth_file`` (line, system, object, source_id, entity_id); answers whether the file names objects.

    RefusedInput names the file and what was expected.
    """
    if not path.is_file():
        raise RefusedInput(f"{path}: there is no such file; {_EXPECTED}")
    try:
        file = duck.read_csv(str(path), header=True, all_varchar=True, delimiter=",", quotechar='"', escapechar='"')
        system = next((name for name in ("system", "source") if name in file.columns), None)
        with_object = "object" in file.columns
        if system is None or not {"source_id", "entity_id"} <= set(file.columns):
            raise RefusedInput(f"{path}: {_EXPECTED}; found {', '.join(file.columns)}")
        named = ColumnExpression("object") if with_object else ConstantExpression(None).cast("VARCHAR")
        file.row_number("OVER ()", "row_number() OVER () AS line, *").select(
            ColumnExpression("line"),
            ColumnExpression(system).alias("system"),
            named.alias("object"),
            ColumnExpression("source_id"),
            ColumnExpression("entity_id"),
        ).create("truth_file")
    except duckdb.Error as error:
        raise RefusedInput(f"{path}: cannot be read ({type(error).__name__}); {_EXPECTED}") from error
    return with_object
