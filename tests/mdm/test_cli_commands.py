"""The command line as a user meets it: exit codes, where output goes, and that errors say what to do."""

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from matching_rules.model import SHIPPED_MODELS, newest_model
from mdm.cli import output, run
from mdm.cli.application import create_app
from mdm.errors import DatabaseUnavailable, LockHeld, MdmError, RefusedInput, Staged

HEADER = (
    "member_id,card_number,first_name,last_name,birth_date,email,mobile,city,state,postal_code,tier,points_balance,"
)
HEADER += "home_store,email_opt_in,sms_opt_in,enrolled_at,updated_at\n"
ROW = (
    "L1,9001,Ann,Lee,01/31/1980,ann@example.org,,Bonn,,53111,gold,5,S1,Y,N,2024-01-01T00:00:00Z,2024-01-02T00:00:00Z\n"
)


@pytest.fixture
def environment(settings, monkeypatch):
    """The store of the test as the environment of a command."""
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    return settings


@pytest.fixture
def nowhere(home, monkeypatch):
    """A home without a database."""
    monkeypatch.setenv("MDM_HOME", str(home))
    monkeypatch.delenv("MDM_DATABASE_URL", raising=False)
    return home


def test_help_names_every_command_and_every_command_has_help(capsys):
    assert run(["--help"]) == 0
    said = capsys.readouterr().out
    for command in ("init", "ingest", "run", "status", "show", "export", "rules", "demo", "sample", "evaluate", "db"):
        assert command in said
    for command in create_app().registered_commands:
        assert command.callback.__doc__


@pytest.mark.parametrize(
    "arguments",
    [
        ["bogus"],
        ["ingest"],
        ["ingest", "--system", "salesforce", "x.csv"],
        ["ingest", "--dir", "a", "--mapping", "b.yaml"],
        ["ingest", "no-such-file.csv"],
        ["export", "cross-references"],
        ["sample", "--customers", "0", "--out", "x"],
        ["sample", "--customers", "1", "--out", "x", "--profile", "odd"],
    ],
)
def test_wrong_usage_is_exit_code_2_and_touches_nothing(nowhere, capsys, arguments):
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err
    assert list(nowhere.iterdir()) == []


def test_a_missing_database_says_what_to_run(nowhere, capsys):
    assert run(["show", "loyalty/Member/1"]) == 4
    assert "mdm init" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"),
    [(MdmError, 1), (RefusedInput, 2), (LockHeld, 3), (DatabaseUnavailable, 4), (Staged, 5)],
)
def test_each_error_has_its_exit_code_and_its_message_is_shown(environment, monkeypatch, capsys, error, code):
    def fail(*_args, **_keywords):
        raise error("held since noon")

    monkeypatch.setattr("mdm.lookup.show", fail)
    assert run(["show", "a/b/c"]) == code
    assert "held since noon" in capsys.readouterr().err


