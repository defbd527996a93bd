"""Blocking rules from the data: keys of one to three columns, judged by the matches there are and the pairs they cost.

Two kinds of matches show what a new key is worth. Those no present rule pairs (they came together through third
records) it finds or does not. And those nobody found yet: no kind of evidence that the rules use paired them, so a key
is judged by the matches that one kind did not find and another did: of as many as capture-recapture says there are, it
is expected to find the share it finds there, of the kind where that share is least (a key that only repeats a kind
finds none of what that kind missed).

All keys are judged by agreement (cheap); what they cost is guessed from customers of whom each gives one record, and
the most promising are made and counted on all records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from matching_rules.block import make_keys
from matching_rules.coverage import Estimate, Matches, as_bits
from matching_rules.rules import BlockingRule, KeyPart, MatchingRules
from matching_rules.statements import statement

Packed = npt.NDArray[np.uint8]

_FIRST = {"text": (None, 1, 4), "list": (None, 4)}  # how much of a value a part may keep
_FILLED = 0.01  # share of records that must hold a value
_COMMON = 0.3  # chance of two records agreeing, from which a part tells nobody apart
_PARTS = 3
_SAMPLE = 100_000  # matches looked at
_BLOCK = 60  # records a proposed key may be carried by
_PRICE = 100  # pairs that a match found is worth
_STRANGERS = 20_000  # customers by which the chance of agreeing is measured
_DERIVED = 0.25  # share of strangers agreeing in one column that agree in the other too: one was made from the other
_SEEN = 20  # pairs of strangers below which that is not believed
_PAIRS_A_RECORD = 2.0  # that a new rule may make, roughly
_FEWEST = 3  # matches below which nothing is proposed
_FEWEST_UNFOUND = 50  # matches that a kind of evidence must have left to others to be judged by
_ROUNDS, _A_ROUND = 12, 4
_AT_MOST = 5


@dataclass(frozen=True)
class Proposal:
    """A rule and what it would do. ``new_matches`` no present rule pairs, ``expected`` nobody found yet (an estimate);
    ``new_pairs`` no present rule makes; ``skipped_keys`` are carried by more than the rule allows.
    """

    rule: BlockingRule
    new_matches: int
    expected: float
    new_pairs: int
    largest: int
    skipped_keys: int

    @property
    def line(self) -> str:
        """The rule as an item of the rule file's ``blocking``."""
        parts = [p.column if p.first is None else f"{{column: {p.column}, first: {p.first}}}" for p in self.rule.parts]
        return f"{{name: {self.rule.name}, agree_on: [{', '.join(parts)}], largest_block: {self.rule.largest_block}}}"


@dataclass(frozen=True)
class Proposed:
    """The proposals, best first, how many keys were tried by agreement, and how many of these were measured."""

    proposals: tuple[Proposal, ...]
    tried: int
    measured: int


@dataclass(frozen=True)
class _Key:
    """A candidate: its parts, and the pairs it would make if its parts were independent."""

    parts: tuple[int, ...]
    pairs: float


@dataclass
class _Search:
    """What is still to be found, as packed bits over the matches looked at: those no rule pairs, for each kind of
    evidence those that others found and it did not, and how many nobody found (an estimate).
    """

    new: Packed
    unfound_by: list[Packed]
    unknown: float

    def gain(self, agree: Packed) -> float:
        """Matches a key is expected to add."""
        return self.new_matches(agree) + self.expected(agree)

    def new_matches(self, agree: Packed) -> int:
        return _ones(agree & self.new)

    def expected(self, agree: Packed) -> float:
        return self.unknown * self._share(agree)

    def _share(self, agree: Packed) -> float:
        """The share of what a kind of evidence did not find that the key finds, of the kind where it is least."""
        shares = [
            _ones(agree & unfound) / total
            for unfound in self.unfound_by
            if (total := _ones(unfound)) >= _FEWEST_UNFOUND
        ]
        return min(shares, default=0.0)

    def take(self, found: Packed) -> None:
        """What a proposal finds, the next need not find."""
        self.unknown *= 1 - self._share(found)
        self.new &= ~found
        self.unfound_by = [unfound & ~found for unfound in self.unfound_by]


