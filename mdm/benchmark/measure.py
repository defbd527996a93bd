"""The whole benchmark: a fresh home, a population, the phases one after the other, and nothing left behind."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mdm.benchmark.machine import load, machine_facts
from mdm.benchmark.meter import Used
from mdm.benchmark.processes import require_proc
from mdm.benchmark.report import Benchmark, Phase, Stage
from mdm.benchmark.watched import Watched, watch
from mdm.errors import LockHeld, RefusedInput
from mdm.evaluate import evaluate
from mdm.sample import SampleReport, write_sample
from mdm.settings import Settings
from mdm.store.embedded import remove_state
from mdm.store.engine import Store, open_store

# Measured on the default profile: source records of the first day for each customer.
_RECORDS_A_CUSTOMER = 2.876
_MARK = "benchmark.lock"

Say = Callable[[str], None]


def run_benchmark(
    settings: Settings, *, records: int, seed: int, work: Path | None, keep: bool, train: bool, say: Say
) -> Benchmark:
    """Measures the product on about ``records`` source records, in a home of its own below ``work`` or the given home.

    Always the embedded PostgreSQL, in its durable profile. ``say`` hears what goes on. RefusedInput when the place
    holds something else or the system has no /proc; LockHeld when another benchmark uses it. Whatever happens, nothing
    is left running; the place is removed unless ``keep``.
    """
    require_proc()
    began = time.monotonic()
    before = load()
    started = datetime.now(UTC)
    with _own_home(settings, work=work, keep=keep) as own:
        extracts = own.home / "extracts"
        sample = _population(records, seed, extracts, say)
        say("starting PostgreSQL, making the schema")
        with open_store(own, create=True) as store:
            machine = machine_facts(store, own)
            phases, quality, storage = _phases(store, own, extracts, train=train, say=say)
    return Benchmark(
        started=started,
        seconds=time.monotonic() - began,
        records=sample.records,
        rows=_rows_taken(phases[0]),
        seed=seed,
        machine=machine,
        load_before=before,
        load_after=load(),
        database_bytes=storage[0],
        golden_version_bytes=storage[1],
        phases=phases,
        quality=quality,
    )


def _population(records: int, seed: int, out: Path, say: Say) -> SampleReport:
    customers = max(1, round(records / _RECORDS_A_CUSTOMER))
    say(f"making a population of {customers:,} customers (not measured)")
    step = max(1, customers // 5)
    made = write_sample(
        customers=customers,
        seed=seed,
        out=out,
        progress=lambda done, total: say(f"  {done:,} of {total:,}") if done % step < 1000 and done < total else None,
    )
    say(f"  {made.records:,} source records")
    return made


def _phases(
    store: Store, own: Settings, extracts: Path, *, train: bool, say: Say
) -> tuple[tuple[Phase, ...], dict[str, Any], tuple[int, int]]:
    out = own.home / "out"
    out.mkdir()

    def measured(name: str, title: str, work: str, folder: Path) -> Phase:
        say(title)
        begun = _log_position(store)
        seen = watch(work, folder, settings=own, say=lambda stage: say(f"  {stage}"))
        phase = _phase(name, title, seen, wal_bytes=_log_position(store) - begun)
        say(f"  {phase.whole.wall:.1f} s")
        return phase

    phases = [
        measured("first_load", "first load", "load", extracts),
        measured("exports", "exports", "exports", out),
    ]
    say("comparing with the truth (not measured)")
    found = evaluate(store, own, truth=extracts / "truth.csv")
    quality = {
        "precision": found.pairwise.precision,
        "recall": found.pairwise.recall,
        "f1": found.pairwise.f1,
        "golden_records": found.golden,
        "customers": found.entities,
    }
    phases += [
        measured("requests", "one request after the other", "requests", extracts),
        measured("golden", "survivorship alone", "golden", extracts),
        measured("unchanged", "nightly run, nothing changed", "nightly", extracts),
        measured("changed", "next day, about 1 % changed", "load", extracts / "delta"),
    ]
    if train:
        phases.append(measured("train", "training, apart", "train", extracts))
    phases += [
        measured("splink_own_blocking", "raw Splink, its own blocking", "splink_own_blocking", extracts),
        measured("splink_our_pairs", "raw Splink on our candidate pairs", "splink_our_pairs", extracts),
    ]
    storage = _storage(store)
    phases += [
        measured("diff", "run diff of the first load", "diff", extracts),
        measured("rollback_changed", "rollback of the next day", "rollback", extracts),
        measured("rollback_first_load", "rollback of the first load", "rollback", extracts),
    ]
    return tuple(phases), quality, storage


def _storage(store: Store) -> tuple[int, int]:
    """Bytes of the database, and of one golden version with its share of the indexes."""
    with store.begin() as connection:
        held, golden, versions = connection.exec_driver_sql(
            "SELECT pg_database_size(current_database()), pg_total_relation_size('mdm.golden_record'),"
            " (SELECT count(*) FROM mdm.golden_record)"
        ).one()
    return int(held), round(int(golden) / max(1, int(versions)))


def _log_position(store: Store) -> int:
    with store.begin() as connection:
        return int(connection.exec_driver_sql("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn").scalar_one())


def _phase(name: str, title: str, seen: Watched, *, wal_bytes: int) -> Phase:
    merged: dict[str, Used] = {}
    for stage, used in seen.stages:
        merged[stage] = used if stage not in merged else _together(merged[stage], used)
    counts = _counts(seen.result)
    rows, unit = counts.get("whole", (None, ""))
    return Phase(
        name=name,
        title=title,
        whole=seen.whole,
        stages=tuple(Stage(s, u, *counts.get(s, (None, ""))) for s, u in merged.items()),
        rows=rows,
        unit=unit,
        wal_bytes=wal_bytes,
        result=seen.result,
    )


def _together(a: Used, b: Used) -> Used:
    peaks = [n for n in vars(a) if n.startswith("peak")]
    sums = [n for n in vars(a) if n not in peaks]
    return replace(
        a,
        **{n: getattr(a, n) + getattr(b, n) for n in sums},
        **{n: max(getattr(a, n), getattr(b, n)) for n in peaks},
    )


def _counts(result: dict[str, Any]) -> dict[str, tuple[int | None, str]]:
    """What each stage worked on, from what the phase answered."""
    for told, counts in _COUNTS.items():
        if told in result:
            return counts(result)
    return _counts_of_run(result)


def _trained(result: dict[str, Any]) -> dict[str, tuple[int | None, str]]:
    found = {name: (rows, "rows") for name, rows in result["rows"].items()}
    return {**found, "train": (sum(result["rows"].values()), "records")}


def _rival(result: dict[str, Any]) -> dict[str, tuple[int | None, str]]:
    records, pairs = (result["records"], "records"), (result["pairs"], "pairs")
    return {"whole": records, "read": records, "block": pairs, "score": pairs, "cluster": records}


def _survived(result: dict[str, Any]) -> dict[str, tuple[int | None, str]]:
    made = (result["golden"], "golden records")
    return {"whole": made, "survive": made, "one customer": (result["customers"], "customers")}


def _diffed(result: dict[str, Any]) -> dict[str, tuple[int | None, str]]:
    return dict.fromkeys(("whole", "diff"), (result["records"], "records"))


def _taken_back(result: dict[str, Any]) -> dict[str, tuple[int | None, str]]:
    return {stage: (sum(result["rolled_back"].values()), "rows") for stage in ("whole", "take back")}


def _asked(result: dict[str, Any]) -> dict[str, tuple[int | None, str]]:
    return dict.fromkeys(("whole", "requests"), (result["requests"], "requests"))


# by a word only that phase answers with
_COUNTS: Mapping[str, Callable[[dict[str, Any]], dict[str, tuple[int | None, str]]]] = {
    "rows": _trained,
    "pairs": _rival,
    "storage": _survived,
    "diff": _diffed,
    "rolled_back": _taken_back,
    "requests": _asked,
}


def _counts_of_run(result: dict[str, Any]) -> dict[str, tuple[int | None, str]]:
    counts: dict[str, tuple[int | None, str]] = {}
    if "files" in result:
        counts["ingest"] = (sum(f["rows"] for f in result["files"]), "rows")
        counts["whole"] = (sum(f["new"] + f["changed"] + f["deleted"] for f in _sources(result)), "records")
    stages = result["run"]["stages"]
    for stage, name, unit in (
        ("standardise", "standardised", "records"),
        ("block", "candidate_pairs", "pairs"),
        ("identify", "touched", "golden ids"),
        ("survive", "values", "values"),
        ("propose", "proposals", "changes"),
    ):
        if name in stages.get(stage, {}):
            counts[stage] = (stages[stage][name], unit)
    if "candidate_pairs" in stages.get("block", {}):
        counts["score"] = counts["block"]
    if matching := result["run"]["matching"]:
        counts["cluster"] = (sum(m["records"] for m in matching.values()), "records")
    if published := result["run"]["published"]:
        written = sum(n for k, n in published.items() if isinstance(n, int) and not isinstance(n, bool))
        counts["publish"] = (written, "rows")
    return counts


def _sources(result: dict[str, Any]) -> list[dict[str, Any]]:
    return [f for f in result["files"] if not f["references"]]


def _rows_taken(first: Phase) -> int:
    return sum(f["rows"] for f in first.result["files"])


@contextmanager
def _own_home(settings: Settings, *, work: Path | None, keep: bool) -> Iterator[Settings]:
    """A fresh home that only this benchmark uses: stopped and, unless ``keep``, removed at the end."""
    home = (work or settings.home).absolute() / "benchmark"
    mark = home / _MARK
    if home.exists() and any(home.iterdir()) and not mark.exists():
        raise RefusedInput(f"{home} holds something that is no benchmark: name another place with --work")
    home.mkdir(parents=True, exist_ok=True)
    own = settings.model_copy(update={"home": home, "database_url": None, "pg_profile": "durable"})
    with mark.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LockHeld(f"another benchmark works in {home}") from None
        _empty(own)
        try:
            yield own
        finally:
            if not keep:
                _empty(own)
                shutil.rmtree(home, ignore_errors=True)


def _empty(own: Settings) -> None:
    """Removes everything of an earlier benchmark but the lock we hold."""
    remove_state(own)
    for entry in os.scandir(own.home):
        if entry.name == _MARK:
            continue
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            Path(entry.path).unlink(missing_ok=True)
