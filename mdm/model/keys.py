"""The two identities of the house: the key a system gave a record, and the golden id we give a customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType
from uuid import UUID

GoldenId = NewType("GoldenId", UUID)


@dataclass(frozen=True, order=True)
class RecordKey:
    """System, object and that system's own id, verbatim. Ids may hold any character, slashes too (Shopify gids)."""

    system: str
    object: str
    source_id: str

    @classmethod
    def parse(cls, text: str) -> RecordKey:
        """Reads ``system/object/id``; all behind the second slash is the id. ValueError when a part is missing."""
        parts = text.split("/", 2)
        if len(parts) != 3 or not all(parts):
            raise ValueError(f"a record key reads SYSTEM/OBJECT/ID, got {text!r}")
        return cls(*parts)

    def __str__(self) -> str:
        return f"{self.system}/{self.object}/{self.source_id}"
