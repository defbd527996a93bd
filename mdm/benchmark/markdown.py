"""A benchmark as tables: the rows for a terminal, and one Markdown page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mdm.benchmark.meter import Used
from mdm.benchmark.report import COUNTED, GIB, Benchmark, Cost, Phase

_MIB = 1 << 20

GOLDEN = 400_000
"""So many golden records the aim for survivorship speaks of."""


@dataclass(frozen=True)
class Grid:
    """One table in words: title, headings, rows. The first ``text_columns`` hold text,

    the others numbers; ``notes`` stand below it.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    text_columns: int
    notes: tuple[str, ...] = ()


def grids(benchmark: Benchmark) -> tuple[Grid, ...]:
    """All tables of a benchmark, in the order they are read."""
    asked = benchmark.phase("requests")
    requests = () if asked is None else (_requests(asked),)
    made = benchmark.phase("golden")
    golden = () if made is None else (_golden(made),)
    return (_aims(benchmark), *requests, *golden, _stages(benchmark), _beside(benchmark))


def facts(benchmark: Benchmark) -> tuple[str, ...]:
    """What the figures are about, one sentence a line."""
    machine, quality = benchmark.machine, benchmark.quality
    packages, server = machine["packages"], machine["postgresql"]
    before, after = (" ".join(f"{x:.1f}" for x in loads) for loads in (benchmark.load_before, benchmark.load_after))
    first = benchmark.phases[0].whole
    return (
        f"{_number(benchmark.records)} source records ({_number(benchmark.rows)} rows with orders and tickets), seed "
        f"{benchmark.seed}, {benchmark.started:%Y-%m-%d %H:%M} UTC, {benchmark.seconds / 60:.1f} minutes in all.",
        f"{machine['cores']} cores ({machine['processor']}), {machine['memory_bytes'] / GIB:.0f} GiB; load before "
        f"{before}, after {after}; during the first load others used {first.elsewhere_cpu / first.wall:.1f} cores.",
        f"{machine['commit']}; Python {machine['python']}, splink {packages['splink']}, duckdb {packages['duckdb']}, "
        f"pyarrow {packages['pyarrow']}; PostgreSQL {server['server_version']}, fsync {server['fsync']}, "
        f"synchronous_commit {server['synchronous_commit']}, shared_buffers {server['shared_buffers']}; "
        + ", ".join(f"{k} {v}" for k, v in machine["settings"].items())
        + ".",
        f"Database before the rollbacks {benchmark.database_bytes / GIB:.2f} GiB; a version of a golden record takes "
        f"{_number(benchmark.golden_version_bytes)} bytes with its share of the indexes. Against the population's "
        f"truth: precision {quality['precision']:.4f}, recall {quality['recall']:.4f}, F1 {quality['f1']:.4f}; "
        f"{_number(quality['golden_records'])} golden records for {_number(quality['customers'])} customers.",
    )


def page(benchmark: Benchmark) -> str:
    """The Markdown page."""
    parts = [f"# Benchmark: {_number(benchmark.records)} source records", *(f"* {f}" for f in facts(benchmark)), ""]
    for grid in grids(benchmark):
        parts += [f"## {grid.title}", "", *_lines(grid), "", *(f"{n}\n" for n in grid.notes)]
    return "\n".join(parts)


def _lines(grid: Grid) -> Iterable[str]:
    yield "| " + " | ".join(grid.columns) + " |"
    yield "|" + "|".join("---" if n < grid.text_columns else "---:" for n in range(len(grid.columns))) + "|"
    for row in grid.rows:
        yield "| " + " | ".join(row) + " |"


def _aims(benchmark: Benchmark) -> Grid:
    said = {True: "yes", False: "NO", None: "judged at 1 000 000"}
    rows = tuple((a.name, a.aim, a.measured, a.at_a_million, said[a.met]) for a in benchmark.aims)
    columns = ("aim", "at a million", "measured here", "in proportion", "met")
    return Grid(title="Aims", columns=columns, rows=rows, text_columns=5)


def _requests(phase: Phase) -> Grid:
    found, cold = phase.result, phase.result["caches_cold"]
    shares = ("p50", "p95", "p99", "max")
    rows = tuple(
        (title, *(f"{spread.get(share, 0):.1f}" for share in shares))
        for title, spread in (
            ("wall ms", found["wall"]),
            ("CPU ms of this process", found["cpu"]),
            ("wall ms, caches cold", cold["wall"]),
            ("records compared", found["compared"]),
        )
    )
    used = phase.whole
    return Grid(
        title="One request",
        columns=("", *shares),
        rows=rows,
        text_columns=1,
        notes=(
            f"{_number(found['requests'])} stored records asked about one after the other, as their systems sent them, "
            "in process: standardised, candidates found, scored, customers judged. Apart from it: the first request, "
            f"which loads rules, model and frequencies, {found['first_request_seconds']:.1f} s. Others used "
            f"{used.elsewhere_cpu / max(1e-9, used.wall):.1f} cores meanwhile. Outcomes: "
            + ", ".join(f"{name} {_number(count)}" for name, count in found["outcomes"].items())
            + ".",
        ),
    )


