"""Everything the command line prints: results on stdout, progress and complaints on stderr, JSON when asked."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from mdm.model import RecordKey

Tell = Callable[[str, int, int], None]
"""``tell(what, done, total)``: called now and then by long work; total 0 means unknown."""

_PIPE_WIDTH = 160
_UUID_WIDTH = 36
# Integers under these names are no counts: digits are not grouped.
_NOT_COUNTED = frozenset({"id", "pid", "line", "year", "version", "schema", "seed", "port"})


def _stdout() -> Console:
    return Console(file=sys.stdout, highlight=False, markup=False, width=None if sys.stdout.isatty() else _PIPE_WIDTH)


def _stderr() -> Console:
    return Console(file=sys.stderr, highlight=False, markup=False, width=None if sys.stderr.isatty() else _PIPE_WIDTH)


def say(text: str = "", *, style: str | None = None) -> None:
    """A line of the result."""
    _stdout().print(Text(text, style=style or ""), soft_wrap=True)


def write(text: str) -> None:
    """Text of the result as it stands: a file's content."""
    sys.stdout.write(text)


def note(text: str) -> None:
    """A line beside the result: on stderr, so that a pipe gets the result alone."""
    _stderr().print(Text(text, style="dim"), soft_wrap=True)


def complain(text: str) -> None:
    """What went wrong, on stderr."""
    _stderr().print(Text.assemble(("mdm: ", "bold red"), text), soft_wrap=True)


def table(rows: Iterable[Sequence[Any]], *, columns: Sequence[str], title: str | None = None) -> None:
    """Rows under headings; numbers stand right. Ids are never folded, as they are there to be copied."""
    listed = [list(row) for row in rows]
    if title:
        say(title, style="bold")
    grid = Table(box=None, pad_edge=False, header_style="bold")
    for place, column in enumerate(columns):
        values = [row[place] for row in listed if row[place] is not None]
        numeric = bool(listed) and all(isinstance(value, int | float) for value in values)
        ids = bool(values) and all(isinstance(value, UUID) for value in values)
        keys = bool(values) and all(isinstance(value, RecordKey) for value in values)
        grid.add_column(
            column,
            justify="right" if numeric else "left",
            overflow="fold",
            min_width=_UUID_WIDTH if ids else None,
            no_wrap=ids or (keys and not sys.stdout.isatty()),  # keys have any length, terminals have not
        )
    for row in listed:
        grid.add_row(*(Text(shown(value, name=name)) for name, value in zip(columns, row, strict=True)))
    _stdout().print(grid)


