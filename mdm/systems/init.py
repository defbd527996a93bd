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
from mdm.systems.guesses import Guesses, guess, joined
from mdm.systems.headings import Words, header_words
from mdm.systems.look import Sample, look_at


@dataclass(frozen=True)
class ProposedMapping:
    """A mapping file to start from: its text, which column went where, the columns that found no place, and warnings.

    The text holds the last two as comments.
    """

    text: str
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
        raise RefusedInput(f"{path}: no column looks like an attribute of a customer; write the mapping by hand")
    head = {"system": system or _name(path), "object": object} | _form_words(sample, path)
    unplaced = tuple(c for c in sample.columns if c not in found.taken)
    lines = [
        f"# Proposed from {path.name} by `mdm mapping init`: read it, correct it, keep it in MDM_HOME/mappings.",
        _dump(head | {"entity_type": found.entity_type.value}),
        *_head_lines(found, words),
        "",
        *(f"# {_one_line(said)}" for column, said in found.alike.items() if column != found.clock),
        _dump({"attributes": _attributes(found)}),
        *_listed("Not placed; these stay in the payload only:", unplaced),
        *_listed("To look at:", found.warnings),
    ]
    return ProposedMapping("\n".join(lines) + "\n", found.taken, unplaced, found.warnings)


def _listed(title: str, entries: tuple[str, ...]) -> list[str]:
    return ["", f"# {title}", *(f"#   {_one_line(e)}" for e in entries)] if entries else []


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
    lines.append(_dump({"source_id": found.source_id or "payload_hash"}))
    if found.clock is None:
        lines.append("# No column looks like a time of change: the time of receipt counts. Else: source_time: COLUMN")
    else:
        form = found.formats[found.clock].form
        lines += [f"# {_one_line(said)}" for column, said in found.alike.items() if column == found.clock]
        lines.append(_dump({"source_time": found.clock if form == "iso" else {"path": found.clock, "format": form}}))
    if found.deleted is not None:
        lines.append(_dump({"deleted": {"path": found.deleted, "is": list(words.deleted_values)}}))
    return lines


def _attributes(found: Guesses) -> dict[str, Any]:
    result: dict[str, Any] = {}
    address: dict[str, Any] = {}
    for column, target in found.placed.items():
        name, _, field = target.partition(".")
        if name == "address":
            if field != "house_number":
                address[field] = _value(found, target)
        elif name == "phone":
            result.setdefault(name, []).append({"value": column} | ({"type": field} if field else {}))
        elif ATTRIBUTES[name].multi:
            result.setdefault(name, []).append({"value": column})
        elif column in found.formats and found.formats[column].form != "%Y-%m-%d":
            result[name] = {"path": column, "date_format": found.formats[column].form}
        elif not field:
            result[name] = _value(found, target)
    if address:
        result["address"] = [address]
    return result


def _value(found: Guesses, target: str) -> Any:
    columns = list(joined(found.placed, target))
    return columns[0] if len(columns) == 1 else {"join": columns}


def _dump(value: dict[str, Any]) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=1_000).rstrip("\n")
