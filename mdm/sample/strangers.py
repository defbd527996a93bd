"""Strangers who share something with somebody before them: a name, a birth date, a phone number, a workplace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from mdm.sample.companies import Company
from mdm.sample.draws import Draws
from mdm.sample.places import Place
from mdm.sample.profile import Profile

T = TypeVar("T")
_KEPT = 500


@dataclass(frozen=True, slots=True)
class Echo:
    """What a stranger has in common with an earlier person; empty or None where nothing."""

    female: bool
    given: str
    family: str = ""
    born: tuple[int, int, int] | None = None
    mobile: str = ""
    employer: Company | None = None


class Strangers:
    """Remembers people and finds what a new one may share with them (state: who was remembered)."""

    def __init__(self, *, profile: Profile, draws: Draws) -> None:
        self._profile, self._draws = profile, draws
        self._called: dict[Place, list[Echo]] = {}
        self._known: dict[str, list[Echo]] = {}
        self._staff: dict[Place, list[Echo]] = {}
        self._given_up: dict[Place, list[Echo]] = {}
        self._kinds: tuple[tuple[float, Callable[[Place], Echo | None]], ...] = (
            (profile.namesake, self.namesake),
            (profile.same_name_and_birth, self._double),
            (profile.recycled_namesake, self._recycled),
            (profile.colleague_namesake, self._colleague),
        )

    def echo(self, place: Place) -> Echo | None:
        """What a person living alone in a place shares with an earlier one; mostly nothing."""
        roll = self._draws.unit()
        for rate, find in self._kinds:
            if roll < rate:
                return find(place)
            roll -= rate
        return None

    def namesake(self, place: Place) -> Echo | None:
        """Somebody in the same city with the same common name."""
        return self._one(self._called.get(place))

    def recycled_mobile(self, place: Place) -> str:
        """A number somebody gave up, handed out again; empty if there is none."""
        free = self._given_up.get(place)
        return free.pop(self._draws.below(len(free))).mobile if free else ""

    def call(self, place: Place, who: Echo) -> None:
        """Remembers a common name, and its bearer's birth date, for namesakes."""
        self._keep(self._called.setdefault(place, []), Echo(who.female, who.given, who.family))
        self._keep(self._known.setdefault(place.country, []), who)

    def give_up(self, place: Place, who: Echo) -> None:
        """Remembers a number that somebody no longer has."""
        self._given_up.setdefault(place, []).append(who)

    def employ(self, place: Place, who: Echo) -> None:
        """Remembers who works where."""
        self._keep(self._staff.setdefault(place, []), who)

    def _double(self, place: Place) -> Echo | None:
        return self._one(self._known.get(place.country))

    def _recycled(self, place: Place) -> Echo | None:
        free = self._given_up.get(place)
        return free.pop(self._draws.below(len(free))) if free else None

    def _colleague(self, place: Place) -> Echo | None:
        return self._one(self._staff.get(place))

    def _one(self, held: list[T] | None) -> T | None:
        return self._draws.pick(held) if held else None

    def _keep(self, held: list[Echo], who: Echo) -> None:
        if len(held) < _KEPT:
            held.append(who)
        else:
            held[self._draws.below(_KEPT)] = who
