"""Commands on made-up customers: sample, demo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mdm.cli import output
from mdm.cli.context import AsJson, current_settings, now
from mdm.errors import RefusedInput


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command("sample")(sample)
    app.command("demo")(demo)


def sample(
    customers: Annotated[int, typer.Option(min=1, help="How many customers.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the extracts.", metavar="DIR", file_okay=False)],
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 1,
    profile: Annotated[str, typer.Option(help="Kind of population: default, harder or german_uk.")] = "default",
    as_json: AsJson = False,
) -> None:
    """Write extracts of made-up customers in the systems' native formats, with the truth and a next day's delta.

    Example: `mdm sample --customers 10000 --seed 7 --out /tmp/sample`, then `mdm ingest --dir /tmp/sample`
    """
    from mdm.sample import DEFAULT, GERMAN_UK, HARDER, write_sample

    profiles = {"default": DEFAULT, "harder": HARDER, "german_uk": GERMAN_UK}
    if profile not in profiles:
        raise RefusedInput(f"there is no profile {profile!r}; there are {', '.join(profiles)}")
    with output.progress(quiet=as_json) as tell:
        done = write_sample(
            customers=customers,
            seed=seed,
            out=out,
            profile=profiles[profile],
            progress=lambda made, total: tell("customers", made, total),
        )
    output.report(done, as_json=as_json)


def demo(as_json: AsJson = False) -> None:
    """The whole way on the bundled population, in a fresh MDM_HOME/demo: files in, golden records out, measured."""
    from mdm.cli.demonstration import tell_demonstration
    from mdm.demo import run_demo

    with output.progress(quiet=as_json) as tell:
        stages = output.Stages(tell)
        done = run_demo(current_settings(), now=now(), tell=tell, progress=stages)
        stages.end()
    if as_json:
        output.say_json(done)
    else:
        tell_demonstration(done)
