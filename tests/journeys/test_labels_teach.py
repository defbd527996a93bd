"""Somebody answers questions in a spreadsheet, trains, and adopts what is no worse than what is in force."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from mdm.model import EntityType
from mdm.ruleset import load_rule_set


@pytest.fixture(scope="module")
def truth(population: Path) -> dict[str, str]:
    with (population / "truth.csv").open(newline="", encoding="utf-8") as file:
        return {f"{r['source']}/{r['object']}/{r['source_id']}": r["entity_id"] for r in csv.DictReader(file)}


def answer(path: Path, truth: dict[str, str]) -> list[dict[str, str]]:
    """Fills the column `label` of proposed pairs by the truth."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        a, b = (truth["/".join(row[f"{part}_{s}"] for part in ("system", "object", "source_id"))] for s in "ab")
        row["label"] = "match" if a == b else "no match"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return rows


def told(hub, *arguments: str, code: int = 0):
    done = hub.command(*arguments, "--json")
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def test_propose_answer_import_train_adopt(resolved, truth, tmp_path) -> None:
    hub, file = resolved, tmp_path / "pairs.csv"
    proposed = told(hub, "labels", "propose", "--n", "120", "--out", str(file))
    assert proposed["pairs"] == 120
    assert sum(band["proposed"] > 0 for band in proposed["bands"]) >= 6
    rows = answer(file, truth)
    assert {r["label"] for r in rows} == {"match", "no match"}
    assert len({r["pair"] for r in rows}) == 120
    assert any(r["given_name_a"] for r in rows)
    assert not any("weight" in column for column in rows[0])
    assert told(hub, "labels", "import", str(file))["new"] == 120
    # what is answered is not asked again
    more = tmp_path / "more.csv"
    told(hub, "labels", "propose", "--n", "120", "--out", str(more))
    assert not {r["pair"] for r in rows} & {
        r["pair"] for r in csv.DictReader(more.read_text(encoding="utf-8-sig").splitlines())
    }

    in_force = load_rule_set(hub.settings).entities[EntityType.PERSON]
    (model,) = told(hub, "train", "--labels")
    assert load_rule_set(hub.settings).entities[EntityType.PERSON].model.name == in_force.model.name
    assert model["labels"]["learnt"] + model["labels"]["held_out"] == model["labels"]["usable"] == 120
    assert {lv["comparison"] for lv in model["levels"]} == {c.name for c in in_force.rules.comparisons}
    assert all(lv["m"] > 0 and lv["u"] > 0 for lv in model["levels"])
    assert model["not_estimated"]
    assert sum(c["share"] for c in model["contributions"]) == pytest.approx(1)
    said = [w for w in told(hub, "status")["warnings"] if w in model["columns"]]
    assert said == model["columns"], "what a full run warns of"
    card = json.loads((Path(model["folder"]) / "model.json").read_text())["card"]
    assert card["labels"]["learnt"] == model["labels"]["learnt"]
    assert card["columns_filled"]["family"] > 0.5
    assert card["started_from"] == in_force.model.name

    adopted = told(hub, "train", "--adopt", model["name"], "--anyway")
    assert adopted["instead_of"] == in_force.model.name
    now = load_rule_set(hub.settings).entities[EntityType.PERSON]
    assert now.model.name == model["name"]
    assert now.rules.thresholds.match == model["lines"]["thresholds"]["match"]
    assert hub.nightly(now=hub.day(2)).stages["block"]["full"]


def test_a_worse_model_is_refused_with_its_figures(resolved, truth, tmp_path) -> None:
    hub, file = resolved, tmp_path / "pairs.csv"
    told(hub, "labels", "propose", "--n", "150", "--out", str(file))
    answer(file, truth)
    told(hub, "labels", "import", str(file))
    shipped = load_rule_set(hub.settings).entities[EntityType.PERSON].model_folder
    worse = hub.settings.home / "models" / "trained" / "person-2026-12-01"
    worse.parent.mkdir(parents=True)
    shutil.copytree(shipped, worse)
    content = json.loads((worse / "model.json").read_text())
    content.pop("seal", None)  # made here, not by training
    lines = {"potential_match": 8, "keep": 8, "match": 8, "merge": 8}
    (worse / "model.json").write_text(json.dumps(content | {"name": worse.name, "thresholds": lines}))
    refused = told(hub, "train", "--adopt", worse.name, code=5)
    assert refused["adopted"] is None
    assert refused["comparison"]["new"]["recall"] < refused["comparison"]["in_force"]["recall"]
    assert "--anyway" in refused["refused"]
    assert load_rule_set(hub.settings).entities[EntityType.PERSON].model_folder == shipped
    assert told(hub, "train", "--adopt", worse.name, "--anyway")["adopted"] == worse.name


def test_a_model_whose_weights_fall_with_more_agreement_is_refused_before_anything_is_compared(resolved) -> None:
    shipped = load_rule_set(resolved.settings).entities[EntityType.PERSON]
    falling = resolved.settings.home / "models" / "trained" / "person-2026-12-01"
    falling.parent.mkdir(parents=True)
    shutil.copytree(shipped.model_folder, falling)
    content = json.loads((falling / "model.json").read_text())
    comparison = next(c for c in shipped.rules.comparisons if not c.fixed)
    best = comparison.levels[0].label
    content["levels"][comparison.name][best] = {"m": 0.001, "u": 0.9}
    (falling / "model.json").write_text(json.dumps(content | {"name": falling.name}))
    done = resolved.command("train", "--adopt", falling.name, "--anyway")
    assert done.returncode == 2
    assert f"{comparison.name}: {best!r}" in done.stderr
    assert "weighs less than" in done.stderr
    assert load_rule_set(resolved.settings).entities[EntityType.PERSON].model_folder == shipped.model_folder


def test_without_labels_nothing_is_learnt_and_the_way_to_them_is_told(resolved) -> None:
    done = resolved.command("train", "--labels")
    assert done.returncode == 2
    assert "mdm labels propose" in done.stderr
    assert not (resolved.settings.home / "models" / "trained").exists()
