"""The texts of this package's ``queries/*.sql``."""

from __future__ import annotations

from pathlib import Path

from matching_rules.statements import read_statement

_FOLDER = Path(__file__).parent / "queries"


def query(name: str) -> str:
    """The statement of ``queries/<name>.sql``, without its header."""
    return read_statement(_FOLDER / f"{name}.sql").template
