"""What a benchmark found, as data: phases and stages with their cost, beside the reference and the aims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from mdm.benchmark.meter import Used

MILLION = 1_000_000
GIB = 1 << 30

COUNTED = (
    "CPU is user and system time of the phase's process, of all its workers and of all PostgreSQL processes. "
    "Memory is the highest sum at one moment over the same processes, sampled from outside every 0.2 s (less often "
    "where reading takes longer than 5 % of a core), counted as PSS: pages that several processes share "
    "(PostgreSQL's buffers, forked workers) count once; the system's file cache does not count. Making the population "
    "and measuring are not counted. Every phase is a process of its own; its start is the stage `start`."
)


@dataclass(frozen=True)
class Stage:
    """One stage: its cost, and what it worked on (``rows`` of ``unit``; None where that says nothing)."""

    name: str
    used: Used
    rows: int | None = None
    unit: str = ""

    @property
    def rows_per_second(self) -> float | None:
        """Rows a second of wall time."""
        return None if self.rows is None or self.used.wall <= 0 else self.rows / self.used.wall


@dataclass(frozen=True)
class Phase:
    """Stages that belong together, with their whole; ``wal_bytes``: what PostgreSQL logged meanwhile."""

    name: str
    title: str
    whole: Used
    stages: tuple[Stage, ...]
    rows: int | None
    unit: str
    wal_bytes: int
    result: dict[str, Any]


@dataclass(frozen=True)
class Cost:
    """Seconds of a step."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Step:
    """One step of matching, done three ways; None where a way was not measured or did not reach the step."""

    step: str
    ours: Cost | None
    splink_own_blocking: Cost | None
    splink_our_pairs: Cost | None


@dataclass(frozen=True)
class Aim:
    """One aim of the project: what it says of a million records, what was measured, and that brought to a million."""

    name: str
    aim: str
    measured: str
    at_a_million: str
    met: bool | None


@dataclass(frozen=True)
class Benchmark:
    """Everything one benchmark measured; ``quality`` is precision, recall and F1 over pairs against the truth."""

    started: datetime
    seconds: float
    records: int
    rows: int
    seed: int
    machine: dict[str, Any]
    load_before: tuple[float, ...]
    load_after: tuple[float, ...]
    database_bytes: int
    phases: tuple[Phase, ...]
    quality: dict[str, Any]
    golden_version_bytes: int = 0

    def phase(self, name: str) -> Phase | None:
        """The phase of that name, when it was measured."""
        return next((p for p in self.phases if p.name == name), None)

    def ratio(self, used: Used) -> float | None:
        """CPU time as a multiple of raw Splink's whole way with its own blocking; None without the reference.

        CPU and not wall time: it says the same on a machine that others use too.
        """
        reference = self.phase("splink_own_blocking")
        return None if reference is None else used.cpu / max(0.01, counted_cpu(reference))

    @property
    def aims(self) -> tuple[Aim, ...]:
        """The aims that the measured phases speak of; they are about a million records and judged there only."""
        scale = MILLION / max(1, self.records)
        judged = self.records >= 0.95 * MILLION
        first, changed, idle = self.phase("first_load"), self.phase("changed"), self.phase("unchanged")
        found = []
        if first is not None:
            wall, cpu, memory = first.whole.wall, first.whole.cpu, first.whole.peak_bytes / GIB
            here, there = (f"{wall * k:.0f} s (CPU {cpu * k:.0f} s)" for k in (1, scale))
            met = wall * scale < 240 if judged else None
            found.append(_aim("first load, wall time", "< 240 s", here, there, met))
            met = memory < 6 if judged else None
            found.append(_aim("first load, peak memory", "< 6 GiB", f"{memory:.2f} GiB", "", met))
        if first is not None and changed is not None:
            share = changed.whole.wall / first.whole.wall
            worked = changed.whole.cpu / max(0.01, first.whole.cpu)
            about = f"{changed.whole.wall:.1f} s, {share:.1%} of the first load (CPU {worked:.1%})"
            met = share < 0.05 if judged else None
            found.append(_aim("1 % changed, ingest and run", "< 5 % of the first load", about, "", met))
        if asked := self.phase("requests"):
            wall, cpu = asked.result["wall"]["p99"], asked.result["cpu"]["p99"]
            met = wall < 20 if judged else None
            found.append(_aim("one request, p99", "< 20 ms", f"{wall:.1f} ms (CPU {cpu:.1f} ms)", "", met))
        if idle is not None:
            found.append(
                _aim(
                    "nothing changed",
                    "seconds",
                    f"{idle.whole.wall:.1f} s",
                    "",
                    idle.whole.wall < 10 if judged else None,
                )
            )
        return tuple(found)

    @property
    def beside_splink(self) -> list[Step]:
        """Like for like: what the same step cost us, Splink with its own blocking, and Splink on our pairs."""
        ours = _stages(self.phase("first_load"))
        own, given = _stages(self.phase("splink_own_blocking")), _stages(self.phase("splink_our_pairs"))
        steps: list[Step] = []
        for title, mine, theirs in (
            ("read records, block", ("block",), ("read", "block")),
            ("score", ("score",), ("score",)),
            ("cluster", ("cluster",), ("cluster",)),
            ("together", ("block", "score", "cluster"), ("read", "block", "score", "cluster")),
        ):
            steps.append(Step(title, _cost(ours, mine), _cost(own, theirs), _cost(given, theirs)))
        return steps

    def as_dict(self) -> dict[str, Any]:
        """All of it in JSON's own types."""
        document = asdict(self)
        document["started"] = self.started.isoformat()
        document["counted"] = COUNTED
        document["aims"] = [asdict(a) for a in self.aims]
        document["beside_splink"] = [asdict(step) for step in self.beside_splink]
        for phase, made in zip(document["phases"], self.phases, strict=True):
            phase["ratio_to_splink"] = self.ratio(made.whole)
            for stage, own in zip(phase["stages"], made.stages, strict=True):
                stage["rows_per_second"] = own.rows_per_second
                stage["ratio_to_splink"] = self.ratio(own.used)
        return document


def _aim(name: str, aim: str, measured: str, at_a_million: str, met: bool | None) -> Aim:
    return Aim(name=name, aim=aim, measured=measured, at_a_million=at_a_million, met=met)


def _stages(phase: Phase | None) -> dict[str, Used]:
    return {} if phase is None else {s.name: s.used for s in phase.stages}


def _cost(used: dict[str, Used], names: Sequence[str]) -> Cost | None:
    if not all(n in used for n in names):
        return None
    return Cost(wall=sum(used[n].wall for n in names), cpu=sum(used[n].cpu for n in names))


def counted_cpu(phase: Phase) -> float:
    """CPU seconds of a reference's own work: without starting Python and what only the benchmark wanted to know."""
    return sum(s.used.cpu for s in phase.stages if s.name != "start" and not s.name.startswith("("))
