"""Writes what was resolved to files: cross-references, golden records, households, review tasks, proposed changes."""

from mdm.export.write import Export, export, waiting_records

__all__ = ["Export", "export", "waiting_records"]
