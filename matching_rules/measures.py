"""What the second stage measures of a pair: named measures over the rules' columns, each one number or nothing.

A measure is named in the rule file (``second_stage.measures``) and holds for an unordered pair of records, ``_l`` and
``_r``; where it reads one side against the other, both ways are taken and ``less`` or ``more`` of them is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Template
from typing import Any

from matching_rules.columns import known, sides

_EACH = "list_transform($column_l, lambda a: #(list_transform($column_r, lambda b: ~(a, b))))"

_COLUMN = {
    # text: how alike, 0 to 1; typing slips between them; equal or not; the shorter one's length
    "similarity": "jaro_winkler_similarity($column_l, $column_r)",
    "edits": "damerau_levenshtein($column_l, $column_r)",
    "equal": "($column_l = $column_r)::INT",
    "shorter": "least(length($column_l), length($column_r))",
    "same_initial": "(left($column_l, 1) = left($column_r, 1))::INT",
    # sides on which it is missing
    "missing": "($column_l IS NULL)::INT + ($column_r IS NULL)::INT",
    # lists: whether they have a value in common; the most alike two; the fewest slips between two
    "common": "list_has_any($column_l, $column_r)::INT",
    "best_similarity": "list_max(" + _EACH.replace("#", "list_max").replace("~", "jaro_winkler_similarity") + ")",
    "fewest_edits": "CASE WHEN list_has_any($column_l, $column_r) THEN 0 ELSE list_min("
    + _EACH.replace("#", "list_min").replace("~", "damerau_levenshtein")
    + ") END",
    # ISO dates: how many of year, month and day agree; day and month exchanged; years between
    "date_parts": "(left($column_l, 4) = left($column_r, 4))::INT"
    " + (substr($column_l, 6, 2) = substr($column_r, 6, 2))::INT"
    " + (substr($column_l, 9, 2) = substr($column_r, 9, 2))::INT",
    "day_month_exchanged": "(left($column_l, 4) = left($column_r, 4)"
    " AND substr($column_l, 6, 2) = substr($column_r, 9, 2)"
    " AND substr($column_l, 9, 2) = substr($column_r, 6, 2))::INT",
    "years_between": "abs(TRY_CAST(left($column_l, 4) AS INT) - TRY_CAST(left($column_r, 4) AS INT))",
    # the rarer value's rarity in bits below certainty (frequency columns only)
    "rarity": "least(log2($frequency_l), log2($frequency_r))",
}
_MAPPING = {
    # two columns read against each other: first name as last name
    "crossed_similarity": (
        ("column", "with"),
        "greatest(jaro_winkler_similarity($column_l, $with_r), jaro_winkler_similarity($with_l, $column_r))",
    ),
    # how many records of the population are called like this by chance, as a power of two (frequency columns only)
    "namesakes": (
        ("first", "last"),
        "log2(greatest($frequency_first_l, $frequency_first_r)) + log2(greatest($frequency_last_l, $frequency_last_r))"
        " + records_log2",
    ),
}
# one side's list against the other side's text: `$list` of one, `$text`, `$first` and `$last` of the other
_ONE_WAY: dict[str, tuple[tuple[str, ...], str]] = {
    "written_in": (
        ("text", "list"),
        "list_bool_or(list_transform($list, lambda a: contains(a, $text) AND length($text) > 2))::INT",
    ),
    # the share of one list's values that the other has / how alike the other's most alike ones are, on average
    "found_again": (
        ("list", "others"),
        "CASE WHEN $others IS NOT NULL THEN len(list_intersect($list, $others)) / len($list) END",
    ),
    "found_alike": (
        ("list", "others"),
        "list_avg(list_transform($list, lambda a: list_max(list_transform($others,"
        " lambda b: jaro_winkler_similarity(a, b)))))",
    ),
    "named_like": (
        ("first", "last", "list"),
        "list_max(list_transform($list, lambda a: greatest(jaro_winkler_similarity(a, concat($first, $last)),"
        " jaro_winkler_similarity(a, concat($last, $first)),"
        " jaro_winkler_similarity(a, concat(left($first, 1), $last)))))",
    ),
}
_OF_BOTH_WAYS = {"less": "least", "more": "greatest"}
# Measures that hold one fact of a record against the same of another: the more alike, the more for one customer (1),
# the more apart, the more against it (-1), whatever else is known of the pair. The others are no such evidence: rarity
# says how much an agreement is worth and a length how much a slip is, and an e-mail may spell the name of a wife.
_DIRECTIONS = {
    "similarity": 1,
    "edits": -1,
    "equal": 1,
    "same_initial": 1,
    "common": 1,
    "best_similarity": 1,
    "fewest_edits": -1,
    "date_parts": 1,
    "years_between": -1,
    "found_again": 1,
    "found_alike": 1,
}
MEASURES: tuple[str, ...] = (*_COLUMN, *_MAPPING, *_ONE_WAY)


def measure(spec: Mapping[str, Any], columns: Mapping[str, str]) -> str:
    """One measure as a DuckDB expression over ``<column>_l`` and ``<column>_r``, a FLOAT or NULL.

    ValueError names the measure or column that does not exist.
    """
    if len(spec) != 1:
        raise ValueError("a measure is one name with its columns")
    ((name, argument),) = spec.items()
    return f"CAST({_expression(name, argument, columns)} AS FLOAT)"


def direction(spec: Mapping[str, Any]) -> int:
    """1 where more of a measure speaks for one customer, -1 where it speaks against it, 0 where neither can be said."""
    return _DIRECTIONS.get(next(iter(spec)), 0)


def _expression(name: str, argument: Any, columns: Mapping[str, str]) -> str:
    if name in _COLUMN:
        both = sides("column", known(argument, columns)) | sides("frequency", f"frequency_{argument}")
        return Template(_COLUMN[name]).substitute(both)
    if name in _MAPPING:
        wanted, template = _MAPPING[name]
        given = _mapping(name, argument, wanted)
        read = {key: known(given[key], columns) for key in wanted}
        frequencies = {f"frequency_{key}": f"frequency_{column}" for key, column in read.items()}
        return Template(template).substitute(
            {k: v for key, column in (read | frequencies).items() for k, v in sides(key, column).items()}
        )
    if name in _ONE_WAY:
        parts, template = _ONE_WAY[name]
        given = _mapping(name, argument, (*parts, "of_both_ways"))
        if given["of_both_ways"] not in _OF_BOTH_WAYS:
            raise ValueError(f"`of_both_ways` is one of {', '.join(_OF_BOTH_WAYS)}")
        chosen = {key: known(given[key], columns) for key in parts}
        ways = [
            Template(template).substitute(
                {key: f'"{column}_{here if key == "list" else there}"' for key, column in chosen.items()}
            )
            for here, there in (("l", "r"), ("r", "l"))
        ]
        return f"{_OF_BOTH_WAYS[given['of_both_ways']]}({ways[0]}, {ways[1]})"
    raise ValueError(f"no measure is called {name!r}; there are {', '.join(MEASURES)}")


def _mapping(name: str, argument: Any, wanted: tuple[str, ...]) -> Mapping[str, str]:
    if not isinstance(argument, Mapping) or set(argument) != set(wanted):
        raise ValueError(f"`{name}` takes {', '.join(wanted)}")
    return argument
