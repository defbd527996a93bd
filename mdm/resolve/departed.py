"""What deleted records leave behind: values that outlast them (a refused consent), with whom they belonged to last."""

from __future__ import annotations

import pyarrow as pa

from golden_record.survive import outlasting
from mdm.resolve.statements import query
from mdm.resolve.take import take
from mdm.resolve.work import Work
from mdm.standardise.batch import standardise_batch
from mdm.standardise.values import Context


def find_departed(work: Work, *, full: bool) -> None:
    """Leaves ``departed_value``: the columns of ``attribute_value`` up to ``received_time``, of deleted records.

    A deleted record's values go with the golden id it belonged to last, into the survivor of a merge and back again
    after an unmerge, into every part of an id that was split up and ended. Which values: ``outlasts`` in the ownership
    rules. Read anew for every golden record that is made, so nothing has to be kept or taken back.
    """
    rules = outlasting(work.rules.ownership)
    take(work, "outlasting", rules)
    work.read("ended_id", into="ended_id")
    work.make("place_of_id", query("place_of_id"))
    work.read(
        "departed_records",
        into="departed",
        everything=full,
        golden=[] if full else work.texts("SELECT DISTINCT was FROM place_of_id"),
        attributes=sorted(set(rules.column("attribute").to_pylist())),
    )
    said = work.duck.sql("SELECT record_id, version, entity_type, attributes FROM departed").to_arrow_table()
    take(work, "departed_form", _standardised(work, said))
    work.make("departed_value", query("departed_value"))
    work.drop("outlasting", "ended_id", "place_of_id", "departed", "departed_form")


def _standardised(work: Work, said: pa.Table) -> pa.Table:
    """In this process: a few attributes of what was deleted over the years."""
    context = Context(default_region=work.settings.default_region, today=work.now.date())
    return standardise_batch(said, context)
