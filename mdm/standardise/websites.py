"""Web sites: shown and compared as the domain somebody registered."""

from __future__ import annotations

import re
from functools import lru_cache

from mdm.standardise.policy import meaningless
from mdm.standardise.reference import yaml_list
from mdm.standardise.text import LONGEST_TEXT, ascii_lower
from mdm.standardise.values import INVALID, PLACEHOLDER, Value

_HOST = re.compile(r"(?:[a-z][a-z0-9+.\-]*:)?(?://)?(?:[^/@?#]*@)?([^/:?#@\\\s]+)(?::\d*)?(?:[/?#\\].*)?", re.DOTALL)
_DOMAIN = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_\-]{0,61}[a-z0-9_])?\.)+[a-z][a-z0-9\-]*[a-z0-9]", re.ASCII)


@lru_cache(maxsize=1)
def _second_level_endings() -> frozenset[str]:
    return frozenset(yaml_list("email_domains")["second_level_endings"])


def registrable(domain: str) -> str:
    """The part of a lower-case domain that somebody registered: "shop.acme.co.uk" gives "acme.co.uk"."""
    labels = domain.split(".")
    keep = 3 if ".".join(labels[-2:]) in _second_level_endings() else 2
    return ".".join(labels[-keep:])


@lru_cache(maxsize=16384)
def standardise_website(text: str) -> Value:
    """One cleaned, non-blank text. A page on a shared host (facebook.com/acme) keeps its path and is a placeholder."""
    lower = text.lower()
    if len(text) > LONGEST_TEXT:
        return Value(lower, lower, INVALID)
    if meaningless("website").fits(ascii_lower(text)):
        return Value(lower, lower, PLACEHOLDER)
    found = _HOST.fullmatch(lower)
    host = found[1].strip(".") if found else ""
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return Value(lower, lower, INVALID)
    if not _DOMAIN.fullmatch(host):
        return Value(lower, lower, INVALID)
    domain = registrable(host)
    if domain in yaml_list("policy")["website"]["shared_hosts"]:
        return Value(lower, lower, PLACEHOLDER)
    mark = PLACEHOLDER if meaningless("website", patterns="domain_patterns").fits(domain) else None
    return Value(domain, domain, mark)
