"""What survives, for one customer or for all: everything that is asserted of them gathered, then the ownership rules.

One program: a nightly run, a look-up that asks what if, and a preview gather and judge by these two functions.
"""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic
from typing import Any
from uuid import UUID

import pyarrow as pa

from golden_record.propose import propose
from golden_record.survive import slices, survive
from mdm.model import ATTRIBUTES, Kind
from mdm.resolve.deciding import read_overrides
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


def gather(work: Work, *, full: bool, mappings: Mappings) -> None:
    """Reads what survivorship needs of the golden records in ``touched_golden``.

    Reads ``touched`` (record_id, golden_id), ``touched_golden``, ``assignment``, ``id_event``, ``standardised`` and
    ``noise``; leaves ``record_fact``, ``noise_attribute``, ``departed_value``, ``value_override``,
    ``record_reference``, ``writable``, ``item_wise`` and ``spelt_attribute``.
    """
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
    item_wise = [a for r in work.rules.ownership.rules if r.wins.strategy == "most_restrictive" for a in r.attributes]
    take(work, "item_wise", _names(item_wise))
    take(work, "spelt_attribute", _names(a.name for a in ATTRIBUTES.values() if a.kind in _SPELT))
    _read_references(work, full=full, ids=touched)


def _read_references(work: Work, *, full: bool, ids: list[int]) -> None:
    """How many references hang on each record, where a rule asks for the blast radius; else none are read."""
    if any(rule.review == "above_radius" for rule in work.rules.ownership.rules):
        work.read("record_references", into="record_reference", everything=full, ids=ids)
    else:
        work.make_empty("record_reference", "record_id BIGINT, n BIGINT")


def survive_by_slices(work: Work) -> dict[str, Any]:
    """Leaves ``golden``, ``conflict`` and ``proposal``; a range of golden ids at a time keeps working tables small."""
    values, seconds = 0, {"unfold": 0.0, "survive": 0.0, "propose": 0.0}
    ranges = slices(work.duck, members="touched") or [(UUID(int=0), UUID(int=0))]
    for number, (low, high) in enumerate(ranges):
        started = monotonic()
        work.duck.execute(
            "CREATE OR REPLACE TABLE slice_record AS FROM touched WHERE golden_id BETWEEN ? AND ?",
            [low, high],
        ).fetchall()
        unfold(work)
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
    work.drop("golden_radius", "record_reference")
    return {
        "values": values,
        "golden": work.count("golden"),
        "conflicts": work.count("conflict"),
        "slices": len(ranges),
        "spent": {name: round(spent, 3) for name, spent in seconds.items()},
    }


def unfold(work: Work) -> None:
    """What survivorship reads, of the records in ``slice_record``: ``attribute_value``, ``target_value`` and
    ``golden_radius``."""
    work.make("attribute_value", query("slice_value"))
    work.make("target_value", query("target_value"))
    work.make("golden_radius", query("golden_radius"))
    _respell(work)


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
