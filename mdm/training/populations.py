"""What the shipped models learn from: many populations of the project's own, no two of them alike.

Retailers with all their systems (``mdm.sample``), as the ready-made profiles have them and with every rate of life and
noise drawn anew; and plain registers (``mdm.training.registers``). Each comes with a seed, so that a model card can
name it.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from mdm.model import EntityType
from mdm.sample import write_sample
from mdm.sample.draws import Draws
from mdm.sample.profile import DEFAULT, GERMAN_UK, HARDER, Profile
from mdm.settings import Settings
from mdm.training.population import standardised_population
from mdm.training.registers import random_register, register_population
from mdm.training.site_registers import random_site_register, site_register_population

_LIFE = (
    "couple", "family", "flatmates", "twins", "similar_twins", "junior", "same_building", "shared_email", "look_alike",
    "same_initial", "building_surname", "family_mobile", "namesake", "same_name_and_birth", "recycled_namesake",
    "colleague_namesake", "passing", "household_card", "recycled_mobile", "role_contact",
)  # fmt: skip
"""Rates of who is who: how often two people look like one. They grow and shrink together."""


@dataclass(frozen=True)
class _Group:
    """Columns that a file has or has not together, and how often it has not."""

    share: float
    columns: tuple[str, ...]


_ADDRESS = ("address_keys", "address_units", "streets", "house_numbers")
_MAY_BE_MISSING = {
    EntityType.PERSON: (
        _Group(0.4, ("emails", "email_locals")),
        _Group(0.4, ("phones",)),
        _Group(0.25, (*_ADDRESS, "postcodes", "cities", "regions")),
        _Group(0.15, _ADDRESS),
        _Group(0.35, ("dob",)),
        _Group(0.5, ("loyalty",)),
        _Group(0.5, ("tax",)),
        _Group(0.5, ("suffix", "gender")),
    ),
    EntityType.ORGANISATION: (
        _Group(0.5, ("domains", "emails")),
        _Group(0.6, ("tax", "registration")),
        _Group(0.25, ("phones",)),
        _Group(0.3, ("legal_form",)),
        _Group(0.15, ("address_keys", "postcodes")),
    ),
}


@dataclass(frozen=True)
class Population:
    """A population to learn from, shown once for each entry of ``without``: columns that a poorer file would not have.
    ``unknown``: of these showings, those in which nothing is known of the population as a whole, as in a small file.
    ``size`` counts customers, or people or sites of a register; ``profile`` is a digest of all its rates."""

    name: str
    size: int
    seed: int
    make: Callable[[Settings], pa.Table]
    without: tuple[tuple[str, ...], ...] = ((),)
    unknown: frozenset[int] = frozenset()
    profile: str = ""


def _digest(rates: object) -> str:
    """Of a frozen dataclass of rates; sets in it are told in order."""
    told = {name: sorted(v) if isinstance(v, frozenset) else v for name, v in vars(rates).items()}
    return hashlib.sha256(repr(told).encode()).hexdigest()[:12]


def retailer(
    name: str, profile: Profile, *, customers: int, seed: int, entity_type: EntityType = EntityType.PERSON
) -> Population:
    """A retailer with all its systems; shown whole, and twice with columns missing."""

    def make(settings: Settings) -> pa.Table:
        with tempfile.TemporaryDirectory(dir=settings.home) as folder:
            write_sample(customers=customers, seed=seed, out=Path(folder), profile=profile)
            return standardised_population(Path(folder), settings=settings)

    shown = _columns_left_out(entity_type, seed)
    draws = Draws(seed=seed, stream=7)
    # where nothing tells what a population is like, it is taken for one with families
    unknown = frozenset(i for i in range(len(shown)) if draws.chance(0.35))
    return Population(name, customers, seed, make, shown, unknown, _digest(profile))


def _columns_left_out(entity_type: EntityType, seed: int) -> tuple[tuple[str, ...], ...]:
    draws = Draws(seed=seed, stream=6)
    chosen = [[g for g in _MAY_BE_MISSING[entity_type] if draws.chance(g.share)] for _ in range(2)]
    return ((), *(tuple(sorted({c for group in groups for c in group.columns})) for groups in chosen))


def register(*, people: int, seed: int) -> Population:
    """A plain register whose rates follow from the seed."""
    rates = random_register(seed=seed, people=people)
    return Population("register", people, seed, lambda _: register_population(rates, seed=seed), profile=_digest(rates))


def site_register(*, sites: int, seed: int) -> Population:
    """A plain register of organisations whose rates follow from the seed."""

    rates = random_site_register(seed=seed, sites=sites)

    def make(_: Settings) -> pa.Table:
        return site_register_population(rates, seed=seed)

    return Population("register of sites", sites, seed, make, profile=_digest(rates))


def varied(profile: Profile, *, seed: int) -> Profile:
    """The profile with every rate between 0.4 and 2.2 times what it was; life's rates move together, and may vanish."""
    draws = Draws(seed=seed, stream=3)
    life = 0.0 if draws.chance(0.15) else 0.2 + 1.6 * draws.unit()
    noise = 0.5 + 1.5 * draws.unit()

    def moved(value: Any, factor: float) -> Any:
        return min(0.95, value * factor * (0.7 + 0.6 * draws.unit())) if isinstance(value, float) else value

    rates = {f.name: getattr(profile, f.name) for f in fields(Profile)}
    held = {n: v for n, v in rates.items() if isinstance(v, float) and not n.startswith("delta_")}
    changed = {n: moved(v, life if n in _LIFE else noise) for n, v in held.items()}
    systems = {
        n: replace(v, **{f.name: moved(getattr(v, f.name), 1.0) for f in fields(v)})
        for n, v in rates.items()
        if n not in held and n not in ("countries", "origins") and not isinstance(v, float)
    }
    countries = draws.pick((DEFAULT.countries, GERMAN_UK.countries, (("GB", 1.0),), (("DE", 1.0),)))
    return replace(profile, countries=countries, **changed, **systems)


