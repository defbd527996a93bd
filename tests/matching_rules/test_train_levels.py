"""EM's half-learnt levels: m of one population beside u of another is no weight, so both stay as they were."""

from __future__ import annotations

import pytest

from matching_rules.model import Model, ModelFile, as_parameters
from matching_rules.rules import BlockingRule, Comparison, Level, MatchingRules, Thresholds
from matching_rules.train import _levels

RULES = MatchingRules(
    entity_type="person",
    columns={"name": "text"},
    blocking=(BlockingRule(name="name", agree_on=("name",)),),
    comparisons=(
        Comparison(
            name="name", needs=("name",), levels=(Level(label="same", when={"same": "name"}), Level(label="other"))
        ),
    ),
    thresholds=Thresholds(potential_match=-2, keep=-1, match=0, merge=2),
)
START = Model(
    file=ModelFile(
        entity_type="person",
        name="person-start",
        prior=0.1,
        levels={"name": {"same": as_parameters(3.0), "other": as_parameters(-4.0)}},
        population=1000,
        card={},
    ),
    frequencies={},
)


def found(m: float | None, u: float | None) -> dict:
    """What Splink saves, with one level's numbers."""
    other = {"label_for_charts": "other", "m_probability": 0.05, "u_probability": 0.99}
    same = {"label_for_charts": "same", "m_probability": m, "u_probability": u}
    return {"comparisons": [{"output_column_name": "name", "comparison_levels": [same, other]}]}


@pytest.mark.parametrize(("m", "u"), [(0.9, 0.0005), (0.97, 0.9 * 2**-3.0), (None, 0.01), (0.9, None)])
def test_a_level_of_which_half_was_learnt_keeps_its_weight(m, u) -> None:
    levels, report = _levels(found(m, u), RULES, START)
    assert levels["name"]["same"].weight == pytest.approx(3.0)
    assert [(lv.level, lv.estimated) for lv in report] == [("same", False), ("other", True)]


def test_a_level_that_was_learnt_has_its_own_weight() -> None:
    levels, report = _levels(found(0.96, 0.0015), RULES, START)
    assert levels["name"]["same"].weight == pytest.approx(9.32, abs=0.01)
    assert all(lv.estimated for lv in report)
