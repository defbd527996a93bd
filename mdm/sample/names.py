"""What people and companies are called: weighted name tables, taken once from Faker's lists, and nicknames."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.resources import files
from typing import Any

from nicknames import NickNamer

from mdm.sample.draws import Draws, Weighted, weighted

# Frequent names of countries whose Faker list is alphabetical; they get COMMON_MASS of the weight between them.
_COMMON_FAMILY = {
    "de_DE": "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter "
    "Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner Krause Meier "
    "Lehmann Köhler Maier Herrmann König Walter Huber Kaiser Fuchs Peters Lang Scholz Möller Weiß Jung Hahn Vogel",
    "en_GB": "Smith Jones Taylor Brown Williams Wilson Johnson Davies Robinson Wright Thompson Evans Walker White "
    "Roberts Green Hall Wood Jackson Clarke Patel Khan Lewis James Phillips Turner Hill Harris Cooper Ward Morris",
    "es_MX": "Garcia Rodriguez Martinez Hernandez Lopez Gonzalez Perez Sanchez Ramirez Torres Flores Rivera Gomez Diaz",
    "en_IN": "Patel Singh Kumar Sharma Shah Khan Gupta Desai Reddy Mehta",
}
_COMMON_MALE = {
    "de_DE": "Michael Thomas Andreas Peter Stefan Christian Hans Klaus Wolfgang Jürgen Martin Frank Alexander Daniel "
    "Markus Sebastian Matthias Jan Tobias Lukas Leon Jonas Felix Maximilian Uwe Bernd Günter Werner Hans-Jürgen Josef",
    "en_GB": "David John Michael Paul Andrew Peter Stephen James Robert Christopher Mark Richard Ian Simon Thomas "
    "Daniel Matthew Alan Kevin Gary Jack Harry Oliver George William Joseph Samuel Benjamin",
}
_COMMON_FEMALE = {
    "de_DE": "Maria Ursula Monika Petra Elisabeth Sabine Renate Helga Karin Brigitte Andrea Claudia Susanne Gabriele "
    "Christine Angelika Birgit Katharina Anna Julia Stefanie Nicole Sandra Lena Laura Lea Sarah Hannah",
    "en_GB": "Susan Margaret Sarah Patricia Elizabeth Karen Christine Mary Jane Julie Jacqueline Helen Emma Claire "
    "Rebecca Laura Jennifer Amanda Nicola Emily Charlotte Sophie Olivia Catherine Victoria Rachel",
}
COMMON_MASS = 0.6
_HEADS = (
    "Ash Black Brad Brom Calder Car Chad Clay Crom Dal Den Drake East Els Fair Fen Field Gar Glad Hal Ham Hart Hazel "
    "Hep Hol Horn Hux Kel Ken King Kirk Lang Lind Mar Mel Mil Nor Oak Pem Pen Quin Rad Red Rud Sal Sel Shep Stan Sut "
    "Tan Thorn Tur Under Wake Wal War West Whit Win Wool York"
)
_TAILS = "ford ley ton wood man well worth field ham by den more ridge wick stead land stone brook bury combe dale gate"


@dataclass(frozen=True)
class NamePool:
    """The names of one origin."""

    male: Weighted[str]
    female: Weighted[str]
    family: Weighted[str]


@dataclass(frozen=True)
class Names:
    """All name tables: origins by country, pools by origin, rare family names, nicknames by given name."""

    origins: dict[str, Weighted[str]]
    pools: dict[str, NamePool]
    rare: tuple[str, ...]
    nicknames: dict[str, tuple[str, ...]]


def read_names(origins: Mapping[str, Iterable[tuple[str, float]]]) -> Names:
    """Reads the pools of every origin named (Faker locales). A given name without known nicknames is absent there."""
    tables = {country: tuple(held) for country, held in origins.items()}
    locales = sorted({locale for held in tables.values() for locale, _ in held})
    pools = {locale: _pool(locale) for locale in locales}
    rare = tuple(head + tail for head in _HEADS.split() for tail in _TAILS.split() if head[-1] != tail[0])
    given = sorted({g for pool in pools.values() for g in (*pool.male.values, *pool.female.values)})
    mixes = {country: weighted([o for o, _ in held], [w for _, w in held]) for country, held in tables.items()}
    return Names(mixes, pools, rare, _nicknames(given))


def _pool(locale: str) -> NamePool:
    provider = import_module(f"faker.providers.person.{locale}").Provider
    return NamePool(
        _table(provider.first_names_male, _COMMON_MALE.get(locale, "")),
        _table(provider.first_names_female, _COMMON_FEMALE.get(locale, "")),
        _table(provider.last_names, _COMMON_FAMILY.get(locale, "")),
    )


def _table(names: Any, common: str) -> Weighted[str]:
    if isinstance(names, Mapping):
        held = {str(n): float(w) for n, w in names.items()}
    else:
        held = {str(n): 1.0 / (5 + (i * 7919) % len(names)) for i, n in enumerate(names)}
    total = sum(held.values())
    frequent = common.split()
    held = {n: w / total * (1 - COMMON_MASS if frequent else 1) for n, w in held.items()}
    harmonic = sum(1 / (4 + i) for i in range(len(frequent)))
    for i, name in enumerate(frequent):
        held[name] = held.get(name, 0.0) + COMMON_MASS / (4 + i) / harmonic
    return weighted(list(held), list(held.values()))


def _nicknames(given: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Our own list first (what people really say); the ``nicknames`` package for names it does not have."""
    text = files("mdm.sample").joinpath("data", "nicknames.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    held = {row["given"]: tuple(row["nicknames"].split("|")) for row in rows}
    namer = NickNamer()
    for name in given:
        if name not in held and (short := sorted(namer.nicknames_of(name))):
            held[name] = tuple(s.title() for s in short)
    return held


def new_given(names: Names, *, origin: str, home: str, female: bool, draws: Draws) -> str:
    """A given name; people of another origin than their country's main one (``home``) often carry a local name."""
    pool = names.pools[home if origin != home and draws.chance(0.5) else origin]
    return draws.of(pool.female if female else pool.male)


def new_family(names: Names, *, origin: str, rare: float, draws: Draws) -> str:
    """A family name of an origin, with particles and double names where they belong."""
    if origin in ("en_US", "en_GB") and draws.chance(rare):
        return draws.pick(names.rare)
    family = draws.of(names.pools[origin].family)
    if origin == "es_MX" and draws.chance(0.12):
        return f"de la {family}" if draws.chance(0.4) else f"{family} {draws.of(names.pools[origin].family)}"
    if origin == "de_DE" and draws.chance(0.02):
        return f"von {family}"
    return family
