"""What the columns of a sample are taken for: the id, the clock, the deletion mark, and attributes.

A column is guessed by its name first (``header_words.yaml``), then by what most of its values look like.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mdm.model import ATTRIBUTES, EntityType
from mdm.systems.day_formats import DayFormat, day_format, day_order_in, looks_like_days, mostly, time_format
from mdm.systems.headings import MONTH_FIRST, Heading, Words
from mdm.systems.look import Sample

HEADS = frozenset({"source_id", "source_time", "deleted"})
_PROVEN = frozenset({"email", "phone", "phone.mobile"})  # facts that values prove: a part of the name is enough
_SEVERAL = frozenset({"address.house_number", "family_name.particle"})
_WHOLE_NAMES = frozenset({"name", "full_name"})
_NAMES = frozenset({"given_name", "family_name", "full_name", "legal_name", "trading_name"})
_UNIQUE_ENOUGH = 0.9  # of a column that is called the id; the same record may stand in a file twice

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"\+?[\d ().\-/x]{7,20}")
_SHORT = 10
_LONG_POSTCODE = 12
_DIALLED = 10


@dataclass(frozen=True)
class Guesses:
    """``placed``: column -> target, in the file's order; ``formats``: column -> how its days or times are written.

    ``alike``: column -> what to say of its dates, which fit another format as well; ``warnings``: all that a person
    should look at, in words.
    """

    entity_type: EntityType
    source_id: str | None
    clock: str | None
    deleted: str | None
    placed: dict[str, str]
    formats: dict[str, DayFormat]
    alike: dict[str, str]
    warnings: tuple[str, ...]

    @property
    def taken(self) -> dict[str, str]:
        """Column -> attribute target, or what it says of the record itself."""
        heads = {self.clock: "source_time", self.source_id: "source_id", self.deleted: "deleted"}
        return self.placed | {column: fact for column, fact in heads.items() if column is not None}


def guess(sample: Sample, words: Words) -> Guesses:
    """What every column is taken for."""
    named = {column: _named(column, values, sample, words) for column, values in sample.columns.items()}
    meant = {column: heading.fact for column, heading in named.items() if heading is not None}
    order, why = _day_order(sample, [h for h in named.values() if h is not None])
    formats = _clock(sample, words, order)
    clock = next(iter(formats), None)
    deleted = next((c for c in sample.columns if words.find(_label(c, sample), {"deleted"})), None)
    source_id = _id(sample, words, meant, clock)
    placed = _placed(sample, meant, {clock, deleted, source_id})
    entity_type = _entity_type({t for c, t in placed.items() if len(sample.columns[c]) * 2 >= sample.rows})
    placed = _of_type(_whole_names(placed, entity_type), entity_type)
    for column in (c for c, target in placed.items() if target == "date_of_birth"):
        if found := day_format(sample.columns[column], day_order=order):
            formats[column] = found
    alike = {
        column: f"{column!r}: its dates are ambiguous, {f.form} and {f.other} fit alike; {f.form} taken, {why}"
        for column, f in formats.items()
        if f.other is not None
    }
    warnings = (*_doubts(sample, source_id, clock, placed), *alike.values())
    return Guesses(entity_type, source_id, clock, deleted, placed, formats, alike, warnings)


def _doubts(sample: Sample, source_id: str | None, clock: str | None, placed: dict[str, str]) -> Iterator[str]:
    if not _NAMES & set(placed.values()):
        yield "no column looks like a name"
    if source_id is None:
        yield "no column looks like an id; the hash of the row stands for it: an edited row is a new record"
    elif len(set(sample.columns[source_id])) < len(sample.columns[source_id]):
        yield f"{source_id!r} is taken as the id, and some of its values stand in several rows"
    if clock is None:
        yield "no column looks like a time of change; the time of receipt counts"
    if sample.encoding != "utf-8":
        yield f"the file is not UTF-8; read as {sample.encoding}: check letters such as é, ü, ß"


# --- names -----------------------------------------------------------------------------------------------------------


def _label(column: str, sample: Sample) -> str:
    """A CSV's column name as it stands; of a nested path the last two keys (name.first, contact.email)."""
    return column if sample.form == "csv" else " ".join(column.rsplit(".", 2)[-2:])


