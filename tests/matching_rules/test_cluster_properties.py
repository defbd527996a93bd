"""What must be true of every clustering, whatever the weights: tried on random components (hypothesis)."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, replace
from random import Random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from matching_rules.cluster import (
    AMBIGUOUS,
    DECIDED_APART,
    Clustering,
    Component,
    Pair,
    cluster,
    component_labels,
    components,
)
from matching_rules.rules import Guards, Thresholds

LINES = Thresholds(potential_match=-3, keep=-1, match=2, merge=4)
GUARDS = Guards(largest_cluster=4, never_compared=-1)
MANY = settings(max_examples=100, deadline=None)


def ordered(a: int, b: int) -> Pair:
    return (a, b) if a < b else (b, a)


weights = st.one_of(st.integers(-30, 30).map(lambda n: n / 2), st.floats(-20, 20, allow_nan=False))


@st.composite
def random_component(draw: st.DrawFn, *, largest: int = 8, distinct: bool = True) -> Component:
    """Records 1..n with some pairs weighed, some apart, some together, some held; weights often equal, for ties."""
    records = list(range(1, draw(st.integers(1, largest)) + 1))
    pairs = list(itertools.combinations(records, 2))
    some = st.lists(st.sampled_from(pairs), unique=True, max_size=len(pairs)) if pairs else st.just([])
    few = st.lists(st.sampled_from(pairs), unique=True, max_size=3) if pairs else st.just([])
    known = draw(some)
    order = draw(st.permutations(records))
    return Component(
        records=records,
        weights={p: draw(weights) for p in known},
        apart={p: draw(st.sampled_from(["a reason", "another"])) for p in draw(few)},
        together=draw(few),
        content={r: f"content {order[r - 1] if distinct else order[r - 1] % 3}" for r in records},
        held=draw(st.dictionaries(st.sampled_from(records), st.sampled_from(["G1", "G2", "G3"]))),
    )


def partition(component: Component, found: Clustering) -> set[frozenset[str]]:
    """The groups as sets of what the records say: no ids."""
    return {frozenset(component.content[r] for r in group) for group in found.groups}


def refused(component: Component, found: Clustering) -> set[tuple[frozenset[str], float, str]]:
    pairs = [(frozenset((component.content[r.a], component.content[r.b])), r) for r in found.refusals]
    return {(pair, r.match_weight, r.reason) for pair, r in pairs}


def renamed(component: Component, random: Random) -> Component:
    """The same component with other ids, and everything in another order."""
    ids = random.sample(range(1, 10_000), len(component.records))
    new = dict(zip(component.records, ids, strict=True))

    def shuffled(items: list) -> list:
        return random.sample(items, len(items))

    return Component(
        records=shuffled(ids),
        weights={ordered(new[a], new[b]): w for (a, b), w in shuffled(list(component.weights.items()))},
        apart={ordered(new[a], new[b]): why for (a, b), why in shuffled(list(component.apart.items()))},
        together=shuffled([ordered(new[a], new[b]) for a, b in component.together]),
        content={new[r]: text for r, text in shuffled(list(component.content.items()))},
        held={new[r]: golden for r, golden in shuffled(list(component.held.items()))},
    )


def clusters(component: Component, *, thresholds: Thresholds = LINES, guards: Guards = GUARDS) -> Clustering:
    found = cluster(component, thresholds=thresholds, guards=guards)
    assert sorted(itertools.chain(*found.groups)) == sorted(component.records)
    return found


def group_of(found: Clustering) -> dict[int, tuple[int, ...]]:
    return {r: group for group in found.groups for r in group}


def decided_together(component: Component) -> list[frozenset[int]]:
    joined = [frozenset(c) for c in components(component.together)]
    rest = set(component.records) - set(itertools.chain(*joined))
    return [*joined, *(frozenset((r,)) for r in rest)]


@MANY
@given(random_component(), st.randoms(use_true_random=False))
def test_neither_ids_nor_order_decide(component: Component, random: Random) -> None:
    other = renamed(component, random)
    mine, theirs = clusters(component), clusters(other)
    assert partition(component, mine) == partition(other, theirs)
    assert refused(component, mine) == refused(other, theirs)


@MANY
@given(random_component(distinct=False), st.randoms(use_true_random=False))
def test_records_that_say_the_same_are_interchangeable(component: Component, random: Random) -> None:
    """Weights follow from content, as scoring gives them; then even ties between equal records fall the same way."""
    texts = component.content
    by_content: dict[tuple[str, str], float] = {}
    weighed = {
        (a, b): by_content.setdefault(tuple(sorted((texts[a], texts[b]))), component.weights.get((a, b), -2.0))
        for a, b in itertools.combinations(component.records, 2)
    }
    component = replace(component, weights=weighed, apart={}, together=(), held={})
    other = renamed(component, random)

    def shapes(c: Component) -> Counter[tuple[str, ...]]:
        return Counter(tuple(sorted(c.content[r] for r in group)) for group in clusters(c).groups)

    assert shapes(component) == shapes(other)


@MANY
@given(random_component())
def test_records_held_apart_never_share_a_cluster_unless_a_steward_joined_them(component: Component) -> None:
    """A machine's doubt holds in every cluster that evidence alone made."""
    joined = decided_together(component)
    groups = clusters(component).groups
    for a, b in component.apart:
        assert not any(a in g and b in g for g in groups if not any(j <= frozenset(g) for j in joined))


