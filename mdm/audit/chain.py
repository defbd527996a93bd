"""The digest of one link of the chain: what is hashed, byte for byte, so that anybody can compute it again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

BEGINNING = "0" * 64
"""Stands for the digest before the first."""

Row = tuple[datetime, str, str, Mapping[str, Any]]
"""At, actor, action, subject."""


def digest_of(previous: str, number: int, rows: Sequence[Row]) -> str:
    """SHA-256, in hexadecimal, of the digest before, a line feed, and the canonical JSON (UTF-8) of
    ``[number, [[at, actor, action, subject], ...]]``: no spaces, keys in order, letters as they are, times in UTC with
    microseconds.
    """
    said = [number, [[_written(at), actor, action, subject] for at, actor, action, subject in rows]]
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()


def _written(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
