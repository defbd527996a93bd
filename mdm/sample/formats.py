"""The native formats: one function per source object, from a view and its envelope to the line a system exports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from json import JSONEncoder

from mdm.sample.clock import iso_day, iso_time
from mdm.sample.company_views import CompanyView
from mdm.sample.noise import WrittenAddress
from mdm.sample.views import View

CONTACT = (
    "Id,IsDeleted,AccountId,Salutation,FirstName,MiddleName,LastName,Email,Phone,MobilePhone,MailingStreet,MailingCity,"
    "MailingState,MailingPostalCode,MailingCountry,Birthdate,HasOptedOutOfEmail,HasOptedOutOfFax,DoNotCall,LeadSource,"
    "Loyalty_Number__c,CreatedDate,LastModifiedDate,SystemModstamp"
)
ACCOUNT = (
    "Id,IsDeleted,Name,ParentId,Type,Phone,Website,BillingStreet,BillingCity,BillingState,BillingPostalCode,"
    "BillingCountry,CreatedDate,LastModifiedDate,SystemModstamp"
)
LEAD = (
    "Id,IsDeleted,FirstName,LastName,Company,Email,Phone,MobilePhone,Street,City,State,PostalCode,Country,Status,"
    "LeadSource,IsConverted,ConvertedContactId,HasOptedOutOfEmail,CreatedDate,LastModifiedDate,SystemModstamp"
)
MEMBER = (
    "member_id,card_number,first_name,last_name,email,mobile,birth_date,postal_code,city,state,tier,points_balance,"
    "home_store,email_opt_in,sms_opt_in,enrolled_at,updated_at"
)
_encode = JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a record has besides the person: id, clocks, and the system's own fields (the same in every version)."""

    id: str
    created: int
    updated: int
    deleted: bool
    own: Mapping[str, object]


def _csv(cells: tuple[object, ...]) -> str:
    written = []
    for cell in cells:
        text = str(cell)
        if '"' in text or "," in text or "\n" in text:
            text = '"' + text.replace('"', '""') + '"'
        written.append(text)
    return ",".join(written)


def _truth(flag: object) -> str:
    return "true" if flag else "false"


def _street(address: WrittenAddress) -> str:
    return "\n".join(part for part in (address.line1, address.line2) if part)


def _clock(envelope: Envelope) -> tuple[str, str, str]:
    updated = iso_time(envelope.updated)
    return iso_time(envelope.created), updated, updated


_NOWHERE = WrittenAddress("", "", "", "", "", "", "")


def contact_line(view: View, envelope: Envelope) -> str:
    """salesforce/Contact, Bulk API 2.0 CSV."""
    own, a = envelope.own, view.address or _NOWHERE
    born = "{:04d}-{:02d}-{:02d}".format(*view.born) if view.born else ""
    return _csv((
        envelope.id, _truth(envelope.deleted), own["account"], view.prefix, view.given, view.middle, view.family,
        view.email, view.landline, view.mobile, _street(a), a.city, a.region, a.postcode, a.country_word, born,
        _truth(own["no_email"]), _truth(own["no_fax"]), _truth(own["no_call"]), own["origin"], view.card,
        *_clock(envelope),
    ))  # fmt: skip


def lead_line(view: View, envelope: Envelope) -> str:
    """salesforce/Lead, Bulk API 2.0 CSV."""
    own, a = envelope.own, view.address or _NOWHERE
    return _csv((
        envelope.id, _truth(envelope.deleted), view.given, view.family, own["company"], view.email, view.landline,
        view.mobile, _street(a), a.city, a.region, a.postcode, a.country_word, own["status"], own["origin"],
        _truth(own["contact"]), own["contact"], _truth(own["no_email"]), *_clock(envelope),
    ))  # fmt: skip


def account_line(view: CompanyView, envelope: Envelope) -> str:
    """salesforce/Account, Bulk API 2.0 CSV."""
    a = view.address
    return _csv((
        envelope.id, _truth(envelope.deleted), view.name, view.parent, envelope.own["type"], view.phone, view.website,
        _street(a), a.city, a.region, a.postcode, a.country_word, *_clock(envelope),
    ))  # fmt: skip


def member_line(view: View, envelope: Envelope) -> str:
    """loyalty/Member, CSV with American dates."""
    own, a = envelope.own, view.address or _NOWHERE
    born = f"{view.born[1]:02d}/{view.born[2]:02d}/{view.born[0]:04d}" if view.born else ""
    return _csv((
        envelope.id, own["card"], view.given, view.family, view.email, view.mobile, born, a.postcode, a.city, a.region,
        own["tier"], own["points"], own["store"], own["email_opt_in"], own["sms_opt_in"], iso_day(envelope.created),
        iso_time(envelope.updated),
    ))  # fmt: skip


def _ledger(envelope: Envelope, parent: str | None, tax_number: str | None) -> dict[str, object]:
    own = envelope.own
    return {
        "id": envelope.id,
        "externalId": None,
        "isInactive": own["inactive"],
        "subsidiary": "1",
        "terms": own["terms"],
        "creditLimit": own["credit"],
        "taxIdNum": tax_number,
        "dateCreated": iso_time(envelope.created),
        "lastModifiedDate": iso_time(envelope.updated),
        "parent": parent,
    }


