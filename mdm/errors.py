"""Errors named for what the caller should do. The CLI's exit codes and, later, HTTP status are decided from these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class MdmError(Exception):
    """A failure with a message that names the thing and the mend. ``exit_code`` is what the command line answers."""

    exit_code = 1


class RefusedInput(MdmError):
    """The input cannot be taken as it is (wrong header, encoding, truncated file, bad usage). Nothing was changed."""

    exit_code = 2


class RuleFileError(RefusedInput):
    """A rule or mapping file says something impossible; the message starts with ``file:line:``."""


class NotFound(RefusedInput):
    """What was asked for does not exist."""


class OutOfDate(RefusedInput):
    """What was seen is not what is there any more; look again, then decide. Nothing was changed."""


class NotAllowed(RefusedInput):
    """This actor may not do this; the message says who may. Nothing was changed."""


class LockHeld(MdmError):
    """Another run is going on; the message says which, since when and who."""

    exit_code = 3


class DatabaseUnavailable(MdmError):
    """The database cannot be reached, is full, or has a schema this version cannot use."""

    exit_code = 4


class Staged(MdmError):
    """A guard stopped the run before it published; the message says what to look at, ``over`` which budgets it left."""

    exit_code = 5

    def __init__(self, message: str, *, over: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(message)
        self.over = list(over)


class NotBetter(MdmError):
    """A trained model was held against the one in force and fell short; it was not adopted."""

    exit_code = 5
