"""What the blocking report and its proposals say, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BlockView:
    """One key: its name in short, how many records carry it, whether it was used (or why not), and its values: their
    first letters and lengths, or the values themselves where these were asked for (personal data).
    """

    key: str
    records: int
    state: str
    values: str


@dataclass(frozen=True)
class RuleView:
    """One blocking rule.

    ``records`` have a key by it; ``pairs`` it makes, ``only_pairs`` of them no other rule makes; ``matches`` are pairs
    of one customer, ``only_matches`` those that no other rule would have compared. Of what was skipped: keys carried by
    too many, shared values that are noise, records with too many values (``over``); ``skipped_matches`` are matches
    that share a skipped key (and came together otherwise), ``skipped_missed`` the estimate of those that did not.
    """

    rule: str
    agree_on: str
    largest_block: int
    records: int
    keys: int
    pairs: int
    only_pairs: int
    matches: int
    only_matches: int
    largest: int
    skipped_keys: int
    skipped_records: int
    noise_keys: int
    over: int
    skipped_matches: int
    skipped_missed: float | None
    blocks: tuple[BlockView, ...]


@dataclass(frozen=True)
class EntityBlocking:
    """Blocking of one entity type.

    ``unreachable`` records have no key that another shares, or none at all. ``matches`` are pairs of one customer,
    ``directly`` of them some rule paired, the others came together through third records. ``missed`` estimates how many
    no rule paired, ``recall`` the share that rules pair (None: too few matches to say); ``groups`` are rules that
    find alike and count as one in the estimate. ``limits``: what the run's limits left out.
    """

    entity_type: str
    records: int
    unreachable: int
    pairs: int
    pairs_a_record: float
    matches: int
    directly: int
    missed: float | None
    recall: float | None
    groups: tuple[tuple[str, ...], ...]
    limits: tuple[str, ...]
    rules: tuple[RuleView, ...]


@dataclass(frozen=True)
class BlockingReport:
    """The report, and how its estimate is to be read."""

    entities: tuple[EntityBlocking, ...]
    method: str


@dataclass(frozen=True)
class ProposalView:
    """One rule to add: its line for the rule file, what it finds and what it costs.

    ``new_matches`` are matches no present rule pairs; ``expected`` estimates matches that nothing found so far and it
    would. ``new_pairs`` are pairs no present rule makes.
    """

    line: str
    new_matches: int
    expected: float
    new_pairs: int
    largest: int
    skipped_keys: int


@dataclass(frozen=True)
class IdleRule:
    """A rule that could go: no match depends on it alone; ``only_pairs`` are compared for its sake."""

    rule: str
    only_pairs: int


@dataclass(frozen=True)
class EntityProposals:
    """Proposals for one entity type; ``tried`` keys were judged by agreement, ``measured`` of them on all records."""

    entity_type: str
    records: int
    matches: int
    missed: float | None
    tried: int
    measured: int
    proposals: tuple[ProposalView, ...]
    idle: tuple[IdleRule, ...]
