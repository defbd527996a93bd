"""The meter: watches the measured process tree and PostgreSQL from outside, and cuts what they used into stages."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mdm.benchmark.processes import ProcessTable, machine_busy_seconds, pss_bytes, rss_bytes

_EVERY = 0.2
# Reading PSS walks page tables: it may take this share of one core, and comes less often where memory is large.
_SHARE = 0.05


@dataclass(frozen=True)
class Used:
    """What one stretch of time cost. Memory peaks are of single moments: ``peak_bytes`` is of both together.

    ``elsewhere_cpu``: CPU seconds of everybody else on the machine meanwhile (the meter's own among them).
    """

    wall: float
    cpu_program: float
    cpu_postgres: float
    elsewhere_cpu: float
    peak_bytes: int
    peak_program_bytes: int
    peak_postgres_bytes: int
    peak_rss_bytes: int

    @property
    def cpu(self) -> float:
        """CPU seconds of program and PostgreSQL together."""
        return self.cpu_program + self.cpu_postgres


@dataclass(frozen=True)
class Mark:
    """Totals at one moment, and how many memory samples were taken before it."""

    at: float
    cpu_program: float
    cpu_postgres: float
    busy: float
    samples: int


@dataclass(frozen=True)
class _Sample:
    program: int
    postgres: int
    rss: int


class Meter:
    """Samples two process trees in a thread of its own. A class because it holds the samples and the thread."""

    def __init__(self, *, program: int, postgres: int | None) -> None:
        self._program, self._postgres = program, postgres
        self._samples: list[_Sample] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="mdm-meter", daemon=True)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Samples while the context lasts."""
        self._thread.start()
        try:
            yield
        finally:
            self._ended.set()
            self._thread.join()

    def mark(self) -> Mark:
        """The totals now; takes a sample of memory too, so that the shortest stretch has one."""
        self._sample()
        table = ProcessTable()
        return Mark(
            at=time.monotonic(),
            cpu_program=table.cpu_seconds(self._program),
            cpu_postgres=table.cpu_seconds(self._postgres),
            busy=machine_busy_seconds(),
            samples=len(self._samples),
        )

    def between(self, first: Mark, last: Mark) -> Used:
        """What was used from one mark to another."""
        seen = self._samples[max(0, first.samples - 1) : last.samples]
        program, postgres = last.cpu_program - first.cpu_program, last.cpu_postgres - first.cpu_postgres
        return Used(
            wall=last.at - first.at,
            cpu_program=program,
            cpu_postgres=postgres,
            elsewhere_cpu=max(0.0, last.busy - first.busy - program - postgres),
            peak_bytes=max((s.program + s.postgres for s in seen), default=0),
            peak_program_bytes=max((s.program for s in seen), default=0),
            peak_postgres_bytes=max((s.postgres for s in seen), default=0),
            peak_rss_bytes=max((s.rss for s in seen), default=0),
        )

    def _watch(self) -> None:
        pause = _EVERY
        while not self._ended.wait(pause):
            began = time.thread_time()
            self._sample()
            pause = max(_EVERY, (time.thread_time() - began) / _SHARE)

    def _sample(self) -> None:
        table = ProcessTable()
        program, postgres = table.tree(self._program), table.tree(self._postgres)
        self._samples.append(_Sample(pss_bytes(program), pss_bytes(postgres), rss_bytes(program + postgres)))
