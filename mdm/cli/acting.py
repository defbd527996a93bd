"""Commands by which people decide: link, unlink, merge, unmerge, split, override; acts, constraint; audit."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from mdm.cli import output
from mdm.cli.context import AsJson, actor, now, opened, opened_for_work
from mdm.errors import RefusedInput

if TYPE_CHECKING:
    from mdm.acts import Act, Place

_KEY = "SYSTEM/OBJECT/ID"
_PLACE = f"GOLDEN_ID|{_KEY}"
_Reason = Annotated[str, typer.Option("--reason", help="Why; needed to do it, not to preview it.")]
_Preview = Annotated[bool, typer.Option("--preview", help="Show what it would do, and do nothing.")]
_Token = Annotated[
    str | None, typer.Option(help="Token of a preview: do exactly what that showed, or nothing.", metavar="TOKEN")
]
_Revoke = Annotated[bool, typer.Option("--revoke", help="Take back the decisions that stand against it.")]
_Wait = Annotated[float, typer.Option(min=0, help="Wait so many seconds for a run that goes on.", metavar="SECONDS")]
_Records = Annotated[list[str], typer.Argument(help="Source records.", metavar=f"{_KEY}...")]
_All = Annotated[bool, typer.Option("--all", help="Those that hold no more, too.")]
_Limit = Annotated[int, typer.Option(min=1, help="At most so many.")]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command("link")(link)
    app.command("unlink")(unlink)
    app.command("merge")(merge)
    app.command("unmerge")(unmerge)
    app.command("split")(split)
    app.command("override")(override)
    app.command("overrides")(overrides)
    acts = typer.Typer(no_args_is_help=True, help="Acts of people: what was done, and what waits for a second person.")
    acts.command("list")(acts_list)
    acts.command("show")(acts_show)
    acts.command("approve")(acts_approve)
    acts.command("reject")(acts_reject)
    app.add_typer(acts, name="acts")
    constraint = typer.Typer(no_args_is_help=True, help="Decisions about two records: one customer, or two.")
    constraint.command("list")(constraint_list)
    constraint.command("revoke")(constraint_revoke)
    app.add_typer(constraint, name="constraint")
    audit = typer.Typer(no_args_is_help=True, help="The audit trail: who did what and when.")
    audit.command("list")(audit_list)
    audit.command("verify")(audit_verify)
    app.add_typer(audit, name="audit")


def link(
    records: _Records,
    reason: _Reason = "",
    preview: _Preview = False,
    token: _Token = None,
    revoke: _Revoke = False,
    wait: _Wait = 0,
    as_json: AsJson = False,
) -> None:
    """Say that source records are one customer. It holds whatever the machine finds later.

    Examples:

    - `mdm link shopify/Customer/7 loyalty/Member/L1 --preview`
    - `mdm link shopify/Customer/7 loyalty/Member/L1 --reason "same person, phoned"`
    """
    from mdm.acts import Link

    act = Link(tuple(map(_record, records)))
    _do(act, reason=reason, preview=preview, token=token, revoke=revoke, wait=wait, as_json=as_json)


def unlink(
    records: _Records,
    other: Annotated[
        str | None, typer.Option("--from", help="From whom; unsaid, all others of their customer.", metavar=_PLACE)
    ] = None,
    reason: _Reason = "",
    preview: _Preview = False,
    token: _Token = None,
    revoke: _Revoke = False,
    wait: _Wait = 0,
    as_json: AsJson = False,
) -> None:
    """Say that source records are not the customer they are with, or not another one.

    Examples:

    - `mdm unlink loyalty/Member/L1 --reason "his father's card"`
    - `mdm unlink loyalty/Member/L1 --from shopify/Customer/7 --reason "two people"`
    """
    from mdm.acts import Unlink

    act = Unlink(tuple(map(_record, records)), None if other is None else _place(other))
    _do(act, reason=reason, preview=preview, token=token, revoke=revoke, wait=wait, as_json=as_json)


def merge(
    golden_ids: Annotated[list[UUID], typer.Argument(help="Customers.", metavar="GOLDEN_ID...")],
    reason: _Reason = "",
    preview: _Preview = False,
    token: _Token = None,
    revoke: _Revoke = False,
    wait: _Wait = 0,
    as_json: AsJson = False,
) -> None:
    """Say that customers are one: a decision about their strongest pair of records.

    Example: `mdm merge 05b071a3-72e0-4706-92f8-013a21ae3a00 7c1d9f54-6a0e-4b7e-9d38-5a4f6f5f7f10 --preview`
    """
    from mdm.acts import Merge

    _do(
        Merge(tuple(golden_ids)),
        reason=reason,
        preview=preview,
        token=token,
        revoke=revoke,
        wait=wait,
        as_json=as_json,
    )


def unmerge(
    golden_id: Annotated[UUID, typer.Argument(help="The id that ended in the merge.", metavar="GOLDEN_ID")],
    reason: _Reason = "",
    preview: _Preview = False,
    token: _Token = None,
    revoke: _Revoke = False,
    wait: _Wait = 0,
    as_json: AsJson = False,
) -> None:
    """Take a merge back: the id comes back with its records, and with it what was decided for the merge is revoked.

    Where evidence alone would merge them again, decisions are made that keep them apart; the preview says so.

    Example: `mdm unmerge 7c1d9f54-6a0e-4b7e-9d38-5a4f6f5f7f10 --reason "two sisters"`
    """
    from mdm.acts import Unmerge

    _do(Unmerge(golden_id), reason=reason, preview=preview, token=token, revoke=revoke, wait=wait, as_json=as_json)


def split(
    golden_id: Annotated[UUID, typer.Argument(help="The customer.", metavar="GOLDEN_ID")],
    records: Annotated[
        list[str], typer.Argument(help="Records of one group; `+` begins the next group.", metavar=f"{_KEY}... [+ ...]")
    ],
    reason: _Reason = "",
    preview: _Preview = False,
    token: _Token = None,
    revoke: _Revoke = False,
    wait: _Wait = 0,
    as_json: AsJson = False,
) -> None:
    """Say that a customer is several. Records named together are one, those not named stay behind.

    Example: `mdm split 05b071a3-72e0-4706-92f8-013a21ae3a00 shopify/Customer/7 loyalty/Member/L1 + zendesk/user/3`
    """
    from mdm.acts import Split

    groups: list[list[str]] = [[]]
    for word in records:
        if word == "+":
            groups.append([])
        else:
            groups[-1].append(word)
    act = Split(golden_id, tuple(tuple(map(_record, group)) for group in groups if group))
    _do(act, reason=reason, preview=preview, token=token, revoke=revoke, wait=wait, as_json=as_json)


def override(
    customer: Annotated[str, typer.Argument(help="The customer.", metavar=_PLACE)],
    attribute: Annotated[str, typer.Argument(help="An attribute, as `mdm show` names it.")],
    value: Annotated[
        str | None, typer.Argument(help="The value; JSON for one with parts, or for several.", metavar="[VALUE]")
    ] = None,
    nothing: Annotated[bool, typer.Option("--none", help="The customer has none, whatever systems say.")] = False,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"], help="It ends then (UTC).")
    ] = None,
    end: Annotated[bool, typer.Option("--revoke", help="It ends now.")] = False,
    reason: _Reason = "",
    preview: _Preview = False,
    token: _Token = None,
    wait: _Wait = 0,
    as_json: AsJson = False,
) -> None:
    """Put a value of your own in the place of what systems say, until a day, or until it is revoked.

    Examples:

    - `mdm override loyalty/Member/L1 family_name "O'Brien" --reason "passport seen" --until 2027-12-31`
    - `mdm override loyalty/Member/L1 email '["a@b.example"]' --reason "phoned"`
    - `mdm override loyalty/Member/L1 email --revoke --reason "the shop has it right now"`
    """
    from mdm.acts import RevokeOverride, SetOverride

    place = _place(customer)
    if (value is not None) + nothing + end != 1:
        raise RefusedInput("say one of these: a value, --none, or --revoke")
    act: Act
    if end:
        act = RevokeOverride(place, attribute)
    else:
        ends = None if until is None else until.replace(tzinfo=UTC)
        act = SetOverride(place, attribute, None if value is None else _value(value), ends)
    _do(act, reason=reason, preview=preview, token=token, revoke=False, wait=wait, as_json=as_json)


def overrides(
    customer: Annotated[str | None, typer.Argument(help="Only this customer's.", metavar=f"[{_PLACE}]")] = None,
    everything: _All = False,
    limit: _Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List stewards' own values, newest first; one past its end is told as expired.

    Example: `mdm overrides loyalty/Member/L1`
    """
    from mdm.acts import list_overrides
    from mdm.cli.customer import in_words

    with opened() as (store, _):
        place = None if customer is None else _place(customer)
        found = list_overrides(store, now=now(), customer=place, revoked=everything, limit=limit)
    if as_json:
        output.say_json(found)
        return
    output.table(
        [
            (o.record, o.attribute, _short(in_words(o.value)), o.state, o.expires_at, o.actor, o.reason, o.said_at)
            for o in found
        ],
        columns=["hangs on", "attribute", "value", "state", "until", "by", "reason", "said"],
    )


