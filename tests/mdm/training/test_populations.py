"""What the shipped models learn from: many kinds of population, the same for a seed, none of them anybody else's."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pyarrow as pa
import pytest

from mdm.model import EntityType
from mdm.sample.profile import DEFAULT
from mdm.training.populations import POPULATIONS, varied
from mdm.training.registers import random_register, register_population
from mdm.training.site_registers import random_site_register, site_register_population


def people(seed: int, size: int = 60) -> pa.Table:
    return register_population(random_register(seed=seed, people=size), seed=seed)


def sites(seed: int, size: int = 60) -> pa.Table:
    return site_register_population(random_site_register(seed=seed, sites=size), seed=seed)


def matches(table: pa.Table) -> list[dict[str, Any]]:
    return [json.loads(text) for text in table.column("match").to_pylist()]


@pytest.mark.parametrize("make", [people, sites])
def test_a_seed_makes_the_same_register_again_and_another_seed_another(make: Any) -> None:
    assert make(5).equals(make(5))
    assert not make(5).equals(make(6))


@pytest.mark.parametrize("make", [people, sites])
def test_everybody_stands_in_a_register_once_at_least_and_often_again(make: Any) -> None:
    counted = [Counter(make(seed).column("entity_id").to_pylist()) for seed in range(6)]
    assert all(len(found) == 60 for found in counted)
    assert max(n for found in counted for n in found.values()) > 2


def test_registers_differ_in_what_they_know_and_in_who_stands_in_them() -> None:
    registers = [random_register(seed=seed, people=100) for seed in range(60)]
    assert len({r.columns for r in registers}) > 8
    assert {r.relatives == 0 for r in registers} == {True, False}
    # a register knows more than names, or nobody could be told from his namesakes
    assert all(r.columns for r in registers)
    for seed in range(8):
        missing = {"dob", "address_keys", "emails", "phones", "tax"} - {
            column for match in matches(people(seed)) for column, value in match.items() if value
        }
        assert len(missing) < 5


def test_no_two_populations_have_a_seed_in_common() -> None:
    for populations in POPULATIONS.values():
        kinds = Counter((p.name, p.seed) for p in populations)
        assert set(kinds.values()) == {1}
        assert () in {without for p in populations for without in p.without}
        assert any(p.unknown for p in populations)
        assert all(max(p.unknown, default=0) < len(p.without) for p in populations)


def test_a_varied_profile_keeps_rates_between_nothing_and_nearly_always() -> None:
    profiles = [varied(DEFAULT, seed=seed) for seed in range(40)]
    assert len({p.couple for p in profiles}) > 20
    assert any(p.couple == 0 for p in profiles)  # nobody lives with anybody
    for profile in profiles:
        assert all(0 <= v <= 0.95 for v in vars(profile).values() if isinstance(v, float))


def test_entity_types_do_not_mix() -> None:
    assert set(people(3).column("entity_type").to_pylist()) == {EntityType.PERSON.value}
    assert set(sites(3).column("entity_type").to_pylist()) == {EntityType.ORGANISATION.value}
