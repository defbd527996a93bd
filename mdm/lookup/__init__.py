"""Everything known about one customer, by golden id or record key: values with lineage, records, questions, history;
and why records are one customer or two.
"""

from mdm.lookup.explain import changed_since, explain
from mdm.lookup.explanation import CustomerExplanation, PairExplanation
from mdm.lookup.history import (
    Answer,
    CustomerAt,
    Decision,
    History,
    IdEvent,
    Step,
    ValueAt,
    ValueChange,
    customer_at,
    history,
)
from mdm.lookup.pages import explanation_page
from mdm.lookup.rejected import list_rejected
from mdm.lookup.show import show
from mdm.lookup.view import (
    CustomerView,
    Event,
    HouseholdView,
    Housemate,
    Losing,
    OpenTask,
    RecordView,
    ReferenceCount,
    ValueView,
)

__all__ = [
    "Answer",
    "CustomerAt",
    "CustomerExplanation",
    "CustomerView",
    "Decision",
    "Event",
    "History",
    "HouseholdView",
    "Housemate",
    "IdEvent",
    "Losing",
    "OpenTask",
    "PairExplanation",
    "RecordView",
    "ReferenceCount",
    "Step",
    "ValueAt",
    "ValueChange",
    "ValueView",
    "changed_since",
    "customer_at",
    "explain",
    "explanation_page",
    "history",
    "list_rejected",
    "show",
]