def acts_list(
    state: Annotated[list[str] | None, typer.Option(help="waiting, done or rejected; may be said again.")] = None,
    limit: _Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List acts, newest first; unless --state says otherwise those that wait for a second person.

    Example: `mdm acts list --state done --state rejected`
    """
    from mdm.acts import list_acts

    with opened() as (store, _):
        found = list_acts(store, states=tuple(state or ("waiting",)), limit=limit)
    if as_json:
        output.say_json(found)
        return
    output.table(
        [(a.act_id, a.kind, a.state, a.size, a.actor, a.reason, a.said_at, a.decided_by) for a in found],
        columns=["act", "kind", "state", "records and references", "by", "reason", "said", "decided by"],
    )


_ActId = Annotated[UUID, typer.Argument(help="An act that waits (`mdm acts list`).", metavar="ACT_ID")]


def acts_show(act_id: _ActId, as_json: AsJson = False) -> None:
    """Show what an act that waits would do now.

    Example: `mdm acts show 05b071a3-72e0-4706-92f8-013a21ae3a00`
    """
    from mdm.acts import Desk
    from mdm.cli.previewing import tell_preview

    with opened_for_work() as (store, settings):
        seen = Desk(store, settings).foresee_waiting(act_id, now=now())
    if as_json:
        output.say_json(seen)
    else:
        tell_preview(seen)


def acts_approve(act_id: _ActId, token: _Token = None, wait: _Wait = 0, as_json: AsJson = False) -> None:
    """Approve an act of somebody else: it is done as its author saw it, or as --token of `mdm acts show` does.

    Example: `mdm acts approve 05b071a3-72e0-4706-92f8-013a21ae3a00`
    """
    from mdm.acts import Desk
    from mdm.cli.previewing import tell_done

    with opened_for_work() as (store, settings):
        done = Desk(store, settings).approve(act_id, actor=actor(), token=token, now=now(), wait=wait)
    if as_json:
        output.say_json(done)
    else:
        tell_done(done)


def acts_reject(act_id: _ActId, as_json: AsJson = False) -> None:
    """Reject an act that waits; nothing of it is done.

    Example: `mdm acts reject 05b071a3-72e0-4706-92f8-013a21ae3a00`
    """
    from mdm.acts import Desk

    with opened() as (store, settings):
        Desk(store, settings).reject(act_id, actor=actor(), now=now())
    output.report({"rejected": str(act_id)}, as_json=as_json)


def constraint_list(
    customer: Annotated[str | None, typer.Argument(help="Only about this customer.", metavar=f"[{_PLACE}]")] = None,
    everything: _All = False,
    limit: _Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List decisions about two records, newest first.

    Example: `mdm constraint list salesforce/Contact/0035e0AAACv5NADA42`
    """
    from mdm.acts import list_constraints

    with opened() as (store, _):
        place = None if customer is None else _place(customer)
        found = list_constraints(store, customer=place, revoked=everything, limit=limit)
    if as_json:
        output.say_json(found)
        return
    output.table(
        [(c.constraint_id, c.kind, c.record_a, c.record_b, c.actor, c.reason, c.said_at, c.revoked_by) for c in found],
        columns=["constraint", "kind", "record", "record", "by", "reason", "said", "revoked by"],
    )


def constraint_revoke(
    constraint_id: Annotated[UUID, typer.Argument(help="`mdm constraint list` names it.", metavar="CONSTRAINT_ID")],
    reason: _Reason = "",
    preview: _Preview = False,
    token: _Token = None,
    wait: _Wait = 0,
    as_json: AsJson = False,
) -> None:
    """Take a decision back: evidence counts again.

    Example: `mdm constraint revoke 05b071a3-72e0-4706-92f8-013a21ae3a00 --preview`
    """
    from mdm.acts import RevokeConstraint

    act = RevokeConstraint(constraint_id)
    _do(act, reason=reason, preview=preview, token=token, revoke=False, wait=wait, as_json=as_json)


def audit_list(
    by: Annotated[str | None, typer.Option("--by", help="Only this actor's.")] = None,
    action: Annotated[str | None, typer.Option(help="Only this action: act_done, published, ...")] = None,
    about: Annotated[str | None, typer.Option(help="Only entries that name this id.", metavar="ID")] = None,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only from this day on (UTC).")] = None,
    limit: _Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List the audit trail, newest first. It holds ids, counts and names of attributes, no values of customers.

    Example: `mdm audit list --by stella --since 2026-11-01`
    """
    from mdm.audit import list_entries

    begins = None if since is None else since.replace(tzinfo=UTC)
    with opened() as (store, _):
        found = list_entries(store, limit=limit, actor=by, action=action, since=begins, about=about)
    if as_json:
        output.say_json(found)
        return
    output.table(
        [(e.link, e.at, e.actor, e.action, _subject(e.subject)) for e in found],
        columns=["id", "at", "by", "action", "what"],
    )


def audit_verify(
    noted: Annotated[
        str | None, typer.Option(help="Number and digest as noted elsewhere: 41:9f2c...", metavar="NUMBER:DIGEST")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compute the chain of the audit trail anew; exit code 1 when a link does not hold.

    It tells the number and digest of the last link: note them elsewhere, and --noted finds a trail that was cut off or
    made anew.

    Example: `mdm audit verify`
    """
    from mdm.audit import verify

    with opened() as (store, _):
        verdict = verify(store, noted=None if noted is None else _noted(noted))
    if as_json:
        output.say_json(verdict)
    elif verdict.broken is None:
        output.say(
            f"all {verdict.links} links hold ({verdict.entries} entries); the last: {verdict.links}:{verdict.head}"
        )
    else:
        output.say(f"link {verdict.broken} does not hold: {verdict.reason}; the {verdict.links} before it do")
    if verdict.broken is not None:
        raise typer.Exit(1)


def _do(act: Act, *, reason: str, preview: bool, token: str | None, revoke: bool, wait: float, as_json: bool) -> None:
    from mdm.acts import Desk
    from mdm.cli.previewing import tell_done, tell_preview

    if preview and token is not None:
        raise RefusedInput("a token is of a preview; leave --preview or --token out")
    with opened_for_work() as (store, settings):
        desk = Desk(store, settings)
        if preview:
            seen = desk.preview(act, actor=actor(), reason=reason, now=now(), revoke=revoke)
        else:
            done = desk.commit(act, actor=actor(), reason=reason, token=token, now=now(), wait=wait, revoke=revoke)
    if as_json:
        output.say_json(seen if preview else done)
    elif preview:
        tell_preview(seen)
    else:
        tell_done(done)


def _record(text: str) -> Any:
    from mdm.model import RecordKey

    try:
        return RecordKey.parse(text)
    except ValueError as error:
        raise RefusedInput(str(error)) from None


def _place(text: str) -> Place:
    try:
        return UUID(text)
    except ValueError:
        record: Place = _record(text)
        return record


def _value(text: str) -> Any:
    """JSON where it is a list, an object, a number, true or false; any other text as it stands."""
    try:
        value = json.loads(text)
    except ValueError:
        if text.lstrip()[:1] in ("{", "["):
            raise RefusedInput("the value begins as JSON and is none") from None
        return text
    # a postcode or a card number is no number
    return value if isinstance(value, list | dict | bool) else text


def _noted(text: str) -> tuple[int, str]:
    number, _, digest = text.partition(":")
    if not number.isdigit() or len(digest) != 64:
        raise RefusedInput("--noted is NUMBER:DIGEST, as `mdm audit verify` told it")
    return int(number), digest


def _short(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _subject(subject: Any) -> str:
    def plain(value: Any) -> str:
        if isinstance(value, list):
            return f"{len(value)} of them" if len(value) > 3 else " ".join(map(str, value))
        if isinstance(value, dict):
            return ", ".join(f"{k} {v}" for k, v in value.items() if v)
        return str(value)

    return "; ".join(f"{name} {plain(value)}" for name, value in subject.items() if value not in (None, [], {}))
