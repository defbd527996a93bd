"""The true population: households of people as they really are, before any system wrote them down."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from anyascii import anyascii

from mdm.sample.clock import SNAPSHOT, YEAR
from mdm.sample.companies import Company
from mdm.sample.draws import Draws, weighted
from mdm.sample.names import Names, new_family, new_given
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

_MAIL = {
    "US": (("gmail.com", 46), ("yahoo.com", 15), ("hotmail.com", 9), ("outlook.com", 8), ("icloud.com", 7),
           ("aol.com", 5), ("comcast.net", 3), ("protonmail.com", 2), ("att.net", 2), ("verizon.net", 1.5),
           ("msn.com", 1)),
    "GB": (("gmail.com", 42), ("hotmail.co.uk", 14), ("outlook.com", 10), ("yahoo.co.uk", 9), ("icloud.com", 8),
           ("btinternet.com", 6), ("sky.com", 3), ("hotmail.com", 4)),
    "DE": (("gmail.com", 30), ("web.de", 22), ("gmx.de", 20), ("t-online.de", 12), ("outlook.de", 4), ("yahoo.de", 4),
           ("hotmail.com", 4), ("freenet.de", 3)),
}  # fmt: skip
_WORDS = (
    "sunny", "river", "maple", "star", "blue", "lucky", "happy", "wild", "silver", "green", "mountain", "ocean",
    "stone", "golden", "misty", "cedar", "fox", "bear", "wolf", "coffee", "music", "runner", "garden", "soccer",
    "guitar", "pixel",
)  # fmt: skip
_YOUNGEST = 2005
_LOCAL_STYLES = weighted(range(8), (28, 14, 13, 8, 7, 12, 8, 10))
_NOT_LETTERS = re.compile(r"[^a-z]")


@dataclass(frozen=True, slots=True)
class Person:
    """A real person. ``emails`` and ``mobiles`` run from today's to the oldest; times are seconds since 1970."""

    number: int
    household: int
    female: bool
    given: str
    middle: str
    family: str
    former_family: str
    name_changed: int
    suffix: str
    born: tuple[int, int, int]
    address: Address
    old_address: Address | None
    moved: int
    emails: tuple[str, ...]
    household_email: str
    work_email: str
    mobiles: tuple[str, ...]
    number_changed: int
    landline: str
    employer: Company | None


@dataclass(frozen=True, slots=True)
class _Home:
    """What the members of a household share."""

    number: int
    place: Place
    address: Address
    old_address: Address | None
    moved: int
    landline: str
    email: str


def _day_of(year: int, draws: Draws) -> tuple[int, int, int]:
    day = date(year, 1, 1) + timedelta(days=draws.below(365))
    return day.year, day.month, day.day


def letters(text: str) -> str:
    """Lower-case ASCII letters only: what a name becomes in an e-mail address."""
    return _NOT_LETTERS.sub("", anyascii(text).lower())


