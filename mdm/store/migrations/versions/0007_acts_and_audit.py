"""Acts of people, by which act constraints and overrides came and went, and the audit trail."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Tables whose rows are appended and closed: name -> the columns that closing may write.
NEW = {"act": ("state", "document", "decided_by", "decided_at", "run_id")}
CHANGED = {
    "match_constraint": ("revoked_at", "revoked_by", "revoked_act_id"),
    "value_override": ("expires_at", "revoked_at", "revoked_by", "revoked_act_id"),
}
BEFORE = {"match_constraint": ("revoked_at", "revoked_by"), "value_override": ("expires_at", "revoked_at")}
AUDIT = ("audit_entry", "audit_link")

# unlike refuse_rewrite it knows no exception: the trail holds no values, so that nothing is ever to be erased from it
REFUSE = """
create function mdm.refuse_audit_rewrite() returns trigger language plpgsql as $$
begin
    raise exception 'the audit trail (%.%) is appended to, never rewritten', tg_table_schema, tg_table_name
        using errcode = 'restrict_violation';
end $$
"""


def upgrade() -> None:
    jsonb = postgresql.JSONB(none_as_null=True, astext_type=sa.Text())
    op.create_table(
        "act",
        sa.Column("act_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("document", jsonb, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("waits_for", sa.Text(), nullable=True),
        sa.Column("radius", jsonb, nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("run_id", sa.UUID(), nullable=True),
        sa.CheckConstraint("state in ('waiting', 'done', 'rejected')", name=op.f("act_state_check")),
        sa.CheckConstraint("(state = 'waiting') = (decided_at is null)", name=op.f("act_decided_check")),
        sa.CheckConstraint("(state = 'done') = (run_id is not null)", name=op.f("act_done_check")),
        sa.PrimaryKeyConstraint("act_id", name=op.f("act_pk")),
        schema="mdm",
    )
    op.create_index("act_run", "act", ["run_id"], schema="mdm", postgresql_where=sa.text("run_id is not null"))
    op.create_index("act_waiting", "act", ["said_at"], schema="mdm", postgresql_where=sa.text("state = 'waiting'"))
    op.create_table(
        "audit_link",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("audit_link_pk")),
        schema="mdm",
    )
    op.create_table(
        "audit_entry",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", jsonb, nullable=False),
        sa.ForeignKeyConstraint(["number"], ["mdm.audit_link.number"], name=op.f("audit_entry_number_fk")),
        sa.PrimaryKeyConstraint("number", "position", name=op.f("audit_entry_pk")),
        schema="mdm",
    )
    op.create_index(op.f("audit_entry_at_index"), "audit_entry", ["at"], schema="mdm")
    for table in CHANGED:
        op.add_column(table, sa.Column("act_id", sa.UUID(), nullable=True), schema="mdm")
        op.add_column(table, sa.Column("revoked_act_id", sa.UUID(), nullable=True), schema="mdm")
    op.add_column("value_override", sa.Column("revoked_by", sa.Text(), nullable=True), schema="mdm")
    op.create_index("match_constraint_act", "match_constraint", ["act_id"], schema="mdm")
    op.create_index(
        "match_constraint_revoking",
        "match_constraint",
        ["revoked_act_id"],
        schema="mdm",
        postgresql_where=sa.text("revoked_act_id is not null"),
    )
    _protect(CHANGED)
    _protect(NEW)
    op.execute(REFUSE)
    for table in AUDIT:
        columns = ", ".join(f'"{name}"' for name in _columns(table))
        op.execute(
            f"create trigger append_only before update of {columns} or delete or truncate on mdm.{table} "
            "for each statement execute function mdm.refuse_audit_rewrite()"
        )


def _columns(table: str) -> list[str]:
    return [column["name"] for column in sa.inspect(op.get_bind()).get_columns(table, schema="mdm")]


def _protect(tables: Mapping[str, tuple[str, ...]]) -> None:
    for table, closing in tables.items():
        kept = ", ".join(f'"{name}"' for name in _columns(table) if name not in closing)
        op.execute(f"drop trigger if exists append_only on mdm.{table}")
        op.execute(
            f"create trigger append_only before update of {kept} or delete or truncate on mdm.{table} "
            "for each statement execute function mdm.refuse_rewrite()"
        )


def downgrade() -> None:
    op.execute("drop trigger append_only on mdm.audit_entry")
    op.execute("drop trigger append_only on mdm.audit_link")
    op.execute("drop function mdm.refuse_audit_rewrite()")
    op.drop_table("audit_entry", schema="mdm")
    op.drop_table("audit_link", schema="mdm")
    for table in BEFORE:
        op.execute(f"drop trigger append_only on mdm.{table}")
    op.drop_index("match_constraint_revoking", "match_constraint", schema="mdm")
    op.drop_index("match_constraint_act", "match_constraint", schema="mdm")
    op.drop_column("value_override", "revoked_by", schema="mdm")
    for table in BEFORE:
        op.drop_column(table, "revoked_act_id", schema="mdm")
        op.drop_column(table, "act_id", schema="mdm")
    _protect(BEFORE)
    op.drop_table("act", schema="mdm")
