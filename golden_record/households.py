"""Who lives together: a relation between golden records of people, a pure function of what they say, set by set.

Two people are tied by the first rule that holds for them; who hangs together by ties is a household, unless it is too
large to be one. The order of rows and the ids that people happen to carry decide nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from golden_record.household_rules import HouseholdRules
from golden_record.statements import create, drop, statement

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

KINDS = ("unit", "address", "contact", "house_number", "postcode")
"""The kinds of keys that tie people, each with its limit in the rules."""

_WORKING = ("household_limit", "household_rule", "household_key", "household_past", "household_mark")


def find_ties(cursor: DuckDBPyConnection, *, rules: HouseholdRules) -> None:
    """Makes ``household_fact`` and ``household_tie(golden_a < golden_b, place)``; place 0 is the strongest rule.

    Reads ``household_evidence(golden_id UUID, is_organisation BOOL, family BIGINT, names BIGINT[], born SMALLINT,
    homes BIGINT[], units BIGINT[], seen INT[], contacts BIGINT[], house_numbers BIGINT[], postcodes BIGINT[])``, one
    row for each golden record, all of them opaque keys that are compared for equality. ``homes``, ``units`` and
    ``seen`` run side by side: an address, a unit of it (null: none was said), and the day it was last said, in days
    since 1970.
    ``household_hot(key)`` names keys known to be carried by too many, whatever the rows at hand say.
    """
    _take(cursor, "household_limit", pa.Table.from_pylist(limits(rules)))
    _take(cursor, "household_rule", _rule_table(rules))
    create(cursor, "household_key", "household_key")
    create(cursor, "household_fact", "household_fact")
    create(cursor, "household_tie", "household_tie", child_younger_by=rules.child_younger_by)


def limits(rules: HouseholdRules) -> list[dict[str, str | int]]:
    """How many may carry a key of each kind: ``kind``, ``at_most``."""
    return [{"kind": kind, "at_most": getattr(rules.carried_by_at_most, kind)} for kind in KINDS]


def find_households(cursor: DuckDBPyConnection, *, rules: HouseholdRules) -> None:
    """Makes ``household_found(golden_id, household_key UUID, reason)`` from the tables ``find_ties`` left.

    One row for each person who lives with another. Rounds end: each takes ties away or marks that only sink.
    """
    create(cursor, "household_past", "household_past")
    cursor.execute("CREATE OR REPLACE TABLE household_tie AS FROM household_tie ANTI JOIN household_past"
                   " USING (golden_a, golden_b)").fetchall()  # fmt: skip
    _mark(cursor)
    while _cut(cursor, largest=rules.largest):
        _mark(cursor)
    create(cursor, "household_found", "household_found")
    drop(cursor, *_WORKING, "household_fact", "household_tie")


def _mark(cursor: DuckDBPyConnection) -> None:
    """Table ``household_mark``(golden_id, mark): equal marks for those who hang together."""
    cursor.execute(
        "CREATE OR REPLACE TABLE household_mark AS SELECT golden_id, golden_id AS mark FROM ("
        "SELECT golden_a AS golden_id FROM household_tie UNION SELECT golden_b FROM household_tie)"
    ).fetchall()
    moving = True
    while moving:
        create(cursor, "household_step", "household_step")
        left = "SELECT count(*) FROM household_step s JOIN household_mark m USING (golden_id) WHERE s.mark <> m.mark"
        moving = bool(cursor.execute(left).fetchall()[0][0])
        drop(cursor, "household_mark")
        cursor.execute("ALTER TABLE household_step RENAME TO household_mark").fetchall()


def _cut(cursor: DuckDBPyConnection, *, largest: int) -> bool:
    """Takes the weakest ties of what is too large away; whether there were any."""
    weakest = statement("household_too_large")
    cursor.execute("CREATE OR REPLACE TABLE household_past AS " + weakest, {"largest": largest}).fetchall()
    cut = cursor.execute(
        "DELETE FROM household_tie t USING household_past p WHERE t.golden_a = p.golden_a AND t.golden_b = p.golden_b"
    ).fetchall()
    return bool(cut[0][0])


def _rule_table(rules: HouseholdRules) -> pa.Table:
    rows = [
        {
            "place": place,
            "reason": rule.reason,
            "needs": rule.needs,
            "forbids": rule.forbids,
            "last_names_at_most": rule.last_names_at_most,
            "people_at_most": rule.people_at_most,
            "in_unit": "unit" in rule.share,
        }
        for place, rule in enumerate(rules.together)
    ]
    kinds = [("place", pa.int32()), ("reason", pa.string()), ("needs", pa.int32()), ("forbids", pa.int32())]
    kinds += [("last_names_at_most", pa.int32()), ("people_at_most", pa.int32()), ("in_unit", pa.bool_())]
    return pa.Table.from_pylist(rows, schema=pa.schema(kinds))


def _take(cursor: DuckDBPyConnection, name: str, table: pa.Table) -> None:
    drop(cursor, name)
    cursor.register("household_arriving", table)
    cursor.table("household_arriving").create(name)
    cursor.unregister("household_arriving")
