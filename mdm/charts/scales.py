"""Scales from data to pixels, round ticks, and numbers in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence


def linear(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    """Maps ``low``..``high`` to ``start``..``end``; where both are one value, everything is in the middle."""
    if high == low:
        return lambda _value: (start + end) / 2
    return lambda value: start + (value - low) / (high - low) * (end - start)


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten apart) from ``low`` to ``high``, about so many."""
    if not high > low:
        return [float(low)]
    raw = (high - low) / max(1, about)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next((m * power for m in (1, 2, 5, 10) if m * power >= raw), 10 * power)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]


def whole(number: int) -> str:
    """Digits in groups of three, never broken over lines."""
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def short(number: float) -> str:
    """A tick in as few digits as it needs."""
    said = whole(int(number)) if float(number).is_integer() else f"{number:.10g}"
    return said.replace("-", "\N{MINUS SIGN}")


def signed(bits: float) -> str:
    """Bits with their sign, a true minus among them."""
    return f"{bits:+.2f}".replace("-", "\N{MINUS SIGN}")


def shortened(text: str, most: int) -> str:
    """At most so many characters."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def spread(places: Sequence[float], gap: float) -> list[float]:
    """The places, in their order of size, moved so that ``gap`` is between neighbours; a group moved keeps its mean."""
    groups: list[list[int]] = [[i] for i in sorted(range(len(places)), key=lambda i: places[i])]

    def first(group: Sequence[int]) -> float:
        return sum(places[i] for i in group) / len(group) - gap * (len(group) - 1) / 2

    place = 1
    while place < len(groups):
        before, group = groups[place - 1 : place + 1]
        if first(before) + gap * len(before) > first(group) + 1e-9:
            groups[place - 1 : place + 1] = [before + group]
            place = max(1, place - 1)
        else:
            place += 1
    moved = {i: first(group) + gap * number for group in groups for number, i in enumerate(group)}
    return [moved[i] for i in range(len(places))]
