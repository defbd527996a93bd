"""The predicates rule files speak in, and what each means in DuckDB.

A predicate is named, takes a column (or a small mapping) and holds for an unordered pair of records, ``_l`` and
``_r``. Text similarity runs on folded ASCII only (STACK.md: DuckDB compares bytes), and thresholds stand off the grid.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

import duckdb

from matching_rules.columns import known, sides
from matching_rules.document import line_in
from matching_rules.errors import RuleError
from matching_rules.measures import measure
from matching_rules.population import conditions_of
from matching_rules.rules import Comparison, Contradiction, MatchingRules

_COLUMN = {
    # both sides hold the same value
    "same": "$c_l = $c_r",
    # both sides hold a value, and not the same
    "differ": "$c_l <> $c_r",
    # two lists have a value in common / have values and none in common
    "shared": "list_has_any($c_l, $c_r)",
    "apart": "(len($c_l) > 0 AND len($c_r) > 0 AND NOT list_has_any($c_l, $c_r))",
    # both sides hold something
    "both": "($c_l IS NOT NULL AND $c_r IS NOT NULL)",
    # exactly one side holds something
    "one_sided": "(($c_l IS NULL) <> ($c_r IS NULL))",
    # one side is a single letter, and the other begins with it
    "initial": "((length($c_l) = 1 OR length($c_r) = 1) AND substr($c_l, 1, 1) = substr($c_r, 1, 1))",
    # one side begins with the whole other side (at least three letters): Chris, Christopher
    "begins_with": "(least(length($c_l), length($c_r)) >= 3 AND (starts_with($c_l, $c_r) OR starts_with($c_r, $c_l)))",
    # both sides begin with the same letter: M, Maria
    "initials_agree": "(substr($c_l, 1, 1) = substr($c_r, 1, 1))",
    # ISO dates: day and month changed places
    "day_month_swapped": "($c_l <> $c_r AND substr($c_l, 1, 4) = substr($c_r, 1, 4)"
    " AND substr($c_l, 6, 2) = substr($c_r, 9, 2) AND substr($c_l, 9, 2) = substr($c_r, 6, 2))",
    # ISO dates: two of year, month and day agree
    "two_date_parts": "((substr($c_l, 1, 4) = substr($c_r, 1, 4))::INT + (substr($c_l, 6, 2) = substr($c_r, 6, 2))::INT"
    " + (substr($c_l, 9, 2) = substr($c_r, 9, 2))::INT >= 2)",
    # ISO dates: same month and day, another year / same year only
    "same_month_and_day": "substr($c_l, 6) = substr($c_r, 6)",
    "same_year": "substr($c_l, 1, 4) = substr($c_r, 1, 4)",
}
_COMMON = "len(list_intersect($column_l, $column_r))"
_MAPPING = {
    "edits": (
        ("column", "at_most", "shortest"),
        "(least(length($column_l), length($column_r)) >= $shortest"
        " AND damerau_levenshtein($column_l, $column_r) <= $at_most)",
    ),
    "similar": (("column", "at_least"), "jaro_winkler_similarity($column_l, $column_r) >= $at_least"),
    # ISO dates: at least so many years lie between them
    "years_apart": (
        ("column", "at_least"),
        "abs(TRY_CAST(substr($column_l, 1, 4) AS INT) - TRY_CAST(substr($column_r, 1, 4) AS INT)) >= $at_least",
    ),
    # the values two lists have in common are at least this share of the shorter / of the longer list's values
    "covered": (("column", "at_least"), _COMMON + " / least(len($column_l), len($column_r)) >= $at_least"),
    "overlap": (("column", "at_least"), _COMMON + " / greatest(len($column_l), len($column_r)) >= $at_least"),
    "any_similar": (
        ("column", "at_least"),
        "list_max(list_transform($column_l, lambda a: list_max(list_transform($column_r,"
        " lambda b: jaro_winkler_similarity(a, b))))) >= $at_least",
    ),
    # without exchanges, which count as two there, the distance takes a fifth of the time: it rules out most pairs
    "any_edits": (
        ("column", "at_most"),
        "list_min(list_transform($column_l, lambda a: list_min(list_transform($column_r,"
        " lambda b: CASE WHEN levenshtein(a, b) <= 2 * $at_most THEN damerau_levenshtein(a, b) END)))) <= $at_most",
    ),
    # a value of one side's text column stands in the other side's list, either way round
    "crossed": (
        ("column", "among"),
        "(list_contains($among_r, $column_l) OR list_contains($among_l, $column_r))",
    ),
    # both sides hold this very value
    "both_are": (("column", "value"), "($column_l = '$value' AND $column_r = '$value')"),
    # the two columns changed places between the records
    "swapped": (("column", "with"), "($column_l = $with_r AND $with_l = $column_r)"),
    # a list value of one side (at least `shortest` long) contains the other side's text, either way round
    "contains": (
        ("list", "text", "shortest"),
        "(coalesce(length($text_r) >= $shortest"
        " AND list_bool_or(list_transform($list_l, lambda a: contains(a, $text_r))), false)"
        " OR coalesce(length($text_l) >= $shortest"
        " AND list_bool_or(list_transform($list_r, lambda a: contains(a, $text_l))), false))",
    ),
}
_TYPES = {"text": "VARCHAR", "list": "VARCHAR[]"}
_NUMBERS = ("at_most", "at_least", "shortest")
PREDICATES: tuple[str, ...] = (*_COLUMN, *_MAPPING, "all", "any", "not")


def condition(when: Mapping[str, Any], columns: Mapping[str, str]) -> str:
    """The predicates of ``when``, which must all hold, as one DuckDB condition over ``<column>_l`` and ``<column>_r``.

    ValueError names the predicate or column that does not exist.
    """
    if not isinstance(when, Mapping) or not when:
        raise ValueError("a condition is a mapping from predicates to their arguments, with at least one")
    return "(" + " AND ".join(_predicate(name, argument, columns) for name, argument in when.items()) + ")"


def _predicate(name: str, argument: Any, columns: Mapping[str, str]) -> str:
    if name == "not":
        return f"NOT coalesce({condition(argument, columns)}, false)"
    if name in ("any", "all"):
        joiner = " OR " if name == "any" else " AND "
        if not isinstance(argument, list | tuple) or not argument:
            raise ValueError(f"`{name}` takes a list of conditions, at least one")
        return "(" + joiner.join(f"coalesce({condition(a, columns)}, false)" for a in argument) + ")"
    if name in _COLUMN:
        names = [argument] if isinstance(argument, str) else argument
        if not isinstance(names, list | tuple) or not names:
            raise ValueError(f"`{name}` takes a column or a list of columns")
        return " AND ".join(Template(_COLUMN[name]).substitute(sides("c", known(c, columns))) for c in names)
    if name in _MAPPING:
        wanted, template = _MAPPING[name]
        if not isinstance(argument, Mapping) or set(argument) != set(wanted):
            raise ValueError(f"`{name}` takes {', '.join(wanted)}")
        values: dict[str, str] = {}
        for key, value in argument.items():
            if key == "value":
                values |= {key: _literal(name, value)}
            else:
                values |= {key: _number(name, key, value)} if key in _NUMBERS else sides(key, known(value, columns))
        return Template(template).substitute(values)
    raise ValueError(f"no predicate is called {name!r}; there are {', '.join(PREDICATES)}")


def _number(name: str, key: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"`{key}` of `{name}` is a number, not {value!r}")
    return repr(float(value))


def _literal(name: str, value: object) -> str:
    """A word that may stand between quotes."""
    if not isinstance(value, str) or not value.isascii() or not value.isalnum():
        raise ValueError(f"`value` of `{name}` is one word of letters and digits, not {value!r}")
    return value


def null_condition(comparison: Comparison) -> str:
    """Holds where none of the needed columns stands on both sides."""
    return " AND ".join(f'("{c}_l" IS NULL OR "{c}_r" IS NULL)' for c in comparison.needs)


def contradiction_condition(contradiction: Contradiction, columns: Mapping[str, str]) -> str:
    """Holds where two records contradict each other."""
    when = condition(contradiction.when, columns)
    if contradiction.unless is None:
        return f"coalesce({when}, false)"
    return f"coalesce({when}, false) AND NOT coalesce({condition(contradiction.unless, columns)}, false)"


def check_predicates(rules: MatchingRules, path: Path) -> None:
    """Every predicate and column of the rules exists, and DuckDB takes them for the columns' types.

    RuleError names the file, the line, and the level or contradiction.
    """
    checks: list[tuple[tuple[int | str, ...], str, Mapping[str, Any]]] = [
        (("comparisons", i, "levels", j), f"comparisons.{comparison.name}: {level.label!r}", level.when)
        for i, comparison in enumerate(rules.comparisons)
        for j, level in enumerate(comparison.levels)
        if level.when is not None
    ]
    for i, contradiction in enumerate(rules.never_together):
        where = f"never_together: {contradiction.name!r}"
        checks.append((("never_together", i, "when"), where, contradiction.when))
        if contradiction.unless is not None:
            checks.append((("never_together", i, "unless"), where, contradiction.unless))
    if rules.facts is not None:
        checks.append((("facts",), "facts", rules.facts))
    for name, figure in rules.second_stage.population.items() if rules.second_stage else ():
        where = f"figure {name!r}"
        spot: tuple[int | str, ...] = ("second_stage", "population", name)
        try:
            checks += [(spot, where, when) for when in conditions_of(figure, rules.columns)]
        except ValueError as error:
            raise RuleError(f"{path}:{line_in(path, spot)}: {where}: {error}") from None
    with duckdb.connect() as connection:
        sides = ", ".join(f'"{c}_{s}" {_TYPES[k]}' for c, k in rules.columns.items() for s in "lr")
        rarities = "".join(f', "frequency_{c}_{s}" DOUBLE' for c in rules.frequency_columns for s in "lr")
        connection.execute(f"CREATE TABLE pair ({sides}{rarities}, records_log2 DOUBLE)")
        for location, where, when in checks:
            try:
                connection.execute(
                    f"SELECT count(*) FROM pair WHERE {condition(when, rules.columns)}"
                )  # compiled from named predicates
            except ValueError as error:
                raise RuleError(f"{path}:{line_in(path, location)}: {where}: {error}") from None
            except duckdb.Error as error:
                what = str(error).splitlines()[0]
                raise RuleError(f"{path}:{line_in(path, location)}: {where}: not for this column: {what}") from None
        for name, spec in rules.second_stage.measures.items() if rules.second_stage else ():
            try:
                connection.execute(f"SELECT {measure(spec, rules.columns)} FROM pair")  # compiled from named measures
            except (ValueError, duckdb.Error) as error:
                at = f"{path}:{line_in(path, ('second_stage', 'measures', name))}"
                raise RuleError(f"{at}: measure {name!r}: {str(error).splitlines()[0]}") from None
