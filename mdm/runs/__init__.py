"""Runs: one nightly execution from what waits to what is published; resumable, one at a time, its stages recorded; and
what became of it: listed, compared with what stood before, taken back.
"""

from mdm.runs.diff import AttributeCount, CustomerChange, DiffCounts, Move, RunDiff, diff_run
from mdm.runs.known import RunDetail, RunView, list_runs, show_run
from mdm.runs.nightly import Progress, RunReport, run_nightly
from mdm.runs.rollback import Left, Rollback, preview_rollback, roll_back
from mdm.runs.staged import discard_staged, publish_staged
from mdm.runs.status import Status, status

__all__ = [
    "AttributeCount",
    "CustomerChange",
    "DiffCounts",
    "Left",
    "Move",
    "Progress",
    "Rollback",
    "RunDetail",
    "RunDiff",
    "RunReport",
    "RunView",
    "Status",
    "diff_run",
    "discard_staged",
    "list_runs",
    "preview_rollback",
    "publish_staged",
    "roll_back",
    "run_nightly",
    "show_run",
    "status",
]
