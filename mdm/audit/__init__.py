"""The audit trail: who did what and when, appended in the transaction that did it, chained by one digest for each."""

from mdm.audit.chain import BEGINNING, digest_of
from mdm.audit.listing import AuditEntry, list_entries
from mdm.audit.record import Entry, record, whole_numbers
from mdm.audit.verify import Verdict, verify

__all__ = [
    "BEGINNING",
    "AuditEntry",
    "Entry",
    "Verdict",
    "digest_of",
    "list_entries",
    "record",
    "verify",
    "whole_numbers",
]
