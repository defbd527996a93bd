"""A hand that keeps a register: how texts, numbers and addresses look when it has written them down."""

from __future__ import annotations

from dataclasses import dataclass

from mdm.sample.draws import Draws
from mdm.sample.noise import digits_slipped, mistyped
from mdm.sample.places import ABBREVIATED_TYPES, Address

_SOUNDS = (("ph", "f"), ("ck", "k"), ("c", "k"), ("ie", "y"), ("y", "i"), ("ss", "s"), ("tt", "t"), ("ll", "l"))
_MISREAD = (("m", "rn"), ("cl", "d"), ("i", "l"), ("e", "c"), ("u", "v"), ("h", "b"), ("n", "h"))


@dataclass(frozen=True)
class Care:
    """How carefully a register is kept. Shares are probabilities per value."""

    slip: float
    second_slip: float
    missing: float
    parts_mixed: float  # a part of the address stands in another's place or is left out
    abbreviated: float  # Street, St
    capitals: bool


class Hand:
    """Writes values down (state: the position in the stream of draws). The first time it takes a little more care."""

    def __init__(self, care: Care, draws: Draws) -> None:
        self._care, self._draws = care, draws

    def text(self, text: str, *, first: bool) -> str:
        """A text with its slips; empty where it is missing."""
        draws, care = self._draws, self._care
        if draws.chance(care.missing * 0.3):
            return ""
        if draws.chance(care.slip * (0.4 if first else 1)):
            text = self._slipped(text)
            if draws.chance(care.second_slip):
                text = self._slipped(text)
        return text.upper() if care.capitals else text

    def digits(self, number: str) -> str:
        """A number, at times with a slip."""
        if sum(c.isdigit() for c in number) > 1 and self._draws.chance(self._care.slip * 0.5):
            return digits_slipped(number, self._draws)
        return number

    def address(self, address: Address, *, first: bool) -> list[dict[str, str]]:
        """The parts of an address as canonical attributes; an empty list where nothing is left of it."""
        draws, care = self._draws, self._care
        kind = ABBREVIATED_TYPES.get(address.kind, "") if draws.chance(care.abbreviated) else address.kind
        direction = address.direction[:1] if draws.chance(care.abbreviated) else address.direction
        street = self.text(" ".join(p for p in (direction, address.street, kind) if p), first=first)
        number = self.digits(address.number)
        line = f"{street} {number}" if address.place.country == "DE" else f"{number} {street}"
        parts = {
            "street": line if street else "",
            "unit": address.unit,
            "city": self.text(address.place.city, first=first),
            "region": address.place.region if address.place.country == "US" else "",
            "postcode": self.digits(address.postcode),
        }
        if not first and draws.chance(care.parts_mixed):
            kind_of_mix = draws.below(4)
            if kind_of_mix == 0:
                parts["street"], parts["unit"] = parts["unit"], parts["street"]
            else:
                parts[("street", "city", "postcode")[kind_of_mix - 1]] = ""
        written = {k: v for k, v in parts.items() if v}
        return [written] if written else []

    def _slipped(self, text: str) -> str:
        """A slip of the fingers, a name written as heard, or a hand read wrongly."""
        draws = self._draws
        kind = draws.unit()
        pairs = _SOUNDS if kind < 0.2 else _MISREAD if kind < 0.35 else ()
        found = [(old, new) for old, new in pairs if old in text]
        if found:
            old, new = draws.pick(found)
            return text.replace(old, new, 1)
        return mistyped(text, draws)
