"""One record asked about, many times over: how long until the answer is there, in process."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import sqlalchemy as sa

from mdm.match import Matcher, MatchRequest
from mdm.model import EntityType
from mdm.settings import Settings
from mdm.statements import statement
from mdm.store.engine import Store

_REQUESTS = 2500
_WARMING = 500

Say = Callable[[str], None]


def ask_many(store: Store, settings: Settings, say: Say) -> dict[str, Any]:
    """Asks about stored records as their systems sent them, one after the other; tells ``say`` the stages.

    Standardising, candidates, scoring and judging customers are all in it; each record is asked about once. The first
    answer loads rules, model and frequencies and is told apart, and so are the requests after it that find caches cold.
    Times in milliseconds: ``wall``, and ``cpu`` of this process, which says more where others use the machine.
    """
    requests = _requests(store)
    matcher, today = Matcher(store, settings), datetime.now(UTC).date()
    say("first request")
    began = time.perf_counter()
    matcher.match(requests[0], today=today)
    cold = time.perf_counter() - began
    warming = min(_WARMING, len(requests) // 5)
    say("caches cold")
    first = _measure(matcher, requests[:warming], today)
    say("requests")
    return {
        "requests": len(requests) - warming,
        "first_request_seconds": cold,
        "caches_cold": first,
        **_measure(matcher, requests[warming:], today),
    }


def _requests(store: Store) -> list[MatchRequest]:
    with store.begin() as connection:
        rows = connection.execute(sa.text(statement(__package__, "request")), {"requests": _REQUESTS + _WARMING}).all()
    return [MatchRequest(EntityType(row.entity_type), attributes=json.loads(row.attributes)) for row in rows]


def _measure(matcher: Matcher, requests: Sequence[MatchRequest], today: Any) -> dict[str, Any]:
    wall, cpu, compared, outcomes = [], [], [], Counter[str]()
    for request in requests:
        began, worked = time.perf_counter(), time.process_time()
        answer = matcher.match(request, today=today)
        wall.append(1000 * (time.perf_counter() - began))
        cpu.append(1000 * (time.process_time() - worked))
        compared.append(answer.compared)
        outcomes[answer.outcome] += 1
    return {
        "wall": spread(wall),
        "cpu": spread(cpu),
        "compared": spread(compared),
        "outcomes": dict(outcomes.most_common()),
    }


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, 95th and 99th percentile, and the largest."""
    shares = {"p50": 50, "p95": 95, "p99": 99, "max": 100}
    return {name: round(float(np.percentile(values, share)), 2) for name, share in shares.items()} if values else {}
