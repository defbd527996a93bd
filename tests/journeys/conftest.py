"""A hub as a user meets it: files in, nightly runs, and what then stands in it, told without golden ids or row ids."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql
from pydantic import SecretStr

from mdm.ingest import IngestReport, ingest_directory, ingest_file
from mdm.runs import RunReport, run_nightly
from mdm.sample import DEFAULT, write_sample
from mdm.settings import Settings
from mdm.store.embedded import EmbeddedServer
from mdm.store.engine import Store, open_store
from mdm.store.tables import match_constraint, metadata
from mdm.systems import load_mapping, load_mappings

DAY1 = datetime(2026, 10, 1, 6, tzinfo=UTC)
CUSTOMERS, SEED = 250, 11
# a busier night than most, so that a small population has all of it: newcomers, changes, deletions
BUSY = replace(DEFAULT, delta_new=0.02, delta_changed=0.04, delta_deleted=0.02)
NOT_STATE = {"run", "run_publication", "run_stage", "ingest_batch"}

CONTACT = [
    "Id",
    "IsDeleted",
    "AccountId",
    "Salutation",
    "FirstName",
    "MiddleName",
    "LastName",
    "Suffix",
    "Email",
    "Phone",
    "MobilePhone",
    "MailingStreet",
    "MailingCity",
    "MailingState",
    "MailingPostalCode",
    "MailingCountry",
    "Birthdate",
    "HasOptedOutOfEmail",
    "DoNotCall",
    "Loyalty_Number__c",
    "SystemModstamp",
]
MEMBER = [
    "member_id",
    "card_number",
    "first_name",
    "last_name",
    "email",
    "mobile",
    "birth_date",
    "postal_code",
    "city",
    "state",
    "tier",
    "points_balance",
    "home_store",
    "email_opt_in",
    "sms_opt_in",
    "enrolled_at",
    "updated_at",
]
CLOCK = {"SystemModstamp": "2026-09-30T00:00:00.000Z", "updated_at": "2026-09-30T00:00:00.000Z"}


def csv_of(columns: list[str], rows: Iterable[Mapping[str, str]]) -> str:
    """A CSV with these columns; cells not said are blank, the record's clock is the last of September."""
    given = [{**CLOCK, "IsDeleted": "false", **row} for row in rows]
    return (
        "\n".join(",".join(cells) for cells in [columns, *([row.get(c, "") for c in columns] for row in given)]) + "\n"
    )


