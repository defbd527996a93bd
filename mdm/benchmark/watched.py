"""Runs one phase in a process of its own and measures it stage by stage; ends it when we are ended."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mdm.benchmark.meter import Mark, Meter, Used
from mdm.errors import MdmError
from mdm.settings import Settings

_PATIENCE = 15.0
# By its path: under ``-m`` DuckDB, imported before ``__main__`` has a file, thinks itself interactive and draws bars.
_PHASE = Path(__file__).with_name("phase.py")


@dataclass(frozen=True)
class Watched:
    """What a phase answered and used; ``stages`` in order, one entry for each time a stage was begun."""

    result: dict[str, Any]
    whole: Used
    stages: tuple[tuple[str, Used], ...]


def watch(name: str, folder: Path, *, settings: Settings, say: Callable[[str], None]) -> Watched:
    """Runs phase ``name`` of ``mdm.benchmark.phase``. MdmError when it fails; its own words stand on stderr."""
    with _child(name, folder, settings) as child:
        meter = Meter(program=child.pid, postgres=_postmaster(settings))
        with meter.running():
            marks: list[tuple[str, Mark]] = [("start", meter.mark())]
            result = _follow(child, meter, marks, say)
            end = marks.pop()[1]
            _answer(child)
            child.wait()
    if result is None:
        raise MdmError(f"the benchmark's phase {name} failed (exit code {child.returncode})")
    ends = [mark for _, mark in marks[1:]] + [end]
    stages = tuple((stage, meter.between(begun, done)) for (stage, begun), done in zip(marks, ends, strict=True))
    return Watched(result=result, whole=meter.between(marks[0][1], end), stages=stages)


def _follow(
    child: subprocess.Popen[str], meter: Meter, marks: list[tuple[str, Mark]], say: Callable[[str], None]
) -> dict[str, Any] | None:
    """Marks every stage the child tells, and at last the end; answers its result, None when it ended without one."""
    assert child.stdout is not None
    for text in child.stdout:
        line: dict[str, Any] = json.loads(text)
        marks.append((line.get("stage", "end"), meter.mark()))
        if "result" in line:
            result: dict[str, Any] = line["result"]
            return result
        say(line["stage"])
        _answer(child)
    marks.append(("end", meter.mark()))
    return None


def _answer(child: subprocess.Popen[str]) -> None:
    assert child.stdin is not None
    with contextlib.suppress(BrokenPipeError):
        child.stdin.write("\n")
        child.stdin.flush()


@contextlib.contextmanager
def _child(name: str, folder: Path, settings: Settings) -> Iterator[subprocess.Popen[str]]:
    """The process in a session of its own: Ctrl-C reaches it through us, once, and no descendant of it outlives us."""
    child = subprocess.Popen(  # noqa: S603  our own interpreter and module
        [sys.executable, "-P", str(_PHASE), name, str(folder)],
        env={**os.environ, **settings.environment()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield child
    finally:
        if child.poll() is None:
            child.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(_PATIENCE)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)  # its workers, when it could not end them itself
        child.wait()
        for pipe in (child.stdin, child.stdout):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


def _postmaster(settings: Settings) -> int | None:
    """The embedded server's process; None with a server of the user's, which cannot be measured."""
    if settings.database_url is not None:
        return None
    text = (settings.postgres_home / "data" / "postmaster.pid").read_text(encoding="ascii")
    return int(text.split("\n", 1)[0])
