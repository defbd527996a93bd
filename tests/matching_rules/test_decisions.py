"""Contradicting decisions: the fewest to revoke, held against trying all sets."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from matching_rules.cluster import components
from matching_rules.decisions import Decision, contradictory, smallest_revocation


def said(number, a, b, same, *, at=0.0, fixed=False):
    return Decision(a, b, same, name=str(number), said=at, fixed=fixed)


@st.composite
def decisions(draw):
    count = draw(st.integers(0, 9))
    drawn = []
    for number in range(count):
        a, b = draw(st.lists(st.integers(1, 5), min_size=2, max_size=2, unique=True))
        at = float(draw(st.integers(0, 3)))
        drawn.append(said(number, a, b, draw(st.booleans()), at=at, fixed=draw(st.integers(0, 4)) == 0))
    return drawn


def agree(kept):
    """By components alone: no search for chains."""
    groups = components([(d.a, d.b) for d in kept if d.same])
    return not any(not d.same and any(d.a in g and d.b in g for g in groups) for d in kept)


def by_trying(all_of_them):
    free = [d for d in all_of_them if not d.fixed]
    for size in range(len(free) + 1):
        sets = [set(s) for s in combinations(free, size) if agree([d for d in all_of_them if d not in s])]
        if sets:
            return size, min(sorted((d.said, d.name) for d in s) for s in sets)
    return None


@given(decisions())
def test_it_is_the_smallest_set_and_of_these_the_oldest(drawn):
    found, expected = smallest_revocation(drawn), by_trying(drawn)
    assert contradictory(drawn) == (not agree(drawn))
    if expected is None:
        assert found is None
        return
    assert found is not None and found.smallest
    assert agree([d for d in drawn if d not in found.decisions])
    assert (len(found.decisions), [(d.said, d.name) for d in found.decisions]) == expected


@given(decisions(), st.randoms())
def test_the_order_in_which_decisions_are_told_changes_nothing(drawn, random):
    again = list(drawn)
    random.shuffle(again)
    assert smallest_revocation(again) == smallest_revocation(drawn)


def test_a_is_b_b_is_c_and_a_is_not_c():
    chain = [said("ab", 1, 2, True, at=1), said("bc", 2, 3, True, at=2)]
    apart = said("not ac", 1, 3, False, at=3, fixed=True)
    assert [d.name for d in smallest_revocation([*chain, apart]).decisions] == ["ab"]
    assert smallest_revocation([*chain, apart, said("fixed", 1, 3, True, fixed=True)]) is None


def test_keeping_a_large_customer_together_against_many_refusals_is_quick():
    together = [said(f"s{n}", n, n + 1, True, fixed=True) for n in range(150)]
    apart = [said(f"a{n}", 0, n, False, at=float(n)) for n in range(1, 100)]
    assert len(smallest_revocation([*together, *apart]).decisions) == 99
