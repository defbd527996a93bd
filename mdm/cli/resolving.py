"""Commands of the resolution itself: run nightly, status, train, labels, rules check."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from mdm.cli import blocking, labelling, output, running, training
from mdm.cli.context import AsJson, actor, current_settings, now, opened, opened_or_made
from mdm.errors import RefusedInput

_Strict = Annotated[bool, typer.Option("--strict", help="Exit code 2 for warnings too.")]
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
    rules.command("schema")(rules_schema)
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


def rules_check(strict: _Strict = False, as_json: AsJson = False) -> None:
    """Check all rule files: matching rules and models, ownership, mappings. Exit code 2 when one cannot be used.

    Every finding has its file and line: attributes nobody owns or two do, fallbacks never reached, systems that answer
    each other's writes, rules that ask in a circle, retired systems, attributes no mapping fills. Where there is a
    database, also what its records say: columns that cannot do what the rules want, systems that brought nothing.
    Files below MDM_HOME that override nothing, such as one with a misspelt name, are named.

    Example: `mdm rules check --strict --json`
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
    if outcome.errors or (strict and outcome.warnings):
        raise typer.Exit(2)


def rules_schema(
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write; without it the schema is printed.", metavar="FILE")
    ] = None,
) -> None:
    """The JSON Schema of ownership.yaml, for editors that complete and check while you write.

    The shipped ownership.yaml names it in its first line, for editors with a YAML language server; a copy of your own
    below MDM_HOME/rules finds it when the schema is written beside it.

    Example: `mdm rules schema --out ownership.schema.json`
    """
    from mdm.cli.rules import schema_text

    text = schema_text()
    if out is None:
        output.write(text)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RefusedInput(f"{out} cannot be written: {error.strerror}") from None
    output.say(f"written: {out}")
