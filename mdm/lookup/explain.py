"""Why two records are one customer or two, and how a customer came about: by the rules in force and what is stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any, Literal
from uuid import UUID

import duckdb
import pyarrow as pa
import sqlalchemy as sa

from matching_rules.block import leave_out_noise, type_records
from matching_rules.cluster import DECIDED_APART, Clustering, Component, Join, between, cluster
from matching_rules.explain import (
    Agreement,
    Evidence,
    explain_blocking,
    explain_formation,
    explain_pairs,
    join_of,
    nearest_rules,
    strongest_between,
    turned,
)
from matching_rules.score import find_contradictions, score_pairs
from mdm.errors import MdmError, NotFound, RefusedInput
from mdm.lookup.explanation import (
    BlockingView,
    CustomerExplanation,
    DecisionView,
    KeyView,
    Lines,
    Neighbour,
    PairExplanation,
    Reason,
    StepView,
    StrongestPair,
    Waterfall,
    Weight,
    Why,
)
from mdm.lookup.show import show
from mdm.lookup.view import CustomerView
from mdm.model import EntityType, GoldenId, RecordKey
from mdm.resolve.frequencies import rules_in_force, snapshot_name
from mdm.ruleset import EntityRules, RuleSet, load_rule_set
from mdm.settings import Settings
from mdm.standardise.version import standardiser_version
from mdm.statements import statement
from mdm.store.bridge import open_duckdb
from mdm.store.engine import Store

Pair = tuple[int, int]
_Row = Mapping[str, Any]

# Records looked at around those asked about: a component beyond this is explained by its customer's records alone.
_MOST_RECORDS = 1000
_MOST_NEIGHBOURS = 5


def explain(
    store: Store, settings: Settings, key: str, other: str | None = None, *, rules: RuleSet | None = None
) -> PairExplanation | CustomerExplanation:
    """Two records or customers (golden ids or ``system/object/id``), or how the one customer of ``key`` came about.

    ``rules``: the rule set in force, where many are explained and it is loaded already. NotFound as ``show`` says it;
    RefusedInput where both name one record and nothing else.
    """
    one = _side(store, key)
    two = one if other is None else _side(store, other)
    with closing(open_duckdb(settings)) as duck:
        if other is None or (one.is_customer and two.is_customer and one.golden_id == two.golden_id):
            known = _look_around(store, settings, duck, one.view.entity_type, one.members.keys(), rules=rules)
            return _explain_customer(one, known)
        if one.view.entity_type != two.view.entity_type:
            return _two_kinds(one, two)
        pairs = {(min(p), max(p)) for p in product(one.asked_of, two.asked_of) if p[0] != p[1]}
        if not pairs:
            raise RefusedInput(f"{key} and {other} are the same record: there is nothing to compare")
        asked = one.members.keys() | two.members.keys()
        known = _look_around(store, settings, duck, one.view.entity_type, asked, rules=rules)
        return _explain_pair(one, two, pairs, known)


def _rows(connection: sa.Connection, name: str, **params: Any) -> list[_Row]:
    text = statement(params.pop("package", __package__), name)
    return [dict(row) for row in connection.execute(sa.text(text), params).mappings()]


@dataclass(frozen=True)
class _Side:
    """What was asked for: a customer, or one record of it (``asked_of``: its row ids; ``members``: the customer's)."""

    words: str
    view: CustomerView
    members: Mapping[int, RecordKey]
    asked_of: Set[int]
    is_customer: bool

    @property
    def golden_id(self) -> GoldenId:
        return self.view.golden_id


def _side(store: Store, words: str) -> _Side:
    view = show(store, words)
    with store.begin() as connection:
        members = {
            row["record_id"]: RecordKey(row["system"], row["object"], row["source_id"])
            for row in _rows(connection, "explain_members", golden_id=view.golden_id)
        }
        try:
            UUID(words)
        except ValueError:
            key = RecordKey.parse(words)
            (found, *_) = _rows(connection, "record", system=key.system, object=key.object, source_id=key.source_id)
            return _Side(words, view, members, {found["record_id"]}, is_customer=False)
    return _Side(words, view, members, members.keys(), is_customer=True)


@dataclass(frozen=True)
class _Stored:
    """A pair as the last run left it."""

    match_weight: float
    first_stage_weight: float | None
    rules_version: str

    @classmethod
    def of(cls, row: _Row) -> _Stored:
        return cls(row["match_weight"], row["first_stage_weight"], row["rules_version"])


@dataclass(frozen=True)
class _Known:
    """The records asked about with all they hang together with, as the last run left them.

    DuckDB has ``record`` (typed, without noise), ``keyed`` (typed, with it).
    """

    store: Store
    duck: duckdb.DuckDBPyConnection
    entity: EntityRules
    rows: Mapping[int, _Row]
    keys: Mapping[int, RecordKey]
    weights: Mapping[Pair, _Stored]
    decisions: Mapping[Pair, _Row]
    related: Mapping[Pair, str]
    objections: Mapping[Pair, tuple[str | None, bool]]
    noise: Set[tuple[str, str]]
    partial: bool
    changed_since: tuple[str, ...]

    @cached_property
    def component(self) -> Component:
        """As ``matching_rules/sql/inner_pair.sql`` and ``match`` make it."""
        apart, bare = {}, set()
        for pair, (contradiction, without_fact) in self.objections.items():
            if pair in self.weights and pair not in self.decisions:
                if contradiction is not None:
                    apart[pair] = contradiction
                if without_fact:
                    bare.add(pair)
        apart |= {p: DECIDED_APART for p, d in self.decisions.items() if d["kind"] == "cannot_link"}
        return Component(
            records=sorted(self.rows),
            weights={pair: stored.match_weight for pair, stored in self.weights.items()},
            apart=apart,
            together=[p for p, d in self.decisions.items() if d["kind"] == "must_link"],
            bare=bare,
            content={r: row["content_hash"] for r, row in self.rows.items()},
            held={r: row["golden_id"] for r, row in self.rows.items() if row["golden_id"] is not None},
        )

    @cached_property
    def clustering(self) -> Clustering:
        """What judging all of it now comes to: everybody held where he is."""
        return cluster(self.component, thresholds=self.entity.rules.thresholds, guards=self.entity.rules.guards)

    @property
    def groups(self) -> list[list[int]]:
        """The customers as published."""
        groups: dict[object, list[int]] = {}
        for record, row in self.rows.items():
            groups.setdefault(row["golden_id"] or record, []).append(record)
        return list(groups.values())

    @property
    def lines(self) -> Lines:
        lines = self.entity.rules.thresholds
        return Lines(lines.potential_match, lines.keep, lines.match, lines.merge)


def _look_around(
    store: Store,
    settings: Settings,
    duck: duckdb.DuckDBPyConnection,
    entity_type: EntityType,
    asked: Set[int],
    *,
    rules: RuleSet | None = None,
) -> _Known:
    rules = rules or load_rule_set(settings)
    try:
        entity = rules_in_force(store, settings, rules=rules, entity_type=entity_type)
    except FileNotFoundError:
        raise MdmError("the value frequencies of the last run are gone; `mdm run nightly` measures them anew") from None
    with store.begin() as connection:
        ids, partial = _hanging_together(connection, asked, match=entity.rules.thresholds.match)
        rows = {r["record_id"]: r for r in _rows(connection, "explain_record", ids=ids)}
        rows = {record: row for record, row in rows.items() if row["entity_type"] == entity_type}
        ids = sorted(rows)
        keys = {r["record_id"]: _key(r) for r in _rows(connection, "keys", record_ids=sorted({*ids, *asked}))}
        stored = {_pair(r): _Stored.of(r) for r in _rows(connection, "explain_pair", ids=ids)}
        decisions = {_pair(r): r for r in _rows(connection, "explain_decision", ids=ids)}
        stated = _rows(
            connection,
            "related_pairs",
            package="mdm.resolve",
            entity_types=[entity_type],
            relations=list(entity.rules.never_related),
            everything=False,
            ids=ids,
        )
        noise = {(r["attribute"], r["comparable"]) for r in _rows(connection, "explain_noise")}
        resolved_with = [r["value"] for r in _rows(connection, "explain_resolved_with")]
    if unknown := sorted(str(keys[record]) for record in asked - rows.keys()):
        raise NotFound(f"the record {unknown[0]} is deleted, or waits for its next run (`mdm run nightly`)")
    _load(duck, entity, rows.values(), noise)
    related = {_pair(r): r["relation"] for r in stated}
    waiting = [keys[record] for record in sorted(asked) if rows[record]["waits"]]
    return _Known(
        store=store,
        duck=duck,
        entity=entity,
        rows=rows,
        keys=keys,
        weights=stored,
        decisions=decisions,
        related=related,
        objections=_objections(duck, entity, stored, related),
        noise=noise,
        partial=partial,
        changed_since=_changed_since(store, rules, resolved_with, waiting),
    )


def _hanging_together(connection: sa.Connection, asked: Set[int], *, match: float) -> tuple[list[int], bool]:
    """The records asked about and whom they could share a cluster with; whether that are too many to look at."""
    found, frontier = set(asked), sorted(asked)
    while frontier:
        rows = _rows(connection, "neighbours", package="mdm.resolve", ids=frontier, match=match)
        frontier = sorted({r["record_id"] for r in rows if r["connected"]} - found)
        if len(found) + len(frontier) > _MOST_RECORDS:
            return sorted(asked), True
        found.update(frontier)
    # and whom they were near to
    near = _rows(connection, "neighbours", package="mdm.resolve", ids=sorted(asked), match=match)
    return sorted(found.union(r["record_id"] for r in near)), False


def _key(row: _Row) -> RecordKey:
    return RecordKey(row["system"], row["object"], row["source_id"])


def _pair(row: _Row) -> Pair:
    return row["record_a"], row["record_b"]


def _load(
    duck: duckdb.DuckDBPyConnection, entity: EntityRules, rows: Iterable[_Row], noise: Set[tuple[str, str]]
) -> None:
    listed = list(rows)
    schema = {"record_id": pa.int64(), "content_hash": pa.string(), "match": pa.string()}
    _put(duck, "standardised", {c: pa.array([r[c] for r in listed], kind) for c, kind in schema.items()})
    ordered = sorted(noise)
    columns = {"column_name": [column for column, _ in ordered], "value": [value for _, value in ordered]}
    _put(duck, "noise", {name: pa.array(values, pa.string()) for name, values in columns.items()})
    for into in ("keyed", "record"):
        type_records(duck, rules=entity.rules, records="standardised", into=into)
    leave_out_noise(duck, rules=entity.rules, records="record")


def _put(duck: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, pa.Array]) -> None:
    duck.register("arriving", pa.table(dict(columns)))
    duck.execute(f"CREATE OR REPLACE TABLE {name} AS FROM arriving").fetchall()
    duck.unregister("arriving")


