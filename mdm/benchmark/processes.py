"""Trees of processes as ``/proc`` shows them: the CPU time they used, and the memory they hold, shared pages once.

Linux only. CPU time of a tree is exact while its root lives: a process that ended is in the sums its parent keeps of
the children it waited for. Memory is PSS (proportional set size): a page that n processes map counts 1/n in each, so
PostgreSQL's shared buffers and pages that forked workers have in common count once.
"""

from __future__ import annotations

import os
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

from mdm.errors import RefusedInput

_PROC = Path("/proc")
_BUSY = (0, 1, 2, 5, 6, 7)  # user, nice, system, irq, softirq, steal of the first line of /proc/stat


class ProcessTable:
    """All processes of this moment: parents and CPU seconds. Read once, asked for several trees."""

    def __init__(self) -> None:
        tick = os.sysconf("SC_CLK_TCK")
        self._cpu: dict[int, float] = {}
        self._children: dict[int, list[int]] = defaultdict(list)
        for pid in (int(name) for name in os.listdir(_PROC) if name.isdigit()):  # noqa: PTH208  four times faster
            with suppress(OSError):  # ended while we looked
                fields = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
                parts = fields.rpartition(")")[2].split()
                self._children[int(parts[1])].append(pid)
                self._cpu[pid] = sum(map(int, parts[11:15])) / tick

    def tree(self, root: int | None) -> list[int]:
        """The process and all below it; none when it is not there."""
        if root not in self._cpu:
            return []
        found = [root]
        for pid in found:
            found += self._children.get(pid, ())
        return found

    def cpu_seconds(self, root: int | None) -> float:
        """CPU time of the tree below ``root``, ended and waited-for processes included."""
        return sum(self._cpu[pid] for pid in self.tree(root))


def pss_bytes(pids: list[int]) -> int:
    """Memory the processes hold together, each page once among those that share it; RSS where PSS may not be read."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            total += _pss(pid)
    return total


def _pss(pid: int) -> int:
    try:
        text = (_PROC / str(pid) / "smaps_rollup").read_text(encoding="ascii")
    except PermissionError:
        return rss_bytes([pid])
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) * 1024


def rss_bytes(pids: list[int]) -> int:
    """Resident memory of the processes added up: shared pages count in each, so this is an upper bound."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            total += int((_PROC / str(pid) / "statm").read_text(encoding="ascii").split()[1])
    return total * os.sysconf("SC_PAGE_SIZE")


def machine_busy_seconds() -> float:
    """CPU seconds the whole machine spent since it started, by whomever."""
    fields = (_PROC / "stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:]
    return sum(int(fields[i]) for i in _BUSY) / os.sysconf("SC_CLK_TCK")


def require_proc() -> None:
    """RefusedInput where there is no ``/proc`` to measure with."""
    if not (_PROC / "self" / "smaps_rollup").exists():
        raise RefusedInput("the benchmark measures by /proc, which this system does not have: run it on Linux")
