"""DuckDB expressions as Python functions: what the rules compile to for a night, computed for a request's few pairs.

There is one definition of every predicate, measure and weight, the SQL text; planning it anew for twenty pairs costs
more than a request may take (decision 0012). So the text is parsed (sqlglot) and written again as Python, with SQL's
meaning: NULL is None and travels, three-valued logic holds, text is compared as DuckDB compares it (UTF-8 bytes). What
has no translation here is refused when it is compiled, never guessed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import FunctionType
from typing import Any

import sqlglot
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler, Levenshtein
from sqlglot import exp

Values = tuple[Any, ...]
_WHOLE = re.compile(r"\s*[+-]?[0-9]{1,9}\s*")


def pair_function(
    name: str, *, columns: Sequence[str], steps: Mapping[str, str], answer: Sequence[str]
) -> Callable[[Values, Values], Values]:
    """A function of two records, each a tuple of the values of ``columns``, that computes ``steps`` in their order.

    A step is a name with its expression over ``<column>_l``, ``<column>_r`` and the steps before it; ``answer`` names
    the steps whose values are given back. A FLOAT is not rounded: who keeps the answer in single precision rounds it.
    ValueError names what has no translation.
    """
    lines = [f"def {name}(left, right):"]
    for side, of in (("_l", "left"), ("_r", "right")):
        lines.append(f"    {''.join(f'{_name(column + side)}, ' for column in columns)} = {of}")
    known = {c + side for c in columns for side in ("_l", "_r")}
    for step, text in steps.items():
        parsed = sqlglot.parse_one(text, read="duckdb")
        unknown = {column.name for column in parsed.find_all(exp.Column)} - known - _bound(parsed)
        if unknown:
            raise ValueError(f"{step}: a request knows no {', '.join(sorted(unknown))}")
        lines.append(f"    {_name(step)} = {_value(parsed)}")
        known.add(step)
    lines.append(f"    return ({''.join(f'{_name(a)}, ' for a in answer)})")
    module = compile("\n".join(lines), f"<{name}>", "exec")
    scope: dict[str, Any] = dict(_SCOPE)
    exec(module, scope)  # noqa: S102  made above from expressions of ours, every name and literal written by repr
    made = scope[name]
    assert isinstance(made, FunctionType)
    return made


def _name(column: str) -> str:
    """A variable's name: a rule file's name is one already, and never one of ours."""
    if not column.isidentifier():
        raise ValueError(f"{column!r} is no name")
    return f"v_{column}"


def _bound(parsed: Any) -> set[str]:
    return {str(parameter.name) for made in parsed.find_all(exp.Lambda) for parameter in made.expressions}


def _true(e: Any) -> str:
    """An expression that is truthy exactly where the SQL is TRUE; NULL and FALSE are alike to a condition."""
    if isinstance(e, exp.Paren):
        return _true(e.this)
    if isinstance(e, exp.And | exp.Or):
        word = " and " if isinstance(e, exp.And) else " or "
        return f"({word.join(_true(part) for part in e.flatten())})"
    if _or_false(e):
        return _true(e.this)
    if isinstance(e, exp.Not):
        inner = e.this.unnest()
        never_null = isinstance(inner, exp.Is) or _or_false(inner)
        return f"(not {_true(inner)})" if never_null else f"({_value(inner)} is False)"
    if isinstance(e, exp.EQ) and _plain(e.left) and _plain(e.right):
        return f"({_value(e.left)} is not None and {_value(e.left)} == {_value(e.right)})"
    return _value(e)


def _or_false(e: Any) -> bool:
    """``coalesce(condition, false)``."""
    if not isinstance(e, exp.Coalesce) or len(e.expressions) != 1:
        return False
    return isinstance(e.expressions[0], exp.Boolean) and not e.expressions[0].this


def _plain(e: Any) -> bool:
    return isinstance(e, exp.Column)


def _value(e: Any) -> str:
    """An expression with the SQL's value, None for NULL."""
    write = _WRITERS.get(type(e))
    if write is not None:
        return write(e)
    called = _CALLS.get(type(e))
    if called is not None:
        name, arguments = called
        return _call(name, (part for argument in arguments for part in _listed(e.args.get(argument))))
    if isinstance(e, exp.Anonymous) and e.name.lower() in _NAMED:
        return _call(_NAMED[e.name.lower()], e.expressions)
    raise ValueError(f"a request cannot compute {e.sql()!r} ({type(e).__name__})")


def _listed(argument: Any) -> list[Any]:
    return [] if argument is None else argument if isinstance(argument, list) else [argument]


def _call(name: str, arguments: Iterable[Any]) -> str:
    return f"{name}({', '.join(map(_value, arguments))})"


def _literal(e: exp.Literal) -> str:
    if e.is_string:
        return repr(str(e.this))
    text = str(e.this)
    return repr(int(text)) if text.isdigit() else repr(float(text))


