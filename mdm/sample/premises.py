"""Where companies sit: sites of their own, and buildings, switchboards and registered offices that strangers share."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mdm.sample.draws import Draws
from mdm.sample.places import Address, Geography, Place, in_building, new_address, new_landline, new_unit
from mdm.sample.profile import CompanyRates


@dataclass(frozen=True, slots=True)
class Site:
    """An address with its phone number."""

    address: Address
    phone: str


@dataclass(frozen=True, slots=True)
class _Kind:
    """Premises many companies share: how full they get (``join``), and what their tenants have in common."""

    name: str
    join: float
    suites: bool
    switchboard: bool


# a business park or mall; an office centre that answers the phone for all; an accountant's or agent's address
_PARK = _Kind("park", join=0.75, suites=True, switchboard=False)
_OFFICE = _Kind("office", join=0.8, suites=True, switchboard=True)
_AGENT = _Kind("agent", join=0.85, suites=False, switchboard=False)


class Premises:
    """Finds sites for companies (state: the shared buildings so far, by kind and country)."""

    def __init__(self, *, rates: CompanyRates, geography: Geography, draws: Draws) -> None:
        self._rates, self._geography, self._draws = rates, geography, draws
        self._shared: dict[tuple[str, str], list[Site]] = {}
        self._kinds = ((rates.tenant, _PARK), (rates.serviced_office, _OFFICE), (rates.registered_office, _AGENT))

    def site(self, country: str) -> Site:
        """A site anywhere in a country, at times in a building with others."""
        roll = self._draws.unit()
        for rate, kind in self._kinds:
            if roll < rate:
                return self._tenancy(kind, country)
            roll -= rate
        return self.own(self._draws.of(self._geography.places[country]))

    def own(self, place: Place) -> Site:
        """A site in a place that nobody else has."""
        unit = new_unit(self._draws) if self._draws.chance(0.3) else ""
        address = new_address(self._geography, place=place, unit=unit, draws=self._draws)
        return Site(address, new_landline(place, self._draws))

    def _tenancy(self, kind: _Kind, country: str) -> Site:
        draws = self._draws
        held = self._shared.setdefault((kind.name, country), [])
        if held and draws.chance(kind.join):
            building = draws.pick(held)
        else:
            building = self.own(draws.of(self._geography.places[country]))
            held.append(building)
        if kind.suites:
            unit = "" if draws.chance(self._rates.suite_missing) else new_unit(draws)
            building = replace(building, address=in_building(building.address, unit=unit))
        phone = building.phone if kind.switchboard else new_landline(building.address.place, draws)
        return replace(building, phone=phone)
