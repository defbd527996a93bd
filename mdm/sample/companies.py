"""The true companies: legal names, sites, branches, groups, domains and tax numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from anyascii import anyascii

from mdm.sample import company_words as words
from mdm.sample.clock import SNAPSHOT, YEAR
from mdm.sample.draws import Draws, UniqueNumbers, weighted
from mdm.sample.names import Names, new_family
from mdm.sample.places import Address, Geography, Place
from mdm.sample.premises import Premises, Site
from mdm.sample.profile import Profile

_KEPT = 400


@dataclass(frozen=True, slots=True)
class Company:
    """A real company or one of its branches; ``parent`` is the number of the company a branch belongs to.

    ``holding`` is the number of the head of a group: another company, and another customer. ``web_domain`` is what it
    is found under, the group's or the brand's for some; empty and None where there is nothing; times as in Person.
    """

    number: int
    core: str
    legal_form: str
    branch: str
    parent: int | None
    domain: str
    tax_number: str
    address: Address
    phone: str
    web_domain: str
    holding: int | None = None
    old_address: Address | None = None
    old_phone: str = ""
    moved: int = 0
    former_core: str = ""
    renamed: int = 0
    trading_name: str = ""
    other_phone: str = ""
    mailbox: str = ""
    free_email: str = ""


def companies(*, count: int, profile: Profile, names: Names, geography: Geography, draws: Draws) -> Iterator[Company]:
    """Exactly ``count`` companies; a branch follows its parent and shares name, domain and tax number with it."""
    register = _Register(profile=profile, names=names, geography=geography, draws=draws)
    made, last = 0, None
    while made < count:
        if last and draws.chance(profile.company.branch):
            founded = [register.branch(last, number=made)]
        else:
            founded = register.found(made)[: count - made]
            # what looks like a branch but is a company of its own has no branches besides
            last = founded[0] if len(founded) == 1 else None
        made += len(founded)
        yield from founded


class _Register:
    """Founds companies (state: the domains, numbers and buildings taken, and names for others to share)."""

    def __init__(self, *, profile: Profile, names: Names, geography: Geography, draws: Draws) -> None:
        rates = profile.company
        self._profile, self._rates, self._names, self._geography, self._draws = profile, rates, names, geography, draws
        self._countries = weighted([c for c, _ in profile.countries], [w for _, w in profile.countries])
        self._taxes = UniqueNumbers(draws, low=10_0000000, high=99_9999999)
        self._premises = Premises(rates=rates, geography=geography, draws=draws)
        self._domains: set[str] = set()
        self._mailboxes: set[str] = set()
        self._cores: dict[str, list[str]] = {}
        self._kinds: tuple[tuple[float, Callable[[int, str], list[Company]]], ...] = (
            (rates.group, self._group),
            (rates.sisters, self._sisters),
            (rates.chain, self._chain),
            (rates.schools, self._schools),
            (rates.name_elsewhere, self._name_elsewhere),
        )

    def found(self, number: int) -> list[Company]:
        """One company, or several that belong or look together; they are numbered from ``number``."""
        country = self._draws.of(self._countries)
        roll = self._draws.unit()
        for rate, kind in self._kinds:
            if roll < rate:
                return kind(number, country)
            roll -= rate
        return [self._lone(number, country)]

    def branch(self, parent: Company, *, number: int) -> Company:
        """Another site of a company, a customer of its own."""
        draws = self._draws
        place = draws.of(self._geography.places[parent.address.place.country])
        label = draws.pick((place.city, f"{place.city} Branch", f"#{draws.between(2, 40)}", f"- {place.city}"))
        site = self._premises.own(place)
        return replace(
            parent,
            number=number,
            branch=label,
            parent=parent.number if parent.parent is None else parent.parent,
            address=site.address,
            phone=site.phone,
            old_address=None,
            old_phone="",
            moved=0,
            other_phone="",
        )

    # -- kinds of foundings --------------------------------------------------------------------------------------

    def _lone(self, number: int, country: str) -> Company:
        site = self._premises.site(country)
        core = self._core(site.address.place)
        held = self._cores.setdefault(country, [])
        if len(held) < _KEPT:
            held.append(core)
        company = self._lived(self._company(number, core, self._form(country), site))
        if not self._draws.chance(self._rates.free_mail):
            return company
        return replace(company, free_email=self._free_email(core, country))

    def _name_elsewhere(self, number: int, country: str) -> list[Company]:
        """A stranger in another city with the name of somebody before."""
        company = self._lone(number, country)
        return [replace(company, core=self._draws.pick(self._cores[country]), former_core="", renamed=0)]

    def _group(self, number: int, country: str) -> list[Company]:
        """A head and its subsidiaries: one leading word, mostly one head office, domain and run of tax numbers."""
        draws, rates = self._draws, self._rates
        lead = self._lead(country)
        site = self._premises.site(country)
        head = self._company(
            number, f"{lead} {draws.pick(words.HEADS[country])}", draws.pick(tuple(words.LEGAL_FORMS[country])), site
        )
        members = [self._lived(head)]
        for nth in range(1, draws.between(2, 4)):
            trade = draws.pick(words.TRADES[country].split())
            there = site if draws.chance(rates.group_at_one_site) else self._premises.site(country)
            form = draws.pick(tuple(words.LEGAL_FORMS[country]))
            member = self._company(number + nth, f"{lead} {trade}", form, there)
            members.append(self._related(member, head))
        return [members[0], *(replace(m, holding=number) for m in members[1:])]

    def _sisters(self, number: int, country: str) -> list[Company]:
        """Two legal entities of one name, family and house."""
        draws = self._draws
        one = self._lone(number, country)
        extra, form = draws.pick(words.SISTERS[country])
        if country == "DE" and extra:
            one = replace(one, legal_form="GmbH & Co. KG")
        one = replace(one, legal_form=one.legal_form or next(iter(words.LEGAL_FORMS[country])), free_email="")
        while not form or (not extra and form == one.legal_form):
            form = draws.pick(tuple(words.LEGAL_FORMS[country]))
        core = f"{one.core} {extra}".strip()
        other = self._company(number + 1, core, form, Site(one.address, one.phone))
        return [one, self._related(other, one)]

    def _chain(self, number: int, country: str) -> list[Company]:
        """Stores of one brand, each run by somebody else, most of them in one city."""
        draws = self._draws
        core = f"{self._lead(country)} {draws.pick(words.CHAINS[country])}"
        label, first = draws.pick(words.STORES[country]), draws.between(1, 400)
        place = draws.of(self._geography.places[country])
        stores: list[Company] = []
        for nth in range(draws.between(2, 5)):
            there = place if draws.chance(0.6) else draws.of(self._geography.places[country])
            store = self._company(number + nth, core, "", self._premises.own(there))
            domain = stores[0].domain if stores else store.domain
            stores.append(replace(store, branch=label.format(first + nth), web_domain=domain))
        return stores

    def _schools(self, number: int, country: str) -> list[Company]:
        """Public bodies of one town: a common name, at times a common domain."""
        draws = self._draws
        lead, kinds = self._lead(country), list(words.SCHOOLS[country])
        place, together = draws.of(self._geography.places[country]), draws.chance(0.6)
        bodies: list[Company] = []
        for nth in range(draws.between(2, 3)):
            kind = kinds.pop(draws.below(len(kinds)))
            body = self._company(number + nth, f"{lead} {kind}", "", self._premises.own(place))
            domain = bodies[0].domain if bodies and together else body.domain
            bodies.append(replace(body, web_domain=domain))
        return bodies

    # -- one company ---------------------------------------------------------------------------------------------

    def _company(self, number: int, core: str, form: str, site: Site) -> Company:
        draws, country = self._draws, site.address.place.country
        domain, mailbox = self._domain(core, country=country), ""
        if draws.chance(self._rates.role_mailbox):
            mailbox = f"{draws.pick(words.MAILBOXES[country]).format(draws.between(1, 12))}@{domain}"
        tax = _tax_number(country, self._taxes.take())
        company = Company(number, core, form, "", None, domain, tax, site.address, site.phone, domain, mailbox=mailbox)
        if not draws.chance(self._rates.other_phone):
            return company
        return replace(company, other_phone=self._premises.own(site.address.place).phone)

    def _lived(self, company: Company) -> Company:
        """With what happened to it: another address, another name, a name over the door."""
        draws, rates, place = self._draws, self._rates, company.address.place
        if draws.chance(rates.moved):
            there = place if draws.chance(0.7) else draws.of(self._geography.places[place.country])
            old = self._premises.own(there)
            phone = old.phone if draws.chance(0.7) else ""
            moved = SNAPSHOT - int(draws.unit() * 4 * YEAR)
            company = replace(company, old_address=old.address, old_phone=phone, moved=moved)
        if draws.chance(rates.renamed):
            renamed = SNAPSHOT - int(draws.unit() * 4 * YEAR)
            company = replace(company, former_core=self._core(place), renamed=renamed)
        if draws.chance(rates.trading_name):
            company = replace(company, trading_name=self._core(place))
        return company

    def _related(self, member: Company, head: Company) -> Company:
        """The member of a family of companies, with what it may have from the head: domain, next tax number."""
        draws, rates = self._draws, self._rates
        if draws.chance(rates.group_domain):
            member = replace(member, web_domain=head.domain)
        if draws.chance(rates.neighbouring_tax):
            country = head.address.place.country
            number = int("".join(c for c in head.tax_number if c.isdigit()))
            member = replace(member, tax_number=_tax_number(country, self._taxes.take_after(number)))
        return member

    def _form(self, country: str) -> str:
        return self._draws.pick(tuple(words.LEGAL_FORMS[country])) if self._draws.chance(0.85) else ""

    def _family(self, country: str) -> str:
        origin, rare = self._draws.of(self._names.origins[country]), self._profile.rare_family_name
        return new_family(self._names, origin=origin, rare=rare, draws=self._draws)

    def _lead(self, country: str) -> str:
        """The word a group, a chain or a town is known by."""
        return self._family(country) if self._draws.chance(0.5) else self._draws.pick(self._names.rare)

    def _core(self, place: Place) -> str:
        draws, country = self._draws, place.country
        kind, trade, family = draws.unit(), draws.pick(words.TRADES[country].split()), self._family(country)
        if kind < 0.45:
            core = f"{family} {trade}" if country != "DE" else f"{trade} {family}"
        elif kind < 0.6:
            core = f"{draws.pick(words.BRIGHT.split()).replace('_', ' ')} {trade}"
        elif kind < 0.75:
            core = f"{place.city} {trade}"
        else:
            origin = draws.of(self._names.origins[country])
            core = f"{family} & {new_family(self._names, origin=origin, rare=0.3, draws=draws)}"
        return f"{core} {draws.pick(words.EXTRAS[country])}" if draws.chance(0.3) else core

    def _domain(self, core: str, *, country: str) -> str:
        ending = {"US": "com", "GB": "co.uk", "DE": "de"}[country]
        stem = ("-" if country == "DE" and self._draws.chance(0.6) else "").join(_words(core))[:24]
        name = f"{stem}.{ending}"
        while name in self._domains:
            name = f"{stem}{self._draws.between(2, 9999)}.{ending}"
        self._domains.add(name)
        return name

    def _free_email(self, core: str, country: str) -> str:
        local, provider = "".join(_words(core))[:20], self._draws.pick(words.FREE_MAIL[country])
        name = f"{local}@{provider}"
        while name in self._mailboxes:
            name = f"{local}{self._draws.between(2, 9999)}@{provider}"
        self._mailboxes.add(name)
        return name


def _words(core: str) -> list[str]:
    return [w for w in "".join(c if c.isalnum() else " " for c in anyascii(core).lower()).split() if w != "and"]


def _tax_number(country: str, number: int) -> str:
    if country == "US":
        return f"{number // 10**7}-{number % 10**7:07d}"
    return f"{country}{number}"


def full_name(company: Company) -> str:
    """The registered name, with the branch where there is one."""
    return " ".join(part for part in (company.core, company.legal_form, company.branch) if part)
