"""Official numbers of people, as their countries give them out: some families hold neighbouring ones."""

from __future__ import annotations

from mdm.sample.draws import Draws, UniqueNumbers
from mdm.sample.homes import Home

_SERIALS, _GROUPS, _AREAS = 9_998, 98, 565


class TaxNumbers:
    """Gives out tax numbers (state: those taken, and the household and number of the last)."""

    def __init__(self, draws: Draws) -> None:
        self._draws = draws
        self._numbers = UniqueNumbers(draws, low=0, high=_SERIALS * _GROUPS * _AREAS - 10)
        self._last = -1, 0

    def take(self, home: Home) -> str:
        """A number of one's own, or, in a family registered together, one just above the member before."""
        if not home.taxed:
            return ""
        family, last = self._last
        following = family == home.number and home.in_sequence
        number = self._numbers.take_after(last + self._draws.below(2)) if following else self._numbers.take()
        self._last = home.number, number
        return _tax_number(home.place.country, number)


def _tax_number(country: str, number: int) -> str:
    """A US social-security number, a British taxpayer reference, a German tax id; neighbours are neighbours there."""
    if country == "US":
        rest, serial = divmod(number, _SERIALS)
        area, group = divmod(rest, _GROUPS)
        return f"{101 + area}-{1 + group:02d}-{1 + serial:04d}"
    return str((10**10 if country == "DE" else 10**9) + number * (17 if country == "DE" else 1))
