"""Migrations of the schema ``mdm``, run by ``mdm.store.schema`` on a connection it gives."""
