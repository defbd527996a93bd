"""Hot keys: blocking keys that pair nobody, because more records carry them than their rule allows, or they are noise.

That a key becomes hot, or is hot no longer, concerns pairs of records nothing happened to: those that only it paired.
Which keys were hot when the last run published is kept (``hot_key``), and marked when a record gives one up; so a night
looks at the pairs of a key that crossed its limit, once, and never at those of one that is hot anyway.
"""

from __future__ import annotations

import sqlalchemy as sa

from matching_rules.block import find_hot_keys, find_noise_keys, make_pairs
from mdm.model import EntityType
from mdm.resolve.work import Work
from mdm.store.bridge import copy_into
from mdm.store.tables import hot_key

# of the keys of noise, which is kept for good: no number of carriers is few enough
_NEVER = -1


def begin_hot_keys(work: Work) -> None:
    """Creates ``hot_key`` (key, entity_type, largest), without rows."""
    work.make_empty("hot_key", "key BIGINT, entity_type VARCHAR, largest INTEGER")


def gather_hot_keys(work: Work, entity_type: EntityType, *, keys: str) -> None:
    """Adds to ``hot_key`` the hot ones among ``keys`` (without noise), and the keys of all noise."""
    find_hot_keys(work.duck, keys=keys, into="hot_of_type")
    work.duck.execute(f"INSERT INTO hot_key SELECT key, '{entity_type}', largest FROM hot_of_type").fetchall()
    find_noise_keys(work.duck, rules=work.rules.entities[entity_type].rules, noise="noise", into="hot_of_type")
    work.duck.execute(f"INSERT INTO hot_key SELECT key, '{entity_type}', {_NEVER} FROM hot_of_type").fetchall()
    work.drop("hot_of_type")


def read_cooled(work: Work) -> None:
    """Creates ``cooled_key`` (key, entity_type), the keys that are hot no longer, and ``cooled_carrier`` (key,
    record_id, rule), who carries them.
    """
    work.read("cooled_keys", into="cooled_key")
    work.read("key_carriers", into="cooled_carrier", keys=_cooled(work))


def _cooled(work: Work) -> list[int]:
    return work.ids("SELECT key FROM cooled_key")


def add_cooled_pairs(work: Work, entity_type: EntityType, *, pairs: str) -> None:
    """Adds to the candidate ``pairs`` those that a key pairs again which was hot."""
    of_type = f"SELECT key FROM cooled_key WHERE entity_type = '{entity_type}'"  # an enum
    work.make("cooled_key_of_type", f"FROM cooled_carrier WHERE key IN ({of_type})")
    make_pairs(work.duck, keys="cooled_key_of_type", into="cooled_pair")
    work.duck.execute(f"INSERT INTO {pairs} FROM cooled_pair ANTI JOIN {pairs} USING (record_a, record_b)").fetchall()
    work.drop("cooled_key_of_type", "cooled_pair")


def read_unpaired(work: Work) -> int:
    """Creates ``heated`` (as ``hot_key``), the keys that became hot, and ``unpaired`` (record_a, record_b), the stored
    pairs that nothing else pairs; answers how many keys became hot.
    """
    work.read("known_hot_keys", into="known_hot_key", keys=work.ids("SELECT key FROM hot_key"))
    work.make("heated", "FROM hot_key ANTI JOIN known_hot_key USING (key)")
    work.read("unpaired", into="unpaired", heated=work.ids("SELECT key FROM heated"), cooled=_cooled(work))
    work.drop("known_hot_key")
    return work.count("heated")


def publish_hot_keys(work: Work, connection: sa.Connection, *, full: bool) -> None:
    """What is hot now, for the next night."""
    if full:
        connection.execute(sa.text("DELETE FROM mdm.hot_key"))
    else:
        cooled = work.ids("SELECT DISTINCT key FROM cooled_carrier")
        connection.execute(
            sa.text("DELETE FROM mdm.hot_key WHERE key = any(CAST(:keys AS bigint[]))"), {"keys": cooled}
        )
        connection.execute(sa.text("UPDATE mdm.hot_key SET lost_carrier = false WHERE lost_carrier"))
    columns = ("key", "largest", "entity_type")
    source = "hot_key" if full else "heated"
    select = f"SELECT key, min(largest), any_value(entity_type) FROM {source} GROUP BY key"  # own table names
    copy_into(connection, duck=work.duck, select=select, table=hot_key, columns=columns)
