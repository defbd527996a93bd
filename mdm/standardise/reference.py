"""The reference lists beside this code (``data/``), read once when first asked for."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parent / "data"


@lru_cache(maxsize=32)
def yaml_list(name: str) -> Any:
    """The content of ``data/<name>.yaml``; callers treat it as read-only."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with (DATA / f"{name}.yaml").open(encoding="utf-8") as file:
        return yaml.load(file, Loader=loader)  # noqa: S506  (both are safe loaders)


@lru_cache(maxsize=32)
def csv_rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of ``data/<name>.csv`` by column name; callers treat them as read-only."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@lru_cache(maxsize=1)
def free_mail_domains() -> frozenset[str]:
    """Domains of mail providers: an address there says nothing about an employer."""
    return frozenset(yaml_list("email_domains")["free_mail"])


@lru_cache(maxsize=1)
def role_locals() -> frozenset[str]:
    """Local parts that name a role (info, sales), letters only: "kasse9" is "kasse"."""
    return frozenset(yaml_list("email_domains")["role_locals"])


@lru_cache(maxsize=1)
def household_locals() -> frozenset[str]:
    """Local parts of a household, or of whoever owns the domain (family, mail), letters only."""
    return frozenset(yaml_list("email_domains")["household_locals"])


@lru_cache(maxsize=1)
def name_particles() -> frozenset[str]:
    """Particles of family names (van, de la), lower-case, without apostrophes."""
    return frozenset(str(p).replace("'", "") for p in yaml_list("names")["particles"])
