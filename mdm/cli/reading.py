"""Commands that read what was resolved: show, explain, match, export, evaluate."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mdm.cli import output
from mdm.cli.context import AsJson, now, opened, opened_for_work
from mdm.cli.history import history
from mdm.cli.matching import match

if TYPE_CHECKING:
    from mdm.export import Export

_Out = Annotated[Path, typer.Option("--out", help="File to write: .csv, .csv.gz or .parquet.", metavar="FILE")]
_All = Annotated[bool, typer.Option("--all", help="Closed ones too.")]

_Html = Annotated[
    Path | None, typer.Option("--html", help="Also write a page with charts: one file, for a browser.", metavar="FILE")
]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command("show")(show)
    app.command("what-if")(what_if)
    app.command("history")(history)
    app.command("explain")(explain)
    app.command("match")(match)
    app.command("evaluate")(evaluate)
    group = typer.Typer(no_args_is_help=True, help="Write what was resolved to files.")
    group.command("cross-references")(export_cross_references)
    group.command("golden-records")(export_golden_records)
    group.command("households")(export_households)
    group.command("review-tasks")(export_review_tasks)
    group.command("proposed-changes")(export_proposed_changes)
    group.command("approved-changes")(export_approved_changes)
    app.add_typer(group, name="export")


def show(
    key: Annotated[str, typer.Argument(help="A golden id, or SYSTEM/OBJECT/ID.", metavar="GOLDEN_ID|SYSTEM/OBJECT/ID")],
    why: Annotated[
        str | None, typer.Option("--why", help="Why one attribute is what it is, in full.", metavar="ATTRIBUTE")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show one customer: the golden record with its lineage, source records, open questions and history.

    A merged golden id shows the one it went into. --why: the winner, everything it won against in order, the rule with
    its line, and when each value was asserted, received and mastered.

    Examples:

    - `mdm show salesforce/Contact/0035e0AAACv5NADA42`
    - `mdm show salesforce/Contact/0035e0AAACv5NADA42 --why email`
    - `mdm show shopify/Customer/gid://shopify/Customer/1234`
    """
    from mdm.cli.customer import tell_customer
    from mdm.cli.lineage import tell_why
    from mdm.lookup import show as look_up
    from mdm.lookup import why as look_up_why

    if why is not None:
        with opened() as (store, settings):
            reasons = look_up_why(store, settings, key, why)
        if as_json:
            output.say_json(reasons)
        else:
            tell_why(reasons)
        return
    with opened() as (store, _):
        customer = look_up(store, key)
    if as_json:
        output.say_json(customer)
    else:
        tell_customer(customer)


