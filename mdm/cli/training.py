"""Command train, and what it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mdm.cli import output
from mdm.cli.context import AsJson, actor, now, opened_for_work
from mdm.errors import RefusedInput

if TYPE_CHECKING:
    from mdm.training import Comparison, LabelUse, TrainedModel
    from mdm.training.lines import Lines

_Adopt = Annotated[str | None, typer.Option("--adopt", metavar="NAME", help="Put this trained model in force.")]
_Labels = Annotated[bool, typer.Option("--labels", help="Learn from labels and stewards' decisions.")]
_Anyway = Annotated[bool, typer.Option("--anyway", help="Adopt though nothing shows that it is as good.")]
_Precision = Annotated[
    float | None,
    typer.Option(min=0.5, max=0.9999, help="With --labels: precision that joined pairs are to be expected to reach."),
]
_MEASURES = 12


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("train")(train)


def train(
    labels: _Labels = False,
    precision: _Precision = None,
    adopt: _Adopt = None,
    anyway: _Anyway = False,
    as_json: AsJson = False,
) -> None:
    """Train the matching model on the records held; the result is a new dated model below MDM_HOME/models/trained.

    What is in force stays in force until `mdm train --adopt NAME`, which first holds the new model against it: on
    labels
    neither has learnt from, after clustering. Exit code 5: nothing shows that it is as good (`--anyway` adopts it). The
    next nightly run then judges everything anew.

    Examples:

    - `mdm train --labels`
    - `mdm train --labels --precision 0.98`
    - `mdm train --adopt person-2026-11-21T101500`
    """
    if adopt is not None and (labels or precision is not None):
        raise RefusedInput("--adopt takes a model that is trained already: leave out --labels and --precision")
    if anyway and adopt is None:
        raise RefusedInput("--anyway goes with --adopt NAME")
    if precision is not None and not labels:
        raise RefusedInput("--precision needs --labels: without them nobody knows how precise a line is")
    if adopt is not None:
        _adopt(adopt, anyway=anyway, as_json=as_json)
        return
    from mdm.training import train_from_labels, train_models

    with opened_for_work() as (store, settings), output.progress(quiet=as_json) as tell:
        if labels:
            done = train_from_labels(store, settings, now=now(), precision=precision, progress=tell)
        else:
            done = train_models(store, settings, now=now(), progress=tell)
    if as_json:
        output.say_json(done)
        return
    for model in done:
        tell_model(model)


def _adopt(name: str, *, anyway: bool, as_json: bool) -> None:
    from mdm.audit import Entry, record
    from mdm.training import ModelRefused, adopt_model

    with opened_for_work() as (store, settings), output.progress(quiet=as_json) as tell:
        try:
            done = adopt_model(store, settings, name, anyway=anyway, progress=tell)
        except ModelRefused as error:
            if as_json:
                output.say_json({"adopted": None, "refused": str(error), "comparison": error.comparison})
            else:
                tell_comparison(error.comparison)
            raise
        with store.begin() as connection:
            subject = {"model": done.adopted, "instead_of": done.instead_of, "anyway": anyway}
            record(connection, Entry("model_adopted", actor(), now(), subject))
    if as_json:
        output.say_json(done)
        return
    tell_comparison(done.comparison)
    output.say()
    output.say(
        f"{done.adopted} is in force from the next run on, instead of {done.instead_of}: {done.folder}", style="bold"
    )
    for set_aside in done.set_aside:
        output.say(f"{set_aside} is newer and was put aside among the trained models")
    output.say("now: mdm run nightly (it judges every record anew)")


def tell_model(model: TrainedModel) -> None:
    """Prints what was learnt: labels, levels, contributions, lines, and how it compares."""
    output.say(f"{model.name}, from {output.shown(model.records)} records: {model.folder}", style="bold")
    output.say(f"method: {model.method}; it started from {model.started_from}")
    for note in model.notes:
        output.say(f"note: {note}")
    for said in model.columns:
        output.say(f"warning: {said}")
    if model.labels is not None:
        _tell_labels(model.labels)
    output.say()
    rows = [
        (
            lv.comparison,
            lv.level,
            f"{lv.m:.4g}",
            f"{lv.u:.4g}",
            f"{lv.weight_before:.1f}",
            f"{lv.weight:.1f}",
            "" if lv.pairs is None else str(lv.pairs),
            lv.instead or "",
        )
        for lv in model.levels
    ]
    columns = ["comparison", "level", "m", "u", "bits before", "bits now", "labels", "not estimated, instead"]
    shown = [i for i, c in enumerate(columns) if c != "labels" or model.labels is not None]
    output.table([[row[i] for i in shown] for row in rows], columns=[columns[i] for i in shown])
    output.say()
    output.table(
        [
            (c.comparison, f"{c.comparable:.1%}", f"{c.bits_above:+.1f}", f"{c.bits_below:+.1f}", f"{c.share:.1%}")
            for c in model.contributions
        ],
        columns=["comparison", "can be compared", "bits above the line", "bits below it", "share of all"],
        title="What each comparison contributes over the candidate pairs",
    )
    if model.measures:
        output.say()
        output.table(
            [(m.measure, f"{m.bits:.2f}") for m in model.measures[:_MEASURES]],
            columns=["measure", "bits"],
            title="What moves the second stage most (mean of absolute contributions)",
        )
    if model.tried:
        output.say()
        output.table(
            [
                (t.recipe, f"{t.log_loss:.4f}", f"{t.gain:+.4f}", f"{t.standard_error:.4f}", "taken" if t.taken else "")
                for t in model.tried
            ],
            columns=["tried on labels not learnt from", "log loss (bits)", "gain", "standard error", ""],
        )
    _tell_probabilities(model)
    if model.lines is not None:
        _tell_lines(model.lines)
    output.say()
    tell_comparison(model.comparison)
    output.say()
    adopting = f"mdm train --adopt {model.name}"
    output.say(
        f"to use it: {adopting}" if model.comparison.adoptable else f"not advised; all the same: {adopting} --anyway"
    )


def _tell_labels(use: LabelUse) -> None:
    output.say(
        f"labels: {use.usable} usable ({use.match} match), {use.unusable} not (a record is gone or of another type);"
        f" {use.learnt} learnt from, {use.held_out} held out by customer; {use.contradicted} contradicted earlier ones"
    )
    output.say(
        "each label stands for the candidate pairs of its band of match weight. That mends labels from a queue near the"
        " line; labels chosen by anything else (one system, one kind of case) leave a bias"
    )
    if use.never_compared:
        output.say(
            f"{use.never_compared} labelled pairs are ones no blocking rule pairs: they count in no figure below"
        )
    output.say(f"held to be wrong: about {use.wrong:.1%} of the labels")
    for a, b in use.doubtful:
        output.say(f"look again: {a} and {b}")
    silent = [b for b in use.bands if b.pairs and b.labels < 3]
    if silent:
        said = ", ".join(f"{b.lowest:g} to {b.highest:g}" for b in silent)
        output.say(f"too few labels at weights of {said} bits: there the model is taken at its word")


def _tell_probabilities(model: TrainedModel) -> None:
    if model.calibration is None:
        return
    output.say()
    output.say(
        f"log-odds of a match here are {model.calibration.slope:.2f} x match weight"
        f" {model.calibration.shift:+.2f} bits (1.00 and +0.00: as the weight says)"
    )
    output.table(
        [(r.band, r.labels, f"{r.expected:.3f}", f"{r.nominal:.3f}", f"{r.matches:.3f}") for r in model.reliability],
        columns=["match weight", "held-out labels", "expected", "as the weight says", "are matches"],
        title="Reliability on held-out labels",
    )


def _tell_lines(lines: Lines) -> None:
    output.say()
    t = lines.thresholds
    output.say(
        f"lines: potential_match {t.potential_match:g}, keep {t.keep:g}, match {t.match:g}, merge {t.merge:g} bits:"
        f" {lines.reason}"
    )
    output.table(
        [
            (f"{x.match:g}", f"{x.precision:.4f}", f"{x.recall:.4f}", f"{x.f1:.4f}", "taken" if x.taken else "")
            for x in lines.tried
        ],
        columns=["match line", "precision", "recall", "F1", ""],
        title="Expected after clustering, over the candidate pairs",
    )


def tell_comparison(comparison: Comparison) -> None:
    """Prints a model beside the one in force."""
    c = comparison
    if c.in_force is not None and c.new is not None and c.gain is not None and c.gain_between is not None:
        output.table(
            [
                (
                    s.model,
                    f"{s.match_line:g}",
                    f"{s.precision:.4f}",
                    f"{s.recall:.4f}",
                    f"{s.f1:.4f}",
                    f"{s.log_loss:.4f}",
                    f"{s.brier:.4f}",
                )
                for s in (c.in_force, c.new)
            ],
            columns=["model", "match line", "precision", "recall", "F1", "log loss", "Brier"],
            title=f"On {c.labels} labels that neither learnt from, after clustering (expected over candidate pairs)",
        )
        low, high = c.gain_between
        output.say(
            f"gain of F1 {c.gain:+.4f}; drawing the customers anew, 9 of 10 times between {low:+.4f} and {high:+.4f}"
        )
    change = c.change
    output.say(
        f"of {output.shown(change.customers)} customers {output.shown(change.changed)} would change at the next run:"
        f" {output.shown(change.merged)} merges, {output.shown(change.split)} splits;"
        f" {change.agreement:.1%} of joined pairs are joined by both"
    )
    output.say(("may be adopted: " if c.adoptable else "not adopted unless --anyway: ") + c.verdict)