_FACTS = frozenset(a for a in ATTRIBUTES) | frozenset(
    {"name", "phone.mobile", "family_name.particle", "family_name.second", "address.house_number"}
    | {f"address.{field}" for field in ("street", "unit", "city", "postcode", "region", "country")}
)


def _named(column: str, values: list[str], sample: Sample, words: Words) -> Heading | None:
    """What the column's name says it is, unless its values say that it is not."""
    label = _label(column, sample)
    heading = words.find(label, _FACTS) or words.find_within(label, _PROVEN)
    if heading is None and "." in column and sample.form != "csv":
        heading = words.find(column.rsplit(".", 1)[-1], _FACTS - _WHOLE_NAMES)  # a thing's name is not a person's
    if heading is None or (values and not _FITS.get(heading.fact, _anything)(values)):
        return None
    return heading


def _anything(values: list[str]) -> bool:
    return bool(values)


def _no_digits(values: list[str]) -> bool:
    return mostly(values, lambda v: not any(map(str.isdigit, v)))


_FITS: dict[str, Callable[[list[str]], bool]] = {
    "email": lambda values: mostly(values, lambda v: "@" in v),
    "phone": lambda values: mostly(values, lambda v: bool(_PHONE.fullmatch(v.strip()))),
    "phone.mobile": lambda values: mostly(values, lambda v: bool(_PHONE.fullmatch(v.strip()))),
    "website": lambda values: mostly(values, lambda v: "." in v),
    "name": _no_digits,
    "full_name": _no_digits,
    "given_name": _no_digits,
    "family_name": _no_digits,
    "address.country": _no_digits,
    "address.region": lambda values: mostly(values, lambda v: not any(map(str.isdigit, v)) or len(v.strip()) <= 3),
    "address.postcode": lambda values: mostly(
        values, lambda v: any(map(str.isdigit, v)) and len(v.strip()) <= _LONG_POSTCODE
    ),
    "address.house_number": lambda values: mostly(values, lambda v: len(v.strip()) <= _SHORT),
}


def _by_content(values: list[str]) -> str | None:
    if mostly(values, lambda v: bool(_EMAIL.fullmatch(v.strip()))):
        return "email"
    if mostly(values, _looks_like_a_phone) and not looks_like_days(values):
        return "phone"
    return None


def _looks_like_a_phone(text: str) -> bool:
    """Ten digits or more, written as people write numbers to call; a bare number or an amount is not."""
    written = _PHONE.fullmatch(text.strip()) and not text.isdigit() and text.count(".") != 1
    return bool(written) and sum(map(str.isdigit, text)) >= _DIALLED


# --- id and clock ----------------------------------------------------------------------------------------------------


def _day_order(sample: Sample, headings: list[Heading]) -> tuple[str, str]:
    """The order to read days in where a column's own values do not tell, and why."""
    if (found := day_order_in(sample.columns.values())) is not None:
        return found, "as in other columns of the file"
    votes = Counter(h.day_order for h in headings if h.day_order is not None)
    ranked = votes.most_common()
    if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
        return MONTH_FIRST, "and nothing tells"
    return ranked[0][0], "by the language of the headers"


def _clock(sample: Sample, words: Words, day_order: str) -> dict[str, DayFormat]:
    """The column called so, as a whole before in part, whose values are times, and their format; empty: none is."""
    for find in (words.find, words.find_within):
        for column, values in sample.columns.items():
            if find(_label(column, sample), {"source_time"}) and (found := time_format(values, day_order=day_order)):
                return {column: found}
    return {}


def _id(sample: Sample, words: Words, meant: dict[str, str], clock: str | None) -> str | None:
    """The column that is always there and best called an id, one whose values are unique before others.

    What is an attribute by its name or its values (a VAT number, an e-mail address) is never taken: it changes, and two
    records may share it.
    """
    ranked: list[tuple[bool, int, int, str]] = []
    for column, values in sample.columns.items():
        rank = _id_rank(column, sample, words, meant)
        if rank is None or column == clock or len(values) < sample.rows or not values or _by_content(values):
            continue
        distinct = len(set(values)) / len(values)
        if distinct == 1 or (rank < _LAST_RANK and distinct >= _UNIQUE_ENOUGH):
            ranked.append((distinct < 1, rank, column.count(".") if sample.form != "csv" else 0, column))
    return min(ranked, key=lambda r: r[:3])[-1] if ranked else None


