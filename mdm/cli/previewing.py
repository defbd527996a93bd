"""What an act does, in words and tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mdm.cli import output
from mdm.cli.customer import in_words

if TYPE_CHECKING:
    from mdm.acts import BlastRadius, CustomerChange, Done, Preview

_LONGEST = 60


def tell_preview(preview: Preview) -> None:
    """Prints what an act would do, and how to do it."""
    _tell(preview)
    output.say()
    if preview.needs_approval is not None:
        output.say(f"waits for a second person: {preview.needs_approval}")
    output.say("nothing was done; the same command with --reason and, to do exactly this, with")
    output.say(f"  --token {preview.token}")


def tell_done(done: Done) -> None:
    """Prints what an act did."""
    if done.state == "waiting":
        output.say(f"waits for a second person: {done.preview.needs_approval}", style="bold")
        output.say(f"somebody else: mdm acts show {done.act_id}; mdm acts approve {done.act_id}")
        return
    _tell(done.preview)
    output.say()
    output.say(f"done: act {done.act_id}, run {done.run_id}")


def _tell(preview: Preview) -> None:
    for customer in preview.customers:
        _tell_customer(customer)
    if not preview.customers:
        output.say("no customer changes")
    for made in preview.decisions_made[:10]:
        words = "one customer" if made.kind == "must_link" else "not one customer"
        output.say(f"decided: {made.record_a} and {made.record_b}: {words} ({made.why})")
    if len(preview.decisions_made) > 10:
        output.say(f"... and {len(preview.decisions_made) - 10} more decisions")
    for revoked in preview.decisions_revoked:
        output.say(f"taken back: {revoked}")
    for note in preview.notes:
        output.say(note)
    if preview.writes:
        output.say()
        output.table(
            [(w.record, w.attribute, _short(w.old_value), _short(w.new_value), w.review) for w in preview.writes],
            columns=["would be written to", "attribute", "old", "new", "review"],
        )
    if preview.writes_withdrawn:
        output.say(f"proposed changes withdrawn: {preview.writes_withdrawn}")
    for reason, count in preview.questions_opened.items():
        output.say(f"questions opened: {reason.replace('_', ' ')} {count}")
    if preview.questions_closed:
        output.say(f"questions answered: {preview.questions_closed}")
    _tell_radius(preview.blast_radius)


def _tell_customer(customer: CustomerChange) -> None:
    others = f" {', '.join(map(str, customer.others))}" if customer.others else ""
    into = {"merged": " into", "split": ", parts:", "unmerged": " out of", "created": " out of", "revived": " out of"}
    fate = f"{customer.fate}{into.get(customer.fate, ' with') if others else ''}{others}"
    seen = f"version {customer.version}, " if customer.version is not None else ""
    counts = f"{len(customer.records_before)} -> {len(customer.records_after)} source records"
    output.say(f"{customer.golden_id} {fate} ({seen}{counts})", style="bold")
    came = set(customer.records_after) - set(customer.records_before)
    left = set(customer.records_before) - set(customer.records_after)
    for sign, records in (("+", came), ("-", left)):
        for record in sorted(records):
            output.say(f"  {sign} {record}")
    if customer.values:
        output.table(
            [(v.attribute, _short(v.before), _short(v.after)) for v in customer.values],
            columns=["attribute", "before", "after"],
        )


def _tell_radius(radius: BlastRadius) -> None:
    output.say()
    parts = [
        f"{radius.customers} customers, {radius.records} records ({radius.records_moving} move)",
        _counted(radius.systems),
        _counted(radius.references),
        f"consents that change {radius.consents_changed}" if radius.consents_changed else "",
        f"loyalty balances {', '.join(f'{b:,.0f}' for b in radius.loyalty_balances)}"
        if radius.loyalty_balances
        else "",
        f"systems written {', '.join(radius.systems_written)}" if radius.systems_written else "",
    ]
    output.say("blast radius: " + "; ".join(part for part in parts if part))


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in counts.items())


def _short(value: Any) -> str:
    if value is None:
        return ""
    text = "; ".join(map(in_words, value)) if isinstance(value, list) else in_words(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
