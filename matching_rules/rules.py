"""The matching rules a steward reads and changes, as one validated document per entity type.

A document says which columns a standardised record has, which agreements make two records candidates (blocking),
which agreements count for or against them (comparisons with levels, best first), what contradicts an identity
(never together), and where the lines between the grades run (thresholds, in bits of match weight).
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from matching_rules.document import line_in, load_document
from matching_rules.errors import RuleError
from matching_rules.measures import direction

SHIPPED = Path(__file__).parent


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class KeyPart(_Strict):
    """One column of a blocking key; ``first`` keeps its first characters only."""

    column: Name
    first: Annotated[int, Field(ge=1, le=20)] | None = None


class BlockingRule(_Strict):
    """Two records become candidates when all parts agree; a list column agrees when any of its values does.

    A key carried by more than ``largest_block`` records says nothing about identity: it is skipped and reported. In a
    population of more than ``records_up_to`` records the rule pairs nobody (``MatchingRules.in_population``).
    """

    name: str
    agree_on: Annotated[tuple[Name | KeyPart, ...], Field(min_length=1)]
    largest_block: Annotated[int, Field(ge=2, le=5000)] = 100
    records_up_to: Annotated[int, Field(ge=1000)] | None = None

    @property
    def rests(self) -> bool:
        """Whether the population is too large for this rule: it makes no keys and pairs nobody."""
        return self.largest_block == 0

    @property
    def parts(self) -> tuple[KeyPart, ...]:
        return tuple(KeyPart(column=p) if isinstance(p, str) else p for p in self.agree_on)


class Level(_Strict):
    """One outcome of a comparison: the first level whose conditions hold decides.

    ``when`` maps named predicates (see ``comparisons.PREDICATES``) to their arguments; all must hold; absent on the
    last level, which takes what is left. ``frequency`` names the column whose rarity adds to the weight. ``assumed`` is
    the weight in bits of a level that no training population ever showed; a trained weight goes before it. ``crowded``
    marks agreement that strangers reach by chance the more often the more of them there are: its weight falls as
    the population grows beyond the one it was trained on (``model.in_population``).
    """

    label: str
    when: dict[str, Any] | None = None
    frequency: Name | None = None
    assumed: Annotated[float, Field(ge=-20, le=20, allow_inf_nan=False)] | None = None
    crowded: bool = False


class Comparison(_Strict):
    """What is compared. Where no ``needs`` column stands on both sides, the comparison says nothing (weight 0).

    Levels stand best first, and training never lets one weigh less than the one below it. A ``fixed`` comparison is not
    trained: its levels have their assumed weights.
    """

    name: Name
    needs: tuple[Name, ...]
    levels: tuple[Level, ...]
    fixed: bool = False

    @model_validator(mode="after")
    def _last_level_takes_the_rest(self) -> Comparison:
        if [level.when is None for level in self.levels] != [False] * (len(self.levels) - 1) + [True]:
            raise ValueError("every level but the last needs `when`, and the last takes what is left")
        if len({level.label for level in self.levels}) != len(self.levels):
            raise ValueError("level labels must differ")
        if self.fixed and any(level.assumed is None for level in self.levels):
            raise ValueError("every level of a fixed comparison needs its `assumed` weight")
        return self


NEVER = 100.0
"""A weight that no pair reaches."""


class Contradiction(_Strict):
    """Evidence that two records are two customers whatever else agrees: no cluster holds both.

    ``outweighed``: bits of the pair's weight from which it is believed to be a slip; none: whatever the weight."""

    name: str
    when: dict[str, Any]
    unless: dict[str, Any] | None = None
    outweighed: Annotated[float, Field(ge=-20, le=100)] = NEVER


class Thresholds(_Strict):
    """Lines between the grades, in bits of match weight.

    A record joins at ``match``; members already together stay down to ``keep``; two golden records that both exist
    need ``merge``; from ``potential_match`` up to ``match`` a steward decides. Lines that a trained model brings go
    before
    those of the rule file, unless that says ``hold: true``.

    ``match_down_to``: in a population where of all pairs from a lower line on ``expected_precision`` are expected to be
    right, records join from there, at the lowest from here (``lines.measure_population``); none: ``match`` stands.
    """

    potential_match: float
    keep: float
    match: float
    merge: float
    match_down_to: float | None = None
    expected_precision: Annotated[float, Field(gt=0.5, lt=1)] = 0.98
    hold: bool = False

    @model_validator(mode="after")
    def _in_order(self) -> Thresholds:
        if self.match_down_to is not None and not self.keep <= self.match_down_to <= self.match:
            raise ValueError("match_down_to stands between keep and match")
        if not self.potential_match <= self.keep <= self.match <= self.merge:
            raise ValueError("thresholds must rise: potential_match <= keep <= match <= merge")
        return self


