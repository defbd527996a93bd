"""Alembic's entry: works on the caller's connection, inside the caller's transaction."""

from __future__ import annotations

from alembic import context

from mdm.store.tables import SCHEMA, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table="alembic_version",
    version_table_schema=SCHEMA,
    include_schemas=True,
    compare_type=True,
    compare_server_default=True,
    transactional_ddl=True,
    transaction_per_migration=False,
)
context.run_migrations()
