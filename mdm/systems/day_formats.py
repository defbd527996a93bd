"""Which format the dates and times of a column are in; 02/03/1990 fits two, and then other evidence decides."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from mdm.systems.headings import DAY_FIRST, MONTH_FIRST

ENOUGH = 0.8  # share of a column's values that must look like what it is taken for

_DAYS = (
    "%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%m-%d-%Y", "%d-%m-%Y", "%Y%m%d", "%Y/%m/%d", "%d-%b-%Y",
    "%m%d%Y", "%d%m%Y",
)  # fmt: skip
_CLOCKS = tuple(f"{day} {time}" for day in _DAYS[1:6] for time in ("%H:%M", "%H:%M:%S"))
_TIMES = (*_CLOCKS, "%Y%m%d%H%M%S", *_DAYS[1:])
_GLUED, _GLUED_DIGITS = frozenset({"%Y%m%d", "%m%d%Y", "%d%m%Y"}), 8  # eight digits fit one of them by chance
_FIRST_YEAR, _LAST_YEAR = 1500, 2100
_EITHER_ORDER = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2\d{4}\b")
_MONTHS = 12
_EPOCH_DIGITS = {9: "epoch", 10: "epoch", 12: "epoch_ms", 13: "epoch_ms"}


@dataclass(frozen=True)
class DayFormat:
    """A strptime format (or iso, epoch, epoch_ms); ``other`` is the one the values fit as well."""

    form: str
    other: str | None = None


def mostly(values: Sequence[str], fits: Callable[[str], bool]) -> bool:
    """Whether most values, of at least one, fit."""
    return bool(values) and sum(map(fits, values)) >= ENOUGH * len(values)


def day_format(values: Sequence[str], *, day_order: str) -> DayFormat | None:
    """The format of a column of days; ``day_order`` decides where two fit alike. None: none fits."""
    return _best(values, _DAYS, day_order)


def time_format(values: Sequence[str], *, day_order: str) -> DayFormat | None:
    """As ``day_format``, of a column of times."""
    if mostly(values, _is_iso):
        return DayFormat("iso")
    if mostly(values, lambda v: v.isdigit() and len(v) in _EPOCH_DIGITS):
        return DayFormat(_EPOCH_DIGITS[max(len(v) for v in values if len(v) in _EPOCH_DIGITS)])
    return _best(values, _TIMES, day_order)


def looks_like_days(values: Sequence[str]) -> bool:
    """Whether a column holds days or times, in whatever format."""
    return mostly(values, _is_iso) or _best(values, (*_DAYS, *_TIMES), MONTH_FIRST) is not None


def day_order_in(columns: Iterable[Sequence[str]]) -> str | None:
    """The order in which a file writes its days, where any of its values has a number above 12; None: none has."""
    day_first = month_first = 0
    for values in columns:
        found = [m for m in map(_EITHER_ORDER.match, values[:200]) if m]
        if len(found) < ENOUGH * len(values[:200]):
            continue
        found = [m for m in map(_EITHER_ORDER.match, values) if m]
        day_first += sum(int(m[1]) > _MONTHS for m in found)
        month_first += sum(int(m[3]) > _MONTHS for m in found)
    if day_first == month_first:
        return None
    return DAY_FIRST if day_first > month_first else MONTH_FIRST


def _best(values: Sequence[str], formats: Sequence[str], day_order: str) -> DayFormat | None:
    """The format that fits most values; of two that fit as many, the one in the given order."""
    distinct = list(dict.fromkeys(values))
    fitting = {form: sum(map(_fits(form), distinct)) for form in formats} if distinct else {}
    most = max(fitting.values(), default=0)
    if not most or most < ENOUGH * len(distinct):
        return None
    best = [form for form, count in fitting.items() if count == most]
    best.sort(key=lambda form: form.startswith("%d") is not (day_order == DAY_FIRST))
    return DayFormat(best[0], best[1] if len(best) > 1 else None)


def _fits(form: str) -> Callable[[str], bool]:
    def fits(text: str) -> bool:
        try:
            found = datetime.strptime(text.strip(), form)  # noqa: DTZ007  (only whether it parses)
        except ValueError:
            return False
        return form not in _GLUED or (len(text.strip()) == _GLUED_DIGITS and _FIRST_YEAR <= found.year <= _LAST_YEAR)

    return fits


def _is_iso(text: str) -> bool:
    try:
        datetime.fromisoformat(text.strip())
    except ValueError:
        return False
    return not text.strip().isdigit()
