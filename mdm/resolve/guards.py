"""Budgets of a run: how much a night may change before somebody looks at it. A run that leaves one is not published."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from mdm.errors import Staged
from mdm.resolve.statements import query
from mdm.resolve.work import Work

_EXAMPLES = 5


@dataclass(frozen=True)
class Guard:
    """When a run is staged instead of published.

    * merged: more golden records merged than ``merged_share`` of those that existed, and than ``merged_at_least``;
    * churned: more records get another golden id than ``churned_share`` of those that had one, and than
      ``churned_at_least``;
    * largest_cluster: a customer of more records than this, that the run made or made larger;
    * hub_value: a value that so many records have come to share at once.

    ``accepted``: figures somebody has looked at, by name; up to them a budget does not hold the run up.
    """

    merged_share: float = 0.05
    merged_at_least: int = 100
    churned_share: float = 0.05
    churned_at_least: int = 200
    largest_cluster: int = 100
    hub_value: int = 1000
    accepted: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Exceeded:
    """A budget a run left. ``look_at``: golden ids or record keys to begin with."""

    name: str
    figure: int
    budget: int
    says: str
    look_at: tuple[str, ...]


def check_budgets(work: Work, guard: Guard) -> None:
    """Staged when a budget is left; ``over`` tells which, as plain values. Reads what identifying left."""
    over = [
        found
        for found in (
            _merged(work, guard),
            _churned(work, guard),
            _largest(work, guard),
            _hub(work, guard),
        )
        if found is not None and found.figure > guard.accepted.get(found.name, 0)
    ]
    if over:
        said = "; ".join(found.says for found in over)
        raise Staged(
            f"this run {said}. That is more than a night's changes explain, and nothing was published. Look at the"
            f" newest files and rules (`mdm run show {work.run_id}` names some); `mdm run publish {work.run_id}`"
            f" publishes it, `mdm run discard {work.run_id}` does not, `mdm run nightly --publish` publishes whatever"
            " comes",
            over=[vars(found) for found in over],
        )


def _merged(work: Work, guard: Guard) -> Exceeded | None:
    merged = work.texts("SELECT golden_id FROM id_event WHERE kind = 'merged' ORDER BY golden_id")
    if len(merged) <= guard.merged_at_least:
        return None
    standing = _counted(work, "guard_golden", figure=len(merged), share=guard.merged_share)
    budget = max(guard.merged_at_least, int(guard.merged_share * standing))
    if len(merged) <= budget:
        return None
    says = f"would merge {len(merged):,} of {standing:,} golden records ({len(merged) / max(1, standing):.0%})"
    return Exceeded("merged", len(merged), budget, says, tuple(merged[:_EXAMPLES]))


def _churned(work: Work, guard: Guard) -> Exceeded | None:
    churned = work.texts(query("guard_churned"))
    if len(churned) <= guard.churned_at_least:
        return None
    held = _counted(work, "guard_held", figure=len(churned), share=guard.churned_share)
    budget = max(guard.churned_at_least, int(guard.churned_share * held))
    if len(churned) <= budget:
        return None
    says = f"would give {len(churned):,} of {held:,} records another golden id ({len(churned) / max(1, held):.0%})"
    return Exceeded("churned", len(churned), budget, says, tuple(dict.fromkeys(churned))[:_EXAMPLES])


def _counted(work: Work, name: str, *, figure: int, share: float) -> int:
    """How many there are, or so many that ``figure`` is below ``share`` of them."""
    enough = math.ceil((figure + 1) / share) if share else None
    with work.store.begin() as connection:
        return int(connection.scalar(sa.text(query(name)), {"enough": enough}) or 0)


def _largest(work: Work, guard: Guard) -> Exceeded | None:
    found = work.duck.execute(query("guard_largest"), [guard.largest_cluster]).fetchall()
    if not found:
        return None
    golden_id, size = found[0]
    says = f"would make a customer of {size:,} records, {len(found):,} of more than {guard.largest_cluster:,}"
    keys = _keys(work, [work.ids(f"SELECT min(record_id) FROM assignment WHERE golden_id = '{golden_id}'")[0]])
    return Exceeded("largest_cluster", int(size), guard.largest_cluster, says, keys)


def _hub(work: Work, guard: Guard) -> Exceeded | None:
    """The value itself is not said: it may be somebody's own."""
    found = work.duck.execute(query("guard_hub"), [guard.hub_value]).fetchall()
    if not found:
        return None
    column, carriers, key = found[0]
    carrying = work.duck.execute(
        "SELECT DISTINCT record_id FROM blocking_key WHERE key = ? ORDER BY record_id LIMIT ?", [key, _EXAMPLES]
    ).fetchall()
    says = f"met a value ({column}) that {carriers:,} records have come to share"
    return Exceeded("hub_value", int(carriers), guard.hub_value, says, _keys(work, [int(row[0]) for row in carrying]))


def _keys(work: Work, record_ids: list[int]) -> tuple[str, ...]:
    named = sa.text("SELECT concat_ws('/', system, object, source_id) FROM mdm.record_key WHERE record_id = any(:ids)")
    with work.store.begin() as connection:
        return tuple(str(key) for key in connection.scalars(named, {"ids": record_ids}))


def accepting(guard: Guard, over: list[dict[str, Any]]) -> Guard:
    """A guard that lets pass what was looked at, and no more."""
    return Guard(**{**vars(guard), "accepted": {found["name"]: int(found["figure"]) for found in over}})
