"""Runs: one nightly execution from what waits to what is published; resumable, one at a time, its stages recorded."""

from mdm.runs.nightly import Progress, RunReport, run_nightly
from mdm.runs.status import Status, status

__all__ = ["Progress", "RunReport", "Status", "run_nightly", "status"]
