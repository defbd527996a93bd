"""An umlaut is one plain letter however it is written: Müller, Mueller and Muller all compare as "muller".

The rule is Lucene's GermanNormalizationFilter (Snowball's German2), made narrower: a digraph counts between
consonants, or as äu, and a word with a digraph of its own (Samuel, Fuentes) keeps it. ASCII folding did the rest: it
gives "muller" for "Müller".
"""

from __future__ import annotations

import re
from functools import lru_cache

from mdm.standardise.reference import csv_rows

_DIGRAPH = re.compile(r"(?<![aeiouyq])(?:([aou])e(?=[bcdfghj-np-tv-xz])|(a)e(?=u))", re.ASCII)


@lru_cache(maxsize=1)
def _own_digraphs() -> frozenset[str]:
    return frozenset(row["name"] for row in csv_rows("digraph_names"))


def digraphs_folded(word: str) -> str:
    """A folded word with each ae, oe, ue that may stand for an umlaut as its plain letter."""
    return _DIGRAPH.sub(lambda found: found[1] or found[2], word)


@lru_cache(maxsize=32768)
def _looked_up(word: str) -> str:
    return word if word in _own_digraphs() else digraphs_folded(word)


def plain_umlauts(word: str) -> str:
    """The comparable form of a folded word; idempotent."""
    if "ue" in word or "oe" in word or "ae" in word:
        return _looked_up(word)
    return word
