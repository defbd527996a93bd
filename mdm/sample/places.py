"""Where people live: plausible places with their own region, postcodes and area codes, streets and phone numbers."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from importlib.resources import files

from mdm.sample.draws import Draws, Weighted, weighted

_STREETS = (
    "Main Oak Maple Cedar Pine Elm Walnut Chestnut Willow Birch Spruce Magnolia Dogwood Juniper Hickory Sycamore "
    "Washington Lincoln Jefferson Jackson Madison Franklin Adams Monroe Grant Lafayette Church Mill Park Lake River "
    "Spring Center Union Market High Prospect Pleasant Highland Hillcrest Ridge Meadow Sunset Forest Orchard Valley "
    "Harbor Canal Court College School Station Depot Bridge Quarry Cherry Peach Laurel Ivy Rose Clover Heather Fern "
    "Hawthorn Linden Poplar Locust Beech Ash Cottonwood Redwood Sequoia Palm Cypress Vine Front Water Commerce "
    "Liberty Independence Railroad Victory Summit Fairview Lakeview Glenwood Edgewood Wildwood Kingston Windsor "
    "Cambridge Oxford Bristol Essex Stratford Canterbury Sheffield Devon Somerset Carriage Fox Deer Eagle Falcon "
    "Quail Pheasant Bear Elk Old_Mill Fox_Hollow Stone_Gate Rock_Creek Indian_Trail Clear_Water Silver_Lake "
    "Martin_Luther_King Saint_James 1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th 12th 14th 21st 32nd"
)
_GB_STREETS = (
    "High Church Station Victoria Park Green Manor Mill Kings Queens Albert York London New North School Chapel "
    "Springfield Windsor Grove Richmond Alexandra Highfield Broadway Stanley Clarence Grange Cross George Bridge "
    "Orchard West Main Chester Woodland Meadow Elm Oak Ash Beech Holly Cedar Rowan Chestnut Priory Abbey Castle"
)
_DE_STREETS = (
    "Haupt:s Schul:s Garten:s Bahnhof:s Dorf:s Berg:s Birken:w Linden:s Kirch:s Wald:s Ring:s Schiller:s Goethe:s "
    "Jahn:s Buchen:w Wiesen:s Feld:s Rosen:s Amsel:w Mozart:s Beethoven:s Bach:s Lessing:s Eichen:w Tannen:w "
    "Mühlen:s Kirschen:w Ahorn:w Finken:w Lerchen:w Post:s Markt:p Friedrich:s Wilhelm:s Bismarck:s Kaiser:a "
    "Berliner_S:x Hamburger_S:x Münchner_S:x Frankfurter_A:x Am_Markt: Am_Bahnhof: Im_Winkel: An_der_Mühle: "
    "Rathaus:p Schloss:s Sonnen:s Blumen:s Rhein:s Ufer:s"
)
_US_TYPES: tuple[tuple[str, str, float], ...] = (
    ("Street", "St", 0.3),
    ("Avenue", "Ave", 0.2),
    ("Road", "Rd", 0.14),
    ("Drive", "Dr", 0.14),
    ("Lane", "Ln", 0.08),
    ("Court", "Ct", 0.05),
    ("Boulevard", "Blvd", 0.04),
    ("Place", "Pl", 0.03),
    ("Terrace", "Ter", 0.01),
    ("Circle", "Cir", 0.01),
)
_GB_TYPES: tuple[tuple[str, str, float], ...] = (
    ("Road", "Rd", 0.38),
    ("Street", "St", 0.25),
    ("Avenue", "Ave", 0.1),
    ("Close", "Cl", 0.1),
    ("Lane", "Ln", 0.07),
    ("Drive", "Dr", 0.06),
    ("Gardens", "Gdns", 0.04),
)
ABBREVIATED_TYPES: dict[str, str] = {long: short for long, short, _ in (*_US_TYPES, *_GB_TYPES)}
_DE_ENDINGS = {"s": "straße", "w": "weg", "p": "platz", "a": "allee", "": ""}
_POSTCODE_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"


@dataclass(frozen=True, slots=True)
class Place:
    """A city with what follows from it. GB: ``postcode_low`` holds postcode areas, ``postcode_high`` the districts."""

    country: str
    region: str
    city: str
    area_codes: tuple[str, ...]
    postcode_low: str
    postcode_high: str


@dataclass(frozen=True, slots=True)
class Address:
    """A true postal address; ``unit`` is the bare number of a flat, ``street`` includes its type for GB and DE."""

    place: Place
    number: str
    direction: str
    street: str
    kind: str
    unit: str
    postcode: str


@dataclass(frozen=True)
class Geography:
    """The places of each country, by population, and their street names."""

    places: dict[str, Weighted[Place]]
    streets: dict[str, Weighted[tuple[str, str]]]


def read_geography() -> Geography:
    """Reads the bundled places (``data/places.csv``, written for this project) and makes the street tables."""
    rows: dict[str, list[tuple[Place, float]]] = {}
    text = files("mdm.sample").joinpath("data", "places.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        codes = tuple(row["area_codes"].split("|"))
        place = Place(row["country"], row["region"], row["city"], codes, row["postcode_low"], row["postcode_high"])
        rows.setdefault(place.country, []).append((place, float(row["weight"])))
    places = {country: weighted([p for p, _ in held], [w for _, w in held]) for country, held in rows.items()}
    return Geography(places, {"US": _typed(_STREETS, _US_TYPES), "GB": _typed(_GB_STREETS, _GB_TYPES), "DE": _german()})


def _typed(names: str, types: tuple[tuple[str, str, float], ...]) -> Weighted[tuple[str, str]]:
    pairs = [
        ((name.replace("_", " "), kind), weight / (12 + i))
        for i, name in enumerate(names.split())
        for kind, _, weight in types
    ]
    return weighted([p for p, _ in pairs], [w for _, w in pairs])


def _german() -> Weighted[tuple[str, str]]:
    streets: list[tuple[str, str]] = []
    for entry in _DE_STREETS.split():
        stem, _, ending = entry.partition(":")
        name = stem.replace("_", " ")
        full = name + {"S": "traße", "A": "llee"}[name[-1]] if ending == "x" else name + _DE_ENDINGS[ending]
        streets.append((full, ""))
    return weighted(streets, [1 / (8 + i) for i in range(len(streets))])


def new_address(geography: Geography, *, place: Place, unit: str, draws: Draws) -> Address:
    """A random address in a place; ``unit`` is empty for a house."""
    street, kind = draws.of(geography.streets[place.country])
    direction, number = "", str(draws.between(1, 180))
    if place.country == "US":
        direction = draws.pick(("North", "South", "East", "West")) if draws.chance(0.25) else ""
        number = str(draws.between(1, 999) if draws.chance(0.4) else draws.between(1000, 9999))
    elif place.country == "DE" and draws.chance(0.12):
        number += draws.pick("abc")
    return Address(place, number, direction, street, kind, unit, _postcode(place, draws))


def new_unit(draws: Draws) -> str:
    """The number of a flat: 7, 12B."""
    return str(draws.between(1, 48)) + (draws.pick("ABCD") if draws.chance(0.25) else "")


def in_building(building: Address, *, unit: str) -> Address:
    """Another flat at the same street number."""
    return replace(building, unit=unit)


def _postcode(place: Place, draws: Draws) -> str:
    if place.country == "GB":
        area = draws.pick(place.postcode_low.split("|"))
        inward = f"{draws.below(10)}{draws.pick(_POSTCODE_LETTERS)}{draws.pick(_POSTCODE_LETTERS)}"
        return f"{area}{draws.between(1, int(place.postcode_high))} {inward}"
    # squared, so that a city has a few crowded postcodes and many thin ones
    low, high = int(place.postcode_low), int(place.postcode_high)
    share = draws.unit()
    return f"{low + int(share * share * (high - low + 1)):05d}"


def new_mobile(place: Place, draws: Draws) -> str:
    """A mobile number in E.164 (in the US: a number of the place, as landlines are)."""
    if place.country == "GB":
        return f"+447{draws.pick('457789')}{draws.below(10**8):08d}"
    if place.country == "DE":
        prefix = draws.pick(("151", "152", "157", "159", "160", "170", "171", "172", "173", "175", "176", "179"))
        digits = 8 if prefix.startswith("15") else 7
        return f"+49{prefix}{draws.between(10 ** (digits - 1), 10**digits - 1)}"
    return new_landline(place, draws)


def new_landline(place: Place, draws: Draws) -> str:
    """A fixed-line number in E.164 with an area code of the place."""
    code = draws.pick(place.area_codes)
    if place.country == "GB":
        digits = 10 - len(code)
        return f"+44{code}{draws.between(2, 8)}{draws.below(10 ** (digits - 1)):0{digits - 1}d}"
    if place.country == "DE":
        return f"+49{code}{draws.between(200_000, 9_999_999)}"
    while (exchange := draws.between(200, 999)) in (555, 911) or exchange % 100 == 11:
        pass
    return f"+1{code}{exchange}{draws.below(10_000):04d}"
