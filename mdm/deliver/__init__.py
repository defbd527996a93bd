"""What leaves for source systems: proposed changes, decided, and written as files a target takes in bulk."""

from mdm.deliver.changes import Change, Selection, approve, list_changes, reject
from mdm.deliver.files import BulkFile, Delivery, write_bulk_files

__all__ = ["BulkFile", "Change", "Delivery", "Selection", "approve", "list_changes", "reject", "write_bulk_files"]
