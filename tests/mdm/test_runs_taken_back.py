"""Random lives of a few records: nights that link, part, move and rename them, proposals written out meanwhile, runs
taken back in any order. After every step the store's promises hold; a rollback of what came last is the state before.

The nights here are drawn, not matched: they write what a run writes, with ids by the run's own rules, so that thousands
of histories take minutes. ``MDM_LIVES=2000 pytest ...`` draws more of them, ``MDM_LIVES_SEED=7`` others.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, seed
from hypothesis import settings as profile
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from golden_record.identity import assign
from mdm.lookup import customer_at, history
from mdm.runs import list_runs, roll_back
from mdm.statements import statement
from mdm.store.bridge import open_duckdb

LIVES, STEPS = int(os.environ.get("MDM_LIVES", "25")), int(os.environ.get("MDM_LIVES_STEPS", "10"))
DAY1 = datetime(2026, 10, 1, 6, tzinfo=UTC)
RECORDS = range(1, 10)
WRITTEN = ("cross_reference", "golden_id", "golden_id_event", "golden_record", "household_member", "review_task",
           "proposed_change", "review_task_history", "run_publication")  # fmt: skip
KEPT = {
    "cross_reference": "cross_reference_id, record_id, golden_id, grade, since, run_id",
    "golden_id": "golden_id, created_at",
    "golden_id_event": "event_id, golden_id, kind, other_ids, at, run_id",
    "golden_record": 'golden_id, version, "values"::text, valid_from, run_id',
    "household_member": "member_id, golden_id, household_id, since",
    "review_task": "task_id, question, opened_at",
    "proposed_change": "change_id, record_id, attribute, new_value::text",
}


class Lives(RuleBasedStateMachine):
    """One hub. ``before``: the state each run found, by run; ``landed`` the one it left."""

    store: object
    duck: object

    def __init__(self) -> None:
        super().__init__()
        with self.store.begin() as connection:
            connection.execute(sa.text("SET LOCAL mdm.rewrite = 'on'"))
            for table in (*WRITTEN, "household", "household_evidence", "resolve_queue", "run"):
                connection.execute(sa.text(f"DELETE FROM mdm.{table}"))  # quicker than TRUNCATE, which makes files
            connection.execute(sa.text("DELETE FROM mdm.setting WHERE key <> 'database_id'"))
        self.day = 0
        self.before: dict[UUID, object] = {}
        self.landed: dict[UUID, object] = {}
        self.in_force: list[UUID] = []
        self.said: dict[str, set[str]] = {table: set() for table in KEPT}
        self.then: list[tuple[datetime, dict[UUID, object]]] = []

    # ---- what happens ------------------------------------------------------------------------------------------------

    @rule(number=st.integers(0, 10**9), few=st.booleans())
    def a_night(self, number: int, few: bool) -> None:
        """Some records find themselves elsewhere, some come, some go; values change."""
        draw = random.Random(number)
        before = self.state()
        target = {record: place[0] for record, place in before["places"].items()}
        for record in draw.sample(list(RECORDS), 2 if few else draw.randint(3, 9)):
            what = draw.random()
            if what < 0.12:
                target.pop(record, None)
            elif what < 0.45 or not target:
                target[record] = uuid4()
            else:
                target[record] = draw.choice(list(target.values()))
        run = self.night(target, draw)
        self.done(run, before)

    @precondition(lambda self: self.in_force)
    @rule()
    def the_latest_goes_back(self) -> None:
        run = self.in_force.pop()
        self.taken_back(run, latest=True)

    @precondition(lambda self: len(self.in_force) > 1)
    @rule(place=st.integers(0, 100))
    def any_goes_back(self, place: int) -> None:
        run = self.in_force.pop(place % len(self.in_force))
        self.taken_back(run, latest=False)

    @precondition(lambda self: self.in_force)
    @rule(number=st.integers(0, 3))
    def proposals_are_written_out(self, number: int) -> None:
        with self.store.begin() as connection:
            connection.execute(
                sa.text(
                    "UPDATE mdm.proposed_change SET state = 'exported', closed_at = :now WHERE change_id IN (SELECT"
                    " change_id FROM mdm.proposed_change WHERE state = 'approved' ORDER BY record_id LIMIT :n)"
                ),
                {"n": number, "now": self.now()},
            )

    # ---- what must hold ----------------------------------------------------------------------------------------------

    def taken_back(self, run: UUID, *, latest: bool) -> None:
        now = self.state()
        # a rollback is taken back as any run: what counts as the latest is the last that stands
        done = roll_back(self.store, run, actor="test", now=self.tomorrow())
        after = self.state()
        was, left = self.before[run], {item.id for item in done.left if item.kind == "judged_again"}
        if latest:
            assert not left
            exported = {(r, a) for (r, a), state in now["changes"].items() if state[2] == "exported"}
            for part in ("places", "values", "tasks", "stays"):
                assert after[part] == was[part], part
            mine = {key: said for key, said in was["changes"].items() if key not in exported}
            assert {key: said for key, said in after["changes"].items() if key not in exported} == mine
        stayed = 0
        for record in after["places"].keys() | now["places"].keys() | was["places"].keys():
            places = [state["places"].get(record) for state in (after, was, now)]
            held = now["places"].get(record)
            if held is not None and held[0] in left:
                assert places[0] == places[2], record
                stayed += 1
            else:
                assert places[0] in places[1:], record
        for golden_id in left:
            assert after["values"].get(golden_id) == now["values"].get(golden_id)
        for golden_id in after["values"]:
            assert after["values"][golden_id] in (was["values"].get(golden_id), now["values"].get(golden_id))
        assert stayed or not left or any(g not in now["values"] for g in left)
        for golden_id in now["values"].keys() - after["values"].keys():
            self.ended(golden_id, now, after)
        for golden_id in after["values"].keys() - now["values"].keys():
            lived = history(self.store, golden_id, now=self.now()).steps[-1]
            assert {event.kind for event in lived.events} <= {"revived", "unmerged"} and lived.events
        self.done(done.run_id, now)

    def ended(self, golden_id: UUID, now: dict, after: dict) -> None:
        """An id that a rollback ended answers with whoever holds its records again."""
        members = [record for record, place in now["places"].items() if place[0] == golden_id]
        heirs = {after["places"][record][0] for record in members if record in after["places"]}
        answer = history(self.store, golden_id, now=self.now()).answer
        assert set(answer.ids) == heirs
        assert answer.kind == ("retired", "merged", "split")[min(2, len(heirs))]

    def done(self, run: UUID, before: object) -> None:
        """After every run: it stands until it is taken back, and the store keeps its promises."""
        after = self.state()
        self.before[run] = before
        self.in_force.append(run)
        self.in_force = [r for r in self.in_force if r not in self.out_of_force()]
        holding = {place[0] for place in after["places"].values()}
        assert holding == after["values"].keys()
        for table, rows in self.written().items():
            assert self.said[table] <= rows, table
            self.said[table] = rows
        with self.store.begin() as connection:
            turned = "SELECT count(*) FROM mdm.golden_record WHERE valid_to < valid_from"
            assert connection.scalar(sa.text(turned)) == 0
            twice = (
                "SELECT count(*) FROM (SELECT question FROM mdm.review_task WHERE state = 'open' GROUP BY 1"
                " HAVING count(*) > 1) t"
            )
            assert connection.scalar(sa.text(twice)) == 0
            ids = list(connection.scalars(sa.text("SELECT golden_id FROM mdm.golden_id")))
        for golden_id in ids:
            answer = history(self.store, golden_id, now=self.now()).answer
            assert (answer.kind == "itself") == (golden_id in after["values"])
            assert answer.kind != "merged" or answer.ids[0] in after["values"]
            assert answer.kind != "unknown_then"
        self.then.append((self.now(), after["values"]))
        moment, values = random.Random(len(self.then)).choice(self.then)
        for golden_id in values:
            stood = customer_at(self.store, golden_id, as_of=None, known_at=moment, now=self.now())
            assert {v.attribute: v.value for v in stood.values} == values[golden_id]
            assert len(stood.records) == sum(1 for _ in values[golden_id]["records"])

    # ---- the hub -----------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        return DAY1 + timedelta(days=self.day)

    def tomorrow(self) -> datetime:
        self.day += 1
        return self.now()

    def rows(self, query: str) -> list[tuple]:
        with self.store.begin() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query))]

    def out_of_force(self) -> set[UUID]:
        return {run.run_id for run in list_runs(self.store, limit=100) if run.taken_back_by is not None}

    def state(self) -> dict:
        return {
            "places": {
                r: (g, grade, since)
                for r, g, grade, since in self.rows(
                    "SELECT record_id, golden_id, grade, since FROM mdm.cross_reference WHERE until IS NULL"
                )
            },
            "values": dict(self.rows('SELECT golden_id, "values" FROM mdm.golden_record WHERE valid_to IS NULL')),
            "tasks": {
                q: (json.dumps(d), at)
                for q, d, at in self.rows(
                    "SELECT question, detail, opened_at FROM mdm.review_task WHERE state = 'open'"
                )
            },
            "changes": {
                (r, a): (g, v, s)
                for r, a, g, v, s in self.rows(
                    "SELECT record_id, attribute, golden_id, new_value::text, state FROM mdm.proposed_change"
                    " WHERE state <> 'withdrawn' ORDER BY closed_at NULLS LAST"
                )
            },
            "stays": {
                g: (h, since)
                for g, h, since in self.rows(
                    "SELECT golden_id, household_id, since FROM mdm.household_member WHERE until IS NULL"
                )
            },
        }

    def written(self) -> dict[str, set[str]]:
        return {
            table: {str(row) for row in self.rows(f"SELECT {columns} FROM mdm.{table}")}
            for table, columns in KEPT.items()
        }

    def night(self, target: dict[int, UUID], draw: random.Random) -> UUID:
        """Publishes where records belong, as a run does: what differs is closed and succeeded."""
        now, run = self.tomorrow(), uuid4()
        numbers = {label: number for number, label in enumerate(sorted(set(target.values()), key=str))}
        clusters = {record: numbers[label] for record, label in target.items()}
        before = self.state()
        with self.store.begin() as connection:

            def write(text: str, rows: list[dict]) -> None:
                if rows:
                    connection.execute(sa.text(text), [row | {"now": now, "run": run} for row in rows])

            write(
                "INSERT INTO mdm.run (run_id, kind, state, actor, correlation_id, started_at, host, pid)"
                " VALUES (:run, 'nightly', 'done', 'test', :run, :now, 'here', 1)",
                [{}],
            )
            write(
                'INSERT INTO mdm.run_publication (run_id, published_at, "full", taken, settings_before)'
                " VALUES (:run, :now, false, :taken, '{}')",
                [{"taken": sorted(target)}],
            )
            assignment, events = self.identify(connection, clusters, before, now)
            members: dict[UUID, list[int]] = {}
            for record, golden_id in sorted(assignment.items()):
                members.setdefault(golden_id, []).append(record)
            grades = {record: "match" if len(members[g]) > 1 else "no_match" for record, g in assignment.items()}
            moved = {r for r, p in before["places"].items() if (assignment.get(r), grades.get(r)) != p[:2]}
            opened = {r for r in assignment if r not in before["places"]} | {r for r in moved if r in assignment}
            write(
                "UPDATE mdm.cross_reference SET until = :now, closed_run_id = :run"
                " WHERE until IS NULL AND record_id = :r",
                [{"r": r} for r in moved],
            )
            write(
                "INSERT INTO mdm.golden_id (golden_id, entity_type, created_at, run_id)"
                " VALUES (:g, 'person', :now, :run)",
                [{"g": g} for g, kind, _ in events if kind == "created"],
            )
            write(
                "INSERT INTO mdm.golden_id_event (golden_id, kind, other_ids, at, run_id)"
                " VALUES (:g, :k, :o, :now, :run)",
                [{"g": g, "k": kind, "o": others} for g, kind, others in events],
            )
            write(
                "INSERT INTO mdm.cross_reference (record_id, golden_id, grade, reason, since, run_id)"
                " VALUES (:r, :g, :grade, 'drawn', :since, :run)",
                [
                    {
                        "r": r, "g": assignment[r], "grade": grades[r],
                        "since": before["places"][r][2]
                        if r in before["places"] and before["places"][r][0] == assignment[r] else now,
                    }
                    for r in opened
                ],
            )  # fmt: skip
            values = {
                g: {
                    "records": rs,
                    "n": draw.randrange(3) if draw.random() < 0.3 else before["values"].get(g, {}).get("n", 0),
                }
                for g, rs in members.items()
            }
            ended = before["values"].keys() - values.keys()
            other = {g for g, v in values.items() if before["values"].get(g) != v}
            write(
                "UPDATE mdm.golden_record SET valid_to = :now, closed_run_id = :run"
                " WHERE valid_to IS NULL AND golden_id = :g",
                [{"g": g} for g in ended | (other & before["values"].keys())],
            )
            write(
                'INSERT INTO mdm.golden_record (golden_id, version, entity_type, "values", lineage, content_hash,'
                " valid_from, run_id, rule_set) SELECT :g, 1 + coalesce((SELECT max(version) FROM mdm.golden_record"
                " WHERE golden_id = :g), 0), 'person', CAST(:v AS jsonb), '{}', gen_random_uuid(), :now, :run, 'r'",
                [{"g": g, "v": json.dumps(values[g])} for g in other],
            )
            self.ask(write, before, members, draw)
            self.propose(write, before, members, draw)
            self.house(write, before, values, draw)
        return run

    def identify(self, connection, clusters, before, now):
        """Golden ids by the rules of golden ids."""
        former = connection.execute(sa.text(statement("mdm.resolve", "former")), {"everything": True, "ids": []}).all()
        born = connection.execute(sa.text("SELECT golden_id, created_at FROM mdm.golden_id")).all()
        for name, columns, rows in (
            ("cluster", "record_id BIGINT, cluster_key BIGINT", list(clusters.items())),
            ("previous", "record_id BIGINT, golden_id UUID, since TIMESTAMPTZ",
             [(r, p[0], p[2]) for r, p in before["places"].items()]),
            ("former", "record_id BIGINT, golden_id UUID", [tuple(row) for row in former]),
            ("golden_age", "golden_id UUID, created_at TIMESTAMPTZ", [tuple(row) for row in born]),
        ):  # fmt: skip
            self.duck.execute(f"CREATE OR REPLACE TABLE {name} ({columns})")
            if rows:
                self.duck.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[0]))})", rows)
        assign(self.duck, now=now)
        assignment = dict(self.duck.execute("SELECT record_id, golden_id FROM assignment").fetchall())
        events = self.duck.execute("SELECT golden_id, kind, coalesce(other_ids, []) FROM id_event").fetchall()
        return assignment, events

    def ask(self, write, before, members, draw) -> None:
        """One question for neighbours; what it says may change."""
        first = sorted(rs[0] for rs in members.values())
        asked = {f"{a}|{b}": [a, b] for a, b in zip(first[::2], first[1::2], strict=False)}
        write(
            "UPDATE mdm.review_task SET state = 'withdrawn', closed_at = :now, closed_run_id = :run,"
            " closed_reason = 'gone' WHERE state = 'open' AND question = :q",
            [{"q": q} for q in before["tasks"].keys() - asked.keys()],
        )
        again = [q for q in before["tasks"].keys() & asked.keys() if draw.random() < 0.5]
        write(
            "INSERT INTO mdm.review_task_history (task_id, priority, detail, until, run_id) SELECT task_id, priority,"
            " detail, :now, :run FROM mdm.review_task WHERE state = 'open' AND question = :q",
            [{"q": q} for q in again],
        )
        write(
            "UPDATE mdm.review_task SET detail = jsonb_build_object('n', CAST(:run AS text))"
            " WHERE state = 'open' AND question = :q",
            [{"q": q} for q in again],
        )
        write(
            "INSERT INTO mdm.review_task (task_id, reason, question, record_ids, priority, detail, state, opened_at,"
            " opened_run_id) VALUES (gen_random_uuid(), 'potential_match', :q, :r, 1, '{}', 'open', :now, :run)",
            [{"q": q, "r": asked[q]} for q in asked.keys() - before["tasks"].keys()],
        )

    def propose(self, write, before, members, draw) -> None:
        """Each golden record proposes its number of records to its first record."""
        live = {k: v for k, v in before["changes"].items() if v[2] in ("proposed", "approved")}
        wanted = {(rs[0], "size"): (g, str(len(rs))) for g, rs in members.items() if len(rs) > 1}
        out = {k for k, v in before["changes"].items() if v[2] == "exported"}
        write(
            "UPDATE mdm.proposed_change SET state = 'withdrawn', closed_at = :now, closed_run_id = :run"
            " WHERE record_id = :r AND state IN ('proposed', 'approved')",
            [{"r": k[0]} for k, v in live.items() if wanted.get(k) != v[:2]],
        )
        write(
            "INSERT INTO mdm.proposed_change (change_id, golden_id, record_id, system, object, source_id, attribute,"
            " new_value, review, state, reason, opened_at, run_id, decided_by) VALUES (gen_random_uuid(), :g, :r, 's',"
            " 'o', 'i', 'size', CAST(:v AS jsonb), 'none', :s, '', :now, :run, :by)",
            [
                {
                    "g": g,
                    "r": k[0],
                    "v": v,
                    "s": "approved" if k[0] % 2 else "proposed",
                    "by": "rules" if k[0] % 2 else None,
                }
                for k, (g, v) in wanted.items()
                if (k not in live or live[k][:2] != (g, v)) and k not in out
            ],
        )

    def house(self, write, before, values, draw) -> None:
        """Two neighbours live together, in a household of a new id each time they do anew."""
        pairs = sorted(values, key=str)
        homes = {g: (a, b) for a, b in zip(pairs[::2], pairs[1::2], strict=False) for g in (a, b)}
        with_whom: dict[UUID, set[UUID]] = {}
        for g, (h, _) in before["stays"].items():
            with_whom.setdefault(h, set()).add(g)
        stays = {g for g, (h, _) in before["stays"].items() if g in homes and with_whom[h] == set(homes[g])}
        write(
            "UPDATE mdm.household_member SET until = :now, closed_run_id = :run WHERE until IS NULL AND golden_id = :g",
            [{"g": g} for g in before["stays"].keys() - stays],
        )
        new = {pair: uuid4() for g, pair in homes.items() if g not in stays}
        write(
            "INSERT INTO mdm.household (household_id, opened_at, run_id) VALUES (:h, :now, :run)",
            [{"h": h} for h in new.values()],
        )
        write(
            "INSERT INTO mdm.household_member (household_id, golden_id, reason, basis, since, run_id)"
            " VALUES (:h, :g, 'drawn', 'rules', :now, :run)",
            [{"h": new[pair], "g": g} for g, pair in homes.items() if g not in stays],
        )
        write(
            "UPDATE mdm.household h SET closed_at = :now, closed_run_id = :run WHERE closed_at IS NULL AND NOT EXISTS"
            " (SELECT FROM mdm.household_member m WHERE m.household_id = h.household_id AND m.until IS NULL)",
            [{}],
        )


@pytest.fixture
def machine(store, settings) -> Iterator[type[Lives]]:
    """The machine on a store of its own."""
    with store.begin() as connection:
        connection.execute(
            sa.text("INSERT INTO mdm.record_key SELECT n, 's', 'o', CAST(n AS text) FROM generate_series(1, 9) n")
        )
    with closing(open_duckdb(settings)) as duck:
        yield type("LivesHere", (Lives,), {"store": store, "duck": duck})


def test_random_lives(machine) -> None:
    run_state_machine_as_test(
        seed(int(os.environ.get("MDM_LIVES_SEED", "0")))(machine) if "MDM_LIVES_SEED" in os.environ else machine,
        settings=profile(
            max_examples=LIVES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize="MDM_LIVES_SEED" not in os.environ,
            database=None,
        ),
    )
