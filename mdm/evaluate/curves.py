"""What other match lines would be worth: by pairs as stored, and after clustering anew at each cut."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray

from matching_rules.block import leave_out_noise, type_records
from matching_rules.match import match_records
from matching_rules.rules import Thresholds
from mdm.evaluate.accounts import Entities, read_related
from mdm.evaluate.figures import measure_cuts, measure_overlap
from mdm.evaluate.report import ClusteredCut, Curve, Histogram
from mdm.evaluate.steps import filled, make, rows
from mdm.lookup.explanation import Lines
from mdm.model import EntityType
from mdm.ruleset import EntityRules
from mdm.store.bridge import Reader

Floats = NDArray[np.float64]

# Pairs are judged at every half bit up to here; histograms end here too: beyond, all pairs are alike sure.
_HIGHEST = 30.0
_STEP = 0.5
# Clustering costs as much at each cut: beside the lines in force these many bits above the merge line.
_BEYOND = (2.0, 4.0, 8.0)


def draw_curves(
    duck: DuckDBPyConnection,
    reader: Reader,
    entities: Entities,
    *,
    recluster: bool,
    advance: Callable[[int, int], None],
) -> tuple[Curve, ...]:
    """One curve for each entity type of which the truth knows records. Reads ``labelled``, ``stored``, ``decision``,
    ``noise`` and, to cluster anew, ``standardised``.
    """
    drawn = []
    counted = duck.sql("SELECT DISTINCT entity_type FROM labelled WHERE entity_type IS NOT NULL").fetchall()
    known = [e for e in entities if (str(e),) in counted]
    if recluster:
        read_related(duck, reader, entities, ids=[], everything=True)
        make(duck, "related_all", "FROM related")
    for number, entity_type in enumerate(known):
        entity = entities[entity_type]
        cuts = _coarse(entity.rules.thresholds)
        clustered = []
        if recluster:
            _prepare(duck, entity_type, entity)
            for place, cut in enumerate(cuts):
                clustered.append(_clustered(duck, entity_type, entity, cut=cut))
                advance(number * len(cuts) + place + 1, len(known) * len(cuts))
        drawn.append(_curve(duck, entity_type, entity, tuple(clustered)))
    return tuple(drawn)


def _curve(
    duck: DuckDBPyConnection, entity_type: EntityType, entity: EntityRules, clustered: tuple[ClusteredCut, ...]
) -> Curve:
    t = entity.rules.thresholds
    found = duck.sql(filled("weighed", entity_type=entity_type, lowest=repr(t.potential_match))).fetchnumpy()
    weights, same = np.asarray(found["match_weight"], np.float64), np.asarray(found["same"], np.bool_)
    (true,) = rows(duck, "true_pairs", entity_type=entity_type)
    return Curve(
        entity_type=entity_type,
        lines=Lines(t.potential_match, t.keep, t.match, t.merge),
        true_pairs=true["pairs"],
        pairs=measure_cuts(weights, same, cuts=_fine(t), true_pairs=true["pairs"]),
        clustered=clustered,
        histogram=_histogram(weights, same, lowest=t.potential_match),
    )


def _coarse(lines: Thresholds) -> list[float]:
    """The lines in force, but none below that from which all pairs are stored, which rises with the population."""
    own = {lines.potential_match, lines.keep, lines.match, lines.merge}
    return sorted(line for line in own | {lines.merge + bits for bits in _BEYOND} if line >= lines.potential_match)


def _fine(lines: Thresholds) -> Sequence[float]:
    """Every half bit from the line below which not every pair is stored, and where the lines in force run."""
    first = math.ceil(lines.potential_match / _STEP) * _STEP
    steps = np.arange(first, _HIGHEST + _STEP, _STEP).tolist()
    return sorted({*steps, *_coarse(lines)})


def _histogram(weights: Floats, same: NDArray[np.bool_], *, lowest: float) -> Histogram:
    edges = np.arange(math.floor(lowest), _HIGHEST + 1)
    clipped = np.clip(weights, edges[0], edges[-1] - _STEP)
    one, two = (np.histogram(clipped[chosen], bins=edges)[0] for chosen in (same, ~same))
    return Histogram(tuple(edges[:-1].tolist()), tuple(one.tolist()), tuple(two.tolist()))


def _prepare(duck: DuckDBPyConnection, entity_type: EntityType, entity: EntityRules) -> None:
    """What ``match_records`` reads, as for a first load whose candidates have their stored weights."""
    make(duck, "of_type", filled("all_of_type", entity_type=entity_type))
    type_records(duck, rules=entity.rules, records="of_type", into="record")
    leave_out_noise(duck, rules=entity.rules, records="record")
    make(duck, "fresh_pair", filled("stored_of_type"))
    make(duck, "stored_pair", "SELECT *, false AS completed FROM fresh_pair LIMIT 0")
    make(duck, "held", "SELECT 0::BIGINT AS record_id, '' AS golden_id LIMIT 0")
    make(duck, "related", "FROM related_all SEMI JOIN record ON record_id = record_a")


def _clustered(duck: DuckDBPyConnection, entity_type: EntityType, entity: EntityRules, *, cut: float) -> ClusteredCut:
    lines = entity.rules.thresholds
    moved = {"keep": min(lines.keep, cut), "match": cut, "merge": max(lines.merge, cut)}
    rules = entity.rules.model_copy(update={"thresholds": lines.model_copy(update=moved)})
    report = match_records(duck, rules=rules, model=entity.model, records="record")
    found = duck.sql(filled("clustered", entity_type=entity_type)).fetchnumpy()
    return ClusteredCut(
        weight=cut,
        figures=measure_overlap(found["entity"], found["cluster"], found["n"]),
        questions=report.questions,
    )