def _put_pairs(duck: duckdb.DuckDBPyConnection, name: str, pairs: Iterable[Pair]) -> None:
    listed = sorted(pairs)
    sides = {"record_a": [a for a, _ in listed], "record_b": [b for _, b in listed]}
    _put(duck, name, {column: pa.array(values, pa.int64()) for column, values in sides.items()})


def _objections(
    duck: duckdb.DuckDBPyConnection,
    entity: EntityRules,
    weights: Mapping[Pair, _Stored],
    related: Mapping[Pair, str],
) -> dict[Pair, tuple[str | None, bool]]:
    """What speaks against pairs being one customer: a contradiction by name; nothing but a name in common."""
    ordered = sorted(weights)
    columns = {
        "record_a": pa.array([a for a, _ in ordered], pa.int64()),
        "record_b": pa.array([b for _, b in ordered], pa.int64()),
        "match_weight": pa.array([weights[pair].match_weight for pair in ordered], pa.float64()),
    }
    _put(duck, "inner_pair", columns)
    find_contradictions(duck, rules=entity.rules, records="record", pairs="inner_pair", into="objection")
    rows = duck.execute("SELECT record_a, record_b, contradiction, bare FROM objection").fetchall()
    found = {(a, b): (contradiction, bare) for a, b, contradiction, bare in rows}
    for pair, relation in related.items():
        contradiction, bare = found.get(pair, (None, False))
        found[pair] = (contradiction or f"a source states: {relation}", bare)
    return found


