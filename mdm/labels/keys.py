"""Record keys as files spell them, found among the records held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from mdm.model import RecordKey
from mdm.statements import statement
from mdm.store.engine import Store


def key_of(cells: Mapping[str, str], side: str) -> RecordKey | None:
    """The key in a row's cells (``side``: what their names end with); None when a part is missing."""
    parts = [cells.get(f"{name}{side}", "") for name in ("system", "object", "source_id")]
    return RecordKey(*parts) if all(parts) else None


def records_by_key(store: Store, keys: Iterable[RecordKey]) -> dict[RecordKey, int]:
    """Record ids of keys, spelt as given: system and object without regard to case, the id verbatim."""
    wanted = sorted(set(keys))
    with store.begin() as connection:
        known = connection.execute(sa.text("SELECT DISTINCT system, object FROM mdm.ingest_batch")).all()
        spelt = {(system.lower(), object_.lower()): (system, object_) for system, object_ in known}
        exact = [(*spelt.get((k.system.lower(), k.object.lower()), (k.system, k.object)), k.source_id) for k in wanted]
        found = connection.execute(
            sa.text(statement(__package__, "records_by_key")),
            {name: [key[i] for key in exact] for i, name in enumerate(("systems", "objects", "source_ids"))},
        )
        return {wanted[place - 1]: record for place, record in found}
