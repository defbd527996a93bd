"""The command line: finds its command groups by the entry points ``mdm.commands`` and turns errors into exit codes.

Exit codes: 0 done, 1 failed, 2 usage or refused input, 3 lock held, 4 database unavailable or wrong schema, 5 staged
by a guard; each error knows its own (``mdm/errors.py``). Any installed package may add a group: an entry point names
a function that is given the Typer application.
"""

from mdm.cli.application import create_app, main, run

__all__ = ["create_app", "main", "run"]
