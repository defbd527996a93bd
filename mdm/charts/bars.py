"""Horizontal bars: how many of each kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mdm.charts.frame import WIDTH, svg, text
from mdm.charts.markup import Markup, element, fragment
from mdm.charts.scales import linear, shortened

_ROW, _LABEL, _NUMBER = 26.0, 330.0, 120.0


@dataclass(frozen=True)
class Bar:
    """A bar of ``size`` (0 or more), named on its left, its number in words on its right."""

    label: str
    size: float
    says: str


def bar_chart(bars: Sequence[Bar], *, title: str, says: str) -> Markup:
    """The bars below each other, in their order."""
    scale = linear(0, max([bar.size for bar in bars], default=0) or 1, 0, WIDTH - _LABEL - _NUMBER)
    drawn = []
    for place, bar in enumerate(bars):
        y = place * _ROW
        drawn += [
            element(
                "g",
                element("title", f"{bar.label}: {bar.says}"),
                text(shortened(bar.label, 43), _LABEL - 8, y + 17, anchor="end", class_="label"),
                element("rect", x=_LABEL, y=y + 4, width=max(1.0, scale(bar.size)), height=_ROW - 8, class_="one"),
                text(bar.says, _LABEL + max(1.0, scale(bar.size)) + 6, y + 17, class_="number"),
            )
        ]
    return svg(fragment(*drawn), height=len(bars) * _ROW + 4, title=title, says=says)
