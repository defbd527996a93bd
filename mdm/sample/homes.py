"""Where people live: houses, and flats in buildings that strangers share; and phone numbers, one holder each."""

from __future__ import annotations

from dataclasses import dataclass

from mdm.sample.clock import SNAPSHOT, YEAR
from mdm.sample.draws import Draws, weighted
from mdm.sample.places import (
    Address,
    Geography,
    Place,
    in_building,
    new_address,
    new_landline,
    new_mobile,
    new_unit,
)
from mdm.sample.profile import Profile


@dataclass(frozen=True, slots=True)
class Home:
    """What the members of a household share; ``family`` is the name of a neighbour they happen to share, or empty."""

    number: int
    place: Place
    address: Address
    old_address: Address | None
    moved: int
    landline: str
    email: str
    family: str
    taxed: bool
    in_sequence: bool


class Homes:
    """Finds homes and phone numbers (state: the buildings so far with a name on a door, the numbers taken)."""

    def __init__(self, *, profile: Profile, geography: Geography, draws: Draws) -> None:
        self._profile, self._geography, self._draws = profile, geography, draws
        self._countries = weighted([c for c, _ in profile.countries], [w for _, w in profile.countries])
        self._buildings: dict[Place, list[Address]] = {}
        self._living: dict[tuple[str, str, str], str] = {}
        self._phones: set[str] = set()

    def home(self, number: int) -> Home:
        """The next household's home, as yet empty."""
        draws, profile = self._draws, self._profile
        place = draws.of(self._geography.places[draws.of(self._countries)])
        old, moved = None, 0
        if draws.chance(profile.move):
            there = place if draws.chance(0.6) else draws.of(self._geography.places[place.country])
            old, moved = self._address(there), SNAPSHOT - int(draws.unit() * 4 * YEAR)
        landline = self.phone(place, landline=True) if draws.chance(profile.landline) else ""
        address, family = self._address(place), ""
        if neighbour := self._living.get(_building(address)):
            family = neighbour if draws.chance(profile.building_surname) else ""
        taxed = draws.chance(profile.tax_number)
        return Home(number, place, address, old, moved, landline, "", family, taxed, in_sequence=False)

    def _address(self, place: Place) -> Address:
        """A house, or a flat in a building that others live in too; in some buildings flats have no number."""
        draws, profile = self._draws, self._profile
        if not draws.chance(profile.apartment):
            return new_address(self._geography, place=place, unit="", draws=draws)
        buildings = self._buildings.setdefault(place, [])
        if buildings and draws.chance(profile.same_building):
            building = draws.pick(buildings)
            return in_building(building, unit=new_unit(draws) if building.unit else "")
        unit = "" if draws.chance(profile.unitless_building) else new_unit(draws)
        address = new_address(self._geography, place=place, unit=unit, draws=draws)
        buildings.append(address)
        self._living[_building(address)] = ""
        return address

    def phone(self, place: Place, *, landline: bool) -> str:
        """A number nobody had before."""
        make = new_landline if landline else new_mobile
        while (phone := make(place, self._draws)) in self._phones:
            pass
        self._phones.add(phone)
        return phone

    def move_in(self, home: Home, family: str) -> None:
        """Puts a name on the door of a flat, for others of the building to share."""
        if (building := _building(home.address)) in self._living:
            self._living[building] = family


def _building(address: Address) -> tuple[str, str, str]:
    return address.number, address.street, address.postcode
