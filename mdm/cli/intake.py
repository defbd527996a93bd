"""Commands that take files in: ingest, mapping init and list, rejected list and replay."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mdm.cli import output
from mdm.cli.context import AsJson, actor, current_settings, now, opened, opened_for_work, opened_or_made
from mdm.errors import RefusedInput

if TYPE_CHECKING:
    from datetime import datetime

    from mdm.ingest import DirectoryReport
    from mdm.settings import Settings
    from mdm.store.engine import Store
    from mdm.systems import Mapping, Mappings

_COUNTS = ("rows", "new", "changed", "unchanged", "stale", "deleted", "rejected", "skipped", "references")
_System = Annotated[str | None, typer.Option(help="Source system, e.g. salesforce.")]
_Object = Annotated[str | None, typer.Option("--object", help="Object of that system, e.g. Contact.")]
_MappingFile = Annotated[Path | None, typer.Option("--mapping", help="Mapping file of a new system.", metavar="FILE")]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command("ingest")(ingest)
    mapping = typer.Typer(no_args_is_help=True, help="Mapping files: how a system's records become ours.")
    mapping.command("init")(mapping_init)
    mapping.command("list")(mapping_list)
    app.add_typer(mapping, name="mapping")
    rejected = typer.Typer(no_args_is_help=True, help="Rows that could not be taken.")
    rejected.command("list")(rejected_list)
    rejected.command("replay")(rejected_replay)
    app.add_typer(rejected, name="rejected")


def ingest(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files to take in, plain or .gz.", metavar="[PATH]...")
    ] = None,
    system: _System = None,
    object_: _Object = None,
    directory: Annotated[
        Path | None, typer.Option("--dir", help="Take every file of DIR whose name fits a mapping.", metavar="DIR")
    ] = None,
    mapping_file: _MappingFile = None,
    as_json: AsJson = False,
) -> None:
    """Take files of source systems in. The same file again changes nothing.

    Bad rows are kept, counted and never stop a file; see `mdm rejected list`.

    Examples:

    - `mdm ingest --dir /data/extracts`
    - `mdm ingest --system salesforce --object Contact contacts.csv.gz`
    - `mdm ingest --mapping my.yaml customers.parquet`
    """
    named = paths or []
    _check_usage(named, system=system, object_=object_, directory=directory, mapping_file=mapping_file)
    acting, at = actor(), now()
    with opened_or_made() as (store, settings), output.progress(quiet=as_json) as tell:
        from mdm.ingest import DirectoryReport, ingest_directory, ingest_file

        try:
            if mapping_file is None:
                _note_strays(settings)
            with output.in_turn(tell) as told:
                if directory is not None:
                    done = ingest_directory(store, settings, directory=directory, actor=acting, now=at, progress=told)
                else:
                    work = _paired(settings, named, system=system, object_=object_, mapping_file=mapping_file)
                    taken = [
                        ingest_file(store, settings, mapping=mapping, path=path, actor=acting, now=at, progress=told)
                        for path, mapping in work
                    ]
                    done = DirectoryReport(tuple(taken), ())
        except BaseException as error:
            _tell_taken(store, error, actor=acting, at=at, as_json=as_json)
            raise
    _tell_files(done, as_json=as_json)


def _note_strays(settings: Settings) -> None:
    from mdm.cli.rules import stray_mappings
    from mdm.systems import load_mappings

    for said in stray_mappings(settings, load_mappings(settings)):
        output.note(said)


def _tell_taken(store: Store, error: BaseException, *, actor: str, at: datetime, as_json: bool) -> None:
    """What this command took in before it failed, from the database: each file is a transaction of its own."""
    from mdm.errors import MdmError
    from mdm.ingest import IngestReport
    from mdm.store.batches import finished_batches

    try:
        with store.begin() as connection:
            batches = finished_batches(connection, actor=actor, started_at=at)
    except MdmError:
        return  # the database is what failed
    reports = [IngestReport(file=b.file_name, system=b.system, object=b.object, **b.counts) for b in batches]
    if as_json:
        output.say_json({"files": reports, "ignored": [], "failed": str(error) if isinstance(error, MdmError) else ""})
    elif reports:
        output.note(f"taken in before this: {', '.join(r.file for r in reports)}")


def _check_usage(
    paths: list[Path], *, system: str | None, object_: str | None, directory: Path | None, mapping_file: Path | None
) -> None:
    if (system is None) != (object_ is None):
        raise RefusedInput("--system and --object go together")
    if sum((system is not None, directory is not None, mapping_file is not None)) > 1:
        raise RefusedInput("use one of --system with --object, --dir, --mapping")
    if directory is not None and paths:
        raise RefusedInput("--dir takes no further paths")
    if directory is None and not paths:
        raise RefusedInput("name the files to take in, or --dir DIR")
    for path in paths:
        if path.is_dir():
            raise RefusedInput(f"{path}: is a folder; `mdm ingest --dir {path}` takes its files")
        if not path.is_file():
            raise RefusedInput(f"{path}: there is no such file")


def _paired(
    settings: Settings, paths: list[Path], *, system: str | None, object_: str | None, mapping_file: Path | None
) -> list[tuple[Path, Mapping]]:
    """Each file with the mapping it is read by: the one named, or the one its name fits."""
    from mdm.systems import load_mapping, load_mappings

    if mapping_file is not None:
        if not mapping_file.is_file():
            raise RefusedInput(f"{mapping_file}: there is no such mapping file")
        own = load_mapping(mapping_file)
        return [(path, own) for path in paths]
    known = load_mappings(settings)
    if system is not None and object_ is not None:
        named = known.get(system, object_)
        return [(path, named) for path in paths]
    return [(path, _fitting(known, path)) for path in paths]


def _fitting(known: Mappings, path: Path) -> Mapping:
    mapping = known.for_file(path.name)
    if mapping is None:
        raise RefusedInput(f"{path}: the name fits no mapping; say --system and --object, or --mapping")
    return mapping


def _tell_files(done: DirectoryReport, *, as_json: bool) -> None:
    if as_json:
        output.say_json({"files": done.reports, "ignored": done.ignored})
        return
    output.table(
        [(r.file, f"{r.system}/{r.object}", *(getattr(r, name) for name in _COUNTS), r.seconds) for r in done.reports],
        columns=["file", "object", *_COUNTS, "seconds"],
    )
    if done.ignored:
        output.say(f"ignored, as no mapping fits: {', '.join(done.ignored)}")
    if stale := sum(r.stale for r in done.reports):
        output.say(
            f"{stale} rows are stale: older than what is held, or beside another row of the same key, of which the"
            " newest counts; they are kept and change nothing"
        )
    if rejected := sum(r.rejected for r in done.reports):
        output.say(f"{rejected} rows were rejected and kept: `mdm rejected list` says why")


def mapping_init(
    path: Annotated[Path, typer.Argument(help="A data file: CSV, JSON lines or Parquet, plain or .gz.")],
    system: _System = None,
    object_: Annotated[str, typer.Option("--object", help="What the system calls these records.")] = "Customer",
    out: Annotated[
        Path | None, typer.Option(help="Write the mapping here instead of to stdout.", metavar="FILE")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Propose a mapping file from a data file, with the columns it could not place.

    Example: `mdm mapping init customers.csv --system pos --out pos.yaml`, look at it, then
    `mdm ingest --mapping pos.yaml customers.csv`. Put it into MDM_HOME/mappings to keep it.
    """
    from mdm.systems import propose_mapping

    if not path.is_file():
        raise RefusedInput(f"{path}: there is no such file")
    proposed = propose_mapping(path, system=system, object=object_)
    if out is not None:
        if out.exists():
            raise RefusedInput(f"{out}: is there already")
        if not out.parent.is_dir():
            raise RefusedInput(f"{out}: the folder {out.parent} does not exist")
        out.write_text(proposed.text, encoding="utf-8")
    if as_json:
        output.say_json(proposed)
        return
    if out is None:
        output.write(proposed.text)
    output.note(f"entity type {proposed.entity_type}: {proposed.why}")
    output.note(f"placed {len(proposed.placed)} columns; not placed: {', '.join(proposed.unplaced) or 'none'}")
    for warning in proposed.warnings:
        output.note(warning)


