"""The standardiser's version: a digest of its code, its reference lists and the field libraries it rests on."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

_LIBRARIES = ("anyascii", "cleanco", "email-validator", "nameparser", "nicknames", "phonenumbers", "pycountry")


@lru_cache(maxsize=1)
def standardiser_version() -> str:
    """Twelve hex digits; a change means that every record is to be standardised again."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted([*here.glob("*.py"), *here.glob("data/*")]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    for library in _LIBRARIES:
        digest.update(f"{library}={version(library)}\0".encode())
    return digest.hexdigest()[:12]
