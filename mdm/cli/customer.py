"""A customer as a person reads it: values with where they come from, records, questions, history."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mdm.cli import output
from mdm.cli.households import tell_household

if TYPE_CHECKING:
    from mdm.lookup import CustomerView, ValueView
    from mdm.model import RecordKey

_ADDRESS_ORDER = ("street", "unit", "city", "region", "postcode", "country")


def tell_customer(customer: CustomerView) -> None:
    """Prints one customer."""
    output.say(f"{customer.entity_type} {customer.golden_id}", style="bold")
    if customer.redirected_from is not None:
        output.say(f"asked for {customer.redirected_from}, which was merged into it")
    output.say(
        f"version {customer.version} since {output.shown(customer.valid_from)}, rules {customer.rule_set}, "
        f"{len(customer.records)} source records"
    )
    output.say()
    number = {view.record: place for place, view in enumerate(customer.records, start=1)}

    def name(record: RecordKey) -> str:
        return f"{record.system} #{number[record]}" if record in number else str(record)

    output.table(
        [_row(value, name) for value in customer.values], columns=["attribute", "value", "from", "why", "instead of"]
    )
    for attribute, losing in customer.not_surviving:
        output.say(f"not used: {attribute} {in_words(losing.value)} of {name(losing.record)} ({losing.reason})")
    output.say()
    output.table(
        [
            (f"#{number[r.record]}", r.record, r.grade, r.match_weight, r.reason, r.since, r.source_time)
            for r in customer.records
        ],
        columns=["", "source record", "grade", "match weight", "reason", "here since", "changed at source"],
    )
    _tell_around(customer)


def _row(value: ValueView, name: Callable[[RecordKey], str]) -> tuple[str, str, str, str, str]:
    support = f" (+{len(value.supported_by)} agree)" if value.supported_by else ""
    override = f": {value.override.get('reason')} ({value.override.get('actor')})" if value.override else ""
    losers = "; ".join(f"{in_words(loser.value)} of {name(loser.record)} ({loser.reason})" for loser in value.losers)
    source = name(value.record) if value.record else value.system
    return value.attribute, in_words(value.value), source, f"{value.rule}{override}{support}", losers


def _tell_around(customer: CustomerView) -> None:
    output.say()
    if customer.household is not None:
        tell_household(customer.household)
    for reference in customer.references:
        latest = f", latest {output.shown(reference.latest)}" if reference.latest else ""
        output.say(f"{reference.type}: {reference.count}{latest}")
    if customer.open_changes:
        output.say(f"changes on their way to source systems: {customer.open_changes} (`mdm changes list`)")
    for task in customer.tasks:
        weight = f", match weight {task.match_weight:.1f}" if task.match_weight is not None else ""
        others = ", ".join(str(record) for record in task.records)
        output.say(f"open question: {task.reason.replace('_', ' ')}{weight}: {others}")
    for event in customer.history:
        others = f" with {', '.join(map(str, event.others))}" if event.others else ""
        output.say(f"{output.shown(event.at)} {event.golden_id} {event.kind}{others}")


def in_words(value: Any) -> str:
    """A value as it is read: an address on one line, an item by its parts, everything else as it is."""
    if not isinstance(value, Mapping):
        return "?" if value is None else output.shown(value) if isinstance(value, bool) else str(value)
    if "street" in value or "city" in value or "postcode" in value:
        line = ", ".join(str(value[part]) for part in _ADDRESS_ORDER if value.get(part))
        return f"{line} ({value['type']})" if value.get("type") else line
    if "value" in value:
        rest = ", ".join(str(v) for k, v in value.items() if k != "value" and v not in (None, ""))
        return f"{value['value']} ({rest})" if rest else str(value["value"])
    return " ".join(str(v) for v in value.values() if v not in (None, ""))
