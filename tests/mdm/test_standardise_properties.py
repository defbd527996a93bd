"""What holds for any value: nothing raises, standardising what is shown changes nothing, bulk equals one by one."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import lru_cache

import phonenumbers
import pyarrow as pa
import pytest
from email_validator import validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from mdm.model import ATTRIBUTES, EntityType, Kind, attributes_of
from mdm.standardise import Context, noted, standardise_batch, standardise_record, standardise_stream
from mdm.standardise.addresses import _PLAIN_LINE, any_street_line, street_line
from mdm.standardise.emails import _PLAIN
from mdm.standardise.phones import by_library, plain_nanp
from mdm.standardise.record import standardised_texts

CONTEXT = Context(default_region="US", version="test", today=date(2026, 11, 1))
SEEDS = [
    "MARY-ANN O'NEIL JR.",
    "van der Berg",
    "yTler",
    "ŉ",
    "ß",
    "0ß",
    "5ﬁ x",
    "İ",
    "Dr. No",
    "'s Gravensande",
    "Parker, Linda R",
    "J.R.",
    "Bob <BOB@x.org>",
    "a@b.org; c.d@e.org",
    "linda+x@gmial.com",
    "bob@gmail",
    "@",
    "a@@b",
    "+1 (212) 555-0123 x9",
    "00",
    "(914) 996-4183",
    "5102 Broadway Avenue, Apartment 28B",
    "6878Birch Drive",
    "Hauptstr. 12a",
    "PO BOX 12",
    "# 8B",
    "Apt",
    "21ST STREET",
    "2138",
    "sw1a1aa",
    "12/28/1982",
    "1900-01-01",
    "1982-02-30",
    "N/A",
    "\x00\u200b\ud800",
    "½",
    "１２３",
    "ACME L.L.C.",
    "smith & sons dba x",
    "http://www.acme.co.uk/x",
    "en_us",
    "1,234.50",
    "nan",
    "٣",
    "1e999",
    "-",
    "..",
    "'",
]
TEXT = st.one_of(
    st.sampled_from(SEEDS),
    st.text(max_size=40),
    st.lists(st.sampled_from([*SEEDS, ",", " ", "-", ".", "#", "12"]), max_size=4).map("".join),
    st.lists(st.sampled_from([*SEEDS, ",", "III", "van"]), max_size=4).map(" ".join),
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)


@lru_cache
def _record(entity_type: EntityType) -> st.SearchStrategy[dict]:
    """Records of the right shape with odd texts, and of the wrong shape."""

    def right(attribute):
        if not attribute.multi:
            return TEXT
        return st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(attribute.fields, TEXT)), max_size=2)

    names = {a.name: st.one_of(right(a), JSON) for a in attributes_of(entity_type)}
    return st.fixed_dictionaries({}, optional=names)


def _again(values):
    """The record a standardised record shows, as input once more."""
    shown = {}
    for name, found in values.items():
        attribute = ATTRIBUTES[name]
        wrapped = attribute.multi and attribute.fields[0] == "value"
        displays = [{"value": v.display} if wrapped else v.display for v in found]
        shown[name] = displays if attribute.multi else displays[0]
    return shown


@pytest.mark.parametrize("entity_type", list(EntityType))
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_nothing_raises_and_everything_can_be_stored(entity_type, data):
    record = standardise_record(data.draw(_record(entity_type)), entity_type, CONTEXT)
    text = json.dumps([record.values, record.match], allow_nan=False)
    assert "\\u0000" not in text.replace("\\\\", "")
    text.encode("utf-8")
    json.dumps(record.values, ensure_ascii=False).encode("utf-8")
    assert list(record.match) == sorted(record.match)
    assert all(v.mark is None or isinstance(v.mark, str) for found in record.values.values() for v in found)


@pytest.mark.parametrize("kind", [k for k in Kind if k not in {Kind.CONSENT, Kind.RELATION}])
@given(text=TEXT)
@settings(max_examples=150, deadline=None)
def test_standardising_what_is_shown_changes_nothing(kind, text):
    for attribute in (a for a in ATTRIBUTES.values() if a.kind is kind):
        (entity_type, *_) = sorted(attribute.entity_types)
        raw = [{attribute.fields[0] if kind is not Kind.ADDRESS else "street": text}] if attribute.multi else text
        once = standardise_record({attribute.name: raw}, entity_type, CONTEXT).values
        twice = standardise_record(_again(once), entity_type, CONTEXT).values
        assert [v.display for v in twice.get(attribute.name, [])] == [v.display for v in once.get(attribute.name, [])]


@pytest.mark.parametrize("name", sorted(ATTRIBUTES))
@pytest.mark.parametrize("unit", ["a", "1", " ", "@", "a@", "a.", "-", "é", "\x00", "(", "<", '"', "1 ", "a, ", "ﷺ"])
def test_very_long_values_cost_little_and_say_nothing(name, unit):
    attribute = ATTRIBUTES[name]
    text = (unit * 100_000)[:100_000]
    raw = [{attribute.fields[0]: text, "street": text}] if attribute.multi else text
    for entity_type in attribute.entity_types:
        record = standardise_record({name: raw}, entity_type, CONTEXT)
        assert not any(v for k, v in record.match.items() if k not in {"regions", "countries"})


@given(
    area=st.from_regex(r"[2-9][0-9]{2}", fullmatch=True),
    rest=st.from_regex(r"[0-9]{7}", fullmatch=True),
    form=st.sampled_from(
        ["{0}{1}{2}", "({0}) {1}-{2}", "{0}.{1}.{2}", "1-{0}-{1}-{2}", "+1{0}{1}{2}", "+1 ({0}) {1} {2}", "1{0}{1}{2}"]
    ),
    region=st.sampled_from(["US", "CA", "PR"]),
)
@settings(max_examples=2000, deadline=None)
def test_the_short_cut_for_plain_numbers_reads_as_the_library_does(area, rest, form, region):
    text = form.format(area, rest[:3], rest[3:])
    fast = plain_nanp(text, region=region)
    assert fast is not None
    assert by_library(text, region=region) == (fast, fast[2:], "")
    assert phonenumbers.format_number(phonenumbers.parse(text, region), phonenumbers.PhoneNumberFormat.E164) == fast


@given(st.from_regex(_PLAIN, fullmatch=True).filter(lambda t: len(t) < 80 and "--" not in t and t.index("@") < 60))
@settings(max_examples=400, deadline=None)
def test_the_short_cut_for_plain_addresses_accepts_nothing_the_library_refuses(address):
    assert validate_email(address, check_deliverability=False, test_environment=True).normalized.lower() == address


STREET_WORDS = st.sampled_from(
    [
        *("Apt", "Unit", "NO", "fl", "Lot", "ph", "Suite", "Floor", "Box", "PO", "st", "Street", "avenue", "Place"),
        *("Main", "ELM", "N", "SW", "Fox", "Mac", "McKay", "nd", "th", "of", "County", "Any", "Fake", "B", "x"),
    ]
)


@given(
    st.one_of(
        st.from_regex(_PLAIN_LINE, fullmatch=True),
        st.builds("{} {}".format, st.integers(0, 99_999), st.lists(STREET_WORDS, min_size=1, max_size=5).map(" ".join)),
    ).filter(_PLAIN_LINE.fullmatch)
)
@settings(max_examples=3000, deadline=None)
def test_the_short_cut_for_plain_street_lines_reads_as_the_long_way_does(line):
    assert street_line(line) == any_street_line(line)


def _canonical(text):
    return json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


@pytest.mark.parametrize("entity_type", list(EntityType))
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_what_is_written_is_canonical_json_and_the_attributes_come_in_declared_order(entity_type, data):
    values, match = standardised_texts(data.draw(_record(entity_type)), entity_type, CONTEXT)
    assert (_canonical(values), _canonical(match)) == (values, match)
    names = list(json.loads(values))
    assert names == [name for name in ATTRIBUTES if name in names]


def _table(records):
    return pa.table(
        {
            "record_id": pa.array(range(len(records)), pa.int64()),
            "version": pa.array([1] * len(records), pa.int32()),
            "entity_type": ["person"] * len(records),
            "attributes": [r if isinstance(r, str) else json.dumps(r) for r in records],
        }
    )


def test_a_batch_gives_what_one_by_one_gives_and_survives_bad_rows():
    records = [{"full_name": "Linda Parker"}, "{broken", "[]", {"email": {"value": ["deep"]}}, {"given_name": {"a": 1}}]
    out = standardise_batch(_table(records), CONTEXT)
    assert out.column_names == ["record_id", "version", "entity_type", "values", "match", "content_hash"]
    single = standardise_record(records[0], EntityType.PERSON, CONTEXT)
    assert json.loads(out["match"][0].as_py()) == single.match
    assert out["content_hash"][0].as_py() == single.content_hash
    assert json.loads(out["values"][4].as_py())["given_name"][0][2] == "invalid"
    assert out["content_hash"][1] == out["content_hash"][2]


def test_the_stream_keeps_order_in_this_process_and_in_others(monkeypatch):
    batches = [_table([{"given_name": f"Anna{chr(97 + i)}"} for i in range(3)]) for _ in range(4)]
    here = [t.to_pylist() for t in standardise_stream(iter(batches), CONTEXT, 2)]
    monkeypatch.setattr("mdm.standardise.batch.SMALL", 2)
    assert [t.to_pylist() for t in standardise_stream(iter(batches), CONTEXT, 2)] == here


@pytest.mark.parametrize("small", [20_000, 2])
def test_what_cannot_be_right_is_counted_in_this_process_and_in_others(monkeypatch, small):
    monkeypatch.setattr("mdm.standardise.batch.SMALL", small)
    born = ["1630-08-01", "1994-11-00", "1994-11-71", "1994-11-17", "soon", ',"invalid"]', "1900-01-01"]
    rows = [{"date_of_birth": text, "phone": [{"value": "226-2649"}]} for text in born]
    batches = [_table(rows), _table(rows)]
    with noted() as met:
        results = list(standardise_stream(iter(batches), CONTEXT, 2))
    assert met == {
        "date_of_birth implausible": 4,
        "date_of_birth impossible": 2,
        "date_of_birth invalid": 4,
        "phone incomplete": 14,
    }
    assert all(table.schema.metadata is None for table in results)
    list(standardise_stream(iter(batches), CONTEXT, 1))
    assert met["phone incomplete"] == 14


def test_the_stream_starts_its_processes_from_a_thread_too(monkeypatch):
    monkeypatch.setattr("mdm.standardise.batch.SMALL", 2)
    batches = [_table([{"given_name": "Anna"}] * 3) for _ in range(2)]
    with ThreadPoolExecutor(1) as threads:
        done = threads.submit(lambda: list(standardise_stream(iter(batches), CONTEXT, 2))).result(timeout=60)
    assert [t.num_rows for t in done] == [3, 3]


def test_the_hash_knows_content_and_no_order_of_items():
    a = {"email": [{"value": "b@acme.org"}, {"value": "Ca@acme.org"}]}
    b = {"email": list(reversed(a["email"]))}
    hashes = {standardise_record(r, EntityType.PERSON, CONTEXT).content_hash for r in (a, b)}
    assert len(hashes) == 1
    assert standardise_record(a, EntityType.ORGANISATION, CONTEXT).content_hash not in hashes
