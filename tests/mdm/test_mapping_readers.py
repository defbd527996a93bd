"""Files into rows: line numbers, exact payloads, rejected rows, and refusals that name file and expectation."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mdm.errors import RefusedInput
from mdm.systems.interpret import compile_mapping
from mdm.systems.mapping import Mapping, parse_mapping
from mdm.systems.readers import RejectedRow, chunks_of, rows_of

HEAD = "system: pos\nobject: Buyer\nentity_type: person\nsource_id: id\nsource_time: at\nattributes: {given_name: n}\n"
CHILDREN = 'children: {parent: __parentId, lists: {addresses: "addr/*"}}\n'


def mapping(form: str, more: str = "") -> Mapping:
    return parse_mapping(f"format: {form}\n{HEAD}{more}", name="pos.yaml")


def read(path: Path, given: Mapping, *, chunk_bytes: int = 1_000_000) -> tuple[list[Any], list[RejectedRow]]:
    run, rows, rejected = compile_mapping(given), [], []
    for chunk in chunks_of(path, given, advance=lambda _done: None, chunk_bytes=chunk_bytes):
        found = [chunk] if isinstance(chunk, RejectedRow) else rows_of(chunk, name=str(path), parse=run.parse)
        for row in found:
            (rejected if isinstance(row, RejectedRow) else rows).append(row)
    return rows, rejected


def file(tmp_path: Path, content: str | bytes, name: str = "x.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("chunk_bytes", [1, 20, 1_000_000])
@pytest.mark.parametrize("zipped", [False, True])
def test_csv_with_quoted_lines_blank_cells_and_short_rows(tmp_path: Path, chunk_bytes: int, zipped: bool) -> None:
    text = 'id,at,n\n1,t,"a\nb ""c"" d"\n2,t,\n3,t\n4,t,5" pipe\n\n5,t,e\n'
    content = gzip.compress(text.encode()) if zipped else text.encode()
    rows, rejected = read(
        file(tmp_path, content, "x.csv.gz" if zipped else "x.csv"), mapping("csv"), chunk_bytes=chunk_bytes
    )
    assert [(line, record["n"]) for line, record, _ in rows] == [(2, 'a\nb "c" d'), (4, None), (6, '5" pipe'), (8, "e")]
    assert json.loads(rows[1][2]) == {"id": "2", "at": "t", "n": None}
    assert rejected == [RejectedRow(5, "2 cells where the header has 3", "3,t")]


def test_a_quote_that_never_closes_costs_one_row(tmp_path: Path) -> None:
    rows, rejected = read(file(tmp_path, 'id,at,n\n1,t,"open\n2,t,b\n3,t,c\n'), mapping("csv"))
    assert [line for line, _, _ in rows] == [3, 4]
    assert [(r.line, r.reason) for r in rejected] == [(2, "a quote is opened and not closed")]


def test_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    rows, _ = read(file(tmp_path, b"\xef\xbb\xbfid,at,n\r\n1,t,\xc3\xa4\r\n"), mapping("csv"))
    assert rows[0][1] == {"id": "1", "at": "t", "n": "ä"}


def test_other_delimiters_and_encodings_by_the_mapping(tmp_path: Path) -> None:
    given = mapping("csv", 'csv: {delimiter: ";", encoding: latin-1}\n')
    rows, _ = read(file(tmp_path, "id;at;n\n1;t;ä\n".encode("latin-1")), given)
    assert rows[0][1]["n"] == "ä"


def test_unknown_columns_are_fine_and_stay_in_the_payload(tmp_path: Path) -> None:
    rows, _ = read(file(tmp_path, "id,extra,at\n1,x,t\n"), mapping("csv"))
    assert json.loads(rows[0][2])["extra"] == "x"


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_zero_bytes_are_zero_rows(tmp_path: Path, form: str) -> None:
    assert read(file(tmp_path, b""), mapping(form)) == ([], [])
    assert read(file(tmp_path, gzip.compress(b""), "x.gz"), mapping("jsonl")) == ([], [])


@pytest.mark.parametrize(
    ("form", "content", "words"),
    [
        ("csv", b"id,when,n\n1,t,a\n", "expected the columns 'id' and 'at'"),
        ("csv", b"id,at,n,n\n1,t,a,b\n", "twice"),
        ("csv", "id,at,n\n1,t,ä\n".encode("latin-1"), "line 2 is not UTF-8 text"),
        ("csv", "id,at\n1,t\n".encode("utf-16"), "UTF-8"),
        ("csv", gzip.compress(b"id,at,n\n" + bytes(str(list(range(9000))), "ascii"))[:-20], "truncated"),
        ("jsonl", b'{"id": "1"}\n{"id": "\xff"}\n', "line 2 is not UTF-8 text"),
        ("parquet", b"PAR1 and no more", "not a Parquet file"),
    ],
)
def test_refusals_name_the_file_and_what_was_expected(tmp_path: Path, form: str, content: bytes, words: str) -> None:
    path = file(tmp_path, content, "y.dat")
    with pytest.raises(RefusedInput) as caught:
        read(path, mapping(form))
    assert str(path) in str(caught.value)
    assert words in str(caught.value)


def test_a_name_that_says_gz_and_is_not(tmp_path: Path) -> None:
    with pytest.raises(RefusedInput, match="gzip"):
        read(file(tmp_path, "id,at,n\n", "x.csv.gz"), mapping("csv"))


def test_a_parquet_file_without_the_columns(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"id": [1]}), path)
    with pytest.raises(RefusedInput, match="expected the columns 'id' and 'at'"):
        read(path, mapping("parquet"))


@pytest.mark.parametrize("chunk_bytes", [1, 1_000_000])
def test_json_lines_are_kept_verbatim(tmp_path: Path, chunk_bytes: int) -> None:
    text = '{"id": 1,   "n":"\u2028"}\r\n\n{"id":\n[1]\n{"id": 2}'
    rows, rejected = read(file(tmp_path, text), mapping("jsonl"), chunk_bytes=chunk_bytes)
    assert [(line, payload) for line, _, payload in rows] == [(1, '{"id": 1,   "n":"\u2028"}'), (5, '{"id": 2}')]
    assert [(r.line, r.payload) for r in rejected] == [(3, '{"id":'), (4, "[1]")]


def test_parquet_rows(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"id": [1, 2], "at": ["t", None], "n": ["a", "b"]}), path)
    rows, _ = read(path, mapping("parquet"))
    assert [(line, record["at"]) for line, record, _ in rows] == [(1, "t"), (2, None)]
    assert json.loads(rows[1][2]) == {"id": 2, "at": None, "n": "b"}


@pytest.mark.parametrize("chunk_bytes", [1, 1_000_000])
def test_children_may_stand_anywhere(tmp_path: Path, chunk_bytes: int) -> None:
    parent, first = '{"id": "p/1", "at": "t"}', '{"id": "addr/1", "__parentId": "p/1"}'
    second, grand = '{"id": "addr/2", "__parentId": "p/1"}', '{"id": "x/3", "__parentId": "addr/2"}'
    orphan, alone = '{"id": "addr/9", "__parentId": "p/7"}', '{"id": "p/2", "at": "t"}'
    given = mapping("jsonl", CHILDREN)
    results = []
    for order in ((parent, first, second, grand, orphan, alone), (grand, second, orphan, alone, first, parent)):
        rows, rejected = read(file(tmp_path, "\n".join(order)), given, chunk_bytes=chunk_bytes)
        results.append(sorted(payload for _, _, payload in rows))
        assert [r.reason for r in rejected] == ["a child line whose parent is not in this file"]
        assert [r.payload for r in rejected] == [orphan]
        assert rejected[0].line == order.index(orphan) + 1
        kept = next(record for _, record, _ in rows if record["id"] == "p/1")
        assert [c["id"] for c in kept["addresses"]] == ["addr/1", "addr/2"]
    assert results[0] == results[1]
