"""The command that asks whose record this is: match."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mdm.cli import output
from mdm.cli.context import AsJson, now, opened
from mdm.errors import RefusedInput

if TYPE_CHECKING:
    from mdm.match import MatchAnswer, MatchRequest

_OUTCOMES = {
    "matched": "one customer fits",
    "ambiguous": "several customers fit, none better than the others",
    "possible": "a customer may fit: a steward would be asked",
    "none": "nobody known fits",
    "insufficient_evidence": "too little to tell: say at least two things, such as name and e-mail",
}
_File = typer.Argument(help="JSON: an object of attributes; - reads stdin.", metavar="FILE.json")
_Text = Annotated[str | None, typer.Option()]
_Many = Annotated[list[str] | None, typer.Option(help="May be given several times.")]


def match(
    file: Annotated[str | None, _File] = None,
    given: _Text = None,
    family: _Text = None,
    name: Annotated[str | None, typer.Option(help="Whole name; with --organisation its legal name.")] = None,
    born: Annotated[str | None, typer.Option(help="Date of birth.")] = None,
    email: _Many = None,
    phone: _Many = None,
    street: _Text = None,
    postcode: _Text = None,
    city: _Text = None,
    loyalty: _Many = None,
    tax: _Many = None,
    organisation: Annotated[bool, typer.Option("--organisation", help="An organisation, not a person.")] = False,
    record: Annotated[
        str | None, typer.Option(help="It is a version of this source record.", metavar="SYSTEM/OBJECT/ID")
    ] = None,
    most: Annotated[int, typer.Option("--max", min=1, max=200, help="Candidates told.")] = 10,
    why: Annotated[bool, typer.Option("--explain", help="Take the weights apart.")] = False,
    as_json: AsJson = False,
) -> None:
    """Which customer is this? Holds one record against all stored ones, as the last run decides; writes nothing.

    A file holds attributes (given_name, family_name, date_of_birth, email, phone, address, ...), or an object with
    entity_type, attributes (or match, the comparable form) and record. Weights are bits: one more doubles the odds.

    Examples:

    - `mdm match --given Maria --family Smith --email maria.smith@example.com`
    - `mdm match customer.json --explain --json`
    """
    from mdm.match import Matcher

    address = {"street": street, "postcode": postcode, "city": city}
    options: dict[str, Any] = {
        "given_name": given,
        "family_name": family,
        "legal_name" if organisation else "full_name": name,
        "date_of_birth": born,
        "email": email,
        "phone": phone,
        "address": [{k: v for k, v in address.items() if v}] if any(address.values()) else None,
        "loyalty_number": loyalty,
        "tax_number": tax,
    }
    said = {attribute: value for attribute, value in options.items() if value}
    if (file is None) == (not said):
        raise RefusedInput("name a file, or what is known (--given, --family, --email, ...): see `mdm match --help`")
    document = said if file is None else _document(file)
    request = _request(document, organisation=organisation, record=record, most=most, why=why)
    with opened() as (store, settings):
        answer = Matcher(store, settings).match(request, today=now().date())
    if as_json:
        output.say_json(answer)
    else:
        _tell(answer)


def _document(file: str) -> Mapping[str, Any]:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
        document = json.loads(text)
    except OSError as error:
        raise RefusedInput(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise RefusedInput(f"{file} is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise RefusedInput(f"{file}:{error.lineno}: not JSON: {error.msg}") from None
    if not isinstance(document, dict):
        raise RefusedInput(f"{file}: an object is needed, not {type(document).__name__}")
    return document


def _request(
    document: Mapping[str, Any], *, organisation: bool, record: str | None, most: int, why: bool
) -> MatchRequest:
    from mdm.match import MatchRequest
    from mdm.model import EntityType, RecordKey

    whole = "attributes" in document or "match" in document
    asked: dict[str, Any] = dict(document) if whole else {"attributes": document}
    kind = asked.pop("entity_type", EntityType.ORGANISATION if organisation else EntityType.PERSON)
    attributes, columns = asked.pop("attributes", None), asked.pop("match", None)
    key = record or asked.pop("record", None)
    if asked:
        raise RefusedInput(f"{min(asked)!r}: a request has entity_type, attributes or match, and record")
    if any(part is not None and not isinstance(part, dict) for part in (attributes, columns)):
        raise RefusedInput("`attributes` and `match` are objects")
    try:
        return MatchRequest(
            entity_type=EntityType(str(kind)),
            attributes=attributes,
            match=columns,
            record=None if key is None else RecordKey.parse(str(key)),
            max_results=most,
            explain=why,
        )
    except ValueError as error:
        raise RefusedInput(str(error)) from None


def _tell(answer: MatchAnswer) -> None:
    from mdm.cli.explanation import tell_waterfall

    output.say(_OUTCOMES[answer.outcome], style="bold")
    for left in answer.left_out:
        output.say(f"left out: {left.rule}: {left.reason}")
    if answer.customers:
        output.say()
        output.table(
            [
                (c.golden_id, c.grade, f"{c.linkage:.2f}", f"{c.line:g}", c.records, c.strongest, c.reason)
                for c in answer.customers
            ],
            columns=["customer", "grade", "average", "needed", "records", "nearest record", "but"],
        )
    if answer.candidates:
        output.say()
        output.say(f"{answer.compared} records compared, the nearest {len(answer.candidates)}:")
        output.table(
            [
                (c.record, f"{c.match_weight:.2f}", c.grade, ", ".join(c.contradictions), c.golden_id)
                for c in answer.candidates
            ],
            columns=["source record", "match weight", "grade", "contradicts", "customer"],
        )
        best = answer.candidates[0]
        if best.evidence is not None:
            output.say()
            output.say(f"{best.record}: {best.match_weight:.2f} bits", style="bold")
            tell_waterfall(best.evidence, ("asked", best.record.system))
    if answer.provenance.changed_since:
        changed = ", ".join(answer.provenance.changed_since)
        output.say(f"changed since the last run, so the next may say otherwise: {changed}")
