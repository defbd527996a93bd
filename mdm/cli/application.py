"""The application made of all installed command groups; here errors become messages and exit codes."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import Annotated

import typer

from mdm.cli import output
from mdm.errors import MdmError

GROUPS = "mdm.commands"
_INTERRUPTED = 130
_MACHINE = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT})


def create_app() -> typer.Typer:
    """All commands. The order of groups is the order of the entry points' names."""
    app = typer.Typer(
        name="mdm",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",
        context_settings={"help_option_names": ["-h", "--help"]},
        help="Customer master: sources in, golden records out.\n\n"
        "First steps: `mdm ingest --dir DIR`, `mdm run nightly`, `mdm status`, `mdm show SYSTEM/OBJECT/ID`. "
        "Try `mdm demo` for the whole way on made-up customers.\n\n"
        "Exit codes: 0 done, 1 failed, 2 usage or refused input, 3 a run holds the lock, 4 database unavailable, "
        "5 staged by a guard, or a worse model not adopted.",
    )
    app.callback()(_global_options)
    for group in sorted(entry_points(group=GROUPS), key=lambda e: e.name):
        group.load()(app)
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        output.say(f"mdm {version('customer-master')}")
        raise typer.Exit


def _global_options(
    home: Annotated[
        Path | None, typer.Option(help="Where all state lives; goes before MDM_HOME.", file_okay=False, metavar="DIR")
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an unexpected error.")] = False,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    if home is not None:
        os.environ["MDM_HOME"] = str(home.absolute())
    if debug:
        os.environ["MDM_DEBUG"] = "1"


def main() -> None:
    """The ``mdm`` script."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Runs one command line and answers its exit code."""
    try:
        create_app()(args=list(arguments), prog_name="mdm")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except MdmError as error:
        output.complain(str(error))
        _trace()
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        output.complain("interrupted")
        return _INTERRUPTED
    except Exception as error:
        said, code = _unexpected(error)
        output.complain(said)
        _trace()
        return code
    return 0


def _unexpected(error: Exception) -> tuple[str, int]:
    """What is said of an error that is not ours, and the exit code. Its message may quote values of customers: only its
    kind and place are shown, or the file that the machine would not let us have.
    """
    if str(error) == "Query interrupted":  # what DuckDB makes of Ctrl-C, a RuntimeError
        return "interrupted", _INTERRUPTED
    if isinstance(error, OSError) and error.errno in _MACHINE and error.filename is not None:
        return f"{error.filename}: {error.strerror}", MdmError.exit_code
    said = f"unexpected {type(error).__name__} in {_place(error)}; `mdm --debug ...` shows the traceback"
    return said, MdmError.exit_code


def _trace() -> None:
    if os.environ.get("MDM_DEBUG") == "1":
        traceback.print_exc()


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if "site-packages" not in f.filename and not f.filename.startswith("<")] or frames
    return f"{Path(ours[-1].filename).stem}:{ours[-1].lineno}" if ours else "an unknown place"
