"""`mdm history`: the life of a golden id, and how it stood on a past day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from mdm.cli import output
from mdm.cli.context import AsJson, now, opened
from mdm.cli.running import said_value

if TYPE_CHECKING:
    from mdm.lookup import Answer, CustomerAt, Decision, History, Step


def history(
    golden_id: Annotated[UUID, typer.Argument(help="A golden id, of any time.", metavar="GOLDEN_ID")],
    as_of: Annotated[
        str | None, typer.Option(help="How it was at this time, by what is known now.", metavar="TIME")
    ] = None,
    known_at: Annotated[str | None, typer.Option(help="How it was held to be at this time.", metavar="TIME")] = None,
    as_json: AsJson = False,
) -> None:
    """The life of a golden id: versions with what changed, records that came and left, what became of it, decisions.

    TIME is a day (its end, UTC) or an ISO time; both together: how it was then, by what was known then. An id that was
    merged, split or retired answers with what became of it. Shows personal data.

    Example: `mdm history 05b071a3-72e0-4706-92f8-013a21ae3a00 --known-at 2026-10-01`
    """
    from mdm import lookup

    true_then, known_then = _moment(as_of, "--as-of"), _moment(known_at, "--known-at")
    with opened() as (store, _):
        found = lookup.history(store, golden_id, now=now(), as_of=true_then, known_at=known_then)
    if as_json:
        output.say_json(found)
    else:
        _tell(found)


def _moment(text: str | None, option: str) -> datetime | None:
    """A day means its end: what was so in the evening."""
    if text is None:
        return None
    try:
        if len(text) == len("2026-10-01"):
            return datetime.combine(date.fromisoformat(text), time.max, tzinfo=UTC)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text} is no day (2026-10-01) and no ISO time (2026-10-01T06:00Z)", param_hint=option
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _tell(found: History) -> None:
    output.say(f"golden id {found.golden_id}: {_answer(found.answer)}", style="bold")
    if found.standing is not None:
        _tell_standing(found.standing)
        return
    for step in found.steps:
        output.say()
        _tell_step(step)
    if found.decisions:
        output.say()
        output.table(
            [_decision(d) for d in found.decisions], columns=["at", "decision", "by", "why", "about", "revoked"]
        )


def _answer(answer: Answer) -> str:
    others = ", ".join(map(str, answer.ids))
    since = f" since {output.shown(answer.at)}" if answer.at else ""
    words = {
        "itself": "in use",
        "merged": f"merged into {others}{since}",
        "split": f"split{since}; its records went to {others}",
        "retired": f"retired{since}: no record is with it",
        "unknown_then": "did not exist yet",
    }
    return words[answer.kind]


def _tell_step(step: Step) -> None:
    version = f"version {step.version}" if step.version is not None else "no new version"
    by = f", {step.run_kind} run {step.run_id} by {step.actor}" if step.run_kind else f", run {step.run_id}"
    back = f", taken back by run {step.taken_back_by}" if step.taken_back_by else ""
    output.say(f"{output.shown(step.at)}  {version}{by}{back}", style="bold")
    for event in step.events:
        others = f": {', '.join(map(str, event.others))}" if event.others else ""
        output.say(f"  {event.kind}{others}")
    for record in step.came:
        output.say(f"  + {record}")
    for record in step.left:
        output.say(f"  - {record}")
    for value in step.values:
        output.say(f"  {value.attribute}: {said_value(value.old)} -> {said_value(value.new)}")


def _decision(decision: Decision) -> tuple[object, ...]:
    revoked = f"{output.shown(decision.revoked_at)} {decision.revoked_by or ''}" if decision.revoked_at else None
    what = f"{decision.kind} {decision.attribute}" if decision.attribute else decision.kind
    return decision.at, what, decision.actor, decision.reason, decision.records, revoked


def _tell_standing(then: CustomerAt) -> None:
    output.say(f"as of {output.shown(then.as_of)}, by what was known at {output.shown(then.known_at)}: "
               + (f"version {then.version} of {then.golden_id}" if then.version else _answer(then.answer)))  # fmt: skip
    output.say()
    output.table(
        [(v.attribute, said_value(v.value), v.true_from, v.version) for v in then.values],
        columns=["attribute", "value", "true from", "version"],
    )
    for record in then.records:
        output.say(f"  {record}")