def propose_rules(
    cursor: duckdb.DuckDBPyConnection,
    *,
    rules: MatchingRules,
    matches: Matches,
    estimate: Estimate,
    advance: Callable[[int, int], None] = lambda _done, _total: None,
) -> Proposed:
    """Proposes up to five rules. Reads tables ``record`` (typed, without noise), ``cluster``(record_id,
    cluster_key) and ``candidate`` (the present pairs).

    The same records give the same proposals, in a time bounded by the number of keys measured.
    """
    records = int(cursor.execute("SELECT count(*) FROM record").fetchall()[0][0])
    wanted, search = _wanted(cursor, matches, estimate, rules)
    parts, together = _parts(cursor, rules, _find_strangers(cursor)) if wanted else ([], {})
    agree = _agreement(cursor, rules, [part for part, _ in parts])
    keys = list(_keys(parts, together, records))
    tried = len(keys)
    proposals: list[Proposal] = []
    measured = 0
    for done in range(_ROUNDS):
        advance(done, _ROUNDS)
        best = _most_promising(keys, agree, search)
        if not best or len(proposals) == _AT_MOST:
            break
        found = [_measured(cursor, rules, [parts[p][0] for p in key.parts], wanted, search) for key in best]
        measured += len(found)
        affordable = [f for f in found if f[0].new_pairs <= _PAIRS_A_RECORD * records]
        proposal, bits = max(affordable or found, key=lambda f: _net(f[0]))
        if affordable and proposal.new_matches + proposal.expected >= _FEWEST and _net(proposal) > 0:
            proposals.append(proposal)
            search.take(bits)
        seen = {key.parts for key in best}
        keys = [key for key in keys if key.parts not in seen]
    advance(_ROUNDS, _ROUNDS)
    return Proposed(tuple(proposals), tried=tried, measured=measured)


def _net(proposal: Proposal) -> float:
    return proposal.new_matches + proposal.expected - proposal.new_pairs / _PRICE


def _wanted(
    cursor: duckdb.DuckDBPyConnection, matches: Matches, estimate: Estimate, rules: MatchingRules
) -> tuple[int, _Search]:
    """Makes table ``wanted_match``(place, record_a, record_b) and says which of them are of which kind."""
    used = as_bits(matches.used, len(rules.blocking))
    unpaired = np.flatnonzero(~used.any(axis=1))
    paired = np.flatnonzero(used.any(axis=1))
    if len(paired) > _SAMPLE:  # evenly, so that no part of the population is left out
        paired = paired[np.linspace(0, len(paired) - 1, _SAMPLE).astype(np.int64)]
    places = np.sort(np.concatenate([unpaired, paired]))
    table = pa.table(
        {
            "place": np.arange(len(places), dtype=np.int64),
            "record_a": matches.record_a[places],
            "record_b": matches.record_b[places],
        }
    )
    cursor.register("arriving", table)
    cursor.execute("CREATE OR REPLACE TABLE wanted_match AS SELECT * FROM arriving").fetchall()
    cursor.unregister("arriving")
    found = used[places]
    return len(places), _Search(
        new=np.packbits(~found.any(axis=1)),
        unfound_by=[np.packbits(found.any(axis=1) & ~found[:, list(g)].any(axis=1)) for g in estimate.groups],
        unknown=max(0.0, (estimate.missed or 0.0) - estimate.known),
    )


def _find_strangers(cursor: duckdb.DuckDBPyConnection) -> int:
    """Makes table ``stranger``: one typed record of each customer, of a sample that depends on contents alone."""
    cursor.execute(
        "CREATE OR REPLACE TABLE stranger AS SELECT r.* FROM record r JOIN cluster USING (record_id)"
        " QUALIFY row_number() OVER (PARTITION BY cluster_key ORDER BY content_hash) = 1"
        f" ORDER BY content_hash LIMIT {_STRANGERS}"
    ).fetchall()
    return int(cursor.execute("SELECT count(*) FROM stranger").fetchall()[0][0])


def _parts(
    cursor: duckdb.DuckDBPyConnection, rules: MatchingRules, strangers: int
) -> tuple[list[tuple[KeyPart, float]], dict[tuple[str, str], float]]:
    """Parts that could tell people apart, with the chance that two strangers agree in one; and of two columns how many
    times more often strangers agree in both than if they were independent (absent: one is made from the other).
    """
    found = []
    for column, kind in rules.columns.items():
        seen: list[int] = []
        for first in _FIRST[kind]:
            filled, values, agreeing = _spread(cursor, [_kept(rules, column, first)])
            chance = agreeing / max(1, strangers) ** 2
            if filled >= _FILLED * strangers and chance <= _COMMON and values not in seen:
                found.append((KeyPart(column=column, first=first), chance))
            seen.append(values)
    columns = list(dict.fromkeys(part.column for part, _ in found))
    alone = {c: _spread(cursor, [_kept(rules, c, None)])[2] for c in columns}
    together: dict[tuple[str, str], float] = {}
    for a, b in combinations(columns, 2):
        agreeing = _spread(cursor, [_kept(rules, a, None), _kept(rules, b, None)])[2]
        if agreeing < _SEEN or agreeing < _DERIVED * min(alone[a], alone[b]):
            expected = alone[a] * alone[b] / max(1, strangers) ** 2
            together[a, b] = max(1.0, agreeing / expected) if agreeing >= _SEEN else 1.0
    return found, together


def _kept(rules: MatchingRules, column: str, first: int | None) -> str:
    value = f'unnest("{column}")' if rules.columns[column] == "list" else f'"{column}"'
    return value if first is None else f"left({value}, {first})"


