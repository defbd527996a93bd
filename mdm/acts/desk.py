"""The desk where people decide: an act is foreseen, then done, by the code that resolves every night.

A preview writes nothing. The act itself holds the run lock, foresees the same once more, refuses when that is no longer
what was seen, and publishes decisions, customers, proposed changes and its entry in the audit trail in one transaction.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from mdm.acts.model import Act, SetOverride, as_document, from_document, kind_of
from mdm.acts.outcome import Outcome, membership, missed, read_outcome
from mdm.acts.plan import Ground, Plan, plan
from mdm.acts.preview import Preview
from mdm.audit import Entry, record
from mdm.errors import LockHeld, NotAllowed, NotFound, OutOfDate, RefusedInput
from mdm.resolve.decided import Decided, StagedOverride
from mdm.resolve.resolve import foresee, publish_decided
from mdm.resolve.work import Work
from mdm.ruleset import RuleSet, load_rule_set
from mdm.runs.record import begin_run, code_version, end_run, not_before
from mdm.settings import Settings
from mdm.standardise.values import Context
from mdm.store.bridge import open_duckdb, open_reader
from mdm.store.engine import Store
from mdm.store.failures import describe
from mdm.store.locks import RunLock, hold_run_lock
from mdm.store.tables import act as act_table
from mdm.store.tables import match_constraint, value_override
from mdm.systems.mapping import Mappings, load_mappings

OTHERS_AT_THE_DESK = 10.0
"""Seconds an act waits for another one: each takes about one."""


@dataclass(frozen=True)
class Done:
    """An act that was done, or (``state`` waiting) put before a second person. ``preview``: what it did or would do."""

    act_id: UUID
    state: str
    run_id: UUID | None
    preview: Preview


@dataclass(frozen=True)
class _Foreseen:
    plan: Plan
    outcome: Outcome
    token: str
    work: Work


@dataclass(frozen=True)
class _Saying:
    """Who says it, why, when; ``revoke``: what stands against it is taken back with it; ``seed``: makes new ids."""

    actor: str
    reason: str
    now: datetime
    revoke: bool
    seed: str


class Desk:
    """Rules and mappings, loaded once; make another after a rule file changed. Not for two threads at a time."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.settings = settings
        self.rules: RuleSet = load_rule_set(settings)
        self.mappings: Mappings = load_mappings(settings)
        self._code_version = code_version()
        # of so few rows two threads make more work than they share
        self._small = settings.model_copy(update={"threads": 1})

    def preview(
        self, act: Act, *, actor: str, now: datetime | None = None, reason: str = "", revoke: bool = False
    ) -> Preview:
        """What the act would do; nothing is written. Contradicts where decisions stand against it."""
        saying = _Saying(actor, reason, self._moment(now), revoke, secrets.token_hex(8))
        with self._foreseen(act, saying) as foreseen:
            return self._told(foreseen)

    def commit(
        self,
        act: Act,
        *,
        actor: str,
        reason: str,
        token: str | None = None,
        now: datetime | None = None,
        wait: float = 0,
        revoke: bool = False,
    ) -> Done:
        """Does the act, or puts it before a second person where the policy says so.

        ``token`` of a preview: OutOfDate when what it showed is not what would be done now. LockHeld when a run goes
        on for longer than ``wait`` seconds; nothing was written then.
        """
        if not reason.strip():
            raise RefusedInput("an act needs a reason (`--reason`): whoever looks at it next year has only that")
        seed = _seed_of(token) or secrets.token_hex(8)
        with self._locked(wait) as lock:
            saying = _Saying(actor, reason.strip(), self._moment(now), revoke, seed)
            with self._foreseen(act, saying) as foreseen:
                _check_token(token, foreseen)
                told = self._told(foreseen)
                act_id = uuid4()
                if told.needs_approval is not None:
                    self._put_before(act_id, foreseen, told, saying)
                    return Done(act_id, "waiting", None, told)
                run_id = self._publish(lock, act_id, foreseen, told, saying, approved_by=None)
                return Done(act_id, "done", run_id, told)

    def foresee_waiting(self, act_id: UUID, *, now: datetime | None = None) -> Preview:
        """What an act that waits would do now; its ``token`` goes into ``approve``."""
        row = self._waiting(act_id)
        with self._foreseen(from_document(row.document["act"]), _saying_of(row, self._moment(now), None)) as foreseen:
            return self._told(foreseen)

    def approve(
        self, act_id: UUID, *, actor: str, token: str | None = None, now: datetime | None = None, wait: float = 0
    ) -> Done:
        """Does an act that waits, as its author saw it, or as ``token`` shows it. NotAllowed for its author."""
        with self._locked(wait) as lock:
            row = self._waiting(act_id)
            if row.actor == actor:
                raise NotAllowed(f"{actor} said it, so somebody else has to approve it: {row.waits_for}")
            saying = _saying_of(row, self._moment(now), token)
            with self._foreseen(from_document(row.document["act"]), saying) as foreseen:
                _check_token(token or row.token, foreseen)
                told = replace(self._told(foreseen), needs_approval=None)
                run_id = self._publish(lock, act_id, foreseen, told, saying, approved_by=actor)
        return Done(act_id, "done", run_id, told)

    def reject(self, act_id: UUID, *, actor: str, now: datetime | None = None) -> None:
        """Ends an act that waits. Its author may do so too."""
        now = now or datetime.now(UTC)
        with self.store.begin() as connection:
            row = _waiting_row(connection, act_id)
            connection.execute(
                sa.update(act_table)
                .where(act_table.c.act_id == act_id)
                .values(state="rejected", decided_by=actor, decided_at=now, document=_without_value(row.document))
            )
            record(connection, Entry("act_rejected", actor, now, {"act": str(act_id), "kind": row.kind}))

    # ---- one act, from plan to tables ------------------------------------------------------------------------------

    def _moment(self, now: datetime | None) -> datetime:
        """The time of an act: never before that of what was published last, whatever the clock says."""
        with self.store.begin() as connection:
            return not_before(connection, now or datetime.now(UTC))

    @contextmanager
    def _locked(self, wait: float) -> Iterator[RunLock]:
        """The run lock. Other acts take a second: these are waited for; a run only as long as was asked for."""
        try:
            with hold_run_lock(self.store, wait=max(wait, self._patience())) as lock:
                yield lock
        except LockHeld as held:
            raise LockHeld(
                f"{held}. Nothing was written. `--wait 600` waits up to ten minutes for it; a preview needs no lock"
            ) from None

    def _patience(self) -> float:
        running = sa.text("SELECT kind FROM mdm.run WHERE state = 'running' ORDER BY started_at DESC LIMIT 1")
        with self.store.begin() as connection:
            return OTHERS_AT_THE_DESK if connection.scalar(running) == "decision" else 0

    @contextmanager
    def _foreseen(self, act: Act, saying: _Saying) -> Iterator[_Foreseen]:
        """Plan and outcome, with the tables they were read from."""
        context = Context(default_region=self.settings.default_region, today=saying.now.date())
        with self.store.begin() as connection:
            planned = plan(Ground(connection, self.rules.ownership, context, saying.now, saying.revoke), act)
        with closing(open_duckdb(self._small)) as duck, open_reader(self.store) as reader:
            work = Work(
                store=self.store,
                reader=reader,
                settings=self.settings,
                rules=self.rules,
                duck=duck,
                run_id=uuid4(),
                now=saying.now,
                through=0,
                stage=lambda _name: nullcontext({}),
                advance=lambda _done, _total: None,
            )
            work = self._resolved(work, planned, saying)
            places = membership(work)
            if planned.instead and missed(planned, places):
                planned = planned.with_instead()
                work = self._resolved(work, planned, saying)
                places = membership(work)
            planned = replace(planned, notes=planned.notes + tuple(missed(planned, places)))
            with self.store.begin() as connection:
                outcome = read_outcome(work, connection, planned, rule_set=self.rules.version)
            yield _Foreseen(planned, outcome, _token(saying, outcome), work)

    def _resolved(self, work: Work, planned: Plan, saying: _Saying) -> Work:
        work = replace(work, decided=_decided(planned, saying))
        foresee(work, mappings=self.mappings)
        return work

    def _told(self, foreseen: _Foreseen) -> Preview:
        preview = foreseen.outcome.preview
        above, size = self.settings.four_eyes_above, preview.blast_radius.size
        why = None
        if above is not None and size > above:
            why = (
                f"it concerns {size:,} records and references, and above {above:,} (MDM_FOUR_EYES_ABOVE) two people"
                " decide"
            )
        return replace(preview, token=foreseen.token, needs_approval=why)

    # ---- saving ----------------------------------------------------------------------------------------------------

    def _publish(
        self,
        lock: RunLock,
        act_id: UUID,
        foreseen: _Foreseen,
        told: Preview,
        saying: _Saying,
        *,
        approved_by: str | None,
    ) -> UUID:
        """A run of kind ``decision``: everything in one transaction."""
        work, run_id = foreseen.work, foreseen.work.run_id
        begin_run(
            self.store,
            run_id=run_id,
            kind="decision",
            actor=approved_by or saying.actor,
            correlation_id=act_id,
            rule_set=self.rules.version,
            model=self.rules.model_names,
            code_version=self._code_version,
            now=saying.now,
        )

        def also(connection: sa.Connection, counts: Mapping[str, Any]) -> None:
            _save_decisions(connection, act_id, foreseen.plan, saying)
            row = _act_row(act_id, foreseen, told, saying)
            closing = {
                "state": "done",
                "run_id": run_id,
                "decided_by": approved_by or saying.actor,
                "decided_at": saying.now,
                "document": _without_value(row["document"]),
            }
            if approved_by is None:
                connection.execute(sa.insert(act_table).values(**row | closing))
            else:
                connection.execute(sa.update(act_table).where(act_table.c.act_id == act_id).values(**closing))
            ids = {"act_id": act_id, "run_id": run_id}
            record(
                connection,
                *_entries(foreseen.plan, told, saying, **ids, approved_by=approved_by, counts=counts),
            )

        try:
            lock.assert_held()
            counts = publish_decided(work, also=also)
        except BaseException as error:
            said = describe(error) if isinstance(error, Exception) else "stopped"
            end_run(self.store, run_id=run_id, state="failed", counts={}, error=said)
            raise
        end_run(self.store, run_id=run_id, state="done", counts={"published": counts})
        return run_id

    def _put_before(self, act_id: UUID, foreseen: _Foreseen, told: Preview, saying: _Saying) -> None:
        """Saves an act that waits for a second person."""
        with self.store.begin() as connection:
            connection.execute(sa.insert(act_table).values(**_act_row(act_id, foreseen, told, saying)))
            subject = {"act": str(act_id), **_subject(foreseen.plan, told)}
            record(connection, Entry("act_proposed", saying.actor, saying.now, subject))

    def _waiting(self, act_id: UUID) -> sa.Row[Any]:
        with self.store.begin() as connection:
            return _waiting_row(connection, act_id)