def changed_since(store: Store, rules: RuleSet) -> tuple[str, ...]:
    """What decides that is not as it was at the last run, in words; ``rules``: those in force now."""
    with store.begin() as connection:
        resolved_with = [r["value"] for r in _rows(connection, "explain_resolved_with")]
    return _changed_since(store, rules, resolved_with, ())


def _changed_since(
    store: Store, rules: RuleSet, resolved_with: Sequence[_Row], waiting: Sequence[RecordKey]
) -> tuple[str, ...]:
    """What is not as it was when the last run decided, in words."""
    before = resolved_with[0] if resolved_with else {}
    now = {
        "rule_set": (rules.version, "the rules or the model"),
        "standardiser": (standardiser_version(), "how values are made comparable"),
        "frequencies": (snapshot_name(store), "how rare values are held to be"),
    }
    changed = [words for name, (value, words) in now.items() if before.get(name) != value]
    return (*changed, *(f"the record {key}, which waits for its run" for key in waiting))


def _explain_pair(one: _Side, two: _Side, pairs: Set[Pair], known: _Known) -> PairExplanation:
    pair = _strongest(known, pairs)
    _put_pairs(known.duck, "asked", [pair])
    rules, model = known.entity.rules, known.entity.model
    (evidence,) = explain_pairs(known.duck, rules=rules, model=model, records="record", pairs="asked")
    agreements = explain_blocking(known.duck, rules=rules, records="keyed", pair=pair)
    blocking = _blocking(known, agreements)
    evidence = evidence if pair[0] in one.asked_of else turned(evidence)
    a, b = evidence.record_a, evidence.record_b
    stored = known.weights.get(pair)
    weight = Weight(
        stored=None if stored is None else stored.match_weight,
        stored_by=None if stored is None else stored.rules_version,
        recomputed=evidence.match_weight,
        first_stage_stored=None if stored is None else stored.first_stage_weight,
        first_stage_recomputed=evidence.first_weight,
    )
    together = one.golden_id == two.golden_id
    joined = join_of(known.clustering.joins, pair) if together else None
    decisions = _decisions_between(known, one.members.keys(), two.members.keys())
    judged = _Judged(one, two, pair, evidence, weight, agreements, blocking, decisions, known)
    return PairExplanation(
        asked=(one.words, two.words),
        a=known.keys[a],
        b=known.keys[b],
        golden_ids=(one.golden_id, two.golden_id),
        strongest_of=len(pairs) if one.is_customer or two.is_customer else None,
        together=together,
        reasons=tuple(judged.why_together(joined) if together else judged.why_apart()),
        weight=weight,
        lines=known.lines,
        evidence=Waterfall(
            decided_by=evidence.decided_by,
            start=evidence.start,
            parts=evidence.contributions,
            crowded=evidence.crowded,
            first_weight=evidence.first_weight,
            prior=evidence.prior,
            first_stage=evidence.first_stage,
        ),
        blocking=blocking,
        decisions=tuple(decisions.values()),
        joined_by=None if joined is None else _step(known, joined),
        changed_since=known.changed_since,
    )


