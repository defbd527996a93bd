"""Statements kept beside the code that runs them: one SELECT in one ``.sql`` file, read once."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def statement(package: str, name: str) -> str:
    """The text of ``sql/<name>.sql`` of a package; call it as ``statement(__package__, "name")``."""
    return files(package).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
