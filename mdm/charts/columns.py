"""Histograms below each other over one x axis: what lies where, for each kind apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mdm.charts.frame import WIDTH, Mark, mark_lines, marks_height, svg, text, x_axis, y_axis
from mdm.charts.markup import Markup, element
from mdm.charts.scales import linear, ticks, whole

_LEFT, _RIGHT, _HEIGHT, _BETWEEN = 60.0, 20.0, 110.0, 34.0
_CLASSES = ("one", "two")


@dataclass(frozen=True)
class ColumnPanel:
    """One kind: how many in each bin."""

    name: str
    counts: Sequence[int]


def column_chart(
    edges: Sequence[float],
    panels: Sequence[ColumnPanel],
    *,
    marks: Sequence[Mark] = (),
    title: str,
    says: str,
    x_label: str,
    width: float = 1.0,
) -> Markup:
    """Bins of ``width`` from each edge upwards, at most two panels, each with a scale of its own."""
    low, high = min(edges, default=0.0), max(edges, default=0.0) + width
    x = linear(low, high, _LEFT, WIDTH - _RIGHT)
    first = 30 + marks_height(marks, x)
    drawn = []
    top = first
    for panel, kind in zip(panels, _CLASSES, strict=False):
        most = max(panel.counts, default=0)
        y = linear(0, most or 1, top + _HEIGHT, top)
        drawn.append(y_axis(y, _counts(most), left=_LEFT, right=WIDTH - _RIGHT))
        named = f"{panel.name}: {whole(sum(panel.counts)) if most else 'none'}"
        drawn.append(text(named, WIDTH - _RIGHT, top - 6, anchor="end", class_="axis"))
        for edge, count in zip(edges, panel.counts, strict=True):
            if count:
                drawn.append(
                    element(
                        "rect",
                        element("title", f"{edge:g} to {edge + width:g}: {whole(count)} {panel.name}"),
                        x=x(edge) + 1,
                        y=min(y(count), top + _HEIGHT - 1),
                        width=max(1.0, x(edge + width) - x(edge) - 2),
                        height=max(1.0, top + _HEIGHT - y(count)),
                        class_=kind,
                    )
                )
        top += _HEIGHT + _BETWEEN
    bottom = top - _BETWEEN
    centre = (_LEFT + WIDTH - _RIGHT) / 2
    return svg(
        x_axis(x, ticks(low, high, 10), top=first, bottom=bottom, label=x_label, centre=centre),
        *drawn,
        text("pairs of records", 0, 12, class_="axis"),
        mark_lines(marks, x, top=22, bottom=bottom),
        height=bottom + 42,
        title=title,
        says=says,
    )


def _counts(most: int) -> list[float]:
    return [tick for tick in ticks(0, most, 3) if tick.is_integer()]
