"""The rule file: shipped default, errors with file and line, schema, linter."""

from __future__ import annotations

import pytest

from golden_record.lint import lint
from golden_record.model import RuleError
from golden_record.rules import default_ownership, load_ownership, ownership_schema, parse_ownership
from golden_record.tables import tables_of
from mdm.model import ATTRIBUTES

CANONICAL = {a.name: {str(e) for e in a.entity_types} for a in ATTRIBUTES.values()}


def _file(*rules: str) -> str:
    return "systems: {crm: people, erp: money}\nrules:\n" + "\n".join(f"  - {rule}" for rule in rules)


def _lint(text, attributes=None, filled_by=None):
    rules = parse_ownership(text, file="o.yaml")
    return [
        str(f)
        for f in lint(
            rules,
            attributes=attributes or {"x": {"person"}},
            systems=("crm", "erp"),
            filled_by=filled_by or {"x": {"crm", "erp"}},
        )
    ]


RANKED = "assert: anyone, wins: {strategy: ranked, systems: [erp, crm]}"


def test_shipped_matrix_owns_every_attribute_and_has_no_errors():
    rules = default_ownership()
    findings = lint(
        rules, attributes=CANONICAL, systems=rules.systems, filled_by=dict.fromkeys(CANONICAL, rules.systems)
    )
    assert findings == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "systems: {crm: a}\nrules:\n  - attributes: [x]\n    assert: anyone\n    why: 2\n    wins: {}",
            "o.yaml:5: rules.why: unknown key",
        ),
        (
            "systems: {crm: a}\nrules:\n  - attributes: [x]\n    assert: [pos]\n    wins: {strategy: union}",
            "o.yaml:4: assert: unknown system 'pos'",
        ),
        ("systems: {crm: a}\nsystems: {crm: b}", "o.yaml:2: key 'systems' stands twice"),
        ("systems: [", "o.yaml:1: not YAML"),
        ("", "o.yaml:1: file"),
        (
            _file("{attributes: [x], assert: anyone, wins: {strategy: ranked}}"),
            "o.yaml:3: rules.wins: ranked needs systems",
        ),
        (
            _file("{attributes: [x], assert: anyone, wins: {strategy: most_restrictive}}"),
            "o.yaml:3: rules.wins: most_restrictive needs",
        ),
        (
            _file("{attributes: [x], assert: anyone, wins: {strategy: union, outlasts: [out]}}"),
            "o.yaml:3: rules.wins: item, field, order and outlasts belong to most_restrictive",
        ),
        (
            _file(
                "{attributes: [x], assert: anyone, wins:"
                " {strategy: most_restrictive, item: [a], field: s, order: [out], outlasts: [never]}}"
            ),
            "o.yaml:3: rules.wins: outlasts names a state that order does not",
        ),
        (
            _file("{attributes: [x], assert: anyone, conflict: different, wins: {strategy: all}}"),
            "o.yaml:3: rules: all settles what differs",
        ),
        (_file("{attributes: ['x\"y'], assert: anyone, wins: {strategy: union}}"), "o.yaml:3: rules.attributes"),
        (
            _file(f"{{attributes: [x], complete_when: [street], {RANKED}}}"),
            "o.yaml:3: rules: complete_when belongs to a group, or to a union of structured values",
        ),
        (
            _file("{attributes: [x], complete_when: [town], assert: anyone, wins: {strategy: union, parts: [street]}}"),
            "o.yaml:3: rules: complete_when names 'town', which is none of street",
        ),
        (
            _file("{attributes: [x], assert: anyone, wins: {strategy: any, parts: [street]}}"),
            "o.yaml:3: rules.wins: parts belong to union, not to any",
        ),
        (
            _file(f"{{attributes: [x], unless: [x], {RANKED}}}"),
            "o.yaml:3: rules: unless names an attribute of the rule",
        ),
        (
            _file("{attributes: [x], group: g, assert: anyone, wins: {strategy: union}}"),
            "o.yaml:3: rules: a group holds single",
        ),
    ],
)
def test_errors_name_file_line_and_reason(text, message):
    with pytest.raises(RuleError) as error:
        parse_ownership(text, file="o.yaml")
    assert message in str(error.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(RuleError, match="cannot be read"):
        load_ownership(tmp_path / "none.yaml")


def test_two_owners_cannot_be_run():
    rules = parse_ownership(_file(f"{{attributes: [x], {RANKED}}}", f"{{attributes: [x], {RANKED}}}"), file="o.yaml")
    with pytest.raises(RuleError, match=r"o\.yaml:4: 'x' is already owned by line 3"):
        tables_of(rules)


def test_schema_speaks_the_words_of_the_file():
    assert "assert" in ownership_schema()["$defs"]["RuleDocument"]["properties"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (_file(f"{{attributes: [y], {RANKED}}}"), "o.yaml:3: error: unknown attribute 'y'"),
        (_file(f"{{attributes: [x], unless: [z], {RANKED}}}"), "o.yaml:3: error: unless: unknown attribute 'z'"),
        (_file(f"{{attributes: [y], {RANKED}}}"), "o.yaml:2: error: no rule owns 'x' of entity type 'person'"),
        (
            _file(f"{{attributes: [x], {RANKED}}}", f"{{attributes: [x], {RANKED}}}"),
            "o.yaml:4: error: 'x' is already owned by the rule of line 3",
        ),
        (
            _file("{attributes: [x], assert: [crm], wins: {strategy: ranked, systems: [erp, crm]}}"),
            "o.yaml:3: warning: unreachable: 'erp' is ranked but may not assert",
        ),
        (
            _file("{attributes: [x], assert: [crm], wins: {strategy: ranked, systems: [crm, others]}}"),
            "o.yaml:3: warning: unreachable: every system that may assert",
        ),
        (
            _file("{attributes: [x], assert: anyone, wins: {strategy: most_recent}, receives: [crm, erp]}"),
            "o.yaml:3: error: write loop: crm, erp",
        ),
        (
            _file(f"{{attributes: [x], {RANKED}, receives: [crm], never_written: [crm]}}"),
            "crm receives but is never written",
        ),
    ],
)
def test_lint(text, message):
    assert any(message in line for line in _lint(text))


def test_lint_says_what_no_mapping_fills():
    text = _file(f"{{attributes: [x], {RANKED}}}")
    assert _lint(text) == []
    assert _lint(text, filled_by={"z": {"crm"}}) == ["o.yaml:3: warning: 'x': no mapping file fills it"]
