"""Members of a loyalty programme, taken in and resolved."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mdm.ingest import ingest_file
from mdm.runs import run_nightly
from mdm.settings import Settings
from mdm.store.engine import Store
from mdm.systems import load_mappings

HEADER = (
    "member_id,card_number,first_name,last_name,birth_date,email,mobile,city,state,postal_code,tier,points_balance,"
    "home_store,email_opt_in,sms_opt_in,enrolled_at,updated_at"
)
REST = "gold,5,S1,Y,N,2024-01-01T00:00:00Z,2024-01-02T00:00:00Z"
MEMBERS = {
    1: ("Annabel", "Thornquist", "03/12/1984", "annabel.thornquist@gmail.com", "512-478-0143", "Austin"),
    2: ("Annabel", "Thornquist", "03/12/1984", "annabel.thornquist@gmail.com", "", "Austin"),
    3: ("Annabel", "Thornquist", "03/12/1984", "a.thornquist@web.de", "512-478-0143", "Austin"),
    4: ("Christopher", "Thornquist", "03/12/1984", "annabel.thornquist@gmail.com", "512-478-0143", "Austin"),
    5: ("Annabel", "Thornquist", "07/30/1951", "", "512-478-0143", "Austin"),
    6: ("Wren", "Osterhaus", "01/02/1990", "wren@example.org", "", "Boston"),
    7: ("Wren", "Osterhaus", "", "", "", "Denver"),
    8: ("Lena", "Quimby", "", "lq@example.org", "617-555-0188", "Boston"),
}


@pytest.fixture
def members(store: Store, settings: Settings, tmp_path: Path) -> Store:
    """A store in which ``MEMBERS`` are resolved: 1 to 3 are one customer, everybody else is alone."""
    file, now = tmp_path / "loyalty_member.csv", datetime(2026, 10, 1, 6, tzinfo=UTC)
    lines = [HEADER]
    for number, (first, last, born, email, phone, city) in MEMBERS.items():
        lines.append(f"L{number},,{first},{last},{born},{email},{phone},{city},,,{REST}")
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (mapping,) = [m for m in load_mappings(settings) if m.name == "loyalty/Member"]
    ingest_file(store, settings, path=file, mapping=mapping, actor="test", now=now)
    run_nightly(store, settings, actor="test", now=now)
    return store


@pytest.fixture
def member_truth(tmp_path: Path) -> Callable[..., Path]:
    """Writes a truth file: one letter for each member in order, its customer; ``.`` leaves the member out."""

    def write(letters: str) -> Path:
        path = tmp_path / "truth.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["source", "object", "source_id", "entity_id"])
            rows = enumerate(letters, start=1)
            writer.writerows(["loyalty", "Member", f"L{n}", f"P{letter}"] for n, letter in rows if letter != ".")
        return path

    return write
