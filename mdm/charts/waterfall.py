"""A waterfall: from where a sum starts, by each part, to what it comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mdm.charts.frame import WIDTH, Mark, line, mark_lines, marks_height, svg, text, x_axis
from mdm.charts.markup import Markup, element, fragment
from mdm.charts.scales import linear, shortened, signed, ticks

_ROW, _LABEL, _NUMBER = 26.0, 330.0, 70.0


@dataclass(frozen=True)
class Fall:
    """One part of the sum, in bits. ``rarity`` is added to ``weight`` and drawn apart from it."""

    label: str
    weight: float
    rarity: float = 0.0

    @property
    def bits(self) -> float:
        """Both together."""
        return self.weight + self.rarity


def waterfall_chart(
    falls: Sequence[Fall], *, total_label: str, marks: Sequence[Mark] = (), title: str, says: str
) -> Markup:
    """The parts one below the other, each beginning where the one before ended; the total comes last, from 0."""
    reached = [0.0]
    for fall in falls:
        reached += [reached[-1] + fall.weight, reached[-1] + fall.bits]
    total = reached[-1]
    values = [*reached, *(mark.x for mark in marks)]
    low, high = min(values), max(values)
    room = (high - low) * 0.04 or 1.0
    x = linear(low - room, high + room, _LABEL, WIDTH - _NUMBER)
    top = 4 + marks_height(marks, x)
    bottom = top + (len(falls) + 1) * _ROW
    drawn = []
    at = 0.0
    for place, fall in enumerate(falls):
        y = top + place * _ROW
        middle = at + fall.weight
        drawn.append(
            element(
                "g",
                element("title", _says(fall)),
                text(shortened(fall.label, 43), _LABEL - 10, y + 17, anchor="end", class_="label"),
                _bar(x(at), x(middle), y, _kind(fall.weight)),
                _bar(x(middle), x(at + fall.bits), y, f"{_kind(fall.rarity)} rarity") if fall.rarity else None,
                text(signed(fall.bits), WIDTH, y + 17, anchor="end", class_="number"),
            )
        )
        at += fall.bits
        drawn.append(line(x(at), y + _ROW - 5, x(at), y + _ROW + 5, "joint"))
    y = top + len(falls) * _ROW
    drawn.append(
        element(
            "g",
            element("title", f"{total_label}: {signed(total)} bits"),
            text(total_label, _LABEL - 10, y + 17, anchor="end", class_="label total"),
            _bar(x(0.0), x(total), y, "total"),
            text(signed(total), WIDTH, y + 17, anchor="end", class_="number total"),
        )
    )
    return svg(
        x_axis(
            x,
            ticks(low, high, 6),
            top=top,
            bottom=bottom,
            label="bits of evidence",
            centre=(_LABEL + WIDTH - _NUMBER) / 2,
        ),
        fragment(line(x(0.0), top, x(0.0), bottom, "zero")),
        *drawn,
        mark_lines(marks, x, top=0, bottom=bottom),
        height=bottom + 42,
        title=title,
        says=says,
    )


def _says(fall: Fall) -> str:
    rare = f", of it rarity {signed(fall.rarity)}" if fall.rarity else ""
    return f"{fall.label}: {signed(fall.bits)} bits{rare}"


def _kind(bits: float) -> str:
    return "for" if bits >= 0 else "against"


def _bar(start: float, end: float, y: float, kind: str) -> Markup:
    return element("rect", x=min(start, end), y=y + 5, width=max(1.0, abs(end - start)), height=_ROW - 10, class_=kind)
