"""E-mail addresses: how people make them of their names, where they have them, and that nobody has another's."""

from __future__ import annotations

import re

from anyascii import anyascii

from mdm.sample.draws import Draws, weighted
from mdm.sample.places import Place

_MAIL = {
    "US": (("gmail.com", 46), ("yahoo.com", 15), ("hotmail.com", 9), ("outlook.com", 8), ("icloud.com", 7),
           ("aol.com", 5), ("comcast.net", 3), ("protonmail.com", 2), ("att.net", 2), ("verizon.net", 1.5),
           ("msn.com", 1)),
    "GB": (("gmail.com", 42), ("hotmail.co.uk", 14), ("outlook.com", 10), ("yahoo.co.uk", 9), ("icloud.com", 8),
           ("btinternet.com", 6), ("sky.com", 3), ("hotmail.com", 4)),
    "DE": (("gmail.com", 30), ("web.de", 22), ("gmx.de", 20), ("t-online.de", 12), ("outlook.de", 4), ("yahoo.de", 4),
           ("hotmail.com", 4), ("freenet.de", 3)),
}  # fmt: skip
_WORDS = (
    "sunny", "river", "maple", "star", "blue", "lucky", "happy", "wild", "silver", "green", "mountain", "ocean",
    "stone", "golden", "misty", "cedar", "fox", "bear", "wolf", "coffee", "music", "runner", "garden", "soccer",
    "guitar", "pixel",
)  # fmt: skip
_LOCAL_STYLES = weighted(range(8), (28, 14, 13, 8, 7, 12, 8, 10))
_NOT_LETTERS = re.compile(r"[^a-z]")


def letters(text: str) -> str:
    """Lower-case ASCII letters only: what a name becomes in an e-mail address."""
    return _NOT_LETTERS.sub("", anyascii(text).lower())


class Mailboxes:
    """Gives out e-mail addresses (state: those taken)."""

    def __init__(self, draws: Draws) -> None:
        self._draws = draws
        self._mail = {c: weighted([d for d, _ in held], [w for _, w in held]) for c, held in _MAIL.items()}
        self._emails: set[str] = set()

    def local(self, given: str, family: str, year: int) -> str:
        """What somebody of this name and year of birth puts before the @."""
        draws = self._draws
        g, f = letters(given) or "mail", letters(family) or "home"
        word, number = draws.pick(_WORDS), draws.between(1, 999)
        made = (f"{g}.{f}", f"{g}{f}", f"{g[0]}{f}", f"{g}_{f}", f"{f}.{g}", f"{g}.{f}{year % 100:02d}",
                f"{word}{g}{number}", f"{word}{draws.pick(_WORDS)}{number}")  # fmt: skip
        return made[draws.of(_LOCAL_STYLES)]

    def private(self, local: str, place: Place) -> str:
        """An address at a provider of the country."""
        return self._claim(local, self._draws.of(self._mail[place.country]))

    def at_work(self, given: str, family: str, domain: str) -> str:
        """An address of one's own at the employer."""
        g, f = letters(given) or "mail", letters(family) or "home"
        return self._claim(f"{g}.{f}" if self._draws.chance(0.6) else f"{g[0]}{f}", domain)

    def _claim(self, local: str, domain: str) -> str:
        """Nobody else has the address in the real world; dots do not make it another one (Gmail ignores them)."""
        name = local
        while (key := f"{name.replace('.', '')}@{domain}") in self._emails:
            name = f"{local}{self._draws.between(1, 9999)}"
        self._emails.add(key)
        return f"{name}@{domain}"