MATCH_LINE = "match_line"
"""The figure of a population that says from which weight on records join there; None: as the rule file has it."""


class Guards(_Strict):
    """Limits beyond which a cluster is not believed."""

    largest_cluster: Annotated[int, Field(ge=2)] = 30
    never_compared: float = -1.0  # bits: what a pair inside a cluster counts that no blocking key paired
    # bits that a join needs where nothing but a name is in common (``facts``): rare names reach it, common ones do not
    bare: float = 2.0
    # bits of its weight from which a pair is believed against any contradiction (``never_together``), but only in a
    # population with few families: each of these figures of it (``second_stage.population``) is at least so high
    outweighed: Annotated[float, Field(ge=-20, le=100)] = NEVER
    few_families: dict[Name, float] = {}
    # bits within which a record that fits two customers who cannot be one is left to a steward
    ambiguous: Annotated[float, Field(ge=0)] = 0.5
    shared_value_limit: Annotated[int, Field(ge=2)] = 25  # records that may carry one e-mail, phone, ...; more: noise
    # keys that one record may have by one blocking rule (e-mails, or names times postcodes); with more: none by it
    keys_per_record: Annotated[int, Field(ge=1)] = 200
    # records that one record may be compared with, and candidate pairs per record on average; the smallest blocks come
    # first, and what lies beyond is left out
    candidates_per_record: Annotated[int, Field(ge=10)] = 2000
    pairs_per_record: Annotated[int, Field(ge=1)] = 100
    # bits that a crowded level loses each time the population doubles beyond the one it was trained on
    crowding: Annotated[float, Field(ge=0, le=1)] = 0.4


class Training(_Strict):
    """How `mdm train` learns without labels: EM passes over pairs that agree on these columns, random pairs for u."""

    passes: tuple[tuple[Name, ...], ...] = ()
    surest: tuple[tuple[Name, ...], ...] = ()
    recall_of_surest: Annotated[float, Field(gt=0, le=1)] = 0.6
    random_pairs: Annotated[float, Field(ge=1000)] = 2_000_000


class SecondStageRules(_Strict):
    """What the second stage measures, by name (see ``measures.MEASURES``), and between which first-stage weights, in
    bits, it judges: below and above, the first stage is sure enough.

    ``population``: figures of the population at hand (see ``population.FIGURES``), the same for every pair of it."""

    between: tuple[float, float]
    population: dict[Name, dict[str, Any]] = {}
    measures: Annotated[dict[Name, dict[str, Any]], Field(min_length=1)]

    @model_validator(mode="after")
    def _in_order(self) -> SecondStageRules:
        if self.between[0] >= self.between[1]:
            raise ValueError("`between` is a lower and a higher weight")
        if twice := set(self.measures) & set(self.population):
            raise ValueError(f"{', '.join(sorted(twice))}: both a measure of a pair and a figure of the population")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """What the second stage knows of a pair, in the order of its columns (the first stage's weight follows)."""
        return (*self.measures, *self.population)

    @property
    def directions(self) -> dict[str, int]:
        """The measures of which more speaks for one customer (1) or against it (-1), whatever else is known."""
        return {name: known for name, spec in self.measures.items() if (known := direction(spec))}


