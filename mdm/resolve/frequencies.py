"""How rare values are in this population, and what it is like: measured once, kept with a version, used until measured
again on purpose.

A request and a nightly run must weigh a name alike, so frequencies are frozen: a snapshot is taken at the first run,
and again when the population has grown fourfold (which makes that run a full one). Small populations are eased towards
the frequencies the model was shipped with.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from matching_rules.frequencies import eased_frequencies
from matching_rules.lines import measure_population
from matching_rules.model import in_population
from mdm.model import EntityType
from mdm.resolve.work import Work
from mdm.ruleset import EntityRules, RuleSet
from mdm.settings import Settings
from mdm.store.engine import Store
from mdm.store.tables import setting, standardised_record

_GROWTH = 4


def snapshot_due(work: Work, live: int) -> bool:
    """Whether frequencies were never measured here, for another model, or on a quarter of today's population."""
    known = _known(work.store)
    return (
        known is None
        or known["models"] != work.rules.model_names
        or live > _GROWTH * max(known["records"], 500)
        or not _folder(work.settings, known["name"]).is_dir()
    )


def made_for(work: Work, *, waiting: str | None = None, today: bool = False) -> Work:
    """The work with the blocking rules that a population of this size needs; the others rest.

    The size is the snapshot's, or today's where there is none (``today``: in any case): the records standardised and
    those of the DuckDB table ``waiting`` (entity_type).
    """
    known = None if today else _known(work.store)
    if known is not None:
        return replace(work, rules=work.rules.for_sizes({e: int(known["sizes"][e.value]) for e in EntityType}))
    with work.store.begin() as connection:
        counted = connection.execute(
            sa.select(standardised_record.c.entity_type, sa.func.count()).group_by(standardised_record.c.entity_type)
        )
        sizes = {EntityType(entity_type): int(count) for entity_type, count in counted}
    if waiting is not None:
        rows = work.duck.execute(f"SELECT entity_type, count(*) FROM {waiting} GROUP BY 1").fetchall()  # own table name
        sizes |= {EntityType(e): sizes.get(EntityType(e), 0) + int(n) for e, n in rows}
    return replace(work, rules=work.rules.for_sizes(sizes))


def take_snapshot(work: Work, *, live: int, records: dict[EntityType, str], pairs: dict[EntityType, str]) -> None:
    """Measures frequencies on the typed ``records`` and what the population is like on its candidate ``pairs`` (tables
    per entity type); they are the snapshot in force."""
    name = work.now.strftime("%Y%m%dT%H%M%S") + f"-{work.run_id.hex[:8]}"
    folder = _folder(work.settings, name)
    folder.mkdir(parents=True, exist_ok=True)
    figures: dict[str, dict[str, float | None]] = {}
    for entity_type, table in records.items():
        entity = work.rules.entities[entity_type]
        found = eased_frequencies(work.duck, rules=entity.rules, records=table, shipped=entity.model.frequencies)
        for column, values in found.items():
            pq.write_table(values, folder / f"{entity_type}-{column}.parquet", compression="zstd")
        figures[entity_type.value] = measure_population(
            work.duck,
            rules=entity.rules,
            model=replace(entity.model, frequencies=found),
            records=table,
            pairs=pairs[entity_type],
        )
    sizes = {entity_type.value: work.count(table) for entity_type, table in records.items()}
    models = work.rules.model_names
    value = {"name": name, "records": live, "sizes": sizes, "figures": figures, "models": models}
    with work.store.begin() as connection:
        row = insert(setting).values(key="frequencies", value=value)
        connection.execute(row.on_conflict_do_update(index_elements=["key"], set_={"value": row.excluded.value}))


def snapshot_in_force(work: Work) -> str | None:
    """Name of the snapshot whose frequencies weigh now. One that a killed run took is in force for the next."""
    return snapshot_name(work.store)


def snapshot_name(store: Store) -> str | None:
    """As ``snapshot_in_force``, outside a run."""
    known = _known(store)
    return None if known is None else str(known["name"])


def in_force(work: Work, entity_type: EntityType) -> EntityRules:
    """The entity type's rules and model for the population of the snapshot; as shipped where there is no snapshot."""
    return rules_in_force(work.store, work.settings, rules=work.rules, entity_type=entity_type)


def rules_in_force(store: Store, settings: Settings, *, rules: RuleSet, entity_type: EntityType) -> EntityRules:
    """As ``in_force``, outside a run."""
    entity = rules.entities[entity_type]
    known = _known(store)
    if known is None:
        return entity
    folder = _folder(settings, known["name"])
    tables: dict[str, pa.Table] = {
        column: pq.read_table(folder / f"{entity_type}-{column}.parquet") for column in entity.rules.frequency_columns
    }
    records = int(known["sizes"][entity_type.value])
    model = replace(entity.model, frequencies=tables)
    figures = known.get("figures", {}).get(entity_type.value, {})
    return replace(
        entity,
        model=in_population(model, entity.rules, records=records, figures=figures),
        rules=entity.rules.in_population(records=records, trained_on=entity.model.file.population, figures=figures),
    )


def _known(store: Store) -> dict[str, Any] | None:
    with store.begin() as connection:
        found = connection.scalar(sa.select(setting.c.value).where(setting.c.key == "frequencies"))
    return found if isinstance(found, dict) else None


def _folder(settings: Settings, name: object) -> Path:
    return settings.home / "frequencies" / str(name)
