"""Precision and recall side by side, one row for each group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mdm.charts.frame import WIDTH, line, svg, text, x_axis
from mdm.charts.markup import Markup, element, fragment
from mdm.charts.scales import linear, shortened, ticks

_ROW, _LABEL, _NUMBER, _TOP = 26.0, 250.0, 150.0, 24.0


@dataclass(frozen=True)
class DotRow:
    """Two shares of one group, and what stands on the right."""

    label: str
    precision: float
    recall: float
    says: str


def dot_chart(rows: Sequence[DotRow], *, title: str, says: str, heading: str) -> Markup:
    """A round dot for precision, a square for recall; ``heading`` stands above what each row says."""
    lowest = min([min(row.precision, row.recall) for row in rows], default=0.0)
    low = max(0.0, min(0.9, int(lowest * 20) / 20 - 0.05)) if lowest > 0 else 0.0
    right = WIDTH - _NUMBER
    scale = linear(low, 1.0, _LABEL, right)
    bottom = _TOP + len(rows) * _ROW
    drawn = []
    for place, row in enumerate(rows):
        y = _TOP + (place + 0.5) * _ROW
        p, r = scale(row.precision), scale(row.recall)
        drawn.append(
            element(
                "g",
                element("title", f"{row.label}: precision {row.precision:.4f}, recall {row.recall:.4f}, {row.says}"),
                text(shortened(row.label, 31), _LABEL - 14, y + 4, anchor="end", class_="label"),
                line(p, y, r, y, "between"),
                element("circle", cx=p, cy=y, r=5.5, class_="one"),
                element("rect", x=r - 5, y=y - 5, width=10, height=10, class_="two"),
                text(row.says, right + 14, y + 4, class_="number"),
            )
        )
    key = fragment(
        element("circle", cx=_LABEL + 6, cy=9, r=5.5, class_="one"),
        text("precision", _LABEL + 16, 13, class_="tick"),
        element("rect", x=_LABEL + 91, y=4, width=10, height=10, class_="two"),
        text("recall", _LABEL + 106, 13, class_="tick"),
        text(heading, right + 14, 13, class_="tick"),
    )
    axis = x_axis(
        scale, ticks(low, 1.0), top=_TOP, bottom=bottom, label="share of pairs (1 is best)", centre=(_LABEL + right) / 2
    )
    return svg(axis, key, *drawn, height=bottom + 42, title=title, says=says)
