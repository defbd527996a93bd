"""The command that measures: benchmark."""

from __future__ import annotations

import json
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mdm.cli import output
from mdm.cli.context import AsJson, current_settings
from mdm.errors import RefusedInput

if TYPE_CHECKING:
    from mdm.benchmark.markdown import Grid

_PIPE_WIDTH = 160


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("benchmark")(benchmark)


_Place = typer.Option("--work", help="Work below this folder instead of the home.", metavar="DIR", file_okay=False)


def benchmark(
    out: Annotated[Path, typer.Option("--out", help="Folder for the report.", metavar="DIR", file_okay=False)],
    records: Annotated[int, typer.Option(min=100, help="About how many source records.")] = 100_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same population.")] = 1,
    work: Annotated[Path | None, _Place] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave population and database for a closer look.")] = False,
    train: Annotated[bool, typer.Option("--train", help="Measure training too, apart from the rest.")] = False,
    as_json: AsJson = False,
) -> None:
    """Time and memory of every stage on a made-up population, beside raw Splink, in a fresh home of its own.

    Writes benchmark-RECORDS.json and .md to the folder. Nothing is left running; the home is removed unless --keep.

    Example: `mdm benchmark --records 20000 --out benchmark-results`
    """
    from mdm.benchmark import run_benchmark
    from mdm.benchmark.markdown import facts, grids, page

    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RefusedInput(f"{out} cannot be made: {error.strerror}") from None
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # being told to end is as being interrupted
    done = run_benchmark(
        current_settings(),
        records=records,
        seed=seed,
        work=work,
        keep=keep,
        train=train,
        say=lambda text: output.note(f"{datetime.now(UTC):%H:%M:%S} {text}"),
    )
    document = output.plain(done.as_dict())
    name = f"benchmark-{records}"
    (out / f"{name}.json").write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    (out / f"{name}.md").write_text(page(done), encoding="utf-8")
    if as_json:
        output.say_json(document)
        return
    for fact in facts(done):
        output.say(fact)
    for grid in grids(done):
        _tell(grid)
    output.say()
    output.say(f"written: {out / name}.json and .md")


def _tell(grid: Grid) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, column in enumerate(grid.columns):
        table.add_column(column, justify="left" if place < grid.text_columns else "right", overflow="fold")
    for row in grid.rows:
        table.add_row(*map(Text, row))
    output.say()
    output.say(grid.title, style="bold")
    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    Console(file=sys.stdout, highlight=False, markup=False, width=width).print(table)
    for note in grid.notes:
        output.say(note, style="dim")
