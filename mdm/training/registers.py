"""Plain registers of people: what clubs, clinics, offices and archives keep, as training populations.

``mdm.sample`` makes the customers of a retailer, in its systems' formats. A register is one list with few columns, in
which people may or may not stand with their families, and which may be kept well or badly. Every rate of one register
is drawn at random, so that a model learns how registers differ and not what one of them is like. Nothing here imitates
a published data set.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar

import pyarrow as pa

from mdm.model import EntityType
from mdm.sample.draws import Draws, UniqueNumbers, weighted
from mdm.sample.names import Names, new_family, new_given, read_names
from mdm.sample.noise import name_in_ascii
from mdm.sample.places import Address, Geography, new_address, new_landline, new_unit, read_geography
from mdm.sample.profile import DEFAULT
from mdm.standardise.batch import standardise_batch
from mdm.standardise.values import Context
from mdm.training.writing import Care, Hand

T = TypeVar("T")
_COLUMNS = ("date_of_birth", "address", "phone", "email", "tax_number")


@dataclass(frozen=True)
class Register:
    """One register: who stands in it and how it is kept. Shares are probabilities per person, record or value."""

    people: int
    country: str
    columns: frozenset[str]
    again: float  # a person has another record, and another, ...
    relatives: float  # a new person lives with the one before and has the same last name
    sharing: float  # relatives share the phone and the e-mail
    few_names: bool  # a place where few last names are common
    birth_span: int  # years
    care: Care
    other_value: float  # the value of somebody else stands there
    nickname: float
    initial: float
    exchanged: float  # first and last name
    married: float
    moved: float
    birth_off: float


def random_care(draws: Draws) -> Care:
    """Any care between good and bad, good more often."""

    def rate(most: float) -> float:
        return most * draws.unit() ** 2

    return Care(
        slip=rate(0.3),
        second_slip=rate(0.5),
        missing=rate(0.35),
        parts_mixed=rate(0.2),
        abbreviated=draws.unit(),
        capitals=draws.chance(0.3),
    )


def random_register(*, seed: int, people: int) -> Register:
    """A register whose every rate is drawn from a wide range."""
    draws = Draws(seed=seed, stream=1)

    def rate(most: float) -> float:
        return most * draws.unit() ** 2

    has = {c: draws.chance(share) for c, share in zip(_COLUMNS, (0.85, 0.75, 0.35, 0.25, 0.25), strict=True)}
    if not any(has.values()):
        has["date_of_birth"] = True
    return Register(
        people=people,
        country=draws.pick(("US", "US", "GB", "DE")),
        columns=frozenset(c for c, held in has.items() if held),
        again=0.03 + 0.7 * draws.unit(),
        relatives=0.0 if draws.chance(0.45) else 0.6 * draws.unit(),
        sharing=draws.unit(),
        few_names=draws.chance(0.3),
        birth_span=draws.pick((10, 40, 80)),
        care=random_care(draws),
        other_value=rate(0.05),
        nickname=rate(0.3),
        initial=rate(0.15),
        exchanged=rate(0.08),
        married=rate(0.15),
        moved=rate(0.4),
        birth_off=rate(0.12),
    )


@dataclass(frozen=True, slots=True)
class _Person:
    given: str
    family: str
    female: bool
    born: date
    address: Address
    phone: str
    email: str
    tax: str


def register_population(register: Register, *, seed: int) -> pa.Table:
    """Every record of a register, standardised: record_id, entity_type, match, content_hash, entity_id, ..."""
    keeper = _Keeper(register, seed=seed)
    rows = list(keeper.records())
    raw = pa.table(
        {
            "record_id": pa.array(range(1, len(rows) + 1), pa.int64()),
            "version": pa.array([1] * len(rows), pa.int32()),
            "entity_type": [EntityType.PERSON.value] * len(rows),
            "attributes": [json.dumps(attributes) for _, attributes in rows],
        }
    )
    table = standardise_batch(raw, Context(default_region=register.country))
    return table.append_column("entity_id", pa.array([f"P{number}" for number, _ in rows]))


class _Keeper:
    """Writes people into a register, again and again (state: the position in the stream of draws)."""

    def __init__(self, register: Register, *, seed: int) -> None:
        self._register, self._draws = register, Draws(seed=seed, stream=2)
        self._hand = Hand(register.care, self._draws)
        self._names: Names = read_names(dict(DEFAULT.origins))
        self._geography: Geography = read_geography()
        self._taxes = UniqueNumbers(self._draws, low=100_00_0000, high=899_99_9999)
        home = {"US": "en_US", "GB": "en_GB", "DE": "de_DE"}[register.country]
        self._home = home
        common = [new_family(self._names, origin=home, rare=0.0, draws=self._draws) for _ in range(150)]
        self._common = weighted(common, [1 / (3 + i) for i in range(len(common))])
        self._everyone: list[_Person] = []

    def records(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """(number of the person, canonical attributes) of every record."""
        draws, register = self._draws, self._register
        before: _Person | None = None
        for number in range(register.people):
            person = self._person(before if before and draws.chance(register.relatives) else None)
            self._everyone.append(person)
            before = person
            yield number, self._written(person, first=True)
            copies = 0
            while copies < 6 and draws.chance(register.again):
                copies += 1
                yield number, self._written(person, first=False)

    def _person(self, relative: _Person | None) -> _Person:
        draws, register = self._draws, self._register
        female = draws.chance(0.5)
        origin = self._home if draws.chance(0.85) else draws.of(self._names.origins[register.country])
        given = new_given(self._names, origin=origin, home=self._home, female=female, draws=draws)
        tax = f"{self._taxes.take():09d}"
        born = date(2005 - register.birth_span, 1, 1) + timedelta(days=draws.below(365 * register.birth_span))
        if relative:
            shared = draws.chance(register.sharing)
            phone = relative.phone if shared else new_landline(relative.address.place, draws)
            email = relative.email if shared and draws.chance(0.5) else self._email(given, relative.family)
            return _Person(given, relative.family, female, born, relative.address, phone, email, tax)
        family = (
            draws.of(self._common)
            if register.few_names
            else new_family(self._names, origin=origin, rare=DEFAULT.rare_family_name, draws=draws)
        )
        address = self._address()
        phone = new_landline(address.place, draws)
        return _Person(given, family, female, born, address, phone, self._email(given, family), tax)

    def _address(self) -> Address:
        place = self._draws.of(self._geography.places[self._register.country])
        unit = new_unit(self._draws) if self._draws.chance(0.2) else ""
        return new_address(self._geography, place=place, unit=unit, draws=self._draws)

    def _email(self, given: str, family: str) -> str:
        draws = self._draws
        first, last = (name_in_ascii(n).lower().replace(" ", "").replace("'", "") for n in (given, family))
        local = draws.pick((f"{first}.{last}", f"{first}{last}", f"{first[0]}{last}", f"{last}{draws.below(100)}",
                            f"{first}{draws.below(1000)}"))  # fmt: skip
        return f"{local}@{draws.pick(('gmail.com', 'yahoo.com', 'outlook.com', 'hotmail.com', 'aol.com'))}"

    # -- as written ----------------------------------------------------------------------------------------------

    def _written(self, person: _Person, *, first: bool) -> dict[str, Any]:
        """The person's values as this record has them; the first record of a person is kept a little better."""
        draws, register = self._draws, self._register
        other = draws.pick(self._everyone)
        given, family = person.given, person.family
        if not first and person.female and draws.chance(register.married):
            family = other.family
        if names := self._names.nicknames.get(given, ()):
            given = draws.pick(names) if draws.chance(register.nickname) else given
        given = given[0] if draws.chance(register.initial) else given
        if draws.chance(register.exchanged):
            given, family = family, given
        born, address, phone, email, tax = person.born, person.address, person.phone, person.email, person.tax
        if not first:
            given, family = self._or(given, other.given), self._or(family, other.family)
            born, address = self._or(born, other.born), self._or(address, other.address)
            phone, email, tax = self._or(phone, other.phone), self._or(email, other.email), self._or(tax, other.tax)
            address = self._address() if draws.chance(register.moved) else address
        hand = self._hand
        values: dict[str, Any] = {
            "given_name": hand.text(given, first=first),
            "family_name": hand.text(family, first=first),
            "date_of_birth": self._birth(born),
            "address": hand.address(address, first=first),
            "phone": [{"value": hand.digits(phone)}],
            "email": [{"value": written}] if (written := hand.text(email, first=first)) else [],
            "tax_number": [{"value": hand.digits(tax)}],
        }
        missing = {c for c in _COLUMNS if c not in register.columns or draws.chance(register.care.missing)}
        return {name: value for name, value in values.items() if value and name not in missing}

    def _or(self, value: T, other: T) -> T:
        """The value, or at times the value of somebody else."""
        return other if self._draws.chance(self._register.other_value) else value

    def _birth(self, born: date) -> str:
        draws, register = self._draws, self._register
        year, month, day = born.year, born.month, born.day
        if draws.chance(register.birth_off):
            kind = draws.below(4)
            if kind == 0 and day <= 12:
                month, day = day, month
            elif kind == 1:
                day = min(28, draws.between(1, 28))
            elif kind == 2:
                year += draws.pick((-10, -2, -1, 1, 2, 10))
            else:
                month = draws.between(1, 12)
                day = min(day, 28)
        return f"{year:04d}-{month:02d}-{day:02d}"
