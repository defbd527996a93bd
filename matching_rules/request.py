"""One record against a few others: what a night computes for millions of pairs, in the milliseconds of a request.

The expressions are those of ``score``, translated (``translate``); so are the meaning of a record's columns and its
blocking keys (``block``). A pair weighs the same here and there, to the last bits of a double (tests/contracts).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from matching_rules.explain import Evidence, Measured, Stage, evidence_of
from matching_rules.measures import measure
from matching_rules.model import Model
from matching_rules.rules import MatchingRules
from matching_rules.score import objection_expressions, population_expressions, score_expressions
from matching_rules.second import SecondStage
from matching_rules.translate import Values, pair_function

Noise = Collection[tuple[str, str]]


@dataclass(frozen=True)
class Record:
    """A typed record: ``values`` by column (text or None; tuple of texts or None), ``row`` what scoring reads.

    ``record_id`` places it in a pair: the smaller one stands on the left, in a request as in a night.
    """

    record_id: int
    values: Mapping[str, Any]
    row: Values


@dataclass(frozen=True)
class ScoredPair:
    """The weight of two records in bits, which stage decided it, and what speaks against them.

    ``levels``: gammas and rarities of the first stage by name; ``measured``: what the second stage knows of the pair.
    """

    left: Record
    right: Record
    match_weight: float
    decided_by: Stage
    first_weight: float
    crowded: float
    levels: Mapping[str, Any]
    measured: tuple[float, ...] | None
    contradiction: str | None
    bare: bool


@dataclass(frozen=True)
class RequestScorer:
    """Rules and model compiled for requests; made once, used by any number of threads."""

    rules: MatchingRules
    model: Model

    def typed(self, record_id: int, match: Mapping[str, Any], *, noise: Noise = ()) -> Record:
        """A standardised record's ``match`` as ``block.type_records`` and ``leave_out_noise`` make it."""
        values = {name: _typed(match.get(name), kind) for name, kind in self.rules.columns.items()}
        if noise:
            for column in self.rules.shared_values:
                if values[column]:
                    values[column] = tuple(v for v in values[column] if (column, v) not in noise) or None
        frequencies = (
            None if (value := values[column]) is None else known.get(value)
            for column, known in self._frequencies.items()
        )
        return Record(record_id, values, (*values.values(), *frequencies))

    def score(self, pairs: Iterable[tuple[Record, Record]]) -> list[ScoredPair]:
        """The pairs in their order; which record stands first makes no difference."""
        ordered = [(a, b) if a.record_id < b.record_id else (b, a) for a, b in pairs]
        first = [dict(zip(self._names, self._first(a.row, b.row), strict=True)) for a, b in ordered]
        measured = {
            n: (*self._measures(ordered[n][0].row, ordered[n][1].row), *self._figures, first[n]["first_weight"])
            for n in self._unsure(first)
        }
        second = self._weigh(measured)
        return [
            self._scored(pair, found, second.get(n), measured.get(n))
            for n, (pair, found) in enumerate(zip(ordered, first, strict=True))
        ]

    def contradictions(self, pairs: Iterable[tuple[Record, Record]]) -> list[str | None]:
        """By which rule each pair can never be one customer; only pairs with an objection are weighed."""
        ordered = [(a, b) if a.record_id < b.record_id else (b, a) for a, b in pairs]
        doubted = [n for n, (a, b) in enumerate(ordered) if self._objects(a.row, b.row)[0] is not None]
        found: list[str | None] = [None] * len(ordered)
        for n, scored in zip(doubted, self.score(ordered[n] for n in doubted), strict=True):
            found[n] = scored.contradiction
        return found

    def explain(self, scored: Sequence[ScoredPair]) -> list[Evidence]:
        """The evidence of scored pairs, in their order (``explain.explain_pairs`` says the same of stored ones)."""
        judged = [pair for pair in scored if pair.measured is not None]
        parts: dict[int, Measured] = {}
        if judged and self._second is not None:
            matrix = _matrix([pair.measured or () for pair in judged])
            for pair, row, bits in zip(judged, matrix, self._second.contributions(matrix), strict=True):
                named = zip(self._second.measures, row.tolist(), bits.tolist(), strict=False)
                parts[id(pair)] = Measured(weight=pair.match_weight + pair.crowded, measures=tuple(named))
        return [
            evidence_of(
                level={
                    **pair.levels,
                    "record_a": pair.left.record_id,
                    "record_b": pair.right.record_id,
                    "match_weight": pair.first_weight,
                },
                measured=parts.get(id(pair)),
                objection={"contradiction": pair.contradiction, "bare": pair.bare},
                sides=(pair.left.values, pair.right.values),
                rules=self.rules,
                model=self.model,
            )
            for pair in scored
        ]

    def prepare(self) -> None:
        """Compiles everything now, so that no request waits for it. ValueError names what cannot be computed here."""
        _ = self._first, self._measures, self._objects, self._frequencies, self._second

    def _unsure(self, first: Sequence[Mapping[str, Any]]) -> list[int]:
        """The places of the pairs that the second stage decides."""
        stage = self.rules.second_stage
        if self._second is None or stage is None:
            return []
        low, high = stage.between
        return [n for n, found in enumerate(first) if low <= found["first_weight"] <= high]

    def _scored(
        self,
        pair: tuple[Record, Record],
        found: Mapping[str, Any],
        second: float | None,
        measured: tuple[float, ...] | None,
    ) -> ScoredPair:
        contradiction, bare = self._objects(pair[0].row, pair[1].row)
        first_weight, crowded = found["first_weight"], found["crowded"]
        match_weight = (first_weight if second is None else second) - crowded
        return ScoredPair(
            left=pair[0],
            right=pair[1],
            match_weight=match_weight,
            decided_by="first" if second is None else "second",
            first_weight=first_weight,
            crowded=crowded,
            levels=found,
            measured=measured,
            contradiction=self.rules.believed(contradiction, match_weight),
            bare=bare,
        )

    def _weigh(self, measured: Mapping[int, tuple[float, ...]]) -> dict[int, float]:
        if not measured or self._second is None:
            return {}
        weights = self._second.weigh(_matrix(list(measured.values())))
        return dict(zip(measured, weights.tolist(), strict=True))

    @cached_property
    def _columns(self) -> tuple[str, ...]:
        """What a row holds, in order."""
        return (*self.rules.columns, *(f"frequency_{c}" for c in self.rules.frequency_columns))

    @cached_property
    def _frequencies(self) -> dict[str, dict[str, float]]:
        return {column: _lookup(self.model, column) for column in self.rules.frequency_columns}

    @cached_property
    def _second(self) -> SecondStage | None:
        second = self.model.second
        return None if second is None or self.rules.second_stage is None else second.for_few()

    @cached_property
    def _steps(self) -> dict[str, str]:
        made = score_expressions(self.rules, self.model)
        return {
            **made.rarest,
            **made.gammas,
            **made.rarities,
            "first_weight": made.weight,
            "crowded": made.crowded,
        }

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(self._steps)

    @cached_property
    def _first(self) -> Any:
        return pair_function("first_stage", columns=self._columns, steps=self._steps, answer=self._names)

    @cached_property
    def _measures(self) -> Any:
        specs = self.rules.second_stage.measures if self.rules.second_stage else {}
        steps = {name: measure(spec, self.rules.columns) for name, spec in specs.items()}
        known = population_expressions(self.model)
        return pair_function("measures", columns=self._columns, steps=known | steps, answer=tuple(steps))

    @cached_property
    def _figures(self) -> tuple[float | None, ...]:
        """What the population is like, as the second stage takes it after a pair's measures."""
        names = self.rules.second_stage.population if self.rules.second_stage else {}
        return tuple(self.model.figures.get(name) for name in names)

    @cached_property
    def _objects(self) -> Any:
        steps = objection_expressions(self.rules)
        return pair_function("objections", columns=self._columns, steps=steps, answer=("contradiction", "bare"))


def _typed(value: Any, kind: str) -> Any:
    if kind == "text":
        return value or None
    return tuple(value) if value else None


def _lookup(model: Model, column: str) -> dict[str, float]:
    table = model.frequencies.get(column)
    if table is None:
        return {}
    return dict(zip(table.column("value").to_pylist(), table.column("frequency").to_pylist(), strict=True))


def _matrix(rows: Sequence[tuple[float | None, ...]]) -> Any:
    return np.array([[math.nan if v is None else v for v in row] for row in rows], dtype=np.float32)
