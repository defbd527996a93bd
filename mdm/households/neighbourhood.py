"""Whose household a night can change: golden records made anew, who shares a key of theirs, who hangs with those."""

from __future__ import annotations

import pyarrow as pa

from golden_record.households import find_ties, limits
from mdm.households.tables import Tables, query


def gather(tables: Tables) -> None:
    """Leaves ``household_looked_at`` (golden_id: whose place is judged anew), ``household_held`` (their stays, and
    those of whom they lived with), ``household_before`` (what those made anew said when last published) and, of
    everybody looked at, the ties of ``find_ties``.

    Somebody is looked at when a key of a golden record judged anew, as it is or as it was, is his too, unless too many
    others carry it; then, outwards until nobody is new, whom those are tied to or lived with. Of everybody looked at
    all carriers of all keys are read, so that each tie is judged as it would be with everything at hand.
    """
    tables.take("household_at_most", pa.Table.from_pylist(limits(tables.rules)))
    tables.make("household_hot", "SELECT NULL::BIGINT AS key WHERE false")
    tables.make("household_asked", "SELECT NULL::BIGINT AS key WHERE false")
    tables.read("evidence_some", into="household_before", golden=tables.texts("SELECT golden_id FROM touched_golden"))
    tables.make_from("household_changed", "changed_evidence")
    tables.make_from("household_anew", "anew")
    tables.make("said", "SELECT b.* FROM household_before b SEMI JOIN household_anew USING (golden_id)")
    tables.make_from("household_before_key", "keys_of")
    anew = "SELECT f.* FROM household_fresh f SEMI JOIN household_anew USING (golden_id)"
    tables.make("household_evidence", f"FROM ({anew}) ANTI JOIN household_settled USING (golden_id)")
    tables.make("household_looked_at", "FROM household_anew")
    tables.execute(f"INSERT INTO said {anew}")
    _meet(tables)
    tables.execute(
        "INSERT INTO household_looked_at SELECT DISTINCT golden_id FROM household_met"
        " ANTI JOIN household_looked_at USING (golden_id)"
    )
    tables.make("household_frontier", "FROM household_looked_at")
    newcomers = True
    while newcomers:
        tables.make("said", "SELECT e.* FROM household_evidence e SEMI JOIN household_frontier USING (golden_id)")
        _meet(tables)
        find_ties(tables.duck, rules=tables.rules)
        tables.read("members", into="household_held", golden=tables.texts("SELECT golden_id FROM household_looked_at"))
        tables.make_from("household_frontier", "newcomer")
        newcomers = bool(tables.execute("INSERT INTO household_looked_at FROM household_frontier"))
    tables.execute(
        "DELETE FROM household_tie WHERE golden_a NOT IN (SELECT golden_id FROM household_looked_at)"
        " OR golden_b NOT IN (SELECT golden_id FROM household_looked_at)"
    )
    tables.drop(
        "said", "said_key", "household_at_most", "household_asked", "household_question", "household_before_key"
    )
    tables.drop("household_met", "household_frontier", "household_changed", "household_anew")


def _meet(tables: Tables) -> None:
    """Reads who else carries the keys of table ``said`` (``household_met``), and what those say.

    What too many others carry is ``household_hot``, and nobody is met by it. Of golden records judged anew the store
    knows only how they were, so they are none of those met.
    """
    tables.make_from("said_key", "keys_of")
    tables.make_from("household_question", "question")
    asked = tables.duck.execute("SELECT key, most FROM household_question").fetchnumpy()
    tables.read_carriers(keys=asked["key"].tolist(), most=asked["most"].tolist())
    tables.execute("INSERT INTO household_asked SELECT key FROM household_question")
    tables.execute(
        "DELETE FROM household_met WHERE golden_id IN (SELECT golden_id FROM household_anew)"
        " OR golden_id IN (SELECT golden_id FROM household_settled)"
    )
    tables.execute(f"INSERT INTO household_hot {query('crowded')}")
    tables.execute("DELETE FROM household_met WHERE key IN (SELECT key FROM household_hot)")
    new = "SELECT DISTINCT golden_id FROM household_met ANTI JOIN household_evidence USING (golden_id)"
    tables.read("evidence_some", into="household_read", golden=tables.texts(new))
    tables.execute("INSERT INTO household_evidence FROM household_read")
    tables.drop("household_read")
