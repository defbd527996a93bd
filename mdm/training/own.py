"""A user's own model: learnt from the records held, without labels or with them, and saved as a new dated model.

Training never changes what is in force by itself: it saves and shows, ``adopt_model`` puts the new model in force for
the
next run, which then judges everything anew.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from matching_rules.calibrate import calibrate
from matching_rules.model import CalibrationFile, Model, read_as, save_model, with_lines_of
from matching_rules.rules import load_rules, rules_version
from matching_rules.train import train_without_labels
from mdm.errors import RefusedInput
from mdm.labels import Answer, read_answers
from mdm.labels.answers import keys_of
from mdm.model import EntityType, RecordKey
from mdm.ruleset import load_rule_set
from mdm.settings import Settings
from mdm.standardise.version import standardiser_version
from mdm.store.engine import Store
from mdm.training import report
from mdm.training.card import code_version
from mdm.training.compare import Comparison, compare
from mdm.training.evidence import BANDS, Band, Evidence, bands, gather, level_labels, part
from mdm.training.held import Held, held_records
from mdm.training.judge import Reliability, neighbourhood, reliability, sample
from mdm.training.learn import Learnt, Tried, learn, weigh
from mdm.training.lines import LOWEST, Lines, choose_lines
from mdm.training.shipped import measure_frequencies

FEWEST_RECORDS = 1000
FEWEST_LABELS = 40
LEARNT_PAIRS = "labels.csv"
"""In a model's folder: the labelled pairs by record id, and which of them it learnt from."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class LabelUse:
    """What became of the labels. ``unusable``: a record is gone, waits for its run, or is of another type.

    ``never_compared``: pairs blocking does not pair; they teach, and take no part in figures. ``wrong``: the share
    held to
    be wrong, ``doubtful`` the pairs most likely so.
    """

    usable: int
    unusable: int
    match: int
    learnt: int
    held_out: int
    contradicted: int
    never_compared: int
    wrong: float
    doubtful: tuple[tuple[RecordKey, RecordKey], ...]
    bands: tuple[Band, ...]


@dataclass(frozen=True)
class TrainedModel:
    """One trained model: where it lies, what it was trained on, everything it learnt, and how it compares.

    ``columns``: warnings of columns that are empty, constant, ids or made from the answer.
    """

    entity_type: EntityType
    name: str
    folder: Path
    records: int
    method: str
    started_from: str
    levels: tuple[report.Level, ...]
    contributions: tuple[report.Contribution, ...]
    measures: tuple[report.Measure, ...]
    comparison: Comparison
    lines: Lines | None = None
    calibration: CalibrationFile | None = None
    reliability: tuple[Reliability, ...] = ()
    tried: tuple[Tried, ...] = ()
    labels: LabelUse | None = None
    notes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    @property
    def not_estimated(self) -> tuple[str, ...]:
        """Levels the data said nothing about, and what stands there instead."""
        return tuple(f"{lv.comparison}: {lv.level}: {lv.instead}" for lv in self.levels if not lv.estimated)


def train_models(store: Store, settings: Settings, *, now: datetime, progress: Progress) -> tuple[TrainedModel, ...]:
    """Trains a model without labels for each entity type with enough records. RefusedInput when none has."""
    rules = load_rule_set(settings)
    said = read_answers(store)
    trained = []
    for entity_type in rules.entities:
        with held_records(store, settings, rules=rules, entity_type=entity_type) as held:
            if held.records >= FEWEST_RECORDS:
                trained.append(_without_labels(settings, held, said, now=now, progress=progress))
    if not trained:
        raise RefusedInput(
            f"nothing to learn from: fewer than {FEWEST_RECORDS:,} standardised records; run `mdm run nightly` first"
        )
    return tuple(trained)


def train_from_labels(
    store: Store, settings: Settings, *, now: datetime, precision: float | None, progress: Progress
) -> tuple[TrainedModel, ...]:
    """Trains a model from labels for each entity type that has enough of both kinds.

    ``precision``: what joined pairs are to be expected to reach; None: see ``lines.choose_lines``. RefusedInput when no
    entity type has enough labels.
    """
    rules = load_rule_set(settings)
    said = read_answers(store)
    trained, short = [], []
    for entity_type in rules.entities:
        with held_records(store, settings, rules=rules, entity_type=entity_type) as held:
            evidence = gather(held, said)
            matches = int(evidence.is_match.sum())
            if len(evidence) < FEWEST_LABELS or min(matches, len(evidence) - matches) < FEWEST_LABELS // 4:
                short.append(f"{entity_type}: {matches} match, {len(evidence) - matches} no match")
                continue
            trained.append(
                _from_labels(store, settings, held, said, evidence, now=now, precision=precision, progress=progress)
            )
    if not trained:
        raise RefusedInput(
            f"not enough labels: {FEWEST_LABELS} of one entity type are needed, {FEWEST_LABELS // 4} of each; there"
            f" are {'; '.join(short)}. `mdm labels propose --out FILE` says which pairs to label next."
        )
    return tuple(trained)


