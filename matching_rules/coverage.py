"""What blocking finds and what it misses: each rule's share, and an estimate of the matches no rule brought together.

Pairs that were never compared are invisible, so a matching's own figures cannot show them. But rules that rest on
different evidence find matches independently of one another, like trappers in one wood: from how often one
finds what others found follows how many nobody did (capture-recapture). The estimate is Chao's for several occasions of
unequal success and animals of unequal shyness (Chao, Lee & Jeng 1992, "Estimating population size for capture-recapture
data when capture probabilities vary by time and individual animal", Biometrics 48):

    missed = (f1^2 - sum of z_g^2) / (2 (f2 + 1))

with f1, f2 the matches that exactly one, exactly two groups of rules found, and z_g those of f1 that group g found.
Rules that find the same matches more often than chance are no independent trappers: they form one group. The estimate
is a lower bound in tendency: records with next to nothing in them are missed by all groups at once, and what the model
does not take for a match is counted by nobody. Decision 0013 has its errors against known truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt

from matching_rules.block import values_of_keys
from matching_rules.rules import MatchingRules
from matching_rules.statements import statement

Bits = npt.NDArray[np.bool_]
Masks = npt.NDArray[np.int64]

_LARGEST_CLUSTER = 30
_ALIKE = 0.2  # correlation from which two rules count as one trapper
_FEWEST = 50  # matches below which a correlation is not believed
_FEWEST_FOUND = (
    200  # matches below which nothing is estimated: a handful that all rules find would look like all there are
)
_UNLIMITED = 1 << 31


@dataclass(frozen=True)
class Matches:
    """Pairs of records of one cluster (rows), each array one number a pair: the records, and as bits of an integer the
    rules that paired them (``used``), whose shared key was skipped as ``too_large`` or as ``noise``, and by which both
    have a key (``comparable``).
    """

    record_a: Masks
    record_b: Masks
    used: Masks
    too_large: Masks
    noise: Masks
    comparable: Masks

    def __len__(self) -> int:
        return len(self.used)


@dataclass(frozen=True)
class Estimate:
    """Matches no rule paired. ``known`` of them came together through other records; ``missed`` is the estimate of all
    of them, ``recall`` the share of matches that rules pair directly, by that estimate (None: too few to say).
    ``groups`` are the rules (numbers) that count as one.
    """

    matches: int
    known: int
    missed: float | None
    recall: float | None
    groups: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Block:
    """One blocking key: how many records carry it, whether it was used, and the values that make it."""

    key: int
    records: int
    state: str
    values: tuple[str, ...]


def find_states(
    cursor: duckdb.DuckDBPyConnection, *, keys: str, noise_keys: Sequence[int], largest: int | None = None
) -> None:
    """Creates table ``key_state``(key, rule, n, state) of table ``keys``; ``register_limits`` was called before.

    ``largest`` is the largest block the run could afford, where it was cut.
    """
    cursor.execute("CREATE OR REPLACE TABLE noise_keys AS SELECT unnest(?::BIGINT[]) AS key", [list(noise_keys)])
    cursor.fetchall()
    state = statement("key_state", keys=keys, most=str(largest or _UNLIMITED))
    cursor.execute(f"CREATE OR REPLACE TABLE key_state AS {state}").fetchall()


def pairs_by_rules(cursor: duckdb.DuckDBPyConnection, *, keys: str) -> dict[int, int]:
    """Candidate pairs by the combination of rules (as bits) that makes them."""
    return {int(mask): int(pairs) for mask, pairs in cursor.execute(statement("rule_masks", keys=keys)).fetchall()}


def find_matches(cursor: duckdb.DuckDBPyConnection, *, keys: str, clusters: str) -> Matches:
    """The pairs of records of one cluster, with the rules that paired them; clusters of up to 30 records."""
    query = statement("match_masks", keys=keys, clusters=clusters, largest=str(_LARGEST_CLUSTER))
    found = cursor.execute(query).fetchnumpy()
    names = ("record_a", "record_b", "used", "too_large", "noise", "comparable")
    return Matches(**{name: np.asarray(found[name], dtype=np.int64) for name in names})


def as_bits(masks: Masks, rules: int) -> Bits:
    """Masks as a matrix: one row a mask, one column a rule."""
    return ((masks[:, None] >> np.arange(rules)) & 1).astype(np.bool_)


def estimate(matches: Matches, *, rules: int) -> Estimate:
    """How many matches the rules missed, by capture-recapture between independent groups of rules."""
    used = as_bits(matches.used, rules)
    groups = independent_groups(used, as_bits(matches.comparable, rules))
    missed = missed_by_all(used, groups)
    found = int(used.any(axis=1).sum())
    return Estimate(
        matches=len(matches),
        known=len(matches) - found,
        # what came together through others was missed for certain
        missed=None if missed is None else max(missed, float(len(matches) - found)),
        recall=None if missed is None else found / (found + max(missed, float(len(matches) - found))),
        groups=groups,
    )


def independent_groups(used: Bits, comparable: Bits) -> tuple[tuple[int, ...], ...]:
    """Rules that find the same matches more often than chance, as groups, in the rules' order.

    Two rules are held against each other on matches that a third one found and where both have their values.
    """
    count = used.shape[1]
    group = list(range(count))
    others = used.sum(axis=1)
    for i in range(count):
        for j in range(i):
            both = comparable[:, i] & comparable[:, j] & (others - used[:, i] - used[:, j] > 0)
            a, b = used[both, i], used[both, j]
            if both.sum() < _FEWEST or a.all() or b.all() or not a.any() or not b.any():
                continue
            if np.corrcoef(a, b)[0, 1] >= _ALIKE:
                first, second = sorted((group[i], group[j]))
                group = [first if g == second else g for g in group]
    return tuple(tuple(i for i in range(count) if group[i] == g) for g in dict.fromkeys(group))


def missed_by_all(used: Bits, groups: Sequence[Sequence[int]]) -> float | None:
    """The estimate of matches that no group found; None where fewer than two groups found any, or too few matches."""
    by_group = np.column_stack([used[:, list(group)].any(axis=1) for group in groups])
    found_by = by_group.sum(axis=1)
    if int((by_group.any(axis=0)).sum()) < 2 or int((found_by > 0).sum()) < _FEWEST_FOUND:
        return None
    alone = by_group[found_by == 1].sum(axis=0).astype(np.float64)
    once, twice = alone.sum(), float((found_by == 2).sum())
    return float((once**2 - (alone**2).sum()) / (2 * (twice + 1)))


def largest_blocks(
    cursor: duckdb.DuckDBPyConnection, *, rules: MatchingRules, keys: str, records: str, most: int
) -> dict[int, list[Block]]:
    """The largest blocks of each rule (number), with the values behind their keys; ``records`` still hold noise."""
    rows = cursor.execute(statement("largest_blocks", most=str(most))).fetchall()
    blocks: dict[int, list[Block]] = {}
    for number in dict.fromkeys(row[0] for row in rows):
        of_rule = [(int(key), int(n), str(state)) for rule, key, n, state in rows if rule == number]
        values = values_of_keys(
            cursor, rules=rules, number=number, keys=[k for k, _, _ in of_rule], of=keys, records=records
        )
        blocks[number] = [Block(key, n, state, values.get(key, ())) for key, n, state in of_rule]
    return blocks
