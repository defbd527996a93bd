"""The statements of this package."""

from __future__ import annotations

from mdm.statements import statement


def query(name: str) -> str:
    """The SELECT of ``sql/<name>.sql``."""
    return statement("mdm.resolve", name)