def test_an_unexpected_error_shows_kind_and_place_but_no_value(environment, monkeypatch, capsys):
    def fail(*_args, **_keywords):
        raise ValueError("ann@example.org")

    monkeypatch.setattr("mdm.lookup.show", fail)
    monkeypatch.delenv("MDM_DEBUG", raising=False)
    assert run(["show", "a/b/c"]) == 1
    said = capsys.readouterr().err
    assert "unexpected ValueError in test_cli_commands" in said
    assert "ann@" not in said
    monkeypatch.setenv("MDM_DEBUG", "1")
    assert run(["show", "a/b/c"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_files_go_in_and_the_second_time_changes_nothing(environment, tmp_path, capsys):
    file = tmp_path / "loyalty_member.csv"
    file.write_text(HEADER + ROW)
    (tmp_path / "notes.txt").write_text("mine")
    assert run(["ingest", "--dir", str(tmp_path), "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert (first["files"][0]["new"], first["ignored"]) == (1, ["notes.txt"])
    assert run(["ingest", "--system", "loyalty", "--object", "Member", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["files"][0]["unchanged"] == 1
    assert run(["ingest", str(file)]) == 0
    assert "loyalty/Member" in capsys.readouterr().out
    assert run(["show", "loyalty/Member/L1"]) == 2
    assert "first run" in capsys.readouterr().err
    out = tmp_path / "x.csv"
    assert run(["export", "cross-references", "--out", str(out), "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["rows"] == 0
    assert "1 source records wait" in captured.err


def test_a_bad_row_is_counted_listed_and_replayed(environment, tmp_path, capsys):
    file = tmp_path / "loyalty_member.csv"
    file.write_text(HEADER + ROW + ROW.replace("L1,", ",", 1))
    assert run(["ingest", str(file)]) == 0
    assert "1 rows were rejected" in capsys.readouterr().out
    assert run(["rejected", "list", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["file_name"], row["line"]) == ("loyalty_member.csv", 3)
    assert "ann@" not in json.dumps(row)
    assert run(["rejected", "replay", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rejected"] == 1


def test_a_folder_is_told_how_it_is_taken(environment, tmp_path, capsys):
    assert run(["ingest", str(tmp_path)]) == 2
    assert f"mdm ingest --dir {tmp_path}" in capsys.readouterr().err


def test_a_refused_file_names_itself(environment, tmp_path, capsys):
    file = tmp_path / "loyalty_member.csv"
    file.write_text("wrong,header\n1,2\n")
    assert run(["ingest", str(file)]) == 2
    assert "loyalty_member.csv" in capsys.readouterr().err
    assert run(["ingest", "--system", "loyalty", "--object", "Nothing", str(file)]) == 2
    assert "loyalty/Member" in capsys.readouterr().err


@pytest.fixture
def half_good(tmp_path):
    """A folder with a file that is taken and one that is refused when it was read to its end."""
    (tmp_path / "loyalty_member.csv").write_text(HEADER + ROW)
    (tmp_path / "netsuite_customer.jsonl").write_text(HEADER + ROW)
    return tmp_path


@pytest.mark.parametrize("how", ["directory", "paths"])
def test_what_was_taken_before_a_refused_file_is_said(environment, half_good, capsys, how):
    named = ["--dir", str(half_good)] if how == "directory" else [str(f) for f in sorted(half_good.iterdir())]
    assert run(["ingest", *named]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines()[:2] == ["loyalty_member.csv: done", "taken in before this: loyalty_member.csv"]
    assert "netsuite_customer.jsonl: done" not in captured.err
    assert captured.err.splitlines()[-1].startswith("mdm: ")
    assert run(["ingest", *named, "--json"]) == 2
    answer = json.loads(capsys.readouterr().out)
    assert [(f["file"], f["unchanged"]) for f in answer["files"]] == [("loyalty_member.csv", 1)]
    assert "netsuite_customer.jsonl" in answer["failed"]


def test_every_file_taken_is_told_once(environment, half_good, capsys):
    (half_good / "netsuite_customer.jsonl").unlink()
    (half_good / "loyalty_member_2.csv").write_text(HEADER)
    assert run(["ingest", "--dir", str(half_good)]) == 0
    assert capsys.readouterr().err.splitlines() == ["loyalty_member.csv: done", "loyalty_member_2.csv: done"]


def test_a_misnamed_override_is_named(environment, half_good, capsys):
    home = environment.home
    for name in ("rules/onwership.yaml", "mappings/pos.yml.bak", "models/person_2026/model.json", "rules/.hidden"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("x")
    (home / "models" / "trained" / "person-2026-01-01").mkdir(parents=True)
    strays = [str(home / name) for name in ("rules/onwership.yaml", "models/person_2026", "mappings/pos.yml.bak")]
    run(["rules", "check", "--json"])
    found = [f for f in json.loads(capsys.readouterr().out)["findings"] if "overrides nothing" in f["text"]]
    assert sorted(f["text"].split(":")[0] for f in found) == sorted(strays)
    assert {f["severity"] for f in found} == {"warning"}
    assert run(["ingest", str(half_good / "loyalty_member.csv")]) == 0
    assert f"{strays[2]}: overrides nothing" in capsys.readouterr().err
    run(["run", "nightly"])
    said = capsys.readouterr().err
    assert all(f"{stray}: overrides nothing" in said for stray in strays[:2])


def test_a_model_from_elsewhere_is_refused_or_named(environment, capsys):
    copy = environment.home / "models" / "person-2099-01-01"
    shutil.copytree(newest_model("person", SHIPPED_MODELS), copy)
    run(["rules", "check", "--json"])
    said = [f["text"] for f in json.loads(capsys.readouterr().out)["findings"] if str(copy) in f["text"]]
    assert ["calls itself" in text for text in said] == [True]
    (copy / "second_stage.ubj").unlink()
    assert run(["rules", "check"]) == 2
    assert f"{copy / 'second_stage.ubj'}:1: not as training saved it." in capsys.readouterr().out
    (copy / "model.json").write_bytes(b"\xff{")
    assert run(["rules", "check"]) == 2
    assert f"{copy / 'model.json'}:1: not UTF-8 text." in capsys.readouterr().out
    assert run(["run", "nightly"]) == 2
    assert "take its folder away" in capsys.readouterr().err


def test_rows_of_one_key_are_told(environment, half_good, capsys):
    file = half_good / "loyalty_member.csv"
    file.write_text(HEADER + ROW + ROW.replace("Ann", "Anna"))
    assert run(["ingest", str(file)]) == 0
    assert "1 rows are stale: older than what is held, or beside another row of the same key" in capsys.readouterr().out


@pytest.mark.parametrize(
    "command", [["run", "nightly"], ["ingest", "FILE"], ["export", "golden-records", "--out", "x.csv"]]
)
def test_a_home_that_cannot_be_written_is_named(environment, tmp_path, monkeypatch, capsys, command):
    file = tmp_path / "loyalty_member.csv"
    file.write_text(HEADER + ROW)
    monkeypatch.setenv("MDM_HOME", str(file))
    assert run([str(file) if word == "FILE" else word for word in command]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{file / 'tmp'} cannot be written" in line
    assert run(["status"]) == 0


def test_ctrl_c_is_said_when_duckdb_noticed_it(environment, monkeypatch, capsys):
    def fail(*_args, **_keywords):
        raise RuntimeError("Query interrupted")

    monkeypatch.setattr("mdm.lookup.show", fail)
    assert run(["show", "a/b/c"]) == 130
    assert capsys.readouterr().err == "mdm: interrupted\n"


def test_a_file_the_machine_withholds_is_named(environment, monkeypatch, capsys):
    def fail(*_args, **_keywords):
        raise OSError(errno.EROFS, "Read-only file system", "/somewhere/frequencies")

    monkeypatch.setattr("mdm.lookup.show", fail)
    assert run(["show", "a/b/c"]) == 1
    assert capsys.readouterr().err == "mdm: /somewhere/frequencies: Read-only file system\n"


def test_a_new_format_needs_one_mapping_file(environment, tmp_path, capsys):
    data, mapping = tmp_path / "pos.csv", tmp_path / "pos.yaml"
    data.write_text("id,first name,last name,e-mail\n1,Ann,Lee,ann@example.org\n2,Bob,Ray,bob@example.org\n")
    assert run(["mapping", "init", str(data), "--system", "pos", "--out", str(mapping)]) == 0
    assert run(["mapping", "init", str(data), "--out", str(mapping)]) == 2
    capsys.readouterr()
    assert run(["ingest", "--mapping", str(mapping), str(data), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["files"][0]["new"] == 2


def test_a_customer_is_shown_readably_and_as_json(environment, store, published, golden_of, capsys):
    record = published.record("loyalty/Member/L1", "ann", values={"given_name": [["Ann", "ann", None]]})
    lineage = {"given_name": [{"item": 0, "winner": [record, 1, 0], "rule": "only value"}]}
    published.golden("ann", {"given_name": "Ann"}, lineage=lineage)
    assert run(["show", "loyalty/Member/L1"]) == 0
    said = capsys.readouterr().out
    assert golden_of("ann") in said
    assert "only value" in said
    assert run(["show", golden_of("ann"), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["values"][0]["value"], answer["values"][0]["record"]) == ("Ann", "loyalty/Member/L1")
    assert answer["records"][0]["since"] == "2026-11-21T12:00:00.123456Z"


def test_changes_are_listed_approved_and_written(environment, store, published, tmp_path, capsys):
    published.change("salesforce/Contact/003A", "email", "a@x.org", old="b@x.org")
    assert run(["changes", "list"]) == 0
    assert "salesforce/Contact/003A" in capsys.readouterr().out
    assert run(["changes", "approve"]) == 2
    capsys.readouterr()
    assert run(["changes", "approve", "--system", "salesforce", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"approved": 1}
    out = tmp_path / "out"
    assert run(["export", "approved-changes", "--system", "salesforce", "--out", str(out), "--json"]) == 0
    (file,) = json.loads(capsys.readouterr().out)["files"]
    assert Path(file["path"]).read_text().splitlines() == ["Id,Email", "003A,a@x.org"]


def test_ids_are_never_folded(environment, published, capsys):
    long = f"shopify/Customer/gid://shopify/Customer/{'9' * 40}"
    published.change(long, "email", "averylongaddressofsomebody@subdomain.example.org " * 3, old="b@x.org")
    assert run(["changes", "list", "--json"]) == 0
    (change,) = json.loads(capsys.readouterr().out)
    assert run(["changes", "list"]) == 0
    said = capsys.readouterr().out
    assert change["change_id"] in said
    assert long in said


def test_counts_are_grouped_and_numbers_that_count_nothing_are_not(capsys):
    counted = {"rows": 15476, "last_run": {"pid": 15476, "born_year": 2026, "tasks": 15476}}
    output.report(counted, as_json=False)
    output.table([(15476, 15476)], columns=["rejected id", "rows"])
    assert capsys.readouterr().out.splitlines() == [
        "rows      15 476",
        "last run  pid 15476, born_year 2026, tasks 15 476",
        "rejected id    rows",
        "      15476  15 476",
    ]


def test_figures_are_printed(environment, store, published, tmp_path, capsys):
    published.record("a/thing/1", "x", weight=1.0)
    published.record("a/thing/2", "x", weight=1.0)
    truth = tmp_path / "truth.csv"
    truth.write_text("source,object,source_id,entity_id\na,thing,1,P1\na,thing,2,P1\n")
    assert run(["evaluate", "--truth", str(truth), "--people"]) == 0
    assert "1.0000" in capsys.readouterr().out
    assert run(["evaluate", "--truth", str(truth), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["pairwise"]["f1"] == pytest.approx(1.0)


def test_the_demo_reports_as_json_too(nowhere, monkeypatch, capfd):
    monkeypatch.setenv("MDM_PG_PROFILE", "test")
    monkeypatch.setattr("mdm.demo.demonstration.CUSTOMERS", 150)
    assert run(["demo", "--json"]) == 0
    captured = capfd.readouterr()
    assert captured.err == ""
    report = json.loads(captured.out)
    assert report["home"] == str(nowhere / "demo")
    assert report["duplicates"] == report["status"]["cross_references"] - report["status"]["golden_records"] > 0
    assert report["merged"]["customers"][0]["values"]
    assert report["people"]["pairwise"]["precision"] > 0.5


def test_sample_writes_extracts_and_says_so(tmp_path, capsys):
    assert run(["sample", "--customers", "20", "--seed", "2", "--out", str(tmp_path / "s"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["records"] > 20
    assert (tmp_path / "s" / "truth.csv").is_file()


def test_the_database_is_backed_up_and_brought_back(environment, tmp_path, capsys):
    file = tmp_path / "b.dump"
    assert run(["db", "upgrade", "--json"]) == 0
    assert run(["db", "backup", str(file)]) == 0
    assert run(["db", "restore", str(file), "--replace", "--json"]) == 0
    capsys.readouterr()
    assert run(["db", "stop", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"stopped": False}


def test_a_fresh_home_is_made_by_init_and_by_the_first_ingest(embedded_settings, tmp_path):
    file = tmp_path / "loyalty_member.csv"
    file.write_text(HEADER + ROW)
    environment = os.environ | embedded_settings.environment()
    environment.pop("MDM_DATABASE_URL", None)

    def mdm(*arguments):
        command = [sys.executable, "-c", "from mdm.cli import main; main()", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)

    assert mdm("ingest", str(file)).returncode == 0
    done = mdm("init", "--json")
    assert (done.returncode, json.loads(done.stdout)["home"]) == (0, str(embedded_settings.home))
    assert not (embedded_settings.home / "postgres" / "data" / "postmaster.pid").exists()


def test_output_closed_early_is_no_failure():
    code = "import sys; from mdm.cli import main; sys.argv[1:] = ['--help']; main()"
    piped = subprocess.run(
        ["bash", "-c", 'set -o pipefail; "$0" -c "$1" | head -c 1', sys.executable, code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in piped.stderr