def _two_kinds(one: _Side, two: _Side) -> PairExplanation:
    words = {EntityType.PERSON: "a person", EntityType.ORGANISATION: "an organisation"}
    kinds = " and ".join(words[kind] for kind in sorted({one.view.entity_type, two.view.entity_type}, reverse=True))
    return PairExplanation(
        asked=(one.words, two.words),
        a=one.members[min(one.asked_of)],
        b=two.members[min(two.asked_of)],
        golden_ids=(one.golden_id, two.golden_id),
        strongest_of=None,
        together=False,
        reasons=(Reason(Why.NEVER_COMPARED, f"never compared: {kinds}"),),
        weight=None,
        lines=None,
        evidence=None,
        blocking=(),
        decisions=(),
        joined_by=None,
        changed_since=(),
    )


def _strongest(known: _Known, pairs: Set[Pair]) -> Pair:
    """The pair of highest weight, as it would be weighed now."""
    if len(pairs) == 1:
        return next(iter(pairs))
    _put_pairs(known.duck, "crossing", pairs)
    rules, model = known.entity.rules, known.entity.model
    score_pairs(known.duck, rules=rules, model=model, records="record", pairs="crossing", into="crossing_weight")
    query = "SELECT record_a, record_b FROM crossing_weight ORDER BY match_weight DESC, record_a, record_b LIMIT 1"
    ((a, b),) = known.duck.execute(query).fetchall()
    return a, b


