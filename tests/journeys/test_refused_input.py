"""Refused input: a clear word, exit code 2, nothing half taken in; and bad rows are kept until they can be taken."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
import yaml

import golden_record
from mdm.cli import run
from mdm.systems import load_mappings

HEADER = (
    "member_id,card_number,first_name,last_name,birth_date,email,mobile,city,state,postal_code,tier,points_balance,"
)
HEADER += "home_store,email_opt_in,sms_opt_in,enrolled_at,updated_at\n"
PEOPLE = ("Ann Lee", "Bo Kim", "Cy Ng")
ROW = "L{n},900{n},{first},{last},01/31/1980,{first}.{last}@posteo.example,,Bonn,,53111,gold,5,S1,Y,N,"
ROW += "2024-01-01,2024-01-02T00:00:00Z\n"
ROWS = "".join(ROW.format(n=n, first=p.split()[0], last=p.split()[1]) for n, p in enumerate(PEOPLE))


@pytest.fixture
def say(hub, monkeypatch, capsys):
    """Says an ``mdm`` command: answers (exit code, stdout, stderr)."""
    for name, value in hub.settings.environment().items():
        monkeypatch.setenv(name, value)

    def command(*arguments):
        code = run([str(a) for a in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


def truncated(text):
    """A gzip file that ends too early."""
    return gzip.compress(text.encode() * 200)[:-60]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("loyalty_member.csv", HEADER.replace("member_id", "number").encode() + ROWS.encode(), "member_id"),
        ("loyalty_member.csv.gz", truncated(HEADER + ROWS), "gzip"),
        ("loyalty_member.csv", (HEADER + ROWS.replace("Ann", "Zoë")).encode("latin-1"), "UTF-8"),
        ("loyalty_member.csv", b"\x1f\x8b" + b"nothing of the kind", ""),
        ("loyalty_member.csv", "".join((HEADER, ROWS)).encode("utf-16"), ""),
        ("netsuite_customer.jsonl", HEADER.encode() + ROWS.encode(), "id"),
    ],
)
def test_a_file_that_is_not_what_it_should_be(hub, say, tmp_path, name, content, expected):
    (tmp_path / name).write_bytes(content)
    before = hub.tables()
    code, out, err = say("ingest", tmp_path / name)
    assert (code, out) == (2, "")
    assert name in err.splitlines()[-1]
    assert expected in err.splitlines()[-1]
    assert not any(word in err for person in PEOPLE for word in (person, person.split()[1] + "@"))
    assert hub.tables() == before
    assert hub.value("SELECT count(*) FROM mdm.ingest_batch") == 0


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["no-such-file.csv"], "no-such-file.csv"),
        (["--dir", "no-such-folder"], "no-such-folder"),
        (["--system", "sap", "--object", "Customer", "FILE"], "salesforce/Contact"),
        (["--system", "loyalty", "--object", "Nothing", "FILE"], "loyalty/Member"),
        (["FILE", "--mapping", "none.yaml"], "none.yaml"),
    ],
)
def test_what_is_not_there_or_not_known(hub, say, tmp_path, arguments, expected):
    file = tmp_path / "people.csv"
    file.write_text(HEADER + ROWS)
    code, out, err = say("ingest", *(file if a == "FILE" else a for a in arguments))
    assert (code, out) == (2, "")
    assert expected in err
    assert hub.value("SELECT count(*) FROM mdm.source_record") == 0


def test_a_refused_file_of_a_directory_leaves_no_part_of_itself(hub, say, tmp_path):
    (tmp_path / "loyalty_member_1.csv").write_text(HEADER + ROWS)
    (tmp_path / "loyalty_member_2.csv").write_text(HEADER + ROWS.replace("L", "M") + "\x00" * 10 + 'open "quote')
    (tmp_path / "salesforce_contact.csv").write_text("wrong\n1\n")
    code, _, err = say("ingest", "--dir", tmp_path)
    assert code == 2
    assert "salesforce_contact.csv" in err
    assert hub.value("SELECT count(*) FROM mdm.ingest_batch WHERE file_name LIKE 'salesforce%'") == 0
    assert (
        hub.value(
            "SELECT count(*) FROM mdm.source_record WHERE batch_id NOT IN (SELECT batch_id FROM mdm.ingest_batch)"
        )
        == 0
    )


@pytest.mark.parametrize("name", ["loyalty_member.csv", "shopify_customer.jsonl", "loyalty_member.csv.gz"])
def test_a_file_of_zero_bytes_is_zero_rows(hub, say, tmp_path, name):
    (tmp_path / name).write_bytes(b"")
    code, out, err = say("ingest", tmp_path / name, "--json")
    assert code == 0, err
    assert json.loads(out)["files"][0]["rows"] == 0


def test_bad_rows_are_kept_counted_and_taken_in_after_a_mapping_fix(hub, say, tmp_path):
    """Rows without the id the mapping wants are rejected; it learns that the card number serves too."""
    file = tmp_path / "loyalty_member.csv"
    broken = ROWS.replace("L0,", ",").replace("L1,", ",")
    file.write_text(HEADER + broken)
    code, out, _ = say("ingest", file, "--json")
    report = json.loads(out)["files"][0]
    assert (code, report["rows"], report["new"], report["rejected"]) == (0, 3, 1, 2)
    kept = hub.rows("SELECT file_name, line, reason, payload FROM mdm.rejected_payload ORDER BY line")
    assert [(name, line) for name, line, _, _ in kept] == [("loyalty_member.csv", 2), ("loyalty_member.csv", 3)]
    assert all("id" in reason and "Lee" not in reason for _, _, reason, _ in kept), kept
    assert json.loads(kept[0][3])["last_name"] == "Lee"
    code, out, _ = say("rejected", "replay", "--json")
    assert json.loads(out)["rejected"] == 2
    shipped = load_mappings(hub.settings).get("loyalty", "Member")
    document = yaml.safe_load(shipped.text)
    document["source_id"] = {"first_of": ["member_id", "card_number"]}
    mended = hub.settings.home / "mappings"
    mended.mkdir()
    (mended / "loyalty.yaml").write_text(yaml.safe_dump(document))
    code, out, err = say("rejected", "replay", "--json")
    assert code == 0, err
    assert (json.loads(out)["new"], json.loads(out)["rejected"]) == (2, 0)
    assert hub.live() == {"loyalty/Member/9000", "loyalty/Member/9001", "loyalty/Member/L2"}
    assert hub.value("SELECT count(*) FROM mdm.rejected_payload WHERE replayed_at IS NULL") == 0
    hub.nightly()
    assert set(hub.golden_ids()) == hub.live()
    assert json.loads(say("rejected", "replay", "--json")[1])["rows"] == 0


def test_a_mapping_file_that_names_what_does_not_exist(hub, say, tmp_path):
    data, mapping = tmp_path / "pos.csv", tmp_path / "pos.yaml"
    data.write_text("id,nick\n1,Ann\n")
    mapping.write_text(
        "system: pos\nobject: Customer\nformat: csv\nentity_type: person\nsource_id: id\n"
        "attributes:\n  shoe_size: nick\n"
    )
    code, _, err = say("ingest", "--mapping", mapping, data)
    assert code == 2
    assert f"{mapping}:7" in err
    assert "shoe_size" in err


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("attributes: [gender]", "attributes: [shoe_size]", "shoe_size"),
        ("receives: [salesforce/Account]", "receives: [sapp/Account]", "sapp"),
    ],
)
def test_an_ownership_file_that_names_what_does_not_exist(hub, say, old, new, expected):

    text = (Path(golden_record.__file__).parent / "ownership.yaml").read_text()
    assert text.count(old) == 1
    line = text[: text.index(old)].count("\n") + 1
    rules = hub.settings.home / "rules"
    rules.mkdir()
    (rules / "ownership.yaml").write_text(text.replace(old, new))
    for command in (("run", "nightly"), ("rules", "check")):
        code, out, err = say(*command)
        assert code == 2
        found = [word for word in (out + err).split() if word.startswith(f"{rules / 'ownership.yaml'}:")]
        assert found, out + err
        assert abs(int(found[0].split(":")[1]) - line) <= 2
        assert expected in out + err
    assert hub.value("SELECT count(*) FROM mdm.run") == 0
