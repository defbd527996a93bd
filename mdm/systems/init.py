"""`mdm mapping init`: looks at a data file and proposes a mapping file for it; what found no place stands as comments.

Columns are guessed by name first, then by what most of their values look like. It is a proposal: a person reads it.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from mdm.errors import RefusedInput
from mdm.model import ATTRIBUTES, EntityType
from mdm.systems.interpret import MISSING, as_text
from mdm.systems.readers import opened

SAMPLE_ROWS = 2_000
_ENOUGH = 0.8  # share of a column's values that must look like what it is taken for

_PLACE = r"(?:(?:mailing|billing|shipping|home|postal|default|other|primary|address|addr|person)_)*"

# Folded column name -> target. First match wins; a target is used once unless it takes several values.
_NAMES: tuple[tuple[str, str], ...] = (
    (r"(first|given|fore|christian)_?name|vorname|prenom|nombre|fname", "given_name"),
    (r"(middle|second)_?(name|initial)|mname", "middle_name"),
    (r"(maiden|former|birth|previous)_?(last_?)?name|geburtsname|nee", "former_name"),
    (r"(last|family|sur)_?name|nachname|apellidos?|lname|nom_de_famille", "family_name"),
    (r"salutation|prefix|title|anrede|honorific", "prefix"),
    (r"suffix|name_suffix|generation", "suffix"),
    (r"(date_of_birth|birth_?date|birth_?day|dob|geburtsdatum|born)(_on)?", "date_of_birth"),
    (r"gender|sex|geschlecht", "gender"),
    (r".*(company|organi[sz]ation|business|legal|account|firm)(_?name)?|firma|legal_entity", "legal_name"),
    (r"(trading|dba)(_?name)?|doing_business_as", "trading_name"),
    (r"(full|customer|contact|display|person)?_?name|who", "full_name"),
    (r"web_?site|url|homepage|domain", "website"),
    (r".*e_?mail.*", "email"),
    (r".*(mobile|cell).*", "phone.mobile"),
    (r".*(phone|telephone|tel|telefon|fon).*|tel_?\d*", "phone"),
    (r".*(address|addr|street)_?(line)?_?2|unit|apartment|apt|suite", "address.unit"),
    (r".*(street|strasse|address_?line_?1|addr_?1|address1|address)|addr|line_?1", "address.street"),
    (r".*(city|town|ort|locality|ville)", "address.city"),
    (r".*(post_?code|postal(_?code)?|zip(_?code)?|plz)", "address.postcode"),
    (_PLACE + r"(state|province|region|county)(_?code)?", "address.region"),
    (_PLACE + r"country(_?code)?(_?v2)?|land", "address.country"),
    (r".*(tax|vat|ssn|ein)_?(id_?)?(number|num|no)?", "tax_number"),
    (r".*(registration|register|duns|crn)_?(number|num|no)?", "registration_number"),
    (r".*(loyalty|card|membership)_?(card|number|num|no|id)?(_?number)?", "loyalty_number"),
    (r"(customer|account|client)_?(number|num|no|nr)", "customer_number"),
    (r"(loyalty_)?tier", "loyalty_tier"),
    (r"points(_?balance)?", "loyalty_balance"),
    (r"(home|preferred)_?store", "preferred_store"),
    (r"lang(uage)?|locale|preferred_language", "preferred_language"),
    (r"(payment_?)?terms", "payment_terms"),
    (r"credit_?limit", "credit_limit"),
    (r"(is_?)?inactive", "inactive"),
)
_ID_NAME = re.compile(r"(.*_)?(id|key|uuid|guid|number|no|nr|code|ref)$")
_CLOCK_NAME = re.compile(r".*(updated|modified|changed|modstamp|last_?update|timestamp|geaendert|as_?of).*")
_DELETED_NAME = re.compile(r"(is_?)?deleted")

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"\+?[\d ().\-/x]{7,20}")
_DAY_FORMATS = ("%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%m-%d-%Y", "%d-%m-%Y", "%Y%m%d", "%Y/%m/%d")
_TIME_FORMATS = ("%m/%d/%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", *_DAY_FORMATS[1:])


@dataclass(frozen=True)
class ProposedMapping:
    """A mapping file to start from: its text, which column went where, and the columns that found no place."""

    text: str
    placed: dict[str, str]
    unplaced: tuple[str, ...]


@dataclass(frozen=True)
class _Sample:
    form: str
    delimiter: str
    columns: dict[str, list[str]]


def propose_mapping(path: Path, *, system: str | None = None, object: str = "Customer") -> ProposedMapping:
    """Proposes a mapping for a CSV, JSONL or Parquet file (also .gz). RefusedInput when the file is none of these."""
    sample = _sample(path)
    if not sample.columns:
        raise RefusedInput(f"{path}: no columns to map; expected a CSV with a header, JSON lines, or Parquet")
    name = re.sub(r"[^a-z0-9]+", "_", path.name.split(".")[0].casefold()).strip("_") or "source"
    heads = _heads(sample)
    document = {"system": system or name, "object": object} | _form_words(sample, name)
    placed = _placed(sample, heads.taken())
    entity_type = _entity_type({t for t, _ in placed.values()})
    if entity_type is EntityType.ORGANISATION and not any(t == "legal_name" for t, _ in placed.values()):
        placed = {c: ("legal_name" if t == "full_name" else t, f) for c, (t, f) in placed.items()}
    placed = {c: (t, f) for c, (t, f) in placed.items() if entity_type in ATTRIBUTES[t.partition(".")[0]].entity_types}
    if not placed:
        raise RefusedInput(f"{path}: no column looks like an attribute of a customer; write the mapping by hand")
    document["entity_type"] = entity_type.value
    found = {c: t for c, (t, _) in placed.items()} | heads.taken()
    unplaced = tuple(c for c in sample.columns if c not in found)
    lines = [
        f"# Proposed from {path.name} by `mdm mapping init`: read it, correct it, keep it in MDM_HOME/mappings.",
        _dump(document),
        *heads.lines(),
        "",
        _dump({"attributes": _attributes(placed)}),
    ]
    if unplaced:
        lines += ["", "# Not placed; these stay in the payload only:"]
        lines += [f"#   {' '.join(c.split())}" for c in unplaced]
    return ProposedMapping(text="\n".join(lines) + "\n", placed=found, unplaced=unplaced)


# --- a look at the file ----------------------------------------------------------------------------------------------


def _sample(path: Path) -> _Sample:
    if not path.is_file():
        raise RefusedInput(f"{path}: no such file")
    try:
        with opened(path) as (plain, _):
            start = plain.read(4)
            plain.seek(0)
            if start == b"PAR1":
                batch = next(pq.ParquetFile(pa.BufferReader(plain.read())).iter_batches(SAMPLE_ROWS), None)
                return _Sample("parquet", ",", _flat(batch.to_pylist() if batch is not None else []))
            lines = [line.decode("utf-8-sig") for line in islice(plain, SAMPLE_ROWS)]
    except (UnicodeDecodeError, EOFError, OSError, pa.ArrowInvalid) as error:
        raise RefusedInput(f"{path}: expected a UTF-8 CSV, JSON lines, or Parquet file") from error
    if lines and lines[0].lstrip().startswith("{"):
        return _Sample("jsonl", ",", _flat(_objects(lines)))
    delimiter = max(",;\t|", key=lines[0].count) if lines else ","
    rows = csv.reader(lines, delimiter=delimiter)
    header = next(rows, [])
    columns: dict[str, list[str]] = {name: [] for name in header if name}
    for row in rows:
        for name, cell in zip(header, row, strict=False):
            if cell and name:
                columns[name].append(cell)
    return _Sample("csv", delimiter, columns)


def _objects(lines: Sequence[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict):
            yield value


def _flat(rows: Any) -> dict[str, list[str]]:
    """Dotted path -> the values that are there; lists are left to the person who reads the proposal."""
    columns: dict[str, list[str]] = {}

    def walk(prefix: str, value: dict[str, Any]) -> None:
        for key, part in value.items():
            path = f"{prefix}{key}"
            if isinstance(part, dict):
                walk(f"{path}.", part)
            else:
                text = as_text(part)
                columns.setdefault(path, [])
                if text is not MISSING and text:
                    columns[path].append(text)

    for row in rows:
        walk("", row)
    return {c: v for c, v in columns.items() if v or not any(other.startswith(f"{c}.") for other in columns)}


# --- guesses ---------------------------------------------------------------------------------------------------------


def _folded(column: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", column.removesuffix("__c"))
    return re.sub(r"[^a-z0-9]+", "_", words.casefold()).strip("_")


def _mostly(values: Sequence[str], fits: Callable[[str], bool]) -> bool:
    return bool(values) and sum(map(fits, values)) >= _ENOUGH * len(values)


def _fits_format(form: str) -> Callable[[str], bool]:
    def fits(text: str) -> bool:
        try:
            datetime.strptime(text.strip(), form)  # noqa: DTZ007  (only whether it parses)
        except ValueError:
            return False
        return True

    return fits


def _is_iso(text: str) -> bool:
    try:
        datetime.fromisoformat(text.strip())
    except ValueError:
        return False
    return not text.strip().isdigit()


@dataclass(frozen=True)
class _Heads:
    """The columns that say which record it is, when it changed, and whether it is gone."""

    source_id: str | None
    clock: str | None
    clock_format: str
    deleted: str | None

    def taken(self) -> dict[str, str]:
        named = {self.clock: "source_time", self.source_id: "source_id", self.deleted: "deleted"}
        return {column: target for column, target in named.items() if column is not None}

    def lines(self) -> list[str]:
        lines = []
        if self.source_id is None:
            lines.append(
                "# No column looks like an id: the hash of the row stands for it; an edited row is a new record."
            )
        lines.append(_dump({"source_id": self.source_id or "payload_hash"}))
        if self.clock is None:
            lines.append(
                "# No column looks like a time of change: the time of receipt counts. Else: source_time: COLUMN"
            )
        elif self.clock_format == "iso":
            lines.append(_dump({"source_time": self.clock}))
        else:
            lines.append(_dump({"source_time": {"path": self.clock, "format": self.clock_format}}))
        if self.deleted is not None:
            lines.append(_dump({"deleted": {"path": self.deleted, "is": ["true", "1", "Y", "T"]}}))
        return lines


def _heads(sample: _Sample) -> _Heads:
    clock, clock_format = _clock(sample)
    deleted = next((c for c in sample.columns if _DELETED_NAME.fullmatch(_folded(c))), None)
    return _Heads(_id(sample, clock), clock, clock_format, deleted)


def _clock(sample: _Sample) -> tuple[str | None, str]:
    for column, values in sample.columns.items():
        if not _CLOCK_NAME.fullmatch(_folded(column)):
            continue
        if _mostly(values, _is_iso):
            return column, "iso"
        if _mostly(values, str.isdigit):
            return column, "epoch_ms" if max(map(len, values)) > 11 else "epoch"
        for form in _TIME_FORMATS:
            if _mostly(values, _fits_format(form)):
                return column, form
    return None, "iso"


def _id(sample: _Sample, clock: str | None) -> str | None:
    """The first column whose values are unique and always there, one that is named like an id before others."""
    longest = max((len(v) for v in sample.columns.values()), default=0)
    unique = [c for c, v in sample.columns.items() if c != clock and v and len(v) == longest and len(set(v)) == len(v)]
    named = [c for c in unique if _ID_NAME.fullmatch(_folded(c))]
    return named[0] if named else None


def _placed(sample: _Sample, taken: Container[str]) -> dict[str, tuple[str, str | None]]:
    """Column -> (target, date format)."""
    placed: dict[str, tuple[str, str | None]] = {}
    single: set[str] = set()
    for column, values in sample.columns.items():
        if column in taken:
            continue
        target = _by_name(column, values) or _by_content(values)
        if target is None or (target in single and not target.startswith(("email", "phone", "tax", "loyalty_number"))):
            continue
        date_format = None
        if target == "date_of_birth":
            date_format = next((f for f in _DAY_FORMATS if _mostly(values, _fits_format(f))), None)
        single.add(target)
        placed[column] = (target, date_format)
    return placed


def _by_name(column: str, values: Sequence[str]) -> str | None:
    folded = _folded(column.rsplit(".", 1)[-1])
    target = next((t for pattern, t in _NAMES if re.fullmatch(pattern, folded)), None)
    if target == "email" and values and not _mostly(values, lambda v: "@" in v):
        return None  # an opt-in or a status, not an address
    if target == "full_name" and "." in column:
        return None  # the name of a thing in the record
    if target in ("phone", "phone.mobile") and values and not _mostly(values, lambda v: bool(_PHONE.fullmatch(v))):
        return None
    return target


def _by_content(values: Sequence[str]) -> str | None:
    if _mostly(values, lambda v: bool(_EMAIL.fullmatch(v.strip()))):
        return "email"
    if _mostly(values, _looks_like_a_phone) and not _looks_like_days(values):
        return "phone"
    return None


def _looks_like_a_phone(text: str) -> bool:
    """Ten digits or more, written as people write numbers to call; a bare number or an amount is not."""
    written = _PHONE.fullmatch(text.strip()) and not text.isdigit() and text.count(".") != 1
    return bool(written) and sum(map(str.isdigit, text)) >= 10


def _looks_like_days(values: Sequence[str]) -> bool:
    return any(_mostly(values, _fits_format(f)) for f in _DAY_FORMATS) or _mostly(values, _is_iso)


# --- the file --------------------------------------------------------------------------------------------------------


def _form_words(sample: _Sample, name: str) -> dict[str, Any]:
    words: dict[str, Any] = {"kind": "source", "format": sample.form, "files": [f"{name}*.{sample.form}"]}
    return words if sample.delimiter == "," else words | {"csv": {"delimiter": sample.delimiter}}


def _entity_type(targets: set[str]) -> EntityType:
    person = targets & {"given_name", "family_name", "date_of_birth", "gender", "former_name"}
    company = targets & {"legal_name", "trading_name", "website", "registration_number"}
    return EntityType.ORGANISATION if company and not person else EntityType.PERSON


def _attributes(placed: dict[str, tuple[str, str | None]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    address: dict[str, str] = {}
    for column, (target, date_format) in placed.items():
        name, _, field = target.partition(".")
        if name == "address":
            address[field] = column
        elif name == "phone":
            result.setdefault(name, []).append({"value": column} | ({"type": field} if field else {}))
        elif name in ("email", "tax_number", "registration_number", "loyalty_number", "customer_number"):
            result.setdefault(name, []).append({"value": column})
        elif date_format not in (None, "%Y-%m-%d"):
            result[name] = {"path": column, "date_format": date_format}
        else:
            result[name] = column
    if address:
        result["address"] = [address]
    return result


def _dump(value: dict[str, Any]) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=1_000).rstrip("\n")
