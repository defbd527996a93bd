"""A deleted reference is remembered, so that an older file does not bring it back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "customer_reference",
        sa.Column("deleted", sa.Boolean(), server_default=sa.false(), nullable=False),
        schema="mdm",
    )


def downgrade() -> None:
    # without the column a row that says "deleted" would read as one that lives
    op.execute("delete from mdm.customer_reference where deleted")
    op.drop_column("customer_reference", "deleted", schema="mdm")
