"""What an act means: the decisions it makes and takes back, whose place is to be judged anew, and what it aims at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, pairwise, product
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from golden_record.model import Ownership
from matching_rules.decisions import Decision, smallest_revocation
from mdm.acts.model import (
    Act,
    Link,
    Merge,
    RevokeConstraint,
    RevokeOverride,
    SetOverride,
    Split,
    Unlink,
    Unmerge,
)
from mdm.acts.overrides import checked_value
from mdm.acts.state import (
    Held,
    HeldOverride,
    Member,
    answering,
    customer_at,
    find_records,
    held_constraints,
    held_overrides,
    members_of,
    rows,
)
from mdm.errors import NotFound, RefusedInput
from mdm.standardise.values import Context

MUST, CANNOT = "must_link", "cannot_link"
# An act that needs more decisions than this is no act of one person any more.
_MOST_PAIRS = 5_000


class Contradicts(RefusedInput):
    """The act contradicts what people said before; ``revoke``: the smallest set of decisions that stands against it."""

    def __init__(self, message: str, revoke: tuple[Held, ...]) -> None:
        super().__init__(message)
        self.revoke = revoke


@dataclass(frozen=True)
class Said:
    """A decision the act makes: about two records, and why about these two."""

    kind: str
    a: int
    b: int
    why: str


@dataclass(frozen=True)
class OverrideSaid:
    """A value the act puts in the place of what systems say. ``value`` is JSON text."""

    record_id: int
    attribute: str
    value: str


@dataclass(frozen=True)
class Plan:
    """``records``: judged anew. ``together`` and ``apart``: what shall come of it. ``instead``: decisions to make as
    well where it does not come of itself. ``returning``: records that go back to this golden id.
    """

    act: Act
    records: frozenset[int]
    said: tuple[Said, ...] = ()
    revoked: tuple[Held, ...] = ()
    override: OverrideSaid | None = None
    revoked_overrides: tuple[HeldOverride, ...] = ()
    together: tuple[frozenset[int], ...] = ()
    apart: tuple[tuple[frozenset[int], frozenset[int]], ...] = ()
    instead: tuple[Said, ...] = ()
    returning: dict[int, UUID] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def with_instead(self) -> Plan:
        """With the decisions that were kept back."""
        return replace(self, said=self.said + self.instead, instead=())


@dataclass(frozen=True)
class Ground:
    """What plans are made on. ``revoke``: decisions that stand against the act are taken back with it."""

    connection: sa.Connection
    ownership: Ownership
    context: Context
    now: Any
    revoke: bool


def plan(ground: Ground, act: Act) -> Plan:
    """The plan of an act. NotFound, RefusedInput or Contradicts where it cannot be done, with the mend."""
    made = _PLANNERS[type(act)](ground, act)
    return _in_agreement(ground, made)


def _link(ground: Ground, act: Link) -> Plan:
    named = find_records(ground.connection, act.records)
    if len(named) < 2:
        raise RefusedInput("a link needs two records or more")
    return _joined(ground, act, named, list(pairwise(sorted(named, key=_by_key))), why="named")


def _merge(ground: Ground, act: Merge) -> Plan:
    ids = list(dict.fromkeys(answering(ground.connection, g) for g in act.golden_ids))
    if len(ids) < 2:
        raise RefusedInput("a merge needs two golden ids or more, and these are one customer already")
    of: dict[UUID, list[Member]] = {g: [] for g in ids}
    for member in members_of(ground.connection, ids):
        of[member.golden_id].append(member)
    first, *others = sorted(ids, key=lambda g: (-len(of[g]), min(m.since for m in of[g]), str(g)))
    pairs, words = [], []
    for other in others:
        a, b, why = _representatives(ground, of[first], of[other])
        pairs.append((a, b))
        words.append(why)
    return _joined(ground, act, [m for g in ids for m in of[g]], pairs, why=words)


def _representatives(ground: Ground, first: list[Member], second: list[Member]) -> tuple[Member, Member, str]:
    """The two records that stand for two customers: their strongest pair; never compared, those longest there."""
    by_id = {m.record_id: m for m in first + second}
    ends = {"first": [m.record_id for m in first], "second": [m.record_id for m in second]}
    found = rows(ground.connection, "strongest_pair", **ends)
    if found:
        strongest = [p for p in found if p.match_weight == found[0].match_weight]
        a, b = min(
            (sorted((by_id[p.record_a], by_id[p.record_b]), key=_by_key) for p in strongest),
            key=lambda pair: [str(m.record) for m in pair],
        )
        return a, b, f"their strongest pair ({found[0].match_weight:.1f} bits)"
    a, b = (min(side, key=lambda m: (m.since, str(m.record))) for side in (first, second))
    return a, b, "never compared: the records longest with each"


def _joined(
    ground: Ground, act: Act, named: Sequence[Member], pairs: list[tuple[Member, Member]], *, why: str | list[str]
) -> Plan:
    """Must-links for the pairs, so that the customers of the named records are one."""
    types = {m.entity_type for m in named}
    if len(types) > 1:
        raise RefusedInput(
            "a person and an organisation are never one customer; correct the mapping of the one misread"
        )
    everybody = members_of(ground.connection, {m.golden_id for m in named})
    held = {(h.a, h.b) for h in held_constraints(ground.connection, _ids(everybody)) if h.kind == MUST}
    reasons = why if isinstance(why, list) else [why] * len(pairs)
    said = tuple(
        _said(MUST, a, b, reason)
        for (a, b), reason in zip(pairs, reasons, strict=True)
        if _ordered(a.record_id, b.record_id) not in held
    )
    if not said:
        raise RefusedInput("these records are one customer already, by a decision that holds; there is nothing to do")
    return Plan(
        act=act,
        records=frozenset(i for s in said for i in (s.a, s.b)),
        said=said,
        together=(frozenset(_ids(everybody)),),
    )


def _unlink(ground: Ground, act: Unlink) -> Plan:
    group = find_records(ground.connection, act.records)
    if act.other is None:
        if len({m.golden_id for m in group}) > 1:
            raise RefusedInput(
                "these records belong to different customers; say from whom (`--from RECORD` or `--from GOLDEN_ID`)"
            )
        named = {m.record_id for m in group}
        rest = [m for m in members_of(ground.connection, [group[0].golden_id]) if m.record_id not in named]
        if not rest:
            raise RefusedInput("these are all the records of their customer; there is nobody to keep them apart from")
    elif isinstance(act.other, UUID):
        rest = [m for m in customer_at(ground.connection, act.other) if m not in group]
    else:
        rest = [m for m in find_records(ground.connection, [act.other]) if m not in group]
    if not rest:
        raise RefusedInput("a record cannot be kept apart from itself")
    return _parted(ground, act, [group, rest])


def _split(ground: Ground, act: Split) -> Plan:
    golden = answering(ground.connection, act.golden_id)
    everybody = members_of(ground.connection, [golden])
    groups = [find_records(ground.connection, group) for group in act.groups]
    named = [m for group in groups for m in group]
    if strange := [m for m in named if m.golden_id != golden]:
        raise RefusedInput(f"the record {strange[0].record} does not belong to {golden}")
    if len(set(_ids(named))) < len(named):
        raise RefusedInput("a record stands in two groups; name each record once")
    rest = [m for m in everybody if m not in named]
    groups = [group for group in [*groups, rest] if group]
    if len(groups) < 2:
        raise RefusedInput("a split needs two groups: name the records of one, the others stay behind")
    parted = _parted(ground, act, groups)
    # who is named together is said to be one customer; of those left behind nothing is said
    kept = [pair for group in groups[: len(act.groups)] for pair in pairwise(sorted(group, key=_by_key))]
    links = tuple(_said(MUST, a, b, "in one group") for a, b in kept)
    return replace(
        parted, said=parted.said + links, together=tuple(frozenset(_ids(g)) for g in groups[: len(act.groups)])
    )


def _parted(ground: Ground, act: Act, groups: list[list[Member]]) -> Plan:
    """Cannot-links between all records of different groups; the last group is the one that others are parted from."""
    count = sum(len(a) * len(b) for a, b in combinations(groups, 2))
    if count > _MOST_PAIRS:
        raise RefusedInput(f"that would be {count:,} decisions, more than the {_MOST_PAIRS:,} one act may make")
    everybody = [m for group in groups for m in group]
    held = {(h.a, h.b) for h in held_constraints(ground.connection, _ids(everybody)) if h.kind == CANNOT}
    said = tuple(
        _said(CANNOT, a, b, "kept apart")
        for first, second in combinations(groups, 2)
        for a, b in product(first, second)
        if _ordered(a.record_id, b.record_id) not in held
    )
    if not said:
        raise RefusedInput("these records are kept apart already, by decisions that hold; there is nothing to do")
    here = {m.golden_id for m in everybody}
    moving = [m for group in groups[:-1] for m in group] if len(here) == 1 else everybody
    return Plan(
        act=act,
        records=frozenset(_ids(moving)),
        said=said,
        apart=tuple((frozenset(_ids(a)), frozenset(_ids(b))) for a, b in combinations(groups, 2)),
    )


def _unmerge(ground: Ground, act: Unmerge) -> Plan:
    ended, event = _merge_of(ground.connection, act.golden_id)
    living = answering(ground.connection, ended)
    found = rows(
        ground.connection,
        "merged_member",
        golden_id=ended,
        run_id=event.run_id,
        survivor=event.other_ids[0],
        at=event.at,
        living=living,
    )
    here = {m.record_id: m for m in members_of(ground.connection, [living])}
    group = [here[r.record_id] for r in found if r.returning]
    rest = [here[r.record_id] for r in found if not r.returning]
    if not group or not rest:
        raise RefusedInput(
            f"the records of the merge of {ended} went other ways since: nothing of it is left to take back;"
            " `mdm unlink` or `mdm split` parts who is together now"
        )
    inside, outside = frozenset(_ids(group)), frozenset(_ids(rest))
    held = held_constraints(ground.connection, inside | outside)
    (by_act,) = rows(ground.connection, "act_of_run", run_id=event.run_id) or (None,)
    taken_back = tuple(
        h
        for h in held
        if by_act is not None and h.act_id == by_act.act_id and h.kind == MUST and len({h.a, h.b} & inside) == 1
    )
    again = _revoked_by(ground.connection, None if by_act is None else by_act.act_id, inside, outside)
    apart = {(h.a, h.b) for h in held if h.kind == CANNOT} | {(s.a, s.b) for s in again}
    # only where evidence alone would bring them together again; who joined either side since goes where it points
    instead = tuple(
        s
        for a, b in product(group, rest)
        if (s := _said(CANNOT, a, b, "a merge taken back")) and (s.a, s.b) not in apart
    )
    if len(instead) > _MOST_PAIRS:
        raise RefusedInput(f"that could be {len(instead):,} decisions, more than the {_MOST_PAIRS:,} one act may make")
    return Plan(
        act=act,
        records=inside | {i for h in taken_back for i in (h.a, h.b)} | {rest[0].record_id},
        said=again,
        revoked=taken_back,
        apart=((inside, outside),),
        instead=instead,
        returning={m.record_id: ended for m in group},
        notes=(f"{ended} comes back; it was merged into {event.other_ids[0]} on {event.at:%Y-%m-%d %H:%MZ}",),
    )


def _merge_of(connection: sa.Connection, golden_id: UUID) -> tuple[UUID, Any]:
    """The id that ended in the merge that is meant, and the event."""
    last = rows(connection, "last_event", golden_id=golden_id)
    if not last:
        raise NotFound(f"there is no golden id {golden_id}")
    if last[0].kind == "merged":
        return golden_id, last[0]
    ended = rows(connection, "merged_into", golden_id=golden_id)
    if not ended:
        raise RefusedInput(f"no merge of {golden_id} is there to take back (`mdm show {golden_id}` tells its history)")
    if len(ended) > 1:
        several = ", ".join(str(e.golden_id) for e in ended)
        raise RefusedInput(f"several ids were merged into {golden_id}; say which one comes back: {several}")
    return ended[0].golden_id, rows(connection, "last_event", golden_id=ended[0].golden_id)[0]


def _revoked_by(
    connection: sa.Connection, act_id: UUID | None, inside: frozenset[int], outside: frozenset[int]
) -> tuple[Said, ...]:
    """What the act that merged had taken back between the two, said again."""
    found = [] if act_id is None else rows(connection, "revoked_by_act", act_id=act_id)
    return tuple(
        Said(r.kind, r.record_a, r.record_b, "as before the merge")
        for r in found
        if r.kind == CANNOT and len({r.record_a, r.record_b} & inside) == 1 and {r.record_a, r.record_b} & outside
    )


def _set_override(ground: Ground, act: SetOverride) -> Plan:
    members = customer_at(ground.connection, act.customer)
    value = checked_value(
        act.attribute,
        act.value,
        entity_type=members[0].entity_type,
        ownership=ground.ownership,
        context=ground.context,
    )
    if act.expires_at is not None and act.expires_at <= ground.now:
        raise RefusedInput("the override would have run out before it began; give `--until` a day to come")
    if isinstance(act.customer, UUID):
        anchor = min(members, key=lambda m: (m.since, str(m.record)))
    else:
        anchor = next(m for m in members if m.record == act.customer)
    before = tuple(held_overrides(ground.connection, _ids(members), act.attribute))
    return Plan(
        act=act,
        records=frozenset({anchor.record_id, *(o.record_id for o in before)}),
        override=OverrideSaid(anchor.record_id, act.attribute, value),
        revoked_overrides=before,
        notes=(
            f"it hangs on {anchor.record} and goes where that record goes",
            *_told(before, ground.now, "it takes the place of"),
        ),
    )


def _revoke_override(ground: Ground, act: RevokeOverride) -> Plan:
    members = customer_at(ground.connection, act.customer)
    before = tuple(held_overrides(ground.connection, _ids(members), act.attribute))
    if not before:
        raise NotFound(f"no override of {act.attribute} is there to revoke (`mdm overrides` lists them)")
    return Plan(
        act=act,
        records=frozenset(o.record_id for o in before),
        revoked_overrides=before,
        notes=_told(before, ground.now, "it ends"),
    )


def _told(overrides: Iterable[HeldOverride], now: Any, words: str) -> tuple[str, ...]:
    def one(o: HeldOverride) -> str:
        ran_out = f", which ran out on {o.expires_at:%Y-%m-%d %H:%MZ} and has no effect" if o.expired(now) else ""
        return f"{words} the override of {o.attribute} by {o.actor} of {o.said_at:%Y-%m-%d %H:%MZ}{ran_out}"

    return tuple(map(one, overrides))


def _revoke_constraint(ground: Ground, act: RevokeConstraint) -> Plan:
    found = rows(ground.connection, "constraint", constraint_id=act.constraint_id)
    if not found:
        raise NotFound(f"there is no constraint {act.constraint_id} (`mdm constraint list`)")
    if found[0].revoked_at is not None:
        raise RefusedInput(
            f"the constraint {act.constraint_id} was revoked by {found[0].revoked_by}"
            f" on {found[0].revoked_at:%Y-%m-%d %H:%MZ}; there is nothing to do"
        )
    r = found[0]
    held = held_constraints(ground.connection, [r.record_a, r.record_b])
    (one,) = [h for h in held if h.constraint_id == act.constraint_id] or (None,)
    if one is None:
        raise RefusedInput(
            f"the constraint {act.constraint_id} counts no more: something else was said later of the same two records"
        )
    return Plan(act=act, records=frozenset({one.a, one.b}), revoked=(one,))


_PLANNERS: dict[type[Any], Callable[[Ground, Any], Plan]] = {
    Link: _link,
    Merge: _merge,
    Unlink: _unlink,
    Split: _split,
    Unmerge: _unmerge,
    SetOverride: _set_override,
    RevokeOverride: _revoke_override,
    RevokeConstraint: _revoke_constraint,
}


def _in_agreement(ground: Ground, made: Plan) -> Plan:
    """The plan, with what stands against it taken back where that was asked for. Contradicts says what it is."""
    if not made.said and not made.apart:
        return made
    about = {i for s in made.said for i in (s.a, s.b)} | {i for group in made.together for i in group}
    about |= {i for sides in made.apart for side in sides for i in side}
    gone = {h.constraint_id for h in made.revoked}
    held = {str(h.constraint_id): h for h in held_constraints(ground.connection, about) if h.constraint_id not in gone}
    decisions = [Decision(h.a, h.b, h.kind == MUST, name=name, said=h.said_at.timestamp()) for name, h in held.items()]
    # what the act wants, whether it has to be said or not
    wanted = [(s.a, s.b, s.kind == MUST) for s in made.said]
    wanted += [(a, b, True) for group in made.together for a, b in pairwise(sorted(group))]
    wanted += [(a, b, False) for first, second in made.apart for a in first for b in second]
    decisions += [Decision(a, b, same, name=f"act {n}", fixed=True) for n, (a, b, same) in enumerate(wanted)]
    found = smallest_revocation(decisions)
    if found is None:
        raise RefusedInput("the act contradicts itself: a record would have to be with and apart from the same others")
    if not found.decisions:
        return made
    standing = tuple(held[d.name] for d in found.decisions)
    if not ground.revoke:
        listed = "; ".join(map(str, standing))
        raise Contradicts(
            f"what people said before stands against it: {listed}. `--revoke` takes"
            f" {'it' if len(standing) == 1 else 'these'} back with the act, `mdm constraint revoke ID` one by one",
            standing,
        )
    ends = frozenset(i for h in standing for i in (h.a, h.b))
    return replace(made, revoked=made.revoked + standing, records=made.records | ends)


def _said(kind: str, a: Member, b: Member, why: str) -> Said:
    first, second = _ordered(a.record_id, b.record_id)
    return Said(kind, first, second, why)


def _ordered(a: int, b: int) -> tuple[int, int]:
    return (a, b) if a < b else (b, a)


def _ids(members: Iterable[Member]) -> list[int]:
    return [m.record_id for m in members]


def _by_key(member: Member) -> str:
    return str(member.record)