def what_if(
    key: Annotated[str, typer.Argument(help="A golden id, or SYSTEM/OBJECT/ID.", metavar="GOLDEN_ID|SYSTEM/OBJECT/ID")],
    without: Annotated[
        list[str] | None,
        typer.Option("--without", help="A system or record that vanished; again for more.", metavar="SYSTEM|RECORD"),
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option("--rules", help="Another ownership file.", metavar="FILE", exists=True, dir_okay=False),
    ] = None,
    on: Annotated[
        str | None, typer.Option("--on", help="Another day (its end, UTC) or moment.", metavar="YYYY-MM-DD[THH:MM]")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What one customer would look like without a source, by other rules, or on another day. Nothing is written.

    Answers what would win instead and which changes would be proposed to whom, by the program of the nightly run.
    A past day sees records and decisions as they were then; a coming one sees overrides end.

    Examples:

    - `mdm what-if salesforce/Contact/0035e0AAACv5NADA42 --without shopify`
    - `mdm what-if salesforce/Contact/0035e0AAACv5NADA42 --rules ownership.yaml --on 2027-01-01`
    """
    from mdm.cli.lineage import moment, tell_what_if
    from mdm.lookup import what_if as look_up

    day = moment(on) if on is not None else None
    with opened_for_work() as (store, settings):
        found = look_up(store, settings, key, now=now(), without=without or (), rules_file=rules, on=day)
    if as_json:
        output.say_json(found)
    else:
        tell_what_if(found)


def explain(
    key: Annotated[str, typer.Argument(help="A golden id, or SYSTEM/OBJECT/ID.", metavar="GOLDEN_ID|SYSTEM/OBJECT/ID")],
    other: Annotated[
        str | None, typer.Argument(help="The one to hold it against.", metavar="GOLDEN_ID|SYSTEM/OBJECT/ID")
    ] = None,
    html: _Html = None,
    as_json: AsJson = False,
) -> None:
    """Why two records or customers are one, or two; with one argument, how that customer came about.

    Of two customers the strongest pair of records is explained. Weights are bits: one more doubles the odds.

    Examples:

    - `mdm explain salesforce/Contact/0035e0AAACv5NADA42 loyalty/Member/L1`
    - `mdm explain 05b071a3-72e0-4706-92f8-013a21ae3a00 --html customer.html`
    """
    from mdm.charts import checked_place, write_page
    from mdm.cli.explanation import tell_customer, tell_pair
    from mdm.lookup import PairExplanation, explanation_page
    from mdm.lookup import explain as look_up

    if html is not None:
        checked_place(html)
    with opened_for_work() as (store, settings):
        found = look_up(store, settings, key, other)
        if html is not None:
            write_page(html, explanation_page(store, settings, found))
    if as_json:
        output.say_json(found)
    elif isinstance(found, PairExplanation):
        tell_pair(found)
    else:
        tell_customer(found)
    if html is not None and not as_json:
        output.say(f"the page: {html}")


def export_cross_references(out: _Out, as_json: AsJson = False) -> None:
    """Which golden record each live source record belongs to, once each.

    Example: `mdm export cross-references --out cross_references.csv`
    """
    from mdm.export import Export

    _export(Export.CROSS_REFERENCES, out, as_json=as_json)


def export_golden_records(out: _Out, as_json: AsJson = False) -> None:
    """One row for each golden record, one column for each attribute.

    Example: `mdm export golden-records --out golden_records.parquet`
    """
    from mdm.export import Export

    _export(Export.GOLDEN_RECORDS, out, as_json=as_json)


def export_households(out: _Out, as_json: AsJson = False) -> None:
    """Who lives together: one row for each person who lives with another.

    Example: `mdm export households --out households.csv`
    """
    from mdm.export import Export

    _export(Export.HOUSEHOLDS, out, as_json=as_json)


def export_review_tasks(out: _Out, everything: _All = False, as_json: AsJson = False) -> None:
    """The open questions for stewards."""
    from mdm.export import Export
    from mdm.store.tables import TASK_STATES

    _export(Export.REVIEW_TASKS, out, states=TASK_STATES if everything else None, as_json=as_json)


def export_proposed_changes(out: _Out, everything: _All = False, as_json: AsJson = False) -> None:
    """What should be written to source systems: proposed and approved changes."""
    from mdm.export import Export
    from mdm.store.tables import CHANGE_STATES

    _export(Export.PROPOSED_CHANGES, out, states=CHANGE_STATES if everything else None, as_json=as_json)


def _export(what: Export, out: Path, *, states: tuple[str, ...] | None = None, as_json: bool) -> None:
    from mdm.export import export, waiting_records

    with opened_for_work() as (store, settings):
        rows = export(store, settings, what=what, out=out, states=states)
        waiting = waiting_records(store)
    output.report({"file": out, "rows": rows}, as_json=as_json)
    if waiting:
        output.note(f"{waiting} source records wait for their first run and are not in it: `mdm run nightly`")


def export_approved_changes(
    system: Annotated[str, typer.Option(help="The target, e.g. salesforce.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the files.", metavar="DIR", file_okay=False)],
    as_json: AsJson = False,
) -> None:
    """Write approved changes as files the target loads in bulk, and mark them exported.

    Salesforce: upsert CSV for Bulk API 2.0, one file for each object. Others: JSON lines.

    Example: `mdm export approved-changes --system salesforce --out to_salesforce`
    """
    from mdm.deliver import write_bulk_files

    with opened() as (store, settings):
        done = write_bulk_files(store, settings, system=system, out_dir=out, now=now())
    if as_json:
        output.say_json(done)
        return
    output.table(
        [(f.path, f.object, f.records, f.changes) for f in done.files], columns=["file", "object", "records", "changes"]
    )
    if done.unwritable:
        output.say(f"approved, but not writable by the mapping: {output.shown(done.unwritable)}")


def evaluate(
    truth: Annotated[
        Path, typer.Option("--truth", help="CSV: system (or source), object, source_id, entity_id.", metavar="FILE")
    ],
    people: Annotated[bool, typer.Option("--people", help="Only people: entity ids that begin with P.")] = False,
    html: _Html = None,
    errors: Annotated[
        int | None,
        typer.Option("--errors", min=0, help="So many false merges and misses, worst first (5; 20 in JSON and HTML)."),
    ] = None,
    recluster: Annotated[
        bool, typer.Option("--recluster", help="Judge other lines after clustering, however many records there are.")
    ] = False,
    households: Annotated[
        Path | None,
        typer.Option(
            "--households",
            help="CSV: entity_id (or system, object, source_id), household_id. Measures who lives together instead.",
            metavar="FILE",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure the published cross-references against a known truth: figures, segments, losses, lines, worst errors.

    --json and --html explain the errors and quote what the records say. Other match lines are judged after clustering
    up to 20 000 records, beyond that with --recluster, which takes about as long as clustering for each line.

    Examples:

    - `mdm evaluate --truth truth.csv --people`
    - `mdm evaluate --truth truth.csv --html evaluation.html --errors 50`
    - `mdm evaluate --truth truth.csv --households truth_households.csv`
    """
    from mdm.charts import checked_place, write_page
    from mdm.cli.figures import SHOWN_ERRORS, tell_depth
    from mdm.evaluate import RECLUSTER_UP_TO, evaluate_in_depth, explain_errors

    if households is not None:
        _evaluate_households(truth, households, as_json=as_json)
        return
    if html is not None:
        checked_place(html)
    brief = html is None and not as_json
    with opened_for_work() as (store, settings), output.progress(quiet=as_json) as tell:
        found = evaluate_in_depth(
            store,
            settings,
            truth=truth,
            people_only=people,
            errors=errors if errors is not None else SHOWN_ERRORS if brief else 20,
            recluster_up_to=sys.maxsize if recluster else RECLUSTER_UP_TO,
            tell=tell,
        )
        if not brief:
            found = explain_errors(store, settings, found, tell=tell)
    if html is not None:
        from mdm.evaluate.page import evaluation_page

        write_page(html, evaluation_page(found))
    if as_json:
        output.say_json(found)
    else:
        tell_depth(found, most=errors if errors is not None else SHOWN_ERRORS)
        if html is not None:
            output.say(f"the page: {html}")


def _evaluate_households(truth: Path, households: Path, *, as_json: bool) -> None:
    from mdm.cli.households import tell_evaluation
    from mdm.evaluate import evaluate_households

    with opened_for_work() as (store, settings):
        evaluation = evaluate_households(store, settings, households=households, truth=truth)
    if as_json:
        output.say_json(evaluation)
    else:
        tell_evaluation(evaluation)
