"""Blocks of ids from a sequence, so that set-based steps can number rows themselves."""

from __future__ import annotations

import sqlalchemy as sa

# One statement, each step fed by the one before: lock, move the sequence, unlock. The lock outlives no statement, so
# that two ingests do not wait for each other's transactions; ids are never given twice, even after a rollback.
_RESERVE = sa.text("""
with locked as materialized (select pg_advisory_lock(hashtextextended(:sequence, 0))::text as done),
moved as materialized (
    select setval(cast(:sequence as regclass), nextval(cast(:sequence as regclass)) + :n - 1) as last
    from locked where done is not null
),
freed as materialized (
    select last, pg_advisory_unlock(hashtextextended(:sequence, 0)) as done from moved where last is not null
)
select last - :n + 1 from freed where done
""").bindparams(sa.bindparam("sequence", type_=sa.Text), sa.bindparam("n", type_=sa.BigInteger))


def reserve_ids(connection: sa.Connection, sequence: sa.Sequence, n: int) -> int:
    """Takes ``n`` ids that follow one another and answers the first; no other caller of this function gets any of
    them.
    """
    if n < 1:
        raise ValueError("at least one id must be asked for")
    name = f"{sequence.schema}.{sequence.name}" if sequence.schema else sequence.name
    try:
        return int(connection.execute(_RESERVE, {"sequence": name, "n": n}).scalar_one())
    except Exception:
        connection.invalidate()  # the lock belongs to the connection: let it go with it
        raise
