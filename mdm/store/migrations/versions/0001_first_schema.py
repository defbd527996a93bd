"""The first schema: what systems sent, what resolution derives, golden records, decisions, runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Tables whose rows are appended and closed: name -> the columns that closing may write.
APPEND_ONLY = {
    "cross_reference": ("until", "closed_run_id"),
    "golden_id": (),
    "golden_id_event": (),
    "golden_record": ("valid_to",),
    "match_constraint": ("revoked_at", "revoked_by"),
    "rejected_payload": ("replayed_at", "replayed_batch_id"),
    "source_record": ("superseded_at",),
    "stale_payload": (),
    "value_override": ("expires_at", "revoked_at"),
}

REFUSE = """
create function mdm.refuse_rewrite() returns trigger language plpgsql as $$
begin
    if current_setting('mdm.rewrite', true) is distinct from 'on' then
        raise exception 'rows of %.% are appended and closed, never rewritten', tg_table_schema, tg_table_name
            using errcode = 'restrict_violation';
    end if;
    return null;
end $$
"""


def upgrade() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence("record_id_seq", schema="mdm", data_type=sa.BigInteger, start=1)))
    _create_tables()
    op.execute(REFUSE)
    for table, closing in APPEND_ONLY.items():
        columns = [column["name"] for column in sa.inspect(op.get_bind()).get_columns(table, schema="mdm")]
        kept = ", ".join(f'"{name}"' for name in columns if name not in closing)
        op.execute(
            f"create trigger append_only before update of {kept} or delete or truncate on mdm.{table} "
            "for each statement execute function mdm.refuse_rewrite()"
        )


def _create_tables() -> None:
    op.create_table(
        "blocking_key",
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("rule", sa.SmallInteger(), nullable=False),
        schema="mdm",
    )
    op.create_index(op.f("blocking_key_key_index"), "blocking_key", ["key"], unique=False, schema="mdm")
    op.create_index(op.f("blocking_key_record_id_index"), "blocking_key", ["record_id"], unique=False, schema="mdm")
    op.create_table(
        "cross_reference",
        sa.Column("cross_reference_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("golden_id", sa.UUID(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("match_weight", sa.Double(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("run_id", sa.UUID(), nullable=False),
        sa.Column("closed_run_id", sa.UUID(), nullable=True),
        sa.CheckConstraint(
            "grade in ('match', 'potential_match', 'no_match')", name=op.f("cross_reference_grade_check")
        ),
        sa.PrimaryKeyConstraint("cross_reference_id", name=op.f("cross_reference_pk")),
        schema="mdm",
    )
    op.create_index(
        "cross_reference_members",
        "cross_reference",
        ["golden_id"],
        unique=False,
        schema="mdm",
        postgresql_where=sa.text("until is null"),
    )
    op.create_index(
        "cross_reference_open",
        "cross_reference",
        ["record_id"],
        unique=True,
        schema="mdm",
        postgresql_where=sa.text("until is null"),
    )
    op.create_index(
        op.f("cross_reference_record_id_index"), "cross_reference", ["record_id"], unique=False, schema="mdm"
    )
    op.create_table(
        "customer_reference",
        sa.Column("reference_type", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("owner_system", sa.Text(), nullable=True),
        sa.Column("owner_object", sa.Text(), nullable=True),
        sa.Column("owner_source_id", sa.Text(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("mentions", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("payload_hash", sa.UUID(), nullable=False),
        sa.Column("source_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("batch_id", sa.UUID(), nullable=False),
        sa.CheckConstraint("reference_type ~ '^[a-z][a-z_]*$'", name=op.f("customer_reference_reference_type_check")),
        sa.PrimaryKeyConstraint("system", "object", "source_id", name=op.f("customer_reference_pk")),
        schema="mdm",
    )
    op.create_index(
        op.f("customer_reference_number_index"), "customer_reference", ["number"], unique=False, schema="mdm"
    )
    op.create_index(
        "customer_reference_owner",
        "customer_reference",
        ["owner_system", "owner_object", "owner_source_id"],
        unique=False,
        schema="mdm",
    )
    op.create_table(
        "golden_id",
        sa.Column("golden_id", sa.UUID(), nullable=False),
        sa.Column("entity_type", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.UUID(), nullable=False),
        sa.CheckConstraint("entity_type in ('person', 'organisation')", name=op.f("golden_id_entity_type_check")),
        sa.PrimaryKeyConstraint("golden_id", name=op.f("golden_id_pk")),
        schema="mdm",
    )
    op.create_table(
        "golden_id_event",
        sa.Column("event_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("golden_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("other_ids", postgresql.ARRAY(sa.UUID()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.UUID(), nullable=False),
        sa.CheckConstraint(
            "kind in ('created', 'merged', 'split', 'retired', 'revived', 'unmerged')",
            name=op.f("golden_id_event_kind_check"),
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("golden_id_event_pk")),
        schema="mdm",
    )
    op.create_index(
        op.f("golden_id_event_golden_id_index"), "golden_id_event", ["golden_id"], unique=False, schema="mdm"
    )
    op.create_table(
        "golden_record",
        sa.Column("golden_id", sa.UUID(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entity_type", sa.Text(), nullable=False),
        sa.Column("values", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("lineage", postgresql.JSON(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("content_hash", sa.UUID(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("run_id", sa.UUID(), nullable=False),
        sa.Column("rule_set", sa.Text(), nullable=False),
        sa.CheckConstraint("entity_type in ('person', 'organisation')", name=op.f("golden_record_entity_type_check")),
        sa.PrimaryKeyConstraint("golden_id", "version", name=op.f("golden_record_pk")),
        schema="mdm",
    )
    op.create_index(
        "golden_record_current",
        "golden_record",
        ["golden_id"],
        unique=True,
        schema="mdm",
        postgresql_where=sa.text("valid_to is null"),
    )
    op.create_table(
        "ingest_batch",
        sa.Column("batch_id", sa.UUID(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("file_sha256", sa.Text(), nullable=True),
        sa.Column("mapping_version", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.UUID(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counts", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("ingest_batch_pk")),
        schema="mdm",
    )
    op.create_index(op.f("ingest_batch_file_sha256_index"), "ingest_batch", ["file_sha256"], unique=False, schema="mdm")
    op.create_table(
        "match_constraint",
        sa.Column("constraint_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_a", sa.BigInteger(), nullable=False),
        sa.Column("record_b", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=True),
        sa.CheckConstraint("kind in ('must_link', 'cannot_link')", name=op.f("match_constraint_kind_check")),
        sa.CheckConstraint("(revoked_at is null) = (revoked_by is null)", name=op.f("match_constraint_revoked_check")),
        sa.CheckConstraint("record_a < record_b", name=op.f("match_constraint_ordered_check")),
        sa.PrimaryKeyConstraint("constraint_id", name=op.f("match_constraint_pk")),
        schema="mdm",
    )
    op.create_index(
        "match_constraint_a",
        "match_constraint",
        ["record_a"],
        unique=False,
        schema="mdm",
        postgresql_where=sa.text("revoked_at is null"),
    )
    op.create_index(
        "match_constraint_b",
        "match_constraint",
        ["record_b"],
        unique=False,
        schema="mdm",
        postgresql_where=sa.text("revoked_at is null"),
    )
    op.create_table(
        "proposed_change",
        sa.Column("change_id", sa.UUID(), nullable=False),
        sa.Column("golden_id", sa.UUID(), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("attribute", sa.Text(), nullable=False),
        sa.Column("old_value", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("new_value", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("review", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.UUID(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state in ('proposed', 'approved', 'rejected', 'withdrawn', 'exported')",
            name=op.f("proposed_change_state_check"),
        ),
        sa.PrimaryKeyConstraint("change_id", name=op.f("proposed_change_pk")),
        schema="mdm",
    )
    op.create_index(
        op.f("proposed_change_golden_id_index"), "proposed_change", ["golden_id"], unique=False, schema="mdm"
    )
    op.create_index(
        "proposed_change_live",
        "proposed_change",
        ["record_id", "attribute"],
        unique=True,
        schema="mdm",
        postgresql_where=sa.text("state in ('proposed', 'approved')"),
    )
    op.create_table(
        "record_key",
        sa.Column("record_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", name=op.f("record_key_pk")),
        sa.UniqueConstraint("system", "object", "source_id", name=op.f("record_key_system_object_source_id_key")),
        schema="mdm",
    )
    op.create_table(
        "rejected_payload",
        sa.Column("rejected_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("batch_id", sa.UUID(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("line", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("received_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replayed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replayed_batch_id", sa.UUID(), nullable=True),
        sa.PrimaryKeyConstraint("rejected_id", name=op.f("rejected_payload_pk")),
        schema="mdm",
    )
    op.create_index(
        "rejected_payload_waiting",
        "rejected_payload",
        ["system", "object"],
        unique=False,
        schema="mdm",
        postgresql_where=sa.text("replayed_at is null"),
    )
    op.create_table(
        "resolve_queue",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("enqueued_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("resolve_queue_pk")),
        schema="mdm",
    )
    op.create_table(
        "review_task",
        sa.Column("task_id", sa.UUID(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("record_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("match_weight", sa.Double(), nullable=True),
        sa.Column("priority", sa.Double(), nullable=False),
        sa.Column("detail", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_run_id", sa.UUID(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_run_id", sa.UUID(), nullable=True),
        sa.CheckConstraint("(state = 'open') = (closed_at is null)", name=op.f("review_task_closed_check")),
        sa.CheckConstraint(
            "reason in ('potential_match', 'potential_duplicate', 'attribute_conflict', 'broken_cluster', "
            "'decision_conflict', 'proposed_change', 'out_of_date_write', 'rejected_payload', 'suspect_shared_value')",
            name=op.f("review_task_reason_check"),
        ),
        sa.CheckConstraint("state in ('open', 'withdrawn', 'decided')", name=op.f("review_task_state_check")),
        sa.PrimaryKeyConstraint("task_id", name=op.f("review_task_pk")),
        schema="mdm",
    )
    op.create_index(
        "review_task_open",
        "review_task",
        ["question"],
        unique=True,
        schema="mdm",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "review_task_queue",
        "review_task",
        [sa.literal_column("priority desc"), "opened_at"],
        unique=False,
        schema="mdm",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        op.f("review_task_record_ids_index"),
        "review_task",
        ["record_ids"],
        unique=False,
        schema="mdm",
        postgresql_using="gin",
    )
    op.create_table(
        "run",
        sa.Column("run_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.UUID(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rule_set", sa.Text(), nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("code_version", sa.Text(), nullable=True),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("counts", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state in ('running', 'done', 'failed', 'staged', 'interrupted')", name=op.f("run_state_check")
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("run_pk")),
        schema="mdm",
    )
    op.create_index(op.f("run_started_at_index"), "run", ["started_at"], unique=False, schema="mdm")
    op.create_table(
        "scored_pair",
        sa.Column("record_a", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("record_b", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("match_weight", sa.Double(), nullable=False),
        sa.Column("rules_version", sa.Text(), nullable=False),
        sa.Column("run_id", sa.UUID(), nullable=False),
        sa.CheckConstraint("record_a < record_b", name=op.f("scored_pair_ordered_check")),
        sa.PrimaryKeyConstraint("record_a", "record_b", name=op.f("scored_pair_pk")),
        schema="mdm",
    )
    op.create_index(op.f("scored_pair_record_b_index"), "scored_pair", ["record_b"], unique=False, schema="mdm")
    op.create_table(
        "setting",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("setting_pk")),
        schema="mdm",
    )
    op.create_table(
        "shared_value",
        sa.Column("attribute", sa.Text(), nullable=False),
        sa.Column("comparable", sa.Text(), nullable=False),
        sa.Column("carriers", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.UUID(), nullable=False),
        sa.PrimaryKeyConstraint("attribute", "comparable", name=op.f("shared_value_pk")),
        schema="mdm",
    )
    op.create_table(
        "source_record",
        sa.Column("record_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entity_type", sa.Text(), nullable=False),
        sa.Column("attributes", postgresql.JSON(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("payload_hash", sa.UUID(), nullable=False),
        sa.Column("deleted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("source_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("batch_id", sa.UUID(), nullable=False),
        sa.Column("correlation_id", sa.UUID(), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("entity_type in ('person', 'organisation')", name=op.f("source_record_entity_type_check")),
        sa.PrimaryKeyConstraint("record_id", "version", name=op.f("source_record_pk")),
        schema="mdm",
    )
    op.create_index(
        "source_record_live",
        "source_record",
        ["record_id"],
        unique=True,
        schema="mdm",
        postgresql_where=sa.text("superseded_at is null"),
    )
    op.create_table(
        "stale_payload",
        sa.Column("stale_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("payload_hash", sa.UUID(), nullable=False),
        sa.Column("source_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("batch_id", sa.UUID(), nullable=False),
        sa.PrimaryKeyConstraint("stale_id", name=op.f("stale_payload_pk")),
        schema="mdm",
    )
    op.create_index(op.f("stale_payload_record_id_index"), "stale_payload", ["record_id"], unique=False, schema="mdm")
    op.create_table(
        "standardised_record",
        sa.Column("record_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("entity_type", sa.Text(), nullable=False),
        sa.Column("values", postgresql.JSON(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("match", postgresql.JSON(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("content_hash", sa.UUID(), nullable=False),
        sa.Column("standardiser", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "entity_type in ('person', 'organisation')", name=op.f("standardised_record_entity_type_check")
        ),
        sa.PrimaryKeyConstraint("record_id", name=op.f("standardised_record_pk")),
        schema="mdm",
    )
    op.create_table(
        "value_override",
        sa.Column("override_id", sa.UUID(), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("attribute", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("override_id", name=op.f("value_override_pk")),
        schema="mdm",
    )
    op.create_index(
        "value_override_held",
        "value_override",
        ["record_id"],
        unique=False,
        schema="mdm",
        postgresql_where=sa.text("revoked_at is null"),
    )
    op.create_table(
        "run_stage",
        sa.Column("run_id", sa.UUID(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counts", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["mdm.run.run_id"], name=op.f("run_stage_run_id_fk"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "stage", name=op.f("run_stage_pk")),
        schema="mdm",
    )


def downgrade() -> None:
    op.drop_table("run_stage", schema="mdm")
    op.drop_table("value_override", schema="mdm")
    op.drop_table("standardised_record", schema="mdm")
    op.drop_table("stale_payload", schema="mdm")
    op.drop_table("source_record", schema="mdm")
    op.drop_table("shared_value", schema="mdm")
    op.drop_table("setting", schema="mdm")
    op.drop_table("scored_pair", schema="mdm")
    op.drop_table("run", schema="mdm")
    op.drop_table("review_task", schema="mdm")
    op.drop_table("resolve_queue", schema="mdm")
    op.drop_table("rejected_payload", schema="mdm")
    op.drop_table("record_key", schema="mdm")
    op.drop_table("proposed_change", schema="mdm")
    op.drop_table("match_constraint", schema="mdm")
    op.drop_table("ingest_batch", schema="mdm")
    op.drop_table("golden_record", schema="mdm")
    op.drop_table("golden_id_event", schema="mdm")
    op.drop_table("golden_id", schema="mdm")
    op.drop_table("customer_reference", schema="mdm")
    op.drop_table("cross_reference", schema="mdm")
    op.drop_table("blocking_key", schema="mdm")
    op.execute("drop function mdm.refuse_rewrite()")
    op.execute(sa.schema.DropSequence(sa.Sequence("record_id_seq", schema="mdm")))
