"""What each target record should be told: proposed changes, few and explained, from the surviving values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from golden_record.model import ONLY_INITIALS, Ownership
from golden_record.statements import append, create

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def propose(cursor: DuckDBPyConnection, *, rules: Ownership, writable: str = "writable", keep: bool = False) -> None:
    """Makes the table ``proposal`` from what survived and what each target record holds now.

    Reads ``ranked_value`` and ``golden_number`` (of ``survive``, run just before), ``target_value(golden_id, record_id,
    system, object, source_id, attribute, value, comparable)`` (a view does), the relation named ``writable`` (system,
    object, attribute): what the mapping files can write, and, where a rule says ``review: above_radius``,
    ``golden_radius(golden_id, radius)``: how much hangs on the customer; without a row a person is asked. A target
    record must have at least one row in ``target_value`` to be seen; an attribute without a row is blank there. For
    items of ``most_restrictive`` (consent) give one row for each item. ``keep``: proposals stay, those found now are
    added.

    ``proposal(golden_id, record_id, system, object, source_id, attribute, old_value, new_value, review, reason)``:
    one row for each record and attribute; old_value is null where the target is blank; review is ``required`` or
    ``none``.
    """
    tables = _tables(rules)
    for name, table in tables.items():
        cursor.register(name, table)
    if writable != "writable":
        cursor.table(writable).create_view("writable", replace=True)
    if not any(rule.review == "above_radius" for rule in rules.rules):
        cursor.execute("CREATE TABLE IF NOT EXISTS golden_radius (golden_id UUID, radius BIGINT)").fetchall()
    store = append if keep else create
    store(cursor, "proposal", "proposal", initials=ONLY_INITIALS, radius=rules.radius)
    for name in tables:
        cursor.unregister(name)


def _tables(rules: Ownership) -> dict[str, pa.Table]:
    mastered = [(i, r) for i, r in enumerate(rules.rules) if r.wins.strategy != "not_mastered"]
    numbers = rules.attribute_numbers
    rule_rows: list[dict[str, Any]] = []
    for rule_id, rule in mastered:
        paths = [*rule.wins.item, None, None, None]
        rule_rows.extend(
            {
                "rule_id": rule_id,
                "attribute_no": numbers[attribute],
                "attribute": attribute,
                "strategy": rule.wins.strategy,
                "grouped": rule.group is not None,
                "kept": [part for part in rule.wins.parts if part not in rule.wins.optional],
                "review": rule.review,
                "path_1": paths[0],
                "path_2": paths[1],
                "path_3": paths[2],
                "state_path": rule.wins.field,
            }
            for attribute in rule.attributes
        )
    told = [{"rule_id": i, "system": t.system, "object": t.object} for i, r in mastered for t in r.receives]
    never = [{"rule_id": i, "system": t.system, "object": t.object} for i, r in mastered for t in r.never_written]
    return {
        "propose_rule": pa.Table.from_pylist(rule_rows, schema=_RULE_SCHEMA),
        "propose_target": pa.Table.from_pylist(told, schema=_TARGET_SCHEMA),
        "propose_never": pa.Table.from_pylist(never, schema=_TARGET_SCHEMA),
    }


_RULE_SCHEMA = pa.schema(
    [("rule_id", pa.int16()), ("attribute_no", pa.int16()), ("grouped", pa.bool_()), ("kept", pa.list_(pa.string()))]
    + [(name, pa.string()) for name in ("attribute", "strategy", "review")]
    + [(name, pa.string()) for name in ("path_1", "path_2", "path_3", "state_path")]
)
_TARGET_SCHEMA = pa.schema([("rule_id", pa.int16()), ("system", pa.string()), ("object", pa.string())])
