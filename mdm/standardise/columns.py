"""The columns matching reads, each as a piece of canonical JSON; joined they are a record's ``match``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from operator import attrgetter

from mdm.model import EntityType
from mdm.standardise.addresses import Address
from mdm.standardise.organisations import OrganisationName
from mdm.standardise.pieces import listed, listed_once, single
from mdm.standardise.reference import free_mail_domains, yaml_list
from mdm.standardise.values import quoted
from mdm.standardise.websites import registrable

_LISTS_OF_BOTH = (
    "address_keys",
    "cities",
    "countries",
    "customer_numbers",
    "emails",
    "house_numbers",
    "phones",
    "postcodes",
    "regions",
    "streets",
    "tax",
)
_LISTS: Mapping[EntityType, tuple[str, ...]] = {
    EntityType.PERSON: ("address_units", "email_locals", "family_tokens", "given_roots", "givens", "loyalty"),
    EntityType.ORGANISATION: ("domains", "name_numbers", "name_tokens", "registration"),
}
_SINGLES: Mapping[EntityType, tuple[str, ...]] = {
    EntityType.PERSON: ("dob", "family", "gender", "given", "given_known", "name_gender", "suffix"),
    EntityType.ORGANISATION: ("legal_form", "name"),
}
# column, and the part of an address it lists
_PARTS = tuple(
    (column, attrgetter(part))
    for column, part in (
        ("cities", "city"),
        ("countries", "country"),
        ("house_numbers", "number"),
        ("postcodes", "postcode"),
        ("regions", "region"),
        ("streets", "street"),
    )
)


@lru_cache(maxsize=2)
def _empty(entity_type: EntityType) -> dict[str, str]:
    empty = {name: f'"{name}":[]' for name in (*_LISTS_OF_BOTH, *_LISTS[entity_type])}
    empty |= {name: f'"{name}":null' for name in _SINGLES[entity_type]}
    return dict(sorted(empty.items()))


def empty_columns(entity_type: EntityType) -> dict[str, str]:
    """All columns of an entity type, alphabetically, with nothing in them; the caller's own to fill."""
    return _empty(entity_type).copy()


def fill_addresses(columns: dict[str, str], addresses: list[Address]) -> None:
    """The parts of addresses, and keys of those complete enough to have one (with the unit for people only)."""
    if len(addresses) == 1:
        (address,) = addresses
        columns.update([(name, f'"{name}":[{quoted(text)}]') for name, part in _PARTS if (text := part(address))])
    else:
        columns.update([(name, listed_once(name, [part(a) for a in addresses])) for name, part in _PARTS])
    whole = [a for a in addresses if a.is_whole]
    if whole:
        columns["address_keys"] = listed_once("address_keys", [f"{a.number}|{a.street}|{a.place}" for a in whole])
    if "address_units" in columns:
        units = [f"{a.number}|{a.street}|{a.unit}|{a.place}" for a in whole if a.unit]
        if units:
            columns["address_units"] = listed_once("address_units", units)


def organisation_columns(organisations: list[OrganisationName]) -> Mapping[str, str]:
    """legal_form, name, name_numbers (words with a digit) and name_tokens, of names of which the first leads."""
    names = [o for o in organisations if o.name]
    tokens = dict.fromkeys(t for o in names for t in o.tokens)
    return {
        "legal_form": single("legal_form", next((o.legal_form for o in names if o.legal_form), None)),
        "name": single("name", names[0].name if names else None),
        "name_numbers": listed("name_numbers", [t for t in tokens if any(map(str.isdigit, t))]),
        "name_tokens": listed("name_tokens", tokens),
    }


def domains_column(of_emails: Iterable[str], website: str | None) -> str:
    """The web site's domain and those of e-mails, providers of mail and of pages left out."""
    domains = {registrable(d) for d in of_emails if d and d not in free_mail_domains()}
    domains -= free_mail_domains()
    domains.difference_update(yaml_list("policy")["website"]["shared_hosts"])
    return listed("domains", sorted(domains | {website} if website else domains))
