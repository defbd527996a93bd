"""What would win, and what would be told to whom, without a source, by other rules, or on another day."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from mdm.errors import RefusedInput
from mdm.lookup.judge import Circumstances, Judged, Proposal, Ranked, open_judge
from mdm.lookup.show import show
from mdm.lookup.view import CustomerView
from mdm.model import GoldenId, RecordKey
from mdm.ruleset import RuleSet, load_golden_rules, load_ownership_file
from mdm.settings import Settings
from mdm.store.engine import Store
from mdm.systems.mapping import load_mappings


@dataclass(frozen=True)
class Switch:
    """An attribute whose golden value, or its source or reason, would be another. ``differs``: the value would."""

    attribute: str
    before: tuple[Ranked, ...]
    after: tuple[Ranked, ...]
    differs: bool


@dataclass(frozen=True)
class WhatIf:
    """What would change of one customer, and what would be told to its records' systems. Nothing was written.

    ``unpublished``: attributes that already differ from what was published, as records or decisions wait for a run.
    ``told``: proposals that would be made and are not made now, ``untold``: those made now that would not be; one that
    would say something else is in both. ``nothing_left``: no record would remain.
    """

    golden_id: GoldenId
    said: str
    switches: tuple[Switch, ...]
    told: tuple[Proposal, ...]
    untold: tuple[Proposal, ...]
    unpublished: tuple[str, ...]
    nothing_left: bool


def what_if(
    store: Store,
    settings: Settings,
    key: str,
    *,
    now: datetime,
    without: Collection[str] = (),
    rules_file: Path | None = None,
    on: datetime | None = None,
    rules: RuleSet | None = None,
) -> WhatIf:
    """The customer of ``key`` as things stand at ``now``, and as they would: one program judges both.

    ``without``: systems, or records (``system/object/id``) of the customer; ``rules_file``: another ownership file;
    ``on``: another day: a past one sees records, places and overrides as they were then, a coming one the overrides
    that end. ``rules``: the rule set in force, where it is loaded already. NotFound as ``show`` says it; RefusedInput
    when nothing is asked or the customer has no such record; RuleFileError of the file.
    """
    if not without and rules_file is None and on is None:
        raise RefusedInput("what if what? Say --without SYSTEM or SYSTEM/OBJECT/ID, --rules FILE or --on DATE")
    customer = show(store, key)
    systems, records = _named(customer, without)
    in_force = rules or load_golden_rules(settings)
    other = load_ownership_file(rules_file) if rules_file is not None else in_force.ownership
    stands = Circumstances(ownership=in_force.ownership, now=now)
    would = replace(
        stands,
        ownership=other,
        now=on or now,
        past=on is not None and on < now,
        kept=lambda record: record.system not in systems and record not in records,
    )
    with open_judge(store, settings, rules=in_force, mappings=load_mappings(settings)) as judge:
        before, after = judge.judge(customer.golden_id, stands), judge.judge(customer.golden_id, would)
    return WhatIf(
        golden_id=customer.golden_id,
        said=_said(without, rules_file, on),
        switches=tuple(_switches(before, after)),
        told=_more(after.proposals, before.proposals),
        untold=_more(before.proposals, after.proposals),
        unpublished=_unpublished(customer, before),
        nothing_left=not any(r.record for r in after.ranking),
    )


def _named(customer: CustomerView, without: Collection[str]) -> tuple[set[str], set[RecordKey]]:
    held = {view.record for view in customer.records}
    systems: set[str] = set()
    records: set[RecordKey] = set()
    for name in without:
        if name in {record.system for record in held}:
            systems.add(name)
        elif name in {str(record) for record in held}:
            records.add(RecordKey.parse(name))
        else:
            known = ", ".join(sorted({record.system for record in held}))
            raise RefusedInput(f"the customer has no system or record {name!r}; its records are of {known}")
    return systems, records


def _switches(before: Judged, after: Judged) -> list[Switch]:
    names = dict.fromkeys(r.attribute for r in (*before.ranking, *after.ranking))
    found = []
    for name in names:
        was, would = before.winners(name), after.winners(name)
        differs = before.values.get(name) != after.values.get(name)
        if differs or [(r.record, r.reason) for r in was] != [(r.record, r.reason) for r in would]:
            found.append(Switch(name, was, would, differs))
    return sorted(found, key=lambda switch: not switch.differs)


def _more(those: Collection[Proposal], than: Collection[Proposal]) -> tuple[Proposal, ...]:
    """Those whose record and attribute is not told the same."""
    return tuple(p for p in those if not any(replace(q, reason=p.reason) == p for q in than))


def _unpublished(customer: CustomerView, judged: Judged) -> tuple[str, ...]:
    published: dict[str, list[object]] = {}
    for view in customer.values:
        published.setdefault(view.attribute, []).append(view.value)
    names = dict.fromkeys([*published, *judged.values])
    return tuple(n for n in names if published.get(n, []) != [r.value for r in judged.winners(n)])


def _said(without: Collection[str], rules_file: Path | None, on: datetime | None) -> str:
    said = [f"without {', '.join(without)}"] if without else []
    said += [f"by the rules of {rules_file}"] if rules_file else []
    return ", ".join(said + ([f"on {on:%Y-%m-%d %H:%MZ}"] if on else []))
