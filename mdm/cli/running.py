"""Commands about runs that were: list, show, diff, rollback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from mdm.cli import output
from mdm.cli.context import AsJson, actor, now, opened, opened_for_work
from mdm.cli.customer import in_words

if TYPE_CHECKING:
    from mdm.runs import CustomerChange, Rollback, RunDiff, RunView

_Run = Annotated[str, typer.Argument(help="A run's id, the beginning of one, or `last`.", metavar="RUN")]
_Limit = Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")]


def register(group: typer.Typer) -> None:
    """Adds the commands to ``mdm run``."""
    group.command("list")(run_list)
    group.command("show")(run_show)
    group.command("diff")(run_diff)
    group.command("rollback")(run_rollback)
    group.command("publish")(run_publish)
    group.command("discard")(run_discard)


def run_list(
    limit: _Limit = 20,
    before: Annotated[int | None, typer.Option(help="Runs with a smaller number: the next page.")] = None,
    as_json: AsJson = False,
) -> None:
    """List runs, the latest first.

    Example: `mdm run list --limit 5`
    """
    from mdm.runs import list_runs

    with opened() as (store, _):
        found = list_runs(store, limit=limit, before=before)
    if as_json:
        output.say_json(found)
        return
    output.table(
        [(r.run_id, r.number, r.kind, _state(r), r.started_at, r.actor, r.taken, r.error) for r in found],
        columns=["run", "number", "kind", "state", "started", "by", "records taken", "what stopped it"],
    )


def _state(run: RunView) -> str:
    if run.taken_back_by is not None:
        return f"{run.state}, taken back"
    return run.state if run.published_at or run.state != "done" else "done, nothing changed"


def run_show(run: _Run, as_json: AsJson = False) -> None:
    """One run: by whom, when, with which rules, what its stages counted, and whether it stands.

    Example: `mdm run show last`
    """
    from mdm.runs import show_run

    with opened() as (store, _):
        found = show_run(store, run)
    if as_json:
        output.say_json(found)
        return
    output.report(found.run, as_json=False)
    if found.stages:
        output.say()
        output.table(list(found.stages.items()), columns=["stage", "counts"])
    if found.counts:
        output.say()
        output.report(found.counts, as_json=False)


def run_diff(
    run: _Run,
    only: Annotated[
        str | None,
        typer.Option(help="Only created, merged, split, retired, revived, unmerged, moved or values.", metavar="WHAT"),
    ] = None,
    limit: Annotated[int, typer.Option(min=0, max=10_000, help="At most so many customers; 0: counts only.")] = 20,
    after: Annotated[UUID | None, typer.Option(help="The next page: the `next` of the page before.")] = None,
    as_json: AsJson = False,
) -> None:
    """What a run changed: who was created, merged, split, moved or retired, and which values, old -> new.

    Counts first, then customers by golden id, a page at a time. Shows personal data.

    Example: `mdm run diff last --only merged --limit 50`
    """
    from mdm.runs import diff_run

    with opened() as (store, _):
        found = diff_run(store, run, only=only, limit=limit, after=after)
    if as_json:
        output.say_json(found)
    else:
        _tell_diff(found)


def _tell_diff(found: RunDiff) -> None:
    counts = found.counts
    output.say(
        f"run {found.run.run_id} ({found.run.kind}, {_state(found.run)}) of {output.shown(found.run.started_at)}"
    )
    named = {
        "golden ids": counts.golden_ids,
        "source records": counts.records,
        "golden records": counts.golden_records,
        "around": counts.around,
    }
    for name, numbers in named.items():
        said = ", ".join(f"{kind.replace('_', ' ')} {output.shown(n)}" for kind, n in numbers.items() if n)
        output.say(f"{name:<14}  {said or 'nothing'}")
    if counts.attributes:
        output.say()
        output.table(
            [(a.attribute, a.added, a.changed, a.removed) for a in counts.attributes],
            columns=["attribute", "first value", "other value", "none any more"],
        )
    for change in found.changes:
        output.say()
        _tell_change(change)
    if found.next is not None:
        output.say()
        output.say(f"more: --after {found.next}")


def _tell_change(change: CustomerChange) -> None:
    others = f" ({', '.join(map(str, change.others))})" if change.others else ""
    version = f", version {change.version}" if change.version is not None else ""
    kinds = ", ".join(change.kinds) or ("changed" if change.values or change.came or change.left else "other lineage")
    output.say(f"{change.golden_id} {kinds}{others}{version}", style="bold")
    for move in change.came:
        output.say(f"  + {move.record}" + (f" from {move.golden_id}" if move.golden_id else ""))
    for move in change.left:
        output.say(f"  - {move.record}" + (f" to {move.golden_id}" if move.golden_id else ""))
    for value in change.values:
        output.say(f"  {value.attribute}: {said_value(value.old)} -> {said_value(value.new)}")


def said_value(value: object) -> str:
    """A golden record's value in words; lists item by item, `none` where there is none."""
    if value is None:
        return "none"
    return "; ".join(in_words(item) for item in value) if isinstance(value, list) else in_words(value)


