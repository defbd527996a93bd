"""Who lives together is told beside who is who: it changes no golden record, and follows the customers as they move."""

from __future__ import annotations

import json
from pathlib import Path

import golden_record

SHIPPED = (Path(golden_record.__file__).parent / "households.yaml").read_text()

ANN = {"Id": "A1", "FirstName": "Ann", "LastName": "Reed", "Email": "ann.reed@example.net", "MobilePhone": "2125550110"}
BOB = {"Id": "B1", "FirstName": "Bob", "LastName": "Reed", "Email": "bob.reed@example.net", "MobilePhone": "2125550111"}
CID = {"Id": "C1", "FirstName": "Cid", "LastName": "Mora", "Email": "cid.mora@example.net", "MobilePhone": "2125550112"}
OAK = {"MailingStreet": "12 Oak Street", "MailingCity": "Montrose", "MailingState": "CA", "MailingPostalCode": "91020"}
ELM = {"MailingStreet": "7 Elm Road", "MailingCity": "New York", "MailingState": "NY", "MailingPostalCode": "10001"}
A, B, C = (f"salesforce/Contact/{i}" for i in ("A1", "B1", "C1"))


def homes(hub):
    """The households by the keys of their people's records."""
    return {frozenset(key for keys, _ in home for key in keys) for home in hub.households()}


def test_a_household_is_shown_exported_and_follows_a_move(hub, tmp_path):
    hub.contacts({**ANN, **OAK}, {**BOB, **OAK}, {**CID, **ELM})
    hub.nightly()
    assert homes(hub) == {frozenset({A, B})}
    said = json.loads(hub.command("show", A, "--json").stdout)["household"]
    assert said["reason"] == "same address and last name"
    assert [(m["name"], m["golden_id"]) for m in said["others"]] == [("Bob Reed", str(hub.golden_ids()[B]))]
    assert "Bob Reed" in hub.command("show", A).stdout
    assert json.loads(hub.command("show", C, "--json").stdout)["household"] is None
    done = hub.command("export", "households", "--out", str(tmp_path / "h.csv"))
    assert done.returncode == 0, done.stderr
    header, *rows = (tmp_path / "h.csv").read_text().splitlines()
    assert header == "household_id,golden_id,reason,basis,actor,since"
    assert {row.split(",")[1] for row in rows} == {str(hub.golden_ids()[k]) for k in (A, B)}
    # Bob's record now has the address and the phone of Cid
    moved = {"MobilePhone": "2125550112", "SystemModstamp": "2026-10-01T12:00:00.000Z"}
    hub.contacts({**BOB, **ELM, **moved}, now=hub.day(2))
    hub.nightly(now=hub.day(2))
    assert homes(hub) == {frozenset({B, C})}
    held = hub.rows("SELECT count(*), count(*) FILTER (WHERE until IS NULL) FROM mdm.household_member")
    assert held == [(4, 2)]


def test_golden_records_are_the_same_with_households_and_without(loaded, first_day, another_hub):
    told, untold = another_hub(*first_day), another_hub(*loaded)
    rules = untold.settings.home / "rules"
    rules.mkdir()
    nobody = SHIPPED[: SHIPPED.index("together:")] + (
        "together:\n  - {reason: never, share: [unit, contact, last_name, house_number], last_names_at_most: 1,"
        " unless: [same_address]}\n"
    )
    (rules / "households.yaml").write_text(nobody + SHIPPED[SHIPPED.index("child_younger_by") :])
    untold.nightly()
    assert len(told.households()) > 20
    assert untold.households() == set()
    ours, theirs = told.state(), untold.state()
    for part in ours:
        if part != "households":
            assert ours[part] == theirs[part], part


def test_changed_rules_are_in_force_at_the_next_run(hub):
    hub.contacts({**ANN, **OAK}, {**CID, **OAK})
    hub.nightly()
    assert homes(hub) == {frozenset({A, C})}
    rules = hub.settings.home / "rules"
    rules.mkdir()
    lines = [line for line in SHIPPED.splitlines() if "two last names there" not in line]
    (rules / "households.yaml").write_text("\n".join(lines))
    assert hub.command("rules", "check").returncode == 0
    hub.nightly(now=hub.day(2))
    assert homes(hub) == set()
    (rules / "households.yaml").write_text("largest: 3\n")
    failed = hub.command("rules", "check")
    assert failed.returncode == 2
    assert "households.yaml:1: together: Field required" in failed.stdout + failed.stderr
