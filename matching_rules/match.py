"""From candidate pairs to clusters: score, judge each component as a whole, and say what a steward should decide.

Everything happens in tables of one DuckDB connection. In: typed records (``block.type_records``); ``fresh_pair``
(record_a, record_b, match_weight, first_stage_weight), the candidates just scored; ``stored_pair`` (the same and
completed), pairs whose weight still holds; ``decision`` (record_a < record_b, kind), stewards' constraints; ``related``
(record_a < record_b, relation), what sources state; ``held`` (record_id, golden_id), who belongs where now. Out:
``known_pair`` (as ``stored_pair``), ``cluster`` (record_id, cluster_key), ``membership`` (record_id, cluster_key, size,
match_weight), ``contradiction`` (record_a, record_b, contradiction, bare), ``question`` (record_a, record_b,
match_weight, first_stage_weight, guard).

A pair is ``completed`` where it counts inside a component only, which is judged by all its pairs: no key and no
decision pairs the two, or they weigh less than what a steward is asked about. It never connects a component. Its weight
is remembered as long as the component stands, not that the two were compared.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from matching_rules.cluster import BARE, DECIDED_APART, Component, Refusal, cluster, component_labels
from matching_rules.model import Model
from matching_rules.rules import MatchingRules
from matching_rules.score import find_contradictions, score_pairs
from matching_rules.statements import statement

# Components up to this size have all their pairs compared; in larger ones (one hot value chaining strangers) only those
# pairs count that blocking found and a steward would be asked about, and average linkage takes them apart.
_COMPLETE_UP_TO = 200


@dataclass(frozen=True)
class MatchReport:
    """Counts of one matching: pairs scored (candidates, and completed inside components), components, clusters.

    ``completed_pairs`` are those weighed anew; others are remembered.
    """

    records: int
    candidate_pairs: int
    completed_pairs: int
    components: int
    largest_component: int
    judged: int
    clusters: int
    largest_cluster: int
    questions: int


def match_records(
    cursor: duckdb.DuckDBPyConnection, *, rules: MatchingRules, model: Model, records: str
) -> MatchReport:
    """Runs the whole matching over the tables named in the module's docstring."""
    candidates = _count(cursor, "fresh_pair")
    potential = repr(rules.thresholds.potential_match)
    _make(cursor, "known_pair", statement("known_pair", potential=potential))
    _find_components(cursor, rules, records)
    _make(cursor, "missing_pair", statement("missing_pairs", largest=str(_COMPLETE_UP_TO)))
    cursor.execute(statement("remembered_pair")).fetchall()
    _make(cursor, "missing_pair", "FROM missing_pair ANTI JOIN known_pair USING (record_a, record_b)")
    completed = _count(cursor, "missing_pair")
    if completed:
        score_pairs(cursor, rules=rules, model=model, records=records, pairs="missing_pair", into="completed_pair")
        cursor.execute("INSERT INTO known_pair SELECT *, true FROM completed_pair").fetchall()
    _make(cursor, "connected_pair", statement("connected_pair"))
    _make(cursor, "kept_pair", statement("kept_pair", potential=potential))
    find_contradictions(cursor, rules=rules, records=records, pairs="kept_pair", into="contradiction")
    cursor.execute(statement("related_contradiction")).fetchall()
    _make(cursor, "inner_pair", statement("inner_pair", decided=DECIDED_APART))
    judged = _cluster(cursor, rules, records)
    _make(cursor, "membership", statement("membership"))
    limits = {"potential": potential, "match": repr(rules.thresholds.match), "bare": BARE}
    _make(cursor, "question", statement("question", **limits))
    # what is kept for the next run: pairs inside components and those a steward is asked about
    _make(cursor, "known_pair", "FROM kept_pair")
    sizes = cursor.execute(
        "SELECT count(*), coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM cluster GROUP BY cluster_key)"
    ).fetchall()[0]
    shapes = cursor.execute("SELECT count(DISTINCT component), coalesce(max(size), 0) FROM component").fetchall()[0]
    return MatchReport(
        records=_count(cursor, records),
        candidate_pairs=candidates,
        completed_pairs=completed,
        components=shapes[0],
        largest_component=shapes[1],
        judged=judged,
        clusters=sizes[0],
        largest_cluster=sizes[1],
        questions=_count(cursor, "question"),
    )


def _make(cursor: duckdb.DuckDBPyConnection, table: str, query: str) -> None:
    cursor.execute(f"CREATE OR REPLACE TABLE {table} AS {query}").fetchall()


def _count(cursor: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(cursor.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])  # own table name


