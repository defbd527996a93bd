"""Everything known about one customer, by golden id or record key: values with lineage, records, questions, history."""

from mdm.lookup.rejected import list_rejected
from mdm.lookup.show import show
from mdm.lookup.view import CustomerView, Event, Losing, OpenTask, RecordView, ReferenceCount, ValueView

__all__ = [
    "CustomerView",
    "Event",
    "Losing",
    "OpenTask",
    "RecordView",
    "ReferenceCount",
    "ValueView",
    "list_rejected",
    "show",
]
