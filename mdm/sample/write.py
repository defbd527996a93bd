"""Writes a sample population: two days of native extracts with their truth, from one seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mdm.sample.companies import Company, companies
from mdm.sample.draws import Draws
from mdm.sample.extracts import Extracts
from mdm.sample.ids import Ids
from mdm.sample.names import read_names
from mdm.sample.places import Place, read_geography
from mdm.sample.population import Population
from mdm.sample.profile import DEFAULT, Profile
from mdm.sample.records import Records

_ROWS_PER_BUCKET = 150_000
_STEP = 1_000


@dataclass(frozen=True)
class SampleReport:
    """What was written. ``rows`` counts per file name (``delta/...`` for the next day), headers not counted;
    ``records`` are the source records of the first day (orders, tickets and child lines are none)."""

    out: Path
    files: tuple[Path, ...]
    rows: Mapping[str, int]
    records: int
    people: int
    companies: int
    households: int


def write_sample(
    *,
    customers: int,
    seed: int,
    out: Path,
    profile: Profile = DEFAULT,
    progress: Callable[[int, int], None] | None = None,
) -> SampleReport:
    """Writes the extracts of ``customers`` people and companies into ``out`` (and ``out/delta``).

    The same customers, seed and profile give byte-identical files. ``progress(done, total)`` hears of every
    thousandth customer. A customer whose records all appear on the next day is missing from the first.
    ValueError when ``customers`` is not positive.
    """
    if customers < 1:
        raise ValueError("a population needs at least one customer")
    geography = read_geography()
    names = read_names(dict(profile.origins))
    extracts = Extracts(out, buckets=1 + customers // _ROWS_PER_BUCKET * 2, draws=Draws(seed=seed, stream=0))
    records = Records(
        profile=profile,
        names=names,
        extracts=extracts,
        ids=Ids(Draws(seed=seed, stream=1)),
        draws=Draws(seed=seed, stream=2),
    )
    firms = round(customers * profile.company.share)
    employers: dict[Place, list[Company]] = {}
    made = companies(count=firms, profile=profile, names=names, geography=geography, draws=Draws(seed=seed, stream=3))
    for company in made:
        records.company(company)
        employers.setdefault(company.address.place, []).append(company)
    population = Population(
        profile=profile, names=names, geography=geography, employers=employers, draws=Draws(seed=seed, stream=4)
    )
    members = _people(population, records, count=customers - firms, done=firms, total=customers, progress=progress)
    rows = extracts.close((f"P{person:08d}", f"H{household:08d}") for person, household in members)
    return SampleReport(
        out=out,
        files=tuple(out / name for name in rows),
        rows=rows,
        records=rows["truth.csv"],
        people=customers - firms,
        companies=firms,
        households=len({household for _, household in members}),
    )


def _people(
    population: Population,
    records: Records,
    *,
    count: int,
    done: int,
    total: int,
    progress: Callable[[int, int], None] | None,
) -> list[tuple[int, int]]:
    """Exactly ``count`` people with their records; (person, household) of each. The last household may be cut short."""
    members: list[tuple[int, int]] = []
    homes = population.households()
    while len(members) < count:
        home = next(homes)[: count - len(members)]
        records.household(home)
        before = done + len(members)
        members += [(person.number, person.household) for person in home]
        if progress and (before // _STEP != (done + len(members)) // _STEP or len(members) == count):
            progress(done + len(members), total)
    return members
