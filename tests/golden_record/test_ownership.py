"""The rule file: shipped default, errors with file and line, schema, linter."""

from __future__ import annotations

from pathlib import Path

import pytest

import golden_record
from golden_record.lint import lint
from golden_record.loops import SharedField
from golden_record.model import STRATEGY_WORDS, RuleError
from golden_record.rules import (
    default_ownership,
    default_ownership_text,
    load_ownership,
    ownership_schema,
    parse_ownership,
)
from golden_record.tables import tables_of
from mdm.cli.rules import schema_text
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
    schema = ownership_schema(attributes=["x", "y"], entity_types=["person"])
    rule, when = schema["$defs"]["RuleDocument"]["properties"], schema["$defs"]["WhenDocument"]["properties"]
    assert {"assert", "when"} <= rule.keys()
    assert rule["attributes"]["items"] == when["has"]["items"] == {"enum": ["x", "y"]}
    assert when["is"]["propertyNames"] == {"enum": ["x", "y"]}
    assert rule["entity_types"]["items"] == {"enum": ["person"]}
    assert set(schema["$defs"]["WinsDocument"]["properties"]["strategy"]["enum"]) == set(STRATEGY_WORDS)


def test_the_published_schema_is_the_model_s():
    folder = Path(golden_record.__file__).parent
    assert (folder / "ownership.schema.json").read_text(encoding="utf-8") == schema_text(), (
        "write it anew: `mdm rules schema --out golden_record/ownership.schema.json`"
    )
    modeline = default_ownership_text().splitlines()[0]
    assert modeline == "# yaml-language-server: $schema=ownership.schema.json"


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


WHEN = "{attributes: [x], when: {has: [%s]}, " + RANKED + "%s}"
BACK = ", receives: [crm]"
BOTH = "assert: anyone, wins: {strategy: %s}, receives: [crm, erp]"


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ([WHEN % ("y", "")], "o.yaml:3: error: no rule owns 'x' of entity type 'person' where no 'when' holds"),
        ([WHEN % ("z", "")], "o.yaml:3: error: when: unknown attribute 'z'"),
        ([f"{{attributes: [x], {RANKED}}}", WHEN % ("y", "")], "o.yaml:4: error: 'x' is already owned by the rule"),
        ([WHEN % ("y", ""), WHEN % ("y", "")], "o.yaml:4: error: 'x' is already owned by the rule of line 3"),
        (
            [WHEN % ("y", ""), "{attributes: [x], assert: anyone, wins: {strategy: union}}"],
            "o.yaml:4: error: 'x' keeps several values here, but not by the rule of line 3",
        ),
        (
            ["{attributes: [x], assert: anyone, wins: {strategy: owner_first, systems: [erp, crm, others]}}"],
            "o.yaml:3: warning: unreachable: owner_first asks 'erp' only",
        ),
        (
            ["{attributes: [x], assert: [erp], wins: {strategy: trusted, trust: {erp: 2, crm: 1}}}"],
            "o.yaml:3: warning: unreachable: 'crm' is trusted but may not assert",
        ),
        (
            [f"{{attributes: [x], {BOTH % 'most_frequent'}}}"],
            "error: write loop: crm, erp assert and receive, and nothing but the count",
        ),
        (
            [f"{{attributes: [x], {BOTH % 'trusted, trust: {erp: 2, crm: 1, others: 1}, halves_after_days: 9'}}}"],
            "nothing but the clock says which wins",
        ),
        ([f"{{attributes: [x], {BOTH % 'verified_first, then: most_recent'}}}"], "nothing but the clock"),
        (
            [f"{{attributes: [x], unless: [y], {RANKED}}}", f"{{attributes: [y], unless: [x], {RANKED}}}"],
            "o.yaml:3: error: circle: x gives way to y gives way to x: none of them would have a value",
        ),
        (
            [WHEN % ("y", BACK), (WHEN % ("x", BACK)).replace("[x], when", "[y], when")],
            "o.yaml:3: error: circular owners: x asks for y asks for x, and all of them are written back",
        ),
        (
            [WHEN % ("y", BACK), (WHEN % ("x", "")).replace("[x], when", "[y], when")],
            "o.yaml:3: warning: circular owners: x asks for y asks for x; each asks what records say",
        ),
        (
            [f"{{attributes: [x], when: {{is: {{x: [a]}}}}, {RANKED}{BACK}}}", f"{{attributes: [x], {RANKED}}}"],
            "o.yaml:3: error: circular owners: x asks for x, and",
        ),
    ],
)
def test_lint_of_rules_that_chase_each_other(rules, message):
    both = {"x": {"person"}, "y": {"person"}}
    found = _lint(_file(*rules), attributes=both, filled_by=dict.fromkeys(both, ("crm", "erp")))
    assert any(message in line for line in found), found