def _without_labels(
    settings: Settings, held: Held, said: Sequence[Answer], *, now: datetime, progress: Progress
) -> TrainedModel:
    told = f"{held.entity_type}: training"
    entity = held.entity
    card = _card(held, now) | {"made_from": f"{held.records} records of this installation, without labels"}
    result = train_without_labels(
        held.duck,
        rules=entity.rules,
        start=entity.model,
        records="record",
        frequencies=measure_frequencies(held.duck, entity.rules, "record"),
        name=_name(held, now),
        seed=1,
        card=card,
    )
    progress(told, 1, 1)
    rules = load_rules(entity.rules_file)
    model = result.model
    comparison = compare(
        held,
        held.next_run(model, with_lines_of(rules, model.file)),
        said,
        learnt=frozenset(),
        progress=lambda done, total: progress(f"{held.entity_type}: comparing", done, total),
    )
    kept = frozenset((lv.comparison, lv.level) for lv in result.levels if not lv.estimated)
    notes = [
        "estimated by EM, which takes evidence as independent: on populations with known truth it was worse than the"
        " shipped model (decision 0004). Labels are what can show that it is better here",
        f"lines: those of {entity.rules_file.name}; without labels nothing says where they belong for new weights",
    ]
    if entity.model.second is not None:
        notes.append(f"no second stage: {entity.model.name} has one, which cannot be trained without labels")
    notes += [f"left out, for nothing is there to learn from: EM pass over {p}" for p in result.passes_left_out]
    model = _with_figures(model, comparison)
    folder = save_model(model, settings.home / "models" / "trained")
    return TrainedModel(
        entity_type=held.entity_type,
        name=model.name,
        folder=folder,
        records=held.records,
        method="EM, without labels",
        started_from=entity.model.name,
        levels=report.levels(
            entity.rules, entity.model, model, pairs=None, kept=kept, empty=report.empty_comparisons(held)
        ),
        contributions=report.contributions(held, model, line=entity.rules.thresholds.match),
        measures=(),
        comparison=comparison,
        notes=tuple(notes),
        columns=report.columns_said(held),
    )


def _from_labels(
    store: Store,
    settings: Settings,
    held: Held,
    said: Sequence[Answer],
    evidence: Evidence,
    *,
    now: datetime,
    precision: float | None,
    progress: Progress,
) -> TrainedModel:
    entity = held.entity
    told = f"{held.entity_type}: learning from {len(evidence)} labels"
    progress(told, 0, 1)
    chosen = ~evidence.held_out
    learnable = part(evidence, chosen)
    learnt = learn(entity.rules, entity.model, learnable)
    progress(told, 1, 1)
    rules = load_rules(entity.rules_file)
    lines = _lines(held, learnt, evidence, precision=precision, progress=progress)
    known = learnt.calibrated.calibration
    calibration = CalibrationFile(slope=round(known.slope, 6), shift=round(known.shift, 6))
    use = _use(store, held, said, evidence, learnt)
    card = _card(held, now) | {
        "made_from": f"{use.learnt} labels of this installation, from {entity.model.name}",
        "method": f"{learnt.recipe.name}; Platt scaling; lines by expected figures after clustering",
        "labels": _labels_card(evidence, said),
        "wrong_labels": round(learnt.calibrated.wrong, 4),
        "tried": [vars(t) for t in learnt.tried],
        "lines": {"reason": lines.reason, "tried": [vars(t) for t in lines.tried]},
    }
    file = learnt.model.file.model_copy(
        update={"name": _name(held, now), "thresholds": lines.thresholds, "calibration": calibration, "card": card}
    )
    # the values' frequencies the model in force came with: they ease those measured here, as they do now. What this
    # population is like is the snapshot's, not the model's
    start = load_rule_set(settings).entities[held.entity_type].model
    model = replace(start, file=file, second=learnt.model.second)
    pairs = list(zip(evidence.record_a.tolist(), evidence.record_b.tolist(), strict=True))
    comparison = compare(
        held,
        held.next_run(model, with_lines_of(rules, file)),
        said,
        learnt=frozenset(pair for pair, held_out in zip(pairs, evidence.held_out, strict=True) if not held_out),
        progress=lambda done, total: progress(f"{held.entity_type}: comparing", done, total),
    )
    model = _with_figures(model, comparison)
    folder = save_model(model, settings.home / "models" / "trained")
    _write_learnt(folder / LEARNT_PAIRS, evidence)
    labels = level_labels(learnable, entity)
    unseen = part(evidence, evidence.held_out)
    believed = calibrate(evidence.weight, evidence.is_match).believed[evidence.held_out]
    notes = ["`thresholds: hold: true` stands in the rule file: its lines hold"] if rules.thresholds.hold else []
    return TrainedModel(
        entity_type=held.entity_type,
        name=model.name,
        folder=folder,
        records=held.records,
        method=str(card["method"]),
        started_from=entity.model.name,
        levels=report.levels(
            entity.rules,
            entity.model,
            model,
            pairs=labels,
            kept=frozenset(place for place, count in labels.items() if not count),
            empty=report.empty_comparisons(held),
        ),
        contributions=report.contributions(held, learnt.model, line=lines.thresholds.match),
        measures=report.measures(held, learnt.model),
        comparison=comparison,
        lines=lines,
        calibration=calibration,
        reliability=tuple(reliability(weigh(entity.rules, learnt.model, unseen), believed, known, BANDS)),
        tried=learnt.tried,
        labels=use,
        notes=tuple(notes),
        columns=report.columns_said(held),
    )