def _blocking(known: _Known, agreements: Sequence[Agreement]) -> tuple[BlockingView, ...]:
    keys = [key.key for agreement in agreements for key in agreement.keys]
    with known.store.begin() as connection:
        carriers = {r["key"]: r["carriers"] for r in _rows(connection, "explain_carriers", keys=keys)}

    def unusable(agreement: Agreement, value: str, carried: int) -> str | None:
        if agreement.column is not None and (agreement.column, value) in known.noise:
            return "shared by too many to be evidence"
        return f"more than {agreement.largest_block} carry it" if carried > agreement.largest_block else None

    return tuple(
        BlockingView(
            rule=agreement.rule,
            largest_block=agreement.largest_block,
            keys=tuple(
                KeyView(k.values, carriers.get(k.key, 0), unusable(agreement, k.values[0], carriers.get(k.key, 0)))
                for k in agreement.keys
            ),
            differing=agreement.differing,
        )
        for agreement in agreements
    )


def _decisions_between(known: _Known, one: Set[int], two: Set[int]) -> dict[Pair, DecisionView]:
    return {
        pair: DecisionView(
            d["kind"], (known.keys[pair[0]], known.keys[pair[1]]), d["actor"], d["created_at"], d["reason"]
        )
        for pair, d in known.decisions.items()
        if (pair[0] in one and pair[1] in two) or (pair[0] in two and pair[1] in one)
    }


