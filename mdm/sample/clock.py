"""The sample's calendar: when the extracts were taken, and how systems write times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

YEAR = 31_556_952
DAY = 86_400
SNAPSHOT = int(datetime(2026, 10, 1, tzinfo=UTC).timestamp())
NEXT_SNAPSHOT = SNAPSHOT + DAY
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def iso_time(seconds: int) -> str:
    """``2026-10-01T00:00:00.000Z``."""
    return (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def iso_day(seconds: int) -> str:
    """``2026-10-01``."""
    return (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%d")
