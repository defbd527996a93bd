"""Ids as the systems make them: random, unique, and telling nothing about the customer behind."""

from __future__ import annotations

from mdm.sample.draws import Draws, UniqueNumbers

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def salesforce_id(prefix: str, number: int) -> str:
    """An 18-character id: key prefix, instance, nine base-62 digits, and the three that make case irrelevant."""
    digits = ""
    for _ in range(9):
        number, digit = divmod(number, 62)
        digits = _DIGITS[digit] + digits
    short = f"{prefix}5e0{digits}"
    suffix = "".join(
        _SUFFIX[sum(1 << i for i, c in enumerate(short[at : at + 5]) if "A" <= c <= "Z")] for at in (0, 5, 10)
    )
    return short + suffix


class Ids:
    """One range of numbers per object (state: what was handed out)."""

    def __init__(self, draws: Draws) -> None:
        def numbers(low: int, high: int) -> UniqueNumbers:
            return UniqueNumbers(draws, low=low, high=high)

        self._salesforce = numbers(62**7, 62**9 - 1)
        self._netsuite = numbers(1_000_000, 99_999_999)
        self._shopify = {
            "Customer": numbers(6 * 10**12, 9 * 10**12),
            "Order": numbers(5 * 10**12, 7 * 10**12),
            "MailingAddress": numbers(7 * 10**12, 10**13 - 1),
        }
        self._order_names = numbers(100_000_000, 999_999_999)
        self._members = numbers(0, 999_999_999)
        self._cards = numbers(0, 99_999_999)
        self._users = numbers(10**9, 10**12 - 1)
        self._tickets = numbers(10**8, 10**9 - 1)

    def salesforce(self, prefix: str) -> str:
        """001 account, 003 contact, 00Q lead."""
        return salesforce_id(prefix, self._salesforce.take())

    def netsuite(self) -> str:
        """An internal id of the ERP."""
        return str(self._netsuite.take())

    def shopify(self, kind: str) -> str:
        """A full gid."""
        return f"gid://shopify/{kind}/{self._shopify[kind].take()}"

    def order_name(self) -> str:
        """The number a customer sees and quotes."""
        return f"#{self._order_names.take()}"

    def member(self) -> str:
        """A loyalty member id (not the card)."""
        return f"L{self._members.take():09d}"

    def card(self) -> str:
        """The number on the card."""
        return f"6299{self._cards.take():08d}"

    def user(self) -> int:
        """A service-desk user."""
        return self._users.take()

    def ticket(self) -> int:
        """A service-desk ticket."""
        return self._tickets.take()
