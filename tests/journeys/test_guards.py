"""Guards: a value that hundreds share is no evidence, and a run that would merge far too much is not published."""

from __future__ import annotations

import pytest

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