@MANY
@given(random_component())
def test_whom_a_steward_keeps_apart_never_share_a_cluster(component: Component) -> None:
    """Only a chain of the stewards' own must-links outranks their cannot-link."""
    component = replace(component, apart=dict.fromkeys(component.apart, DECIDED_APART))
    joined = decided_together(component)
    together = group_of(clusters(component))
    for a, b in component.apart:
        if not any(a in j and b in j for j in joined):
            assert together[a] != together[b]


@MANY
@given(random_component())
def test_what_a_steward_joined_is_together_whatever_speaks_against_it(component: Component) -> None:
    together = group_of(clusters(component))
    for a, b in component.together:
        assert together[a] == together[b]


@MANY
@given(random_component(largest=9))
def test_no_cluster_outgrows_the_guard_unless_a_steward_made_it(component: Component) -> None:
    joined = decided_together(component)
    for group in clusters(component).groups:
        assert len(group) <= GUARDS.largest_cluster or any(j <= frozenset(group) for j in joined)


@MANY
@given(random_component())
def test_a_cluster_hangs_together_by_weighed_pairs_and_decisions(component: Component) -> None:
    links = [*component.weights, *component.together]
    for group in clusters(component).groups:
        inside = [p for p in links if set(p) <= set(group)]
        assert len(group) == 1 or components(inside) == [sorted(group)]


@MANY
@given(random_component())
def test_a_refusal_names_a_real_pair_of_two_clusters(component: Component) -> None:
    found = clusters(component)
    together = group_of(found)
    for refusal in found.refusals:
        assert together[refusal.a] != together[refusal.b]
        assert component.weights[(refusal.a, refusal.b)] == refusal.match_weight
        assert refusal.reason in {*component.apart.values(), "cluster too large", AMBIGUOUS}


def complete(count: int, low: float, high: float) -> st.SearchStrategy[dict[Pair, float]]:
    pairs = list(itertools.combinations(range(count), 2))
    weight = st.floats(low, high, allow_nan=False).map(lambda w: min(max(round(w, 6), low), high))
    return st.tuples(*[weight] * len(pairs)).map(lambda ws: dict(zip(pairs, ws, strict=True)))


@dataclass(frozen=True)
class Case:
    count: int
    weights: dict[Pair, float]


def cases(low: float, high: float, *, fewest: int = 2) -> st.SearchStrategy[Case]:
    most = GUARDS.largest_cluster
    return st.integers(fewest, most).flatmap(lambda n: complete(n, low, high).map(lambda w: Case(n, w)))


def of(case: Case, **more: object) -> Component:
    records = range(case.count)
    return Component(records=records, weights=case.weights, content={r: f"c{r}" for r in records}, **more)


