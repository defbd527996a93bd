"""Labels: answers about pairs of records, appended and never rewritten."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "label",
        sa.Column("label_id", postgresql.UUID(as_uuid=True), nullable=False),
        sa.Column("record_a", sa.BigInteger(), nullable=False),
        sa.Column("record_b", sa.BigInteger(), nullable=False),
        sa.Column("is_match", sa.Boolean(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.CheckConstraint("record_a < record_b", name=op.f("label_ordered_check")),
        sa.PrimaryKeyConstraint("label_id", name=op.f("label_pk")),
        schema="mdm",
    )
    op.create_index("label_pair", "label", ["record_a", "record_b", "said_at"], schema="mdm")
    op.create_index(op.f("label_record_b_index"), "label", ["record_b"], schema="mdm")
    op.execute(
        "create trigger append_only before update of label_id, record_a, record_b, is_match, actor, comment, said_at,"
        " imported_at, file or delete or truncate on mdm.label "
        "for each statement execute function mdm.refuse_rewrite()"
    )


def downgrade() -> None:
    op.drop_table("label", schema="mdm")
