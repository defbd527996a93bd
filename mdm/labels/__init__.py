"""What people said about pairs of records: labels taken in from files, and stewards' decisions.

They are what `mdm train --labels` learns from. A label decides about no customer by itself; a decision does.
"""

from mdm.labels.answers import Answer, Summary, answers, read_answers, summary
from mdm.labels.take_in import Import, Refused, import_labels
from mdm.labels.write import COLUMNS, export_labels

__all__ = [
    "COLUMNS",
    "Answer",
    "Import",
    "Refused",
    "Summary",
    "answers",
    "export_labels",
    "import_labels",
    "read_answers",
    "summary",
]
