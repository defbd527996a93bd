"""The tables of schema ``mdm``, one module per family. Times are UTC; what is appended and closed is never rewritten.

Note for Core: columns named like methods of a column collection are reached by key, ``golden_record.c["values"]``.
"""

from mdm.store.tables.acts import ACT_STATES, act, audit_entry, audit_link
from mdm.store.tables.base import SCHEMA, append_only, metadata
from mdm.store.tables.golden import cross_reference, golden_id, golden_id_event, golden_record
from mdm.store.tables.households import household, household_evidence, household_key, household_member
from mdm.store.tables.ingest import (
    customer_reference,
    ingest_batch,
    record_id_seq,
    record_key,
    rejected_payload,
    source_record,
    stale_payload,
)
from mdm.store.tables.labels import label
from mdm.store.tables.resolution import (
    blocking_key,
    hot_key,
    resolve_queue,
    scored_pair,
    shared_value,
    standardised_record,
)
from mdm.store.tables.runs import RUN_STATES, run, run_publication, run_stage, setting
from mdm.store.tables.stewards import (
    CHANGE_STATES,
    REVIEW_REASONS,
    TASK_STATES,
    match_constraint,
    proposed_change,
    review_task,
    review_task_history,
    value_override,
)

__all__ = [
    "ACT_STATES",
    "CHANGE_STATES",
    "REVIEW_REASONS",
    "RUN_STATES",
    "SCHEMA",
    "TASK_STATES",
    "act",
    "append_only",
    "audit_entry",
    "audit_link",
    "blocking_key",
    "cross_reference",
    "customer_reference",
    "golden_id",
    "golden_id_event",
    "golden_record",
    "hot_key",
    "household",
    "household_evidence",
    "household_key",
    "household_member",
    "ingest_batch",
    "label",
    "match_constraint",
    "metadata",
    "proposed_change",
    "record_id_seq",
    "record_key",
    "rejected_payload",
    "resolve_queue",
    "review_task",
    "review_task_history",
    "run",
    "run_publication",
    "run_stage",
    "scored_pair",
    "setting",
    "shared_value",
    "source_record",
    "stale_payload",
    "standardised_record",
    "value_override",
]
