"""A run says how many values it could not take as they are, and never which."""

from __future__ import annotations

from mdm.cli.figures import tell_run

MAPPING = b"""\
system: archive
object: Person
kind: source
format: csv
files: ["people*.csv"]
entity_type: person
source_id: id
attributes:
  full_name: name
  date_of_birth: born
  phone: [{value: phone}]
"""
PEOPLE = b"""\
id,name,born,phone
1,Thomas Clifford,1630-08-01,
2,Thomas Clifford,1630-08-01,
3,Maria Huber,1994-11-71,226-2649
4,Josef Huber,1994-11-00,226
"""


def test_a_run_counts_what_it_could_not_take_as_it_is(hub, tmp_path, capsys):
    mapping = tmp_path / "archive.yaml"
    mapping.write_bytes(MAPPING)
    assert hub.take(PEOPLE, mapping, name="people.csv").rejected == 0
    report = hub.nightly()
    noted = {
        "date_of_birth implausible": 3,
        "date_of_birth impossible": 1,
        "phone incomplete": 1,
        "phone invalid": 1,
    }
    assert report.stages["standardise"]["noted"] == noted
    assert hub.value("SELECT counts -> 'noted' FROM mdm.run_stage WHERE stage = 'standardise'") == noted
    tell_run(report)
    told = capsys.readouterr().out
    assert "date of birth impossible" in told
    assert "not compared" in told
    assert "1630" not in told
    assert "2649" not in told
    assert hub.rows("SELECT 1 FROM mdm.golden_record g WHERE g::text LIKE '%1630%'") == []


def test_a_run_with_nothing_odd_says_nothing_of_it(hub, tmp_path):
    mapping = tmp_path / "archive.yaml"
    mapping.write_bytes(MAPPING)
    hub.take(b"id,name,born,phone\n1,Thomas Clifford,1980-08-01,312-226-2649\n", mapping, name="people.csv")
    assert "noted" not in hub.nightly().stages["standardise"]
