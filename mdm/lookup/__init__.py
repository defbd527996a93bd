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
from mdm.lookup.judge import Circumstances, Judge, Judged, Proposal, Ranked, open_judge
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
from mdm.lookup.what_if import Switch, WhatIf, what_if
from mdm.lookup.why import Why, WhyItem, why

__all__ = [
    "Answer",
    "Circumstances",
    "CustomerAt",
    "CustomerExplanation",
    "CustomerView",
    "Decision",
    "Event",
    "History",
    "HouseholdView",
    "Housemate",
    "IdEvent",
    "Judge",
    "Judged",
    "Losing",
    "OpenTask",
    "PairExplanation",
    "Proposal",
    "Ranked",
    "RecordView",
    "ReferenceCount",
    "Step",
    "Switch",
    "ValueAt",
    "ValueChange",
    "ValueView",
    "WhatIf",
    "Why",
    "WhyItem",
    "changed_since",
    "customer_at",
    "explain",
    "explanation_page",
    "history",
    "list_rejected",
    "open_judge",
    "show",
    "what_if",
    "why",
]
