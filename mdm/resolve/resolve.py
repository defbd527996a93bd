"""One resolution from end to end, for ten changed records or for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from mdm.households import make_households
from mdm.resolve.frequencies import snapshot_in_force
from mdm.resolve.golden import make_golden
from mdm.resolve.guards import Guard, check_budgets
from mdm.resolve.neighbourhood import Matched, match_changes
from mdm.resolve.pending import standardise_pending
from mdm.resolve.publish import publish
from mdm.resolve.statements import query
from mdm.resolve.work import Work
from mdm.standardise.version import standardiser_version
from mdm.store.tables import setting
from mdm.systems.mapping import Mappings

# What resolution keeps of a night for the next has this form; kept in another form, it is made anew from everything.
_KEPT_FORM = "2"
_RESOLVED_WITH, _RESOLVED_AT = "resolved_with", "resolved_at"


@dataclass(frozen=True)
class Resolved:
    """What one resolution did; ``matched`` is None when nothing had changed."""

    matched: Matched | None
    published: dict[str, Any]


def resolve(work: Work, *, mappings: Mappings, guard: Guard | None) -> Resolved:
    """Resolves everything queued up to ``work.through``. Staged when the guard stops it (None: publish anyway)."""
    before = _resolved_with(work)
    now_with = _resolving_with(work)
    everything = before is not None and before != now_with
    if before is not None and before["blocking"] != now_with["blocking"]:
        _forget_keys(work)
    _measure_queue(work)
    _forget_deleted(work)
    standardise_pending(work, everything=everything)
    matched = match_changes(work, everything=everything)
    if matched is None:
        return Resolved(matched=None, published={})
    make_golden(work, full=matched.full, mappings=mappings)
    if guard is not None and before is not None:
        check_budgets(work, guard)
    with work.stage("households") as counts:
        counts.update(
            make_households(work.duck, work.reader, rules=work.rules.households, full=matched.full, now=work.now)
        )
    remembered = {_RESOLVED_WITH: _resolving_with(work), _RESOLVED_AT: work.now.isoformat()}
    published = publish(work, full=matched.full, remembered=remembered)
    return Resolved(matched=matched, published=published)


def _resolving_with(work: Work) -> dict[str, str | None]:
    """What the outcome depends on beside the records. When any of it differs from the last time, all is looked at."""
    return {
        "rule_set": work.rules.version,
        "blocking": work.rules.blocking_version,
        "standardiser": standardiser_version(),
        "frequencies": snapshot_in_force(work),
        "kept_form": _KEPT_FORM,
    }


def _resolved_with(work: Work) -> dict[str, str | None] | None:
    with work.store.begin() as connection:
        found = connection.scalar(sa.select(setting.c.value).where(setting.c.key == _RESOLVED_WITH))
    return found if isinstance(found, dict) else None


def _measure_queue(work: Work) -> None:
    """A queue that was a million long yesterday is planned for as if it were so today, until it is measured."""
    with work.store.begin() as connection:
        connection.execute(sa.text("ANALYZE mdm.resolve_queue"))


def _forget_keys(work: Work) -> None:
    """The blocking rules changed: every record is standardised and keyed anew."""
    with work.store.begin() as connection:
        connection.execute(sa.text("DELETE FROM mdm.blocking_key"))
        connection.execute(sa.text("DELETE FROM mdm.standardised_record"))


def _forget_deleted(work: Work) -> None:
    """Records their system deleted are evidence no longer."""
    with work.store.begin() as connection:
        gone = connection.scalars(sa.text(query("deleted_records")), {"through": work.through}).all()
        for forgotten in _FORGOTTEN:
            connection.execute(forgotten, {"gone": gone})


_FORGOTTEN = (
    sa.text(
        "UPDATE mdm.hot_key SET lost_carrier = true WHERE key IN"
        " (SELECT key FROM mdm.blocking_key WHERE record_id = any(CAST(:gone AS bigint[])))"
    ),
    sa.text("DELETE FROM mdm.standardised_record WHERE record_id = any(CAST(:gone AS bigint[]))"),
    sa.text("DELETE FROM mdm.blocking_key WHERE record_id = any(CAST(:gone AS bigint[]))"),
)