class Population:
    """Makes households one after another (state: what is already taken: e-mails, phone numbers, buildings)."""

    def __init__(
        self,
        *,
        profile: Profile,
        names: Names,
        geography: Geography,
        employers: Mapping[Place, list[Company]],
        draws: Draws,
    ) -> None:
        self._profile, self._names, self._geography, self._draws = profile, names, geography, draws
        self._employers = employers
        self._countries = weighted([c for c, _ in profile.countries], [w for _, w in profile.countries])
        self._mail = {c: weighted([d for d, _ in held], [w for _, w in held]) for c, held in _MAIL.items()}
        self._home_origin = {c: max(held, key=lambda o: o[1])[0] for c, held in profile.origins}
        self._emails: set[str] = set()
        self._phones: set[str] = set()
        self._buildings: dict[Place, list[Address]] = {}
        self._given_up: dict[Place, list[str]] = {}
        self._called: dict[Place, list[tuple[bool, str, str]]] = {}
        self._people = 0
        self._households = 0

    def households(self) -> Iterator[tuple[Person, ...]]:
        """Households without end, each as its members; take as many as you need."""
        while True:
            home = self._home()
            yield tuple(self._members(home))
            self._households += 1

    # -- homes ---------------------------------------------------------------------------------------------------

    def _home(self) -> _Home:
        draws, profile = self._draws, self._profile
        place = draws.of(self._geography.places[draws.of(self._countries)])
        old, moved = None, 0
        if draws.chance(profile.move):
            there = place if draws.chance(0.6) else draws.of(self._geography.places[place.country])
            old, moved = self._address(there), SNAPSHOT - int(draws.unit() * 4 * YEAR)
        landline = self._phone(place, landline=True) if draws.chance(profile.landline) else ""
        return _Home(self._households, place, self._address(place), old, moved, landline, "")

    def _address(self, place: Place) -> Address:
        draws, profile = self._draws, self._profile
        if not draws.chance(profile.apartment):
            return new_address(self._geography, place=place, unit="", draws=draws)
        buildings = self._buildings.setdefault(place, [])
        if buildings and draws.chance(profile.same_building):
            return in_building(draws.pick(buildings), unit=new_unit(draws))
        address = new_address(self._geography, place=place, unit=new_unit(draws), draws=draws)
        buildings.append(address)
        return address

    def _phone(self, place: Place, *, landline: bool) -> str:
        make = new_landline if landline else new_mobile
        while (phone := make(place, self._draws)) in self._phones:
            pass
        self._phones.add(phone)
        return phone

    # -- who lives there -----------------------------------------------------------------------------------------

    def _members(self, home: _Home) -> Iterator[Person]:
        draws, profile = self._draws, self._profile
        origin = self._origin(home.place)
        family = new_family(self._names, origin=origin, rare=profile.rare_family_name, draws=draws)
        if draws.chance(profile.shared_email):
            local = f"the.{letters(family)}s" if draws.chance(0.5) else f"{letters(family)}family"
            home = replace(home, email=self._email(local, home.place))
        kind = draws.unit()
        if kind < profile.twins:
            yield from self._twins(home, origin, family)
        elif (kind := kind - profile.twins) < profile.junior:
            yield from self._junior(home, origin, family)
        elif (kind := kind - profile.junior) < profile.family:
            yield from self._family(home, origin, family)
        elif (kind := kind - profile.family) < profile.couple:
            yield from self._couple(home, origin, family)
        elif kind - profile.couple < profile.flatmates:
            for _ in range(draws.between(2, 3)):
                theirs = self._origin(home.place)
                own = new_family(self._names, origin=theirs, rare=profile.rare_family_name, draws=draws)
                yield self._person(home, origin=theirs, family=own, year=draws.between(1975, _YOUNGEST))
        else:
            yield self._single(home, origin, family)

    def _single(self, home: _Home, origin: str, family: str) -> Person:
        draws = self._draws
        called = self._called.setdefault(home.place, [])
        if called and draws.chance(self._profile.namesake):
            female, given, family = draws.pick(called)
            return self._person(home, origin=origin, family=family, year=self._year(), given=given, female=female)
        person = self._person(home, origin=origin, family=family, year=self._year())
        if len(called) < 500:
            called.append((person.female, person.given, person.family))
        return person

    def _couple(self, home: _Home, origin: str, family: str) -> Iterator[Person]:
        draws, profile = self._draws, self._profile
        year, female = self._year(), draws.chance(0.5)
        yield self._person(home, origin=origin, family=family, year=year, female=female)
        theirs = self._origin(home.place)
        own = new_family(self._names, origin=theirs, rare=profile.rare_family_name, draws=draws)
        other = not female if draws.chance(0.95) else female
        if draws.chance(0.2):
            yield self._person(home, origin=theirs, family=own, year=year + draws.between(-6, 6), female=other)
            return
        name = f"{own}-{family}" if draws.chance(profile.hyphenated_name) else family
        # most marriages are older than the systems; only the recent ones show in them
        changed = SNAPSHOT - int(draws.unit() * 5 * YEAR) if draws.chance(profile.married_name) else 0
        yield self._person(
            home,
            origin=theirs,
            family=name,
            year=year + draws.between(-6, 6),
            female=other,
            former=own if changed else "",
            name_changed=changed,
        )

    def _family(self, home: _Home, origin: str, family: str) -> Iterator[Person]:
        draws = self._draws
        yield from self._parents(home, origin, family, draws.between(1945, 1985))
        for _ in range(draws.between(1, 2)):
            yield self._person(home, origin=origin, family=family, year=draws.between(1986, _YOUNGEST))

    def _parents(self, home: _Home, origin: str, family: str, year: int) -> Iterator[Person]:
        draws = self._draws
        yield self._person(home, origin=origin, family=family, year=year, female=draws.chance(0.4))
        if draws.chance(0.7):
            yield self._person(home, origin=origin, family=family, year=year + draws.between(-4, 4))

    def _twins(self, home: _Home, origin: str, family: str) -> Iterator[Person]:
        draws = self._draws
        if draws.chance(0.4):
            yield from self._parents(home, origin, family, draws.between(1955, 1980))
        one = self._person(home, origin=origin, family=family, year=draws.between(1980, _YOUNGEST))
        female = one.female if draws.chance(0.7) else not one.female
        similar = draws.chance(self._profile.similar_twins)
        given = self._given(home.place, origin, female)
        for _ in range(400):
            if given != one.given and (not similar or (female != one.female or given[:2] == one.given[:2])):
                break
            given = self._given(home.place, origin, female)
        yield one
        two = self._person(home, origin=origin, family=family, year=one.born[0], given=given, female=female)
        yield replace(two, born=one.born)

    def _junior(self, home: _Home, origin: str, family: str) -> Iterator[Person]:
        draws = self._draws
        year = draws.between(1940, 1975)
        senior = self._person(home, origin=origin, family=family, year=year, female=False)
        german = home.place.country == "DE"
        yield senior if german or draws.chance(0.3) else replace(senior, suffix=draws.pick(("Sr.", "Sr")))
        junior = self._person(
            home,
            origin=origin,
            family=family,
            year=min(_YOUNGEST, year + draws.between(20, 38)),
            given=senior.given,
            female=False,
        )
        yield junior if german else replace(junior, suffix=draws.pick(("Jr.", "Jr", "II", "III")))

    # -- one person ----------------------------------------------------------------------------------------------

    def _origin(self, place: Place) -> str:
        return self._draws.of(self._names.origins[place.country])

    def _given(self, place: Place, origin: str, female: bool) -> str:
        home = self._home_origin[place.country]
        return new_given(self._names, origin=origin, home=home, female=female, draws=self._draws)

    def _year(self) -> int:
        # the mean of two draws: fewer very young and very old customers
        return int(1936 + (self._draws.unit() + self._draws.unit()) / 2 * 70)

    def _person(
        self,
        home: _Home,
        *,
        origin: str,
        family: str,
        year: int,
        given: str | None = None,
        female: bool | None = None,
        former: str = "",
        name_changed: int = 0,
    ) -> Person:
        draws, profile, place = self._draws, self._profile, home.place
        female = draws.chance(0.52) if female is None else female
        given = given or self._given(place, origin, female)
        middle = self._given(place, origin, female) if draws.chance(profile.middle_name) else ""
        year = min(max(year, 1930), _YOUNGEST)
        mail_name = former if former and draws.chance(profile.old_email_name) else family
        emails = [self._email(self._local(given, mail_name, year), place)]
        while len(emails) < 3 and draws.chance(profile.second_email):
            emails.append(self._email(self._local(given, former or family, year), place))
        mobiles = [self._mobile(place)]
        if draws.chance(profile.old_mobile):
            mobiles.append(self._phone(place, landline=False))
            self._given_up.setdefault(place, []).append(mobiles[1])
        employer = self._employer(place)
        work = ""
        if employer:
            work = self._work_email(given, family, employer.domain)
        person = Person(
            number=self._people,
            household=home.number,
            female=female,
            given=given,
            middle=middle if middle != given else "",
            family=family,
            former_family=former,
            name_changed=name_changed,
            suffix="",
            born=_day_of(year, draws),
            address=home.address,
            old_address=home.old_address,
            moved=home.moved,
            emails=tuple(emails),
            household_email=home.email,
            work_email=work,
            mobiles=tuple(mobiles),
            number_changed=SNAPSHOT - int(draws.unit() * 4 * YEAR),
            landline=home.landline,
            employer=employer,
        )
        self._people += 1
        return person

    def _mobile(self, place: Place) -> str:
        free = self._given_up.get(place)
        if free and self._draws.chance(self._profile.recycled_mobile):
            return free.pop(self._draws.below(len(free)))
        return self._phone(place, landline=False)

    def _employer(self, place: Place) -> Company | None:
        near = self._employers.get(place)
        return self._draws.pick(near) if near and self._draws.chance(self._profile.employed_by_customer) else None

    def _local(self, given: str, family: str, year: int) -> str:
        draws = self._draws
        g, f = letters(given) or "mail", letters(family) or "home"
        word, number = draws.pick(_WORDS), draws.between(1, 999)
        made = (f"{g}.{f}", f"{g}{f}", f"{g[0]}{f}", f"{g}_{f}", f"{f}.{g}", f"{g}.{f}{year % 100:02d}",
                f"{word}{g}{number}", f"{word}{draws.pick(_WORDS)}{number}")  # fmt: skip
        return made[draws.of(_LOCAL_STYLES)]

    def _email(self, local: str, place: Place) -> str:
        return self._claim(local, self._draws.of(self._mail[place.country]))

    def _work_email(self, given: str, family: str, domain: str) -> str:
        g, f = letters(given) or "mail", letters(family) or "home"
        return self._claim(f"{g}.{f}" if self._draws.chance(0.6) else f"{g[0]}{f}", domain)

    def _claim(self, local: str, domain: str) -> str:
        """Nobody else has the address in the real world; dots do not make it another one (Gmail ignores them)."""
        name = local
        while (key := f"{name.replace('.', '')}@{domain}") in self._emails:
            name = f"{local}{self._draws.between(1, 9999)}"
        self._emails.add(key)
        return f"{name}@{domain}"
