"""What commands say when they fail, and what runs leave behind as their reason, holds no customer's data."""

from __future__ import annotations

import csv

import psycopg
import pytest


@pytest.fixture(scope="session")
def personal(population):
    """E-mails, phones and last names of the population, folded."""
    with (population / "salesforce_contact.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    words = {row[column].casefold() for row in rows for column in ("Email", "Phone", "MobilePhone", "MailingStreet")}
    return {word for word in words if len(word) > 6}


def said(hub, personal, *command):
    """What a command that fails said; nothing of it is personal."""
    done = hub.command(*command)
    assert done.returncode != 0
    text = (done.stdout + done.stderr).casefold()
    assert not [word for word in personal if word in text]
    return done


def test_commands_that_fail_quote_no_customer(resolved, personal, population, tmp_path):
    hub = resolved
    assert len(personal) > 200
    lines = (population / "salesforce_contact.csv").read_text().splitlines(keepends=True)
    broken = tmp_path / "salesforce_contact.csv"
    broken.write_text("".join([lines[1], *lines]))
    assert said(hub, personal, "ingest", str(broken)).returncode == 2
    rows = tmp_path / "salesforce_contact_rows.csv"
    rows.write_text(
        "".join(
            [lines[0], *(line.replace(",false,", ",perhaps,", 1).replace(".000Z", ".000ZZ") for line in lines[1:40])]
        )
    )
    done = hub.command("ingest", str(rows), "--json")
    listed = hub.command("rejected", "list")
    text = (done.stdout + done.stderr + listed.stdout + listed.stderr).casefold()
    assert hub.value("SELECT count(*) FROM mdm.rejected_payload") > 10
    assert not [word for word in personal if word in text]


@pytest.mark.parametrize("table", ["golden_record", "standardised_record", "cross_reference"])
def test_a_run_that_the_database_refuses_says_what_and_not_whose(loaded, another_hub, personal, table):
    hub = another_hub(*loaded)
    # a check that no row passes: PostgreSQL's DETAIL would quote the row
    hub.write(f"ALTER TABLE mdm.{table} ADD CONSTRAINT refused_by_the_test CHECK (false) NOT VALID")
    done = said(hub, personal, "run", "nightly")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    ((state, error),) = hub.rows("SELECT state, error FROM mdm.run")
    assert state == "failed"
    assert "refused_by_the_test" in error
    assert not [word for word in personal if word in error.casefold()]
    log = hub.store.settings.home
    assert not [
        p for p in log.rglob("*.log") if any(word in p.read_text(errors="replace").casefold() for word in personal)
    ]
    hub.write(f"ALTER TABLE mdm.{table} DROP CONSTRAINT refused_by_the_test")
    hub.nightly(now=None)
    assert set(hub.golden_ids()) == hub.live()


def test_the_server_s_log_quotes_no_customer(loaded, another_hub, session_folder, personal):
    hub = another_hub(*loaded)
    with pytest.raises(psycopg.errors.CheckViolation), psycopg.connect(hub.store.url) as connection:
        connection.execute("ALTER TABLE mdm.source_record ADD CONSTRAINT refused CHECK (false) NOT VALID")
        connection.execute("UPDATE mdm.source_record SET superseded_at = now()")
    log = (session_folder / "session" / "postgres" / "postgres.log").read_text(errors="replace").casefold()
    assert not [word for word in personal if word in log]
