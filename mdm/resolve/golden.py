"""From clusters to golden records: lasting ids, surviving values with lineage, proposed changes. All in DuckDB."""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic
from typing import Any
from uuid import UUID

import pyarrow as pa

from golden_record.identity import assign
from golden_record.propose import propose
from golden_record.survive import slices, survive
from mdm.model import ATTRIBUTES, Kind
from mdm.resolve.deciding import add_unmerged, make_previous, read_overrides, returning_ids
from mdm.resolve.departed import find_departed
from mdm.resolve.statements import query
from mdm.resolve.take import take
from mdm.resolve.work import Work
from mdm.systems.mapping import Mappings

# Attributes whose capitals are ours to guess where a system shouts.
_SPELT = (Kind.NAME, Kind.ORGANISATION_NAME)
# The matching columns that single out a shared value, and the attribute their values stand in.
_ATTRIBUTE_OF_COLUMN = {
    "emails": "email",
    "phones": "phone",
    "loyalty": "loyalty_number",
    "tax": "tax_number",
    "domains": "website",
}


def make_golden(work: Work, *, full: bool, mappings: Mappings) -> None:
    """Leaves ``assignment``, ``id_event``, ``new_cross_reference``, ``touched_golden``, ``golden``, ``conflict``,
    ``proposal`` and ``record_fact``."""
    ids = [] if full else work.ids("SELECT record_id FROM affected")
    with work.stage("identify") as counts:
        if full:
            work.read("held_all", into="held")
            work.read("golden_age_all", into="golden_age")
        else:
            ids_here = work.texts("SELECT DISTINCT golden_id FROM held")
            work.read("golden_age", into="golden_age", golden=ids_here + returning_ids(work))
        make_previous(work)
        work.read("former", into="former", everything=full, ids=ids)
        work.make("circumstance", query("golden_circumstance"))
        assign(work.duck, new_id=work.decided.new_id if work.decided else None, now=work.now)
        add_unmerged(work)
        work.drop("circumstance")
        lines = [{"entity_type": e.value, "match": r.rules.thresholds.match} for e, r in work.rules.entities.items()]
        take(work, "entity_line", pa.Table.from_pylist(lines))
        work.make("new_cross_reference", query("new_cross_reference"))
        work.make("touched_golden", query("touched_golden_all" if full else "touched_golden"))
        work.make("touched", "SELECT record_id, golden_id FROM assignment SEMI JOIN touched_golden USING (golden_id)")
        if not full:
            _touch_what_came_back(work)
        counts |= dict(work.duck.execute("SELECT kind, count(*) FROM id_event GROUP BY kind ORDER BY kind").fetchall())
        counts["touched"] = work.count("touched_golden")
    with work.stage("survive") as counts:
        touched = [] if full else work.ids("SELECT record_id FROM touched")
        work.read("record_facts_all" if full else "record_facts_some", into="record_fact", ids=touched)
        columns = [{"column_name": c, "attribute": a} for c, a in _ATTRIBUTE_OF_COLUMN.items()]
        take(work, "attribute_of_column", pa.Table.from_pylist(columns))
        work.make(
            "noise_attribute",
            "SELECT DISTINCT attribute, value FROM noise JOIN attribute_of_column USING (column_name)",
        )
        find_departed(work, full=full)
        read_overrides(work)
        work.make("value_override", query("value_override"))
        take(work, "writable", _writable(mappings))
        item_wise = [
            a for r in work.rules.ownership.rules if r.wins.strategy == "most_restrictive" for a in r.attributes
        ]
        take(work, "item_wise", _names(item_wise))
        take(work, "spelt_attribute", _names(a.name for a in ATTRIBUTES.values() if a.kind in _SPELT))
        counts.update(_by_slices(work))
    with work.stage("propose") as counts:  # made slice by slice above; the seconds are in ``spent`` of survive
        counts["proposals"] = work.count("proposal")


def _touch_what_came_back(work: Work) -> None:
    """A deleted record that is back as somebody else speaks for the golden record it left no longer.

    That one is made anew with all its members, though none of them was judged.
    """
    work.read("departed_home", into="left_behind", ids=work.ids("SELECT record_id FROM changed WHERE live"))
    work.make("left_behind", "FROM left_behind ANTI JOIN affected USING (record_id)")
    ids = work.ids("SELECT record_id FROM left_behind")
    if ids:
        work.read("standardised_some", into="standardised_too", ids=ids)
        work.duck.execute("INSERT INTO standardised FROM standardised_too").fetchall()
        work.duck.execute("INSERT INTO touched FROM left_behind").fetchall()
        work.duck.execute("INSERT INTO touched_golden SELECT DISTINCT golden_id FROM left_behind").fetchall()
        work.drop("standardised_too")
    work.drop("left_behind")


def _by_slices(work: Work) -> dict[str, Any]:
    """Tables ``golden``, ``conflict`` and ``proposal``; a range of golden ids at a time keeps working tables small."""
    values, seconds = 0, {"unfold": 0.0, "survive": 0.0, "propose": 0.0}
    ranges = slices(work.duck, members="touched") or [(UUID(int=0), UUID(int=0))]
    for number, (low, high) in enumerate(ranges):
        started = monotonic()
        work.duck.execute(
            "CREATE OR REPLACE TABLE slice_record AS FROM touched WHERE golden_id BETWEEN ? AND ?",
            [low, high],
        ).fetchall()
        work.make("attribute_value", query("slice_value"))
        work.make("target_value", query("target_value"))
        _respell(work)
        unfolded = monotonic()
        survive(work.duck, rules=work.rules.ownership, now=work.now, keep=number > 0)
        survived = monotonic()
        propose(work.duck, rules=work.rules.ownership, keep=number > 0)
        values += work.count("attribute_value")
        for name, spent in (
            ("unfold", unfolded - started),
            ("survive", survived - unfolded),
            ("propose", monotonic() - survived),
        ):
            seconds[name] += spent
    work.drop("slice_record", "target_value", "attribute_value", "departed_value", "ranked_value", "golden_number")
    return {
        "values": values,
        "golden": work.count("golden"),
        "conflicts": work.count("conflict"),
        "slices": len(ranges),
        "spent": {name: round(spent, 3) for name, spent in seconds.items()},
    }


def _respell(work: Work) -> None:
    """Names we put into capitals by guess take the spelling that systems sent for the same customer.

    Only where texts differ by capitals alone is it looked up which of them was sent: that is rare, and what was sent
    is long.
    """
    work.make("rival_text", query("rival_text"))
    rivals = work.duck.execute("SELECT DISTINCT record_id, version FROM rival_text").fetchall()
    if rivals:
        ids, versions = map(list, zip(*rivals, strict=True))
        work.read("sent_text", into="sent_text", ids=ids, versions=versions)
        work.make("spelling", query("spelling"))
        work.duck.execute(
            "UPDATE attribute_value v SET value = s.value FROM spelling s WHERE v.golden_id = s.golden_id"
            " AND v.record_id = s.record_id AND v.attribute = s.attribute AND v.ordinal = s.ordinal"
        ).fetchall()
    work.drop("rival_text", "sent_text", "spelling")


def _names(names: Iterable[str]) -> pa.Table:
    return pa.table({"attribute": pa.array(list(names), pa.string())})


def _writable(mappings: Mappings) -> pa.Table:
    rows = [
        {"system": m.system, "object": m.object, "attribute": attribute}
        for m in mappings.all
        for attribute in (m.document.writable.fields if m.document.writable else ())
    ]
    return pa.Table.from_pylist(rows, schema=pa.schema([(c, pa.string()) for c in ("system", "object", "attribute")]))
