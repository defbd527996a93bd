"""Commands of stewards: changes list, approve, reject; and, in ``acting``, their acts on customers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from mdm.cli import acting, output
from mdm.cli.context import AsJson, actor, now, opened
from mdm.cli.customer import in_words

if TYPE_CHECKING:
    from mdm.deliver import Selection

_Ids = Annotated[
    list[UUID] | None, typer.Argument(help="Ids of changes (`mdm changes list`).", metavar="[CHANGE_ID]...")
]
_System = Annotated[str | None, typer.Option(help="Only changes for this target.")]
_Object = Annotated[str | None, typer.Option("--object", help="Only changes of this object of the target.")]
_Attribute = Annotated[str | None, typer.Option(help="Only changes of this attribute.")]
_Golden = Annotated[UUID | None, typer.Option("--golden-id", help="Only changes of this customer.")]
_Everything = Annotated[bool, typer.Option("--all", help="Every change that is proposed.")]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(no_args_is_help=True, help="Proposed changes: what should be written to source systems.")
    group.command("list")(changes_list)
    group.command("approve")(changes_approve)
    group.command("reject")(changes_reject)
    app.add_typer(group, name="changes")
    acting.register(app)


def changes_list(
    system: _System = None,
    object_: _Object = None,
    attribute: _Attribute = None,
    golden_id: _Golden = None,
    state: Annotated[list[str] | None, typer.Option(help="State; may be said again.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List changes, newest first; unless --state says otherwise those that wait for a decision.

    Example: `mdm changes list --system salesforce --attribute email --state proposed --state approved`
    """
    from mdm.deliver import list_changes

    selection = _selection(None, system, object_, attribute, golden_id, everything=True)
    with opened() as (store, _):
        changes = list_changes(store, selection=selection, states=state or ["proposed"], limit=limit)
    if as_json:
        output.say_json(changes)
        return
    output.table(
        [
            (
                c.change_id,
                c.record,
                c.attribute,
                in_words(c.old_value) if c.old_value is not None else "",
                in_words(c.new_value),
                c.state,
                c.reason,
            )
            for c in changes
        ],
        columns=["change", "record", "attribute", "old", "new", "state", "reason"],
    )


def changes_approve(
    ids: _Ids = None,
    system: _System = None,
    object_: _Object = None,
    attribute: _Attribute = None,
    golden_id: _Golden = None,
    everything: _Everything = False,
    as_json: AsJson = False,
) -> None:
    """Approve proposed changes, by id or by what they have in common.

    Example: `mdm changes approve --system salesforce --attribute loyalty_number`
    """
    from mdm.deliver import approve

    selection = _selection(ids, system, object_, attribute, golden_id, everything=everything)
    with opened() as (store, _):
        count = approve(store, selection=selection, actor=actor(), now=now())
    output.report({"approved": count}, as_json=as_json)


def changes_reject(
    ids: _Ids = None,
    system: _System = None,
    object_: _Object = None,
    attribute: _Attribute = None,
    golden_id: _Golden = None,
    everything: _Everything = False,
    as_json: AsJson = False,
) -> None:
    """Reject proposed changes, by id or by what they have in common."""
    from mdm.deliver import reject

    selection = _selection(ids, system, object_, attribute, golden_id, everything=everything)
    with opened() as (store, _):
        count = reject(store, selection=selection, actor=actor(), now=now())
    output.report({"rejected": count}, as_json=as_json)


def _selection(
    ids: list[UUID] | None,
    system: str | None,
    object_: str | None,
    attribute: str | None,
    golden_id: UUID | None,
    *,
    everything: bool,
) -> Selection:
    from mdm.deliver import Selection

    return Selection(
        change_ids=tuple(ids or ()),
        system=system,
        object=object_,
        attribute=attribute,
        golden_id=golden_id,
        everything=everything,
    )
