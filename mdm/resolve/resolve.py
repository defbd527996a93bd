"""One resolution from end to end, for ten changed records or for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from mdm.errors import RefusedInput
from mdm.households import make_households
from mdm.resolve.frequencies import snapshot_in_force
from mdm.resolve.golden import make_golden
from mdm.resolve.guards import Guard, check_budgets
from mdm.resolve.neighbourhood import Matched, match_changes
from mdm.resolve.pending import standardise_pending
from mdm.resolve.publish import Also, compare, publish
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


def resolve(work: Work, *, mappings: Mappings, guard: Guard | None, also: Also) -> Resolved:
    """Resolves everything queued up to ``work.through``. Staged when the guard stops it (None: publish anyway).

    ``also`` ends the transaction that publishes.
    """
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
    _look_round(work, full=matched.full)
    remembered = {_RESOLVED_WITH: _resolving_with(work), _RESOLVED_AT: work.now.isoformat()}
    published = publish(work, full=matched.full, remembered=remembered, also=also)
    return Resolved(matched=matched, published=published)


def foresee(work: Work, *, mappings: Mappings) -> None:
    """What ``work.decided`` comes to: leaves the tables that ``publish`` writes, and writes nothing.

    RefusedInput when rules, model or standardiser are not those of the last run: that one has to look at everybody
    first.
    """
    before = _resolved_with(work)
    if before is None:
        raise RefusedInput("nothing was resolved yet: `mdm run nightly` first")
    if before != _resolving_with(work):
        raise RefusedInput(
            "rules, model or program changed since the last run, which judged everybody by the old ones:"
            " `mdm run nightly` first, then say it again"
        )
    match_changes(work, everything=False)
    make_golden(work, full=False, mappings=mappings)
    _look_round(work, full=False)


def publish_decided(work: Work, *, also: Also) -> dict[str, Any]:
    """Publishes what ``foresee`` left. What a run remembers stays as it is: this was none of all that waits."""
    return publish(work, full=False, remembered={}, also=also)


def _look_round(work: Work, *, full: bool) -> None:
    """Who lives together, and what all of it changes."""
    with work.stage("households") as counts:
        counts.update(make_households(work.duck, work.reader, rules=work.rules.households, full=full, now=work.now))
    compare(work, full=full)


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
