"""`mdm mapping init`: looks at a data file and proposes a mapping file for it; what found no place stands as comments.

It is a proposal: a person reads it.
"""

from __future__ import annotations

import glob
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from anyascii import anyascii

from mdm.errors import RefusedInput
from mdm.model import ATTRIBUTES
from mdm.systems.births import BORN, PARTS, joined_date
from mdm.systems.guesses import Guesses, guess, joined
from mdm.systems.headings import Words, header_words
from mdm.systems.look import LIST, Sample, look_at


@dataclass(frozen=True)
class ProposedMapping:
    """A mapping file to start from: its text, which column went where, the columns that found no place, and warnings.

    ``why``: what told people from organisations. The text holds it, the columns and the warnings as comments.
    """

    text: str
    entity_type: str
    why: str
    placed: dict[str, str]
    unplaced: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def propose_mapping(path: Path, *, system: str | None = None, object: str = "Customer") -> ProposedMapping:
    """Proposes a mapping for a CSV, JSONL or Parquet file (also .gz). RefusedInput when the file is none of these."""
    sample, words = look_at(path), header_words()
    if not sample.columns:
        raise RefusedInput(f"{path}: no columns to map; expected a CSV with a header, JSON lines, or Parquet")
    found = guess(sample, words)
    if not found.placed:
        columns = ", ".join(c for c in sample.columns if c)[:_LONGEST_LIST]
        raise RefusedInput(
            f"{path}: no column looks like an attribute of a customer, neither by name nor by values ({columns});"
            " give the columns names such as first_name, last_name, date_of_birth, email, phone, postcode in the first"
            " line, or write the mapping by hand (README, another system)"
        )
    head = {"system": system or _name(path), "object": object} | _form_words(sample, path)
    unplaced = tuple(c for c in sample.columns if c not in found.taken)
    lines = [
        f"# Proposed from {path.name} by `mdm mapping init`: read it, correct it, keep it in MDM_HOME/mappings.",
        _dump(head),
        f"# {_one_line(found.why)}",
        _dump({"entity_type": found.entity_type.value}),
        *_head_lines(found, words),
        "",
        *(f"# {_one_line(said)}" for column, said in found.alike.items() if column != found.clock),
        _dump({"attributes": _attributes(found, sample)}),
        *_listed("Not placed; these stay in the payload only:", unplaced),
        *_listed("To look at:", found.warnings),
    ]
    return ProposedMapping(
        text="\n".join(lines) + "\n",
        entity_type=found.entity_type.value,
        why=found.why,
        placed=found.taken,
        unplaced=unplaced,
        warnings=found.warnings,
    )


_LONGEST_LIST = 300


def _listed(title: str, entries: tuple[str, ...]) -> list[str]:
    return (
        ["", f"# {title}", *(f"#   {_one_line(e) or '(the column without a name)'}" for e in entries)]
        if entries
        else []
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _name(path: Path) -> str:
    return re.sub(r"[^a-z0-9]+", "_", anyascii(path.name.split(".")[0]).casefold()).strip("_") or "source"


def _form_words(sample: Sample, path: Path) -> dict[str, Any]:
    written = {"delimiter": sample.delimiter, "encoding": sample.encoding}
    other = {k: v for k, v in written.items() if v != {"delimiter": ",", "encoding": "utf-8"}[k]}
    words: dict[str, Any] = {"kind": "source", "format": sample.form, "files": [_pattern(path)]}
    return words | {"csv": other} if other else words


def _pattern(path: Path) -> str:
    """The names of such files: this one's, whatever number or date it ends with."""
    plain = Path(path.name.removesuffix(".gz"))
    stem = re.sub(r"(?:(?<=[_. -])\d|\d{4})[\dT_. -]*$", "", plain.stem) or plain.stem  # of KNA1 the 1 is its name
    return f"{glob.escape(stem)}*{plain.suffix}"


def _head_lines(found: Guesses, words: Words) -> list[str]:
    lines = []
    if found.source_id is None:
        lines.append("# No column looks like an id: the hash of the row stands for it; an edited row is a new record.")
    lines.append(_dump({"source_id": "payload_hash" if found.source_id is None else found.source_id}))
    if found.clock is None:
        lines.append("# No column looks like a time of change: the time of receipt counts. Else: source_time: COLUMN")
    else:
        form = found.formats[found.clock].form
        lines += [f"# {_one_line(said)}" for column, said in found.alike.items() if column == found.clock]
        lines.append(_dump({"source_time": found.clock if form == "iso" else {"path": found.clock, "format": form}}))
    if found.deleted is not None:
        lines.append(_dump({"deleted": {"path": found.deleted, "is": list(words.deleted_values)}}))
    return lines


def _attributes(found: Guesses, sample: Sample) -> dict[str, Any]:
    result: dict[str, Any] = {}
    address: dict[str, Any] = {}
    for column, target in found.placed.items():
        name, _, field = target.partition(".")
        if LIST in column:
            _add_of_a_list(result.setdefault(name, []), column, field)
        elif name == "address":
            if field == "birth_city":
                result.setdefault(name, []).append({"type": "birth", "city": column})
            elif field != "house_number":
                address[field] = _value(found, target, sample)
        elif name == "phone":
            result.setdefault(name, []).append({"value": column} | ({"type": field} if field else {}))
        elif ATTRIBUTES[name].multi:
            result.setdefault(name, []).append({"value": column})
        elif target in PARTS:
            result[BORN] = joined_date({t: c for c, t in found.placed.items() if t in PARTS}, sample.columns)
        elif column in found.formats and found.formats[column].form != "%Y-%m-%d":
            result[name] = {"path": column, "date_format": found.formats[column].form}
        elif not field:
            result[name] = _value(found, target, sample)
    if address:
        result.setdefault("address", []).insert(0, address)
    return result


def _add_of_a_list(items: list[dict[str, Any]], column: str, field: str) -> None:
    """Adds phones[].number to the item that reads each of ``phones``, as its value, or as its ``field``."""
    listed, _, key = column.partition(LIST)
    item = next((i for i in items if i.get("each") == listed), None)
    if item is None:
        items.append(item := {"each": listed})
    path = key.removeprefix(".") or "."
    if field == "type":
        item["type"] = {"path": path}
    elif field == "mobile":
        item |= {"value": path, "type": "mobile"}
    else:
        item[field or "value"] = path


def _value(found: Guesses, target: str, sample: Sample) -> Any:
    columns = list(joined(found.placed, target))
    if len(columns) == 1:
        return columns[0]
    return {"join": [_unless_null(column, sample) for column in columns]}


def _unless_null(column: str, sample: Sample) -> Any:
    """A column to be joined, without the words its blank cells are written with (NA, NULL)."""
    nulls = sample.nulls.get(column)
    if not nulls:
        return column
    words = "|".join(re.escape(word) for word in sorted(nulls))
    return {"path": column, "pattern": rf"^(?!\s*(?:{words})\s*$)(.+)"}


def _dump(value: dict[str, Any]) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=1_000).rstrip("\n")
