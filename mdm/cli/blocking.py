"""Commands about blocking: report, propose."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from mdm.cli import output
from mdm.cli.context import AsJson, opened_for_work

if TYPE_CHECKING:
    from mdm.blocking import EntityBlocking, EntityProposals, RuleView

_Values = Annotated[bool, typer.Option("--values", help="Show the values behind the largest blocks: personal data.")]


def group() -> typer.Typer:
    """The commands as a group of their own."""
    blocking = typer.Typer(no_args_is_help=True, help="Blocking: which records are compared, at what cost.")
    blocking.command("report")(report)
    blocking.command("propose")(propose)
    return blocking


_CELLS: dict[str, Callable[[RuleView], object]] = {
    "rule": lambda r: r.rule,
    "records": lambda r: r.records,
    "pairs": lambda r: r.pairs,
    "only it": lambda r: r.only_pairs,
    "matches": lambda r: r.matches,
    "only its": lambda r: r.only_matches,
    "largest": lambda r: r.largest,
    "keys skipped": lambda r: r.skipped_keys,
    "noise": lambda r: r.noise_keys,
    "matches there": lambda r: r.skipped_matches,
    "missed there": lambda r: r.skipped_missed,
}


def report(values: _Values = False, as_json: AsJson = False) -> None:
    """What each blocking rule brings, costs and skips, and how many matches all of them may have missed.

    The rules in force now are used, so that a change shows before any run. Run `mdm run nightly` first: matches
    are pairs of records that stand as one customer.

    Example: `mdm blocking report`; with the values behind the largest blocks: `mdm blocking report --values`
    """
    from mdm.blocking import report as look

    with opened_for_work() as (store, settings), output.progress(quiet=as_json) as tell:
        found = look(store, settings, with_values=values, tell=tell)
    if as_json:
        output.say_json(found)
        return
    for entity in found.entities:
        if entity.records:
            _tell_entity(entity)
    output.note(found.method)


def _tell_entity(entity: EntityBlocking) -> None:
    output.say(
        f"{entity.entity_type}: {output.shown(entity.records)} records, {output.shown(entity.pairs)} candidate pairs"
        f" ({entity.pairs_a_record} a record); {output.shown(entity.unreachable)} records share no key with another",
        style="bold",
    )
    matches = output.shown(entity.matches)
    if entity.missed is None or entity.recall is None:
        output.say(f"{matches} matches: too few, or of one kind of evidence only, to estimate what is missed")
    else:
        output.say(
            f"{matches} matches, {output.shown(entity.directly)} of them paired by a rule, the others joined through"
            f" third records; an estimated {output.shown(round(entity.missed))} matches at least were paired by none:"
            f" rules find {entity.recall:.1%} of what there is, or less"
        )
    output.table([tuple(cell(rule) for cell in _CELLS.values()) for rule in entity.rules], columns=list(_CELLS))
    output.say()
    output.table(
        [(r.rule, b.records, b.state, b.key, b.values) for r in entity.rules for b in r.blocks],
        columns=["largest blocks", "records", "", "key", "values"],
    )
    for rule in entity.rules:
        if rule.over:
            output.say(f"{rule.rule}: {rule.over} records have too many values for it and no key")
    for limit in entity.limits:
        output.say(limit)
    output.say()


def propose(as_json: AsJson = False) -> None:
    """Blocking rules that would find more, with what they find and cost: lines for the rule file.

    Keys of one to three columns are judged by the matches there are: those that no rule pairs, and those that one kind
    of evidence found and another missed. No truth is needed, nothing is changed, the same records give the same answer.

    Example: `mdm blocking propose`, paste a line under `blocking:` of MDM_HOME/rules/person.yaml, then
    `mdm blocking report` shows what it does.
    """
    from mdm.blocking import propose as look

    with opened_for_work() as (store, settings), output.progress(quiet=as_json) as tell:
        found = look(store, settings, tell=tell)
    if as_json:
        output.say_json(found)
        return
    for entity in found:
        if entity.records:
            _tell_proposals(entity)


def _tell_proposals(entity: EntityProposals) -> None:
    output.say(
        f"# {entity.entity_type}: {entity.tried} keys judged on {output.shown(entity.matches)} matches,"
        f" {entity.measured} of them measured on {output.shown(entity.records)} records",
        style="bold",
    )
    if not entity.proposals:
        output.say("# nothing that would find more for what it costs")
    for p in entity.proposals:
        output.say(
            f"  # {output.shown(p.new_matches)} matches that no rule pairs, and about {output.shown(round(p.expected))}"
            f" that nobody found; {output.shown(p.new_pairs)} pairs more"
        )
        output.say(f"  - {p.line}")
    for idle in entity.idle:
        output.say(f"# {idle.rule!r} could go: no match depends on it alone, {output.shown(idle.only_pairs)} pairs do")
    output.say()
