"""Columns as predicates and measures read them: by name, of both sides of a pair."""

from __future__ import annotations

from collections.abc import Mapping


def known(column: object, columns: Mapping[str, str]) -> str:
    """The column's name; ValueError when the rules have no such column."""
    if not isinstance(column, str) or column not in columns:
        raise ValueError(f"no column is called {column!r}")
    return column


def sides(key: str, column: str) -> dict[str, str]:
    """What ``$<key>_l`` and ``$<key>_r`` of a template stand for."""
    return {f"{key}_l": f'"{column}_l"', f"{key}_r": f'"{column}_r"'}
