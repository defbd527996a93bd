"""The canonical attributes, declared once: kind, how many, for whom, and how sensitive.

Everything that names an attribute (mapping files, ownership rules, exports, masking) is checked against this list.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class EntityType(StrEnum):
    """People and organisations are never compared with each other."""

    PERSON = "person"
    ORGANISATION = "organisation"


class Kind(StrEnum):
    """What a value is; the standardiser of that kind lives in ``mdm/standardise/<kind>.py``."""

    NAME = "name"
    ORGANISATION_NAME = "organisation_name"
    EMAIL = "email"
    PHONE = "phone"
    ADDRESS = "address"
    DATE = "date"
    IDENTIFIER = "identifier"
    CODE = "code"
    FLAG = "flag"
    NUMBER = "number"
    WEBSITE = "website"
    CONSENT = "consent"
    RELATION = "relation"


class Sensitivity(StrEnum):
    """The class an attribute is masked and retained by."""

    IDENTITY = "identity"
    CONTACT = "contact"
    SENSITIVE = "sensitive"
    BUSINESS = "business"


@dataclass(frozen=True)
class Attribute:
    """One canonical attribute. ``fields`` names the parts of a structured item; a plain one has ``value``."""

    name: str
    kind: Kind
    entity_types: frozenset[EntityType]
    multi: bool
    sensitivity: Sensitivity
    description: str
    fields: tuple[str, ...] = ("value",)


_PERSON = frozenset({EntityType.PERSON})
_ORGANISATION = frozenset({EntityType.ORGANISATION})
_BOTH = _PERSON | _ORGANISATION
_ADDRESS = ("type", "street", "unit", "city", "region", "postcode", "country", "valid_from", "valid_to")

_I, _C, _S, _B = Sensitivity.IDENTITY, Sensitivity.CONTACT, Sensitivity.SENSITIVE, Sensitivity.BUSINESS

ATTRIBUTES: dict[str, Attribute] = {
    a.name: a
    for a in (
        Attribute("prefix", Kind.NAME, _PERSON, False, _I, "Salutation or title: Dr., Ms."),
        Attribute("given_name", Kind.NAME, _PERSON, False, _I, "First name, as the person uses it"),
        Attribute("middle_name", Kind.NAME, _PERSON, False, _I, "Middle name or initial"),
        Attribute("family_name", Kind.NAME, _PERSON, False, _I, "Last name, with particles"),
        Attribute("suffix", Kind.NAME, _PERSON, False, _I, "Jr., Sr., II, III"),
        Attribute("former_name", Kind.NAME, _PERSON, False, _I, "Last name before a marriage or other change"),
        Attribute("full_name", Kind.NAME, _PERSON, False, _I, "The whole name where a source keeps only one field"),
        Attribute("date_of_birth", Kind.DATE, _PERSON, False, _S, "Day of birth"),
        Attribute("gender", Kind.CODE, _PERSON, False, _S, "Gender, where given"),
        Attribute("legal_name", Kind.ORGANISATION_NAME, _ORGANISATION, False, _B, "Registered name with legal form"),
        Attribute(
            "trading_name", Kind.ORGANISATION_NAME, _ORGANISATION, False, _B, "Name the organisation trades under"
        ),
        Attribute("website", Kind.WEBSITE, _ORGANISATION, False, _B, "Web site or domain"),
        Attribute(
            "registration_number", Kind.IDENTIFIER, _ORGANISATION, True, _B, "Company register number", ("value",)
        ),
        Attribute("email", Kind.EMAIL, _BOTH, True, _C, "E-mail addresses", ("value", "type", "verified")),
        Attribute("phone", Kind.PHONE, _BOTH, True, _C, "Phone numbers", ("value", "type")),
        Attribute("address", Kind.ADDRESS, _BOTH, True, _C, "Postal addresses", _ADDRESS),
        Attribute("tax_number", Kind.IDENTIFIER, _BOTH, True, _S, "Tax or VAT numbers", ("value", "type")),
        Attribute("loyalty_number", Kind.IDENTIFIER, _PERSON, True, _I, "Loyalty card numbers", ("value",)),
        Attribute("customer_number", Kind.IDENTIFIER, _BOTH, True, _B, "Customer numbers systems print", ("value",)),
        Attribute("loyalty_tier", Kind.CODE, _PERSON, False, _B, "Tier in the loyalty programme"),
        Attribute("loyalty_balance", Kind.NUMBER, _PERSON, False, _B, "Points at stake; counted, never mastered"),
        Attribute("preferred_store", Kind.CODE, _BOTH, False, _B, "Home store"),
        Attribute("preferred_language", Kind.CODE, _BOTH, False, _B, "BCP 47 language tag"),
        Attribute("payment_terms", Kind.CODE, _BOTH, False, _B, "Billing terms"),
        Attribute("credit_limit", Kind.NUMBER, _BOTH, False, _B, "Credit limit in the ledger's currency"),
        Attribute("organisation_type", Kind.CODE, _ORGANISATION, False, _B, "Customer, prospect, partner"),
        Attribute(
            "consent",
            Kind.CONSENT,
            _BOTH,
            True,
            _C,
            "Consent per channel and purpose",
            ("channel", "purpose", "state", "time"),
        ),
        Attribute("inactive", Kind.FLAG, _BOTH, False, _B, "The source closed or deactivated the record"),
        Attribute("guest", Kind.FLAG, _PERSON, False, _B, "Bought without an account"),
        Attribute("verified", Kind.FLAG, _BOTH, False, _B, "The source verified the contact"),
        Attribute(
            "relation",
            Kind.RELATION,
            _BOTH,
            True,
            _B,
            "member_of or child_of another source record",
            ("kind", "system", "object", "source_id"),
        ),
    )
}


def attributes_of(entity_type: EntityType) -> tuple[Attribute, ...]:
    """The attributes an entity type can have, in declared order."""
    return tuple(a for a in ATTRIBUTES.values() if entity_type in a.entity_types)
