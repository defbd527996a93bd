"""The benchmark on five hundred customers: what its report holds and that nothing is left, never how long it took."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from mdm.benchmark import Benchmark, Phase, Stage, run_benchmark
from mdm.benchmark.markdown import facts, grids, page
from mdm.benchmark.meter import Meter, Used
from mdm.benchmark.processes import ProcessTable, pss_bytes, rss_bytes
from mdm.errors import LockHeld, RefusedInput
from mdm.settings import Settings

NIGHT = ["standardise", "block", "score", "cluster", "identify", "survive", "propose", "households", "publish"]
SMALL = {"records": 1438, "seed": 3, "work": None, "keep": False, "train": False}


def test_a_small_benchmark_from_end_to_end(home):
    """One benchmark for all that is asked of its report: it takes the time of fifteen small commands."""
    said: list[str] = []
    done = run_benchmark(Settings(home=home, database_url=None), **SMALL, say=said.append)
    _every_phase_has_its_stages_in_order(done)
    _stages_add_up_to_their_phase_and_have_a_peak(done)
    _counts_are_those_of_the_population(done)
    _the_report_is_json_and_a_page(done)
    assert "first load" in said
    assert list(home.iterdir()) == []
    assert not any(str(home) in _command(pid) for pid in ProcessTable().tree(1))


def _every_phase_has_its_stages_in_order(done):
    stages = {p.name: [s.name for s in p.stages] for p in done.phases}
    assert stages["first_load"] == ["start", "ingest", "begin run", *NIGHT]
    assert stages["changed"] == stages["first_load"]
    assert stages["unchanged"] == ["start", "begin run", "standardise", "block"]
    assert len(stages["exports"]) == 6
    assert stages["diff"] == ["start", "diff"]
    assert stages["rollback_changed"] == stages["rollback_first_load"] == ["start", "compare", "take back", "queue"]
    assert stages["requests"] == ["start", "first request", "caches cold", "requests"]
    assert stages["golden"] == ["start", "read", "survive", "one customer"]
    assert stages["splink_own_blocking"] == ["start", "read", "(count)", "block", "score", "cluster"]
    assert stages["splink_our_pairs"] == ["start", "read", "block", "score", "cluster"]


def _stages_add_up_to_their_phase_and_have_a_peak(done):
    for phase in done.phases:
        assert sum(s.used.wall for s in phase.stages) == pytest.approx(phase.whole.wall)
        assert sum(s.used.cpu for s in phase.stages) == pytest.approx(phase.whole.cpu, abs=0.05)
        assert max(s.used.peak_bytes for s in phase.stages) == phase.whole.peak_bytes
        for stage in phase.stages:
            assert stage.used.peak_program_bytes > 10_000_000
            assert stage.used.peak_postgres_bytes > 10_000_000
            assert stage.used.peak_rss_bytes >= stage.used.peak_bytes


def _counts_are_those_of_the_population(done):
    first = done.phase("first_load")
    worked = {s.name: s.rows for s in first.stages}
    assert 0.9 * 1438 < done.records < 1.1 * 1438
    assert worked["ingest"] == done.rows > done.records
    assert worked["score"] == worked["block"] > 100
    assert done.phase("splink_our_pairs").result["pairs"] == pytest.approx(worked["score"], rel=0.1)
    assert first.wal_bytes > 1_000_000
    assert done.phase("unchanged").rows is None
    assert 0 < done.phase("changed").rows < 0.1 * done.records
    made = done.phase("golden").result
    assert made["golden"] == done.quality["golden_records"]
    assert made["customers"] > 50
    assert 0 < made["one"]["p50"] <= made["one"]["max"]
    assert made["storage"]["versions"] >= made["golden"]
    assert made["storage"]["row_bytes"] > made["storage"]["lineage_bytes"] > 0
    assert done.quality["f1"] > 0.7
    assert done.phase("diff").result["diff"]["records"]["joined"] == pytest.approx(done.records, rel=0.01)
    assert done.phase("rollback_first_load").result["left"] == {}
    assert 500 < done.golden_version_bytes < 20_000
    assert done.machine["postgresql"]["fsync"] == "on"


def _the_report_is_json_and_a_page(done):
    document = json.loads(json.dumps(done.as_dict()))
    assert {"machine", "load_before", "load_after", "phases", "aims", "beside_splink", "counted"} <= set(document)
    assert document["phases"][0]["stages"][1]["ratio_to_splink"] > 0
    assert [step["step"] for step in document["beside_splink"]][-1] == "together"
    assert [a["met"] for a in document["aims"]] == [None] * 5
    asked = done.phase("requests").result
    assert asked["requests"] > 1000
    assert 0 < asked["wall"]["p50"] <= asked["wall"]["p99"] <= asked["wall"]["max"]
    assert asked["outcomes"]["matched"] > 0.8 * asked["requests"]
    text = page(done)
    for title in (
        "## Aims",
        "## One request",
        "## Survivorship",
        "## Stages",
        "## Beside raw Splink",
        "FIRST LOAD",
        "| standardise |".replace("| ", "|   ", 1),
    ):
        assert title in text
    assert all(len(row) == len(grid.columns) for grid in grids(done) for row in grid.rows)
    assert facts(done)


def _command(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except OSError:
        return ""


def test_a_place_that_holds_something_else_is_refused(home):
    (home / "benchmark").mkdir()
    (home / "benchmark" / "thesis.txt").write_text("mine")
    with pytest.raises(RefusedInput, match="--work"):
        run_benchmark(Settings(home=home, database_url=None), **SMALL, say=lambda _: None)
    assert (home / "benchmark" / "thesis.txt").read_text() == "mine"


def test_interrupted_it_leaves_nothing_and_a_second_one_is_told(home, tmp_path):
    command = [sys.executable, "-c", "from mdm.cli import main; main()", "benchmark", "--records", "1000"]
    running = subprocess.Popen(
        [*command, "--work", str(home), "--out", str(tmp_path)],
        stderr=subprocess.PIPE,
        text=True,
        # a shell's background job ignores SIGINT, and children inherit that
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  single-threaded here
    )
    for line in running.stderr:
        if line.rstrip().endswith("ingest"):
            break
    with pytest.raises(LockHeld):
        run_benchmark(Settings(home=home, database_url=None), **SMALL, say=lambda _: None)
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=60)
    assert running.returncode == 130
    assert list(home.iterdir()) == []
    assert list(tmp_path.iterdir()) == []
    assert not any(str(home) in _command(pid) for pid in ProcessTable().tree(1))


def test_a_tree_counts_children_that_ended_and_memory_they_hold():
    burn = "import time; b = bytearray(50_000_000); [0 for _ in iter(lambda: time.process_time() < 0.5, False)]"
    before = ProcessTable().cpu_seconds(os.getpid())
    subprocess.run([sys.executable, "-c", burn], check=True)
    assert ProcessTable().cpu_seconds(os.getpid()) - before > 0.4
    child = subprocess.Popen(
        [sys.executable, "-c", "b = bytearray(50_000_000); print(flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    child.stdout.readline()
    pids = ProcessTable().tree(child.pid)
    assert pids == [child.pid]
    assert 50_000_000 < pss_bytes(pids) <= rss_bytes(pids)
    child.communicate(b"\n")
    assert ProcessTable().tree(child.pid) == []
    assert ProcessTable().cpu_seconds(None) == 0


def test_the_meter_cuts_at_marks():
    meter = Meter(program=os.getpid(), postgres=None)
    with meter.running():
        first = meter.mark()
        time.sleep(0.3)
        second = meter.mark()
        third = meter.mark()
    used = meter.between(first, second)
    assert used.wall >= 0.3
    assert used.peak_postgres_bytes == 0
    assert used.peak_bytes == used.peak_program_bytes > 0
    assert meter.between(second, third).peak_bytes > 0


def test_aims_are_judged_at_a_million_only():
    def phase(name: str, wall: float) -> Phase:
        used = Used(wall, wall, 0, 0, 5 << 30, 5 << 30, 0, 6 << 30)
        return Phase(name, name, used, (Stage("start", used),), 10, "records", 0, {})

    def judged(records: int) -> list[bool | None]:
        phases = (phase("first_load", 200), phase("unchanged", 4), phase("changed", 11))
        done = Benchmark(datetime(2026, 1, 1, tzinfo=UTC), 1, records, 1, 1, {}, (), (), 0, phases, {})
        return [a.met for a in done.aims]

    assert judged(1_000_100) == [True, True, False, True]
    assert judged(100_000) == [None] * 4
