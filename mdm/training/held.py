"""The records of one entity type as a full run would compare them, and what a model would make of them.

Everything happens in tables of one DuckDB connection: ``record`` (typed, noise left out), ``candidate`` (record_a <
record_b), ``decision``, ``related``, ``now_held`` (record_id, golden_id). Nothing is written to the store.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import pyarrow as pa
import sqlalchemy as sa

from matching_rules.block import (
    find_noise,
    leave_out_noise,
    leave_out_noise_keys,
    make_pairs,
    register_limits,
    type_records,
)
from matching_rules.frequencies import eased_frequencies
from matching_rules.lines import measure_population
from matching_rules.match import MatchReport, match_records
from matching_rules.model import Model, in_population
from matching_rules.rules import MatchingRules
from matching_rules.score import score_pairs
from mdm.model import EntityType
from mdm.resolve.frequencies import rules_in_force
from mdm.resolve.statements import query
from mdm.ruleset import EntityRules, RuleSet
from mdm.settings import Settings
from mdm.statements import statement
from mdm.store.bridge import open_duckdb, open_reader
from mdm.store.engine import Store
from mdm.store.tables import shared_value, standardised_record


@dataclass(frozen=True)
class Held:
    """An entity type's records in ``duck``. ``entity``: rules and model in force here, for this population."""

    duck: duckdb.DuckDBPyConnection
    entity_type: EntityType
    entity: EntityRules
    records: int
    candidates: int

    def next_run(self, model: Model, rules: MatchingRules) -> EntityRules:
        """A model and its rules as the next run would use them: value frequencies (eased by the model's) and the
        population's figures measured anew.
        """
        frequencies = eased_frequencies(self.duck, rules=rules, records="record", shipped=model.frequencies)
        model = replace(model, frequencies=frequencies)
        figures = measure_population(self.duck, rules=rules, model=model, records="record", pairs="candidate")
        here = in_population(model, rules, records=self.records, figures=figures)
        lines = rules.in_population(records=self.records, trained_on=model.file.population, figures=figures)
        return replace(self.entity, model=here, rules=lines)

    def score(self, entity: EntityRules, *, pairs: str, into: str) -> None:
        """Creates table ``into`` (record_a, record_b, match_weight, first_stage_weight)."""
        score_pairs(self.duck, rules=entity.rules, model=entity.model, records="record", pairs=pairs, into=into)

    def cluster(
        self, entity: EntityRules, *, scored: str, records: str, into: str, as_held: bool = False
    ) -> MatchReport:
        """Creates table ``into`` (record_id, cluster_key): who would be one customer.

        From scratch and without decisions, so that no model is judged by what people decided already; or, ``as_held``,
        as the next run would go on from the customers there are.
        """
        self._make("fresh_pair", f"SELECT record_a, record_b, match_weight, first_stage_weight FROM {scored}")
        self._make("stored_pair", "SELECT *, false AS completed FROM fresh_pair WHERE false")
        self._make("decision", f"FROM now_decided WHERE {as_held}")
        self._make("related", "FROM now_related")
        self._make("held", f"SELECT record_id, golden_id FROM now_held WHERE {as_held}")
        report = match_records(self.duck, rules=entity.rules, model=entity.model, records=records)
        self._make(into, "SELECT record_id, cluster_key FROM cluster")
        return report

    def _make(self, table: str, select: str) -> None:
        self.duck.execute(f"CREATE OR REPLACE TABLE {table} AS {select}").fetchall()

    def numbers(self, select: str, parameters: Sequence[Any] = ()) -> dict[str, Any]:
        """A SELECT's columns as arrays."""
        return dict(self.duck.execute(select, list(parameters)).fetchnumpy())


@contextmanager
def held_records(store: Store, settings: Settings, *, rules: RuleSet, entity_type: EntityType) -> Iterator[Held]:
    """Reads everything an entity type's full run would, and lets it go at the end."""
    entity = rules_in_force(store, settings, rules=rules, entity_type=entity_type)
    with open_duckdb(settings) as duck:
        _read(store, duck, entity_type, entity)
        type_records(duck, rules=entity.rules, records="of_type", into="record")
        _leave_out_noise(store, duck, entity.rules)
        records = int(duck.execute("SELECT count(*) FROM record").fetchall()[0][0])
        pairs = make_pairs(
            duck, keys="blocking_key", into="candidate", guards=entity.rules.guards, records=_live(store)
        )
        yield Held(duck=duck, entity_type=entity_type, entity=entity, records=records, candidates=pairs.count)


def _live(store: Store) -> int:
    """Records of every entity type: a run's limits go by all of them."""
    with store.begin() as connection:
        return int(connection.scalar(sa.select(sa.func.count()).select_from(standardised_record)) or 0)


def _read(store: Store, duck: duckdb.DuckDBPyConnection, entity_type: EntityType, entity: EntityRules) -> None:
    with open_reader(store) as reader:
        of_type = {"entity_type": entity_type.value}
        reader.read(sql=statement(__package__, "of_type"), duck=duck, name="of_type", params=of_type)
        reader.read(sql=statement(__package__, "keys_of_type"), duck=duck, name="blocking_key", params=of_type)
        reader.read(sql=query("held_all"), duck=duck, name="now_held")
        reader.read(sql=query("decisions"), duck=duck, name="now_decided", params={"revoked": []})
        reader.read(
            sql=query("related_pairs"),
            duck=duck,
            name="now_related",
            params={
                "entity_types": [entity_type.value] if entity.rules.never_related else [],
                "relations": list(entity.rules.never_related),
                "everything": True,
                "ids": [],
            },
        )


def _leave_out_noise(store: Store, duck: duckdb.DuckDBPyConnection, rules: MatchingRules) -> None:
    """As a run does: what is known as noise, and what turns out to be, is no evidence."""
    find_noise(duck, rules=rules, records="record", keys="blocking_key", into="noise")
    with store.begin() as connection:
        known = connection.execute(sa.select(shared_value.c.attribute, shared_value.c.comparable)).all()
    if known:
        duck.register(
            "known_noise",
            pa.table({"column_name": [row[0] for row in known], "value": [row[1] for row in known]}),
        )
        duck.execute(
            "INSERT INTO noise (column_name, value) SELECT column_name, value FROM known_noise"
            " ANTI JOIN noise USING (column_name, value)"
        ).fetchall()
        duck.unregister("known_noise")
    leave_out_noise(duck, rules=rules, records="record")
    register_limits(duck, rules=rules)
    leave_out_noise_keys(duck, rules=rules, keys="blocking_key")
