"""Lines over a common x axis, named where they end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mdm.charts.frame import WIDTH, Mark, Scale, mark_lines, marks_height, svg, text, x_axis, y_axis
from mdm.charts.markup import Markup, element, fragment
from mdm.charts.scales import linear, spread, ticks

_LEFT, _RIGHT, _HEIGHT, _NAMES = 48.0, 110.0, 240.0, 16.0
_CLASSES = ("one", "two", "three")


@dataclass(frozen=True)
class Series:
    """A named line through points (x, y)."""

    name: str
    points: Sequence[tuple[float, float]]


def line_chart(
    series: Sequence[Series], *, marks: Sequence[Mark] = (), title: str, says: str, x_label: str, y_label: str
) -> Markup:
    """At most three series of shares from 0 to 1; each has its own colour, dash and kind of dot."""
    points = [point for one in series for point in one.points]
    xs = [x for x, _ in points] + [mark.x for mark in marks]
    lowest = min([y for _, y in points], default=0.0)
    low = max(0.0, min(0.9, int(lowest * 10) / 10))
    x = linear(min(xs, default=0.0), max(xs, default=1.0), _LEFT, WIDTH - _RIGHT)
    top = 26 + marks_height(marks, x)
    bottom = top + _HEIGHT
    y = linear(low, 1.0, bottom, top)
    x_ticks = ticks(min(xs, default=0.0), max(xs, default=1.0), 8)
    centre = (_LEFT + WIDTH - _RIGHT) / 2
    ends = spread([y(one.points[-1][1]) if one.points else top for one in series], _NAMES)
    drawn = [
        fragment(_line(one, x, y, kind), text(one.name, WIDTH - _RIGHT + 10, end + 4, class_=f"name {kind}"))
        for one, kind, end in zip(series, _CLASSES, ends, strict=False)
    ]
    return svg(
        x_axis(x, x_ticks, top=top, bottom=bottom, label=x_label, centre=centre),
        y_axis(y, ticks(low, 1.0), left=_LEFT, right=WIDTH - _RIGHT),
        text(y_label, 0, 12, class_="axis"),
        mark_lines(marks, x, top=22, bottom=bottom),
        *drawn,
        height=bottom + 42,
        title=title,
        says=says,
    )


def _line(series: Series, x: Scale, y: Scale, kind: str) -> Markup:
    path = " ".join(f"{'L' if i else 'M'}{x(px):.1f} {y(py):.1f}" for i, (px, py) in enumerate(series.points))
    few = len(series.points) <= 12
    return fragment(
        element("path", d=path or None, class_=f"line {kind}"),
        *(_dot(x(px), y(py), kind, f"{series.name} {py:.4f} at {px:g}") for px, py in series.points if few),
    )


def _dot(x: float, y: float, kind: str, says: str) -> Markup:
    said = element("title", says)
    if kind == "one":
        return element("circle", said, cx=x, cy=y, r=4, class_=kind)
    if kind == "two":
        return element("rect", said, x=x - 3.5, y=y - 3.5, width=7, height=7, class_=kind)
    return element("path", said, d=f"M{x:.1f} {y - 5:.1f}l5 9h-10z", class_=kind)