def _cast(e: exp.Cast) -> str:
    kind = e.to.this.name
    if kind in ("FLOAT", "DOUBLE"):
        return _value(e.this)
    if kind in ("INT", "TINYINT"):
        return f"_whole({_value(e.this)})"
    raise ValueError(f"a request cannot compute {e.sql()!r}")


def _try_cast(e: exp.TryCast) -> str:
    if e.to.this.name != "INT":
        raise ValueError(f"a request cannot compute {e.sql()!r}")
    return f"_read_whole({_value(e.this)})"


def _case(e: exp.Case) -> str:
    otherwise = "None" if e.args.get("default") is None else _value(e.args["default"])
    for branch in reversed(e.args["ifs"]):
        when = _true(branch.this) if e.this is None else f"{_value(e.this)} == {_value(branch.this)}"
        otherwise = f"({_value(branch.args['true'])} if {when} else {otherwise})"
    return otherwise


def _is(e: exp.Is) -> str:
    if not isinstance(e.expression, exp.Null):
        raise ValueError(f"a request cannot compute {e.sql()!r}")
    return f"({_value(e.this)} is None)"


def _in(e: exp.In) -> str:
    return f"_one_of({', '.join(map(_value, (e.this, *e.expressions)))})"


def _lambda(e: exp.Lambda) -> str:
    return f"(lambda {', '.join(_name(str(p.name)) for p in e.expressions)}: {_value(e.this)})"


def _log(e: exp.Log) -> str:
    if str(e.this) != "2":
        raise ValueError(f"a request cannot compute {e.sql()!r}")
    return _call("_log2", [e.expression])


def _logic(name: str) -> Callable[[Any], str]:
    return lambda e: f"{name}({', '.join(_value(part) for part in e.flatten())})"


_WRITERS: Mapping[type, Callable[[Any], str]] = {
    exp.Paren: lambda e: _value(e.this),
    exp.Column: lambda e: _name(str(e.name)),
    exp.Identifier: lambda e: _name(str(e.name)),
    exp.Literal: _literal,
    exp.Boolean: lambda e: repr(bool(e.this)),
    exp.Null: lambda _: "None",
    exp.Neg: lambda e: f"_sub(0, {_value(e.this)})",
    exp.And: _logic("_and"),
    exp.Or: _logic("_or"),
    exp.Not: lambda e: f"_not({_value(e.this)})",
    exp.Cast: _cast,
    exp.TryCast: _try_cast,
    exp.Case: _case,
    exp.Is: _is,
    exp.In: _in,
    exp.Lambda: _lambda,
    exp.Log: _log,
}


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


def _read_whole(text: str | None) -> int | None:
    return int(text) if text is not None and _WHOLE.fullmatch(text) else None


def _and(*parts: bool | None) -> bool | None:
    return False if False in parts else None if None in parts else True


def _or(*parts: bool | None) -> bool | None:
    return True if True in parts else None if None in parts else False


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


def _coalesce(first: Any, *others: Any) -> Any:
    if first is not None:
        return first
    return _coalesce(*others) if others else None


def _eq(a: Any, b: Any) -> bool | None:
    return None if a is None or b is None else a == b


def _ne(a: Any, b: Any) -> bool | None:
    return None if a is None or b is None else a != b


def _ge(a: Any, b: Any) -> bool | None:
    return None if a is None or b is None else a >= b


def _gt(a: Any, b: Any) -> bool | None:
    return None if a is None or b is None else a > b


def _le(a: Any, b: Any) -> bool | None:
    return None if a is None or b is None else a <= b


def _lt(a: Any, b: Any) -> bool | None:
    return None if a is None or b is None else a < b


def _one_of(value: Any, *constants: Any) -> bool | None:
    return None if value is None else value in constants


def _add(a: Any, b: Any) -> Any:
    return None if a is None or b is None else a + b


def _sub(a: Any, b: Any) -> Any:
    return None if a is None or b is None else a - b


def _mul(a: Any, b: Any) -> Any:
    return None if a is None or b is None else a * b


def _div(a: Any, b: Any) -> float | None:
    if a is None or b is None:
        return None
    if b == 0:
        return math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a)
    return float(a / b)


def _abs(a: Any) -> Any:
    return None if a is None else abs(a)


def _log2(a: float | None) -> float | None:
    return None if a is None else math.log2(a)


def _least(*values: Any) -> Any:
    """NULLs are passed over."""
    if None not in values:
        return min(values, default=None)
    return min((v for v in values if v is not None), default=None)


def _greatest(*values: Any) -> Any:
    """NULLs are passed over."""
    if None not in values:
        return max(values, default=None)
    return max((v for v in values if v is not None), default=None)


def _length(value: Any) -> int | None:
    return None if value is None else len(value)


def _left(text: str | None, first: int | None) -> str | None:
    return None if text is None or first is None else text[:first]


def _substring(text: str | None, start: int, length: int | None = None) -> str | None:
    if text is None:
        return None
    return text[start - 1 :] if length is None else text[start - 1 : start - 1 + length]


def _concat(*texts: str | None) -> str:
    return "".join(t for t in texts if t is not None)


