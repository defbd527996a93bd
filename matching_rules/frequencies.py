"""How rare values are in a population: measured on it, and eased towards what is known of others."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pyarrow as pa

from matching_rules.rules import MatchingRules
from matching_rules.statements import statement

_SHIPPED_WEIGHT = 2000
"""How many records the shipped frequencies are worth against the user's own."""


def eased_frequencies(
    cursor: duckdb.DuckDBPyConnection, *, rules: MatchingRules, records: str, shipped: Mapping[str, pa.Table]
) -> dict[str, pa.Table]:
    """Value frequencies of the rules' frequency columns among typed ``records``, with the shipped ones mixed in.

    By column: a table of value and frequency, by value. Small populations say little about how common a name is.
    """
    found: dict[str, pa.Table] = {}
    for column in rules.frequency_columns:
        cursor.register("shipped", shipped[column])
        text = statement(
            "term_frequency", column=column, records=records, shipped="shipped", weight=str(_SHIPPED_WEIGHT)
        )
        found[column] = cursor.sql(f"FROM ({text}) ORDER BY value").to_arrow_table()
        cursor.unregister("shipped")
    return found
