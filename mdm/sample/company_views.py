"""A company as one system holds it at one time, with everything that went wrong in writing it down."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mdm.sample import noise
from mdm.sample.companies import Company
from mdm.sample.company_words import LEGAL_FORMS
from mdm.sample.draws import Draws
from mdm.sample.noise import WrittenAddress
from mdm.sample.profile import Profile

_ABBREVIATIONS = {"Services": "Svcs", "Solutions": "Sol", "Associates": "Assoc", "Construction": "Constr",
                  "Partners": "Ptnrs", "Center": "Ctr", "Group": "Grp", "Supply": "Sply", "Insurance": "Ins",
                  "Logistics": "Log", "International": "Intl", "Manufacturing": "Mfg", "Distribution": "Dist",
                  "Holdings": "Hldgs", "Elementary": "Elem", "School": "Sch", "Properties": "Props",
                  "Gebäudereinigung": "Geb.-Reinigung", "Versicherungen": "Vers.", "Verwaltungs": "Verw.",
                  "Beteiligungs": "Bet."}  # fmt: skip
_ALSO = {"US": ("dba", "DBA", "d/b/a"), "GB": ("t/a", "T/A", "trading as"), "DE": ("t/a", "aka")}
_MAILBOXES = {"US": ("ap", "info", "billing", "accounts", "office"), "DE": ("info", "buchhaltung")}
# ERP columns cut names: short display names, and the 32 to 40 characters of name fields
_WIDTHS = (22, 32, 35, 40)


@dataclass(frozen=True, slots=True)
class CompanyView:
    """A company as a system holds it."""

    name: str
    parent: str
    email: str
    phone: str
    website: str
    tax_number: str
    address: WrittenAddress


def company_view(
    company: Company, *, parent: str, seen: int, ledger: bool, profile: Profile, draws: Draws
) -> CompanyView:
    """The company as a system saw it at time ``seen``; ``parent`` is the record id of the company above it."""
    rates = profile.company
    name, address = _name(company, seen=seen, profile=profile, draws=draws), company.address
    phone = company.phone if draws.chance(0.9) else ""
    if company.old_address and (seen < company.moved or draws.chance(profile.stale_value * 0.5)):
        address, phone = company.old_address, phone and (company.old_phone or phone)
    elif phone and company.other_phone and draws.chance(0.3):
        phone = company.other_phone
    written = _suites(noise.address_as_written(address, profile, draws))
    if draws.chance(profile.netsuite.capitals if ledger else rates.capitals):
        name = noise.name_in_ascii(name).upper()
        written = replace(written, line1=written.line1.upper(), city=written.city.upper())
    if ledger and draws.chance(rates.truncated):
        name = name[: draws.pick(_WIDTHS)].strip()
    email = _email(company, draws) if ledger and draws.chance(0.75) else ""
    tax = company.tax_number if draws.chance(rates.tax_number) else ""
    return CompanyView(
        name=name,
        parent=parent,
        email=email.upper() if email and draws.chance(profile.email_shouted) else email,
        phone=noise.phone_as_written(noise.phone_slip(phone, profile, draws), draws) if phone else "",
        website=_website(company, profile, draws) if draws.chance(rates.website) else "",
        tax_number=noise.digits_slipped(tax, draws) if tax and draws.chance(rates.tax_typo) else tax,
        address=written,
    )


def _name(company: Company, *, seen: int, profile: Profile, draws: Draws) -> str:
    """The legal name of the time, the name over the door, or both."""
    rates, country = profile.company, company.address.place.country
    former = company.former_core and (seen < company.renamed or draws.chance(profile.stale_value))
    core, form = company.former_core if former else company.core, company.legal_form
    if form and draws.chance(rates.legal_form_dropped):
        form = ""
    elif form and draws.chance(rates.legal_form_other_spelling):
        form = draws.pick(LEGAL_FORMS[country][form])
    core = noise.name_slip(_shortened(core, country, profile, draws), profile, draws)
    name = " ".join(part for part in (core, form) if part)
    if company.trading_name and draws.chance(rates.trading_name_shown):
        over_the_door = noise.name_slip(company.trading_name, profile, draws)
        name = over_the_door if draws.chance(0.5) else f"{name} {draws.pick(_ALSO[country])} {over_the_door}"
    return " ".join(part for part in (name, company.branch) if part).replace(" , ", ", ")


def _shortened(core: str, country: str, profile: Profile, draws: Draws) -> str:
    if draws.chance(profile.company.abbreviation):
        core = " ".join(_ABBREVIATIONS.get(word, word) for word in core.split())
    if " & " in core and draws.chance(0.3):
        core = core.replace(" & ", " und " if country == "DE" else " and ")
    return core


def _suites(address: WrittenAddress) -> WrittenAddress:
    """Companies have suites, not flats."""
    for flat in ("Apartment", "Apt.", "Apt", "Unit", "Flat"):
        suite = "Suite" if len(flat) > 4 else "Ste"
        line1, line2 = (line.replace(flat + " ", suite + " ") for line in (address.line1, address.line2))
        address = replace(address, line1=line1, line2=line2)
    return address


def _email(company: Company, draws: Draws) -> str:
    if company.free_email:
        return company.free_email
    mailbox = draws.pick(_MAILBOXES.get(company.address.place.country, _MAILBOXES["US"]))
    return f"{mailbox}@{company.web_domain}"


def _website(company: Company, profile: Profile, draws: Draws) -> str:
    domain = company.web_domain
    if company.free_email:
        # few have a site; of some, a tool filled in the mail provider's
        provider = company.free_email.partition("@")[2]
        domain = provider if draws.chance(profile.company.free_mail_website) else domain if draws.chance(0.3) else ""
    if not domain:
        return ""
    return draws.pick((domain, f"www.{domain}", f"https://www.{domain}", f"http://{domain}/"))
