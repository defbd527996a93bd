"""Guards: a value that hundreds share is no evidence, and a run that would merge far too much is not published."""

from __future__ import annotations

import json

import pytest

from mdm.errors import Staged
from mdm.resolve.guards import Guard
from mdm.runs import list_runs, publish_staged

GIVEN = [
    "Ada",
    "Bea",
    "Cleo",
    "Dana",
    "Edda",
    "Faye",
    "Gwen",
    "Hope",
    "Iris",
    "Jade",
    "Kaia",
    "Lucy",
    "Mona",
    "Nell",
    "Opal",
    "Pia",
    "Quin",
    "Rhea",
    "Suki",
    "Thea",
]
FAMILY = [
    "Abbot",
    "Birch",
    "Crane",
    "Drake",
    "Ellis",
    "Frost",
    "Grove",
    "Heron",
    "Ivory",
    "Joyce",
    "Knoll",
    "Larch",
    "Marsh",
    "North",
    "Otter",
    "Pryce",
    "Quill",
    "Raven",
    "Stone",
    "Thorn",
]


def strangers(count):
    """Contacts of so many people who have nothing in common."""
    return [
        {
            "Id": f"003{n:06}",
            "FirstName": GIVEN[n % 20] + GIVEN[n // 400 % 20].lower(),
            "LastName": FAMILY[n // 20 % 20] + f"{'xyzwv'[n % 5]}ok",
        }
        for n in range(count)
    ]


@pytest.fixture(scope="session")
def _people(make_template):
    return make_template("strangers", lambda hub: (hub.contacts(*strangers(1500)), hub.nightly()))


@pytest.fixture
def people(_people, another_hub):
    """1 500 strangers, resolved."""
    hub = another_hub(*_people)
    assert len(hub.partition()) > 1450
    return hub


def test_an_email_that_hundreds_come_to_share_merges_nobody_and_is_asked_about(people):
    hub, before = people, people.partition()
    clock = {"SystemModstamp": "2026-10-01T10:00:00.000Z"}
    hub.contacts(
        *(row | clock | {"Email": "mx4471@the-big-store.com"} for row in strangers(1500)[:300]), now=hub.day(2)
    )
    # the next night, one more comes in with it
    hub.contacts(
        {"Id": "003NEW", "FirstName": "Zelda", "LastName": "Quirrelmont", "Email": "mx4471@the-big-store.com"},
        now=hub.day(2),
    )
    hub.nightly(now=hub.day(2))
    assert hub.partition() == before | {frozenset({"salesforce/Contact/003NEW"})}
    asked = hub.rows("SELECT detail FROM mdm.review_task WHERE state = 'open' AND reason = 'suspect_shared_value'")
    assert [detail["attribute"] for (detail,) in asked] == ["emails"]
    assert "the-big-store" not in str(asked)
    assert hub.rows("SELECT attribute, carriers >= 26 FROM mdm.shared_value") == [("emails", True)]
    assert "email" not in hub.golden("salesforce/Contact/003NEW")[0]
    hub.nightly(now=hub.day(3))
    assert len(hub.rows("SELECT FROM mdm.review_task WHERE state = 'open' AND reason = 'suspect_shared_value'")) == 1


def test_a_run_that_would_merge_far_too_much_is_staged_until_somebody_says_publish(people):
    """A file in which a column slipped: pairs of strangers get one name, birth date and e-mail."""
    hub, before = people, people.state()
    clock = {"SystemModstamp": "2026-10-01T10:00:00.000Z", "Birthdate": "1980-05-17"}
    rows = strangers(1500)
    slipped = [
        row
        | clock
        | {k: rows[n - n % 2][k] for k in ("FirstName", "LastName")}
        | {"Email": f"{rows[n - n % 2]['LastName']}.{n // 2}@gmail.com"}
        for n, row in enumerate(rows[:600])
    ]
    hub.contacts(*slipped, now=hub.day(2))
    staged = hub.command("run", "nightly")
    assert staged.returncode == 5, staged.stderr
    assert "--publish" in staged.stderr.splitlines()[-1]
    after = hub.state()
    for part in ("cross references", "golden records", "tasks", "proposals", "scored pairs", "shared values"):
        assert after[part] == before[part], part
    assert after["waiting"] > 500
    assert hub.value("SELECT state FROM mdm.run ORDER BY started_at DESC LIMIT 1") == "staged"
    assert hub.command("run", "nightly").returncode == 5
    published = hub.command("run", "nightly", "--publish")
    assert published.returncode == 0, published.stderr
    assert len(hub.partition()) < 1300
    assert hub.value("SELECT count(*) FROM mdm.resolve_queue") == 0


def test_a_number_that_many_people_and_many_firms_share_is_asked_about_once(people):
    hub, clock = people, {"SystemModstamp": "2026-10-01T10:00:00.000Z"}
    shared = "(512) 478-0199"
    hub.contacts(*(row | clock | {"Phone": shared} for row in strangers(1500)[:40]), now=hub.day(2))
    firms = [
        f"001{n:06},false,{FAMILY[n % 20]} {GIVEN[n // 20]} Trading,{shared},2026-10-01T10:00:00.000Z"
        for n in range(40)
    ]
    text = "\n".join(["Id,IsDeleted,Name,Phone,SystemModstamp", *firms]) + "\n"
    assert hub.take(text, "salesforce/Account", now=hub.day(2)).new == 40
    hub.nightly(now=hub.day(2))
    asked = hub.rows("SELECT detail FROM mdm.review_task WHERE state = 'open' AND reason = 'suspect_shared_value'")
    assert [(detail["attribute"], detail["carriers"]) for (detail,) in asked] == [("phones", 80)]


def test_ten_thousand_rows_with_one_placeholder_are_staged_looked_at_and_discarded_or_published(people):
    hub, before = people, people.state()
    clock = {"SystemModstamp": "2026-10-01T10:00:00.000Z", "Email": "till4@the-big-store.com"}
    rows = [
        row | clock | {"Id": f"003Q{n:06}", "LastName": f"{row['LastName']}{n:05}"}
        for n, row in enumerate(strangers(10_000))
    ]
    hub.contacts(*rows, now=hub.day(2))
    with pytest.raises(Staged, match=r"met a value \(emails\) that 10,000 records have come to share") as stopped:
        hub.nightly(now=hub.day(2))
    assert "the-big-store" not in str(stopped.value)
    (over,) = stopped.value.over
    assert over["figure"] == 10_000 and all(key.startswith("salesforce/Contact/003Q") for key in over["look_at"])
    after = hub.state()
    for part in ("cross references", "golden records", "tasks", "proposals", "shared values", "households"):
        assert after[part] == before[part], part
    shown = hub.command("run", "show", list_runs(hub.store)[0].run_id.hex)
    assert "hub_value" in shown.stdout and over["look_at"][0] in shown.stdout, shown.stderr
    discarded = hub.command("run", "discard", list_runs(hub.store)[0].run_id.hex, "--json")
    assert json.loads(discarded.stdout)["state"] == "discarded"
    assert hub.command("run", "discard", list_runs(hub.store)[0].run_id.hex).returncode == 2
    # the file is mended: the rows come again without the address, and pass
    clock = {"SystemModstamp": "2026-10-01T11:00:00.000Z", "Email": ""}
    hub.contacts(*(row | clock for row in rows), now=hub.day(3))
    hub.nightly(now=hub.day(3))
    assert hub.rows("SELECT FROM mdm.shared_value WHERE attribute = 'emails'") == []


def test_what_was_looked_at_is_published_and_more_is_staged_again(people):
    hub = people
    clock = {"SystemModstamp": "2026-10-01T10:00:00.000Z", "Email": "mx4471@the-big-store.com"}
    guard = Guard(hub_value=50)
    hub.contacts(*(row | clock for row in strangers(1500)[:100]), now=hub.day(2))
    with pytest.raises(Staged):
        hub.nightly(now=hub.day(2), guard=guard)
    # meanwhile more came in than was looked at
    hub.contacts(*(row | clock for row in strangers(1500)[100:150]), now=hub.day(2))
    with pytest.raises(Staged, match="150 records"):
        publish_staged(hub.store, hub.settings, list_runs(hub.store)[0].run_id, actor="s", now=hub.day(2), guard=guard)
    assert [run.state for run in list_runs(hub.store)] == ["staged", "discarded", "done"]
    seen = list_runs(hub.store)[0].run_id
    publish_staged(hub.store, hub.settings, seen, actor="stella", now=hub.day(2), guard=guard)
    assert [run.state for run in list_runs(hub.store)] == ["done", "published", "discarded", "done"]
    assert list_runs(hub.store)[0].of_run_id == seen
    assert hub.rows("SELECT carriers FROM mdm.shared_value WHERE attribute = 'emails'") == [(150,)]


def test_a_customer_that_grows_too_large_and_ids_that_change_too_much_are_staged(people):
    hub, ids = people, people.golden_ids()
    one = {
        "FirstName": "Agnieszka",
        "LastName": "Wojtyla",
        "Email": "aga@wojtyla.example.org",
        "Birthdate": "1971-03-09",
    }
    hub.contacts(*(one | {"Id": f"003W{n:03}"} for n in range(12)), now=hub.day(2))
    with pytest.raises(Staged, match="would make a customer of 12 records") as stopped:
        hub.nightly(now=hub.day(2), guard=Guard(largest_cluster=10))
    assert stopped.value.over[0]["look_at"][0].startswith("salesforce/Contact/003W")
    hub.nightly(now=hub.day(2), guard=Guard(largest_cluster=12))
    # a customer as large as it was is nobody's news
    hub.contacts(one | {"Id": "003W000", "SystemModstamp": "2026-10-02T00:00:00.000Z", "Title": "x"}, now=hub.day(3))
    hub.nightly(now=hub.day(3), guard=Guard(largest_cluster=10))
    for n in range(0, 8, 2):
        a, b = (f"salesforce/Contact/003{i:06}" for i in (n, n + 1))
        hub.constrain("must_link", a, b, now=hub.day(4))
    with pytest.raises(Staged, match="would give 4 of 1,512 records another golden id"):
        hub.nightly(now=hub.day(4), guard=Guard(churned_at_least=3, churned_share=0))
    assert {k: g for k, g in hub.golden_ids().items() if "003W" not in k} == ids