def shown(value: Any, *, name: str = "") -> str:  # noqa: PLR0911  one line for each kind of value
    """A value in words: whole numbers grouped (unless ``name`` says that they count nothing), times to the second in
    UTC, lists joined, nothing for None.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value) if _last_word(name) in _NOT_COUNTED else f"{value:,}".replace(",", " ")
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1 else f"{value:.1f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    if isinstance(value, Mapping):
        return ", ".join(f"{k} {shown(v, name=str(k))}" for k, v in value.items())
    if isinstance(value, tuple | list | set | frozenset):
        return ", ".join(shown(item, name=name) for item in value)
    return str(value)


def _last_word(name: str) -> str:
    return name.replace("_", " ").rpartition(" ")[2]


def report(value: Any, *, as_json: bool, title: str | None = None) -> None:
    """A report (dataclass or mapping) as JSON, or as lines ``name  value`` and a table for each set of records."""
    if as_json:
        say_json(value)
        return
    if title:
        say(title, style="bold")
    pairs = [(name.replace("_", " "), item) for name, item in _pairs(value)]
    simple = [(name, item) for name, item in pairs if not _tables_of(name, item)]
    width = max((len(name) for name, _ in simple), default=0)
    for name, item in simple:
        say(f"{name:<{width}}  {shown(item, name=name)}")
    for heading, rows in (found for name, item in pairs for found in _tables_of(name, item)):
        say()
        columns = list(dict.fromkeys(column for row in rows for column in row))
        table(
            [[row.get(c) for c in columns] for row in rows],
            columns=[c.replace("_", " ") for c in columns],
            title=heading,
        )


_Rows = list[dict[str, Any]]


def _tables_of(name: str, value: Any) -> list[tuple[str, _Rows]]:
    """The tables a part of a report becomes: a list of records, records by name, or lists of records by name."""
    if _is_rows(value):
        return [(name, [dict(_pairs(row)) for row in value])]
    if isinstance(value, Mapping) and value:
        if all(_is_record(row) for row in value.values()):
            return [(name, [{"": str(k), **dict(_pairs(row))} for k, row in value.items()])]
        if all(_is_rows(rows) for rows in value.values()):
            return [found for k, rows in value.items() for found in _tables_of(f"{name}: {k}", rows)]
    return []


def _is_rows(value: Any) -> bool:
    listed = isinstance(value, tuple | list) and bool(value)
    return listed and all(_is_record(v) for v in value)


def _is_record(value: Any) -> bool:
    return isinstance(value, Mapping) or (is_dataclass(value) and not isinstance(value, RecordKey))


def _pairs(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, Mapping):
        return [(str(k), v) for k, v in value.items()]
    names = [f.name for f in fields(value)]
    extra = [n for n, v in vars(type(value)).items() if isinstance(v, property) and not n.startswith("_")]
    return [(name, getattr(value, name)) for name in (*names, *extra)]


def say_json(value: Any) -> None:
    """One JSON document on stdout: dataclasses as objects (with their properties), times ISO 8601 UTC, keys as text."""
    sys.stdout.write(json.dumps(plain(value), ensure_ascii=False, indent=2) + "\n")


def plain(value: Any) -> Any:  # noqa: PLR0911  one line for each kind of value
    """A value in JSON's own types."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, RecordKey | UUID | Path | date):
        return str(value)
    if isinstance(value, BaseModel):
        return plain(value.model_dump())
    if isinstance(value, float) and not math.isfinite(value):
        return None  # JSON has no infinity: an open end
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if is_dataclass(value):
        return {name: plain(item) for name, item in _pairs(value)}
    if isinstance(value, tuple | list | set | frozenset):
        return [plain(item) for item in value]
    return value


class Stages:
    """Progress of a run (``stage``, ``advance``) told as pieces of work, one bar for each stage."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._now: str | None = None

    def stage(self, name: str) -> None:
        """A stage begins, and with it the one before has ended."""
        self.end()
        self._now = name
        self._tell(name, 0, 0)

    def advance(self, done: int, total: int) -> None:
        """How far the stage is; its end is told when the next begins."""
        if self._now is not None and done < total:
            self._tell(self._now, done, total)

    def end(self) -> None:
        """The last stage has ended."""
        if self._now is not None:
            self._tell(self._now, 1, 1)
            self._now = None


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Tell]:
    """Bars on stderr when that is a terminal; otherwise one plain line when a piece of work ends."""
    if quiet:
        yield lambda _what, _done, _total: None
    elif sys.stderr.isatty():
        with _bars() as tell:
            yield tell
    else:
        yield _lines()


@contextmanager
def _bars() -> Iterator[Tell]:
    columns = (TextColumn("{task.description:<36}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=False) as bars:
        tasks: dict[str, TaskID] = {}

        def tell(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total or None)
            bars.update(tasks[what], completed=done, total=total or None)

        yield tell


def _lines() -> Tell:
    ended: set[str] = set()

    def tell(what: str, done: int, total: int) -> None:
        if total and done >= total and what not in ended:
            ended.add(what)
            note(f"{what}: done")

    return tell


@contextmanager
def in_turn(tell: Tell) -> Iterator[Tell]:
    """``tell`` for pieces of work of which one follows the other: that one has ended is told only when the next begins
    or all went well. What was read to its end may still be refused.
    """
    ended: list[tuple[str, int, int]] = []

    def told(what: str, done: int, total: int) -> None:
        if ended and ended[0][0] != what:
            tell(*ended.pop())
        if total and done >= total:
            ended[:] = [(what, done, total)]
        else:
            tell(what, done, total)

    yield told
    for last in ended:
        tell(*last)
