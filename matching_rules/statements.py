"""Reads ``.sql`` files and fills in identifiers that come from validated rule files or from our own code."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from string import Template

_FOLDER = Path(__file__).parent / "sql"


@cache
def read_statement(path: Path) -> Template:
    """The SELECT of a file without its header comment, as a template."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return Template("\n".join(line for line in lines if not line.lstrip().startswith("--")))


def statement(name: str, **identifiers: str) -> str:
    """The SELECT of this package's ``sql/<name>.sql`` with its ``$names`` filled in. KeyError when one is missing."""
    return read_statement(_FOLDER / f"{name}.sql").substitute(identifiers)
