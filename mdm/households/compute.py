"""Households of one run: from what golden records say to who lives with whom under which lasting id. All in DuckDB."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import duckdb

from golden_record.household_rules import HouseholdRules
from golden_record.households import find_households, find_ties
from golden_record.identity import assign
from mdm.households.neighbourhood import gather
from mdm.households.tables import Tables
from mdm.store.bridge import Reader

_MACROS = (
    # md5: the keys are stored, and must be the same in the next version of DuckDB
    "CREATE OR REPLACE MACRO household_key_of(kind, said) AS"
    " CAST(md5_number_lower(concat_ws(chr(31), kind, said)) >> 1 AS BIGINT)",
    "CREATE OR REPLACE MACRO household_keys_of(kind, said) AS coalesce(list_sort(list_transform("
    "list_distinct(said), lambda v: household_key_of(kind, v))), []::BIGINT[])",
)


def make_households(
    duck: duckdb.DuckDBPyConnection, reader: Reader, *, rules: HouseholdRules, full: bool, now: datetime
) -> dict[str, Any]:
    """Leaves what changes: ``household_placed``, ``household_closing`` and ``household_opening`` (stays), and what
    golden records say of a home, ``household_fresh`` now and ``household_before`` when last published. Answers counts.

    Reads of the resolution ``touched``, ``touched_golden``, ``standardised``, ``record_fact``, ``noise_attribute`` and
    ``id_event``; golden records are input and nothing of them is changed. ``full``: everybody is looked at.
    """
    tables = Tables(duck=duck, reader=reader, rules=rules)
    for macro in _MACROS:
        tables.execute(macro)
    tables.make_from("household_fresh", "evidence")
    tables.read("stewarded", into="household_spoken_of")
    tables.make("household_stewarded", "FROM household_spoken_of WHERE holds")
    tables.make_from("household_heir", "heir")
    tables.make_from("household_inherited", "inherited")
    settled = "SELECT golden_id FROM household_stewarded UNION SELECT golden_id FROM household_inherited"
    tables.make("household_settled", settled)
    if full:
        _gather_all(tables)
    else:
        gather(tables)
    find_households(duck, rules=rules)
    _give_ids(tables, now=now)
    tables.make_from("household_placed", "placed")
    tables.make("household_gone", "SELECT golden_id FROM touched_golden ANTI JOIN touched USING (golden_id)")
    tables.make_from("household_closing", "closing_member")
    tables.make_from("household_opening", "opening_member")
    counts = {
        "looked_at": tables.count("household_looked_at"),
        "people": tables.count("household_found"),
        "households": tables.execute("SELECT count(DISTINCT household_key) FROM household_found"),
    }
    tables.drop(
        "household_evidence",
        "household_hot",
        "household_heir",
        "household_inherited",
        "household_number",
        "household_settled",
    )
    return counts


def _gather_all(tables: Tables) -> None:
    tables.read("evidence_some", into="household_before", everything=True)
    tables.make("household_evidence", "FROM household_fresh ANTI JOIN household_settled USING (golden_id)")
    tables.make("household_hot", "SELECT NULL::BIGINT AS key WHERE false")
    tables.read("members", into="household_held", everything=True)
    everybody = "SELECT golden_id FROM touched_golden UNION SELECT golden_id FROM household_held"
    tables.make("household_looked_at", everybody)
    find_ties(tables.duck, rules=tables.rules)


def _give_ids(tables: Tables, *, now: datetime) -> None:
    """``household.assignment``: households keep the id that most of their members had, as golden records do.

    The rules of golden ids serve, in a schema of its own, where a person stands in the place of a record.
    """
    tables.make(
        "household_number",
        "SELECT golden_id, row_number() OVER (ORDER BY golden_id) AS number FROM household_found",
    )
    tables.execute("DROP SCHEMA IF EXISTS household CASCADE")
    tables.execute("CREATE SCHEMA household")
    tables.make("household.cluster", "SELECT n.number AS record_id, dense_rank() OVER (ORDER BY f.household_key) AS"
                " cluster_key FROM household_found f JOIN household_number n USING (golden_id)")  # fmt: skip
    tables.make_from("household.previous", "previous")
    tables.make("household.golden_age", "SELECT DISTINCT household_id AS golden_id, opened_at AS created_at"
                " FROM household_held WHERE household_id IS NOT NULL")  # fmt: skip
    tables.make("household.former", "SELECT NULL::BIGINT AS record_id, NULL::UUID AS golden_id WHERE false")
    cursor = tables.duck.cursor()
    cursor.execute("USE household").fetchall()
    assign(cursor, now=now)
    cursor.close()
