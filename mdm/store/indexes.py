"""First loads: empty tables are filled without their secondary indexes and without a log of every row.

Indexes built at the end cost a fraction of rows added one by one. A table that was emptied in the transaction that
fills it needs no log where the server keeps none for others (``wal_level`` minimal, as ours does), and its rows are
written as finished ones (``COPY ... FREEZE``), so that who reads them first need not write them again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

_FILLING = "mdm_filling"


@contextmanager
def without_secondary_indexes(connection: sa.Connection, *tables: sa.Table) -> Iterator[tuple[sa.Table, ...]]:
    """Drops the non-unique indexes of those tables that are empty, and builds them again at the end, in this
    transaction; ``copy_into`` meanwhile writes these tables as a first load's.

    Answers the tables it did so for. Tables with rows are left alone, so that a nightly run may use it always. An
    empty table is locked against others until the transaction ends. Which indexes a table has is read from its
    metadata.
    """
    empty = tuple(table for table in tables if _is_empty(connection, table) and _begin_anew(connection, table))
    for table in empty:
        for index in secondary_indexes(table):
            index.drop(connection, checkfirst=True)
    before = connection.info.get(_FILLING, frozenset())
    connection.info[_FILLING] = before | {table.fullname for table in empty}
    try:
        yield empty
    finally:
        connection.info[_FILLING] = before
    for table in empty:
        for index in secondary_indexes(table):
            index.create(connection)
        connection.exec_driver_sql(f"analyze {table.fullname}")


def is_filled_at_once(connection: sa.Connection, table: sa.Table) -> bool:
    """Whether the table is being filled inside ``without_secondary_indexes`` that found it empty."""
    return table.fullname in connection.info.get(_FILLING, frozenset())


def secondary_indexes(table: sa.Table) -> tuple[sa.Index, ...]:
    """The indexes that speed reading only, by name."""
    return tuple(sorted((index for index in table.indexes if not index.unique), key=lambda index: str(index.name)))


def _begin_anew(connection: sa.Connection, table: sa.Table) -> bool:
    """Gives an empty table new files. False, and nothing done, when somebody has written to it meanwhile."""
    connection.exec_driver_sql(f"lock table {table.fullname} in access exclusive mode")
    if not _is_empty(connection, table):
        return False
    # the trigger of tables that only grow refuses any truncation; here nothing is taken away
    connection.exec_driver_sql("set local mdm.rewrite = 'on'")
    connection.exec_driver_sql(f"truncate {table.fullname}")
    connection.exec_driver_sql("set local mdm.rewrite = 'off'")
    return True


def _is_empty(connection: sa.Connection, table: sa.Table) -> bool:
    return not connection.scalar(sa.select(sa.exists(sa.select(sa.literal(1)).select_from(table))))
