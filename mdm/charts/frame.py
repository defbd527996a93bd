"""What charts have in common: the SVG around them, axes, and lines that mark a value."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mdm.charts.markup import Markup, element, fragment
from mdm.charts.scales import short

WIDTH = 760.0
Scale = Callable[[float], float]

_LETTER = 7.0  # pixels that a letter of a label takes at most, on average
_MARK_ROW = 15.0


@dataclass(frozen=True)
class Mark:
    """A value on the x axis worth naming: a line in force."""

    x: float
    label: str


def svg(*children: object, height: float, title: str, says: str) -> Markup:
    """A chart with its title and, for those who cannot see it, what it says."""
    name = f"c{hashlib.sha256(fragment(title, says, *children).encode()).hexdigest()[:12]}"
    return element(
        "svg",
        element("title", title, id=f"{name}t"),
        element("desc", says, id=f"{name}d"),
        *children,
        viewBox=f"0 0 {WIDTH:g} {height:g}",
        role="img",
        aria_labelledby=f"{name}t {name}d",
    )


def text(said: object, x: float, y: float, *, anchor: str | None = None, class_: str | None = None) -> Markup:
    """A line of text; ``y`` is its base line."""
    return element("text", said, x=x, y=y, text_anchor=anchor, class_=class_)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def x_axis(scale: Scale, ticks: Sequence[float], *, top: float, bottom: float, label: str, centre: float) -> Markup:
    """Grid lines, their values and what is measured, with its unit."""
    return fragment(
        *(line(scale(tick), top, scale(tick), bottom, "grid") for tick in ticks),
        *(text(short(tick), scale(tick), bottom + 16, anchor="middle", class_="tick") for tick in ticks),
        text(label, centre, bottom + 34, anchor="middle", class_="axis"),
    )


def y_axis(scale: Scale, ticks: Sequence[float], *, left: float, right: float) -> Markup:
    """Grid lines and their values; what is measured stands above the chart."""
    return fragment(
        *(line(left, scale(tick), right, scale(tick), "grid") for tick in ticks),
        *(text(short(tick), left - 8, scale(tick) + 4, anchor="end", class_="tick") for tick in ticks),
    )


def mark_rows(marks: Sequence[Mark], scale: Scale) -> list[int]:
    """In which row above the chart each mark's label stands, so that no label or line covers another label."""
    placed: list[tuple[float, int]] = []
    rows: dict[int, int] = {}
    for place in sorted(range(len(marks)), key=lambda i: marks[i].x):
        start = scale(marks[place].x)
        # below every label that reaches this far, so that this mark's line, which starts here, crosses none of them
        rows[place] = max((row + 1 for end, row in placed if end > start - 2), default=0)
        placed.append((start + 4 + len(marks[place].label) * _LETTER, rows[place]))
    return [rows[i] for i in range(len(marks))]


def marks_height(marks: Sequence[Mark], scale: Scale) -> float:
    """The room that the labels of the marks take above the chart."""
    return _MARK_ROW * (max(mark_rows(marks, scale), default=-1) + 1)


def mark_lines(marks: Sequence[Mark], scale: Scale, *, top: float, bottom: float) -> Markup:
    """The marks: labels from ``top`` downwards, lines from there to ``bottom``."""
    drawn = []
    for mark, row in zip(marks, mark_rows(marks, scale), strict=True):
        y = top + _MARK_ROW * row
        drawn.append(line(scale(mark.x), y, scale(mark.x), bottom, "mark"))
        drawn.append(text(mark.label, scale(mark.x) + 4, y + 10, class_="tick"))
    return fragment(*drawn)
