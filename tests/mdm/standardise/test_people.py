"""Names of people: known given names, genders, nicknames that keep to one gender, umlauts, whole names, capitals."""

from collections import defaultdict
from datetime import date

import pytest

from mdm.model import EntityType
from mdm.standardise import Context, standardise_record
from mdm.standardise.reference import csv_rows

CONTEXT = Context(default_region="US", version="test", today=date(2026, 11, 1))


def match_of(**attributes):
    return standardise_record(attributes, EntityType.PERSON, CONTEXT).match


def roots(name):
    return set(match_of(given_name=name)["given_roots"])


@pytest.mark.parametrize(
    ("given", "known", "gender"),
    [
        ("Robert", "robert", "male"),
        ("MARGARET", "margaret", "female"),
        ("María", "maria", "female"),
        ("Jürgen", "jurgen", "male"),
        ("Juergen", "jurgen", "male"),
        ("Samuel", "samuel", "male"),
        ("Linda R", "linda", "female"),
        ("Sepp", "sepp", "male"),
        ("José María", "jose", "male"),
        ("Maria Jose", "maria", "female"),
        ("Chris", "chris", None),
        ("Andrea", "andrea", None),
        ("Rbert", None, None),
        ("R", None, None),
        ("unknown", None, None),
    ],
)
def test_a_known_given_name_is_named_with_its_gender(given, known, gender):
    match = match_of(given_name=given)
    assert (match["given_known"], match["name_gender"]) == (known, gender)
    assert known in {None, match["given"]}


def test_a_record_without_a_name_has_the_columns_all_the_same():
    match = match_of(email=[{"value": "linda@acme.org"}])
    assert [match[c] for c in ("given_known", "name_gender", "gender")] == [None, None, None]


@pytest.mark.parametrize(
    ("attributes", "gender"),
    [
        ({"prefix": "Mr", "gender": "F"}, "female"),
        ({"prefix": "Mr."}, "male"),
        ({"prefix": "mrs"}, "female"),
        ({"prefix": "Ms"}, "female"),
        ({"prefix": "MISS"}, "female"),
        ({"prefix": "Herr"}, "male"),
        ({"prefix": "Herr Dr."}, "male"),
        ({"prefix": "Frau Prof. Dr."}, "female"),
        ({"prefix": "M."}, "male"),
        ({"prefix": "Mme"}, "female"),
        ({"prefix": "Mlle"}, "female"),
        ({"prefix": "Sr."}, "male"),
        ({"prefix": "Sra."}, "female"),
        ({"prefix": "Señor"}, "male"),
        ({"prefix": "Señora"}, "female"),
        ({"prefix": "Sir"}, "male"),
        ({"prefix": "Lady"}, "female"),
        ({"prefix": "Lord"}, "male"),
        ({"prefix": "Mr. and Mrs."}, None),
        ({"prefix": "Dr."}, None),
        ({"prefix": "Mx"}, None),
        ({"prefix": "Mr.", "gender": "unknown"}, "male"),
        ({"full_name": "Mrs. Jane Smith"}, "female"),
        ({"given_name": "Mr. John"}, "male"),
        ({"given_name": "M. Night"}, None),
    ],
)
def test_gender_is_the_field_s_own_else_that_of_the_salutation(attributes, gender):
    assert match_of(**attributes)["gender"] == gender


def test_the_gender_of_a_salutation_is_evidence_and_no_value():
    assert "gender" not in standardise_record({"prefix": "Mr."}, EntityType.PERSON, CONTEXT).values


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *[("Bob", "Robert"), ("Peggy", "Margaret"), ("Sepp", "Josef"), ("Bill", "William"), ("Will", "William")],
        *[("Alex", "Alexander"), ("Alex", "Alexandra"), ("Chris", "Christopher"), ("Chris", "Christina")],
        *[("Pat", "Patrick"), ("Pat", "Patricia"), ("Sam", "Samuel"), ("Sam", "Samantha"), ("Jack", "John")],
        *[("Frank", "Francis"), ("Fran", "Frances"), ("Andy", "Andrew"), ("Kate", "Katherine"), ("Flo", "Florian")],
        *[("Kris", "Kristofer"), ("Kris", "Christina"), ("Liz", "Elizabeth"), ("Uli", "Ulrich"), ("Uli", "Ulrike")],
        *[("Nicole", "Nichole"), ("Vicky", "Victoria"), ("Ron", "Ronald"), ("Tony", "Anthony"), ("Toni", "Antonia")],
    ],
)
def test_nicknames_meet_the_names_they_stand_for(one, other):
    assert roots(one) & roots(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *[("Andrew", "Andrea"), ("William", "Wilma"), ("Jack", "Jacqueline"), ("Frank", "Fran"), ("Frank", "Frances")],
        *[("Alexander", "Alexandra"), ("Erin", "Aaron"), ("Polly", "Paul"), ("Emily", "Emil"), ("Bela", "William")],
    ],
)
def test_other_names_do_not_meet(one, other):
    assert not roots(one) & roots(other)


