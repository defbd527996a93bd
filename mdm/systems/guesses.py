"""What the columns of a sample are taken for: the id, the clock, the deletion mark, and attributes.

A column is guessed by its name first (``header_words.yaml``), then by what most of its values look like.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from mdm.model import ATTRIBUTES, EntityType
from mdm.systems.births import BORN, PARTS, part_held, settled
from mdm.systems.day_formats import DayFormat, day_format, day_order_in, looks_like_days, mostly, time_format
from mdm.systems.entity_types import entity_type_of, name_shares
from mdm.systems.headings import MONTH_FIRST, Heading, Words
from mdm.systems.look import LIST, Sample

HEADS = frozenset({"source_id", "source_time", "deleted"})
_PROVEN = frozenset({"email", "phone", "phone.mobile"})  # facts that values prove: a part of the name is enough
_SECOND_PARTS = {"given_name": "middle_name", "family_name": "family_name.second"}
_FOR_A_CITY = frozenset({"address.suburb", "address.birth_city"})
_SEVERAL = frozenset({"address.house_number", "family_name.particle"})
_WHOLE_NAMES = frozenset({"name", "full_name"})
_NAMES = frozenset({"given_name", "family_name", "full_name", "legal_name", "trading_name"})
_UNIQUE_ENOUGH = 0.9  # of a column that is called the id; the same record may stand in a file twice

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_BETWEEN_EMAILS = re.compile(r"[\s,;<>()/|]+")
_MOST_PARTS = 6
_PHONE = re.compile(r"\+?[\d ().\-/x]{7,20}")
ENOUGH_NAMES = 0.6  # share of a column's values that look like names where its own name does not say so
_REPEATS = 20  # times a value stands there on average; types and categories do so more often
_SHORT = 10
_LONG_POSTCODE = 12
_DIALLED = 10


@dataclass(frozen=True)
class Guesses:
    """``placed``: column -> target, in the file's order; ``formats``: column -> how its days or times are written.

    ``why``: what the entity type was told by; ``alike``: column -> what to say of its dates, which fit another format
    as well; ``warnings``: all that a person should look at, in words.
    """

    entity_type: EntityType
    why: str
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
    order, why_so = _day_order(sample, [h for h in named.values() if h is not None])
    formats = _clock(sample, words, order)
    clock = next(iter(formats), None)
    deleted = next((c for c in sample.columns if words.find(_label(c, sample), {"deleted"})), None)
    source_id = _id(sample, words, meant, clock)
    placed = _placed(sample, words, meant, {clock, deleted, source_id})
    placed, of_births = settled(placed)
    placed, of_names = _with_a_name(placed, sample, words, {clock, deleted, source_id})
    mostly_there = {c: t for c, t in placed.items() if len(sample.columns[c]) * 2 >= sample.rows}
    entity_type, why = entity_type_of(mostly_there, sample.columns, words)
    placed = _of_type(_whole_names(placed, entity_type), entity_type)
    for column in (c for c, target in placed.items() if target == BORN):
        if found := day_format(sample.columns[column], day_order=order):
            formats[column] = found
    alike = {
        column: f"{column!r}: its dates are ambiguous, {f.form} and {f.other} fit alike; {f.form} taken, {why_so}"
        for column, f in formats.items()
        if f.other is not None
    }
    warnings = (*_doubts(sample, source_id, clock, placed), *of_births, *of_names, *_of_places(placed), *alike.values())
    return Guesses(entity_type, why, source_id, clock, deleted, placed, formats, alike, warnings)


def _doubts(sample: Sample, source_id: str | None, clock: str | None, placed: dict[str, str]) -> Iterator[str]:
    if not _NAMES & set(placed.values()):
        yield "no column looks like a name"
    if source_id is None:
        yield "no column looks like an id; the hash of the row stands for it: an edited row is a new record"
    elif not source_id:
        yield "the column without a name (row names of R?) is taken as the id; another file may number its rows anew"
    elif sample.distinct.get(source_id, 1) < 1:
        yield f"{source_id!r} is taken as the id, and some of its values stand in several rows"
    if clock is None:
        yield "no column looks like a time of change; the time of receipt counts"
    if sample.encoding != "utf-8":
        yield f"the file is not UTF-8; read as {sample.encoding}: check letters such as é, ü, ß"


def _of_places(placed: dict[str, str]) -> Iterator[str]:
    for column in (c for c, target in placed.items() if target == "address.birth_city"):
        yield f"{column!r} is compared as an address of type birth; take it out if nobody should see it as an address"


# --- names -----------------------------------------------------------------------------------------------------------


def _label(column: str, sample: Sample) -> str:
    """A CSV's column name as it stands; of a nested path the last two keys (name.first, contact.email)."""
    return column if sample.form == "csv" else " ".join(column.replace(LIST, "").rsplit(".", 2)[-2:])


