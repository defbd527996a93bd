"""Commands on labels: import, propose, list, summary, export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mdm.cli import output
from mdm.cli.context import AsJson, actor, now, opened, opened_for_work
from mdm.errors import RefusedInput

_SHOWN = 20


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(
        no_args_is_help=True,
        help="Labels: what people say about pairs of records. `mdm train --labels` learns from them and from stewards'"
        " decisions; a label by itself changes no customer.",
    )
    group.command("propose")(labels_propose)
    group.command("import")(labels_import)
    group.command("summary")(labels_summary)
    group.command("list")(labels_list)
    group.command("export")(labels_export)
    app.add_typer(group, name="labels")


def labels_propose(
    out: Annotated[Path, typer.Option("--out", help="CSV to write, for a spreadsheet.", metavar="FILE")],
    count: Annotated[int, typer.Option("--n", min=1, help="How many pairs.")] = 300,
    entity_type: Annotated[str, typer.Option("--type", help="person or organisation.")] = "person",
    as_json: AsJson = False,
) -> None:
    """Write the pairs to label next, with both records' values side by side.

    Fill the column `label` (match, no match; leave it empty or say unsure where you cannot tell), save as CSV, then
    `mdm labels import`. Weights are not in the file, so that they do not answer for you. It holds personal data.

    Example: `mdm labels propose --n 300 --out pairs.csv`
    """
    from mdm.model import EntityType
    from mdm.training import propose_labels

    if entity_type not in set(EntityType):
        raise RefusedInput(f"there is no type {entity_type!r}; there are {', '.join(EntityType)}")
    with opened_for_work() as (store, settings):
        done = propose_labels(store, settings, count=count, out=out, entity_type=EntityType(entity_type))
    if as_json:
        output.say_json(done)
        return
    output.say(f"{done.pairs} pairs of {entity_type} records to label: {done.file}")
    output.table(
        [(b.band, b.candidate_pairs, b.proposed) for b in done.bands],
        columns=["match weight (bits)", "candidate pairs", "to label"],
    )
    output.say(f"fill the column `label`, then: mdm labels import {done.file}")


def labels_import(
    file: Annotated[Path, typer.Argument(help="CSV of labelled pairs, or of records with their true entity.")],
    most: Annotated[int, typer.Option(min=1, help="At most so many pairs from a file of true entities.")] = 5_000,
    as_json: AsJson = False,
) -> None:
    """Take labels in; the same file twice changes nothing. Of several answers about a pair the one said last counts.

    Columns: system_a, object_a, source_id_a, system_b, object_b, source_id_b, label (match or no match), and by, at
    (ISO), comment, if you like. Or: system, object, source_id, entity_id; then pairs are made from it. Rows that cannot
    be taken are listed with line and reason; the others are taken.

    Example: `mdm labels import pairs.csv`
    """
    from mdm.labels import import_labels
    from mdm.labels.take_in import lines_of

    with opened_for_work() as (store, settings):
        done = import_labels(store, settings, path=file, actor=actor(), now=now(), most=most)
    if as_json:
        output.say_json(done)
        return
    output.say(
        f"{output.shown(done.rows)} rows: {output.shown(done.new)} labels are new, {output.shown(done.known)} known,"
        f" {done.blank} rows without an answer, {done.unsure} unsure, {len(done.refused)} refused"
    )
    if done.possible_pairs is not None:
        output.say(
            f"{output.shown(done.new + done.known)} of {output.shown(done.possible_pairs)} pairs of these records"
            f" were taken (--most {most})"
        )
    if done.contradicting:
        output.say(f"{done.contradicting} pairs were called both match and no match; what was said last counts")
    for line in lines_of(done.refused)[:_SHOWN]:
        output.say(line)
    if len(done.refused) > _SHOWN:
        output.say(f"... and {len(done.refused) - _SHOWN} more rows refused; --json lists all")


def labels_summary(as_json: AsJson = False) -> None:
    """How many pairs are labelled or decided, how, and by whom.

    Example: `mdm labels summary`
    """
    from mdm.labels import summary

    with opened() as (store, _):
        known = summary(store)
    output.report(known, as_json=as_json)


def labels_list(
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    contradicted: Annotated[bool, typer.Option("--contradicted", help="Only pairs called both.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the answers that count, the one said last first; stewards' decisions are among them.

    Example: `mdm labels list --contradicted`
    """
    from mdm.labels.answers import listed_answers

    with opened() as (store, _):
        said = [a for a in listed_answers(store) if a.contradicted or not contradicted][:limit]
    if as_json:
        output.say_json(said)
        return
    output.table(
        [
            (a.record_a, a.record_b, a.label, a.by, a.at, a.kind, "both were said" if a.contradicted else "")
            for a in said
        ],
        columns=["record", "record", "label", "by", "at", "kind", ""],
    )


def labels_export(
    out: Annotated[Path, typer.Option("--out", help="CSV to write.", metavar="FILE")], as_json: AsJson = False
) -> None:
    """Write the answers that count as a file that `mdm labels import` takes in.

    Example: `mdm labels export --out labels.csv`
    """
    from mdm.labels import export_labels

    with opened() as (store, _):
        rows = export_labels(store, out=out)
    output.report({"file": out, "rows": rows}, as_json=as_json)