def _spread(cursor: duckdb.DuckDBPyConnection, values: list[str]) -> tuple[int, int, float]:
    """Of expressions over strangers: records x values, distinct values, and ordered pairs of two that agree in all."""
    names = [f"v{i}" for i in range(len(values))]
    held = " JOIN ".join(
        f"(SELECT DISTINCT record_id, {value} AS {name} FROM stranger) {name}_"  # columns of the rule file
        for value, name in zip(values, names, strict=True)
    ).replace(") v1_", ") v1_ USING (record_id)")
    present = " AND ".join(f"{name} IS NOT NULL" for name in names)
    filled, distinct, agreeing = cursor.execute(
        f"SELECT coalesce(sum(n), 0)::BIGINT, count(*), coalesce(sum(n::DOUBLE * (n - 1)), 0) FROM ("
        f"SELECT count(*) AS n FROM {held} WHERE {present} GROUP BY {', '.join(names)})"
    ).fetchall()[0]
    return int(filled), int(distinct), float(agreeing)


def _agreement(cursor: duckdb.DuckDBPyConnection, rules: MatchingRules, parts: list[KeyPart]) -> list[Packed]:
    """For each part, in which wanted matches both sides agree (packed bits)."""
    if not parts:
        return []
    columns = ", ".join(f"coalesce({_agree(rules, part)}, false) AS part_{i}" for i, part in enumerate(parts))
    found = cursor.execute(
        f"SELECT {columns} FROM wanted_match w JOIN record a ON a.record_id = w.record_a"  # columns of the rule file
        " JOIN record b ON b.record_id = w.record_b ORDER BY w.place"
    ).fetchnumpy()
    return [np.packbits(np.asarray(found[f"part_{i}"], dtype=np.bool_)) for i in range(len(parts))]


def _agree(rules: MatchingRules, part: KeyPart) -> str:
    left, right = f'a."{part.column}"', f'b."{part.column}"'
    if rules.columns[part.column] == "text":
        return (
            f"{left} = {right}" if part.first is None else f"left({left}, {part.first}) = left({right}, {part.first})"
        )
    if part.first is None:
        return f"list_has_any({left}, {right})"
    cut = f"lambda x: left(x, {part.first})"
    return f"list_has_any(list_transform({left}, {cut}), list_transform({right}, {cut}))"


def _keys(parts: list[tuple[KeyPart, float]], together: dict[tuple[str, str], float], records: int) -> Iterator[_Key]:
    """Keys of up to three columns, none made from another, that would not make too many pairs."""
    for count in range(1, _PARTS + 1):
        for chosen in combinations(range(len(parts)), count):
            columns = [parts[i][0].column for i in chosen]
            beside = list(combinations(columns, 2))
            if any(both not in together for both in beside):
                continue
            chance = np.prod([parts[i][1] for i in chosen]) * np.prod([together[both] for both in beside])
            pairs = float(chance) * records * records / 2
            if pairs <= _PAIRS_A_RECORD * records:
                yield _Key(chosen, pairs)


def _most_promising(keys: list[_Key], agree: list[Packed], search: _Search) -> list[_Key]:
    """The keys with the most to gain for what they would cost; of equals the shorter and cheaper."""
    judged = []
    for key in keys:
        bits = agree[key.parts[0]]
        for part in key.parts[1:]:
            bits = bits & agree[part]
        gain = search.gain(bits)
        if gain >= _FEWEST:
            judged.append((key.pairs / _PRICE - gain, len(key.parts), key.pairs, key.parts, key))
    return [key for *_, key in sorted(judged)[:_A_ROUND]]


def _measured(
    cursor: duckdb.DuckDBPyConnection, rules: MatchingRules, parts: list[KeyPart], wanted: int, search: _Search
) -> tuple[Proposal, Packed]:
    """The rule made on all records, and the wanted matches that it pairs."""
    name = " and ".join(p.column if p.first is None else f"first of {p.column}" for p in parts).replace("_", " ")
    agree_on = tuple(p.column if p.first is None else p for p in parts)
    rule = BlockingRule(name=name, agree_on=agree_on, largest_block=_BLOCK)
    make_keys(cursor, rules=rules.model_copy(update={"blocking": (rule,)}), records="record", into="tried_key")
    new_pairs, largest, skipped = cursor.execute(statement("tried_pairs", most=str(_BLOCK))).fetchall()[0]
    places = cursor.execute(statement("tried_matches", most=str(_BLOCK))).fetchnumpy()["place"]
    found = np.zeros(wanted, dtype=np.bool_)
    found[np.asarray(places, dtype=np.int64)] = True
    bits = np.packbits(found)
    proposal = Proposal(
        rule=rule,
        new_matches=search.new_matches(bits),
        expected=round(search.expected(bits), 1),
        new_pairs=int(new_pairs),
        largest=int(largest),
        skipped_keys=int(skipped),
    )
    return proposal, bits


def _ones(bits: Packed) -> int:
    return int(np.bitwise_count(bits).sum())