def _address_book(address: WrittenAddress | None, *, shipping: object) -> list[dict[str, object]]:
    if not address:
        return []
    return [{
        "defaultBilling": True, "defaultShipping": shipping, "addr1": address.line1 or None,
        "addr2": address.line2 or None, "city": address.city or None, "state": address.region or None,
        "zip": address.postcode or None, "country": address.country,
    }]  # fmt: skip


def customer_line(view: View, envelope: Envelope) -> str:
    """netsuite/customer, a person; further addresses (deliveries, former homes) stand in ``own["book"]``."""
    own = envelope.own
    book = _address_book(view.address, shipping=own["ships"])
    if view.address and isinstance(extra := own["extra_address"], WrittenAddress):
        book += [{**entry, "defaultBilling": False, "defaultShipping": not own["ships"]}
                 for entry in _address_book(extra, shipping=False)]  # fmt: skip
    name = " ".join(part for part in (view.given, view.family) if part)
    return _encode(
        _ledger(envelope, None, view.tax or None)
        | {
            "entityId": f"CUST{envelope.id} {name}",
            "isPerson": "T",
            "companyName": None,
            "firstName": view.given or None,
            "middleName": view.middle or None,
            "lastName": view.family or None,
            "email": view.email or None,
            "phone": view.landline or None,
            "mobilePhone": view.mobile or None,
            "addressBook": book,
        }
    )


def company_customer_line(view: CompanyView, envelope: Envelope) -> str:
    """netsuite/customer, a company (``isPerson`` F)."""
    return _encode(
        _ledger(envelope, view.parent or None, view.tax_number or None)
        | {
            "entityId": f"CUST{envelope.id}",
            "isPerson": "F",
            "companyName": view.name,
            "firstName": None,
            "lastName": None,
            "email": view.email or None,
            "phone": view.phone or None,
            "mobilePhone": None,
            "addressBook": _address_book(view.address, shipping=True),
        }
    )


def _shop_address(address: WrittenAddress, phone: object) -> dict[str, object]:
    return {
        "address1": address.line1 or None,
        "address2": address.line2 or None,
        "city": address.city or None,
        "provinceCode": address.region or None,
        "zip": address.postcode or None,
        "countryCodeV2": address.country,
        "phone": phone or None,
    }


def shop_customer_line(view: View, envelope: Envelope) -> str:
    """shopify/Customer, one line of a bulk operation."""
    own = envelope.own
    email: dict[str, object] | None = None
    if view.email:
        email = {"emailAddress": view.email, "marketingState": own["marketing"]}
    # the shop takes valid numbers as a customer's own; what was typed at the checkout stays on the address
    phone: dict[str, object] | None = None
    if own["own_phone"] and view.mobile.startswith("+"):
        phone = {"phoneNumber": view.mobile, "marketingState": own["sms_marketing"]}
    on_address = own["address_phone"] if view.mobile and not phone else None
    return _encode(
        {
            "id": envelope.id,
            "firstName": view.given or None,
            "lastName": view.family or None,
            "defaultEmailAddress": email,
            "defaultPhoneNumber": phone,
            "defaultAddress": _shop_address(view.address, on_address) if view.address else None,
            "state": own["state"],
            "verifiedEmail": own["state"] == "ENABLED",
            "numberOfOrders": own["orders"],
            "amountSpent": {"amount": own["spent"], "currencyCode": own["currency"]},
            "tags": [],
            "note": None,
            "createdAt": iso_time(envelope.created),
            "updatedAt": iso_time(envelope.updated),
        }
    )


def shop_address_line(address: WrittenAddress, *, id: str, customer: str) -> str:
    """A further address of a shop customer: a child line, which may stand anywhere in the file."""
    return _encode({"id": id, **_shop_address(address, None), "__parentId": customer})


def order_line(*, id: str, name: str, customer: str, email: str, created: int, paid: str, shipped: str) -> str:
    """shopify/Order, one line of a bulk operation."""
    return _encode({
        "id": id, "name": name, "customer": {"id": customer}, "email": email or None, "createdAt": iso_time(created),
        "displayFinancialStatus": paid, "displayFulfillmentStatus": shipped,
    })  # fmt: skip


def user_line(view: View, envelope: Envelope) -> str:
    """zendesk/user, one line of an incremental export."""
    own = envelope.own
    return _encode(
        {
            "id": int(envelope.id),
            "external_id": None,
            "name": own["name"],
            "email": view.email or None,
            "phone": view.mobile or None,
            "organization_id": None,
            "role": "end-user",
            "verified": own["verified"],
            "active": True,
            "suspended": False,
            "tags": [],
            "user_fields": {"loyalty_card": view.card or None},
            "locale": own["locale"],
            "created_at": iso_time(envelope.created),
            "updated_at": iso_time(envelope.updated),
        }
    )


def ticket_line(*, id: int, requester: int, subject: str, status: str, created: int, channel: str) -> str:
    """zendesk/ticket, one line of an incremental export."""
    return _encode({
        "id": id, "requester_id": requester, "subject": subject, "status": status, "created_at": iso_time(created),
        "via": {"channel": channel},
    })  # fmt: skip
