"""The owner's value wins, is proposed to the system that receives it, written out, comes back, and is no news."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime

CONTACT = {"Id": "003A", "FirstName": "Annabel", "LastName": "Thornquist", "Email": "annabel.thornquist@gmail.com"}
CONTACT |= {"Birthdate": "1984-03-12", "MobilePhone": "(512) 478-0143"}
MEMBER = {
    "member_id": "L1",
    "first_name": "Annabel",
    "last_name": "Thornquist",
    "email": "annabel.thornquist@gmail.com",
}
MEMBER |= {"mobile": "(512) 478-0143", "birth_date": "03/12/1984"}


def proposals(hub, *states):
    """(attribute, new value) of proposals for Salesforce in these states."""
    rows = hub.rows(
        "SELECT attribute, new_value FROM mdm.proposed_change WHERE system = 'salesforce' AND state = any(:states)"
        " ORDER BY attribute",
        states=list(states),
    )
    return dict(rows)


def test_a_changed_value_goes_round_once(hub, tmp_path):
    hub.contacts(CONTACT)
    hub.members(MEMBER)
    hub.nightly()
    assert proposals(hub, "proposed", "approved") == {}
    hub.members(MEMBER | {"birth_date": "03/13/1984", "updated_at": "2026-10-01T10:00:00Z"}, now=hub.day(2))
    hub.nightly(now=hub.day(2))
    assert proposals(hub, "proposed") == {"date_of_birth": "1984-03-13"}
    assert hub.golden("loyalty/Member/L1")[0]["date_of_birth"] == "1984-03-13"
    # another run has nothing to add
    hub.nightly(now=hub.day(2))
    assert len(hub.rows("SELECT FROM mdm.proposed_change")) == 1
    done = hub.command("changes", "approve", "--system", "salesforce", "--json")
    assert json.loads(done.stdout) == {"approved": 1}
    done = hub.command("export", "approved-changes", "--system", "salesforce", "--out", str(tmp_path / "out"), "--json")
    assert done.returncode == 0, done.stderr
    (file,) = (tmp_path / "out").iterdir()
    with file.open(newline="") as text:
        (row,) = csv.DictReader(text)
    assert row == {"Id": "003A", "Birthdate": "1984-03-13"}
    # on its way: what was written is not proposed again while Salesforce has not answered
    hub.members(
        MEMBER | {"birth_date": "03/13/1984", "tier": "GOLD", "updated_at": "2026-10-02T10:00:00Z"}, now=hub.day(3)
    )
    hub.nightly(now=hub.day(3))
    assert proposals(hub, "proposed", "approved") == {}
    # it comes back, and is no news
    written = CONTACT | row | {"SystemModstamp": "2026-10-03T00:00:00.000Z"}
    assert hub.contacts(written, now=hub.day(4)).changed == 1
    hub.nightly(now=hub.day(4))
    assert proposals(hub, "proposed", "approved") == {}
    assert [s for (s,) in hub.rows("SELECT state FROM mdm.proposed_change")] == ["exported"]
    assert hub.golden("loyalty/Member/L1")[1]["date_of_birth"][0]["winner"][0] == hub.record_id("loyalty/Member/L1")


def test_a_target_that_answers_with_its_own_value_is_asked_again(hub, tmp_path):
    hub.contacts(CONTACT)
    hub.members(MEMBER | {"birth_date": "03/13/1984"})
    hub.nightly()
    assert hub.command("changes", "approve", "--system", "salesforce").returncode == 0
    out = str(tmp_path / "out")
    assert hub.command("export", "approved-changes", "--system", "salesforce", "--out", out).returncode == 0
    back = CONTACT | {
        "Birthdate": "1984-03-12",
        "LastName": "Thornquist-Ray",
        "SystemModstamp": "2026-10-03T00:00:00.000Z",
    }
    hub.contacts(back, now=datetime.now(UTC))
    hub.nightly(now=None)
    assert "date_of_birth" in proposals(hub, "proposed")


def test_the_erp_is_never_written(resolved):
    assert resolved.value("SELECT count(*) FROM mdm.proposed_change WHERE system = 'netsuite'") == 0
    assert resolved.value("SELECT count(*) FROM mdm.proposed_change") > 50


def test_a_change_a_person_rejected_is_not_proposed_again(hub):
    hub.contacts(CONTACT)
    hub.members(MEMBER | {"birth_date": "03/13/1984"})
    hub.nightly()
    assert hub.command("changes", "reject", "--system", "salesforce").returncode == 0
    hub.members(
        MEMBER | {"birth_date": "03/13/1984", "tier": "GOLD", "updated_at": "2026-10-02T10:00:00Z"}, now=hub.day(2)
    )
    hub.nightly(now=hub.day(2))
    assert "date_of_birth" not in proposals(hub, "proposed", "approved")
