"""An empty DuckDB in memory for each test, with the engine's input tables."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

TABLES = """
CREATE OR REPLACE TABLE attribute_value (
    golden_id UUID, entity_type VARCHAR, record_id BIGINT, version INTEGER, system VARCHAR, object VARCHAR, attribute
    VARCHAR,
    ordinal INTEGER, value VARCHAR, comparable VARCHAR, mark VARCHAR, source_time TIMESTAMPTZ, received_time
    TIMESTAMPTZ,
    verified BOOLEAN, inactive BOOLEAN, outlived BOOLEAN DEFAULT false);
CREATE OR REPLACE TABLE value_override (
    golden_id UUID, attribute VARCHAR, value VARCHAR, reason VARCHAR, actor VARCHAR, expires_at TIMESTAMPTZ);
CREATE OR REPLACE TABLE target_value (
    golden_id UUID, record_id BIGINT, system VARCHAR, object VARCHAR, source_id VARCHAR, attribute VARCHAR, value
    VARCHAR,
    comparable VARCHAR);
CREATE OR REPLACE TABLE writable (system VARCHAR, object VARCHAR, attribute VARCHAR);
CREATE OR REPLACE TABLE cluster (record_id BIGINT, cluster_key BIGINT);
CREATE OR REPLACE TABLE previous (record_id BIGINT, golden_id UUID);
CREATE OR REPLACE TABLE golden_age (golden_id UUID, created_at TIMESTAMPTZ);
"""


def fresh_tables(cursor: duckdb.DuckDBPyConnection) -> None:
    for statement in TABLES.split(";"):
        if statement.strip():
            cursor.execute(statement).fetchall()


@pytest.fixture(scope="session")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'").fetchall()
        yield connection


@pytest.fixture
def cursor(duck: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    fresh_tables(duck)
    return duck


@pytest.fixture(scope="session")
def make_tables():
    return fresh_tables
