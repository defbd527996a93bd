"""A steward links and unlinks: the machine obeys, remembers the ids, and decides again when the decision is revoked."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

import golden_record


def change_a_rule(hub):
    """A rule file of the user's own, which makes the next run a full one."""
    rules = hub.settings.home / "rules"
    rules.mkdir(exist_ok=True)
    shipped = Path(golden_record.__file__).parent / "ownership.yaml"
    (rules / "ownership.yaml").write_text(shipped.read_text() + "\n# mine\n")


def is_full(report):
    return report.stages["block"]["full"]


@pytest.fixture
def pair(resolved):
    """Two records of one customer that has no others."""
    return sorted(next(m for m in sorted(resolved.partition(), key=sorted) if len(m) == 2))


def people_of(hub, size):
    """Customers of so many records, all people, in a written order."""
    return [sorted(m) for m in sorted(hub.partition(), key=sorted) if len(m) == size and "loyalty" in str(m)]


def test_a_cannot_link_holds_through_runs_and_rule_changes_until_it_is_revoked(resolved, pair):
    hub, before = resolved, resolved.golden_ids()[pair[0]]
    others = {k: g for k, g in hub.golden_ids().items() if k not in pair}
    decision = hub.constrain("cannot_link", *pair, now=hub.day(2))
    assert hub.nightly(now=hub.day(2)).changed
    assert not hub.together(*pair)
    apart = hub.golden_ids()
    assert before in {apart[k] for k in pair}
    assert hub.rows("SELECT kind FROM mdm.golden_id_event WHERE golden_id = :g AND kind = 'split'", g=before)
    hub.nightly(now=hub.day(3))
    change_a_rule(hub)
    assert is_full(hub.nightly(now=hub.day(3)))
    assert hub.golden_ids() == apart
    # nobody is asked what was answered
    ids = {hub.record_id(k) for k in pair}
    assert not any(ids <= set(t) for (t,) in hub.rows("SELECT record_ids FROM mdm.review_task WHERE state = 'open'"))
    hub.revoke(decision, now=hub.day(4))
    assert hub.nightly(now=hub.day(4)).changed
    assert hub.together(*pair)
    assert hub.golden_ids()[pair[0]] == before
    assert {k: g for k, g in hub.golden_ids().items() if k not in pair} == others


@pytest.mark.parametrize(
    ("first_size", "second_size", "every_pair"),
    [
        (2, 1, True),
        (2, 2, True),
        (3, 2, False),
    ],
)
def test_a_must_link_joins_two_customers_and_unlinking_gives_the_former_id_back(
    resolved, first_size, second_size, every_pair
):
    hub, before = resolved, resolved.golden_ids()
    first, second = people_of(hub, first_size)[0], people_of(hub, second_size)[-1]
    pairs = list(product(first, second)) if every_pair else [(first[0], second[0])]
    decisions = [hub.constrain("must_link", a, b, now=hub.day(2)) for a, b in pairs]
    assert hub.nightly(now=hub.day(2)).changed
    assert hub.together(*first, *second)
    joined = hub.golden_ids()
    assert joined[first[0]] in {before[first[0]], before[second[0]]}
    change_a_rule(hub)
    assert is_full(hub.nightly(now=hub.day(3)))
    assert hub.golden_ids() == joined
    for decision in decisions:
        hub.revoke(decision, now=hub.day(4))
    assert hub.nightly(now=hub.day(4)).changed
    assert not hub.together(first[0], second[0])
    assert hub.golden_ids() == before
    lost = ({before[first[0]], before[second[0]]} - {joined[first[0]]}).pop()
    kinds = hub.rows("SELECT kind FROM mdm.golden_id_event WHERE golden_id = :g ORDER BY event_id", g=lost)
    assert [kind for (kind,) in kinds] == ["created", "merged", "revived"]


def test_a_decision_made_while_a_run_goes_on_waits_for_the_next(resolved, pair):
    hub = resolved
    hub.contacts({"Id": "003NEW", "FirstName": "Zelda", "LastName": "Quirrelmont"}, now=hub.day(2))

    class DecideLate:
        """Decides when the run has read all decisions."""

        def stage(self, name):
            if name == "identify":
                hub.constrain("cannot_link", *pair, now=hub.day(2))

        def advance(self, done, total):
            """Of no interest."""

    hub.nightly(now=hub.day(2), progress=DecideLate())
    assert hub.together(*pair)
    hub.nightly(now=hub.day(3))
    assert not hub.together(*pair)
    before = hub.tables()
    hub.nightly(now=hub.day(4))
    assert hub.tables() == before


def test_a_steward_s_value_wins_until_it_expires(resolved, pair):
    hub, key = resolved, pair[0]
    values, _ = hub.golden(key)
    attribute = "family_name" if "family_name" in values else "legal_name"
    hub.write(
        "INSERT INTO mdm.value_override (override_id, record_id, attribute, value, reason, actor,"
        " created_at, expires_at)"
        " VALUES (gen_random_uuid(), :record, :attribute, '\"Spelt-Right\"', 'phoned', 'stella', :now, :until)",
        record=hub.record_id(key), attribute=attribute, now=hub.day(2), until=hub.day(3),
    )  # fmt: skip
    hub.nightly(now=hub.day(2))
    assert hub.golden(key)[0][attribute] == "Spelt-Right"
    hub.nightly(now=hub.day(4))
    assert hub.golden(key)[0] == values
