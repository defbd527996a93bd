"""Files whose lines come out shuffled, whatever their number: lines are dealt into buckets, each bucket is shuffled."""

from __future__ import annotations

from pathlib import Path

from mdm.sample.draws import Draws

_HELD = 60_000
_END = "\x1e"


class ShuffledFile:
    """Takes lines in any order and writes them shuffled on ``close`` (state: what is held; memory is bounded)."""

    def __init__(self, path: Path, *, header: str, ending: str, buckets: int, draws: Draws) -> None:
        self._path, self._header, self._ending, self._draws = path, header, ending, draws
        self._buckets: list[list[str]] = [[] for _ in range(buckets)]
        self._held = 0
        self.rows = 0
        for left in path.parent.glob(f".{path.name}.*"):
            left.unlink()  # of a run that was killed here

    @property
    def path(self) -> Path:
        """Where the file will stand."""
        return self._path

    def add(self, line: str) -> None:
        """One record, which may span lines."""
        self._buckets[self._draws.below(len(self._buckets))].append(line)
        self.rows += 1
        self._held += 1
        if self._held > _HELD and len(self._buckets) > 1:
            self._spill()

    def close(self) -> None:
        """Writes the file; one without rows still gets its header."""
        with self._path.open("w", encoding="utf-8", newline="") as out:
            if self._header:
                out.write(self._header + self._ending)
            for number, held in enumerate(self._buckets):
                spilt, lines = self._spill_path(number), held
                if spilt.exists():
                    with spilt.open(encoding="utf-8", newline="") as read:
                        lines = read.read().split(_END)[:-1] + lines
                    spilt.unlink()
                self._shuffle(lines)
                out.writelines(line + self._ending for line in lines)
                held.clear()

    def _shuffle(self, lines: list[str]) -> None:
        below = self._draws.below
        for i in range(len(lines) - 1, 0, -1):
            j = below(i + 1)
            lines[i], lines[j] = lines[j], lines[i]

    def _spill_path(self, number: int) -> Path:
        return self._path.with_name(f".{self._path.name}.{number}")

    def _spill(self) -> None:
        for number, lines in enumerate(self._buckets):
            with self._spill_path(number).open("a", encoding="utf-8", newline="") as out:
                out.writelines(line + _END for line in lines)
            lines.clear()
        self._held = 0
