"""Where and with what a benchmark ran: machine, load, versions, commit, and what PostgreSQL says of itself."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mdm.settings import Settings
from mdm.store.engine import Store

_PACKAGES = ("splink", "duckdb", "pyarrow", "numpy", "sqlalchemy", "psycopg", "adbc-driver-postgresql", "phonenumbers")
_SERVER = (
    "server_version", "fsync", "synchronous_commit", "full_page_writes", "wal_level", "shared_buffers", "max_wal_size",
)  # fmt: skip
_OURS = {"threads", "memory_limit", "processes", "batch_size", "pg_profile", "pg_shared_buffers"}


def machine_facts(store: Store, settings: Settings) -> dict[str, Any]:
    """What does not change while the benchmark runs."""
    with store.begin() as connection:
        server = {name: str(connection.exec_driver_sql(f"SHOW {name}").scalar_one()) for name in _SERVER}
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": _line("/proc/cpuinfo", "model name"),
        "memory_bytes": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
        "disk_free_bytes": shutil.disk_usage(settings.home).free,
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "postgresql": server,
        "settings": settings.model_dump(mode="json", include=_OURS),
        "commit": commit(),
    }


def load() -> tuple[float, float, float]:
    """Load averages over 1, 5 and 15 minutes."""
    return os.getloadavg()


def commit() -> str:
    """The checkout's commit, with ``+changes`` when files differ from it; else the package's version."""
    own = version("customer-master")
    checkout = Path(__file__).resolve().parents[2]
    if not (checkout / ".git").exists():
        return own
    head = _git(checkout, "rev-parse", "--short=12", "HEAD") or "no commit yet"
    return f"{own} ({head}{'+changes' if _git(checkout, 'status', '--porcelain') else ''})"


def _git(checkout: Path, *arguments: str) -> str:
    command = ["git", "-C", str(checkout), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  a fixed command
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _line(file: str, name: str) -> str:
    for line in Path(file).read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return platform.machine()