@dataclass(frozen=True)
class Hub:
    """A store and what one does with it."""

    store: Store
    settings: Settings

    @staticmethod
    def day(number: int) -> datetime:
        """The morning of a day: 1 is the first load."""
        return DAY1 + timedelta(days=number - 1)

    def ingest(self, folder: Path, *, now: datetime = DAY1) -> dict[str, IngestReport]:
        """Takes in a directory; reports by file name."""
        done = ingest_directory(self.store, self.settings, directory=folder, actor="test", now=now)
        return {r.file: r for r in done.reports}

    def take(self, text: str | bytes, mapping: str | Path, *, now: datetime = DAY1, name: str = "file") -> IngestReport:
        """Takes in one file with this text, by the mapping of a system/Object or of a mapping file."""
        path = self.settings.home / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        chosen = (
            load_mapping(mapping)
            if isinstance(mapping, Path)
            else load_mappings(self.settings).get(*mapping.split("/"))
        )
        return ingest_file(self.store, self.settings, mapping=chosen, path=path, actor="test", now=now)

    def contacts(self, *rows: Mapping[str, str], now: datetime = DAY1) -> IngestReport:
        """Takes in Salesforce contacts."""
        return self.take(csv_of(CONTACT, rows), "salesforce/Contact", now=now)

    def members(self, *rows: Mapping[str, str], now: datetime = DAY1) -> IngestReport:
        """Takes in loyalty members."""
        return self.take(csv_of(MEMBER, rows), "loyalty/Member", now=now)

    def nightly(self, *, now: datetime = DAY1, **options: Any) -> RunReport:
        """One nightly run."""
        return run_nightly(self.store, self.settings, actor="test", now=now, **options)

    def rows(self, query: str, **params: Any) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self.store.begin() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query), params)]

    def value(self, query: str, **params: Any) -> Any:
        """The one value of a query."""
        ((value,),) = self.rows(query, **params)
        return value

    def write(self, statement: Any, **params: Any) -> None:
        """One statement in a transaction of its own."""
        with self.store.begin() as connection:
            connection.execute(sa.text(statement) if isinstance(statement, str) else statement, params)

    def keys(self) -> dict[int, str]:
        """system/object/id of every record id."""
        return {
            r: f"{s}/{o}/{i}"
            for r, s, o, i in self.rows("SELECT record_id, system, object, source_id FROM mdm.record_key")
        }

    def record_id(self, key: str) -> int:
        """The record id of system/object/id."""
        return {k: r for r, k in self.keys().items()}[key]

    def golden_ids(self) -> dict[str, UUID]:
        """Golden id of every record that has one."""
        keys = self.keys()
        return {
            keys[r]: g for r, g in self.rows("SELECT record_id, golden_id FROM mdm.cross_reference WHERE until IS NULL")
        }

    def live(self) -> set[str]:
        """Every live source record."""
        keys = self.keys()
        return {
            keys[r]
            for (r,) in self.rows("SELECT record_id FROM mdm.source_record WHERE superseded_at IS NULL AND NOT deleted")
        }

    def partition(self) -> set[frozenset[str]]:
        """Who is one customer."""
        together: dict[UUID, set[str]] = {}
        for key, golden in self.golden_ids().items():
            together.setdefault(golden, set()).add(key)
        return {frozenset(members) for members in together.values()}

    def together(self, *keys: str) -> bool:
        """Whether these records are one customer."""
        ids = self.golden_ids()
        return len({ids[k] for k in keys}) == 1

    def golden(self, key: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Values and lineage of the golden record a source record belongs to."""
        ((values, lineage),) = self.rows(
            'SELECT "values", lineage FROM mdm.golden_record WHERE valid_to IS NULL AND golden_id = :g',
            g=self.golden_ids()[key],
        )
        return values, lineage

    def constrain(self, kind: str, first: str, second: str, *, now: datetime) -> UUID:
        """A steward's decision, as a steward's tool writes it."""
        a, b = sorted((self.record_id(first), self.record_id(second)))
        constraint_id = uuid4()
        self.write(
            sa.insert(match_constraint).values(
                constraint_id=constraint_id,
                kind=kind,
                record_a=a,
                record_b=b,
                actor="stella",
                reason="phoned",
                created_at=now,
            )
        )
        return constraint_id

    def revoke(self, constraint_id: UUID, *, now: datetime) -> None:
        """Takes a decision back."""
        self.write(
            "UPDATE mdm.match_constraint SET revoked_at = :now, revoked_by = 'stella' WHERE constraint_id = :id",
            now=now,
            id=constraint_id,
        )

    def tables(self) -> dict[str, str]:
        """A digest of every table but those that say when files and runs came."""
        names = [t.name for t in metadata.sorted_tables if t.name not in NOT_STATE]
        return {n: self.value(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM mdm.{n} t") for n in names}

    def state(self) -> dict[str, Any]:
        """What a run leaves, told by record keys: equal for two hubs that hold the same, whatever their ids."""
        keys = self.keys()
        ids = self.golden_ids()
        members: dict[UUID, list[str]] = {}
        for key, golden in sorted(ids.items()):
            members.setdefault(golden, []).append(key)
        return {
            "cross references": {
                keys[r]: (tuple(members[g]), grade, weight, reason)
                for r, g, grade, weight, reason in self.rows(
                    "SELECT record_id, golden_id, grade, round(match_weight::numeric, 5), reason"
                    " FROM mdm.cross_reference"
                    " WHERE until IS NULL"
                )
            },
            "golden records": {
                tuple(members[g]): (kind, values, _by_key(lineage, keys))
                for g, kind, values, lineage in self.rows(
                    'SELECT golden_id, entity_type, "values", lineage FROM mdm.golden_record WHERE valid_to IS NULL'
                )
            },
            "tasks": {
                (reason, frozenset(keys[r] for r in records), weight, json.dumps(detail, sort_keys=True))
                for reason, records, weight, detail in self.rows(
                    "SELECT reason, record_ids, round(match_weight::numeric, 5), detail FROM mdm.review_task"
                    " WHERE state = 'open'"
                )
            },
            "proposals": {
                (keys[r], attribute, json.dumps(old), json.dumps(new), review, state, reason)
                for r, attribute, old, new, review, state, reason in self.rows(
                    "SELECT record_id, attribute, old_value, new_value, review, state, reason FROM mdm.proposed_change"
                    " WHERE state <> 'withdrawn'"
                )
            },
            "scored pairs": {
                frozenset((keys[a], keys[b])): weight
                for a, b, weight in self.rows(
                    "SELECT record_a, record_b, round(match_weight::numeric, 5) FROM mdm.scored_pair"
                )
            },
            "standardised": {
                keys[r]: content
                for r, content in self.rows("SELECT record_id, content_hash FROM mdm.standardised_record")
            },
            "blocking keys": sorted(
                (keys[r], rule, key) for r, rule, key in self.rows("SELECT record_id, rule, key FROM mdm.blocking_key")
            ),
            "shared values": set(self.rows("SELECT attribute, comparable, carriers FROM mdm.shared_value")),
            "households": self.households(),
            "waiting": self.value("SELECT count(*) FROM mdm.resolve_queue"),
        }

    def households(self) -> set[frozenset[tuple[tuple[str, ...], str]]]:
        """Who lives together: of every household its people, each as the keys of his records and why he lives there."""
        records: dict[UUID, list[str]] = {}
        for key, golden in sorted(self.golden_ids().items()):
            records.setdefault(golden, []).append(key)
        homes: dict[UUID, set[tuple[tuple[str, ...], str]]] = {}
        query = "SELECT household_id, golden_id, reason FROM mdm.household_member WHERE until IS NULL"
        for home, golden, reason in self.rows(query):
            homes.setdefault(home, set()).add((tuple(records[golden]), reason))
        return {frozenset(home) for home in homes.values()}

    def environment(self) -> dict[str, str]:
        """The environment of a command that works on this hub."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("MDM_")}
        return {**kept, **self.settings.environment(), "MDM_ACTOR": "test"}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Starts an ``mdm`` command as a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-c", "from mdm.cli import main; main()", *arguments],
            env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs an ``mdm`` command as a process of its own."""
        process = self.start(*arguments)
        out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)


def _by_key(lineage: Any, keys: Mapping[int, str]) -> Any:
    """Lineage with record keys in place of record ids ([record, version, ordinal], losers with a reason)."""
    if isinstance(lineage, dict):
        return {k: _by_key(v, keys) for k, v in lineage.items()}
    if isinstance(lineage, list):
        if len(lineage) in (3, 4) and all(isinstance(v, int) for v in lineage[:3]):
            return [keys[lineage[0]], *lineage[1:]]
        return [_by_key(v, keys) for v in lineage]
    return lineage


@pytest.fixture
def make_hub() -> Callable[[Store, Settings], Hub]:
    """A hub around a store of the test's own."""
    return Hub


@pytest.fixture
def hub(store: Store, settings: Settings) -> Hub:
    """An empty hub."""
    return Hub(store, settings)


@contextmanager
def _alone(folder: Path, name: str) -> Iterator[Path]:
    """One worker at a time makes what all use: gives its folder."""
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder / name


@pytest.fixture(scope="session")
def population(session_folder: Path) -> Path:
    """The extracts of one generated population, with the next day's in ``delta``; made once a session."""
    with _alone(session_folder, "population") as folder:
        if not folder.exists():
            fresh = folder.with_name("population.new")
            write_sample(customers=CUSTOMERS, seed=SEED, out=fresh, profile=BUSY)
            fresh.rename(folder)
    return folder


Template = tuple[str, Path]


def _template(
    server: EmbeddedServer, folder: Path, name: str, work: Callable[[Hub], object], before: Template | None = None
) -> Template:
    """Database and home after ``work`` (on top of another template's); made once a session, never worked in again."""
    with _alone(folder, f"{name}-home") as home:
        if not (home / "done").exists():
            if before is None:
                home.mkdir(mode=0o755)
            else:
                shutil.copytree(before[1], home, ignore=shutil.ignore_patterns("tmp", "done"))
            _clone(server, before[0] if before else "mdm_template", name)
            settings = Settings(home=home, database_url=SecretStr(server.url(name)))
            with open_store(settings) as store:
                work(Hub(store, settings))
            (home / "done").touch()
    return name, home


def _clone(server: EmbeddedServer, template: str, name: str) -> None:
    parts = sql.Identifier(name), sql.Identifier(template)
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("create database {} template {} strategy file_copy").format(*parts))


