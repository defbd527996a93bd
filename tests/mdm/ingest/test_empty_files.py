"""A file without rows is taken as such; those behind it in a directory are taken too."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

from mdm.ingest import ingest_directory
from mdm.settings import Settings
from mdm.store.engine import Store

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CONTACT = "Id,IsDeleted,FirstName,LastName,Email,SystemModstamp\n1,false,Ana,Lee,,2026-10-01T00:00:00.000Z\n"


def test_an_empty_file_stops_no_other(store: Store, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "salesforce_contact_1.csv.gz").write_bytes(gzip.compress(b""))
    (tmp_path / "salesforce_contact_2.csv").write_bytes(b"\xef\xbb\xbf")
    (tmp_path / "salesforce_contact_3.csv").write_text(CONTACT)
    done = ingest_directory(store, settings, directory=tmp_path, actor="test", now=NOW)
    assert [(r.file, r.rows, r.new) for r in done.reports] == [
        ("salesforce_contact_1.csv.gz", 0, 0),
        ("salesforce_contact_2.csv", 0, 0),
        ("salesforce_contact_3.csv", 1, 1),
    ]