def _contains(text: Any, part: Any) -> bool | None:
    return None if text is None or part is None else part in text


def _starts_with(text: str | None, part: str | None) -> bool | None:
    return None if text is None or part is None else text.startswith(part)


def _overlap(a: Values | None, b: Values | None) -> bool | None:
    if a is None or b is None:
        return None
    for x in a:  # noqa: SIM110  lists of one or two: a loop is three times faster than `any`
        if x is not None and x in b:
            return True
    return False


def _intersect(a: Values | None, b: Values | None) -> Values | None:
    """DuckDB finds nothing of a list again in NULL."""
    return None if a is None else tuple(dict.fromkeys(x for x in a if x is not None and x in (b or ())))


def _transform(values: Values | None, each: Callable[[Any], Any]) -> Values | None:
    return None if values is None else tuple([each(v) for v in values])


def _list_min(values: Values | None) -> Any:
    return None if values is None else _least(*values)


def _list_max(values: Values | None) -> Any:
    return None if values is None else _greatest(*values)


def _list_avg(values: Values | None) -> float | None:
    """NULLs are passed over."""
    known = [v for v in values or () if v is not None]
    return sum(known) / len(known) if known else None


def _any_true(values: Values | None) -> bool | None:
    if values is None:
        return None
    known = [v for v in values if v is not None]
    return any(known) if known else None


def _jaro_winkler(a: str | None, b: str | None) -> float | None:
    """Differs from DuckDB's in the last bit of a double at most (DuckDB fuses a multiplication and an addition)."""
    if a is None or b is None:
        return None
    if not a or not b:
        return 0.0
    if a == b:
        return 1.0
    if a.isascii() and b.isascii():
        return JaroWinkler.similarity(a, b)
    return JaroWinkler.similarity(a.encode(), b.encode())


def _damerau_levenshtein(a: str | None, b: str | None) -> int | None:
    if a is None or b is None:
        return None
    if a == b:
        return 0
    if a.isascii() and b.isascii():
        return DamerauLevenshtein.distance(a, b)
    return DamerauLevenshtein.distance(a.encode(), b.encode())


def _levenshtein(a: str | None, b: str | None) -> int | None:
    if a is None or b is None:
        return None
    if a.isascii() and b.isascii():
        return Levenshtein.distance(a, b)
    return Levenshtein.distance(a.encode(), b.encode())


_BOTH = ("this", "expression")
_ALL = ("this", "expressions")
# node of the parsed SQL: our function, and which of the node's arguments it takes
_CALLS: Mapping[type, tuple[str, tuple[str, ...]]] = {
    exp.Coalesce: ("_coalesce", _ALL),
    exp.EQ: ("_eq", _BOTH),
    exp.NEQ: ("_ne", _BOTH),
    exp.GTE: ("_ge", _BOTH),
    exp.GT: ("_gt", _BOTH),
    exp.LTE: ("_le", _BOTH),
    exp.LT: ("_lt", _BOTH),
    exp.Add: ("_add", _BOTH),
    exp.Sub: ("_sub", _BOTH),
    exp.Mul: ("_mul", _BOTH),
    exp.Div: ("_div", _BOTH),
    exp.Abs: ("_abs", ("this",)),
    exp.Least: ("_least", _ALL),
    exp.Greatest: ("_greatest", _ALL),
    exp.Length: ("_length", ("this",)),
    exp.ArraySize: ("_length", ("this",)),
    exp.Left: ("_left", _BOTH),
    exp.Substring: ("_substring", ("this", "start", "length")),
    exp.Concat: ("_concat", ("expressions",)),
    exp.Contains: ("_contains", _BOTH),
    exp.StartsWith: ("_starts_with", _BOTH),
    exp.ArrayOverlaps: ("_overlap", _BOTH),
    exp.ArrayContains: ("_contains", _BOTH),
    exp.Transform: ("_transform", _BOTH),
    exp.ArrayMin: ("_list_min", ("this",)),
    exp.ArrayMax: ("_list_max", ("this",)),
    exp.JarowinklerSimilarity: ("_jaro_winkler", _BOTH),
    exp.Levenshtein: ("_levenshtein", _BOTH),
}
# functions that the parser knows by name only
_NAMED: Mapping[str, str] = {
    "damerau_levenshtein": "_damerau_levenshtein",
    "list_avg": "_list_avg",
    "list_bool_or": "_any_true",
    "list_intersect": "_intersect",
}
_SCOPE: Mapping[str, Any] = {
    f.__name__: f
    for f in (
        _abs, _add, _and, _any_true, _coalesce, _concat, _contains, _damerau_levenshtein, _div, _eq, _ge, _greatest,
        _gt, _intersect, _jaro_winkler, _le, _least, _left, _length, _levenshtein, _list_avg, _list_max, _list_min,
        _log2, _lt, _mul, _ne, _not, _one_of, _or, _overlap, _read_whole, _starts_with, _sub, _substring, _transform,
        _whole,
    )
}  # fmt: skip
