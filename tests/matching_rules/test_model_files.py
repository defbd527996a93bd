"""Models: written once, read back exactly, and refused when they lack a level or say something impossible."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import matching_rules
from matching_rules.errors import RuleError
from matching_rules.model import (
    SHIPPED_MODELS,
    Model,
    load_model,
    newest_model,
    read_as,
    save_model,
    unused_parts,
)
from matching_rules.rules import MatchingRules, load_rules


@pytest.mark.parametrize("name", ["person", "organisation"])
def test_the_shipped_models_fit_the_shipped_rules(name: str) -> None:
    rules = load_rules(Path(matching_rules.__file__).parent / f"{name}.yaml")
    model = load_model(newest_model(name, SHIPPED_MODELS), rules)
    assert model.name.startswith(f"{name}-")
    assert set(model.frequencies) == set(rules.frequency_columns)


def shipped_weights(name: str) -> dict[str, list[float]]:
    """The shipped model's weights per comparison, best level first."""
    rules = load_rules(Path(matching_rules.__file__).parent / f"{name}.yaml")
    levels = load_model(newest_model(name, SHIPPED_MODELS), rules).file.levels
    return {c.name: [levels[c.name][level.label].weight for level in c.levels] for c in rules.comparisons}


@pytest.mark.parametrize("name", ["person", "organisation"])
def test_in_the_shipped_models_the_best_level_weighs_more_than_the_last(name: str) -> None:
    for comparison, weights in shipped_weights(name).items():
        if any(weights):
            assert weights[0] > weights[-1], comparison


@pytest.mark.parametrize(("name", "comparison"), [("person", "tax_number"), ("organisation", "registration_number")])
def test_an_official_number_in_common_speaks_for_one_customer(name: str, comparison: str) -> None:
    assert shipped_weights(name)[comparison][0] > 1


def test_a_saved_model_reads_back_exactly_and_is_never_overwritten(tmp_path, small, small_model) -> None:
    folder = save_model(small_model, tmp_path)
    again = load_model(folder, small)
    assert again.file == small_model.file
    assert {c: t.to_pylist() for c, t in again.frequencies.items()} == {
        c: t.to_pylist() for c, t in small_model.frequencies.items()
    }
    with pytest.raises(FileExistsError):
        save_model(small_model, tmp_path)


def edited(small_model: Model, parent: Path, change) -> Path:
    folder = save_model(small_model, parent)
    content = json.loads((folder / "model.json").read_text())
    change(content)
    (folder / "model.json").write_text(json.dumps(content))
    return folder


