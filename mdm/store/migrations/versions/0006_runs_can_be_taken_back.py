"""Runs can be taken back: who closed what, what a run took off the queue, rows opened again by a rollback, and the
order of runs whatever clocks say.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# tables whose rows a rollback opens again, and of those that are appended and closed the columns that closing may write
ORIGINS = ("cross_reference", "golden_record", "household_member", "proposed_change", "review_task")
CLOSING = {
    "cross_reference": ("until", "closed_run_id"),
    "golden_record": ("valid_to", "closed_run_id"),
    "household_member": ("until", "closed_run_id"),
    "run_publication": (),
}
RUN_INDEXES = (("cross_reference", "run_id"), ("golden_record", "run_id"), ("golden_id_event", "run_id"),
               ("proposed_change", "run_id"))  # fmt: skip
CLOSED_INDEXES = ("cross_reference", "golden_record")
STATES = "'running', 'done', 'failed', 'staged', 'interrupted'"


def upgrade() -> None:
    op.add_column("run", sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False), schema="mdm")
    _number_runs()
    op.create_unique_constraint(op.f("run_number_key"), "run", ["number"], schema="mdm")
    op.add_column("run", sa.Column("of_run_id", sa.UUID(), nullable=True), schema="mdm")
    op.drop_constraint(op.f("run_state_check"), "run", schema="mdm")
    op.create_check_constraint(
        op.f("run_state_check"), "run", f"state in ({STATES}, 'published', 'discarded')", schema="mdm"
    )
    op.create_table(
        "run_publication",
        sa.Column("run_id", sa.UUID(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("full", sa.Boolean(), nullable=False),
        sa.Column("taken", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("settings_before", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("run_publication_pk")),
        schema="mdm",
    )
    for table in ("golden_record", "proposed_change"):
        op.add_column(table, sa.Column("closed_run_id", sa.UUID(), nullable=True), schema="mdm")
    for table in ORIGINS:
        op.add_column(table, sa.Column("origins", postgresql.ARRAY(sa.UUID()), nullable=True), schema="mdm")
    _mark_append_only()
    # a version that another followed was closed by the run that opened that one
    op.execute(
        "update mdm.golden_record g set closed_run_id = n.run_id from mdm.golden_record n"
        " where n.golden_id = g.golden_id and n.version = g.version + 1 and g.valid_to = n.valid_from"
    )
    for table, column in RUN_INDEXES:
        op.create_index(op.f(f"{table}_{column}_index"), table, [column], schema="mdm")
    for table in CLOSED_INDEXES:
        op.create_index(
            op.f(f"{table}_closed_run_id_index"),
            table,
            ["closed_run_id"],
            schema="mdm",
            postgresql_where=sa.text("closed_run_id is not null"),
        )
    op.create_index(
        "golden_id_event_created",
        "golden_id_event",
        ["golden_id"],
        unique=True,
        schema="mdm",
        postgresql_where=sa.text("kind = 'created'"),
    )


def _number_runs() -> None:
    """Runs of before in the order in which they began."""
    op.execute("alter table mdm.run alter column number drop identity")
    op.execute(
        "update mdm.run r set number = o.place from"
        " (select run_id, row_number() over (order by started_at, run_id) as place from mdm.run) o"
        " where o.run_id = r.run_id"
    )
    op.execute("alter table mdm.run alter column number add generated always as identity")
    op.execute(
        "select setval(pg_get_serial_sequence('mdm.run', 'number'), (select coalesce(max(number), 0) + 1 from mdm.run),"
        " false)"
    )


def _mark_append_only() -> None:
    """The triggers name the columns that are never written: new columns must be among them."""
    for table, closing in CLOSING.items():
        op.execute(f"drop trigger if exists append_only on mdm.{table}")
        columns = [column["name"] for column in sa.inspect(op.get_bind()).get_columns(table, schema="mdm")]
        kept = ", ".join(f'"{name}"' for name in columns if name not in closing)
        op.execute(
            f"create trigger append_only before update of {kept} or delete or truncate on mdm.{table} "
            "for each statement execute function mdm.refuse_rewrite()"
        )


def downgrade() -> None:
    op.drop_index("golden_id_event_created", "golden_id_event", schema="mdm")
    for table in CLOSED_INDEXES:
        op.drop_index(op.f(f"{table}_closed_run_id_index"), table, schema="mdm")
    for table, column in RUN_INDEXES:
        op.drop_index(op.f(f"{table}_{column}_index"), table, schema="mdm")
    for table in CLOSING:
        op.execute(f"drop trigger append_only on mdm.{table}")
    for table in ORIGINS:
        op.drop_column(table, "origins", schema="mdm")
    for table in ("golden_record", "proposed_change"):
        op.drop_column(table, "closed_run_id", schema="mdm")
    op.drop_table("run_publication", schema="mdm")
    for table, closing in CLOSING.items():
        if table == "run_publication":
            continue
        columns = [column["name"] for column in sa.inspect(op.get_bind()).get_columns(table, schema="mdm")]
        kept = ", ".join(f'"{name}"' for name in columns if name not in closing)
        op.execute(
            f"create trigger append_only before update of {kept} or delete or truncate on mdm.{table} "
            "for each statement execute function mdm.refuse_rewrite()"
        )
    op.drop_constraint(op.f("run_state_check"), "run", schema="mdm")
    op.execute("update mdm.run set state = 'failed' where state in ('published', 'discarded')")
    op.create_check_constraint(op.f("run_state_check"), "run", f"state in ({STATES})", schema="mdm")
    op.drop_column("run", "of_run_id", schema="mdm")
    op.drop_column("run", "number", schema="mdm")
