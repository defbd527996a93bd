"""What commands share: settings, the open store, who acts, the time, and the options they have in common."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mdm.settings import Settings
    from mdm.store.engine import Store

AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON on stdout.")]


def current_settings() -> Settings:
    """Settings from the environment; ``--home`` has been put there."""
    from mdm.settings import settings_from_environment

    return settings_from_environment()


@contextmanager
def opened() -> Iterator[tuple[Store, Settings]]:
    """The store of the environment; a missing one is refused with the command that makes it."""
    from mdm.store.engine import open_store

    settings = current_settings()
    with open_store(settings) as store:
        yield store, settings


@contextmanager
def opened_for_work() -> Iterator[tuple[Store, Settings]]:
    """As ``opened``, for commands that need scratch files: refuses a home that cannot be written."""
    from mdm.settings import writable_scratch

    with opened() as (store, settings):
        writable_scratch(settings)
        yield store, settings


@contextmanager
def opened_or_made() -> Iterator[tuple[Store, Settings]]:
    """As ``opened_for_work``, but a home without an embedded database gets one: the first ingest needs no
    ``mdm init``.
    """
    from mdm.settings import writable_scratch
    from mdm.store.embedded import state_exists
    from mdm.store.engine import open_store

    settings = current_settings()
    writable_scratch(settings)
    fresh = settings.database_url is None and not state_exists(settings)
    with open_store(settings, create=fresh) as store:
        yield store, settings


def now() -> datetime:
    """The clock of the command line, the only one it reads."""
    return datetime.now(UTC)


def actor() -> str:
    """Who acts: ``MDM_ACTOR``, else the account's name."""
    if name := os.environ.get("MDM_ACTOR"):
        return name
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
