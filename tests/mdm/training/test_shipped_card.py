"""What a shipped model's card says: which code and rules made it, from what, and what it is worth elsewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import matching_rules
from matching_rules.model import Model, load_model, read_as, save_model, unused_parts
from matching_rules.rules import load_rules, rules_version
from mdm.model import EntityType
from mdm.sample.profile import DEFAULT
from mdm.settings import Settings
from mdm.standardise.version import standardiser_version
from mdm.training.card import code_version
from mdm.training.populations import POPULATIONS, UNSEEN, register, retailer
from mdm.training.shipped import build_shipped

RULES = Path(matching_rules.__file__).parent / "person.yaml"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """A model from two small populations, measured on two others."""
    return build_shipped(
        EntityType.PERSON,
        RULES,
        settings=Settings(home=tmp_path_factory.mktemp("home"), database_url=None, processes=1),
        today=date(2026, 11, 21),
        populations=(
            replace(retailer("small", DEFAULT, customers=150, seed=71), without=((), ("phones",))),
            register(people=150, seed=72),
        ),
        unseen=(retailer("another", DEFAULT, customers=120, seed=73), register(people=100, seed=74)),
    )


@pytest.fixture(scope="module")
def card(built: Model) -> dict[str, Any]:
    return built.file.card


def test_it_names_code_rules_and_standardiser(card: dict[str, Any]) -> None:
    assert card["code"] == code_version()
    assert card["rules"] == rules_version(RULES)
    assert card["read_as"] == read_as(load_rules(RULES))
    assert card["standardiser"] == standardiser_version()
    assert card["built"] == "2026-11-21"


def test_it_names_every_population_with_seed_profile_and_columns(card: dict[str, Any]) -> None:
    retail, plain = card["populations"]
    assert [(p["name"], p["seed"], p["size"]) for p in (retail, plain)] == [("small", 71, 150), ("register", 72, 150)]
    assert retail["profile"] == retailer("x", DEFAULT, customers=1, seed=1).profile != plain["profile"]
    assert retail["columns_left_out"] == [["phones"]]
    assert retail["records"] > 150
    assert 0.5 < retail["columns"]["family"] <= 1
    assert 0 < retail["columns"]["phones"] < 1
    assert set(plain["columns"]) == set(load_rules(RULES).columns)
    assert 0 < retail["matching_pairs"] < retail["pairs"]


def test_its_figures_are_of_populations_it_never_saw_after_clustering(card: dict[str, Any]) -> None:
    assert [(f["name"], f["seed"]) for f in card["figures"]] == [("another", 73), ("register", 74)]
    for found in card["figures"]:
        assert found["records"] > 100
        assert 0 < found["precision"] <= 1
        assert 0 < found["recall"] <= 1
        assert found["f1"] == pytest.approx(
            2 * found["precision"] * found["recall"] / (found["precision"] + found["recall"]), abs=2e-4
        )
        assert 0 < found["bcubed_f1"] <= 1


def test_a_model_with_its_card_is_saved_and_read_back(built: Model, tmp_path: Path) -> None:
    rules = load_rules(RULES)
    folder = save_model(built, tmp_path)
    again = load_model(folder, rules)
    assert again.file.card == built.file.card
    assert unused_parts(folder, again, rules) == []


def test_its_second_stage_takes_no_weight_away_for_better_evidence(built: Model) -> None:
    stage, rules = built.second, load_rules(RULES).second_stage
    rng = np.random.default_rng(3)
    pairs = rng.random((500, len(stage.measures))).astype(np.float32)
    for name, sign in rules.directions.items():
        column = stage.measures.index(name)
        worse, better = pairs.copy(), pairs.copy()
        worse[:, column], better[:, column] = (0, 9) if sign > 0 else (9, 0)
        assert (stage.weigh(better) - stage.weigh(worse)).min() > -1e-5, name


def test_what_figures_are_measured_on_was_never_learnt_from() -> None:
    for entity_type, unseen in UNSEEN.items():
        assert unseen
        assert not {p.seed for p in unseen} & {p.seed for p in POPULATIONS[entity_type]}


def test_the_code_is_named_by_version_commit_and_content() -> None:
    code = code_version()
    assert code["version"]
    assert len(code["sources"]) == 12
    assert set(code) == {"version", "sources", "commit"}
