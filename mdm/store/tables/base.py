"""What every table family shares: the metadata with its naming rules, short words for columns, and the append-only
mark.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSON, JSONB, UUID

from mdm.model import EntityType

SCHEMA = "mdm"

metadata = sa.MetaData(
    schema=SCHEMA,
    naming_convention={
        "pk": "%(table_name)s_pk",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_index",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "fk": "%(table_name)s_%(column_0_N_name)s_fk",
    },
)

ENTITY_TYPES = tuple(EntityType)
GRADES = ("match", "potential_match", "no_match")


def text(name: str, *parts: Any, **options: Any) -> sa.Column[str]:
    """A text column, required unless ``nullable=True``."""
    return sa.Column(name, sa.Text, *parts, **{"nullable": False, **options})


def number(name: str, *parts: Any, **options: Any) -> sa.Column[int]:
    """A bigint column, required unless ``nullable=True``."""
    return sa.Column(name, sa.BigInteger, *parts, **{"nullable": False, **options})


def whole(name: str, *parts: Any, **options: Any) -> sa.Column[int]:
    """An integer column, required unless ``nullable=True``."""
    return sa.Column(name, sa.Integer, *parts, **{"nullable": False, **options})


def weight(name: str, *parts: Any, **options: Any) -> sa.Column[float]:
    """A double precision column (log2 match weights, priorities), required unless ``nullable=True``."""
    return sa.Column(name, sa.Double, *parts, **{"nullable": False, **options})


def uuid(name: str, *parts: Any, **options: Any) -> sa.Column[Any]:
    """A uuid column, required unless ``nullable=True``."""
    return sa.Column(name, UUID(as_uuid=True), *parts, **{"nullable": False, **options})


def moment(name: str, *parts: Any, **options: Any) -> sa.Column[Any]:
    """A timestamptz column, required unless ``nullable=True``."""
    return sa.Column(name, sa.DateTime(timezone=True), *parts, **{"nullable": False, **options})


def flag(name: str, *parts: Any, **options: Any) -> sa.Column[bool]:
    """A boolean column, required."""
    return sa.Column(name, sa.Boolean, *parts, **{"nullable": False, **options})


def document(name: str, **options: Any) -> sa.Column[Any]:
    """A json column: kept as written, never searched. Python None is SQL NULL."""
    return sa.Column(name, JSON(none_as_null=True), **{"nullable": False, **options})


def searchable(name: str, **options: Any) -> sa.Column[Any]:
    """A jsonb column. Python None is SQL NULL."""
    return sa.Column(name, JSONB(none_as_null=True), **{"nullable": False, **options})


def one_of(column: str, values: Iterable[str]) -> sa.CheckConstraint:
    """CHECK that ``column`` is one of ``values``; we use text and CHECK, not enum types."""
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} in ({listed})", name=column)


def origins() -> sa.Column[Any]:
    """Of a row that a rollback opened again: the runs that opened it before, the deciding one first; else null."""
    return sa.Column("origins", ARRAY(UUID(as_uuid=True)), nullable=True)


def append_only(*closing: str) -> dict[str, tuple[str, ...]]:
    """``info`` of a table whose rows are never deleted and where only the ``closing`` columns may ever be updated.

    The database refuses anything else by a trigger, unless the transaction said ``SET LOCAL mdm.rewrite = 'on'``
    (erasing a person is the one reason to).
    """
    return {"append_only": closing}
