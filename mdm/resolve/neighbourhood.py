"""Whom a change concerns: the changed records, those that share a blocking key with them, and everyone those hang with.

Leaves the same DuckDB tables whether ten records changed or all of them: ``changed`` (record_id, live),
``standardised``, ``held``, ``decision``, ``noise`` (column_name, value) and, per entity type, typed records and pairs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from matching_rules.block import (
    BlockReport,
    Pairs,
    block_report,
    find_noise,
    find_noise_keys,
    leave_out_noise,
    leave_out_noise_keys,
    make_pairs,
    register_limits,
    type_records,
)
from matching_rules.match import MatchReport, match_records
from matching_rules.score import score_pairs
from mdm.model import EntityType
from mdm.resolve.deciding import as_if_returned, read_changed, read_decisions
from mdm.resolve.frequencies import in_force, made_for, snapshot_due, take_snapshot
from mdm.resolve.hot_keys import add_cooled_pairs, begin_hot_keys, gather_hot_keys, read_cooled, read_unpaired
from mdm.resolve.limits import columns_said, keep_largest_block, largest_block, limits_said
from mdm.resolve.statements import query
from mdm.resolve.work import Work, chunks
from mdm.ruleset import EntityRules
from mdm.store.tables import shared_value

Entities = Mapping[EntityType, EntityRules]
# From this share of changed records on, looking at everything is cheaper than looking around each change.
_FULL_FROM = 0.2
_IDS_A_QUERY = 50_000
_STORED_PAIR = "record_a BIGINT, record_b BIGINT, match_weight DOUBLE, first_stage_weight DOUBLE, completed BOOLEAN"


# what ``match_records`` leaves of one entity type, and a run keeps of all
_MATCHED = ("cluster", "membership", "known_pair", "contradiction")


@dataclass(frozen=True)
class Matched:
    """What matching did, per entity type. ``full``: everything was looked at; ``warnings``: limits that bit, columns
    that cannot do what the rules want (of a full look only)."""

    full: bool
    reports: dict[EntityType, MatchReport]
    blocks: dict[EntityType, list[BlockReport]]
    warnings: tuple[str, ...] = ()


def match_changes(work: Work, *, everything: bool) -> Matched | None:
    """Matches what changed; None when nothing did.

    Leaves DuckDB tables ``cluster`` (record_id, cluster_key), ``membership`` (+ size, match_weight), ``question``
    (entity_type, record_a, record_b, match_weight, first_stage_weight, guard), ``known_pair``, ``contradiction`` and
    ``affected`` (record_id): all records whose place was judged anew, the deleted ones too.
    """
    with work.stage("block") as counts:
        read_changed(work)
        changed = work.count("changed")
        # to ``changed`` come those whose evidence turns out to be noise; nothing happened to them themselves
        work.make("restless", "SELECT DISTINCT record_id FROM changed")
        with work.store.begin() as connection:
            live = connection.scalar(sa.text("SELECT count(*) FROM mdm.standardised_record"))
        due = work.decided is None and snapshot_due(work, live)
        if changed == 0 and not everything:
            return None
        work = made_for(work, today=due)
        full = everything or due or (work.decided is None and changed > _FULL_FROM * live)
        counts |= {"changed": changed, "live": live, "full": full}
        read_decisions(work)
        begin_hot_keys(work)
        if full:
            _load_everything(work)
            _type(work, "standardised")
            _find_noise(work)
        else:
            _load_around(work)
        blocks, warnings = _candidates(work, full=full, live=live)
        if due:
            found = {e: f"(FROM candidate_{e} WHERE rule >= 0)" for e in EntityType}  # a steward's pairs are no sample
            take_snapshot(work, live=live, records={e: f"record_{e}" for e in EntityType}, pairs=found)
        if not full:
            counts["heated_keys"] = read_unpaired(work)
            counts["cooled_keys"] = work.count("cooled_key")
            _load_compared(work)
        counts["candidate_pairs"] = sum(work.count(f"candidate_{e}") for e in EntityType)
    entities = {entity_type: in_force(work, entity_type) for entity_type in EntityType}
    with work.stage("score") as counts:
        for entity_type, entity in entities.items():
            score_pairs(
                work.duck,
                rules=entity.rules,
                model=entity.model,
                records=f"record_{entity_type}",
                pairs=f"candidate_{entity_type}",
                into=f"fresh_pair_{entity_type}",
            )
            counts[entity_type] = work.count(f"fresh_pair_{entity_type}")
    with work.stage("cluster") as counts:
        if not full:
            _load_connected(work, entities)
        _load_related(work, full=full)
        with as_if_returned(work):
            reports = _cluster(work, entities)
        counts |= {e: vars(r) for e, r in reports.items()}
        if full:
            for entity_type, entity in work.rules.entities.items():
                warnings += columns_said(
                    work.duck, entity_type, entity.rules, records=f"record_{entity_type}", clusters="cluster"
                )
    return Matched(full=full, reports=reports, blocks=blocks if full else {}, warnings=tuple(warnings))


def _load_everything(work: Work) -> None:
    """What a first load has just made is at hand."""
    for table, all_of_it in (("standardised", "standardised_all"), ("blocking_key", "keys_all")):
        if work.has(f"first_{table}"):
            work.duck.execute(f"ALTER TABLE first_{table} RENAME TO {table}").fetchall()
        else:
            work.read(all_of_it, into=table)
    work.read("held_all", into="held")
    for table in ("stored_pair", "stored_among"):
        work.make_empty(table, _STORED_PAIR)
    work.make("affected", "SELECT record_id FROM standardised UNION SELECT record_id FROM changed")


def _load_around(work: Work) -> None:
    """The changed records, and who carries their keys. A value that turns out to be noise changes all its carriers."""
    read_cooled(work)
    changed = work.ids("SELECT record_id FROM changed WHERE live")
    _read_carriers(work, changed, into="blocking_key")
    _read_in_chunks(work, "standardised_some", changed, into="standardised")
    _type(work, "standardised")
    _find_noise(work)
    if added := _add_carriers_of_new_noise(work):
        _read_carriers(work, added, into="more_keys")
        work.make("blocking_key", "FROM blocking_key UNION FROM more_keys")
        _read_standardised_too(work, added)
        _type(work, "standardised")
        _remove_noise(work)


def _load_compared(work: Work) -> None:
    """The records the changed ones are to be compared with."""
    pairs = " UNION ".join(
        f"SELECT record_a AS record_id FROM candidate_{e} UNION SELECT record_b FROM candidate_{e}" for e in EntityType
    )  # an enum
    _read_standardised_too(work, work.ids(f"({pairs}) EXCEPT SELECT record_id FROM standardised"))
    _type(work, "standardised")
    _remove_noise(work)


def _read_carriers(work: Work, ids: list[int], *, into: str) -> None:
    most = 1 + max(rule.largest_block for e in work.rules.entities.values() for rule in e.rules.blocking)
    _read_in_chunks(work, "carriers", ids, into=into, most=most)
    work.make(into, f"SELECT DISTINCT * FROM {into}")  # own table name


def _read_standardised_too(work: Work, ids: list[int]) -> None:
    _read_in_chunks(work, "standardised_some", ids, into="standardised_too")
    work.duck.execute("INSERT INTO standardised FROM standardised_too").fetchall()
    work.drop("standardised_too")


def _read_in_chunks(work: Work, name: str, ids: list[int], *, into: str, **params: object) -> None:
    for number, some in enumerate(chunks(ids, _IDS_A_QUERY) or [[]]):
        if number == 0:
            work.read(name, into=into, ids=list(some), **params)
        else:
            work.read(name, into="more", ids=list(some), **params)
            work.duck.execute(f"INSERT INTO {into} SELECT * FROM more").fetchall()  # own table name


def _type(work: Work, table: str) -> None:
    for entity_type, entity in work.rules.entities.items():
        of_type = f"(SELECT record_id, content_hash, match FROM {table} WHERE entity_type = '{entity_type}')"  # an enum
        type_records(work.duck, rules=entity.rules, records=of_type, into=f"record_{entity_type}")


def _find_noise(work: Work) -> None:
    """Values carried by too many are kept as ``shared_value`` for good and taken out of the evidence at hand."""
    with work.store.begin() as connection:
        known = connection.execute(sa.select(shared_value.c.attribute, shared_value.c.comparable)).all()
    work.make_empty("noise", "column_name VARCHAR, value VARCHAR")
    if known:
        work.duck.executemany("INSERT INTO noise VALUES (?, ?)", [tuple(row) for row in known]).fetchall()
    work.make_empty("new_noise", "column_name VARCHAR, value VARCHAR, carriers BIGINT, key BIGINT, entity_type VARCHAR")
    for entity_type, entity in work.rules.entities.items():
        find_noise(
            work.duck, rules=entity.rules, records=f"record_{entity_type}", keys="blocking_key", into="found_noise"
        )
        work.duck.execute(
            f"INSERT INTO new_noise SELECT column_name, value, carriers, key, '{entity_type}' FROM found_noise"
            " ANTI JOIN noise USING (column_name, value)"
        ).fetchall()
    work.duck.execute("INSERT INTO noise SELECT column_name, value FROM new_noise").fetchall()
    _remove_noise(work)


def _remove_noise(work: Work) -> None:
    for entity_type, entity in work.rules.entities.items():
        leave_out_noise(work.duck, rules=entity.rules, records=f"record_{entity_type}")


def _add_carriers_of_new_noise(work: Work) -> list[int]:
    """Of both entity types: what too many people carry is no evidence about firms either."""
    keys: list[int] = []
    for entity in work.rules.entities.values():
        find_noise_keys(work.duck, rules=entity.rules, noise="new_noise", into="new_noise_key")
        keys += work.ids("SELECT DISTINCT key FROM new_noise_key")
    work.drop("new_noise_key")
    if not keys:
        return []
    work.read("key_carriers", into="noise_carrier", keys=keys)
    added = work.ids("SELECT DISTINCT record_id FROM noise_carrier ANTI JOIN changed USING (record_id)")
    work.duck.execute("INSERT INTO changed SELECT unnest(?::BIGINT[]), true", [added]).fetchall()
    work.drop("noise_carrier")
    return added


def _candidates(work: Work, *, full: bool, live: int) -> tuple[dict[EntityType, list[BlockReport]], list[str]]:
    """Candidate pairs per entity type; with stewards' pairs among them, so that these are always weighed.

    Answers what each blocking rule did and which limits bit.
    """
    blocks: dict[EntityType, list[BlockReport]] = {}
    made: dict[EntityType, Pairs] = {}
    said: list[str] = []
    cut = {} if full else largest_block(work)
    for entity_type, entity in work.rules.entities.items():
        keys, pairs = f"key_{entity_type}", f"candidate_{entity_type}"
        work.make(
            keys,
            "SELECT k.* FROM blocking_key k SEMI JOIN (SELECT o.key FROM blocking_key o"
            f" SEMI JOIN record_{entity_type} USING (record_id)) USING (key)",  # an enum
        )
        register_limits(work.duck, rules=entity.rules)
        leave_out_noise_keys(work.duck, rules=entity.rules, keys=keys)
        gather_hot_keys(work, entity_type, keys=keys)
        made[entity_type] = make_pairs(
            work.duck,
            keys=keys,
            into=pairs,
            guards=entity.rules.guards,
            records=live,
            at_most=cut.get(entity_type.value),
        )
        if not full:
            work.duck.execute(
                f"DELETE FROM {pairs} WHERE record_a NOT IN (SELECT record_id FROM changed)"
                " AND record_b NOT IN (SELECT record_id FROM changed)"
            ).fetchall()
            add_cooled_pairs(work, entity_type, pairs=pairs)
        work.duck.execute(
            f"INSERT INTO {pairs} SELECT d.record_a, d.record_b, -1 FROM decision d"
            f" ANTI JOIN {pairs} p ON p.record_a = d.record_a AND p.record_b = d.record_b"
            f" WHERE d.record_a IN (SELECT record_id FROM record_{entity_type})"
            f" OR d.record_b IN (SELECT record_id FROM record_{entity_type})"
        ).fetchall()
        blocks[entity_type] = block_report(
            work.duck,
            rules=entity.rules,
            keys=keys,
            records=f"record_{entity_type}",
            largest=made[entity_type].largest,
        )
        said += limits_said(entity_type, entity.rules, made[entity_type], blocks[entity_type])
        work.drop(keys)
    if full:
        keep_largest_block(work, {entity_type: pairs.largest for entity_type, pairs in made.items()})
    return blocks, said


def _load_connected(work: Work, entities: Entities) -> None:
    """Everyone whose place the changed records can touch.

    First whom they are or were compared with, down to the line of their kind; then, outwards until nobody is new, whom
    those could share a cluster with: pairs at the match line, golden records, decisions; last, whom a steward is or
    would be asked about together with any of these, and theirs: customers join and part, and two are asked about once.
    """
    match = min(e.rules.thresholds.match for e in entities.values())
    # of the changed records all pairs that are kept, however low, for these may be kept no longer
    _read_in_chunks(work, "neighbours", work.ids("SELECT record_id FROM changed"), into="neighbour", match=match)
    compared = " UNION ".join(
        f"SELECT unnest([record_a, record_b]) FROM fresh_pair_{entity_type}"  # an enum
        f" WHERE match_weight >= {entity.rules.thresholds.potential_match!r}"
        for entity_type, entity in entities.items()
    )
    work.make(
        "affected",
        "SELECT record_id FROM changed UNION SELECT record_id FROM neighbour"
        f" UNION SELECT unnest([record_a, record_b]) FROM unpaired UNION {compared}",
    )
    work.make_empty("asked_about", "record_id BIGINT")
    _reach_out(work, work.ids("SELECT record_id FROM affected ANTI JOIN changed USING (record_id)"), match=match)
    asked_about = work.ids("SELECT DISTINCT record_id FROM asked_about ANTI JOIN affected USING (record_id)")
    work.duck.execute("INSERT INTO affected SELECT unnest(?::BIGINT[])", [asked_about]).fetchall()
    _reach_out(work, asked_about, match=match)
    work.drop("asked_about")
    _read_standardised_too(work, work.ids("SELECT record_id FROM affected ANTI JOIN standardised USING (record_id)"))
    work.make("standardised", "SELECT s.* FROM standardised s SEMI JOIN affected USING (record_id)")
    _type(work, "standardised")
    _remove_noise(work)
    ids = work.ids("SELECT record_id FROM affected")
    _read_in_chunks(work, "held_some", ids, into="held")
    _read_in_chunks(work, "stored_pairs", ids, into="stored_pair")
    work.make("stored_among", query("stored_among"))
    work.make("stored_pair", query("unaffected_stored_pair"))


def _reach_out(work: Work, frontier: list[int], *, match: float) -> None:
    """Adds to ``affected``, outwards until nobody is new, who could share a cluster with those of the frontier, and to
    ``asked_about`` whom these are otherwise weighed against.
    """
    while frontier:
        _read_in_chunks(work, "neighbours", frontier, into="neighbour", match=match)
        work.make("fresh_neighbour", "SELECT DISTINCT * FROM neighbour ANTI JOIN affected USING (record_id)")
        work.duck.execute("INSERT INTO asked_about SELECT record_id FROM fresh_neighbour").fetchall()
        frontier = work.ids("SELECT record_id FROM fresh_neighbour WHERE connected")
        work.duck.execute("INSERT INTO affected SELECT unnest(?::BIGINT[])", [frontier]).fetchall()


def _load_related(work: Work, *, full: bool) -> None:
    """Pairs that sources relate in a way the rules allow between two customers only."""
    stated = {entity_type.value: e.rules.never_related for entity_type, e in work.rules.entities.items()}
    work.read(
        "related_pairs",
        into="related",
        entity_types=[entity_type for entity_type, relations in stated.items() if relations],
        relations=sorted({relation for relations in stated.values() for relation in relations}),
        everything=full,
        ids=[] if full else work.ids("SELECT record_id FROM affected"),
    )


def _cluster(work: Work, entities: Entities) -> dict[EntityType, MatchReport]:
    reports: dict[EntityType, MatchReport] = {}
    all_stored = "all_stored"
    work.make(all_stored, "FROM stored_pair")
    for number, (entity_type, entity) in enumerate(entities.items()):
        records = f"record_{entity_type}"
        work.make(
            "fresh_pair",
            f"SELECT f.* FROM fresh_pair_{entity_type} f SEMI JOIN {records} a ON a.record_id = f.record_a"
            f" SEMI JOIN {records} b ON b.record_id = f.record_b",
        )
        work.make("stored_pair", f"SELECT s.* FROM {all_stored} s SEMI JOIN {records} r ON r.record_id = s.record_a")
        reports[entity_type] = match_records(work.duck, rules=entity.rules, model=entity.model, records=records)
        for table in _MATCHED:
            _gather(work, table, first=number == 0)
        work.make("question_of_type", f"SELECT '{entity_type}' AS entity_type, q.* FROM question q")
        _gather(work, "question_of_type", first=number == 0)
        work.drop(f"fresh_pair_{entity_type}", f"candidate_{entity_type}")
    for table in _MATCHED:
        work.duck.execute(f"DROP TABLE IF EXISTS {table}").fetchall()
        work.duck.execute(f"ALTER TABLE all_{table} RENAME TO {table}").fetchall()
    work.drop("question", "question_of_type", "fresh_pair", all_stored)
    work.duck.execute("ALTER TABLE all_question_of_type RENAME TO question").fetchall()
    return reports


def _gather(work: Work, table: str, *, first: bool) -> None:
    if first:
        work.make(f"all_{table}", f"FROM {table}")
    else:
        work.duck.execute(f"INSERT INTO all_{table} FROM {table}").fetchall()
