"""Pieces of canonical JSON a matching column is written as: ``"emails":["a@b.org"]``, ``"given":null``."""

from __future__ import annotations

from collections.abc import Iterable

from mdm.standardise.values import quoted


def listed(name: str, texts: Iterable[str]) -> str:
    """A column of several texts, in the order given."""
    return f'"{name}":[{",".join(map(quoted, texts))}]'


def single(name: str, text: str | None) -> str:
    """A column of one text, or of none."""
    return f'"{name}":{quoted(text) if text else "null"}'


def listed_once(name: str, texts: list[str]) -> str:
    """A column of several texts, sorted and each once, blank ones left out."""
    if len(texts) == 1:
        return f'"{name}":[{quoted(texts[0])}]' if texts[0] else f'"{name}":[]'
    return listed(name, sorted({t for t in texts if t}))
