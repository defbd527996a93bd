"""A small rule file with its model, and records put into DuckDB in one line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from matching_rules.block import type_records
from matching_rules.model import Model, ModelFile, as_parameters
from matching_rules.rules import MatchingRules, load_rules

SMALL = """\
entity_type: person
columns:
  given: text
  family: text
  dob: text
  emails: list
  phones: list
  postcodes: list
shared_values: [emails, phones]
blocking:
  - {name: e-mail, agree_on: [emails], largest_block: 4}
  - {name: phone, agree_on: [phones], largest_block: 4}
  - {name: name and postcode, agree_on: [{column: family, first: 3}, postcodes], largest_block: 10}
comparisons:
  - name: given_name
    needs: [given]
    levels:
      - {label: same first name, when: {same: given}, frequency: given}
      - {label: first name one slip away, when: {edits: {column: given, at_most: 1, shortest: 4}}}
      - {label: another first name}
  - name: family_name
    needs: [family]
    levels:
      - {label: same last name, when: {same: family}, frequency: family}
      - {label: last name alike, when: {similar: {column: family, at_least: 0.8801}}}
      - {label: another last name}
  - name: email
    needs: [emails]
    levels:
      - {label: same e-mail, when: {shared: emails}}
      - {label: another e-mail}
  - name: contact
    needs: [phones, postcodes]
    levels:
      - {label: same phone, when: {shared: phones}}
      - {label: same postcode, when: {shared: postcodes}}
      - {label: no contact in common}
never_together:
  - name: two people's birth dates
    when: {differ: dob}
thresholds:
  potential_match: -3
  keep: -1
  match: 1
  merge: 3
guards:
  largest_cluster: 6
  never_compared: -1
  shared_value_limit: 5
"""

WEIGHTS = {
    "given_name": {"same first name": 3.0, "first name one slip away": 2.0, "another first name": -4.0},
    "family_name": {"same last name": 3.0, "last name alike": 1.5, "another last name": -4.0},
    "email": {"same e-mail": 7.0, "another e-mail": -1.0},
    "contact": {"same phone": 6.0, "same postcode": 2.0, "no contact in common": -2.0},
}
FREQUENCIES = {
    "given": {"maria": 0.02, "john": 0.03, "ada": 0.001, "mary": 0.02},
    "family": {"smith": 0.01, "smyth": 0.0005, "jones": 0.008, "lovelace": 0.0001},
}


@pytest.fixture
def small_text() -> str:
    """The small rule file's text, to be changed and written anew."""
    return SMALL


@pytest.fixture
def small_file(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> MatchingRules:
    """The small rules."""
    path = tmp_path_factory.mktemp("rules") / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return load_rules(path)


@pytest.fixture(scope="session")
def small_model(small: MatchingRules) -> Model:
    """Weights in round numbers, half of each value's rarity, prior -4 bits."""
    agreeing = {"given": 0.01, "family": 0.004}
    levels = {
        c.name: {
            lv.label: as_parameters(
                WEIGHTS[c.name][lv.label], frequency=None if lv.frequency is None else agreeing[lv.frequency]
            )
            for lv in c.levels
        }
        for c in small.comparisons
    }
    file = ModelFile(
        entity_type="person",
        name="person-test",
        prior=1 / 17,
        levels=levels,
        frequency_weight=0.5,
        population=1000,
        card={},
    )
    frequencies = {
        column: pa.table({"value": list(known), "frequency": list(known.values())})
        for column, known in FREQUENCIES.items()
    }
    return Model(file=file, frequencies=frequencies)


@pytest.fixture
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 2}) as connection:
        yield connection


Put = Callable[[MatchingRules, Mapping[int, Mapping[str, Any]]], None]


@pytest.fixture
def put(duck: duckdb.DuckDBPyConnection) -> Put:
    """Makes the typed table ``record`` from {record id: match columns}."""

    def typed(rules: MatchingRules, records: Mapping[int, Mapping[str, Any]]) -> None:
        texts = [json.dumps(dict(m), sort_keys=True) for m in records.values()]
        table = pa.table(
            {
                "record_id": pa.array(list(records), pa.int64()),
                "content_hash": pa.array([hashlib.md5(t.encode()).hexdigest() for t in texts], pa.string()),
                "match": pa.array(texts, pa.string()),
            }
        )
        duck.register("arriving_records", table)
        type_records(duck, rules=rules, records="arriving_records", into="record")
        duck.unregister("arriving_records")

    return typed
