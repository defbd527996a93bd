"""Commands of the resolution itself: run nightly, status, train, labels, rules check."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from mdm.cli import blocking, labelling, output, running, training
from mdm.cli.context import AsJson, actor, current_settings, now, opened, opened_or_made

_Publish = Annotated[bool, typer.Option("--publish", help="Publish though a guard would stop the run.")]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    run = typer.Typer(no_args_is_help=True, help="Runs: from changed records to golden records, and back.")
    run.command("nightly")(run_nightly)
    running.register(run)
    app.add_typer(run, name="run")
    app.command("status")(status)
    training.register(app)
    labelling.register(app)
    rules = typer.Typer(no_args_is_help=True, help="Rule files: matching, ownership, mappings.")
    rules.command("check")(rules_check)
    app.add_typer(rules, name="rules")
    app.add_typer(blocking.group(), name="blocking")


def run_nightly(publish: _Publish = False, as_json: AsJson = False) -> None:
    """Resolve everything that changed since the last run; a run that was killed is taken up again.

    One run at a time: exit code 3 says who holds the lock. Exit code 5: it left a budget (golden records merged, golden
    ids changed, records of one customer, a value that many came to share) and was staged; look at what came in, then
    `mdm run publish RUN`, or mend it and `mdm run discard RUN`.
    """
    from mdm import runs
    from mdm.cli.figures import tell_run
    from mdm.cli.rules import strays
    from mdm.resolve.guards import Guard

    with opened_or_made() as (store, settings), output.progress(quiet=as_json) as tell:
        for said in strays(settings):
            output.note(said)
        stages = output.Stages(tell)
        guard = None if publish else Guard()
        done = runs.run_nightly(store, settings, actor=actor(), now=now(), progress=stages, guard=guard)
        stages.end()
    if as_json:
        output.say_json(done)
    else:
        tell_run(done)


def status(as_json: AsJson = False) -> None:
    """What is held, what waits, and how the last run went."""
    from mdm import runs

    with opened() as (store, _):
        known = runs.status(store)
    if as_json:
        output.say_json(known)
        return
    output.report(replace(known, warnings=()), as_json=False)
    for warning in known.warnings:
        output.say(f"warning: {warning}")


def rules_check(as_json: AsJson = False) -> None:
    """Check all rule files: matching rules and models, ownership, mappings. Exit code 2 when one cannot be used.

    Files below MDM_HOME that override nothing, such as one with a misspelt name, are named.
    """
    from mdm.cli.rules import check_rules

    outcome = check_rules(current_settings())
    if as_json:
        output.say_json(outcome)
    else:
        for finding in outcome.findings:
            output.say(finding.text)
        if not outcome.errors:
            output.say(f"rules hold together: {outcome.summary}")
    if outcome.errors:
        raise typer.Exit(2)
