"""Who lives together: households, their members, and what golden records say of a home."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# name -> the columns that closing may write
APPEND_ONLY = {"household": ("closed_at", "closed_run_id"), "household_member": ("until", "closed_run_id")}


def upgrade() -> None:
    op.create_table(
        "household",
        sa.Column("household_id", sa.UUID(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.UUID(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_run_id", sa.UUID(), nullable=True),
        sa.PrimaryKeyConstraint("household_id", name=op.f("household_pk")),
        schema="mdm",
    )
    op.create_table(
        "household_member",
        sa.Column("member_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("household_id", sa.UUID(), nullable=True),
        sa.Column("golden_id", sa.UUID(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("run_id", sa.UUID(), nullable=True),
        sa.Column("closed_run_id", sa.UUID(), nullable=True),
        sa.CheckConstraint("basis in ('rules', 'steward')", name=op.f("household_member_basis_check")),
        sa.CheckConstraint("(basis = 'steward') = (actor is not null)", name=op.f("household_member_actor_check")),
        sa.CheckConstraint(
            "household_id is not null or basis = 'steward'", name=op.f("household_member_nowhere_check")
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("household_member_pk")),
        schema="mdm",
    )
    op.create_index(
        "household_member_open",
        "household_member",
        ["golden_id"],
        unique=True,
        schema="mdm",
        postgresql_where=sa.text("until is null"),
    )
    op.create_index(
        "household_member_members",
        "household_member",
        ["household_id"],
        unique=False,
        schema="mdm",
        postgresql_where=sa.text("until is null"),
    )
    keys = postgresql.ARRAY(sa.BigInteger())
    op.create_table(
        "household_evidence",
        sa.Column("golden_id", sa.UUID(), nullable=False),
        sa.Column("is_organisation", sa.Boolean(), nullable=False),
        sa.Column("family", sa.BigInteger(), nullable=True),
        sa.Column("names", keys, nullable=False),
        sa.Column("born", sa.SmallInteger(), nullable=True),
        sa.Column("homes", keys, nullable=False),
        sa.Column("units", keys, nullable=False),
        sa.Column("seen", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("contacts", keys, nullable=False),
        sa.Column("house_numbers", keys, nullable=False),
        sa.Column("postcodes", keys, nullable=False),
        sa.PrimaryKeyConstraint("golden_id", name=op.f("household_evidence_pk")),
        schema="mdm",
    )
    op.create_table(
        "household_key",
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("golden_id", sa.UUID(), nullable=False),
        schema="mdm",
    )
    op.create_index(op.f("household_key_key_index"), "household_key", ["key"], unique=False, schema="mdm")
    for table, closing in APPEND_ONLY.items():
        columns = [column["name"] for column in sa.inspect(op.get_bind()).get_columns(table, schema="mdm")]
        kept = ", ".join(f'"{name}"' for name in columns if name not in closing)
        op.execute(
            f"create trigger append_only before update of {kept} or delete or truncate on mdm.{table} "
            "for each statement execute function mdm.refuse_rewrite()"
        )


def downgrade() -> None:
    for table in ("household_key", "household_evidence", "household_member", "household"):
        op.drop_table(table, schema="mdm")
