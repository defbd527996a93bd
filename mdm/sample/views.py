"""A view: what one system knows of one person at one time, with everything that went wrong in writing it down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from mdm.sample import noise
from mdm.sample.companies import Company
from mdm.sample.draws import Draws
from mdm.sample.names import Names
from mdm.sample.noise import WrittenAddress
from mdm.sample.population import Person
from mdm.sample.profile import Profile, SystemRates


@dataclass(frozen=True, slots=True)
class View:
    """Values as written; empty string or None where the system has nothing. Phones are E.164 or placeholders.

    ``bare`` records hold a name and at most a city.
    """

    country: str
    prefix: str
    given: str
    middle: str
    family: str
    email: str
    mobile: str
    landline: str
    address: WrittenAddress | None
    born: tuple[int, int, int] | None
    tax: str
    card: str
    bare: bool


def view_of(
    person: Person, *, rates: SystemRates, seen: int, store: int, names: Names, profile: Profile, draws: Draws
) -> View:
    """The person as a system with these rates saw them at time ``seen``; old values appear in old records."""
    prefix, given, middle, family = _name(person, rates=rates, seen=seen, names=names, profile=profile, draws=draws)
    address = None
    if draws.chance(rates.address):
        stale = person.old_address and (seen < person.moved or draws.chance(profile.stale_value * 0.4))
        true = person.old_address if stale and person.old_address else person.address
        address = noise.address_as_written(true, profile, draws)
    born = noise.birth_as_written(person.born, profile, draws) if draws.chance(rates.birth) else None
    view = View(
        country=person.address.place.country,
        prefix=prefix,
        given=given,
        middle=middle,
        family=family,
        email=_email(person, store=store, profile=profile, draws=draws) if draws.chance(rates.email) else "",
        mobile=_mobile(person, seen=seen, store=store, profile=profile, draws=draws)
        if draws.chance(rates.mobile)
        else "",
        landline=noise.phone_slip(person.landline, profile, draws)
        if person.landline and draws.chance(rates.landline)
        else "",
        address=address,
        born=born,
        tax=_tax(person, profile=profile, draws=draws) if person.tax and draws.chance(rates.tax) else "",
        card="",
        bare=False,
    )
    if person.passing or (rates.bare and draws.chance(rates.bare)):
        view = _bare(view, person, profile=profile, draws=draws)
    elif person.employer and person.role_email and draws.chance(profile.role_record):
        view = _at_work(view, person, employer=person.employer, profile=profile, draws=draws)
    elif person.employer and draws.chance(profile.work_phone):
        view = replace(view, landline=person.employer.phone)
    return _house_style(view, rates=rates, draws=draws)


def _bare(view: View, person: Person, *, profile: Profile, draws: Draws) -> View:
    """Somebody noted down in passing: a name, at times with a city."""
    address = None
    if draws.chance(0.6):
        city = noise.address_as_written(person.address, profile, draws)
        address = replace(city, line1="", line2="", postcode="")
    return replace(
        view, prefix="", email="", mobile="", landline="", address=address, born=None, tax="", bare=True,
    )  # fmt: skip


def _at_work(view: View, person: Person, *, employer: Company, profile: Profile, draws: Draws) -> View:
    """Somebody registered for the firm, as colleagues are: a mailbox of all, the switchboard, at times no full name."""
    style = draws.unit()
    given = "" if style < 0.15 else person.given[0] if style < 0.3 else view.given
    address = view.address
    if address and draws.chance(0.5):
        address = noise.address_as_written(employer.address, profile, draws)
    return replace(
        view,
        given=given,
        email=noise.email_as_written(person.role_email, profile, draws),
        landline=employer.phone if draws.chance(0.5) else "",
        mobile=noise.phone_slip(employer.phone, profile, draws) if draws.chance(0.5) else "",
        address=address,
        born=view.born if draws.chance(0.2) else None,
    )


def _tax(person: Person, *, profile: Profile, draws: Draws) -> str:
    return noise.digits_slipped(person.tax, draws) if draws.chance(profile.tax_typo) else person.tax


def _name(
    person: Person, *, rates: SystemRates, seen: int, names: Names, profile: Profile, draws: Draws
) -> tuple[str, str, str, str]:
    if draws.chance(profile.placeholder_name):
        given, family = draws.pick(noise.PLACEHOLDER_NAMES)
        return "", given, "", family
    former = person.former_family and (seen < person.name_changed or draws.chance(profile.stale_value))
    family = noise.family_as_written(person.former_family if former else person.family, profile, draws)
    given = noise.given_as_written(person.given, names.nicknames.get(person.given, ()), profile, draws)
    middle = ""
    if person.middle and draws.chance(profile.middle_in_given):
        given += f" {person.middle if draws.chance(0.4) else person.middle[0]}"
    elif person.middle and draws.chance(rates.middle):
        middle = person.middle if draws.chance(0.5) else person.middle[0]
    given, family = noise.name_slip(given, profile, draws), noise.name_slip(family, profile, draws)
    if person.suffix and not draws.chance(profile.suffix_missing):
        family += draws.pick((f" {person.suffix}", f", {person.suffix}", f" {person.suffix}"))
    if draws.chance(profile.swapped_name):
        given, family = family, given
    prefix = ""
    if draws.chance(0.25):
        prefix = (
            draws.pick(("Ms.", "Mrs.", "Ms.", "Dr.")) if person.female else draws.pick(("Mr.", "Mr.", "Mr.", "Dr."))
        )
    return prefix, "" if draws.chance(profile.given_missing) else given, middle, family


def _email(person: Person, *, store: int, profile: Profile, draws: Draws) -> str:
    if draws.chance(profile.placeholder_email):
        return draws.pick(noise.PLACEHOLDER_EMAILS)
    if draws.chance(profile.store_email):
        return noise.store_email(store)
    if person.household_email and draws.chance(profile.household_email):
        email = person.household_email
    elif person.work_email and draws.chance(profile.work_email * 2):
        email = person.work_email
    elif len(person.emails) > 1 and draws.chance(profile.other_email):
        email = draws.pick(person.emails[1:])
    else:
        email = person.emails[0]
    return noise.email_as_written(email, profile, draws)


def _mobile(person: Person, *, seen: int, store: int, profile: Profile, draws: Draws) -> str:
    if draws.chance(profile.placeholder_phone):
        return draws.pick(noise.PLACEHOLDER_PHONES)
    if draws.chance(profile.store_phone):
        return noise.store_phone(store)
    if person.family_mobile and draws.chance(profile.family_mobile_shown):
        return noise.phone_slip(person.family_mobile, profile, draws)
    old = len(person.mobiles) > 1 and (seen < person.number_changed or draws.chance(profile.stale_value * 0.5))
    return noise.phone_slip(person.mobiles[1 if old else 0], profile, draws)


def _house_style(view: View, *, rates: SystemRates, draws: Draws) -> View:
    """What the system does to everything: capitals, no diacritics, cut fields."""
    if rates.ascii_only and draws.chance(rates.ascii_only):
        view = _texts(view, noise.name_in_ascii)
    if rates.capitals and draws.chance(rates.capitals):
        view = _texts(view, str.upper)
    if rates.truncate:
        view = _texts(view, lambda text: text[: rates.truncate])
    return view


def _texts(view: View, change: Callable[[str], str]) -> View:
    address = view.address
    if address:
        address = replace(address, line1=change(address.line1), line2=change(address.line2), city=change(address.city))
    return replace(
        view, given=change(view.given), middle=change(view.middle), family=change(view.family), address=address
    )
