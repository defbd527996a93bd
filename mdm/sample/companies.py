"""The true companies: legal names, sites, branches, domains and tax numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from anyascii import anyascii

from mdm.sample.draws import Draws, UniqueNumbers, weighted
from mdm.sample.names import Names, new_family
from mdm.sample.places import Address, Geography, Place, new_address, new_landline, new_unit
from mdm.sample.profile import Profile

# legal form -> other ways to write it
LEGAL_FORMS: dict[str, dict[str, tuple[str, ...]]] = {
    "US": {
        "LLC": ("L.L.C.", "Llc", "LLC."),
        "Inc": ("Inc.", "Incorporated", ", Inc."),
        "Corp": ("Corp.", "Corporation"),
        "Co": ("Co.", "Company"),
        "LP": ("L.P.",),
    },
    "GB": {"Ltd": ("Limited", "Ltd.", "LTD"), "PLC": ("plc", "P.L.C."), "LLP": ("L.L.P.",)},
    "DE": {
        "GmbH": ("GMBH", "Gesellschaft mbH", "G.m.b.H."),
        "GmbH & Co. KG": ("GmbH & Co KG", "GmbH u. Co. KG"),
        "AG": ("Aktiengesellschaft",),
        "e.K.": ("eK",),
        "UG": ("UG (haftungsbeschränkt)",),
    },
}
_TRADES = {
    "US": "Auto Dental Foods Design Consulting Logistics Bakery Interiors Landscaping Plumbing Roofing Electric Realty "
    "Insurance Pharmacy Florist Catering Printing Hardware Fitness Veterinary Construction Cleaning Supply Optical",
    "GB": "Motors Dental Foods Design Consulting Logistics Bakery Interiors Landscapes Plumbing Roofing Electrical "
    "Estates Insurance Pharmacy Florists Catering Print Hardware Builders Cleaning Supplies Opticians Garage",
    "DE": "Autohaus Zahntechnik Lebensmittel Design Beratung Logistik Bäckerei Raumausstattung Gartenbau Sanitär "
    "Dachdecker Elektro Immobilien Versicherungen Apotheke Blumen Catering Druckerei Bau Gebäudereinigung Optik",
}
_EXTRAS = {"US": ("Group", "Services", "Partners", "Solutions", "Center", "Associates", "& Sons", "Holdings"),
           "GB": ("Group", "Services", "Partners", "Solutions", "& Sons", "Holdings", "Centre"),
           "DE": ("Gruppe", "Service", "und Partner", "& Söhne", "Handel", "Technik")}  # fmt: skip
_BRIGHT = (
    "Summit Pioneer Evergreen Cornerstone Blue_Ridge Northstar Redwood Keystone Lighthouse Beacon Granite Harbor "
    "Sterling Liberty Apex Horizon Silverline Cascade Prairie Ironwood Crescent Meridian Vanguard Oakmont"
)


@dataclass(frozen=True, slots=True)
class Company:
    """A real company or one of its branches; ``parent`` is the number of the company a branch belongs to."""

    number: int
    core: str
    legal_form: str
    branch: str
    parent: int | None
    domain: str
    tax_number: str
    address: Address
    phone: str


def companies(*, count: int, profile: Profile, names: Names, geography: Geography, draws: Draws) -> Iterator[Company]:
    """Exactly ``count`` companies; a branch follows its parent and shares name, domain and tax number with it."""
    countries = weighted([c for c, _ in profile.countries], [w for _, w in profile.countries])
    taxes = UniqueNumbers(draws, low=10_0000000, high=99_9999999)
    domains: set[str] = set()
    last: Company | None = None
    for number in range(count):
        if last and draws.chance(profile.company.branch):
            yield _branch(last, number=number, geography=geography, draws=draws)
            continue
        place = draws.of(geography.places[draws.of(countries)])
        core = _core(place, names=names, profile=profile, draws=draws)
        form = draws.pick(tuple(LEGAL_FORMS[place.country])) if draws.chance(0.85) else ""
        domain = _domain(core, country=place.country, taken=domains, draws=draws)
        tax = _tax_number(place.country, taxes.take())
        last = Company(
            number, core, form, "", None, domain, tax, _site(place, geography, draws), new_landline(place, draws)
        )
        yield last


def _branch(parent: Company, *, number: int, geography: Geography, draws: Draws) -> Company:
    place = draws.of(geography.places[parent.address.place.country])
    label = draws.pick((place.city, f"{place.city} Branch", f"#{draws.between(2, 40)}", f"- {place.city}"))
    return replace(
        parent,
        number=number,
        branch=label,
        parent=parent.number if parent.parent is None else parent.parent,
        address=_site(place, geography, draws),
        phone=new_landline(place, draws),
    )


def _site(place: Place, geography: Geography, draws: Draws) -> Address:
    unit = new_unit(draws) if draws.chance(0.3) else ""
    return new_address(geography, place=place, unit=unit, draws=draws)


def _core(place: Place, *, names: Names, profile: Profile, draws: Draws) -> str:
    country, kind = place.country, draws.unit()
    trade = draws.pick(_TRADES[country].split())
    family = new_family(names, origin=draws.of(names.origins[country]), rare=profile.rare_family_name, draws=draws)
    if kind < 0.45:
        core = f"{family} {trade}" if country != "DE" else f"{trade} {family}"
    elif kind < 0.6:
        core = f"{draws.pick(_BRIGHT.split()).replace('_', ' ')} {trade}"
    elif kind < 0.75:
        core = f"{place.city} {trade}"
    else:
        other = new_family(names, origin=draws.of(names.origins[country]), rare=0.3, draws=draws)
        core = f"{family} & {other}"
    return f"{core} {draws.pick(_EXTRAS[country])}" if draws.chance(0.3) else core


def _domain(core: str, *, country: str, taken: set[str], draws: Draws) -> str:
    words = [w for w in "".join(c if c.isalnum() else " " for c in anyascii(core).lower()).split() if w != "and"]
    ending = {"US": "com", "GB": "co.uk", "DE": "de"}[country]
    stem = ("-" if country == "DE" and draws.chance(0.6) else "").join(words)[:24]
    name = f"{stem}.{ending}"
    while name in taken:
        name = f"{stem}{draws.between(2, 9999)}.{ending}"
    taken.add(name)
    return name


def _tax_number(country: str, number: int) -> str:
    if country == "US":
        return f"{number // 10**7}-{number % 10**7:07d}"
    return f"{country}{number}"


def full_name(company: Company) -> str:
    """The registered name, with the branch where there is one."""
    return " ".join(part for part in (company.core, company.legal_form, company.branch) if part)
