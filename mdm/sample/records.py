"""Which records a customer leaves where: every person's and company's life in the source systems."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from mdm.sample import extracts, formats, noise
from mdm.sample.clock import DAY, SNAPSHOT, YEAR
from mdm.sample.companies import Company, full_name
from mdm.sample.company_views import CompanyView, company_view
from mdm.sample.draws import Draws
from mdm.sample.extracts import Extracts, Fate, Source
from mdm.sample.formats import Envelope
from mdm.sample.ids import Ids
from mdm.sample.names import Names
from mdm.sample.places import new_mobile
from mdm.sample.population import Person
from mdm.sample.profile import Profile, SystemRates
from mdm.sample.views import View, view_of

_TOPICS = ("Delivery", "Return", "Refund", "Card", "Question", "Complaint", "Size exchange", "Invoice", "Damaged item")
_LOCALES = {"US": "en-US", "GB": "en-GB", "DE": "de"}
_OBJECTS = ("shopify", "contact", "loyalty", "netsuite", "zendesk", "lead")
_CURRENCIES = {"US": "USD", "GB": "GBP", "DE": "EUR"}


@dataclass(frozen=True, slots=True)
class _Moment:
    """When a record was made and last changed, what the next day brings, and when."""

    fate: Fate
    created: int
    updated: int
    tomorrow: int
    store: int


class Records:
    """Writes customers' records into the extracts (state: the ids handed out, the accounts of companies)."""

    def __init__(self, *, profile: Profile, names: Names, extracts: Extracts, ids: Ids, draws: Draws) -> None:
        self._profile, self._names, self._extracts, self._ids, self._draws = profile, names, extracts, ids, draws
        self._accounts: dict[int, str] = {}
        self._ledger: dict[int, str] = {}

    # -- people --------------------------------------------------------------------------------------------------

    def household(self, members: tuple[Person, ...]) -> None:
        """All records of a household's members; a card of one of them is sometimes quoted by another."""
        cards: list[str] = []
        for person in members:
            self._person(person, cards)

    def _person(self, person: Person, house_cards: list[str]) -> None:
        plan, draws, ids = self._plan(person), self._draws, self._ids
        entity = f"P{person.number:08d}"
        own_cards = [card for _ in range(plan["loyalty"]) if (card := self._member(person, entity))]
        orders: list[str] = []
        for nth in range(plan["shopify"]):
            orders += self._shopper(person, entity, first=nth == 0)
        contacts = [self._contact(person, entity, own_cards, house_cards) for _ in range(plan["contact"])]
        settled = [c for c, fate in contacts if fate is Fate.PLAIN]
        for _ in range(plan["lead"]):
            self._lead(person, entity, settled[0] if settled and draws.chance(0.2) else "")
        for _ in range(plan["netsuite"]):
            self._ledger_person(person, entity, ids.netsuite())
        for _ in range(plan["zendesk"]):
            self._user(person, entity, own_cards, orders)
        house_cards += own_cards

    def _plan(self, person: Person) -> dict[str, int]:
        """How many records in which object: one to eight, never none."""
        draws = self._draws
        plan, total = dict.fromkeys(_OBJECTS, 0), 0
        if person.passing:
            return plan | {draws.pick(("contact", "contact", "lead", "netsuite", "zendesk")): 1}
        for name in _OBJECTS:
            rates: SystemRates = getattr(self._profile, name)
            count = 1 if draws.chance(rates.presence) else 0
            while count and count < 3 and draws.chance(rates.duplicate):
                count += 1
            plan[name] = min(count, 8 - total)
            total += plan[name]
        if not total:
            plan[draws.pick(("shopify", "shopify", "contact", "loyalty", "netsuite"))] = 1
        return plan

    def _moment(self, *, deletable: bool = False) -> _Moment:
        draws, profile = self._draws, self._profile
        fate, roll = Fate.PLAIN, draws.unit()
        if roll < profile.delta_new:
            fate = Fate.NEW
        elif roll < profile.delta_new + profile.delta_changed:
            fate = Fate.CHANGED
        elif deletable and roll < profile.delta_new + profile.delta_changed + profile.delta_deleted:
            fate = Fate.DELETED
        tomorrow = SNAPSHOT + 1 + draws.below(DAY - 1)
        store = draws.below(noise.STORES)
        if fate is Fate.NEW:
            return _Moment(fate, tomorrow, tomorrow, tomorrow, store)
        age = int((0.02 + 0.98 * draws.unit()) * 6 * YEAR)
        share = draws.unit()
        return _Moment(fate, SNAPSHOT - age, SNAPSHOT - 1 - int(age * share * share), tomorrow, store)

    def _view(self, person: Person, rates: SystemRates, moment: _Moment) -> View:
        return view_of(person, rates=rates, seen=moment.updated, store=moment.store, names=self._names,
                       profile=self._profile, draws=self._draws)  # fmt: skip

    def _next_view(self, view: View, person: Person) -> View:
        """What a change of the next day does: a new phone or e-mail, a corrected name or address, or just the clock."""
        draws, kind = self._draws, self._draws.below(6)
        if kind == 0:
            return replace(view, mobile=new_mobile(person.address.place, draws))
        if kind == 1:
            return replace(view, email=draws.pick(person.emails))
        if kind == 2:
            return replace(view, given=person.given, family=person.family)
        if kind == 3:
            return replace(view, address=noise.address_as_written(person.address, self._profile, draws))
        return replace(view, born=person.born) if kind == 4 and view.born else view

    def _save(
        self,
        source: Source,
        *,
        entity: str,
        envelope: Envelope,
        moment: _Moment,
        view: View,
        person: Person,
        line: Callable[[View, Envelope], str],
    ) -> None:
        today = line(view, envelope)
        tomorrow = today
        if moment.fate is Fate.CHANGED:
            tomorrow = line(self._next_view(view, person), replace(envelope, updated=moment.tomorrow))
        elif moment.fate is Fate.DELETED:
            tomorrow = line(view, replace(envelope, updated=moment.tomorrow, deleted=True))
        self._extracts.add(
            source, source_id=envelope.id, entity=entity, fate=moment.fate, today=today, tomorrow=tomorrow
        )

    def _phones(self, view: View) -> View:
        """Phone numbers the way this record happens to show them; abroad they mostly keep their country code."""

        def written(phone: str) -> str:
            if not phone.startswith("+") or (view.country != "US" and self._draws.chance(0.6)):
                return phone
            return noise.phone_as_written(phone, self._draws)

        return replace(view, mobile=written(view.mobile), landline=written(view.landline))

    def _quoted_card(self, own: list[str], house: list[str]) -> str:
        draws, profile = self._draws, self._profile
        if own and draws.chance(profile.card_quoted):
            return draws.pick(own)
        return draws.pick(house) if house and draws.chance(profile.household_card) else ""

    def _member(self, person: Person, entity: str) -> str:
        """Writes a membership; gives its card number if it can be quoted today, else nothing."""
        draws, moment = self._draws, self._moment()
        view = self._phones(self._view(person, self._profile.loyalty, moment))
        if draws.chance(self._profile.half_filled):
            view = replace(
                view,
                family="" if draws.chance(0.25) else view.family,
                born=None,
                address=None if draws.chance(0.6) else view.address,
                email="" if view.mobile and draws.chance(0.5) else view.email,
            )
        if view.address:
            # the form asks for the postcode first; few go on to city and state
            partial = replace(view.address, line1="", line2="")
            view = replace(view, address=partial if draws.chance(0.5) else replace(partial, city="", region=""))
        card = self._ids.card()
        own = {
            "card": card,
            "tier": draws.pick(("BLUE", "BLUE", "SILVER", "GOLD")),
            "points": draws.below(20_000),
            "store": f"S{moment.store:03d}",
            "email_opt_in": draws.pick("YN"),
            "sms_opt_in": draws.pick(("Y", "N", "")),
        }
        envelope = Envelope(self._ids.member(), moment.created, moment.updated, False, own)
        self._save(extracts.LOYALTY, entity=entity, envelope=envelope, moment=moment, view=view, person=person,
                   line=formats.member_line)  # fmt: skip
        return "" if moment.fate is Fate.NEW else card

    def _contact(self, person: Person, entity: str, cards: list[str], house: list[str]) -> tuple[str, Fate]:
        draws, moment = self._draws, self._moment(deletable=True)
        view = self._phones(self._view(person, self._profile.contact, moment))
        if not view.bare:
            view = replace(view, card=self._quoted_card(cards, house))
        account = self._accounts.get(person.employer.number, "") if person.employer else ""
        own = {
            "account": account if draws.chance(0.8) else "",
            "no_email": draws.chance(0.18),
            "no_fax": False,
            "no_call": draws.chance(0.1),
            "origin": draws.pick(("", "Web", "Other", "Partner", "Store", "Phone")),
        }
        envelope = Envelope(self._ids.salesforce("003"), moment.created, moment.updated, False, own)
        self._save(extracts.CONTACT, entity=entity, envelope=envelope, moment=moment, view=view, person=person,
                   line=formats.contact_line)  # fmt: skip
        return envelope.id, moment.fate

    def _lead(self, person: Person, entity: str, contact: str) -> None:
        draws, moment = self._draws, self._moment(deletable=True)
        view = self._phones(self._view(person, self._profile.lead, moment))
        own = {
            "company": person.employer.core if person.employer and draws.chance(0.5) else "",
            "status": "Qualified" if contact else draws.pick(("Open", "Working", "Closed")),
            "origin": draws.pick(("Event", "Store", "Web")),
            "contact": contact,
            "no_email": draws.chance(0.17),
        }
        envelope = Envelope(self._ids.salesforce("00Q"), moment.created, moment.updated, False, own)
        self._save(extracts.LEAD, entity=entity, envelope=envelope, moment=moment, view=view, person=person,
                   line=formats.lead_line)  # fmt: skip

    def _ledger_own(self) -> dict[str, object]:
        draws = self._draws
        return {
            "inactive": "T" if draws.chance(0.02) else "F",
            "terms": draws.pick((None, "Net 30", "Net 15")),
            "credit": draws.pick((None, 500, 1000, 5000)),
            "ships": draws.chance(0.8),
            "extra_address": None,
        }

    def _ledger_person(self, person: Person, entity: str, id: str) -> None:
        draws, profile, moment = self._draws, self._profile, self._moment()
        view = self._phones(self._view(person, profile.netsuite, moment))
        if view.bare:
            pass
        elif not view.landline and view.mobile and draws.chance(0.7):
            view = replace(view, landline=view.mobile, mobile="")
        elif not view.landline and draws.chance(0.6):
            view = self._phones(replace(view, landline=noise.phone_slip(person.mobiles[0], profile, draws)))
        own = self._ledger_own()
        if person.old_address and not view.bare and draws.chance(profile.extra_address):
            own["extra_address"] = noise.address_as_written(person.old_address, profile, draws)
        envelope = Envelope(id, moment.created, moment.updated, False, own)
        self._save(extracts.NETSUITE, entity=entity, envelope=envelope, moment=moment, view=view, person=person,
                   line=formats.customer_line)  # fmt: skip

    def _shopper(self, person: Person, entity: str, *, first: bool) -> list[str]:
        """Writes a shop customer with orders; gives the order names that can be quoted today."""
        draws, profile, moment = self._draws, self._profile, self._moment()
        guest = draws.chance(profile.guest if first else 0.9)
        view = self._view(person, profile.shopify, moment)
        if guest:
            view = replace(
                view,
                given="" if draws.chance(0.08) else view.given,
                address=None if draws.chance(0.2) else view.address,
                born=None,
            )
        placed = 1 if guest else 1 + int(draws.unit() ** 3 * 30)
        own = {
            "marketing": draws.pick(("PENDING", "NOT_SUBSCRIBED", "SUBSCRIBED", "UNSUBSCRIBED")),
            "sms_marketing": draws.pick(("SUBSCRIBED", "NOT_SUBSCRIBED")),
            "own_phone": not guest and draws.chance(0.7),
            "address_phone": self._phones(view).mobile,
            "state": "DISABLED" if guest else "ENABLED",
            "orders": str(placed),
            "spent": f"{20 + draws.unit() * 240 * placed:.2f}",
            "currency": _CURRENCIES[view.country],
        }
        envelope = Envelope(self._ids.shopify("Customer"), moment.created, moment.updated, False, own)
        self._save(extracts.SHOPIFY, entity=entity, envelope=envelope, moment=moment, view=view, person=person,
                   line=formats.shop_customer_line)  # fmt: skip
        if not guest and draws.chance(profile.extra_address):
            self._further_addresses(person, envelope.id, moment)
        orders = [self._order(envelope, view, moment) for _ in range(min(placed, 4))]
        return [] if moment.fate is Fate.NEW else orders

    def _further_addresses(self, person: Person, customer: str, moment: _Moment) -> None:
        draws = self._draws
        true = [a for a in (person.old_address, person.employer.address if person.employer else None) if a]
        for address in true or [person.address]:
            line = formats.shop_address_line(
                noise.address_as_written(address, self._profile, draws),
                id=self._ids.shopify("MailingAddress"),
                customer=customer,
            )
            if moment.fate is not Fate.NEW:
                self._extracts.attach(extracts.SHOPIFY, line, next_day=False)
            if moment.fate is not Fate.PLAIN:
                self._extracts.attach(extracts.SHOPIFY, line, next_day=True)

    def _order(self, customer: Envelope, view: View, moment: _Moment) -> str:
        draws, name = self._draws, self._ids.order_name()
        created = customer.created + int(draws.unit() * (customer.updated - customer.created))
        line = formats.order_line(
            id=self._ids.shopify("Order"),
            name=name,
            customer=customer.id,
            email=view.email,
            created=created,
            paid=draws.pick(("PAID", "PAID", "PAID", "REFUNDED")),
            shipped=draws.pick(("FULFILLED", "FULFILLED", "UNFULFILLED")),
        )
        self._extracts.attach(extracts.ORDER, line, next_day=moment.fate is Fate.NEW)
        return name

    def _user(self, person: Person, entity: str, cards: list[str], orders: list[str]) -> None:
        draws, moment = self._draws, self._moment()
        view = self._phones(self._view(person, self._profile.zendesk, moment))
        if cards and not view.bare and draws.chance(self._profile.card_quoted):
            view = replace(view, card=draws.pick(cards))
        own: dict[str, object] = {"verified": draws.chance(0.4), "locale": _LOCALES[view.country]}
        style = draws.unit()

        def line(held: View, envelope: Envelope) -> str:
            name = _one_field(held, style)
            return formats.user_line(held, replace(envelope, own={**envelope.own, "name": name}))

        number = self._ids.user()
        envelope = Envelope(str(number), moment.created, moment.updated, False, own)
        self._save(extracts.ZENDESK, entity=entity, envelope=envelope, moment=moment, view=view, person=person,
                   line=line)  # fmt: skip
        for _ in range(1 + int(draws.unit() ** 4 * 4)):
            self._ticket(number, moment, cards, orders)

    def _ticket(self, requester: int, moment: _Moment, cards: list[str], orders: list[str]) -> None:
        draws = self._draws
        subject = draws.pick(_TOPICS)
        if orders and draws.chance(self._profile.order_quoted):
            order = draws.pick(orders)
            subject = draws.pick(
                (f"Order {order}", f"{subject} {order}", f"Where is my order {order}?", f"Re: {order}")
            )
        elif cards and draws.chance(0.06):
            subject = f"Card {draws.pick(cards)}"
        line = formats.ticket_line(
            id=self._ids.ticket(),
            requester=requester,
            subject=subject,
            status=draws.pick(("solved", "closed", "open")),
            created=moment.created + int(draws.unit() * (moment.updated - moment.created)),
            channel=draws.pick(("email", "web", "api")),
        )
        self._extracts.attach(extracts.TICKET, line, next_day=moment.fate is Fate.NEW)

    # -- companies -----------------------------------------------------------------------------------------------

    def company(self, company: Company) -> None:
        """A company's accounts and ledger records, at least one; a branch may name its parent's record."""
        draws, rates = self._draws, self._profile.company
        account, ledger = draws.chance(rates.account), draws.chance(rates.erp)
        if not account and not ledger:
            ledger = True
        for _ in range((1 + draws.chance(rates.duplicate)) if account else 0):
            own: dict[str, object] = {"type": draws.pick(("Customer", "Customer", "Prospect"))}
            id = self._ids.salesforce("001")
            self._company(
                company, source=extracts.ACCOUNT, id=id, known=self._accounts, line=formats.account_line, own=own
            )
        for _ in range((1 + draws.chance(rates.duplicate)) if ledger else 0):
            id = self._ids.netsuite()
            own = self._ledger_own()
            self._company(
                company,
                source=extracts.NETSUITE,
                id=id,
                known=self._ledger,
                line=formats.company_customer_line,
                own=own,
            )

    def _company(
        self,
        company: Company,
        *,
        source: Source,
        id: str,
        known: dict[int, str],
        line: Callable[[CompanyView, Envelope], str],
        own: Mapping[str, object],
    ) -> None:
        draws, moment = self._draws, self._moment(deletable=source is extracts.ACCOUNT)
        rates = self._profile.company
        above, named = company.parent, rates.parent_named
        if above is None:
            above, named = company.holding, rates.group_parent_named
        parent = known.get(above, "") if above is not None and draws.chance(named) else ""
        view = company_view(
            company,
            parent=parent,
            seen=moment.updated,
            ledger=source is extracts.NETSUITE,
            profile=self._profile,
            draws=draws,
        )
        envelope = Envelope(id, moment.created, moment.updated, False, own)
        today = line(view, envelope)
        tomorrow = today
        if moment.fate is Fate.CHANGED:
            view = replace(view, name=full_name(company), phone=noise.phone_as_written(company.phone, draws))
            tomorrow = line(view, replace(envelope, updated=moment.tomorrow))
        elif moment.fate is Fate.DELETED:
            tomorrow = line(view, replace(envelope, updated=moment.tomorrow, deleted=True))
        entity = f"C{company.number:08d}"
        self._extracts.add(source, source_id=id, entity=entity, fate=moment.fate, today=today, tomorrow=tomorrow)
        # others may point to it only if it is there on both days
        if moment.fate in (Fate.PLAIN, Fate.CHANGED):
            known.setdefault(company.number, id)


def _one_field(view: View, style: float) -> str:
    """The service desk keeps a name in one field: mostly "given family", at times only one, or turned around."""
    if style < 0.04 and view.given:
        return view.given
    if style < 0.08 and view.given:
        return f"{view.family}, {view.given}"
    if style < 0.11 and view.email:
        return view.email.partition("@")[0]
    return " ".join(part for part in (view.given, view.middle, view.family) if part) or "Unknown"