class MatchingRules(_Strict):
    """One rule file."""

    entity_type: Name
    columns: dict[Name, Literal["text", "list"]]
    shared_values: tuple[Name, ...] = ()
    blocking: Annotated[tuple[BlockingRule, ...], Field(min_length=1)]
    comparisons: Annotated[tuple[Comparison, ...], Field(min_length=1)]
    second_stage: SecondStageRules | None = None
    facts: dict[str, Any] | None = None  # what two records need in common beside a name to be joined; None: nothing
    never_together: tuple[Contradiction, ...] = ()
    never_related: tuple[Name, ...] = ()  # relations that a source states and that hold between two customers only
    thresholds: Thresholds
    guards: Guards = Guards()
    training: Training = Training()

    def in_population(
        self, *, records: int, trained_on: int, figures: Mapping[str, float | None] | None = None
    ) -> MatchingRules:
        """The rules for so many records: the line from which a steward is asked rises with the population, and blocking
        rules made for small ones rest. Contradictions can be outweighed where ``figures`` tell of few families, and
        records join from a lower line where they tell that what joins is right (``thresholds.match_down_to``).

        Strangers who agree by half grow in number faster than stewards do; the line rises by what a crowded level
        loses (``guards.crowding`` bits a doubling), up to the match line, and never falls.
        """
        known = figures or {}
        trusted = all((known.get(name) or -math.inf) >= least for name, least in self.guards.few_families.items())
        outweighed = self.guards.outweighed if trusted else NEVER
        bits = max(0.0, self.guards.crowding * math.log2(max(records, 1) / trained_on))
        match = self.thresholds.match
        if self.thresholds.match_down_to is not None and (line := known.get(MATCH_LINE)) is not None:
            match = max(self.thresholds.match_down_to, min(line, match))
        asked = min(self.thresholds.potential_match + bits, match)
        thresholds = self.thresholds.model_copy(update={"potential_match": asked, "match": match})
        guards = self.guards.model_copy(update={"outweighed": outweighed})
        return self.blocking_for(records).model_copy(update={"thresholds": thresholds, "guards": guards})

    def blocking_for(self, records: int) -> MatchingRules:
        """The rules with those blocking rules at rest that are not made for so many records."""
        blocking = tuple(
            rule.model_copy(update={"largest_block": 0}) if records > (rule.records_up_to or records) else rule
            for rule in self.blocking
        )
        return self.model_copy(update={"blocking": blocking})

    @model_validator(mode="after")
    def _figures_exist(self) -> MatchingRules:
        known = self.second_stage.population if self.second_stage else {}
        if unknown := sorted(set(self.guards.few_families) - set(known)):
            raise ValueError(f"guards.few_families: no figure of the population is called {', '.join(unknown)}")
        return self

    @property
    def contradictions(self) -> dict[str, tuple[Contradiction, float]]:
        """What two records of one customer never show, by name, with the weight that outweighs it: the one that takes
        most comes first, so that the first a pair shows decides for all it shows."""
        known = [(c, min(c.outweighed, self.guards.outweighed)) for c in self.never_together]
        return {c.name: (c, bits) for c, bits in sorted(known, key=lambda found: -found[1])}

    def believed(self, contradiction: str | None, match_weight: float) -> str | None:
        """The contradiction, unless the pair's weight goes before it."""
        return contradiction if contradiction and match_weight < self.contradictions[contradiction][1] else None

    @property
    def frequency_columns(self) -> tuple[str, ...]:
        """Columns whose value frequencies the model needs, in order of first mention."""
        return tuple(dict.fromkeys(lv.frequency for c in self.comparisons for lv in c.levels if lv.frequency))


def load_rules(path: Path) -> MatchingRules:
    """The rules at ``path``, checked down to every predicate. RuleError with file and line."""
    from matching_rules.comparisons import check_predicates  # noqa: PLC0415  # comparisons reads this module's types

    rules = load_document(path, MatchingRules)
    _check_columns(rules, path)
    check_predicates(rules, path)
    return rules


def _check_columns(rules: MatchingRules, path: Path) -> None:
    """Every named column exists and is of the kind its use needs; no comparison or contradiction stands there
    twice: by its name it is counted, explained and outweighed, and of two of one name one would be lost."""
    for location, where, column, kind in _named_columns(rules):
        if column not in rules.columns:
            fault = f"names the column {column!r}, which `columns` does not list"
        elif kind is not None and rules.columns[column] != kind:
            fault = f"needs a {kind} column, and {column!r} is none"
        else:
            continue
        raise RuleError(f"{path}:{line_in(path, location)}: {where} {fault}")
    for place, what, named in (
        ("comparisons", "comparisons", rules.comparisons),
        ("never_together", "contradictions", rules.never_together),
    ):
        names = [one.name for one in named]
        for i, name in enumerate(names):
            if name in names[:i]:
                raise RuleError(f"{path}:{line_in(path, (place, i))}: there are two {what} {name!r}")


def _named_columns(rules: MatchingRules) -> Iterator[tuple[tuple[int | str, ...], str, str, str | None]]:
    """Where a column is named, in words, its name, and the kind it has to be (None: any)."""
    for i, column in enumerate(rules.shared_values):
        yield ("shared_values", i), "shared_values", column, "list"
    for i, rule in enumerate(rules.blocking):
        for part in rule.parts:
            yield ("blocking", i), f"blocking {rule.name!r}", part.column, None
    for i, comparison in enumerate(rules.comparisons):
        for column in comparison.needs:
            yield ("comparisons", i, "needs"), f"comparison {comparison.name!r}", column, None
        for j, level in enumerate(comparison.levels):
            if level.frequency:
                yield ("comparisons", i, "levels", j), f"level {level.label!r}", level.frequency, "text"
    for name in ("passes", "surest"):
        for columns in getattr(rules.training, name):
            for column in columns:
                yield ("training", name), "training", column, None


def rules_version(path: Path) -> str:
    """A short name of the file's exact content: two equal versions decide equally."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