def companies(name: str, profile: Profile, *, customers: int, seed: int) -> Population:
    """A retailer most of whose customers are companies."""
    mostly = replace(profile, company=replace(profile.company, share=0.7))
    return retailer(name, mostly, customers=customers, seed=seed, entity_type=EntityType.ORGANISATION)


_VARIED, _VARIED_COMPANIES, _REGISTERS = 20, 10, 48

POPULATIONS: dict[EntityType, tuple[Population, ...]] = {
    EntityType.PERSON: (
        retailer("default", DEFAULT, customers=12_000, seed=101),
        retailer("harder", HARDER, customers=8_000, seed=102),
        retailer("german_uk", GERMAN_UK, customers=4_000, seed=103),
        *(
            retailer("varied", varied((DEFAULT, HARDER)[i % 2], seed=1000 + i), customers=2_000, seed=1000 + i)
            for i in range(_VARIED)
        ),
        *(register(people=(1_000, 1_500, 3_000)[i % 3], seed=2000 + i) for i in range(_REGISTERS)),
    ),
    EntityType.ORGANISATION: (
        companies("companies", DEFAULT, customers=8_000, seed=111),
        companies("companies, harder", HARDER, customers=4_000, seed=112),
        companies("companies of three countries", GERMAN_UK, customers=4_000, seed=113),
        *(
            companies("varied", varied(DEFAULT, seed=1100 + i), customers=1_500, seed=1100 + i)
            for i in range(_VARIED_COMPANIES)
        ),
        *(site_register(sites=(600, 1_000, 2_000)[i % 3], seed=3000 + i) for i in range(_REGISTERS)),
    ),
}

UNSEEN: dict[EntityType, tuple[Population, ...]] = {
    EntityType.PERSON: (
        retailer("default", DEFAULT, customers=3_000, seed=4001),
        retailer("harder", HARDER, customers=2_000, seed=4002),
        retailer("german_uk", GERMAN_UK, customers=1_500, seed=4003),
        *(register(people=1_500, seed=4100 + i) for i in range(3)),
    ),
    EntityType.ORGANISATION: (
        companies("companies", DEFAULT, customers=2_000, seed=4011),
        companies("companies, harder", HARDER, customers=1_500, seed=4012),
        companies("companies of three countries", GERMAN_UK, customers=1_500, seed=4013),
        *(site_register(sites=1_000, seed=4200 + i) for i in range(3)),
    ),
}
"""What a shipped model's card is measured on: of the same kinds, and none of them learnt from."""