_FACTS = frozenset(a for a in ATTRIBUTES) | frozenset(
    {"name", "phone.mobile", "family_name.particle", "family_name.second", "address.house_number"}
    | {
        f"address.{field}"
        for field in ("street", "unit", "city", "suburb", "birth_city", "postcode", "region", "country")
    }
    | set(PARTS)
)
_OF_LISTS = frozenset({"email", "phone", "phone.mobile", "tax_number", "loyalty_number", "customer_number"})
_KINDS = frozenset({"type", "kind", "label"})


def _named(column: str, values: list[str], sample: Sample, words: Words) -> Heading | None:
    """What the column's name says it is, unless its values say that it is not."""
    if LIST in column:
        return _named_in_a_list(column, values, words)
    label = _label(column, sample)
    heading = words.find(label, _FACTS) or words.find_within(label, _PROVEN)
    if heading is None and "." in column and sample.form != "csv":
        heading = words.find(column.rsplit(".", 1)[-1], _FACTS - _WHOLE_NAMES)  # a thing's name is not a person's
    if heading is not None and heading.fact in {BORN, *PARTS}:
        part = part_held(heading.fact, values)
        return None if part is None else replace(heading, fact=part)
    if heading is None or (values and not _FITS.get(heading.fact, _anything)(values)):
        return None
    return heading


def _named_in_a_list(column: str, values: list[str], words: Words) -> Heading | None:
    """phones[].number by the name of the list and its values; addresses[].city by both names; others are not read."""
    listed, _, key = column.partition(LIST)
    within = words.find(listed.rsplit(".", 1)[-1], _OF_LISTS | {"address.street"})
    if within is None:
        return None
    key = key.removeprefix(".")
    if within.fact == "address.street":
        own = words.find(key, {fact for fact in _FACTS if fact.startswith("address.")}) if key else within
        return own if own is not None and values and _FITS.get(own.fact, _anything)(values) else None
    if key in _KINDS:
        return replace(within, fact=f"{within.fact.partition('.')[0]}.type") if within.fact in _TYPED else None
    fits = _FITS.get(within.fact, _mostly_digits)
    return within if values and "." not in key and fits(values) else None


_TYPED = frozenset({"email", "phone"})


def _mostly_digits(values: list[str]) -> bool:
    return mostly(values, lambda v: any(map(str.isdigit, v)))


def _anything(values: list[str]) -> bool:
    return bool(values)


def _no_digits(values: list[str]) -> bool:
    return mostly(values, lambda v: not any(map(str.isdigit, v)))


_FITS: dict[str, Callable[[list[str]], bool]] = {
    "email": lambda values: mostly(values, _holds_an_email),
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
    "address.birth_city": _no_digits,
    "address.house_number": lambda values: mostly(values, lambda v: len(v.strip()) <= _SHORT),
}


def _holds_an_email(text: str) -> bool:
    """One e-mail address or several, with a name beside it at most: no free text that mentions one."""
    parts = [part for part in _BETWEEN_EMAILS.split(text.strip()) if part]
    return any(map(_EMAIL.fullmatch, parts)) and len(parts) <= _MOST_PARTS


def _by_content(values: list[str], *, is_number: bool) -> str | None:
    """``is_number``: the column is called a number or an id of something, which a phone number is not."""
    if mostly(values, lambda v: bool(_EMAIL.fullmatch(v.strip()))):
        return "email"
    if not is_number and mostly(values, _looks_like_a_phone) and not looks_like_days(values):
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
        if rank is None or column == clock or column not in sample.always or not values or LIST in column:
            continue
        if rank < _CARD_RANK and _by_content(values, is_number=False):
            continue
        distinct = sample.distinct[column]
        if distinct == 1 or (rank < _LAST_RANK and distinct >= _UNIQUE_ENOUGH):
            ranked.append((distinct < 1, rank, column.count(".") if sample.form != "csv" else 0, column))
    return min(ranked, key=lambda r: r[:3])[-1] if ranked else None


_LAST_RANK = 3
_CARD_RANK = 4


