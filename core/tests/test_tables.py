import gzip
import io

import pytest

from core.tables import FileRefused, inspect, rows, unformulated


def cells_of(content: bytes):
    return [row.cells for row in rows(io.BytesIO(content))]


def reason_for(content: bytes, **limits) -> str:
    with pytest.raises(FileRefused) as caught:
        inspect(io.BytesIO(content), **limits)
    return caught.value.reason


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_plain_and_gzip_files_are_told_by_their_content(pack):
    assert cells_of(pack(b"a,b\n1,2\n")) == [["a", "b"], ["1", "2"]]


@pytest.mark.parametrize(
    "content", [b"a;b\n1;2", b"a\tb\r\n1\t2\r\n", b"\xef\xbb\xbfa,b\n\n1,2\n,\n"]
)
def test_spreadsheets_in_their_own_dialects(content):
    assert cells_of(content) == [["a", "b"], ["1", "2"]]


def test_lines_are_counted_as_an_editor_counts_them():
    found = rows(io.BytesIO(b'a,b\n\n1,"two\nlines"\n3,4\n'))

    assert [(row.line, row.cells[0]) for row in found] == [(1, "a"), (3, "1"), (5, "3")]


def test_an_open_quote_does_not_swallow_the_rest():
    content = b'a,b\n1,"open\n' + b"x,y\n" * 40_000 + b"5,6\n"

    found = list(rows(io.BytesIO(content)))

    assert found[1].cells is None
    assert found[-1].cells == ["5", "6"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty_file"),
        (gzip.compress(b"", mtime=0), "empty_file"),
        (b"PK\x03\x04\0\0\0\0", "not_a_text"),
        ("a,b\n1,2\n".encode("utf-16"), "not_a_text"),
        ("a,b\n1,caf\xe9\n".encode("latin-1"), "wrong_encoding"),
        (gzip.compress(b"a,b\n" * 9_999, mtime=0)[:-9], "broken_archive"),
        (b"\x1f\x8bnot really", "broken_archive"),
        (b"x" * 3_000_000, "line_too_long"),
    ],
)
def test_files_that_are_no_files_of_sales(content, reason):
    assert reason_for(content) == reason


def test_an_archive_may_not_inflate_without_end():
    bomb = gzip.compress(b"a,b\n" * 5_000_000)

    assert reason_for(bomb, max_bytes=1_000_000_000) == "inflates_too_much"
    assert reason_for(b"a,b\n" * 1_000, max_bytes=1_000) == "inflates_too_much"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_formulas_are_shown_not_calculated(text):
    assert unformulated(text) == f"'{text}"
