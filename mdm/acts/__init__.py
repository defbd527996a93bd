"""Acts of people: link, unlink, merge, unmerge, split, override; foreseen, done, approved, and told."""

from mdm.acts.desk import Desk, Done
from mdm.acts.listing import (
    Constraint,
    ListedAct,
    ListedOverride,
    list_acts,
    list_constraints,
    list_overrides,
)
from mdm.acts.model import (
    Act,
    Link,
    Merge,
    Place,
    RevokeConstraint,
    RevokeOverride,
    SetOverride,
    Split,
    Unlink,
    Unmerge,
)
from mdm.acts.plan import Contradicts
from mdm.acts.preview import BlastRadius, CustomerChange, Preview, TargetWrite, ValueChange

__all__ = [
    "Act",
    "BlastRadius",
    "Constraint",
    "Contradicts",
    "CustomerChange",
    "Desk",
    "Done",
    "Link",
    "ListedAct",
    "ListedOverride",
    "Merge",
    "Place",
    "Preview",
    "RevokeConstraint",
    "RevokeOverride",
    "SetOverride",
    "Split",
    "TargetWrite",
    "Unlink",
    "Unmerge",
    "ValueChange",
    "list_acts",
    "list_constraints",
    "list_overrides",
]