def _golden(phase: Phase) -> Grid:
    found, spent, stored = phase.result, phase.result["spent"], phase.result["storage"]
    rows = tuple(
        (title, f"{spent[name]:.1f}", f"{spent[name] * GOLDEN / max(1, found['golden']):.1f}")
        for title, name in (
            ("unfolding what records say", "unfold"),
            ("survivorship with full lineage", "survive"),
            ("proposed changes", "propose"),
        )
    )
    one = ", ".join(f"{share} {ms:.0f}" for share, ms in found["one"].items())
    return Grid(
        title="Survivorship",
        columns=("", "s", f"s in proportion for {_number(GOLDEN)}"),
        rows=rows,
        text_columns=1,
        notes=(
            f"{_number(found['golden'])} golden records of {_number(found['values'])} values; the aim is under 20 s of"
            f" survivorship for {_number(GOLDEN)}.",
            f"One customer judged alone, from the database to ranking and proposals: {one} ms"
            f" ({_number(found['customers'])} customers of two records or more).",
            f"A golden version takes {stored['row_bytes']:.0f} bytes as stored ({stored['values_bytes']:.0f} values,"
            f" {stored['lineage_bytes']:.0f} lineage), {stored['held_bytes']:.0f} with its share of the indexes.",
        ),
    )


def _stages(benchmark: Benchmark) -> Grid:
    columns = (
        "stage", "worked on", "wall s", "CPU s", "of it PostgreSQL", "others' cores", "peak MiB", "of it PostgreSQL",
        "per s", "x Splink",
    )  # fmt: skip
    rows: list[tuple[str, ...]] = []
    for phase in benchmark.phases:
        rows.append((phase.title.upper(), _amount(phase.rows, phase.unit), *_cost(benchmark, phase.whole, phase.rows)))
        rows += [("  " + s.name, _amount(s.rows, s.unit), *_cost(benchmark, s.used, s.rows)) for s in phase.stages]
    return Grid(
        title="Stages",
        columns=columns,
        rows=tuple(rows),
        text_columns=2,
        notes=(
            COUNTED,
            "`x Splink` is CPU time as a multiple of raw Splink's whole way (read, block, score, cluster by its own "
            "means) on the same standardised records, in this run: it holds on a machine that others use too, where "
            "wall time does not. `others' cores` is how many cores everybody else used meanwhile.",
        ),
    )


def _cost(benchmark: Benchmark, used: Used, rows: int | None) -> Sequence[str]:
    speed = "" if rows is None or used.wall <= 0 else _number(round(rows / used.wall))
    ratio = benchmark.ratio(used)
    return (
        f"{used.wall:.1f}",
        f"{used.cpu:.1f}",
        f"{used.cpu_postgres:.1f}",
        f"{used.elsewhere_cpu / max(1e-9, used.wall):.1f}",
        f"{used.peak_bytes / _MIB:.0f}",
        f"{used.peak_postgres_bytes / _MIB:.0f}",
        speed,
        "" if ratio is None else f"{ratio:.2f}",
    )


def _beside(benchmark: Benchmark) -> Grid:
    rows = []
    for step in benchmark.beside_splink:
        ways = (step.ours, step.splink_own_blocking, step.splink_our_pairs)
        seconds = [f"{way.wall:.1f} / {way.cpu:.1f}" if way else "" for way in ways]
        rows.append((step.step, *seconds, *(_times(step.ours, other) for other in ways[1:])))
    columns = (
        "step, wall / CPU s",
        "ours",
        "Splink, own blocking",
        "Splink, our pairs",
        "CPU, x own",
        "CPU, x our pairs",
    )
    return Grid(
        title="Beside raw Splink", columns=columns, rows=tuple(rows), text_columns=1, notes=tuple(_left_out(benchmark))
    )


def _times(ours: Cost | None, other: Cost | None) -> str:
    return f"{ours.cpu / max(0.01, other.cpu):.2f}" if ours and other else ""


def _left_out(benchmark: Benchmark) -> Iterable[str]:
    own, given = benchmark.phase("splink_own_blocking"), benchmark.phase("splink_our_pairs")
    if own is None or given is None:
        return
    yield (
        f"Ours scored {_pairs(benchmark.phase('first_load'))} candidate pairs, Splink with its own blocking "
        f"{_number(own.result['pairs'])}, and linked connected components, without guards, constraints or the pairs "
        "inside a component that no rule found."
    )
    if left := own.result["left_out"]:
        said = ", ".join(f"{name} ({_number(count)} pairs)" for name, count in left.items())
        yield f"Splink cannot limit the size of blocks; left out of its own blocking, as they would have given: {said}."


def _pairs(first: Phase | None) -> str:
    scored = [s.rows for s in first.stages if s.name == "score"] if first else []
    return _number(scored[0] or 0) if scored else "no"


def _amount(rows: int | None, unit: str) -> str:
    return "" if rows is None else f"{_number(rows)} {unit}"


def _number(value: int) -> str:
    return f"{value:,}".replace(",", " ")
