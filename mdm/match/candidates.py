"""Whom an incoming record is to be compared with: by the stored blocking keys, with the limits a run has."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import sqlalchemy as sa

from matching_rules.block import BlockingKey, keys_of_record, rules_over
from matching_rules.request import Noise, Record, RequestScorer
from mdm.match.answer import LeftOut
from mdm.match.rows import rows
from mdm.model import EntityType, GoldenId, RecordKey

_MOST_KEYS = 500
"""Keys of one record that are looked up; a list of a hundred addresses is no customer's."""


@dataclass(frozen=True)
class Blocked:
    """Who shares a usable key; whether there was one (``looked_up``). ``noise``: what is noise to this request, the
    incoming record counted in.
    """

    looked_up: bool
    record_ids: tuple[int, ...]
    noise: Noise
    left_out: tuple[LeftOut, ...]


def block(
    connection: sa.Connection,
    incoming: Record,
    *,
    scorer: RequestScorer,
    known_id: int | None,
    noise: Set[tuple[str, str]],
    noise_columns: Mapping[int, str],
    largest: int | None,
) -> Blocked:
    """The records that a night's run with ``incoming`` in it would pair it with. ``incoming`` is typed with its noise.

    ``known_id``: the stored record it is a version of; ``largest``: records of the largest block a run can afford.
    """
    rules = scorer.rules
    every = keys_of_record(rules, incoming.values)
    keys = every[:_MOST_KEYS]
    carriers = _carriers(connection, keys, [rules.blocking[key.rule].largest_block + 1 for key in keys])
    blocks: list[tuple[int, list[int]]] = []
    fresh: set[tuple[str, str]] = set()
    left_out: dict[LeftOut, None] = {}
    for number in sorted(rules_over(rules, incoming.values)):
        said = f"the record has more than {rules.guards.keys_per_record} values of it, and none counts"
        left_out[LeftOut(rules.blocking[number].name, said)] = None
    for key in keys:
        rule = rules.blocking[key.rule]
        most = rule.largest_block if largest is None else min(rule.largest_block, largest)
        others = [record for record in carriers.get(key.key, ()) if record != known_id]
        column = noise_columns.get(key.rule)
        limit = rules.guards.shared_value_limit
        if column is not None and ((column, key.values[0]) in noise or len(others) + 1 > limit):
            fresh.add((column, key.values[0]))
            left_out[LeftOut(rule.name, f"more than {limit} records carry the value: it is no evidence")] = None
        elif len(others) + 1 > most:
            left_out[LeftOut(rule.name, f"more than {most} records carry it")] = None
        else:
            blocks.append((key.key, others))
    used = _smallest(blocks, rules.guards.candidates_per_record)
    if len(used) < len(blocks):
        said = f"more than {rules.guards.candidates_per_record} records to compare: only the smallest blocks were"
        left_out[LeftOut("all", said)] = None
    if len(every) > len(keys):
        left_out[LeftOut("all", f"more than {_MOST_KEYS} blocking keys: the rest was not looked up")] = None
    return Blocked(
        looked_up=bool(used),
        record_ids=tuple(dict.fromkeys(record for others in used for record in others)),
        noise=noise | fresh if fresh - noise else noise,
        left_out=tuple(left_out),
    )


def _smallest(blocks: Sequence[tuple[int, list[int]]], most: int) -> list[list[int]]:
    """The others of the smallest blocks (key, others) that together have no more than ``most``, as
    ``matching_rules/sql/cut_members.sql`` chooses them.
    """
    ordered = sorted(blocks, key=lambda block: (len(block[1]), block[0]))
    so_far = accumulate(len(others) for _, others in ordered)
    return [others for (_, others), compared in zip(ordered, so_far, strict=True) if compared <= most]


def _carriers(connection: sa.Connection, keys: Sequence[BlockingKey], most: Sequence[int]) -> dict[int, list[int]]:
    if not keys:
        return {}
    found = rows(connection, "carriers", keys=[key.key for key in keys], most=list(most))
    return {row.key: row.record_ids for row in found}


@dataclass(frozen=True)
class Stored:
    """A stored record, ready to be scored; ``golden_id`` is None where it waits for its first run."""

    record: Record
    key: RecordKey
    golden_id: GoldenId | None


def read_candidates(
    connection: sa.Connection, ids: Iterable[int], *, entity_type: EntityType, scorer: RequestScorer, noise: Noise
) -> list[Stored]:
    """The stored records of these ids; one that is of another type or deleted is left out."""
    listed = list(ids)
    if not listed:
        return []
    found = rows(connection, "candidates", ids=listed, entity_type=entity_type.value)
    return [_stored(row, scorer, noise) for row in found]


def read_members(
    connection: sa.Connection,
    golden_ids: Iterable[GoldenId],
    *,
    but: Iterable[int],
    scorer: RequestScorer,
    noise: Noise,
) -> list[Stored]:
    """All records of these customers but those of the ids ``but``."""
    listed = list(golden_ids)
    if not listed:
        return []
    return [_stored(row, scorer, noise) for row in rows(connection, "members", golden_ids=listed, but=list(but))]


def _stored(row: sa.Row[Any], scorer: RequestScorer, noise: Noise) -> Stored:
    return Stored(
        record=scorer.typed(row.record_id, json.loads(row.match), noise=noise),
        key=RecordKey(row.system, row.object, row.source_id),
        golden_id=row.golden_id,
    )
