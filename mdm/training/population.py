"""A folder of extracts with known truth as standardised records, without a database: for training and measuring."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from mdm.settings import Settings
from mdm.standardise.batch import standardise_stream
from mdm.standardise.values import Context
from mdm.systems.mapped_file import map_file, worker_pool
from mdm.systems.mapping import load_mappings


def standardised_population(folder: Path, *, settings: Settings) -> pa.Table:
    """Every source record of the extracts in ``folder`` whose truth is known.

    Columns: record_id, entity_type, values, match, content_hash (as ``standardise_batch`` gives them), system, object,
    source_id, entity_id. Source: ``folder/truth.csv``.
    """
    with (folder / "truth.csv").open(newline="", encoding="utf-8") as file:
        truth = {(r["source"], r["object"], r["source_id"]): r["entity_id"] for r in csv.DictReader(file)}
    keys: list[tuple[str, str, str]] = []

    def batches() -> Iterator[pa.Table]:
        mappings = load_mappings(settings)
        with worker_pool(settings) as pool:
            for path in sorted(p for p in folder.iterdir() if p.is_file()):
                mapping = mappings.for_file(path.name)
                if mapping is None or mapping.document.kind != "source":
                    continue
                with map_file(path, mapping, settings=settings, pool=pool) as mapped:
                    for spool in mapped.spool:
                        table = pq.read_table(spool, columns=["source_id", "entity_type", "attributes"])
                        first = len(keys)
                        keys.extend((mapping.system, mapping.object, s) for s in table.column("source_id").to_pylist())
                        ids = pa.array(range(first + 1, len(keys) + 1), pa.int64())
                        versions = pa.array([1] * table.num_rows, pa.int32())
                        columns = [ids, versions, table.column("entity_type"), table.column("attributes")]
                        yield pa.table(columns, names=["record_id", "version", "entity_type", "attributes"])

    context = Context(default_region=settings.default_region)
    table = pa.concat_tables(list(standardise_stream(batches(), context, settings.processes)))
    found = [keys[i - 1] for i in table.column("record_id").to_pylist()]
    for position, name in enumerate(("system", "object", "source_id")):
        table = table.append_column(name, pa.array([k[position] for k in found]))
    return table.append_column("entity_id", pa.array([truth.get(k) for k in found]))
