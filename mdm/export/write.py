"""One export: a SELECT streamed out of PostgreSQL, written as CSV or Parquet beside its place, then put there in one
move.

CSV is RFC 4180, UTF-8, with a header; NULL is nothing and an empty string is ``""``. Values are written as they are:
text that a spreadsheet would take for a formula (``=``, ``+49 ...``) is not altered, because these files are read by
programs and must come back as they went. Open them in a spreadsheet as text.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import duckdb
from duckdb import ColumnExpression, DuckDBPyRelation

from mdm.errors import MdmError, RefusedInput
from mdm.export.columns import with_columns
from mdm.settings import Settings
from mdm.statements import statement
from mdm.store.bridge import open_duckdb, read_table
from mdm.store.engine import Store
from mdm.store.tables import CHANGE_STATES, TASK_STATES


class Export(StrEnum):
    """What can be exported."""

    CROSS_REFERENCES = "cross-references"
    GOLDEN_RECORDS = "golden-records"
    HOUSEHOLDS = "households"
    REVIEW_TASKS = "review-tasks"
    PROPOSED_CHANGES = "proposed-changes"


@dataclass(frozen=True)
class _Plan:
    query: str
    order: tuple[str, ...]
    states: tuple[str, ...] = ()
    default_states: tuple[str, ...] = ()


_PLANS = {
    Export.CROSS_REFERENCES: _Plan("cross_references", ("system", "object", "source_id")),
    Export.GOLDEN_RECORDS: _Plan("golden_records", ("golden_id",)),
    Export.HOUSEHOLDS: _Plan("households", ("household_id", "golden_id")),
    Export.REVIEW_TASKS: _Plan("review_tasks", ("opened_at", "task_id"), TASK_STATES, ("open",)),
    Export.PROPOSED_CHANGES: _Plan(
        "proposed_changes",
        ("system", "object", "source_id", "attribute", "opened_at"),
        CHANGE_STATES,
        ("proposed", "approved"),
    ),
}


def export(
    store: Store, settings: Settings, *, what: Export | str, out: Path, states: Sequence[str] | None = None
) -> int:
    """Writes ``what`` to ``out``, CSV or Parquet by its ending, and answers the number of rows.

    Review tasks are the open ones and proposed changes those proposed or approved, unless ``states`` says otherwise.
    Rows come in a fixed order. The file appears whole or not at all; RefusedInput for an unknown ending, export,
    state or folder.
    """
    plan = _PLANS[_export_of(what)]
    write = _writer(out)
    chosen = tuple(states) if states is not None else plan.default_states
    if unknown := sorted(set(chosen) - set(plan.states)):
        raise RefusedInput(f"{what} has no state {', '.join(unknown)}; it has {', '.join(plan.states) or 'none'}")
    params = {"states": list(chosen)} if plan.states else None
    with open_duckdb(settings) as duck:
        rows = read_table(store, sql=statement(__package__, plan.query), duck=duck, name="exported", params=params)
        relation = duck.table("exported")
        relation = with_columns(relation) if plan.query == "golden_records" else relation
        _put(relation.sort(*map(ColumnExpression, plan.order)), out, write)
    return rows


def waiting_records(store: Store) -> int:
    """How many live source records wait for their first run, and are therefore in no export."""
    with store.begin() as connection:
        return int(connection.exec_driver_sql(statement(__package__, "waiting")).scalar_one())


def _export_of(what: Export | str) -> Export:
    try:
        return Export(what)
    except ValueError:
        raise RefusedInput(f"there is no export {what!r}; there are {', '.join(Export)}") from None


_Write = Callable[[DuckDBPyRelation, str], None]


def _writer(out: Path) -> _Write:
    name = out.name.lower()
    if name.endswith((".csv", ".csv.gz")):
        compression = "gzip" if name.endswith(".gz") else "none"
        return lambda relation, file: relation.write_csv(file, header=True, na_rep="", compression=compression)
    if name.endswith(".parquet"):
        return lambda relation, file: relation.write_parquet(file, compression="zstd")
    raise RefusedInput(f"{out}: the file must end in .csv, .csv.gz or .parquet")


def _put(relation: DuckDBPyRelation, out: Path, write: _Write) -> None:
    """Writes beside ``out`` and renames: a reader never sees half a file, a failure leaves the old one."""
    if out.is_dir() or not out.parent.is_dir():
        raise RefusedInput(f"{out}: " + ("is a folder" if out.is_dir() else f"the folder {out.parent} does not exist"))
    part = out.with_name(f".{out.name}.{secrets.token_hex(4)}.part")
    try:
        write(relation, str(part))
        part.replace(out)
    except (OSError, duckdb.IOException) as error:
        raise MdmError(f"{out}: could not be written ({type(error).__name__})") from error
    finally:
        part.unlink(missing_ok=True)
