"""From clusters to golden records: lasting ids, surviving values with lineage, proposed changes. All in DuckDB."""

from __future__ import annotations

import pyarrow as pa

from golden_record.identity import assign
from mdm.resolve.deciding import add_unmerged, make_previous, returning_ids
from mdm.resolve.statements import query
from mdm.resolve.surviving import gather, survive_by_slices
from mdm.resolve.take import take
from mdm.resolve.work import Work
from mdm.systems.mapping import Mappings


def make_golden(work: Work, *, full: bool, mappings: Mappings) -> None:
    """Leaves ``assignment``, ``id_event``, ``new_cross_reference``, ``touched_golden``, ``golden``, ``conflict``,
    ``proposal`` and ``record_fact``."""
    ids = [] if full else work.ids("SELECT record_id FROM affected")
    with work.stage("identify") as counts:
        if full:
            work.read("held_all", into="held")
            work.read("golden_age_all", into="golden_age")
        else:
            ids_here = work.texts("SELECT DISTINCT golden_id FROM held")
            work.read("golden_age", into="golden_age", golden=ids_here + returning_ids(work))
        make_previous(work)
        work.read("former", into="former", everything=full, ids=ids)
        work.make("circumstance", query("golden_circumstance"))
        assign(work.duck, new_id=work.decided.new_id if work.decided else None, now=work.now)
        add_unmerged(work)
        work.drop("circumstance")
        lines = [{"entity_type": e.value, "match": r.rules.thresholds.match} for e, r in work.rules.entities.items()]
        take(work, "entity_line", pa.Table.from_pylist(lines))
        work.make("new_cross_reference", query("new_cross_reference"))
        work.make("touched_golden", query("touched_golden_all" if full else "touched_golden"))
        work.make("touched", "SELECT record_id, golden_id FROM assignment SEMI JOIN touched_golden USING (golden_id)")
        if not full:
            _touch_what_came_back(work)
        counts |= dict(work.duck.execute("SELECT kind, count(*) FROM id_event GROUP BY kind ORDER BY kind").fetchall())
        counts["touched"] = work.count("touched_golden")
    with work.stage("survive") as counts:
        gather(work, full=full, mappings=mappings)
        counts.update(survive_by_slices(work))
    with work.stage("propose") as counts:  # made slice by slice above; the seconds are in ``spent`` of survive
        counts["proposals"] = work.count("proposal")


def _touch_what_came_back(work: Work) -> None:
    """A deleted record that is back as somebody else speaks for the golden record it left no longer.

    That one is made anew with all its members, though none of them was judged.
    """
    work.read("departed_home", into="left_behind", ids=work.ids("SELECT record_id FROM changed WHERE live"))
    work.make("left_behind", "FROM left_behind ANTI JOIN affected USING (record_id)")
    ids = work.ids("SELECT record_id FROM left_behind")
    if ids:
        work.read("standardised_some", into="standardised_too", ids=ids)
        work.duck.execute("INSERT INTO standardised FROM standardised_too").fetchall()
        work.duck.execute("INSERT INTO touched FROM left_behind").fetchall()
        work.duck.execute("INSERT INTO touched_golden SELECT DISTINCT golden_id FROM left_behind").fetchall()
        work.drop("standardised_too")
    work.drop("left_behind")
