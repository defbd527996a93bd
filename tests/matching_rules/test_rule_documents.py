"""A rule file that makes no sense is refused with the file, the line and what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

import matching_rules
from matching_rules.errors import RuleError
from matching_rules.rules import load_rules, rules_version

SHIPPED = Path(matching_rules.__file__).parent


@pytest.mark.parametrize("name", ["person", "organisation"])
def test_the_shipped_rules_hold_together(name: str) -> None:
    rules = load_rules(SHIPPED / f"{name}.yaml")
    assert rules.entity_type == name
    assert set(rules.frequency_columns) <= set(rules.columns)


# (text to change, what it becomes, words of the line that must be named, words of the message)
FAULTS = [
    ("agree_on: [emails]", "agree_on: [mails]", "name: e-mail", "names the column 'mails'"),
    ("needs: [emails]", "needs: [e_mails]", "needs: [e_mails]", "names the column 'e_mails'"),
    ("frequency: family", "frequency: familly", "same last name", "names the column 'familly'"),
    ("frequency: given", "frequency: emails", "same first name", "needs a text column"),
    ("shared_values: [emails, phones]", "shared_values: [given]", "shared_values", "needs a list column"),
    ("{shared: phones}", "{shared: phone}", "label: same phone", "no column is called 'phone'"),
    ("{shared: phones}", "{in_common: phones}", "label: same phone", "no predicate is called 'in_common'"),
    ("{shared: phones}", "{shared: given}", "label: same phone", "not for this column"),
    ("{shared: phones}", "{}", "label: same phone", "at least one"),
    ("{shared: phones}", "{shared: []}", "label: same phone", "a column or a list of columns"),
    ("{shared: phones}", "{any: []}", "label: same phone", "at least one"),
    ("{shared: phones}", "{any: {shared: phones}}", "label: same phone", "takes a list of conditions"),
    ("{shared: phones}", "{not: phones}", "label: same phone", "a condition is a mapping"),
    ("at_most: 1, shortest: 4", "at_most: 1", "first name one slip away", "takes column, at_most, shortest"),
    ("at_most: 1, shortest: 4", "at_most: given, shortest: 4", "first name one slip away", "is a number"),
    ("column: given, at_most", "column: 5, at_most", "first name one slip away", "no column is called 5"),
    ("at_least: 0.8801", "at_least: .nan", "last name alike", "is a number"),
    ("{differ: dob}", "{differ: birthday}", "when: {differ: birthday}", "no column is called 'birthday'"),
    ("      - {label: another e-mail}\n", "", "- name: email", "the last takes what is left"),
    ("- {label: another e-mail}", "- {label: same e-mail}", "- name: email", "labels must differ"),
    ("- name: contact", "- name: email", "- name: email\n    needs: [phones", "two comparisons 'email'"),
    (
        "never_together:\n",
        "never_together:\n  - {name: two people's birth dates, when: {differ: family}}\n",
        "- name: two people's birth dates",
        "two contradictions",
    ),
    ("keep: -1", "keep: -4", "thresholds:", "thresholds must rise"),
    ("merge: 3", "merge: 0.5", "thresholds:", "thresholds must rise"),
    ("match: 1", "match: one", "match: one", "valid number"),
    ("merge: 3", "merge: .inf", "merge: .inf", "finite"),
    ("largest_cluster: 6", "largest_cluster: 1", "largest_cluster: 1", "greater than or equal to 2"),
    ("largest_cluster: 6", "biggest_cluster: 6", "biggest_cluster: 6", "Extra inputs"),
    ("first: 3", "first: 0", "name and postcode", "greater than or equal to 1"),
    ("dob: text", "dob: date", "dob: date", "'text' or 'list'"),
    ("entity_type: person", "entity_type: Some People", "entity_type", "pattern"),
    ("when: {differ: dob}", "when: {differ: dob", "thresholds:", "not valid YAML"),
]


@pytest.mark.parametrize(("good", "bad", "line", "message"), FAULTS, ids=[f"{f[1][:40]}".strip() for f in FAULTS])
def test_a_fault_is_named_with_its_line(
    small_file: Path, small_text: str, good: str, bad: str, line: str, message: str
) -> None:
    assert good in small_text
    text = small_text.replace(good, bad, 1)
    small_file.write_text(text, encoding="utf-8")
    with pytest.raises(RuleError) as caught:
        load_rules(small_file)
    expected = 1 + text[: text.index(line)].count("\n")
    assert str(caught.value).startswith(f"{small_file}:{expected}: ")
    assert message in str(caught.value)


def test_the_line_is_right_when_labels_resemble_each_other_or_hold_quotes(small_file: Path, small_text: str) -> None:
    levels = """\
      - {label: same phone and postcode, when: {shared: [phones, postcodes]}}
      - {label: "somebody's \\"phone\\"", when: {shared: phone}}
      - {label: same phone, when: {shared: phones}}
"""
    text = small_text.replace("      - {label: same phone, when: {shared: phones}}\n", levels)
    small_file.write_text(text, encoding="utf-8")
    wrong = 1 + text[: text.index("somebody's")].count("\n")
    with pytest.raises(RuleError, match=rf"^{small_file}:{wrong}: "):
        load_rules(small_file)


def test_an_empty_file_is_refused(small_file: Path) -> None:
    small_file.write_text("", encoding="utf-8")
    with pytest.raises(RuleError, match=rf"^{small_file}:1: "):
        load_rules(small_file)


def test_the_version_follows_the_content(small_file: Path, small_text: str) -> None:
    before = rules_version(small_file)
    small_file.write_text(small_text + "# a remark\n", encoding="utf-8")
    assert rules_version(small_file) != before
    small_file.write_text(small_text, encoding="utf-8")
    assert rules_version(small_file) == before