@MANY
@given(cases(LINES.match, 40))
def test_pairs_that_all_reach_the_line_make_one_cluster(case: Case) -> None:
    assert len(clusters(of(case)).groups) == 1


@MANY
@given(cases(-40, LINES.match - 0.001))
def test_strangers_below_the_line_stay_alone(case: Case) -> None:
    assert len(clusters(of(case)).groups) == case.count


@MANY
@given(cases(LINES.keep, LINES.match - 0.001))
def test_records_held_together_stay_down_to_the_lower_line(case: Case) -> None:
    held = dict.fromkeys(range(case.count), "G1")
    assert len(clusters(of(case, held=held)).groups) == 1
    below = {p: w - (LINES.match - LINES.keep) for p, w in case.weights.items()}
    assert len(clusters(of(Case(case.count, below), held=held)).groups) == case.count


@MANY
@given(cases(LINES.keep, LINES.match - 0.001, fewest=3))
def test_a_stranger_does_not_join_at_the_lower_line(case: Case) -> None:
    held = dict.fromkeys(range(case.count - 1), "G1")
    stranger = case.count - 1
    groups = clusters(of(case, held=held)).groups
    assert set(groups) == {tuple(range(stranger)), (stranger,)}


@MANY
@given(cases(LINES.match, LINES.merge - 0.001), st.data())
def test_two_golden_records_merge_at_their_own_line_only(case: Case, data: st.DataObject) -> None:
    held = {r: data.draw(st.sampled_from(["G1", "G2"])) for r in range(case.count)}
    groups = clusters(of(case, held=held)).groups
    expected = {tuple(r for r in held if held[r] == g) for g in ("G1", "G2")} - {()}
    assert set(groups) == expected
    surer = {p: w + (LINES.merge - LINES.match) for p, w in case.weights.items()}
    assert len(clusters(of(Case(case.count, surer), held=held)).groups) == 1


@pytest.mark.parametrize("lines", [(-3, -1, 2, 20), (-3, 0, 14, 14)])
def test_lines_beyond_what_one_pair_is_believed_still_mean_what_they_say(lines: tuple[float, ...]) -> None:
    thresholds = Thresholds(**dict(zip(("potential_match", "keep", "match", "merge"), lines, strict=True)))
    golden = {1: "G1", 2: "G2"}
    for weight, held, joined in (
        (thresholds.match, {}, True),
        (thresholds.match - 1, {}, False),
        (thresholds.merge, golden, True),
        (thresholds.merge - 1, golden, False),
    ):
        component = Component(records=[1, 2], weights={(1, 2): weight}, held=held)
        assert (len(clusters(component, thresholds=thresholds).groups) == 1) is joined


def test_a_household_is_not_chained_into_one_customer() -> None:
    """Father and daughter share an e-mail; average linkage looks at all of a cluster, not at its strongest link."""
    father, daughter = (1, 2), (3, 4)
    weighed = {(1, 2): 9.0, (3, 4): 9.0, (1, 3): 3.0, (1, 4): -8.0, (2, 3): -8.0, (2, 4): -8.0}
    assert set(clusters(Component(records=[1, 2, 3, 4], weights=weighed)).groups) == {father, daughter}


def test_one_absurdly_sure_pair_does_not_outvote_the_rest() -> None:
    weighed = {(1, 2): 9.0, (1, 3): 500.0, (2, 3): -12.0}
    assert len(clusters(Component(records=[1, 2, 3], weights=weighed)).groups) == 2


def test_decisions_that_contradict_each_other_on_a_chain_never_crash() -> None:
    """1 = 2 = 3 = 4 by decision and 1 must not be 4: what was joined stays joined, and 5 comes along with 1."""
    component = Component(
        records=[1, 2, 3, 4, 5],
        weights={(1, 2): -9.0, (1, 5): 11.0},
        apart={(1, 4): "a steward said: not the same", (2, 5): "two birth dates"},
        together=[(1, 2), (2, 3), (3, 4), (2, 3)],
        content={r: str(r) for r in range(1, 6)},
    )
    found = clusters(component)
    assert set(found.groups) == {(1, 2, 3, 4, 5)}


