"""Records with known truth through standardiser, rules and shipped model, without a database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import duckdb
import pyarrow as pa
import pytest

from matching_rules.block import find_noise, leave_out_noise, leave_out_noise_keys, make_keys, make_pairs, type_records
from matching_rules.frequencies import eased_frequencies
from matching_rules.lines import measure_population
from matching_rules.match import match_records
from matching_rules.model import Model, in_population
from matching_rules.rules import MatchingRules
from matching_rules.score import score_pairs
from mdm.model import EntityType
from mdm.ruleset import EntityRules, load_rule_set
from mdm.sample import write_sample
from mdm.sample.profile import Profile
from mdm.settings import Settings
from mdm.training.population import standardised_population

Matching = Callable[[pa.Table, EntityType], duckdb.DuckDBPyConnection]


@pytest.fixture(scope="session")
def quiet_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An empty home (so that the shipped rules and models count) and one process."""
    return Settings(home=tmp_path_factory.mktemp("home"), database_url=None, processes=1)


@pytest.fixture(scope="session")
def shipped(quiet_settings: Settings) -> dict[EntityType, EntityRules]:
    """The shipped rules and models."""
    return dict(load_rule_set(quiet_settings).entities)


@pytest.fixture(scope="session")
def generated(
    quiet_settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[int, int, Profile], pa.Table]:
    """Makes (customers, seed, profile) standardised: record_id, entity_type, match, content_hash, entity_id, ..."""

    def make(customers: int, seed: int, profile: Profile) -> pa.Table:
        folder = tmp_path_factory.mktemp("population")
        write_sample(customers=customers, seed=seed, out=folder, profile=profile)
        return standardised_population(folder, settings=quiet_settings)

    return make


@pytest.fixture(scope="session")
def matching(shipped: dict[EntityType, EntityRules]) -> Matching:
    """Matches the records of one entity type in a table of record_id, entity_type, match and content_hash.

    Answers the connection with tables ``cluster`` (record_id, cluster_key), ``membership`` and ``question``, made by
    the steps of mdm/resolve. Whoever asks closes it.
    """

    def run(table: pa.Table, entity_type: EntityType) -> duckdb.DuckDBPyConnection:
        rules = shipped[entity_type].rules
        cursor = duckdb.connect(config={"threads": 2, "memory_limit": "1GB"})
        cursor.register("population", table)
        cursor.execute(
            "CREATE TABLE of_type AS SELECT record_id, content_hash, match FROM population WHERE entity_type = ?",
            [entity_type.value],
        ).fetchall()
        type_records(cursor, rules=rules, records="of_type", into="record")
        make_keys(cursor, rules=rules, records="record", into="blocking_key")
        find_noise(cursor, rules=rules, records="record", keys="blocking_key", into="noise")
        leave_out_noise(cursor, rules=rules, records="record")
        leave_out_noise_keys(cursor, rules=rules, keys="blocking_key")
        make_pairs(cursor, keys="blocking_key", into="candidate")
        rules, model = _in_force(cursor, rules, shipped[entity_type].model)
        score_pairs(cursor, rules=rules, model=model, records="record", pairs="candidate", into="fresh_pair")
        cursor.execute(
            "CREATE TABLE stored_pair AS SELECT *, false AS completed FROM fresh_pair WHERE false"
        ).fetchall()
        cursor.execute("CREATE TABLE decision (record_a BIGINT, record_b BIGINT, kind VARCHAR)").fetchall()
        cursor.execute("CREATE TABLE related (record_a BIGINT, record_b BIGINT, relation VARCHAR)").fetchall()
        cursor.execute("CREATE TABLE held (record_id BIGINT, golden_id UUID)").fetchall()
        match_records(cursor, rules=rules, model=model, records="record")
        return cursor

    return run


def _in_force(cursor: duckdb.DuckDBPyConnection, rules: MatchingRules, model: Model) -> tuple[MatchingRules, Model]:
    """Rules and model for the population of ``record`` and ``candidate``, as mdm/resolve/frequencies.py makes them."""
    frequencies = eased_frequencies(cursor, rules=rules, records="record", shipped=model.frequencies)
    records = cursor.execute("SELECT count(*) FROM record").fetchall()[0][0]
    model = replace(model, frequencies=frequencies)
    figures = measure_population(cursor, rules=rules, model=model, records="record", pairs="candidate")
    known = in_population(model, rules, records=records, figures=figures)
    return rules.in_population(records=records, trained_on=model.file.population, figures=figures), known