def _id_rank(column: str, sample: Sample, words: Words, meant: dict[str, str]) -> int | None:
    """0: an id's own name; 1: a customer number; 2: a qualified id; 3: it ends or begins like one, or has no name (R);
    4: a card's number. None: it is none.
    """
    label = _label(column, sample)
    if meant.get(column) not in (None, "customer_number"):
        return _CARD_RANK if meant[column] == "loyalty_number" else None
    heading = words.find(label if sample.form == "csv" else column.rsplit(".", 1)[-1], {"source_id"})
    if heading is not None and not heading.qualified:
        return 0
    if meant.get(column) == "customer_number":
        return 1
    if heading is not None:
        return 2
    return _LAST_RANK if not column or words.ends_like_an_id(label) else None


# --- attributes ------------------------------------------------------------------------------------------------------


def _placed(sample: Sample, words: Words, meant: dict[str, str], taken: set[str | None]) -> dict[str, str]:
    """Column -> target; the first column of a target counts unless the attribute has several values.

    A second column of a name that is numbered (fname_2) is the second part of that name. The number of a card that
    stands for the id is a loyalty number all the same.
    """
    placed: dict[str, str] = {}
    for column, values in sample.columns.items():
        target = None if column in taken and meant.get(column) != "loyalty_number" else meant.get(column)
        if target is None and column not in taken and LIST not in column:
            is_number = words.ends_like_an_id(_label(column, sample))
            target = _by_content(values, is_number=is_number)
        if target in _SECOND_PARTS and target in placed.values() and values and words.tokens(column)[-1] == "2":
            target = _SECOND_PARTS[target]
        if target is not None and (_takes_several(target) or target not in placed.values()):
            placed[column] = target
    if "address.city" in placed.values():
        placed = {c: t for c, t in placed.items() if t not in _FOR_A_CITY}
    placed = {c: "address.city" if t == "address.suburb" else t for c, t in placed.items()}
    if "address.street" not in placed.values():  # a house number is joined to its street
        placed = {c: t for c, t in placed.items() if t != "address.house_number"}
    return placed


def _takes_several(target: str) -> bool:
    name = target.partition(".")[0]
    return target in _SEVERAL or (name != "address" and name in ATTRIBUTES and ATTRIBUTES[name].multi)


def _with_a_name(
    placed: dict[str, str], sample: Sample, words: Words, taken: set[str | None]
) -> tuple[dict[str, str], list[str]]:
    """``placed``, where no column is called a name, with the one whose values are names; and what to say of it."""
    if {*_NAMES, "name"} & set(placed.values()):
        return placed, []
    for column, values in sample.columns.items():
        if column in placed or column in taken or not values or LIST in column:
            continue
        if not _no_digits(values) or len(set(values)) * _REPEATS < len(values):
            continue
        shares = name_shares(values, words)
        several = mostly(values, lambda v: len(words.plain(v)) > 1)
        is_whom = several and {*words.tokens(column)} <= words.qualifiers  # Customer, Kunde
        if not is_whom and (not shares.tell or max(shares.people, shares.organisations) < ENOUGH_NAMES):
            continue
        one_word = mostly(values, lambda v: len(words.plain(v)) == 1)
        target = "given_name" if one_word and shares.people > shares.organisations else "name"
        order = {c: placed.get(c, target) for c in sample.columns if c in placed or c == column}
        return order, [f"{column!r} is taken for a name by its values alone: {shares}"]
    return placed, []


def _whole_names(placed: dict[str, str], entity_type: EntityType) -> dict[str, str]:
    """Name, Nom, Nombre ...: the half of a name that has no column, else the whole; a company's is its legal name."""
    targets = set(placed.values())
    if entity_type is EntityType.ORGANISATION:
        stands_for = {"name": "legal_name", "full_name": "legal_name"} if "legal_name" not in targets else {}
    else:
        halves = {"given_name", "family_name"} - targets
        stands_for = {"name": halves.pop() if len(halves) == 1 else "full_name"}
        if not targets & {*_WHOLE_NAMES, "given_name", "family_name"}:
            stands_for["legal_name"] = "full_name"  # an account's name that is a person's
    result: dict[str, str] = {}
    for column, target in sorted(placed.items(), key=lambda item: item[1] == "name"):
        found = stands_for.get(target, target)
        if found == target or found not in result.values():
            result[column] = found
    return {column: result[column] for column in placed if column in result}


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
