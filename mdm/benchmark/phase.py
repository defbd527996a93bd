"""One phase of the benchmark in a process of its own: ``python phase.py NAME FOLDER``.

The measuring process watches from outside, so that what it needs itself counts nowhere and every phase starts with
empty memory, as a command of its own would. Protocol, one JSON object a line on stdout: ``{"stage": name}`` when a
stage begins, ``{"result": ...}`` at the end; each waits for an empty line on stdin, so that the cut is exact. When the
measuring process is gone, the next line ends this one too.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mdm.benchmark.golden import survive_alone
from mdm.benchmark.reference import our_pairs, own_blocking
from mdm.benchmark.requests import ask_many
from mdm.errors import MdmError
from mdm.export import Export, export
from mdm.ingest import ingest_directory
from mdm.runs import RunReport, diff_run, list_runs, roll_back, run_nightly
from mdm.settings import Settings, settings_from_environment
from mdm.store.engine import Store, open_store
from mdm.training import train_models

Say = Callable[[str], None]
_ACTOR = "benchmark"
_INTERRUPTED = 130


class _Told:
    """The run's progress as stages of the phase."""

    def __init__(self, say: Say) -> None:
        self.stage = say

    def advance(self, done: int, total: int) -> None:
        """How far a stage is does not matter here."""


def nightly(store: Store, settings: Settings, _folder: Path, say: Say) -> dict[str, Any]:
    """A nightly run of what waits."""
    say("begin run")
    return {"run": _run(run_nightly(store, settings, actor=_ACTOR, progress=_Told(say)))}


def load(store: Store, settings: Settings, folder: Path, say: Say) -> dict[str, Any]:
    """Takes in every extract of a folder, then a nightly run."""
    say("ingest")
    report = ingest_directory(store, settings, directory=folder, actor=_ACTOR, now=datetime.now(UTC))
    files = [_plain(dataclasses.asdict(r)) for r in report.reports]
    return {"files": files} | nightly(store, settings, folder, say)


def exports(store: Store, settings: Settings, folder: Path, say: Say) -> dict[str, Any]:
    """Writes all four exports as CSV."""
    rows = {}
    for what in Export:
        say(str(what))
        rows[str(what)] = export(store, settings, what=what, out=folder / f"{what}.csv")
    return {"rows": rows}


def requests(store: Store, settings: Settings, _folder: Path, say: Say) -> dict[str, Any]:
    """Asks whose record this is, one record at a time."""
    return ask_many(store, settings, say)


def golden(store: Store, settings: Settings, _folder: Path, say: Say) -> dict[str, Any]:
    """Makes every golden record anew, and some one by one; nothing is written."""
    return survive_alone(store, settings, say)


def diff(store: Store, _settings: Settings, _folder: Path, say: Say) -> dict[str, Any]:
    """What the first run changed, with a page of customers."""
    first = next(run for run in reversed(list_runs(store, limit=1000)) if run.published_at is not None)
    say("diff")
    found = diff_run(store, first.run_id, limit=100)
    return {"diff": _plain(dataclasses.asdict(found.counts)), "records": sum(found.counts.records.values())}


def rollback(store: Store, _settings: Settings, _folder: Path, say: Say) -> dict[str, Any]:
    """Takes the last run that stands back."""
    done = roll_back(store, "last", actor=_ACTOR, now=datetime.now(UTC), stage=say)
    return {"rolled_back": done.counts, "left": done.left_counts}


def train(store: Store, settings: Settings, _folder: Path, say: Say) -> dict[str, Any]:
    """Trains a model of its own, without labels; it is not put in force."""
    say("train")
    trained = train_models(store, settings, now=datetime.now(UTC), progress=lambda *_: None)
    return {"rows": {t.entity_type.value: t.records for t in trained}}


def splink_own_blocking(store: Store, settings: Settings, _folder: Path, say: Say) -> dict[str, Any]:
    """Raw Splink, its own blocking."""
    return own_blocking(store, settings, say)


def splink_our_pairs(store: Store, settings: Settings, _folder: Path, say: Say) -> dict[str, Any]:
    """Raw Splink, our candidate pairs."""
    return our_pairs(store, settings, say)


_ALL = (load, nightly, exports, requests, golden, diff, rollback, train, splink_own_blocking, splink_our_pairs)
PHASES: Mapping[str, Callable[[Store, Settings, Path, Say], dict[str, Any]]] = {work.__name__: work for work in _ALL}


def _run(report: RunReport) -> dict[str, Any]:
    names = ("run_id", "seconds", "changed", "rule_set", "model", "stages", "published", "matching")
    return {name: _plain(getattr(report, name)) for name in names}


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))


def main() -> int:
    """Runs the phase named on the command line; answers its exit code."""
    lines = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever else is printed must not stand between our lines

    def tell(line: dict[str, Any]) -> None:
        lines.write(json.dumps(line) + "\n")
        lines.flush()
        if not sys.stdin.readline():
            raise KeyboardInterrupt

    try:
        settings = settings_from_environment()
        with open_store(settings) as store:
            result = PHASES[sys.argv[1]](store, settings, Path(sys.argv[2]), lambda name: tell({"stage": name}))
            tell({"result": result})
    except KeyboardInterrupt:
        return _INTERRUPTED
    except MdmError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