def run_publish(run: _Run, as_json: AsJson = False) -> None:
    """Publish a staged run after looking at it: it is run again, and staged again should it leave a budget by more.

    Example: `mdm run publish 4d44960a`
    """
    from mdm.cli.figures import tell_run
    from mdm.runs import publish_staged

    with opened_for_work() as (store, settings), output.progress(quiet=as_json) as tell:
        stages = output.Stages(tell)
        done = publish_staged(store, settings, run, actor=actor(), now=now(), progress=stages)
        stages.end()
    if as_json:
        output.say_json(done)
    else:
        tell_run(done)


def run_discard(run: _Run, as_json: AsJson = False) -> None:
    """Discard a staged run. Its records wait; the next run judges them again, so mend the file or the rules first.

    Example: `mdm run discard 4d44960a`
    """
    from mdm.runs import discard_staged

    with opened() as (store, _):
        found = discard_staged(store, run, actor=actor(), now=now())
    output.report({"run_id": found.run_id, "state": found.state}, as_json=as_json)


def run_rollback(
    run: _Run,
    preview: Annotated[bool, typer.Option("--preview", help="Say what it would do, and do nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take a run back whole: links, values, ids, questions, households, and proposals not written out yet.

    Its records go back into the queue; what is known of them (versions, comparable forms, weights) stays. Where a later
    run moved on, all customers who exchanged records stay and are listed, as is what was written out. A rollback is a
    run: `mdm run rollback` takes it back too. Exit code 3 while a run goes on.

    Example: `mdm run rollback last --preview`
    """
    from mdm.runs import preview_rollback, roll_back

    with opened() as (store, _), output.progress(quiet=as_json) as tell:
        stages = output.Stages(tell)
        if preview:
            done = preview_rollback(store, run, now=now(), stage=stages.stage)
        else:
            done = roll_back(store, run, actor=actor(), now=now(), stage=stages.stage)
        stages.end()
    if as_json:
        output.say_json(done)
    else:
        _tell_rollback(done)


def _tell_rollback(done: Rollback) -> None:
    what = f"run {done.run_id} took back" if done.run_id else "a rollback would take back"
    output.say(f"{what} run {done.of_run_id} in {done.seconds:.1f} s", style="bold")
    for name, count in done.counts.items():
        if count:
            output.say(f"{name.replace('_', ' '):<26}  {output.shown(count)}")
    if done.left_counts:
        output.say()
        output.say(
            "what stays: " + ", ".join(f"{k.replace('_', ' ')} {output.shown(n)}" for k, n in done.left_counts.items())
        )
        output.table([(left.id, left.reason) for left in done.left], columns=["golden id, change or task", "why"])
    output.say()
    output.say(done.next_run)
