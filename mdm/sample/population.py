"""The true population: households of people as they really are, before any system wrote them down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from mdm.sample.clock import SNAPSHOT, YEAR
from mdm.sample.companies import Company
from mdm.sample.draws import Draws, weighted
from mdm.sample.homes import Home, Homes
from mdm.sample.lookalikes import LookAlikes
from mdm.sample.mailboxes import Mailboxes, letters
from mdm.sample.names import Names, new_family, new_given
from mdm.sample.official import TaxNumbers
from mdm.sample.places import Address, Geography, Place
from mdm.sample.profile import Profile
from mdm.sample.strangers import Echo, Strangers

_YOUNGEST = 2005
_SUFFIXES = {
    "only the younger": ("", ("Jr.", "Jr", "Jr.", "II", "III")),
    "only the elder": ("Sr.", ("",)),
    "both": ("Sr.", ("Jr.", "Jr", "II")),
}
_SUFFIXED = weighted(tuple(_SUFFIXES), (0.5, 0.15, 0.35))


@dataclass(frozen=True, slots=True)
class Person:
    """A real person. ``emails`` and ``mobiles`` run from today's to the oldest; times are seconds since 1970.

    ``family_mobile`` is another member's number given out at times, ``role_email`` a mailbox of the employer that
    colleagues use as well; of somebody ``passing`` no system holds more than one record with a bare name.
    """

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
    role_email: str
    family_mobile: str
    tax: str
    passing: bool


def _day_of(year: int, draws: Draws) -> tuple[int, int, int]:
    day = date(year, 1, 1) + timedelta(days=draws.below(365))
    return day.year, day.month, day.day


class Population:
    """Makes households one after another (state: what is already taken, and people to resemble)."""

    def __init__(
        self,
        *,
        profile: Profile,
        names: Names,
        geography: Geography,
        employers: Mapping[Place, list[Company]],
        draws: Draws,
    ) -> None:
        self._profile, self._names, self._draws = profile, names, draws
        self._employers = employers
        self._home_origin = {c: max(held, key=lambda o: o[1])[0] for c, held in profile.origins}
        self._homes = Homes(profile=profile, geography=geography, draws=draws)
        self._mailboxes = Mailboxes(draws)
        self._taxes = TaxNumbers(draws)
        self._strangers = Strangers(profile=profile, draws=draws)
        self._look_alikes = LookAlikes(names)
        self._rare = frozenset(names.rare)
        self._people = 0
        self._households = 0

    def households(self) -> Iterator[tuple[Person, ...]]:
        """Households without end, each as its members; take as many as you need."""
        while True:
            home = self._homes.home(self._households)
            yield tuple(self._members(home))
            self._households += 1

    # -- who lives there -----------------------------------------------------------------------------------------

    def _members(self, home: Home) -> Iterator[Person]:
        draws, profile = self._draws, self._profile
        origin = self._origin(home.place)
        family = home.family or new_family(self._names, origin=origin, rare=profile.rare_family_name, draws=draws)
        self._homes.move_in(home, family)
        if draws.chance(profile.shared_email):
            local = f"the.{letters(family)}s" if draws.chance(0.5) else f"{letters(family)}family"
            home = replace(home, email=self._mailboxes.private(local, home.place))
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

    def _single(self, home: Home, origin: str, family: str) -> Person:
        """Somebody living alone, who may share a name, a number or a workplace with somebody before."""
        draws, profile, strangers = self._draws, self._profile, self._strangers
        passing = draws.chance(profile.passing)
        if passing and draws.chance(profile.passing_namesake):
            echo = strangers.namesake(home.place)
        else:
            echo = strangers.echo(home.place)
        person = self._person(
            home,
            origin=origin,
            family=echo.family or family if echo else family,
            year=echo.born[0] if echo and echo.born else self._year(),
            given=echo.given if echo else None,
            female=echo.female if echo else None,
            mobile=echo.mobile if echo else "",
            employer=echo.employer if echo else None,
        )
        if passing or (echo and echo.born):
            person = replace(person, passing=passing, born=echo.born if echo and echo.born else person.born)
        if not echo and person.family not in self._rare:
            strangers.call(home.place, Echo(person.female, person.given, person.family, person.born))
        return person

    def _couple(self, home: Home, origin: str, family: str) -> Iterator[Person]:
        draws, profile = self._draws, self._profile
        year, female = self._year(), draws.chance(0.5)
        one = self._person(home, origin=origin, family=family, year=year, female=female)
        yield one
        theirs = self._origin(home.place)
        own = new_family(self._names, origin=theirs, rare=profile.rare_family_name, draws=draws)
        other = not female if draws.chance(0.95) else female
        given = self._look_alike(one, origin, other) if draws.chance(profile.look_alike) else None
        if draws.chance(0.2):
            yield self._person(
                home, origin=theirs, family=own, year=year + draws.between(-6, 6), given=given, female=other
            )
            return
        name = f"{own}-{family}" if draws.chance(profile.hyphenated_name) else family
        # most marriages are older than the systems; only the recent ones show in them
        changed = SNAPSHOT - int(draws.unit() * 5 * YEAR) if draws.chance(profile.married_name) else 0
        two = self._person(
            home,
            origin=theirs,
            family=name,
            year=year + draws.between(-6, 6),
            given=given,
            female=other,
            former=own if changed else "",
            name_changed=changed,
        )
        yield self._lent_mobile(two, one, profile.family_mobile)

    def _family(self, home: Home, origin: str, family: str) -> Iterator[Person]:
        """One or two parents and one to three children; a pair of them may have look-alike names."""
        draws, profile = self._draws, self._profile
        home = self._registered_together(home)
        members = list(self._parents(home, origin, family, draws.between(1945, 1985)))
        parents, children = len(members), draws.between(1, 3)
        # (member, whom the name is like): of one generation where there are two, else of two
        pairs = [(parents + n, parents + n - 1) for n in range(1, children)] or [(parents, draws.below(parents))]
        later, earlier = draws.pick(pairs) if draws.chance(profile.look_alike) else (-1, -1)
        initial = draws.chance(profile.same_initial)
        for n in range(children):
            female, given = draws.chance(0.52), None
            if len(members) == later:
                given = self._look_alike(members[earlier], origin, female)
            elif initial and n:
                given = self._same_initial(home.place, origin, female, members[parents].given)
            given = given or self._given(home.place, origin, female)
            while given in {m.given for m in members}:
                given = self._given(home.place, origin, female)
            year = draws.between(1986, _YOUNGEST)
            members.append(self._person(home, origin=origin, family=family, year=year, given=given, female=female))
        first = members[0]
        yield first
        for member in members[1:]:
            yield self._lent_mobile(member, first, profile.family_mobile)

    def _parents(self, home: Home, origin: str, family: str, year: int) -> Iterator[Person]:
        draws = self._draws
        female = draws.chance(0.4)
        one = self._person(home, origin=origin, family=family, year=year, female=female)
        yield one
        if draws.chance(0.7):
            given = self._look_alike(one, origin, not female) if draws.chance(self._profile.look_alike / 2) else None
            yield self._person(
                home, origin=origin, family=family, year=year + draws.between(-4, 4), given=given, female=not female
            )

    def _twins(self, home: Home, origin: str, family: str) -> Iterator[Person]:
        draws, home = self._draws, self._registered_together(home)
        if draws.chance(0.4):
            yield from self._parents(home, origin, family, draws.between(1955, 1980))
        one = self._person(home, origin=origin, family=family, year=draws.between(1980, _YOUNGEST))
        female = one.female if draws.chance(0.7) else not one.female
        given = self._look_alike(one, origin, female) if draws.chance(self._profile.similar_twins) else None
        while given is None or given == one.given:
            given = self._given(home.place, origin, female)
        yield one
        two = self._person(home, origin=origin, family=family, year=one.born[0], given=given, female=female)
        yield replace(two, born=one.born)

    def _junior(self, home: Home, origin: str, family: str) -> Iterator[Person]:
        """Father and son, or mother and daughter, of one name; some have no suffix to tell them apart."""
        draws, profile = self._draws, self._profile
        female, year = draws.chance(profile.junior_female), draws.between(1935, 1972)
        given = self._given(home.place, origin, female)
        shares = draws.chance(profile.junior_shares_contact)
        if shares and draws.chance(0.5):
            home = replace(home, email=self._mailboxes.private(self._mailboxes.local(given, family, year), home.place))
        senior = self._person(home, origin=origin, family=family, year=year, given=given, female=female)
        later = min(_YOUNGEST, year + draws.between(20, 40))
        junior = self._person(home, origin=origin, family=family, year=later, given=given, female=female)
        if draws.chance(profile.junior_same_day):
            junior = replace(junior, born=(junior.born[0], senior.born[1], min(senior.born[2], 28)))
            senior = replace(senior, born=(senior.born[0], *junior.born[1:]))
        if not (female or home.place.country == "DE" or draws.chance(profile.junior_no_suffix)):
            elder, younger = _SUFFIXES[draws.of(_SUFFIXED)]
            senior, junior = replace(senior, suffix=elder), replace(junior, suffix=draws.pick(younger))
        yield senior
        yield self._lent_mobile(junior, senior, 1.0 if shares else 0.0)

    def _registered_together(self, home: Home) -> Home:
        """A family whose members may have neighbouring official numbers; German tax ids are random."""
        in_sequence = self._draws.chance(self._profile.tax_in_sequence) and home.place.country != "DE"
        return replace(home, in_sequence=in_sequence)

    def _lent_mobile(self, person: Person, lender: Person, rate: float) -> Person:
        return replace(person, family_mobile=lender.mobiles[0]) if self._draws.chance(rate) else person

    def _look_alike(self, like: Person, origin: str, female: bool) -> str | None:
        """A name that looks like somebody's; None where the language has none."""
        table = self._look_alikes.of(like.given, origin=origin, female=female)
        return self._draws.of(table) if table else None

    def _same_initial(self, place: Place, origin: str, female: bool, like: str) -> str | None:
        for _ in range(40):
            if (given := self._given(place, origin, female))[0] == like[0] and given != like:
                return given
        return None

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
        home: Home,
        *,
        origin: str,
        family: str,
        year: int,
        given: str | None = None,
        female: bool | None = None,
        former: str = "",
        name_changed: int = 0,
        mobile: str = "",
        employer: Company | None = None,
    ) -> Person:
        draws, profile, place = self._draws, self._profile, home.place
        female = draws.chance(0.52) if female is None else female
        given = given or self._given(place, origin, female)
        middle = self._given(place, origin, female) if draws.chance(profile.middle_name) else ""
        year = min(max(year, 1930), _YOUNGEST)
        mail_name = former if former and draws.chance(profile.old_email_name) else family
        emails = [self._mailboxes.private(self._mailboxes.local(given, mail_name, year), place)]
        while len(emails) < 3 and draws.chance(profile.second_email):
            emails.append(self._mailboxes.private(self._mailboxes.local(given, former or family, year), place))
        mobiles = [mobile or self._mobile(place)]
        if draws.chance(profile.old_mobile):
            mobiles.append(self._homes.phone(place, landline=False))
            self._strangers.give_up(place, Echo(female, given, mobile=mobiles[1]))
        employer = employer or self._employer(place)
        work, role = "", ""
        if employer:
            work = self._mailboxes.at_work(given, family, employer.web_domain)
            role = employer.mailbox if draws.chance(profile.role_contact) else ""
            self._strangers.employ(place, Echo(female, given, employer=employer))
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
            role_email=role,
            family_mobile="",
            tax=self._taxes.take(home),
            passing=False,
        )
        self._people += 1
        return person

    def _mobile(self, place: Place) -> str:
        recycled = self._draws.chance(self._profile.recycled_mobile) and self._strangers.recycled_mobile(place)
        return recycled or self._homes.phone(place, landline=False)

    def _employer(self, place: Place) -> Company | None:
        near = self._employers.get(place)
        return self._draws.pick(near) if near and self._draws.chance(self._profile.employed_by_customer) else None
