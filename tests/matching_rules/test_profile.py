"""Columns that cannot do what the rules want of them are found and named; sound ones are left in peace."""

from __future__ import annotations

import pytest

from matching_rules.profile import findings, profile_columns, used_columns


def found(duck, rules, clusters: dict[int, int], noise: frozenset[str] = frozenset()) -> dict[str, str]:
    duck.execute("CREATE OR REPLACE TABLE cluster (record_id BIGINT, cluster_key BIGINT)").fetchall()
    if clusters:
        duck.executemany("INSERT INTO cluster VALUES (?, ?)", list(clusters.items())).fetchall()
    profiles = profile_columns(duck, rules=rules, records="record", clusters="cluster")
    return {f.column: f.kind for f in findings(profiles, noise=noise)}


def customers(**columns) -> tuple[dict, dict]:
    """300 customers of two records each; each column a function of (customer, record)."""
    records = {i: {name: make(i // 2, i) for name, make in columns.items()} for i in range(600)}
    return records, {i: i // 2 * 2 for i in range(600)}


SOUND = {
    "given": lambda c, r: f"name {c % 50}",
    "family": lambda c, r: f"family {c % 80}",
    "dob": lambda c, r: f"19{c % 90:02d}-01-01",
    "emails": lambda c, r: [f"{c}@x.org" if c % 3 else f"{r}@x.org"],  # some change theirs
    "phones": lambda c, r: [f"{c}"] if r % 3 else None,  # one and the same, but for few
    "postcodes": lambda c, r: [f"{c % 40}"],
}


@pytest.mark.parametrize(
    ("column", "value", "kind"),
    [
        ("dob", lambda c, r: None, "empty"),
        ("dob", lambda c, r: "1980-01-01", "constant"),
        ("postcodes", lambda c, r: ["10001"] if r else ["10002"], "constant"),
        ("dob", lambda c, r: f"{r}", "id"),
        ("postcodes", lambda c, r: [f"{r}", f"{r} too"], "id"),
        ("dob", lambda c, r: f"golden {c}", "leak"),
        ("phones", lambda c, r: [f"group {c}"], "leak"),
    ],
)
def test_a_column_that_cannot_serve_is_named(duck, put, small, column, value, kind) -> None:
    records, clusters = customers(**(SOUND | {column: value}))
    put(small, records)
    assert found(duck, small, clusters) == {column: kind}


def test_sound_columns_are_left_in_peace(duck, put, small) -> None:
    records, clusters = customers(**SOUND)
    put(small, records)
    assert found(duck, small, clusters) == {}


def test_that_nobody_shares_an_e_mail_is_no_fault(duck, put, small) -> None:
    records, clusters = customers(**(SOUND | {"emails": lambda c, r: [f"{r}@x.org"]}))
    put(small, records)
    assert found(duck, small, clusters) == {}


def test_a_column_emptied_as_noise_is_said_to_be_that(duck, put, small) -> None:
    records, clusters = customers(**(SOUND | {"emails": lambda c, r: None}))
    put(small, records)
    assert found(duck, small, clusters, noise=frozenset({"emails"})) == {"emails": "noise"}


def test_a_handful_of_records_says_nothing_of_a_column(duck, put, small) -> None:
    put(small, {})
    assert found(duck, small, {}) == {}
    put(small, {i: {"given": "ada"} for i in range(5)})
    assert found(duck, small, {i: i for i in range(5)}) == {}


def test_only_columns_that_rules_read_are_looked_at(small) -> None:
    unread = small.model_copy(update={"columns": small.columns | {"countries": "list"}})
    assert used_columns(unread) == ("given", "family", "dob", "emails", "phones", "postcodes")
