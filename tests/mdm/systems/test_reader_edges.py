"""Files at the edge: without rows, with old line ends, with very large cells, and what a refusal advises."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from mdm.errors import RefusedInput
from mdm.systems import readers
from mdm.systems.interpret import compile_mapping
from mdm.systems.mapping import Mapping, parse_mapping
from mdm.systems.readers import RejectedRow, chunks_of, rows_of

HEAD = "system: pos\nobject: Buyer\nentity_type: person\nsource_id: id\nsource_time: at\nattributes: {given_name: n}\n"
CHILDREN = 'children: {parent: __parentId, lists: {addresses: "addr/*"}}\n'
BOM = b"\xef\xbb\xbf"


def mapping(form: str, more: str = "") -> Mapping:
    return parse_mapping(f"format: {form}\n{HEAD}{more}", name="pos.yaml")


def read(
    path: Path, given: Mapping, *, chunk_bytes: int = 1_000_000, advance: Any = lambda _done: None
) -> tuple[list[Any], list[RejectedRow]]:
    run = compile_mapping(given)
    rows: list[Any] = []
    rejected: list[RejectedRow] = []
    for chunk in chunks_of(path, given, advance=advance, chunk_bytes=chunk_bytes):
        found = [chunk] if isinstance(chunk, RejectedRow) else rows_of(chunk, name=str(path), parse=run.parse)
        for row in found:
            if isinstance(row, RejectedRow):
                rejected.append(row)
            else:
                rows.append(row)
    return rows, rejected


def file(tmp_path: Path, content: str | bytes, name: str = "x.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("name", ["x", "x.gz"])
def test_nothing_is_zero_rows_also_when_gzipped(tmp_path: Path, form: str, name: str) -> None:
    assert read(file(tmp_path, gzip.compress(b"") if name == "x.gz" else b"", name), mapping(form)) == ([], [])


@pytest.mark.parametrize("content", [BOM, b"\n", b"\r\n \r\n", BOM + b"\n\n", b"\r\r"])
@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_only_a_byte_order_mark_or_blank_lines_are_zero_rows(tmp_path: Path, form: str, content: bytes) -> None:
    assert read(file(tmp_path, content), mapping(form)) == ([], [])
    assert read(file(tmp_path, gzip.compress(content), "y.gz"), mapping(form)) == ([], [])


def test_blank_lines_before_the_header(tmp_path: Path) -> None:
    rows, rejected = read(file(tmp_path, "\n\nid,at,n\n1,t,a\n"), mapping("csv"))
    assert [(line, record["n"]) for line, record, _ in rows] == [(4, "a")]
    assert rejected == []


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("chunk_bytes", [1, 1_000_000])
def test_carriage_returns_alone_end_lines_too(tmp_path: Path, zipped: bool, chunk_bytes: int) -> None:
    content = b'id,at,n\r1,t,"a\rb"\r2,t\r3,t,c\r'
    path = file(tmp_path, gzip.compress(content) if zipped else content)
    rows, rejected = read(path, mapping("csv"), chunk_bytes=chunk_bytes)
    assert [(line, record["n"]) for line, record, _ in rows] == [(2, "a\nb"), (5, "c")]
    assert [r.line for r in rejected] == [4]


def test_mixed_line_ends_in_the_header_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedInput, match="line ends"):
        read(file(tmp_path, b"id,at,n\r1,t,a\n2,t,b\n"), mapping("csv"))


@pytest.mark.parametrize("cell", ["x" * 140_000, "a\n" * 150_000])
def test_large_cells_are_values_like_others(tmp_path: Path, cell: str) -> None:
    rows, rejected = read(file(tmp_path, f'id,at,n\n1,t,a\n2,t,"{cell}"\n3,t,c\n'), mapping("csv"))
    assert rejected == []
    assert [record["n"] for _, record, _ in rows] == ["a", cell, "c"]
    assert rows[2][0] == 4 + cell.count("\n")


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("cell", ['"' + "word\n" * 1_000 + '"', '"' + "word " * 1_000 + '"', "word " * 1_000])
def test_a_row_too_long_is_one_rejection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zipped: bool, cell: str
) -> None:
    monkeypatch.setattr(readers, "MOST_BYTES_OF_A_ROW", 1_000)
    text = f'id,at,n\n1,t,a\n2,t,{cell}\n3,t,c\n4,t,"d\nd"\n'.encode()
    rows, rejected = read(file(tmp_path, gzip.compress(text) if zipped else text), mapping("csv"))
    assert [record["n"] for _, record, _ in rows] == ["a", "c", "d\nd"]
    assert [(r.line, r.reason) for r in rejected] == [(3, "a row longer than 1000 bytes")]
    assert rejected[0].payload.startswith("2,t,")


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("end", ["\n", "\r"])
@pytest.mark.parametrize("most", [1_000, 1_000_000])
def test_a_quote_never_closed_costs_one_row_however_long_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zipped: bool, end: str, most: int
) -> None:
    monkeypatch.setattr(readers, "MOST_BYTES_OF_A_ROW", most)
    text = ('id,at,n\n1,t,"open\n' + "".join(f"{i},t,c\n" for i in range(1_000))).replace("\n", end).encode()
    rows, rejected = read(file(tmp_path, gzip.compress(text) if zipped else text), mapping("csv"))
    assert (len(rows), rows[0][0], rows[-1][0]) == (1_000, 3, 1_002)
    assert [(r.line, r.reason) for r in rejected] == [(2, "a quote is opened and not closed")]


@pytest.mark.parametrize("closing", ['5"', '5" pipe', '"5 feet', '"5 feet"'])
def test_two_stray_quotes_far_apart_do_not_swallow_the_rows_between(tmp_path: Path, closing: str) -> None:
    between = "".join(f"{i},t,c\n" for i in range(3_000))
    rows, rejected = read(file(tmp_path, f'id,at,n\n1,t,"open\n{between}2,t,{closing}\n3,t,e\n'), mapping("csv"))
    assert len(rows) >= 3_001
    assert rejected[0] == RejectedRow(2, "a quote is opened and not closed", '1,t,"open')
    assert len(rows) + len(rejected) == 3_003


# --- progress --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize(
    ("form", "more", "text"),
    [
        ("csv", "", "id,at,n\n1,t,a\n"),
        ("jsonl", "", '{"id": 1}\n'),
        ("jsonl", CHILDREN, '{"id": "p/1", "at": "t"}\n{"id": "addr/1", "__parentId": "p/1"}\n'),
    ],
)
def test_progress_ends_at_the_size_of_the_file(tmp_path: Path, form: str, more: str, text: str, zipped: bool) -> None:
    path = file(tmp_path, gzip.compress(text.encode()) if zipped else text)
    told: list[int] = []
    read(path, mapping(form, more), advance=told.append)
    assert told[-1] == path.stat().st_size
    assert told == sorted(told)


# --- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("delimiter", "shown"), [(";", "';'"), ("\t", "a tab"), ("|", "'|'")])
def test_another_delimiter_is_named(tmp_path: Path, delimiter: str, shown: str) -> None:
    path = file(tmp_path, delimiter.join(("id", "at", "n")) + "\n")
    with pytest.raises(RefusedInput) as caught:
        read(path, mapping("csv"))
    assert f"columns are separated by {shown}; the mapping expects ','" in str(caught.value)
    assert str(path) in str(caught.value)


def test_another_delimiter_is_named_also_when_no_column_is_required(tmp_path: Path) -> None:
    given = parse_mapping(
        "system: pos\nobject: Buyer\nformat: csv\nentity_type: person\nsource_id: payload_hash\n"
        "attributes: {given_name: n, family_name: f}\n",
        name="pos.yaml",
    )
    with pytest.raises(RefusedInput, match="separated by ';'"):
        read(file(tmp_path, "n;f\na;b\n"), given)


@pytest.mark.parametrize("content", ["id,at,n\n1,t,ä\n", "id,at,n,größe\n1,t,a,b\n"])
def test_an_encoding_that_may_be_windows_is_said_to_be(tmp_path: Path, content: str) -> None:
    with pytest.raises(RefusedInput) as caught:
        read(file(tmp_path, content.encode("latin-1")), mapping("csv"))
    assert "csv: {encoding: cp1252}" in str(caught.value)


def test_other_encodings_have_no_such_advice(tmp_path: Path) -> None:
    with pytest.raises(RefusedInput) as caught:
        read(file(tmp_path, "id,at\n1,t\n".encode("utf-16")), mapping("csv"))
    assert "UTF-16" in str(caught.value)
    assert "cp1252" not in str(caught.value)
    with pytest.raises(RefusedInput) as caught:
        read(file(tmp_path, json.dumps({"id": "ä"}, ensure_ascii=False).encode("latin-1")), mapping("jsonl"))
    assert "cp1252" not in str(caught.value)
