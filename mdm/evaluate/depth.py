"""The whole evaluation: figures, segments, where pairs were lost, curves, and the worst errors with their evidence."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from duckdb import DuckDBPyConnection

from mdm.errors import MdmError, NotFound
from mdm.evaluate.accounts import JOINED, Entities, take_accounts
from mdm.evaluate.curves import draw_curves
from mdm.evaluate.measure import label, measure
from mdm.evaluate.report import ErrorView, Evaluation, Stage
from mdm.evaluate.segments import measure_segments
from mdm.evaluate.steps import rows
from mdm.lookup import PairExplanation, changed_since, explain
from mdm.model import RecordKey
from mdm.resolve.frequencies import rules_in_force
from mdm.ruleset import RuleSet, load_rule_set
from mdm.settings import Settings
from mdm.statements import statement
from mdm.store.bridge import open_duckdb, open_reader
from mdm.store.engine import Store

Tell = Callable[[str, int, int], None]
"""``tell(what, done, total)``: called now and then; total 0 means unknown."""

_Row = Mapping[str, Any]

RECLUSTER_UP_TO = 20_000
"""Records up to which clustering anew at every cut takes seconds, and is done unasked."""


def _quietly(_what: str, _done: int, _total: int) -> None:
    """Tells nobody."""


def evaluate_in_depth(
    store: Store,
    settings: Settings,
    *,
    truth: Path,
    people_only: bool = False,
    errors: int = 20,
    recluster_up_to: int = RECLUSTER_UP_TO,
    tell: Tell = _quietly,
) -> Evaluation:
    """As ``evaluate``, with segments, accounts, curves and at most ``errors`` false merges and as many misses.

    Curves are also judged after clustering where there are at most ``recluster_up_to`` records. Judged by the rules and
    model in force; MdmError where the frequencies that go with them are gone.
    """
    rules = load_rule_set(settings)
    entities = _in_force(store, settings, rules)
    with open_duckdb(settings) as duck, open_reader(store) as reader:
        with _step(tell, "figures"):
            label(store, duck, truth=truth, people_only=people_only)
            found = measure(duck)
        with _step(tell, "segments"):
            for name in ("standardised", "stored", "noise"):
                reader.read(sql=statement(__package__, name), duck=duck, name=name)
            segments = measure_segments(duck)
        with _step(tell, "losses"):
            accounts = take_accounts(duck, reader, entities)
        chosen = _worst(duck, errors)
        what = "threshold curve"
        tell(what, 0, 0)
        (records,) = duck.execute("SELECT count(*) FROM standardised").fetchall()[0]
        curves = draw_curves(
            duck,
            reader,
            entities,
            recluster=records <= recluster_up_to,
            advance=lambda done, total: tell(what, done, total + 1),
        )
        tell(what, 1, 1)
    merges, misses = chosen
    keys = _keys(store, sorted({row[side] for row in [*merges, *misses] for side in ("record_a", "record_b")}))
    return replace(
        found,
        segments=segments,
        accounts=accounts,
        curves=curves,
        false_merges=tuple(_view(row, keys) for row in merges),
        misses=tuple(_view(row, keys) for row in misses),
        changed_since=changed_since(store, rules),
    )


def explain_errors(store: Store, settings: Settings, found: Evaluation, *, tell: Tell = _quietly) -> Evaluation:
    """The evaluation with evidence for each of its errors, by ``mdm.lookup.explain``; about half a second each."""
    rules = load_rule_set(settings)
    done, total = itertools.count(1), len(found.false_merges) + len(found.misses)

    def explained(error: ErrorView) -> ErrorView:
        try:
            evidence = explain(store, settings, str(error.a), str(error.b), rules=rules)
        except NotFound:  # it changed meanwhile, or waits for its run
            evidence = None
        tell("explanations", next(done), total)
        return replace(error, explanation=evidence) if isinstance(evidence, PairExplanation) else error

    merges, misses = (tuple(map(explained, errors)) for errors in (found.false_merges, found.misses))
    return replace(found, false_merges=merges, misses=misses)


@contextmanager
def _step(tell: Tell, what: str) -> Iterator[None]:
    tell(what, 0, 0)
    yield
    tell(what, 1, 1)


def _in_force(store: Store, settings: Settings, rules: RuleSet) -> Entities:
    try:
        return {e: rules_in_force(store, settings, rules=rules, entity_type=e) for e in rules.entities}
    except FileNotFoundError:
        raise MdmError("the value frequencies of the last run are gone; `mdm run nightly` measures them anew") from None


def _worst(duck: DuckDBPyConnection, most: int) -> tuple[Sequence[_Row], Sequence[_Row]]:
    """The worst false merges and misses: record_a, record_b, match_weight, pairs, stage, reason."""
    merges = [{**row, **_made_by(row)} for row in rows(duck, "worst_merges", most=str(most))]
    return merges, rows(duck, "worst_misses", most=str(most))


def _made_by(row: _Row) -> _Row:
    if row["decided"]:
        return {"stage": Stage.STEWARD, "reason": JOINED[0]}
    if row["match_weight"] is not None and row["match_weight"] >= row["match"]:
        return {"stage": Stage.WEIGHT, "reason": JOINED[1]}
    return {"stage": Stage.CLUSTERING, "reason": JOINED[3]}


def _view(row: _Row, keys: Mapping[int, RecordKey]) -> ErrorView:
    a, b = sorted((keys[row["record_a"]], keys[row["record_b"]]))
    return ErrorView(
        a=a, b=b, match_weight=row["match_weight"], pairs=row["pairs"], stage=Stage(row["stage"]), reason=row["reason"]
    )


def _keys(store: Store, record_ids: list[int]) -> dict[int, RecordKey]:
    with store.begin() as connection:
        found = connection.execute(sa.text(statement("mdm.lookup", "keys")), {"record_ids": record_ids})
        return {row.record_id: RecordKey(row.system, row.object, row.source_id) for row in found}
