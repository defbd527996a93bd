"""The short name of a proposed pair, by which it is found again when a spreadsheet has spoilt the ids beside it.

Spreadsheets drop leading zeros and round long numbers. A token survives them, and holds a digest of both record keys,
so
that one made in another database is known for what it is.
"""

from __future__ import annotations

import hashlib
import re

from mdm.model import RecordKey

_FORM = re.compile(r"r(\d{1,18})-r(\d{1,18})-([0-9a-f]{8})x")


def pair_token(first: int, second: int, keys: tuple[RecordKey, RecordKey]) -> str:
    """The token of two records by their ids and keys."""
    return f"r{first}-r{second}-{_digest(keys)}x"


def records_of(token: str) -> tuple[int, int] | None:
    """The record ids a token names; None when it is none."""
    found = _FORM.fullmatch(token.strip())
    return None if found is None else (int(found[1]), int(found[2]))


def names(token: str, keys: tuple[RecordKey, RecordKey]) -> bool:
    """Whether the token was made for the records with these keys."""
    found = _FORM.fullmatch(token.strip())
    return found is not None and found[3] == _digest(keys)


def _digest(keys: tuple[RecordKey, RecordKey]) -> str:
    text = "\x1f".join(part for key in keys for part in (key.system, key.object, key.source_id))
    return hashlib.sha256(text.encode()).hexdigest()[:8]