@dataclass(frozen=True)
class _Judged:
    """A pair with all that was found out about it: what the reasons are drawn from."""

    one: _Side
    two: _Side
    pair: Pair
    evidence: Evidence
    weight: Weight
    agreements: Sequence[Agreement]
    blocking: Sequence[BlockingView]
    decisions: Mapping[Pair, DecisionView]
    known: _Known

    @property
    def bits(self) -> float:
        """What the last run went by, where it is known."""
        return self.weight.recomputed if self.weight.stored is None else self.weight.stored

    def why_together(self, joined: Join | None) -> Iterable[Reason]:
        lines, bits = self.known.lines, self.bits
        decided = self._decided("must_link", Why.DECIDED_TOGETHER)
        yield from decided
        if bits >= lines.match:
            yield Reason(Why.REACHES_THE_LINE, f"{bits:.2f} bits together; from {lines.match:g} on records join")
        elif bits >= lines.keep:
            text = f"{bits:.2f} bits would not join them (match: {lines.match:g}), but together they stay down to"
            yield Reason(Why.KEPT, f"{text} {lines.keep:g} (keep)")
        elif joined is not None and len(joined.a) + len(joined.b) > 2:
            text = f"alone they weigh {bits:.2f}; the groups they came with average {joined.linkage:.2f}"
            yield Reason(Why.THROUGH_OTHERS, text)
        elif not decided:
            yield Reason(Why.BELOW, f"{bits:.2f} bits, below the keep line ({lines.keep:g})")
        if joined is None:
            yield Reason(Why.NEXT_RUN, "judged now they would be two customers")
        yield from self._decided("cannot_link", Why.NEXT_RUN, suffix="; the next run obeys")

    def why_apart(self) -> Iterable[Reason]:
        lines, guards, bits = self.known.lines, self.known.entity.rules.guards, self.bits
        reasons = self._decided("cannot_link", Why.DECIDED_APART)
        relation = self.known.related.get(self.pair)
        if self.evidence.contradiction is not None:
            reasons.append(Reason(Why.CONTRADICTION, self.evidence.contradiction))
        if relation is not None:
            reasons.append(Reason(Why.RELATED, f"a source states: {relation}"))
        if self.evidence.bare and bits < guards.bare:
            text = f"nothing but a name in common: that takes {guards.bare:g} bits, and they have {bits:.2f}"
            reasons.append(Reason(Why.BARE, text))
        if self._never_compared:
            text = f"never compared ({bits:.2f} bits, had they been): {self._unpaired()}"
            reasons.append(Reason(Why.NEVER_COMPARED, text))
        elif bits < lines.potential_match:
            asked = f"below {lines.potential_match:g}, from where on a steward is asked"
            reasons.append(Reason(Why.BELOW, f"{bits:.2f} bits, {asked}"))
        elif bits < lines.match:
            text = f"{bits:.2f} bits, below {lines.match:g}, from where on records join"
            reasons.append(Reason(Why.BELOW, text))
        else:
            reasons += self._as_groups()
        asked_about = {self.known.keys[r] for r in self.pair}
        reasons += [
            Reason(Why.ASKED, f"a steward is asked since {task.opened_at:%Y-%m-%d}: {task.reason.replace('_', ' ')}")
            for task in self.one.view.tasks
            if asked_about <= set(task.records)
        ]
        return [*reasons, *self._decided("must_link", Why.NEXT_RUN, suffix="; the next run obeys")]

    @property
    def _never_compared(self) -> bool:
        paired = self.pair in self.decisions or any(blocking.pairs_them for blocking in self.blocking)
        return self.weight.stored is None and not paired

    def _as_groups(self) -> list[Reason]:
        """Why two customers are not joined though a pair between them reaches the line."""
        rules, (a, b) = self.known.entity.rules, self.pair
        if any({a, b} <= set(group) for group in self.known.clustering.groups):
            return [Reason(Why.NEXT_RUN, "judged now they would be one customer")]
        found = between(
            self.known.component, self.known.groups, a=a, b=b, thresholds=rules.thresholds, guards=rules.guards
        )
        if found.linkage < found.line:
            merging = " that two existing customers need (merge)" if found.line == rules.thresholds.merge else ""
            return [Reason(Why.GROUPS_BELOW, f"on average {found.linkage:.2f} bits, below the {found.line:g}{merging}")]
        known = found.reason in (None, self.evidence.contradiction)
        return [] if known else [Reason(Why.REFUSED, str(found.reason))]

    def _decided(self, kind: str, why: Why, *, suffix: str = "") -> list[Reason]:
        said = {"must_link": "said they are the same", "cannot_link": "said they are not the same"}[kind]
        found = []
        for pair, decision in self.decisions.items():
            if decision.kind == kind:
                of = "" if pair == self.pair else f" ({decision.records[0]}, {decision.records[1]})"
                text = f"{decision.actor} {said} on {decision.at:%Y-%m-%d}{of}: {decision.reason}{suffix}"
                found.append(Reason(why, text))
        return found

    def _unpaired(self) -> str:
        """Why no blocking key pairs them, and which would have."""
        held = [f"{b.rule} ({k.carriers} records: {k.unusable})" for b in self.blocking for k in b.keys if k.unusable]
        if held:
            return f"all keys they share are left out: {', '.join(held)}"
        near = nearest_rules(self.agreements)
        if not near:
            return "no blocking key in common, and none nearly so"
        if len(near[0].parts) == 1:
            one_of = ", ".join(a.rule if _told_twice(a) else f"{a.rule} (one of them has none)" for a in near)
            return f"no blocking key in common; one of these would have paired them, had it agreed: {one_of}"
        said = {True: "agreed", False: "stood in both"}
        missing = "; ".join(f"{a.rule!r}, had {a.differing[0].column} {said[_told_twice(a)]}" for a in near)
        return f"no blocking key in common; nearest: {missing}"


