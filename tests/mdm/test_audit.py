"""The audit trail: appended to by many at once, and every way of changing it afterwards is found."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from mdm.audit import BEGINNING, Entry, digest_of, list_entries, record, verify
from mdm.store.engine import Store

NOW = datetime(2026, 11, 21, 12, 0, 0, 250, tzinfo=UTC)


def say(store: Store, *actions: str, actor: str = "ann", **subject: object) -> str:
    with store.begin() as connection:
        return record(connection, *(Entry(a, actor, NOW, subject) for a in actions))


def rewrite(store: Store, statement: str) -> None:
    """As somebody who owns the database could."""
    with store.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        connection.execute(sa.text(statement))


def test_a_link_is_one_digest_of_a_transaction(store: Store) -> None:
    assert (verify(store).links, verify(store).head) == (0, BEGINNING)
    first = say(store, "act_done", "published", records=[1, 2], counts={"müller": 3}, nothing=None)
    second = say(store, "act_done")
    subject = {"records": [1, 2], "counts": {"müller": 3}, "nothing": None}
    rows = [(NOW, "ann", action, subject) for action in ("act_done", "published")]
    assert first == digest_of(BEGINNING, 1, rows)
    assert second == digest_of(first, 2, [(NOW, "ann", "act_done", {})])
    verdict = verify(store, noted=(1, first))
    assert (verdict.broken, verdict.links, verdict.entries, verdict.head) == (None, 2, 3, second)


def test_a_transaction_that_is_rolled_back_leaves_no_link(store: Store) -> None:
    say(store, "act_done")
    with pytest.raises(ZeroDivisionError), store.begin() as connection:
        record(connection, Entry("act_done", "ann", NOW))
        raise ZeroDivisionError
    say(store, "act_done")
    assert (verify(store).broken, verify(store).links) == (None, 2)


@pytest.mark.parametrize(
    "statement", ["UPDATE mdm.{} SET number = number", "DELETE FROM mdm.{}", "TRUNCATE mdm.{} CASCADE"]
)
@pytest.mark.parametrize("table", ["audit_entry", "audit_link"])
def test_the_database_refuses_to_rewrite_it(store: Store, table: str, statement: str) -> None:
    say(store, "act_done")
    with pytest.raises(sa.exc.IntegrityError, match="never rewritten"), store.begin() as connection:
        connection.execute(sa.text("SET LOCAL mdm.rewrite = 'on'"))
        connection.execute(sa.text(statement.format(table)))


@pytest.mark.parametrize(
    ("statement", "broken", "reason"),
    [
        ("UPDATE mdm.audit_entry SET actor = 'bob' WHERE number = 3", 3, "not those"),
        ("UPDATE mdm.audit_entry SET at = at + interval '1 microsecond' WHERE number = 2", 2, "not those"),
        ("""UPDATE mdm.audit_entry SET subject = '{"n": 7}' WHERE number = 4""", 4, "not those"),
        ("DELETE FROM mdm.audit_entry WHERE number = 2 AND position = 1", 2, "had 2 entries"),
        ("DELETE FROM mdm.audit_entry WHERE number = 2", 2, "has 0"),
        ("DELETE FROM mdm.audit_link WHERE number = 3", 3, "missing"),
        ("DELETE FROM mdm.audit_link WHERE number = 5", 5, "without it"),
        ("UPDATE mdm.audit_link SET previous = digest WHERE number = 2", 2, "another link"),
        ("UPDATE mdm.audit_link SET digest = repeat('0', 64) WHERE number = 3", 3, "not those"),
    ],
)
def test_the_first_broken_link_is_found(store: Store, statement: str, broken: int, reason: str) -> None:
    for number in range(5):
        say(store, "act_done", "published", n=number)
    rewrite(store, statement)
    verdict = verify(store)
    assert (verdict.broken, verdict.links) == (broken, broken - 1)
    assert reason in (verdict.reason or "")


def test_a_trail_cut_off_or_made_anew_is_found_by_what_was_noted(store: Store) -> None:
    say(store, "act_done")
    head = say(store, "act_done")
    rewrite(store, "DELETE FROM mdm.audit_entry WHERE number = 2")
    rewrite(store, "DELETE FROM mdm.audit_link WHERE number = 2")
    assert verify(store).broken is None
    assert verify(store, noted=(2, head)).broken == 2
    say(store, "something_else")
    assert verify(store).broken is None
    assert "made anew" in (verify(store, noted=(2, head)).reason or "")


def test_many_at_once_keep_one_chain(store: Store) -> None:
    failures: list[BaseException] = []

    def work(name: str) -> None:
        try:
            for number in range(15):
                say(store, "act_done", actor=name, n=number)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    verdict = verify(store)
    assert (verdict.broken, verdict.links) == (None, 60)


@pytest.mark.parametrize("subject", [{"weight": 1.5}, {"at": NOW}, {"deep": [{"x": 0.1}]}, {"keys": {1: "a"}}])
def test_a_subject_that_would_come_back_otherwise_is_refused(store: Store, subject: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="subject"):
        say(store, "act_done", **subject)


def test_entries_are_found_by_whom_what_and_about(store: Store) -> None:
    say(store, "act_done", actor="ann", act="a-1", records=[4, 5])
    say(store, "published", actor="bob", run="r-1", counts={"n": 5})

    def found(**what: object) -> list[str]:
        return [e.action for e in list_entries(store, limit=9, **what)]  # type: ignore[arg-type]

    assert found() == ["published", "act_done"]
    assert found(actor="ann") == ["act_done"]
    assert found(action="published") == ["published"]
    assert found(about="a-1") == ["act_done"]
    assert found(about="4") == ["act_done"]
    assert found(about="nobody") == []
    assert found(since=NOW.replace(year=2027)) == []