def test_a_pair_that_is_both_joined_and_kept_apart_is_joined() -> None:
    component = Component(records=[1, 2], weights={(1, 2): -9.0}, apart={(1, 2): "why"}, together=[(1, 2)])
    assert clusters(component).groups == ((1, 2),)


def test_a_record_alone_and_no_record_at_all() -> None:
    assert clusters(Component(records=[7], weights={})).groups == ((7,),)
    assert clusters(Component(records=[], weights={})).groups == ()


@MANY
@example([])
@given(st.lists(st.tuples(st.integers(1, 12), st.integers(1, 12))))
def test_components_are_the_transitive_closure(pairs: list[Pair]) -> None:
    found = components(pairs)
    assert found == sorted(found) and all(c == sorted(c) for c in found)
    assert sorted(itertools.chain(*found)) == sorted({x for p in pairs for x in p})
    where = {x: number for number, c in enumerate(found) for x in c}
    assert all(where[a] == where[b] for a, b in pairs)
    for c in found:  # nothing more than the pairs demand: a spanning tree exists
        reached, frontier = {c[0]}, [c[0]]
        while frontier:
            x = frontier.pop()
            fresh = {y for p in pairs if x in p for y in p} - reached
            reached |= fresh
            frontier += fresh
        assert reached == set(c)


@MANY
@example([])
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30))))
def test_components_by_whole_arrays_are_those_of_one_edge_after_the_other(pairs: list[Pair]) -> None:
    a, b = (np.array([p[end] for p in pairs], dtype=np.int64) for end in (0, 1))
    labels = component_labels(a, b, nodes=31)
    by_label: dict[int, list[int]] = {}
    for node, label in enumerate(labels.tolist()):
        by_label.setdefault(label, []).append(node)
    assert all(label == min(nodes) for label, nodes in by_label.items())
    inside = {x for pair in pairs for x in pair}
    assert [nodes for nodes in by_label.values() if nodes[0] in inside] == components(pairs)


def test_a_long_chain_is_one_component_whatever_the_order_of_its_edges() -> None:
    chain = np.random.default_rng(5).permutation(5000)
    assert set(component_labels(chain[:-1], chain[1:], nodes=5000).tolist()) == {0}


def test_a_record_that_fits_two_who_cannot_be_one_is_left_to_a_steward() -> None:
    """M. Jessop, with Mary and Mark at one address."""
    family = Component(records=[1, 2, 3], weights={(1, 2): 3.0, (1, 3): 2.5, (2, 3): 2.0}, apart={(2, 3): "two names"})
    found = clusters(family)
    assert set(found.groups) == {(1,), (2,), (3,)}
    assert (1, 2, AMBIGUOUS) in {(r.a, r.b, r.reason) for r in found.refusals}


def test_a_record_that_fits_one_of_them_clearly_better_joins_it() -> None:
    least = 3.0 - GUARDS.ambiguous
    family = Component(
        records=[1, 2, 3], weights={(1, 2): 3.0, (1, 3): least - 0.1, (2, 3): 2.0}, apart={(2, 3): "two names"}
    )
    assert set(clusters(family).groups) == {(1, 2), (3,)}


def test_who_belongs_together_already_stays_so_though_another_fits_as_well() -> None:
    family = Component(
        records=[1, 2, 3],
        weights={(1, 2): 3.0, (1, 3): 3.0, (2, 3): 2.0},
        apart={(2, 3): "two names"},
        held={1: "G1", 2: "G1"},
    )
    assert set(clusters(family).groups) == {(1, 2), (3,)}


@MANY
@given(random_component())
def test_pairs_with_only_a_name_in_common_never_join_below_their_line(component: Component) -> None:
    component = replace(component, together=(), bare=frozenset(component.weights))
    for group in clusters(component).groups:
        inside = [w for pair, w in component.weights.items() if set(pair) <= set(group)]
        assert len(group) == 1 or max(inside) >= GUARDS.bare
