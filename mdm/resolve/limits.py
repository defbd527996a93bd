"""What of blocking and columns a run has to say: limits that bit, and columns that cannot do what the rules want.

The largest block that a full run could afford is kept, so that the nights after it leave out what it left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from matching_rules.block import BlockReport, Pairs
from matching_rules.profile import findings, profile_columns
from matching_rules.rules import MatchingRules
from mdm.model import EntityType
from mdm.resolve.work import Work
from mdm.store.tables import setting

_LARGEST_BLOCK = "largest_block"


def largest_block(work: Work) -> Mapping[str, int | None]:
    """The largest block of the last full run by entity type, where that had to leave larger ones out."""
    with work.store.begin() as connection:
        found = connection.scalar(sa.select(setting.c.value).where(setting.c.key == _LARGEST_BLOCK))
    return found if isinstance(found, dict) else {}


def keep_largest_block(work: Work, largest: Mapping[EntityType, int | None]) -> None:
    """Keeps what a full run found out."""
    value = {entity_type.value: size for entity_type, size in largest.items()}
    with work.store.begin() as connection:
        row = insert(setting).values(key=_LARGEST_BLOCK, value=value)
        connection.execute(row.on_conflict_do_update(index_elements=["key"], set_={"value": row.excluded.value}))


def limits_said(
    entity_type: EntityType, rules: MatchingRules, pairs: Pairs, blocks: Sequence[BlockReport]
) -> list[str]:
    """The limits that bit, in sentences."""
    said = []
    skipped = {block.rule: block.skipped_keys for block in blocks if block.skipped_keys}
    if skipped:
        worst = sorted(skipped.items(), key=lambda item: (-item[1], item[0]))[:3]
        named = ", ".join(f"{rule} {keys:,}" for rule, keys in worst)
        said.append(
            f"{entity_type}: {sum(skipped.values()):,} blocking keys were skipped because too many records carry them"
            f" ({named}); `mdm blocking report` estimates what that cost"
        )
    over = {block.rule: block.over for block in blocks if block.over}
    if over:
        said.append(
            f"{entity_type}: {max(over.values()):,} records have more than {rules.guards.keys_per_record} values of a"
            f" blocking rule and no key by it ({', '.join(over)}); look at what fills them"
        )
    if pairs.largest is not None:
        said.append(
            f"{entity_type}: more pairs than the {rules.guards.pairs_per_record} a record that"
            f" guards.pairs_per_record allows: only blocks of up to {pairs.largest} records were compared, which left"
            f" out up to {pairs.left_out:,} pairs; lower largest_block of the broadest rules (`mdm blocking report`)"
        )
    if pairs.records_cut:
        said.append(
            f"{entity_type}: {pairs.records_cut:,} records share keys with more than"
            f" {rules.guards.candidates_per_record:,} others (guards.candidates_per_record) and were compared within"
            " their smallest blocks only"
        )
    return said


def columns_said(
    duck: duckdb.DuckDBPyConnection, entity_type: EntityType, rules: MatchingRules, *, records: str, clusters: str
) -> list[str]:
    """Columns that are empty, constant, ids or made from the answer: a sentence for each kind.

    ``records`` is typed, ``noise`` (column_name, ...) left out of it; ``clusters``: record_id, cluster_key.
    """
    noise = frozenset(str(name) for (name,) in duck.execute("SELECT DISTINCT column_name FROM noise").fetchall())
    profiles = profile_columns(duck, rules=rules, records=records, clusters=clusters)
    columns: dict[str, list[str]] = {}
    for finding in findings(profiles, noise=noise):
        columns.setdefault(finding.text, []).append(finding.column)
    if [len(c) for c in columns.values()] == [len(profiles)] and not any(p.filled for p in profiles):
        nothing = "no record holds anything to compare, so that each is a customer of its own"
        return [f"{entity_type}: {nothing}; look at what the mapping fills (`mdm mapping list`)"]
    return [f"{entity_type}: {', '.join(named)}: {text}" for text, named in columns.items()]
