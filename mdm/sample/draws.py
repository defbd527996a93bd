"""Seeded randomness served cheaply: uniform numbers drawn by numpy in blocks, handed out one by one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Generic, TypeVar

import numpy as np

T = TypeVar("T")
_BLOCK = 65_536


@dataclass(frozen=True)
class Weighted(Generic[T]):
    """Values with their cumulative probabilities; the last one is above 1, so every uniform number finds a value."""

    values: tuple[T, ...]
    cumulative: tuple[float, ...]


def weighted(values: Sequence[T], weights: Sequence[float]) -> Weighted[T]:
    """A table to draw from; weights need not sum to one. ValueError when empty."""
    if not values:
        raise ValueError("nothing to draw from")
    total = float(sum(weights))
    cumulative = [w / total for w in accumulate(weights)]
    cumulative[-1] = 2.0
    return Weighted(tuple(values), tuple(cumulative))


def _stream(rng: np.random.Generator) -> Iterator[float]:
    while True:
        yield from rng.random(_BLOCK).tolist()


class Draws:
    """One stream of random choices; the same seed gives the same choices (state: the position in the stream)."""

    def __init__(self, *, seed: int, stream: int) -> None:
        self.unit: Callable[[], float] = _stream(np.random.default_rng([seed, stream])).__next__

    def chance(self, rate: float) -> bool:
        """True with probability ``rate``."""
        return self.unit() < rate

    def below(self, limit: int) -> int:
        """A whole number in 0..limit-1."""
        return int(self.unit() * limit)

    def between(self, low: int, high: int) -> int:
        """A whole number in low..high, both included."""
        return low + int(self.unit() * (high - low + 1))

    def pick(self, values: Sequence[T]) -> T:
        """One of ``values``, all equally likely."""
        return values[int(self.unit() * len(values))]

    def of(self, table: Weighted[T]) -> T:
        """One value of a weighted table."""
        return table.values[bisect_right(table.cumulative, self.unit())]


class UniqueNumbers:
    """Random whole numbers in low..high, none handed out twice (state: what was handed out)."""

    def __init__(self, draws: Draws, *, low: int, high: int) -> None:
        self._draws, self._low, self._high = draws, low, high
        self._taken: set[int] = set()

    def take(self) -> int:
        """A number nobody has yet. RuntimeError when the range is nearly used up."""
        if len(self._taken) * 2 > self._high - self._low:
            raise RuntimeError("the range of ids is too small for so many records")
        while (number := self._draws.between(self._low, self._high)) in self._taken:
            pass
        self._taken.add(number)
        return number

    def take_after(self, number: int) -> int:
        """The next number above ``number`` that nobody has yet."""
        following = number + 1
        while following in self._taken:
            following += 1
        self._taken.add(following)
        return following