@pytest.fixture(scope="session")
def make_template(server: EmbeddedServer, session_folder: Path) -> Callable[..., Template]:
    """Makes a template: ``make_template(name, work, before=None)``."""
    return partial(_template, server, session_folder)


@pytest.fixture(scope="session")
def loaded(make_template: Callable[..., Template], population: Path) -> Template:
    """After the first load, before any run."""
    return make_template("loaded", lambda hub: hub.ingest(population))


@pytest.fixture(scope="session")
def first_day(make_template: Callable[..., Template], loaded: Template) -> Template:
    """After the first load and its nightly run."""
    return make_template("first_day", lambda hub: hub.nightly(), loaded)


@pytest.fixture(scope="session")
def second_day(make_template: Callable[..., Template], population: Path, first_day: Template) -> Template:
    """After the delta and its nightly run as well."""

    def work(hub: Hub) -> None:
        hub.ingest(population / "delta", now=hub.day(2))
        hub.nightly(now=hub.day(2))

    return make_template("second_day", work, first_day)


@pytest.fixture
def another_hub(server: EmbeddedServer, session_folder: Path) -> Iterator[Callable[..., Hub]]:
    """Makes further hubs: empty, or with the home and database of a template."""
    made: list[tuple[Any, Path, str]] = []

    def make(template: str = "mdm_template", home: Path | None = None) -> Hub:
        name = f"t_{secrets.token_hex(8)}"
        own = session_folder / name
        if home is None:
            own.mkdir(mode=0o755)
        else:
            shutil.copytree(home, own, ignore=shutil.ignore_patterns("tmp", "done"))
        _clone(server, template, name)
        settings = Settings(home=own, database_url=SecretStr(server.url(name)))
        opened = open_store(settings)
        made.append((opened, own, name))
        return Hub(opened.__enter__(), settings)

    yield make
    for opened, own, name in made:
        opened.__exit__(None, None, None)
        shutil.rmtree(own, ignore_errors=True)
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
def resolved(first_day: Template, another_hub: Callable[..., Hub]) -> Hub:
    """A hub after the first load and its nightly run."""
    return another_hub(*first_day)
