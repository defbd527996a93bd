"""Takes the JSON values of golden records apart: one column for each canonical attribute, in declared order."""

from __future__ import annotations

import json

from duckdb import (
    CoalesceOperator,
    ColumnExpression,
    ConstantExpression,
    DuckDBPyRelation,
    Expression,
    FunctionExpression,
)

from mdm.model import ATTRIBUTES, Attribute, Kind

ADDRESS_FIELDS = ("street", "unit", "city", "region", "postcode", "country")
_HEAD = ("golden_id", "entity_type", "version", "valid_from")
_TAIL = ("source_records",)


def golden_columns() -> tuple[str, ...]:
    """The columns of exported golden records, in order.

    A single-valued attribute has its name; a multi-valued one has its name (the value ranked first) and
    ``<name>_all`` (the JSON list); an address is ``address_street`` ... ``address_country`` and ``address_all``;
    consent is its JSON list.
    """
    return (*_HEAD, *(name for a in ATTRIBUTES.values() for name in _columns_of(a)), *_TAIL)


def _columns_of(attribute: Attribute) -> tuple[str, ...]:
    if not attribute.multi or attribute.kind is Kind.CONSENT:
        return (attribute.name,)
    if attribute.kind is Kind.ADDRESS:
        return (*(f"{attribute.name}_{field}" for field in ADDRESS_FIELDS), f"{attribute.name}_all")
    return (attribute.name, f"{attribute.name}_all")


def with_columns(golden: DuckDBPyRelation) -> DuckDBPyRelation:
    """A relation with column ``values`` (JSON object) as one with ``golden_columns()``; each is parsed once."""
    structure = json.dumps({a.name: "JSON" if a.multi else "VARCHAR" for a in ATTRIBUTES.values()})
    parsed = FunctionExpression("from_json", ColumnExpression("values"), ConstantExpression(structure)).alias("parsed")
    kept = [ColumnExpression(name) for name in (*_HEAD, *_TAIL)]
    expressions = [e for a in ATTRIBUTES.values() for e in _expressions_of(a)]
    head, tail = ([ColumnExpression(name) for name in names] for names in (_HEAD, _TAIL))
    return golden.select(*kept, parsed).select(*head, *expressions, *tail)


def _expressions_of(attribute: Attribute) -> list[Expression]:
    value = FunctionExpression("struct_extract", ColumnExpression("parsed"), ConstantExpression(attribute.name))
    *parts, last = _columns_of(attribute)
    if not parts:
        return [value.alias(last)]
    if attribute.kind is Kind.ADDRESS:
        firsts = [_text(value, f"$[0].{field}") for field in ADDRESS_FIELDS]
    else:
        firsts = [CoalesceOperator(_text(value, "$[0].value"), _text(value, "$[0]"))]
    return [e.alias(name) for e, name in zip((*firsts, value), (*parts, last), strict=True)]


def _text(value: Expression, path: str) -> Expression:
    return FunctionExpression("json_extract_string", value, ConstantExpression(path))