def _lines(held: Held, learnt: Learnt, evidence: Evidence, *, precision: float | None, progress: Progress) -> Lines:
    """The lines for the model learnt, by the labels it learnt from."""
    chosen = ~evidence.held_out
    learnable = part(evidence, chosen)
    held.score(held.entity, pairs="candidate", into="scored_now")
    new = replace(held.entity, model=learnt.model)
    held.score(new, pairs="candidate", into="scored_new")
    near = neighbourhood(held, new, scored="scored_new", lowest=held.entity.rules.thresholds.match + LOWEST)
    known = calibrate(learnable.weight, learnable.is_match)
    of = sample(
        learnable, bands(held, learnable, scored="scored_now"), believed=known.believed, calibration=known.calibration
    )
    return choose_lines(
        near,
        chosen,
        weigh(held.entity.rules, learnt.model, learnable),
        of,
        base=load_rules(held.entity.rules_file).thresholds,
        calibration=learnt.calibrated.calibration,
        precision=precision,
        progress=lambda done, total: progress(f"{held.entity_type}: choosing lines", done, total),
    )


def _use(store: Store, held: Held, said: Sequence[Answer], evidence: Evidence, learnt: Learnt) -> LabelUse:
    believed = calibrate(evidence.weight, evidence.is_match).believed
    doubt = abs(believed - evidence.is_match)
    doubtful = [i for i in (-doubt).argsort(kind="stable") if doubt[i] > 0.5][:10]
    pairs = [(int(evidence.record_a[i]), int(evidence.record_b[i])) for i in doubtful]
    keys = keys_of(store, {r for pair in pairs for r in pair})
    used = set(zip(evidence.record_a.tolist(), evidence.record_b.tolist(), strict=True))
    return LabelUse(
        usable=len(evidence),
        unusable=len(said) - len(evidence),
        match=int(evidence.is_match.sum()),
        learnt=int((~evidence.held_out).sum()),
        held_out=int(evidence.held_out.sum()),
        contradicted=sum(a.contradicted for a in said if (a.record_a, a.record_b) in used),
        never_compared=int((~evidence.candidate).sum()),
        wrong=learnt.calibrated.wrong,
        doubtful=tuple((keys[a], keys[b]) for a, b in pairs),
        bands=tuple(bands(held, evidence, scored="scored_now")),
    )


def _labels_card(evidence: Evidence, said: Sequence[Answer]) -> dict[str, Any]:
    kind = {(a.record_a, a.record_b): a.kind for a in said}
    rows = list(zip(evidence.record_a.tolist(), evidence.record_b.tolist(), evidence.is_match.tolist(), strict=True))
    return {
        "learnt": int((~evidence.held_out).sum()),
        "held_out": int(evidence.held_out.sum()),
        "match": int(evidence.is_match.sum()),
        "decisions": sum(kind[a, b] == "decision" for a, b, _ in rows),
        "split": "by customer, by a hash of the smallest record id of all that hang together",
        "digest": hashlib.sha256(repr(rows).encode()).hexdigest()[:16],
    }


def _write_learnt(path: Path, evidence: Evidence) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["record_a", "record_b", "is_match", "part"])
        for a, b, same, held_out in zip(
            evidence.record_a.tolist(), evidence.record_b.tolist(), evidence.is_match, evidence.held_out, strict=True
        ):
            writer.writerow([a, b, "match" if same else "no match", "held out" if held_out else "learnt"])


def _card(held: Held, now: datetime) -> dict[str, Any]:
    return {
        "built": now.isoformat(),
        "code": code_version(),
        "standardiser": standardiser_version(),
        "rules": rules_version(held.entity.rules_file),
        "read_as": read_as(held.entity.rules),
        "started_from": held.entity.model.name,
        "records": held.records,
        "candidate_pairs": held.candidates,
        "columns_filled": report.columns_filled(held),
    }


def _with_figures(model: Model, comparison: Comparison) -> Model:
    figures = {
        "verdict": comparison.verdict,
        "change": vars(comparison.change),
        "labels": comparison.labels,
    }
    if comparison.new is not None and comparison.in_force is not None:
        figures |= {"new": vars(comparison.new), "in_force": vars(comparison.in_force)}
    return replace(model, file=model.file.model_copy(update={"card": model.file.card | {"figures": figures}}))


def _name(held: Held, now: datetime) -> str:
    return f"{held.entity_type}-{now.strftime('%Y-%m-%dT%H%M%S')}"