def test_no_root_is_reached_from_a_man_s_and_from_a_woman_s_name():
    reached = defaultdict(set)
    for row in csv_rows("given_names"):
        if row["gender"] != "x" and " " not in row["name"]:
            for root in roots(row["name"]):
                reached[root].add(row["gender"])
    assert not [root for root, genders in reached.items() if len(genders) > 1]


def test_the_list_of_given_names_is_folded_sorted_and_without_letters():
    rows = csv_rows("given_names")
    names = [row["name"] for row in rows]
    assert names == sorted(set(names))
    assert {row["gender"] for row in rows} == {"f", "m", "x"}
    assert min(map(len, names)) > 1
    assert all(match_of(given_name=n)["given_known"] == n for n in names if " " not in n)


@pytest.mark.parametrize(
    ("family", "folded", "tokens"),
    [
        ("Müller", "muller", ["muller"]),
        ("Mueller", "muller", ["muller"]),
        ("MUELLER", "muller", ["muller"]),
        ("Muller", "muller", ["muller"]),
        ("Häusler", "hausler", ["hausler"]),
        ("Haeusler", "hausler", ["hausler"]),
        ("Özdemir", "ozdemir", ["ozdemir"]),
        ("Oezdemir", "ozdemir", ["ozdemir"]),
        ("Groß", "gross", ["gross"]),
        ("Schroeder-Goetz", "schrodergotz", ["schroder", "gotz"]),
        ("Fuentes", "fuentes", ["fuentes"]),
        ("Rodriguez", "rodriguez", ["rodriguez"]),
        ("Bauer", "bauer", ["bauer"]),
        ("Monroe", "monroe", ["monroe"]),
    ],
)
def test_an_umlaut_is_one_letter_however_it_is_written(family, folded, tokens):
    match = match_of(family_name=family)
    assert (match["family"], match["family_tokens"]) == (folded, tokens)


def test_digraphs_of_their_own_stay():
    for name in ("Samuel", "Michael", "Joel", "Joe", "Chloe", "Raphael", "Manuel"):
        assert match_of(given_name=name)["given"] == name.lower()


@pytest.mark.parametrize(
    ("text", "expect"),
    [
        ("Jane Smith MD", {"given": "jane", "family": "smith"}),
        ("JANE SMITH MD", {"given": "jane", "family": "smith"}),
        ("Jane Smith, MD, PhD", {"given": "jane", "family": "smith"}),
        ("Smith, Jane, MD", {"given": "jane", "family": "smith"}),
        ("Yo-Yo MA", {"given": "yo", "family": "ma"}),
        ("KIM SU MA", {"family": "ma"}),
        ("Dr. med. Hans von der Heide", {"given": "hans", "family": "vonderheide"}),
        ("Dr med Hans von der Heide", {"given": "hans", "family": "vonderheide"}),
        ("Prof. Dr. rer. nat. Anna Weber", {"given": "anna", "family": "weber"}),
        ("Dipl.-Ing. Karl Berg", {"given": "karl", "family": "berg"}),
        ("Smith, Jr., John", {"given": "john", "family": "smith", "suffix": "jr"}),
        ("Smith, John, Jr.", {"given": "john", "family": "smith", "suffix": "jr"}),
        ("John Smith, Jr., MD", {"given": "john", "family": "smith", "suffix": "jr"}),
        ("Med Hassan", {"given": "med", "family": "hassan"}),
    ],
)
def test_whole_names(text, expect):
    match = match_of(full_name=text)
    assert {name: match[name] for name in expect} == expect


def test_the_suffix_shown_is_the_suffix():
    record = standardise_record({"full_name": "Smith, Jr., John"}, EntityType.PERSON, CONTEXT)
    assert record.values["suffix"][0].display == "Jr."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("MACKINTOSH-ROE", "Mackintosh-Roe"),
        ("MACDONALD", "MacDonald"),
        ("MACGREGOR", "MacGregor"),
        ("MACARTHUR", "MacArthur"),
        ("MACLEOD", "MacLeod"),
        ("MACKAY", "Mackay"),
        ("MCKINTOSH", "McKintosh"),
    ],
)
def test_only_sure_forms_get_a_capital_inside(text, shown):
    record = standardise_record({"family_name": text}, EntityType.PERSON, CONTEXT)
    assert record.values["family_name"][0].display == shown


@pytest.mark.parametrize(
    ("given", "folded"),
    [
        ("Zoë😀", "zoe"),
        ("👨‍👩‍👧 Zoë", "zoe"),
        ("Zoë 🇩🇪", "zoe"),
        ("\ue000Zoë\U0010ffff", "zoe"),
        ("Ｚｏë", "zoe"),
        ("𝒵𝑜𝑒", "zoe"),
        ("Ⓩⓞⓔ", "zoe"),
        ("Zo\u200be", "zoe"),
        ("\u202eZoë\u202c", "zoe"),
        ("😀", None),
        ("😀 👍", None),
    ],
)
def test_a_picture_is_no_part_of_a_name_and_a_letter_in_disguise_is(given, folded):
    assert match_of(given_name=given)["given"] == folded
