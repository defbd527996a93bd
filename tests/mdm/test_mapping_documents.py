"""Mapping files are checked on loading: what is wrong is said with file, line and reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from mdm.errors import NotFound, RefusedInput, RuleFileError
from mdm.settings import Settings
from mdm.systems import load_mapping, load_mappings

GOOD = """\
system: pos
object: Buyer
format: csv
files: ["pos_buyer*.csv"]
entity_type: person
source_id: no
source_time: {path: when, format: epoch}
attributes:
  full_name: who
  email:
    - {value: mail, type: home}
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "pos.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file_loads_and_knows_what_it_needs(tmp_path: Path) -> None:
    mapping = load_mapping(write(tmp_path, GOOD))
    assert mapping.name == "pos/Buyer"
    assert mapping.required == (frozenset({"no"}), frozenset({"when"}))
    assert mapping.known_names == {"no", "when", "who", "mail"}


def test_the_version_follows_the_text(tmp_path: Path) -> None:
    first = load_mapping(write(tmp_path, GOOD)).version
    assert load_mapping(write(tmp_path, GOOD)).version == first
    assert load_mapping(write(tmp_path, GOOD + "# a word more\n")).version != first


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("full_name: who", "fullname: who", 9, "unknown attribute 'fullname'"),
        ("type: home", "colour: home", 11, "unknown field 'colour' of email"),
        ("full_name: who", "legal_name: who", 9, "legal_name is not an attribute of person"),
        ("format: csv", "format: xml", 3, "format"),
        ("entity_type: person", "entity_type: dog", 5, "'dog'"),
        ("format: epoch", "format: sometime", 7, "format is iso, epoch"),
        ("system: pos", "system: pos\nsystem: shop", 2, "said twice"),
        ("system: pos", "system: pos\nsurprise: 1", 2, "not a word of the mapping language"),
        ("full_name: who", "full_name: {path: who, pattern: '('}", 9, "not a regular expression"),
        ("full_name: who", "full_name: {path: who, constant: x}", 9, "exactly one of"),
        ("full_name: who", "full_name: [a, b]", 9, "has one value"),
        ("value: mail, ", "", 11, "email needs 'value'"),
        ("source_id: no\n", "", 1, "source_id: is missing"),
        ("attributes:", "attributes: ]", 8, "not YAML"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(tmp_path: Path, old: str, new: str, line: int, reason: str) -> None:
    path = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(RuleFileError) as caught:
        load_mapping(path)
    assert str(caught.value).startswith(f"{path}:{line}: "), str(caught.value)
    assert reason in str(caught.value)


def test_unknown_writable_attribute(tmp_path: Path) -> None:
    text = GOOD + "writable:\n  key: no\n  fields:\n    colour: c\n"
    with pytest.raises(RuleFileError, match=r"pos\.yaml:15: unknown attribute 'colour'"):
        load_mapping(write(tmp_path, text))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuleFileError, match="cannot be read"):
        load_mapping(tmp_path / "none.yaml")


def test_countries_and_days_in_value_maps_stay_text(tmp_path: Path) -> None:
    text = GOOD.replace("full_name: who", "full_name: {path: who, values: {NO: Norway, on: 2020-01-01}}")
    values = load_mapping(write(tmp_path, text)).document.attributes["full_name"][0].fields["value"].values
    assert values == {"NO": "Norway", "on": "2020-01-01"}


def test_the_shipped_mappings(tmp_path: Path) -> None:
    mappings = load_mappings(Settings(home=tmp_path))
    assert [m.name for m in mappings] == [
        "loyalty/Member",
        "netsuite/customer",
        "salesforce/Account",
        "salesforce/Contact",
        "salesforce/Lead",
        "shopify/Customer",
        "shopify/Order",
        "zendesk/ticket",
        "zendesk/user",
    ]


@pytest.mark.parametrize(
    ("name", "mapping"),
    [
        ("salesforce_contact.csv", "salesforce/Contact"),
        ("salesforce_contact_2026-10-02.csv.gz", "salesforce/Contact"),
        ("shopify_order.jsonl", "shopify/Order"),
        ("truth.csv", None),
        ("salesforce_contact.txt", None),
    ],
)
def test_files_find_their_mapping(tmp_path: Path, name: str, mapping: str | None) -> None:
    found = load_mappings(Settings(home=tmp_path)).for_file(name)
    assert (found.name if found else None) == mapping


def test_the_home_overrides_and_extends(tmp_path: Path) -> None:
    own = tmp_path / "mappings"
    own.mkdir()
    (own / "pos.yaml").write_text(GOOD, encoding="utf-8")
    (own / "member.yaml").write_text(GOOD.replace("pos", "loyalty", 1).replace("Buyer", "Member", 1), encoding="utf-8")
    mappings = load_mappings(Settings(home=tmp_path))
    assert mappings.get("pos", "Buyer").file == str(own / "pos.yaml")
    assert mappings.get("loyalty", "Member").file == str(own / "member.yaml")


def test_two_files_of_the_home_for_one_object_are_refused(tmp_path: Path) -> None:
    own = tmp_path / "mappings"
    own.mkdir()
    for name in ("a.yaml", "b.yaml"):
        (own / name).write_text(GOOD, encoding="utf-8")
    with pytest.raises(RefusedInput, match="mapped in"):
        load_mappings(Settings(home=tmp_path))


def test_an_unknown_object_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"salesforce/contact; known are .*salesforce/Contact"):
        load_mappings(Settings(home=tmp_path)).get("salesforce", "contact")