def _find_components(cursor: duckdb.DuckDBPyConnection, rules: MatchingRules, records: str) -> None:
    """Creates ``component``(record_id, component, size): records that could come to share a cluster.

    An average reaches a line only where some pair does, so pairs at or above ``match`` connect, those at or above
    ``keep`` within one golden record, and must-links; weaker pairs would only chain strangers. A decision may speak of
    a record that its system deleted since: it says nothing until the record is back.
    """
    limits = {"match": repr(rules.thresholds.match), "keep": repr(rules.thresholds.keep), "records": records}
    found = cursor.execute(statement("connecting_pair", **limits)).fetchnumpy()
    records_of, ends = np.unique(np.concatenate([found["record_a"], found["record_b"]]), return_inverse=True)
    labels = component_labels(ends[: len(found["record_a"])], ends[len(found["record_a"]) :], nodes=len(records_of))
    sizes = np.bincount(labels, minlength=len(records_of))[labels]
    table = pa.table(
        {
            "record_id": pa.array(records_of, pa.int64()),
            "component": pa.array(labels, pa.int64()),
            "size": pa.array(sizes, pa.int64()),
        }
    )
    _take(cursor, "component", table)


def _take(cursor: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    cursor.register("arriving", table)
    _make(cursor, name, "SELECT * FROM arriving")
    cursor.unregister("arriving")


def _cluster(cursor: duckdb.DuckDBPyConnection, rules: MatchingRules, records: str) -> int:
    """Creates ``cluster`` and ``refused``; answers how many components had to be judged one by one."""
    limits = {
        "largest": str(rules.guards.largest_cluster),
        "bare": repr(rules.guards.bare),
        "match": repr(rules.thresholds.match),
        "merge": repr(rules.thresholds.merge),
    }
    _make(cursor, "component_state", statement("component_state", **limits))
    groups, refusals, judged = _judge(cursor, rules, records)
    first = np.fromiter((min(g) for g in groups), dtype=np.int64, count=len(groups))
    sizes = np.fromiter((len(g) for g in groups), dtype=np.int64, count=len(groups))
    table = pa.table(
        {
            "record_id": pa.array(np.fromiter((r for g in groups for r in g), dtype=np.int64, count=int(sizes.sum()))),
            "cluster_key": pa.array(np.repeat(first, sizes)),
        }
    )
    _take(cursor, "judged_cluster", table)
    _take(
        cursor,
        "refused",
        pa.table(
            {
                "record_a": pa.array([r.a for r in refusals], pa.int64()),
                "record_b": pa.array([r.b for r in refusals], pa.int64()),
                "reason": pa.array([r.reason for r in refusals], pa.string()),
            }
        ),
    )
    _make(
        cursor,
        "cluster",
        "SELECT record_id, min(record_id) OVER (PARTITION BY component) AS cluster_key"  # own table name
        " FROM component JOIN component_state USING (component) WHERE plain"
        " UNION ALL SELECT record_id, cluster_key FROM judged_cluster"
        f" UNION ALL SELECT record_id, record_id FROM {records} ANTI JOIN component USING (record_id)",
    )
    return judged


def _judge(
    cursor: duckdb.DuckDBPyConnection, rules: MatchingRules, records: str
) -> tuple[list[tuple[int, ...]], list[Refusal], int]:
    """Clusters the components that are not plainly one customer."""
    members: dict[int, list[int]] = defaultdict(list)
    content: dict[int, dict[int, str]] = defaultdict(dict)
    held: dict[int, dict[int, object]] = defaultdict(dict)
    rows = cursor.execute(
        "SELECT c.component, c.record_id, r.content_hash, h.golden_id"  # own table name
        " FROM component c JOIN component_state s USING (component)"
        f" JOIN {records} r USING (record_id) LEFT JOIN held h USING (record_id) WHERE NOT s.plain ORDER BY c.record_id"
    ).fetchall()
    for number, record, text, golden in rows:
        members[number].append(record)
        content[number][record] = str(text)
        if golden is not None:
            held[number][record] = golden
    weights: dict[int, dict[tuple[int, int], float]] = defaultdict(dict)
    apart: dict[int, dict[tuple[int, int], str]] = defaultdict(dict)
    together: dict[int, list[tuple[int, int]]] = defaultdict(list)
    bare: dict[int, set[tuple[int, int]]] = defaultdict(set)
    pairs = cursor.execute(
        "SELECT component, record_a, record_b, match_weight, apart, together, bare FROM inner_pair"
        " JOIN component_state USING (component) WHERE NOT plain"
    ).fetchall()
    for number, a, b, weight, reason, joined, without_fact in pairs:
        weights[number][(a, b)] = weight
        if reason is not None:
            apart[number][(a, b)] = reason
        if joined:
            together[number].append((a, b))
        if without_fact:
            bare[number].add((a, b))
    groups: list[tuple[int, ...]] = []
    refusals: list[Refusal] = []
    for number, records_of in members.items():
        component = Component(
            records=records_of,
            weights=weights[number],
            apart=apart[number],
            together=together[number],
            bare=bare[number],
            content=content[number],
            held=held[number],
        )
        result = cluster(component, thresholds=rules.thresholds, guards=rules.guards)
        groups += result.groups
        refusals += result.refusals
    return groups, refusals, len(members)
