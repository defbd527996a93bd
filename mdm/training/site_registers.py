"""Plain registers of organisations: guides, directories and office lists of shops, practices and schools.

As ``mdm.training.registers`` for people: few columns, rates drawn at random. An entry is a site: a chain's branches are
entries of their own, and so are two firms under one roof.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from mdm.model import EntityType
from mdm.sample import company_words as words
from mdm.sample.draws import Draws
from mdm.sample.names import Names, new_family, read_names
from mdm.sample.noise import name_in_ascii
from mdm.sample.places import Address, Geography, Place, new_address, new_landline, new_unit, read_geography
from mdm.sample.profile import DEFAULT
from mdm.standardise.batch import standardise_batch
from mdm.standardise.values import Context
from mdm.training.registers import random_care
from mdm.training.writing import Care, Hand

_COLUMNS = ("address", "phone", "website", "email", "tax_number")
_SHORT = {
    "Services": "Svcs", "Center": "Ctr", "Centre": "Ctr", "Associates": "Assoc", "International": "Intl",
    "Manufacturing": "Mfg", "Group": "Grp", "Street": "St", "Saint": "St", "Company": "Co", "School": "Sch",
    "Community": "Comm", "Elementary": "Elem", "Insurance": "Ins", "Construction": "Constr", "and": "&", "&": "and",
}  # fmt: skip
_KINDS = {
    "US": "Grill Diner Deli Pizzeria Bistro Cafe Bakery Salon Clinic Preschool Daycare Academy Gallery Inn Tavern",
    "GB": "Tearoom Cafe Bakery Nursery Surgery Academy Gallery Inn Kitchen Barbers Chippy Butchers Florist",
    "DE": "Gasthof Cafe Bäckerei Praxis Kita Galerie Metzgerei Friseur Weinstube Imbiss Werkstatt",
}


@dataclass(frozen=True)
class SiteRegister:
    """One register: which sites stand in it and how it is kept. Shares are probabilities per site or record."""

    sites: int
    country: str
    columns: frozenset[str]
    one_city: bool
    again: float
    branch: float  # the next site is another branch of the one before
    roof: float  # the next site is another firm at the same address
    one_switchboard: float  # branches, and firms under one roof, share the phone
    care: Care
    word_dropped: float
    word_added: float
    word_shortened: float
    words_exchanged: float
    form: float  # the legal form is written
    city_in_name: float
    other_phone: float
    moved: float


def random_site_register(*, seed: int, sites: int) -> SiteRegister:
    """A register whose every rate is drawn from a wide range."""
    draws = Draws(seed=seed, stream=4)

    def rate(most: float) -> float:
        return most * draws.unit() ** 2

    has = {c: draws.chance(share) for c, share in zip(_COLUMNS, (0.95, 0.75, 0.3, 0.2, 0.15), strict=True)}
    return SiteRegister(
        sites=sites,
        country=draws.pick(("US", "US", "GB", "DE")),
        columns=frozenset(c for c, held in has.items() if held),
        one_city=draws.chance(0.4),
        again=0.05 + 0.75 * draws.unit(),
        branch=0.0 if draws.chance(0.3) else 0.3 * draws.unit(),
        roof=0.0 if draws.chance(0.5) else 0.15 * draws.unit(),
        one_switchboard=draws.unit() if draws.chance(0.5) else 0.0,
        care=random_care(draws),
        word_dropped=rate(0.5),
        word_added=rate(0.4),
        word_shortened=rate(0.6),
        words_exchanged=rate(0.15),
        form=draws.unit() if draws.chance(0.5) else 0.0,
        city_in_name=rate(0.2),
        other_phone=rate(0.3),
        moved=rate(0.15),
    )


@dataclass(frozen=True, slots=True)
class _Site:
    name: str
    form: str
    address: Address
    phone: str
    domain: str
    tax: str


def site_register_population(register: SiteRegister, *, seed: int) -> pa.Table:
    """Every record of a register, standardised: record_id, entity_type, match, content_hash, entity_id, ..."""
    rows = list(_Keeper(register, seed=seed).records())
    raw = pa.table(
        {
            "record_id": pa.array(range(1, len(rows) + 1), pa.int64()),
            "version": pa.array([1] * len(rows), pa.int32()),
            "entity_type": [EntityType.ORGANISATION.value] * len(rows),
            "attributes": [json.dumps(attributes) for _, attributes in rows],
        }
    )
    table = standardise_batch(raw, Context(default_region=register.country))
    return table.append_column("entity_id", pa.array([f"C{number}" for number, _ in rows]))


class _Keeper:
    """Writes sites into a register (state: the position in the stream of draws)."""

    def __init__(self, register: SiteRegister, *, seed: int) -> None:
        self._register, self._draws = register, Draws(seed=seed, stream=5)
        self._hand = Hand(register.care, self._draws)
        self._names: Names = read_names(dict(DEFAULT.origins))
        self._geography: Geography = read_geography()
        self._home = {"US": "en_US", "GB": "en_GB", "DE": "de_DE"}[register.country]
        self._city = self._draws.of(self._geography.places[register.country])

    def records(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """(number of the site, canonical attributes) of every record."""
        draws, register = self._draws, self._register
        before: _Site | None = None
        for number in range(register.sites):
            site = self._site(before)
            before = site
            yield number, self._written(site, first=True)
            copies = 0
            while copies < 8 and draws.chance(register.again):
                copies += 1
                yield number, self._written(site, first=False)

    def _site(self, before: _Site | None) -> _Site:
        draws, register = self._draws, self._register
        place = self._city if register.one_city else draws.of(self._geography.places[register.country])
        if before and draws.chance(register.branch):
            phone = before.phone if draws.chance(register.one_switchboard) else new_landline(place, draws)
            return replace(before, address=self._address(place), phone=phone)
        name = self._name(place)
        form = draws.pick(tuple(words.LEGAL_FORMS[register.country]))
        domain = name_in_ascii(name).lower().replace(" ", "").replace("&", "").replace("'", "")[:24] + ".com"
        address, phone = self._address(place), new_landline(place, draws)
        if before and draws.chance(register.roof):
            address = before.address
            phone = before.phone if draws.chance(register.one_switchboard) else phone
        return _Site(name, form, address, phone, domain, f"{draws.between(100000000, 999999999)}")

    def _name(self, place: Place) -> str:
        draws, country = self._draws, self._register.country
        family = new_family(self._names, origin=self._home, rare=0.4, draws=draws)
        bright = draws.pick(words.BRIGHT.split()).replace("_", " ")
        trade = draws.pick((*words.TRADES[country].split(), *_KINDS[country].split()))
        extra = draws.pick(words.EXTRAS[country])
        kind = draws.below(7)
        return (
            f"{family} {trade}",
            f"{family}'s {trade}" if country != "DE" else f"{trade} {family}",
            f"{bright} {trade}",
            f"{bright} {trade} {extra}",
            f"{place.city} {trade}",
            f"{family} & {new_family(self._names, origin=self._home, rare=0.2, draws=draws)}",
            f"{draws.pick(('The', 'Cafe', 'Le', 'El', 'Chez', 'Little'))} {family}",
        )[kind]

    def _address(self, place: Place) -> Address:
        unit = new_unit(self._draws) if self._draws.chance(0.15) else ""
        return new_address(self._geography, place=place, unit=unit, draws=self._draws)

    # -- as written ----------------------------------------------------------------------------------------------

    def _written(self, site: _Site, *, first: bool) -> dict[str, Any]:
        draws, register, hand = self._draws, self._register, self._hand
        place = site.address.place
        address = self._address(place) if not first and draws.chance(register.moved) else site.address
        phone = new_landline(place, draws) if not first and draws.chance(register.other_phone) else site.phone
        values: dict[str, Any] = {
            "legal_name": hand.text(self._name_as_written(site, first=first), first=first) or site.name,
            "address": hand.address(address, first=first),
            "phone": [{"value": hand.digits(phone)}],
            "website": f"www.{site.domain}",
            "email": [{"value": f"{draws.pick(('info', 'office', 'contact'))}@{site.domain}"}],
            "tax_number": [{"value": hand.digits(site.tax)}],
        }
        missing = {c for c in _COLUMNS if c not in register.columns or draws.chance(register.care.missing)}
        return {name: value for name, value in values.items() if value and name not in missing}

    def _name_as_written(self, site: _Site, *, first: bool) -> str:
        draws, register = self._draws, self._register
        parts = site.name.split()
        if not first:
            if len(parts) > 1 and draws.chance(register.word_dropped):
                parts.pop(draws.below(len(parts)) if draws.chance(0.4) else -1)
            if len(parts) > 1 and draws.chance(register.words_exchanged):
                parts[0], parts[-1] = parts[-1], parts[0]
            if draws.chance(register.word_added):
                parts.append(draws.pick((*words.EXTRAS[register.country], *_KINDS[register.country].split())))
            parts = [_SHORT.get(p, p) if draws.chance(register.word_shortened) else p for p in parts]
        if draws.chance(register.city_in_name):
            parts.append(draws.pick((f"- {site.address.place.city}", f"of {site.address.place.city}")))
        if draws.chance(register.form):
            forms = words.LEGAL_FORMS[register.country][site.form]
            parts.append(site.form if draws.chance(0.6) else draws.pick(forms))
        return " ".join(parts)
