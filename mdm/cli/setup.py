"""Commands about the database itself: init, and db upgrade, backup, restore, stop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mdm.cli import output
from mdm.cli.context import AsJson, current_settings


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command("init")(init)
    group = typer.Typer(no_args_is_help=True, help="The database: upgrade, backup, restore, stop.")
    group.command("upgrade")(upgrade)
    group.command("backup")(backup)
    group.command("restore")(restore)
    group.command("stop")(stop)
    app.add_typer(group, name="db")


def init(as_json: AsJson = False) -> None:
    """Make the database, or bring an existing one up to date.

    Without MDM_DATABASE_URL an embedded PostgreSQL is made below MDM_HOME.

    Example: `MDM_DATABASE_URL=postgresql://mdm@db.example/mdm mdm init`
    """
    from mdm.store.engine import open_store
    from mdm.store.schema import needed_version

    settings = current_settings()
    with open_store(settings, create=True):
        done = {"database": settings.database_shown, "home": settings.home, "schema": needed_version()}
    output.report(done, as_json=as_json, title="Ready.")


def upgrade(as_json: AsJson = False) -> None:
    """Bring the schema up to this version; harmless when it is."""
    from mdm.store import schema
    from mdm.store.engine import open_any_store
    from mdm.store.failures import database_errors

    with open_any_store(current_settings()) as store, database_errors():
        before, after = schema.upgrade(store.engine)
    output.report({"before": before, "after": after}, as_json=as_json)


def backup(
    file: Annotated[Path, typer.Argument(help="File to write; it will hold personal data.")], as_json: AsJson = False
) -> None:
    """Write the whole database to one file.

    Example: `mdm db backup /backups/mdm.dump`
    """
    from mdm.store import backup as backups
    from mdm.store.engine import open_any_store

    with open_any_store(current_settings()) as store:
        size = backups.backup(store, file)
    output.report({"file": file, "bytes": size}, as_json=as_json)


def restore(
    file: Annotated[Path, typer.Argument(help="A file written by `mdm db backup`.")],
    replace: Annotated[bool, typer.Option("--replace", help="Give up what the database holds now.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring a backup back, all of it or nothing.

    Example: `mdm db restore /backups/mdm.dump --replace`
    """
    from mdm.store import backup as backups
    from mdm.store.engine import open_any_store

    with open_any_store(current_settings(), create=True) as store:
        version = backups.restore(store, file, replace=replace)
    output.report({"file": file, "schema": version}, as_json=as_json)


def stop(as_json: AsJson = False) -> None:
    """Stop the embedded PostgreSQL now, whoever uses it."""
    from mdm.store.embedded import stop_now

    settings = current_settings()
    stopped = settings.database_url is None and stop_now(settings)
    output.report({"stopped": stopped}, as_json=as_json)
