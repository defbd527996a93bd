"""What resolution remembers from night to night: the first stage's weight, how a pair came to be weighed, hot keys, and
what a question said before and why it was closed.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # pairs of before have none until the next run, which looks at everything
    op.add_column("scored_pair", sa.Column("first_stage_weight", sa.Double(), nullable=True), schema="mdm")
    op.add_column(
        "scored_pair", sa.Column("completed", sa.Boolean(), server_default=sa.false(), nullable=False), schema="mdm"
    )
    op.create_table(
        "hot_key",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entity_type", sa.Text(), nullable=False),
        sa.Column("largest", sa.Integer(), nullable=False),
        sa.Column("lost_carrier", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("entity_type in ('person', 'organisation')", name=op.f("hot_key_entity_type_check")),
        sa.PrimaryKeyConstraint("key", name=op.f("hot_key_pk")),
        schema="mdm",
    )
    op.create_index("hot_key_lost_carrier", "hot_key", ["key"], schema="mdm", postgresql_where=sa.text("lost_carrier"))
    op.create_index(
        "cross_reference_former",
        "cross_reference",
        ["golden_id"],
        schema="mdm",
        postgresql_where=sa.text("until is not null"),
    )
    op.add_column("review_task", sa.Column("first_stage_weight", sa.Double(), nullable=True), schema="mdm")
    op.add_column("review_task", sa.Column("closed_reason", sa.Text(), nullable=True), schema="mdm")
    op.create_table(
        "review_task_history",
        sa.Column("history_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("task_id", sa.UUID(), nullable=False),
        sa.Column("match_weight", sa.Double(), nullable=True),
        sa.Column("first_stage_weight", sa.Double(), nullable=True),
        sa.Column("priority", sa.Double(), nullable=False),
        sa.Column("detail", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.UUID(), nullable=False),
        sa.PrimaryKeyConstraint("history_id", name=op.f("review_task_history_pk")),
        schema="mdm",
    )
    op.create_index(op.f("review_task_history_task_id_index"), "review_task_history", ["task_id"], schema="mdm")
    op.execute(
        "create trigger append_only before update of history_id, task_id, match_weight, first_stage_weight, priority,"
        " detail, until, run_id or delete or truncate on mdm.review_task_history "
        "for each statement execute function mdm.refuse_rewrite()"
    )


def downgrade() -> None:
    op.drop_table("review_task_history", schema="mdm")
    op.drop_column("review_task", "closed_reason", schema="mdm")
    op.drop_column("review_task", "first_stage_weight", schema="mdm")
    op.drop_index("cross_reference_former", "cross_reference", schema="mdm")
    op.drop_table("hot_key", schema="mdm")
    # a pair that only a component had weighed would read as one that a blocking key pairs
    op.execute("delete from mdm.scored_pair where completed")
    op.drop_column("scored_pair", "completed", schema="mdm")
    op.drop_column("scored_pair", "first_stage_weight", schema="mdm")
