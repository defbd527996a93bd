"""The records of one entity type with keys made by the rules in force now: a changed rule shows before any run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import sqlalchemy as sa

from matching_rules.block import make_keys, noise_keys, type_records
from matching_rules.coverage import Estimate, Matches, estimate, find_matches, find_states
from matching_rules.rules import MatchingRules
from mdm.model import EntityType
from mdm.settings import Settings
from mdm.statements import statement
from mdm.store.bridge import open_duckdb, read_table
from mdm.store.engine import Store
from mdm.store.tables import setting


@dataclass(frozen=True)
class Loaded:
    """DuckDB tables ``record`` (typed, noise in it), ``blocking_key`` (noise in it), ``key_state`` and ``cluster``."""

    duck: duckdb.DuckDBPyConnection
    rules: MatchingRules
    records: int
    largest: int | None
    matches: Matches
    estimate: Estimate


@contextmanager
def loaded(store: Store, settings: Settings, *, entity_type: EntityType, rules: MatchingRules) -> Iterator[Loaded]:
    """Reads and blocks; matches are the pairs of records that belong to one customer now."""
    params = {"entity_type": entity_type.value}
    with open_duckdb(settings) as duck:
        records = read_table(store, sql=statement(__package__, "records"), duck=duck, name="of_type", params=params)
        read_table(store, sql=statement(__package__, "clusters"), duck=duck, name="cluster", params=params)
        read_table(store, sql=statement(__package__, "noise"), duck=duck, name="noise")
        type_records(duck, rules=rules, records="of_type", into="record")
        duck.execute("DROP TABLE of_type").fetchall()
        make_keys(duck, rules=rules, records="record", into="blocking_key")
        largest = _largest(store, entity_type)
        find_states(duck, keys="blocking_key", noise_keys=noise_keys(duck, rules=rules), largest=largest)
        matches = find_matches(duck, keys="blocking_key", clusters="cluster")
        yield Loaded(
            duck=duck,
            rules=rules,
            records=records,
            largest=largest,
            matches=matches,
            estimate=estimate(matches, rules=len(rules.blocking)),
        )


def _largest(store: Store, entity_type: EntityType) -> int | None:
    """The largest block the last full run could afford, where that had to leave larger ones out."""
    with store.begin() as connection:
        found = connection.scalar(sa.select(setting.c.value).where(setting.c.key == "largest_block"))
    return found.get(entity_type.value) if isinstance(found, dict) else None
