"""Charts as inline SVG, and pages that need nothing else: no script, no network, one file. Pure functions.

Every chart has a title and a description for those who cannot see it, and stands beside a table of its numbers.
"""

from mdm.charts.bars import Bar, bar_chart
from mdm.charts.columns import ColumnPanel, column_chart
from mdm.charts.dots import DotRow, dot_chart
from mdm.charts.frame import Mark
from mdm.charts.lines import Series, line_chart
from mdm.charts.markup import Markup, element, fragment
from mdm.charts.page import checked_place, details, figure, note, page, section, table, value, write_page
from mdm.charts.waterfall import Fall, waterfall_chart

__all__ = [
    "Bar",
    "ColumnPanel",
    "DotRow",
    "Fall",
    "Mark",
    "Markup",
    "Series",
    "bar_chart",
    "checked_place",
    "column_chart",
    "details",
    "dot_chart",
    "element",
    "figure",
    "fragment",
    "line_chart",
    "note",
    "page",
    "section",
    "table",
    "value",
    "waterfall_chart",
    "write_page",
]