FAULTS = {
    "a level missing": (lambda m: m["levels"]["email"].pop("same e-mail"), "email: same e-mail"),
    "a comparison missing": (lambda m: m["levels"].pop("contact"), "contact: same phone"),
    "m is 0": (lambda m: m["levels"]["email"]["same e-mail"].update(m=0), "email.same e-mail.m"),
    "u is 0": (lambda m: m["levels"]["email"]["same e-mail"].update(u=0), "email.same e-mail.u"),
    "m above 1": (lambda m: m["levels"]["email"]["same e-mail"].update(m=1.5), "email.same e-mail.m"),
    "m is not a number": (lambda m: m["levels"]["email"]["same e-mail"].update(m=float("nan")), "email.same e-mail.m"),
    "m missing": (lambda m: m["levels"]["email"]["same e-mail"].pop("m"), "email.same e-mail.m"),
    "an unknown field": (lambda m: m.update(weights={}), "weights"),
    "an unknown field of a level": (lambda m: m["levels"]["email"]["same e-mail"].update(weight=3), "weight"),
    "the prior is 1": (lambda m: m.update(prior=1), "prior"),
    "the prior is missing": (lambda m: m.pop("prior"), "prior"),
    "rarity counts more than once": (lambda m: m.update(frequency_weight=3), "frequency_weight"),
    "m is text": (lambda m: m["levels"]["email"]["same e-mail"].update(m="0.5"), "email.same e-mail.m"),
    "m is true": (lambda m: m["levels"]["email"]["same e-mail"].update(m=True), "email.same e-mail.m"),
    "a better level weighs less": (
        lambda m: m["levels"]["email"].update({"another e-mail": {"m": 0.9, "u": 0.001}}),
        "email: 'same e-mail' (7.0 bits) weighs less than 'another e-mail' (9.8)",
    ),
    "a weight beyond belief": (
        lambda m: m["levels"]["email"]["same e-mail"].update(m=1, u=1e-300),
        "email: 'same e-mail' weighs 997 bits",
    ),
    "a prior beyond belief": (lambda m: m.update(prior=1e-300), "the prior weighs -997 bits"),
    "a list instead of levels": (lambda m: m.update(levels=[]), "levels"),
    "no population": (lambda m: m.update(population=0), "population"),
    "another entity type": (lambda m: m.update(entity_type="organisation"), "a model for organisation"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_an_edited_model_is_refused(tmp_path, small: MatchingRules, small_model: Model, fault: str) -> None:
    change, message = FAULTS[fault]
    folder = edited(small_model, tmp_path, change)
    with pytest.raises(RuleError) as caught:
        load_model(folder, small)
    assert str(caught.value).startswith(f"{folder / 'model.json'}:1: ")
    assert message in str(caught.value)


def test_no_model_and_no_json_are_refused(tmp_path, small, small_model) -> None:
    with pytest.raises(RuleError, match="no such model"):
        load_model(tmp_path / "person-2020-01-01", small)
    folder = save_model(small_model, tmp_path)
    (folder / "model.json").write_text('{\n "prior": ,')
    with pytest.raises(RuleError, match=r"model\.json:2: not valid JSON: Expecting value\. .*take its folder away"):
        load_model(folder, small)
    for broken in (b"", b"[]", b"\xff\xfe{", b"[" * 100_000):
        (folder / "model.json").write_bytes(broken)
        with pytest.raises(RuleError, match=r"model\.json:1: .*take its folder away"):
            load_model(folder, small)


def test_what_a_model_has_and_the_rules_do_not_is_said(tmp_path, small, small_model) -> None:
    assert unused_parts(save_model(small_model, tmp_path / "sound"), small_model, small) == []

    def older(content) -> None:
        content["levels"]["email"]["old e-mail"] = {"m": 0.5, "u": 0.5}
        content["levels"]["star_sign"] = {"same": {"m": 0.5, "u": 0.5}}

    folder = edited(small_model, tmp_path, lambda content: (older(content), content.pop("seal")))
    copy = folder.rename(tmp_path / "person-copy")
    levels, name = unused_parts(copy, load_model(copy, small), small)
    assert "email: old e-mail; star_sign: same" in levels
    assert "'person-test'" in name


EDITS = {
    "a weight": lambda m: m["levels"]["email"]["same e-mail"].update(m=0.8),
    "the prior": lambda m: m.update(prior=0.06),
    "a line": lambda m: m.update(thresholds={"potential_match": -4, "keep": -1, "match": 0, "merge": 2}),
    "the card": lambda m: m["card"].update(figures={"f1": 1.0}),
    "an unknown level": lambda m: m["levels"]["email"].update({"old e-mail": {"m": 0.5, "u": 0.5}}),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_that_makes_sense_is_seen_all_the_same(tmp_path, small, small_model, edit: str) -> None:
    folder = edited(small_model, tmp_path, EDITS[edit])
    with pytest.raises(RuleError, match=r"model\.json:1: not as training saved it\. .*take its folder away"):
        load_model(folder, small)


def test_frequencies_of_another_column_are_seen(tmp_path, small, small_model) -> None:
    folder = save_model(small_model, tmp_path)
    (folder / "tf_given.parquet").write_bytes((folder / "tf_family.parquet").read_bytes())
    with pytest.raises(RuleError, match=r"tf_given\.parquet:1: not as training saved it"):
        load_model(folder, small)


def test_a_model_of_a_version_that_sealed_nothing_is_read(tmp_path, small, small_model) -> None:
    folder = edited(small_model, tmp_path, lambda content: content.pop("seal"))
    assert load_model(folder, small).file == small_model.file


def test_a_model_moved_or_laid_out_anew_is_the_same(tmp_path, small, small_model) -> None:
    folder = save_model(small_model, tmp_path)
    text = json.dumps(json.loads((folder / "model.json").read_text()), indent=4)
    (folder / "model.json").write_text(text)
    assert load_model(folder.rename(tmp_path / "person-moved"), small).name == "person-test"


def test_a_model_of_a_newer_version_names_the_version(tmp_path, small, small_model) -> None:
    model = replace(small_model, file=small_model.file.model_copy(update={"card": {"code": {"version": "9.1"}}}))
    folder = edited(model, tmp_path, lambda content: content.update(forest="trees"))
    with pytest.raises(RuleError, match=r"model\.json:1: forest: .* \(the model was made by version 9\.1\)"):
        load_model(folder, small)


def test_what_the_rules_read_otherwise_than_when_the_model_learnt_is_said(small, small_text, small_model, tmp_path):
    card = {"read_as": read_as(small)}
    model = replace(small_model, file=small_model.file.model_copy(update={"card": card}))
    folder = save_model(model, tmp_path)
    assert unused_parts(folder, load_model(folder, small), small) == []

    def changed(old: str, new: str) -> MatchingRules:
        assert old in small_text
        path = tmp_path / "rules.yaml"
        path.write_text(small_text.replace(old, new))
        return load_rules(path)

    other = changed("{label: same e-mail, when: {shared: emails}}", "{label: same e-mail, when: {shared: phones}}")
    (said,) = unused_parts(folder, load_model(folder, other), other)
    assert said.startswith("learnt when the rules read these otherwise: email: ")
    level = "      - {label: an assumed level, when: {shared: phones}, assumed: 1.5}\n"
    more = changed("      - {label: another e-mail}", level + "      - {label: another e-mail}")
    assert unused_parts(folder, load_model(folder, more), more) == []  # its weight is the rules' own


TABLES = {
    "no value": pa.table({"value": ["ada", None], "frequency": [0.1, 0.1]}),
    "a value twice": pa.table({"value": ["ada", "ada"], "frequency": [0.1, 0.2]}),
    "a frequency of 0": pa.table({"value": ["ada"], "frequency": [0.0]}),
    "a frequency above 1": pa.table({"value": ["ada"], "frequency": [1.1]}),
    "no frequency": pa.table({"value": ["ada"], "frequency": pa.array([None], pa.float64())}),
    "a value that is no text": pa.table({"value": [1], "frequency": [0.1]}),
    "other columns": pa.table({"name": ["ada"], "frequency": [0.1]}),
}


@pytest.mark.parametrize("fault", TABLES)
def test_impossible_frequencies_are_refused(tmp_path, small, small_model, fault: str) -> None:
    folder = save_model(small_model, tmp_path)
    pq.write_table(TABLES[fault], folder / "tf_given.parquet")
    with pytest.raises(RuleError, match=r"tf_given\.parquet:1: "):
        load_model(folder, small)


def test_missing_and_broken_frequencies_are_refused(tmp_path, small, small_model) -> None:
    folder = save_model(small_model, tmp_path)
    (folder / "tf_given.parquet").unlink()
    with pytest.raises(RuleError, match=r"tf_given\.parquet:1: .*missing"):
        load_model(folder, small)
    (folder / "tf_given.parquet").write_text("value,frequency")
    with pytest.raises(RuleError, match=r"tf_given\.parquet:1: not a Parquet file"):
        load_model(folder, small)


def test_the_newest_model_of_the_first_place_that_has_one_counts(tmp_path: Path) -> None:
    own, shipped = tmp_path / "own", tmp_path / "shipped"
    for folder in (shipped / "person-2026-01-01", shipped / "person-2026-03-01", shipped / "organisation-2027-01-01"):
        folder.mkdir(parents=True)
        (folder / "model.json").touch()
    (shipped / "person-2026-05-01").mkdir()  # begun, never finished
    assert newest_model("person", own, shipped).name == "person-2026-03-01"
    (own / "person-2025-12-31").mkdir(parents=True)
    (own / "person-2025-12-31" / "model.json").touch()
    assert newest_model("person", own, shipped).parent == own
    with pytest.raises(RuleError, match="mdm train"):
        newest_model("household", own, shipped)


def test_a_new_level_needs_an_assumed_weight(tmp_path, small_text, small_model) -> None:
    folder = save_model(small_model, tmp_path)

    def with_level(assumed: str) -> MatchingRules:
        level = f"      - {{label: same domain, when: {{shared: phones}}{assumed}}}\n"
        path = tmp_path / "rules.yaml"
        path.write_text(
            small_text.replace("      - {label: another e-mail}", level + "      - {label: another e-mail}")
        )
        return load_rules(path)

    with pytest.raises(RuleError, match=r"never learnt: email: same domain\. Give each of them an `assumed` weight"):
        load_model(folder, with_level(""))
    model = load_model(folder, with_level(", assumed: 1.5"))
    assert model.file.levels["email"]["same domain"].weight == pytest.approx(1.5)
    with pytest.raises(RuleError, match=r"'same e-mail' \(7\.0 bits\) weighs less than 'same domain' \(8\.0\)"):
        load_model(folder, with_level(", assumed: 8"))