def _told_twice(agreement: Agreement) -> bool:
    """Whether both records hold a value of the part in which they differ."""
    return bool(agreement.differing[0].a and agreement.differing[0].b)


def _step(known: _Known, join: Join) -> StepView:
    strongest = strongest_between(known.component, join)
    linked = {p for p, d in known.decisions.items() if d["kind"] == "must_link"}
    kind: Literal["evidence", "kept", "decided"] = "evidence"
    if join.line is None or any((min(p), max(p)) in linked for p in product(join.a, join.b)):
        kind = "decided"
    elif join.linkage < known.lines.match:
        kind = "kept"
    return StepView(
        a=tuple(sorted(known.keys[r] for r in join.a)),
        b=tuple(sorted(known.keys[r] for r in join.b)),
        linkage=join.linkage,
        kind=kind,
        strongest=None if strongest is None else _strongest_pair(known, *strongest),
    )


def _strongest_pair(known: _Known, pair: Pair, weight: float) -> StrongestPair:
    return StrongestPair(known.keys[pair[0]], known.keys[pair[1]], weight)


def _explain_customer(side: _Side, known: _Known) -> CustomerExplanation:
    members = set(side.members)
    formation = explain_formation(known.clustering, members=members)
    steps = tuple(_step(known, join) for join in formation.joins)
    weakest = None if formation.weakest is None else steps[formation.joins.index(formation.weakest)]
    return CustomerExplanation(
        asked=side.words,
        golden_id=side.golden_id,
        redirected_from=side.view.redirected_from,
        entity_type=side.view.entity_type,
        records=side.view.records,
        lines=known.lines,
        steps=steps,
        weakest=weakest,
        whole=any(set(group) == members for group in known.clustering.groups),
        partial=known.partial,
        decisions=tuple(_decisions_between(known, members, set(known.rows)).values()),
        neighbours=tuple(_neighbours(members, known)),
        history=side.view.history,
        changed_since=known.changed_since,
    )


def _neighbours(members: Set[int], known: _Known) -> Iterable[Neighbour]:
    """The nearest other customers by stored weight, and why each is another."""
    strongest: dict[GoldenId, tuple[float, Pair]] = {}
    for pair, stored in known.weights.items():
        weight, inside = stored.match_weight, members & set(pair)
        golden = known.rows[pair[0] if pair[1] in members else pair[1]]["golden_id"]
        if len(inside) == 1 and golden is not None and weight > strongest.get(golden, (-1e9, pair))[0]:
            strongest[golden] = weight, pair
    rules, lines = known.entity.rules, known.lines
    for golden, (weight, pair) in sorted(strongest.items(), key=lambda item: (-item[1][0], item[1][1]))[
        :_MOST_NEIGHBOURS
    ]:
        found = between(
            known.component, known.groups, a=pair[0], b=pair[1], thresholds=rules.thresholds, guards=rules.guards
        )
        if found.reason is not None:
            reason = found.reason
        elif weight < lines.match:
            reason = f"below {lines.match:g}, from where on records join"
        elif found.linkage < found.line:
            reason = f"on average {found.linkage:.2f}, below {found.line:g}"
        else:
            reason = "judged now they would be one customer"
        yield Neighbour(GoldenId(golden), _strongest_pair(known, pair, weight), reason)
