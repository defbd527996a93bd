"""Runs and their stages, and the few settings that belong to the database itself."""

from __future__ import annotations

import sqlalchemy as sa

from mdm.store.tables.base import metadata, moment, one_of, searchable, text, uuid, whole

# grain: one execution; the one that goes on holds the run lock beside its row
run = sa.Table(
    "run",
    metadata,
    uuid("run_id", primary_key=True),
    text("kind"),
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
    one_of("state", ("running", "done", "failed", "staged", "interrupted")),
    sa.Index(None, "started_at"),
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
