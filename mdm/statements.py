"""Statements kept beside the code that runs them: one SELECT in one ``.sql`` file, read once."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def statement(package: str, name: str) -> str:
    """``sql/<name>.sql`` of a package without its header; call it as ``statement(__package__, "name")``."""
    lines = files(package).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith("--"))
