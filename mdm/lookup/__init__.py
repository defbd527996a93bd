"""Everything known about one customer, by golden id or record key: values with lineage, records, questions, history;
and why records are one customer or two.
"""

from mdm.lookup.explain import explain
from mdm.lookup.explanation import CustomerExplanation, PairExplanation
from mdm.lookup.rejected import list_rejected
from mdm.lookup.show import show
from mdm.lookup.view import CustomerView, Event, Losing, OpenTask, RecordView, ReferenceCount, ValueView

__all__ = [
    "CustomerExplanation",
    "CustomerView",
    "Event",
    "Losing",
    "OpenTask",
    "PairExplanation",
    "RecordView",
    "ReferenceCount",
    "ValueView",
    "explain",
    "list_rejected",
    "show",
]