def _waiting_row(connection: sa.Connection, act_id: UUID) -> sa.Row[Any]:
    row = connection.execute(sa.select(act_table).where(act_table.c.act_id == act_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound(f"there is no act {act_id} (`mdm acts list`)")
    if row.state != "waiting":
        raise RefusedInput(f"the act {act_id} waits no longer: {row.state} by {row.decided_by}")
    return row


def _saying_of(row: sa.Row[Any], now: datetime, token: str | None) -> _Saying:
    return _Saying(
        actor=row.actor,
        reason=row.reason,
        now=now,
        revoke=row.document["revoke"],
        seed=_seed_of(token or row.token) or secrets.token_hex(8),
    )


def _act_row(act_id: UUID, foreseen: _Foreseen, told: Preview, saying: _Saying) -> dict[str, Any]:
    radius = told.blast_radius
    return {
        "act_id": act_id,
        "kind": kind_of(foreseen.plan.act),
        "state": "waiting",
        "document": {"act": as_document(foreseen.plan.act), "revoke": saying.revoke},
        "actor": saying.actor,
        "reason": saying.reason,
        "token": foreseen.token,
        "waits_for": told.needs_approval,
        "radius": {
            "customers": radius.customers,
            "records": radius.records,
            "references": dict(radius.references),
            "size": radius.size,
        },
        "said_at": saying.now,
    }


def _without_value(document: Mapping[str, Any]) -> dict[str, Any]:
    """Of an override only that there is one: the value stands with the override, and is erased with it."""
    kept = {name: value for name, value in document["act"].items() if name != "value"}
    return {**document, "act": kept}


def _decided(planned: Plan, saying: _Saying) -> Decided:
    act, override = planned.act, planned.override
    staged: tuple[StagedOverride, ...] = ()
    if override is not None and isinstance(act, SetOverride):
        staged = (
            StagedOverride(
                record_id=override.record_id,
                attribute=override.attribute,
                value=override.value,
                reason=saying.reason,
                actor=saying.actor,
                expires_at=act.expires_at,
            ),
        )
    return Decided(
        records=tuple(sorted(planned.records)),
        new_id=_ids_from(saying.seed),
        pairs=tuple((s.a, s.b, s.kind) for s in planned.said),
        revoked=tuple(h.constraint_id for h in planned.revoked),
        overrides=staged,
        revoked_overrides=tuple(o.override_id for o in planned.revoked_overrides),
        returning=planned.returning,
    )


def _ids_from(seed: str) -> Callable[[], UUID]:
    """Golden ids for new customers: those a preview showed are those the act gives. The seed is random, of 64 bits, and
    used for one act; the ids are as those of version 4.
    """
    count = 0

    def new_id() -> UUID:
        nonlocal count
        count += 1
        return UUID(bytes=hashlib.sha256(f"{seed}:{count}".encode()).digest()[:16], version=4)

    return new_id


def _token(saying: _Saying, outcome: Outcome) -> str:
    return f"{saying.seed}-{outcome.digest[:32]}"


def _seed_of(token: str | None) -> str | None:
    if token is None:
        return None
    seed, _, digest = token.partition("-")
    if len(seed) != 16 or len(digest) != 32:
        raise RefusedInput("that is no token of a preview: copy it whole")
    return seed


def _check_token(token: str | None, foreseen: _Foreseen) -> None:
    if token is not None and token != foreseen.token:
        raise OutOfDate(
            "what the preview showed is not what would be done now: a run or somebody else changed these customers, or"
            " act, options or actor are others. Look at a new preview (`--preview`), then decide. Nothing was written"
        )


def _save_decisions(connection: sa.Connection, act_id: UUID, planned: Plan, saying: _Saying) -> None:
    act = planned.act
    if planned.said:
        connection.execute(
            sa.insert(match_constraint),
            [
                {
                    "constraint_id": uuid4(),
                    "kind": s.kind,
                    "record_a": s.a,
                    "record_b": s.b,
                    "actor": saying.actor,
                    "reason": saying.reason,
                    "created_at": saying.now,
                    "act_id": act_id,
                }
                for s in planned.said
            ],
        )
    gone = {"revoked_at": saying.now, "revoked_by": saying.actor, "revoked_act_id": act_id}
    if planned.revoked:
        ids = [h.constraint_id for h in planned.revoked]
        c = match_constraint.c
        connection.execute(sa.update(match_constraint).where(c.constraint_id.in_(ids)).values(**gone))
    if planned.revoked_overrides:
        ids = [o.override_id for o in planned.revoked_overrides]
        connection.execute(sa.update(value_override).where(value_override.c.override_id.in_(ids)).values(**gone))
    if planned.override is not None and isinstance(act, SetOverride):
        connection.execute(
            sa.insert(value_override).values(
                override_id=uuid4(),
                record_id=planned.override.record_id,
                attribute=planned.override.attribute,
                value=json.loads(planned.override.value),
                reason=saying.reason,
                actor=saying.actor,
                created_at=saying.now,
                expires_at=act.expires_at,
                act_id=act_id,
            )
        )


def _subject(planned: Plan, told: Preview) -> dict[str, Any]:
    """What an act is about, without a value or a source id."""
    subject: dict[str, Any] = {
        "kind": kind_of(planned.act),
        "records": sorted(planned.records),
        "golden_ids": sorted(str(c.golden_id) for c in told.customers),
        "size": told.blast_radius.size,
    }
    attribute = getattr(planned.act, "attribute", None)
    return subject | ({"attribute": attribute} if attribute else {})


def _entries(
    planned: Plan,
    told: Preview,
    saying: _Saying,
    *,
    act_id: UUID,
    run_id: UUID,
    approved_by: str | None,
    counts: Mapping[str, Any],
) -> list[Entry]:
    """The act, its approval where it had one, and what was published: one link of the trail."""
    act, run = {"act": str(act_id)}, {"run": str(run_id)}
    made = {
        "must_link": sum(s.kind == "must_link" for s in planned.said),
        "cannot_link": sum(s.kind == "cannot_link" for s in planned.said),
        "revoked": sorted(str(h.constraint_id) for h in planned.revoked),
    }
    entries = [Entry("act_done", saying.actor, saying.now, act | run | _subject(planned, told) | made)]
    if approved_by is not None:
        entries.append(Entry("act_approved", approved_by, saying.now, act))
    told_counts = {name: n for name, n in counts.items() if isinstance(n, int)}
    actor = approved_by or saying.actor
    return [*entries, Entry("published", actor, saying.now, run | {"kind": "decision", "counts": told_counts})]