def test_lint_finds_no_loop_where_a_ranking_decides_or_one_side_only_is_written():
    both = {"x": {"person"}, "y": {"person"}}
    rules = [
        (WHEN % ("x", BACK)).replace("[x], when", "[y], when"),
        f"{{attributes: [x], {RANKED}, receives: [crm, erp]}}",
        f"{{attributes: [y], {BOTH % 'trusted, trust: {erp: 2, crm: 1, others: 1}'}}}",
    ]
    assert _lint(_file(*rules), attributes=both, filled_by=dict.fromkeys(both, ("crm", "erp"))) == []


def _two(first, second):
    one = f"{{attributes: [x], {RANKED}, receives: [{first}]}}"
    return parse_ownership(_file(one, f"{{attributes: [y], {RANKED}, receives: [{second}]}}"), file="o.yaml")


@pytest.mark.parametrize(
    ("first", "second", "loops"),
    [
        ("crm", "erp", True),
        ("crm", "crm", False),  # what crm makes of x goes nowhere but to itself
        ("erp", "erp", False),  # x is never written where y is read
        ("crm/Contact", "erp", True),
        ("crm/Account", "erp", False),
    ],
)
def test_lint_follows_a_circle_over_two_systems_and_two_attributes(first, second, loops):
    # crm reads y from the field x is written to, erp reads x from the field y is written to
    shared = [SharedField("crm", "Contact", "x", "y"), SharedField("erp", "Customer", "y", "x")]
    both = {"x": {"person"}, "y": {"person"}}
    filled = dict.fromkeys(both, ("crm", "erp"))
    rules = _two(first, second)
    found = lint(rules, attributes=both, systems=("crm", "erp"), filled_by=filled, shared_fields=shared)
    assert [(f.line, f.severity, f.message) for f in found] == [
        (
            3,
            "error",
            "write loop: crm/Contact reads y where x is written, erp/Customer reads x where y is written",
        )
    ] * loops


def test_lint_of_systems_that_are_no_more():
    text = (
        "systems: {crm: people, erp: money, old: archive}\nretired: [old]\nrules:\n"
        "  - attributes: [x]\n    assert:\n      - crm\n      - old\n"
        "    wins:\n      strategy: ranked\n      systems:\n        - crm\n        - old\n"
        "    receives:\n      - old\n    never_written: [old/Thing]\n"
    )
    rules = parse_ownership(text, file="o.yaml")
    found = lint(rules, attributes={"x": {"person"}}, systems=("crm", "erp", "old"), filled_by={"x": {"crm"}})
    assert [(f.line, f.severity) for f in found] == [(7, "warning"), (12, "warning"), (14, "error")]
    named_by_nobody = parse_ownership(
        f"systems: {{crm: a, erp: b, old: c}}\nretired: [old]\nrules:\n  - {{attributes: [x], {RANKED}}}", file="o.yaml"
    )
    assert (
        lint(named_by_nobody, attributes={"x": {"person"}}, systems=("crm", "erp", "old"), filled_by={"x": {"crm"}})
        == []
    )


def test_lint_says_what_no_mapping_fills():
    text = _file(f"{{attributes: [x], {RANKED}}}")
    assert _lint(text) == []
    assert _lint(text, filled_by={"z": {"crm"}}) == ["o.yaml:3: warning: 'x': no mapping file fills it"]
