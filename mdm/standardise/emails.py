"""E-mail addresses: shown in lower case as sent, compared as the mailbox they reach."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from email_validator import EmailNotValidError, validate_email
from rapidfuzz.distance import OSA

from mdm.standardise.policy import meaningless
from mdm.standardise.reference import free_mail_domains, household_locals, role_locals, yaml_list
from mdm.standardise.text import LONGEST_TEXT, ascii_lower, fold_letters
from mdm.standardise.values import INVALID, MISSPELT, PLACEHOLDER, ROLE, Value

# Stricter than RFC 5321: what it accepts, email-validator accepts (tested); what it does not, email-validator decides.
_PLAIN = re.compile(
    r"[a-z0-9_][a-z0-9_+\-]*(?:\.[a-z0-9_+\-]+)*@(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,24})", re.ASCII
)
_WRAPPED = re.compile(r".*<([^<>]*@[^<>]*)>")
_SEPARATORS = re.compile(r"[;,\s]+")


class Email(NamedTuple):
    """``local``: letters of a personal local part; ``domain``: the domain meant; both '' when they say nothing."""

    value: Value
    local: str = ""
    domain: str = ""
    of_role: bool = False

    @property
    def value_of_a_person(self) -> Value:
        """The value in a person's record, where the mailbox of a role is no evidence."""
        return self.value._replace(mark=ROLE) if self.of_role else self.value


def split_addresses(text: str) -> list[str]:
    """The addresses in one cell: "a@b.com; c@d.com" gives two."""
    if text.find("@") == text.rfind("@") or "<" in text or '"' in text:
        return [text]
    return [part for part in _SEPARATORS.split(text) if part] or [text]


def _bare(text: str) -> str:
    address = text.lower()
    wrapped = _WRAPPED.fullmatch(address)
    if wrapped:
        address = wrapped[1]
    if address.startswith("mailto:"):
        address = address[7:]
    bare = address.strip(" .,;:<>\"'")
    return bare.replace(" ", "") if bare.count("@") == 1 else bare


def _plain(address: str) -> bool:
    local, _, domain = address.rpartition("@")
    return len(local) <= 64 and len(domain) <= 253 and "--" not in domain and _PLAIN.fullmatch(address) is not None


def _readable(address: str) -> str | None:
    """The address in the form email-validator gives it; None when it breaks the syntax."""
    if _plain(address):
        return address
    try:
        return validate_email(address, check_deliverability=False, test_environment=True).normalized.lower()
    except (EmailNotValidError, ValueError):
        return None


def domain_spelt(domain: str) -> str:
    """The domain a slip of the hand stood for: "gmial.com" is gmail.com; the domain itself when it is well spelt."""
    lists = yaml_list("email_domains")
    meant = lists["typos"].get(domain)
    if meant is None:
        meant = domain
        if domain not in free_mail_domains() and domain not in lists["real_domains"] and domain not in lists["aliases"]:
            meant = _near_provider(domain) or domain
    return str(meant)


def _near_provider(domain: str) -> str | None:
    lists = yaml_list("email_domains")
    name, _, ending = domain.partition(".")
    for target in lists["typo_targets"]:
        target_name, _, target_ending = target.partition(".")
        if name == target_name and ending in lists["typo_endings"].get(target_ending, ()):
            return str(target)
        if ending == target_ending and len(target_name) >= 5 and OSA.distance(name, target_name) == 1:
            return str(target)
    return None


class _Domain(NamedTuple):
    """What is known of a domain: the one meant (slips mended, aliases joined), whether it is misspelt, the characters
    its mailboxes ignore, whether it says nothing."""

    meant: str
    misspelt: bool
    ignored: str
    meaningless: bool


@lru_cache(maxsize=8192)
def _domain(domain: str) -> _Domain:
    lists = yaml_list("email_domains")
    spelt = domain_spelt(domain)
    meant = str(lists["aliases"].get(spelt, spelt))
    ignored = str(lists["ignored_characters"].get(meant, ""))
    says_nothing = meaningless("email", words="domain_words", patterns="domain_patterns").fits(domain)
    return _Domain(meant, spelt != domain, ignored, says_nothing)


def canonical_address(address: str) -> str:
    """The mailbox behind a valid lower-case address: plus tags cut, characters the provider ignores left out."""
    local, _, domain = address.rpartition("@")
    known = _domain(domain)
    local = local.partition("+")[0] or local
    for character in known.ignored:
        local = local.replace(character, "") or local
    return f"{local}@{known.meant}"


def _meaningless(address: str, canonical: str) -> bool:
    local, _, domain = ascii_lower(address).rpartition("@")
    whole = meaningless("email")
    return (
        _domain(domain).meaningless
        or meaningless("email", words="local_words", patterns="local_patterns").fits(local.partition("+")[0] or local)
        or whole.fits(address)
        or (canonical != address and whole.fits(canonical))
    )


def standardise_email(text: str) -> Email:
    """One cleaned, non-blank text. Not remembered: next to every address is another one."""
    lower = text.lower()
    if _plain(lower):
        return _of_mailbox(lower)
    bare = _bare(text)
    if not bare or len(bare) > LONGEST_TEXT or "@" not in bare:
        words = meaningless("email", words="local_words", patterns="local_patterns")
        mark = PLACEHOLDER if bare in {"n/a", "-", ""} or words.fits(bare[:64]) else INVALID
        return Email(Value(bare or text.lower(), bare or text.lower(), mark))
    address = _readable(bare)
    if address is None:
        # "none@none" and "na@na" break the syntax and mean nothing all the same
        mark = PLACEHOLDER if _meaningless(bare, bare) else INVALID
        meant = _readable(canonical_address(bare)) if mark == INVALID else None
        if meant is None:
            return Email(Value(bare, bare, mark))
        address = bare
    return _of_mailbox(address)


def _of_mailbox(address: str) -> Email:
    canonical = canonical_address(address)
    if _meaningless(address, canonical):
        return Email(Value(address, canonical, PLACEHOLDER))
    local, _, domain = canonical.rpartition("@")
    letters = fold_letters(local)
    of_role = letters in role_locals()
    personal = len(letters) >= 3 and not of_role and letters not in household_locals()
    mark = MISSPELT if _domain(address.rpartition("@")[2]).misspelt else None
    return Email(Value(address, canonical, mark), local=letters if personal else "", domain=domain, of_role=of_role)