_LAST_RANK = 3


def _id_rank(column: str, sample: Sample, words: Words, meant: dict[str, str]) -> int | None:
    """0: an id's own name; 1: a customer number; 2: a qualified id; 3: it ends or begins like one. None: it is none."""
    label = _label(column, sample)
    if meant.get(column) not in (None, "customer_number"):
        return None
    heading = words.find(label if sample.form == "csv" else column.rsplit(".", 1)[-1], {"source_id"})
    if heading is not None and not heading.qualified:
        return 0
    if meant.get(column) == "customer_number":
        return 1
    if heading is not None:
        return 2
    return _LAST_RANK if words.ends_like_an_id(label) else None


# --- attributes ------------------------------------------------------------------------------------------------------


def _placed(sample: Sample, meant: dict[str, str], taken: set[str | None]) -> dict[str, str]:
    """Column -> target; the first column of a target counts unless the attribute has several values."""
    placed: dict[str, str] = {}
    for column, values in sample.columns.items():
        target = None if column in taken else meant.get(column) or _by_content(values)
        if target is not None and (_takes_several(target) or target not in placed.values()):
            placed[column] = target
    if "address.street" not in placed.values():  # a house number is joined to its street
        placed = {c: t for c, t in placed.items() if t != "address.house_number"}
    return placed


def _takes_several(target: str) -> bool:
    name = target.partition(".")[0]
    return target in _SEVERAL or (name != "address" and name in ATTRIBUTES and ATTRIBUTES[name].multi)


def _whole_names(placed: dict[str, str], entity_type: EntityType) -> dict[str, str]:
    """Name, Nom, Nombre ...: the half of a name that has no column, else the whole; a company's is its legal name."""
    targets = set(placed.values())
    if entity_type is EntityType.ORGANISATION:
        stands_for = {"name": "legal_name", "full_name": "legal_name"} if "legal_name" not in targets else {}
    else:
        halves = {"given_name", "family_name"} - targets
        stands_for = {"name": halves.pop() if len(halves) == 1 else "full_name"}
    result: dict[str, str] = {}
    for column, target in sorted(placed.items(), key=lambda item: item[1] == "name"):
        found = stands_for.get(target, target)
        if found == target or found not in result.values():
            result[column] = found
    return {column: result[column] for column in placed if column in result}


def _entity_type(targets: set[str]) -> EntityType:
    """A company when something says so and nothing says a person, or when the person is only whom to ask for.

    ``targets``: those that most rows have.
    """
    company = targets & {"legal_name", "trading_name", "website", "registration_number"}
    person = targets & {"given_name", "family_name", "former_name", "date_of_birth", "gender"}
    is_contact = {"legal_name"} <= targets and bool(targets & {"registration_number", "tax_number"})
    private = targets & {"date_of_birth", "gender", "former_name"}
    is_company = bool(company) and (not person or (is_contact and not private))
    return EntityType.ORGANISATION if is_company else EntityType.PERSON


def _of_type(placed: dict[str, str], entity_type: EntityType) -> dict[str, str]:
    kept = {
        c: t
        for c, t in placed.items()
        if (name := t.partition(".")[0]) in ATTRIBUTES and entity_type in ATTRIBUTES[name].entity_types
    }
    if "family_name" not in kept.values():
        kept = {c: t for c, t in kept.items() if not t.startswith("family_name.")}
    return kept


def joined(placed: dict[str, str], target: str) -> Iterator[str]:
    """The columns that make a target together, in the order in which they are written."""
    parts = {
        "family_name": ("family_name.particle", "family_name", "family_name.second"),
        "address.street": ("address.street", "address.house_number"),
    }.get(target, (target,))
    columns = [c for c, t in placed.items() if t in parts]
    yield from sorted(columns, key=lambda c: parts.index(placed[c])) if target == "family_name" else columns