def mapping_list(as_json: AsJson = False) -> None:
    """List the mapping files in force, shipped ones and those of MDM_HOME/mappings."""
    from mdm.systems import load_mappings

    rows = [
        {
            "mapping": m.name,
            "kind": m.document.kind,
            "format": m.document.format,
            "files": m.document.files,
            "read_from": m.file,
        }
        for m in load_mappings(current_settings())
    ]
    if as_json:
        output.say_json(rows)
    else:
        output.table([list(r.values()) for r in rows], columns=["mapping", "kind", "format", "files", "read from"])


def rejected_list(
    system: _System = None,
    object_: _Object = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List rows that wait: file, line and reason. Payloads hold personal data and stay in the database."""
    from mdm.lookup import list_rejected

    with opened() as (store, _):
        rows = list_rejected(store, system=system, object=object_, limit=limit)
    if as_json:
        output.say_json(rows)
    else:
        columns = ["rejected_id", "system", "object", "file_name", "line", "reason", "received_time"]
        output.table([[row[c] for c in columns] for row in rows], columns=[c.replace("_", " ") for c in columns])


def rejected_replay(
    system: _System = None, object_: _Object = None, mapping_file: _MappingFile = None, as_json: AsJson = False
) -> None:
    """Try the waiting rows again with today's mappings.

    Example: `mdm rejected replay --system netsuite`
    """
    from mdm.ingest import replay_rejected
    from mdm.systems import Mappings, load_mapping, load_mappings

    with opened_for_work() as (store, settings):
        known = load_mappings(settings)
        if mapping_file is not None:
            own = load_mapping(mapping_file)
            others = tuple(m for m in known if m.name != own.name)
            known = Mappings(all=(*others, own))
            system, object_ = own.system, own.object
        done = replay_rejected(store, settings, system=system, object=object_, now=now(), actor=actor(), mappings=known)
    output.report(done, as_json=as_json)
