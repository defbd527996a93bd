"""Which pairs to label next: spread over all match weights, densest where an answer says most, written for a
spreadsheet.

Each band of match weight gets labels by the spread of its answers and the root of its size (Neyman 1934 allots by size
itself, which would spend nearly all on pairs nobody doubts). Within a band pairs are drawn by a hash of what their
records
say, and no record is asked about twice, so that 300 answers speak of 300 customers.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from mdm.errors import RefusedInput
from mdm.labels import read_answers
from mdm.labels.answers import keys_of
from mdm.labels.read import PAIR_COLUMNS
from mdm.labels.token import pair_token
from mdm.model import Attribute, EntityType, Kind, RecordKey, Sensitivity, attributes_of
from mdm.ruleset import load_rule_set
from mdm.settings import Settings
from mdm.statements import statement
from mdm.store.engine import Store
from mdm.training.evidence import BANDS, Whole
from mdm.training.held import Held, held_records

_LEAST_SPREAD = 0.08  # of a band nobody doubts: a few labels there show labels, and weights, that are wrong
_SAYS_NOTHING = frozenset({Kind.CONSENT, Kind.RELATION, Kind.FLAG, Kind.NUMBER})
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class ProposedBand:
    """Pairs of one band of match weight: candidates there, and how many of them are proposed."""

    band: str
    candidate_pairs: int
    proposed: int


@dataclass(frozen=True)
class Proposal:
    """What was written: a row for each pair, and where the pairs come from."""

    file: Path
    entity_type: str
    pairs: int
    labelled_already: int
    bands: tuple[ProposedBand, ...]


def propose_labels(
    store: Store, settings: Settings, *, count: int, out: Path, entity_type: EntityType = EntityType.PERSON
) -> Proposal:
    """Writes ``count`` pairs (or all there are) with the values of both records and an empty column ``label``.

    Pairs somebody labelled or decided about are left out. The same records and labels give the same file. RefusedInput
    when there is nothing to compare.
    """
    rules = load_rule_set(settings)
    said = {(a.record_a, a.record_b) for a in read_answers(store)}
    with held_records(store, settings, rules=rules, entity_type=entity_type) as held:
        held.score(held.entity, pairs="candidate", into="scored")
        rows = held.numbers(statement(__package__, "proposable"))
        first, second = (np.asarray(rows[name], dtype=np.int64) for name in ("record_a", "record_b"))
        place = np.digitize(np.asarray(rows["match_weight"], dtype=np.float64), BANDS)
        free = np.array(
            [pair not in said for pair in zip(first.tolist(), second.tolist(), strict=True)], dtype=np.bool_
        )
        if not free.any():
            raise RefusedInput(
                f"no pair of {entity_type} records is left to label: run `mdm run nightly` first, or label another type"
            )
        chosen = _choose(first, second, place, free, count)
        pairs = [(int(first[i]), int(second[i])) for i in chosen]
        _write(store, held, pairs, out)
    return Proposal(
        file=out,
        entity_type=entity_type.value,
        pairs=len(pairs),
        labelled_already=len(said),
        bands=tuple(
            ProposedBand(_band(i), int((place == i).sum()), int((place[chosen] == i).sum()))
            for i in range(len(BANDS) + 1)
        ),
    )


def _band(place: int) -> str:
    low = "below" if place == 0 else f"{BANDS[place - 1]:g} to"
    high = "and above" if place == len(BANDS) else f"{BANDS[place]:g}"
    return f"{BANDS[-1]:g} {high}" if place == len(BANDS) else f"{low} {high}"


def _choose(first: Whole, second: Whole, place: Whole, free: np.ndarray[Any, Any], count: int) -> list[int]:
    """Places of the chosen pairs, in the order of the rows, which is one of a hash."""
    wanted = _allot(place[free], count)
    used: set[int] = set()
    chosen: list[int] = []
    left: list[int] = []
    # the doubtful bands first: where a record stands in several pairs, it is asked about where it matters most
    for band in np.argsort(-_spread(), kind="stable"):
        taken = 0
        for i in np.flatnonzero((place == band) & free):
            a, b = int(first[i]), int(second[i])
            if taken == wanted[band]:
                break
            if a in used or b in used:
                left.append(int(i))
                continue
            used |= {a, b}
            chosen.append(int(i))
            taken += 1
    # a small file has not so many customers: then records may stand in several pairs
    return sorted(chosen + left[: max(0, min(count, int(wanted.sum())) - len(chosen))])


def _spread() -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """How far answers differ in each band, by what the middle of the band says: the root of p (1 - p)."""
    edges = np.array([BANDS[0] - 3, *BANDS, BANDS[-1] + 3])
    p = 1 / (1 + np.exp2(-(edges[:-1] + edges[1:]) / 2))
    return np.asarray(np.maximum(np.sqrt(p * (1 - p)), _LEAST_SPREAD), dtype=np.float64)


def _allot(place: Whole, count: int) -> Whole:
    """How many pairs of each band, none more than it has."""
    sizes = np.bincount(place, minlength=len(BANDS) + 1)
    worth = _spread() * np.sqrt(sizes)
    wanted = np.zeros(len(sizes), dtype=np.int64)
    while (rest := min(count, int(sizes.sum())) - int(wanted.sum())) > 0:
        room = np.where(wanted < sizes, worth, 0.0)
        share = np.maximum(room / room.sum() * rest, (room > 0).astype(np.float64))
        more = np.minimum(np.floor(share).astype(np.int64), sizes - wanted)
        if int(more.sum()) > rest:  # the last few go to the bands that say most
            more = np.zeros_like(more)
            more[np.argsort(-room, kind="stable")[:rest]] = 1
        wanted += more
    return wanted


def _write(store: Store, held: Held, pairs: Sequence[tuple[int, int]], out: Path) -> None:
    ids = {r for pair in pairs for r in pair}
    keys = keys_of(store, ids)
    values = _values(store, sorted(ids))
    shown = [a for a in attributes_of(held.entity_type) if _tells(a)]
    texts = {r: {a.name: in_one_cell(values.get(r, {}).get(a.name), a.kind) for a in shown} for r in ids}
    used = [a.name for a in shown if any(texts[r][a.name] for r in ids)]
    header = ["pair", "label", "comment", *(f"{name}_{side}" for name in used for side in "ab")]
    with out.open("w", newline="", encoding="utf-8-sig") as file:  # with the mark, spreadsheets read it as UTF-8
        writer = csv.writer(file)
        writer.writerow([*header, *PAIR_COLUMNS[:-1]])
        # in an order of no meaning: neither weights nor the rows around one are to say what the answer is
        for a, b in sorted(pairs, key=lambda p: hashlib.sha256(f"{keys[p[0]]} {keys[p[1]]}".encode()).digest()):
            side_by_side = [texts[r][name] for name in used for r in (a, b)]
            writer.writerow(
                [pair_token(a, b, (keys[a], keys[b])), "", "", *side_by_side, *_parts(keys[a]), *_parts(keys[b])]
            )


def _tells(attribute: Attribute) -> bool:
    """Whether people tell customers apart by it: not by a language, a tier or terms of payment."""
    code = attribute.kind is Kind.CODE and attribute.sensitivity is Sensitivity.BUSINESS
    return attribute.kind not in _SAYS_NOTHING and not code


def _parts(key: RecordKey) -> list[str]:
    return [key.system, key.object, key.source_id]


def _values(store: Store, ids: list[int]) -> dict[int, Mapping[str, Any]]:
    """What each record says, in canonical attributes as its source wrote them."""
    with store.begin() as connection:
        rows = connection.execute(sa.text(statement(__package__, "record_values")), {"ids": ids})
        return {r: json.loads(v) if isinstance(v, str) else v for r, v in rows}


def in_one_cell(value: Any, kind: Kind) -> str:
    """An attribute's value or values as one cell; what a spreadsheet would run as a formula gets an apostrophe."""
    if value is None:
        return ""
    items: Iterable[Any] = value if isinstance(value, list) else [value]
    texts = [t for item in items if (t := _item(item, kind))]
    text = " | ".join(dict.fromkeys(texts))
    return f"'{text}" if text.startswith(_FORMULA) else text


def _item(item: Any, kind: Kind) -> str:
    if not isinstance(item, Mapping):
        return "" if item is None else str(item).strip()
    if kind is Kind.ADDRESS:
        parts = ("street", "unit", "postcode", "city", "region", "country")
        return ", ".join(str(item[p]).strip() for p in parts if item.get(p))
    return str(item.get("value") or "").strip()
