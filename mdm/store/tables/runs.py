"""Runs and their stages, and the few settings that belong to the database itself."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from mdm.store.tables.base import append_only, flag, metadata, moment, number, one_of, searchable, text, uuid, whole

RUN_STATES = ("running", "done", "failed", "staged", "interrupted", "published", "discarded")

# grain: one execution; the one that goes on holds the run lock beside its row. number: their order, whatever clocks
# say; of_run_id: the run it takes back (rollback) or publishes (of a staged one)
run = sa.Table(
    "run",
    metadata,
    uuid("run_id", primary_key=True),
    number("number", sa.Identity(always=True), unique=True),
    text("kind"),
    uuid("of_run_id", nullable=True),
    text("state"),
    text("stage", nullable=True),
    text("actor"),
    uuid("correlation_id"),
    moment("started_at"),
    moment("heartbeat_at", nullable=True),
    moment("finished_at", nullable=True),
    text("rule_set", nullable=True),
    text("model", nullable=True),
    text("code_version", nullable=True),
    text("host"),
    whole("pid"),
    searchable("counts", nullable=True),
    text("error", nullable=True),
    one_of("state", RUN_STATES),
    sa.Index(None, "started_at"),
)

# grain: one run that published, written with what it published; what a rollback needs of it beside the rows that carry
# its id: which records it took off the queue, whether it looked at everything, and the settings it replaced
run_publication = sa.Table(
    "run_publication",
    metadata,
    uuid("run_id", primary_key=True),
    moment("published_at"),
    flag("full"),
    sa.Column("taken", ARRAY(sa.BigInteger), nullable=False),
    searchable("settings_before"),
    info=append_only(),
)

# grain: one stage of one run
run_stage = sa.Table(
    "run_stage",
    metadata,
    uuid("run_id", sa.ForeignKey(run.c.run_id, ondelete="CASCADE"), primary_key=True),
    text("stage", primary_key=True),
    moment("started_at"),
    moment("finished_at", nullable=True),
    searchable("counts", nullable=True),
)

# grain: one fact about the database, e.g. its identity
setting = sa.Table("setting", metadata, text("key", primary_key=True), searchable("value"))
