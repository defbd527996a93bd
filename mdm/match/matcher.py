"""The matcher: kept open between requests, it answers each by the state of the last run, in one transaction."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from mdm.errors import NotFound
from mdm.match.answer import MatchAnswer
from mdm.match.candidates import block
from mdm.match.held import Held, hold, state_of, version_of
from mdm.match.question import Question
from mdm.match.request import MatchRequest, comparable
from mdm.match.rows import rows
from mdm.model import GoldenId, RecordKey
from mdm.settings import Settings
from mdm.standardise.values import Context
from mdm.store.engine import Store
from mdm.store.failures import database_errors

# A record that is not stored yet would get the highest id: in a pair it stands on the right, as it will in a night.
_NEWCOMER = sys.maxsize


class Matcher:
    """Answers requests; any number of threads may share one. A class because it keeps what only a run changes."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._held: Held | None = None
        self._loading = threading.Lock()

    def match(self, request: MatchRequest, *, today: date) -> MatchAnswer:
        """Which customer the record is. Reads only, all of it as of one moment; ``today`` bounds dates.

        RefusedInput names what cannot be taken, NotFound a ``record`` that is not stored; MdmError when the stored keys
        do not fit the rules any more.
        """
        with database_errors(), self._store.engine.connect() as plain:
            # one moment for all reads, and nothing can be written
            connection = plain.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                return self.match_in(connection, request, today=today)

    def match_in(self, connection: sa.Connection, request: MatchRequest, *, today: date) -> MatchAnswer:
        """As ``match``, inside the caller's transaction."""
        held = self._current(connection)
        scorer = held.scorers[request.entity_type]
        context = Context(default_region=self._settings.default_region, today=today)
        asked = comparable(request, rules=scorer.rules, context=context)
        known = None if request.record is None else _known(connection, request.record)
        known_id = None if known is None else known.record_id
        incoming_id = _NEWCOMER if known_id is None else known_id
        blocked = block(
            connection,
            scorer.typed(incoming_id, asked.match),
            scorer=scorer,
            known_id=known_id,
            noise=held.noise,
            noise_columns=held.noise_columns[request.entity_type],
            largest=held.largest[request.entity_type],
        )
        question = Question(
            connection=connection,
            request=request,
            asked=asked,
            scorer=scorer,
            incoming=scorer.typed(incoming_id, asked.match, noise=blocked.noise),
            known_id=known_id,
            home=None if known is None else known.golden_id,
            blocked=blocked,
        )
        return question.answer(held.provenance)

    def _current(self, connection: sa.Connection) -> Held:
        state = state_of(connection)
        version = version_of(state)
        held = self._held
        if held is not None and held.version == version:
            return held
        with self._loading:
            if self._held is None or self._held.version != version:
                self._held = hold(connection, self._store, self._settings, state=state)
            return self._held


@dataclass(frozen=True)
class _KnownRecord:
    record_id: int
    golden_id: GoldenId | None


def _known(connection: sa.Connection, key: RecordKey) -> _KnownRecord:
    params = {"system": key.system, "object": key.object, "source_id": key.source_id}
    for row in rows(connection, "known_record", **params):
        return _KnownRecord(row.record_id, row.golden_id)
    raise NotFound(f"there is no source record {key}")
