"""
A table in a file that somebody sent, opened with suspicion: CSV, plain or gzip (told by its content),
text, of bounded size.

`inspect` reads all of it once, keeping nothing, so that a file that is no table, is cut short or inflates
without end is refused before anything of it is stored. `rows` then hands out one row at a time.
"""

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

GZIP_MAGIC = b"\x1f\x8b"
BLOCK = 1024 * 1024
# A real table shrinks five to twenty times; an archive made to fill a disk a thousand times.
MAX_RATIO = 100
DELIMITERS = ",;\t"


class FileRefused(ValueError):
    """A file as a whole cannot be read as a table: `reason` for machines."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


def opened(file: BinaryIO) -> BinaryIO:
    """Return the plain bytes of a file from its beginning, inflated when it is gzip."""
    file.seek(0)
    is_gzip = file.read(len(GZIP_MAGIC)) == GZIP_MAGIC
    file.seek(0)
    return gzip.GzipFile(fileobj=file, mode="rb") if is_gzip else file


def inspect(file: BinaryIO, *, max_bytes: int | None = None) -> None:
    """
    Read the file to its end. Raises FileRefused: empty_file, not_a_text, wrong_encoding, line_too_long,
    broken_archive; with `max_bytes` (inflated) also inflates_too_much.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    inflated = 0
    try:
        plain = opened(file)
        while block := plain.read(BLOCK):
            if not inflated and b"\0" in block[:4096]:
                raise FileRefused("not_a_text")
            inflated += len(block)
            if max_bytes is not None and _swells(inflated, file, max_bytes):
                raise FileRefused("inflates_too_much")
            if len(block) == BLOCK and not (b"\n" in block or b"\r" in block):
                raise FileRefused("line_too_long")
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise FileRefused("wrong_encoding") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FileRefused("broken_archive") from error
    if not inflated:
        raise FileRefused("empty_file")


def _swells(inflated: int, file: BinaryIO, max_bytes: int) -> bool:
    return inflated > max_bytes or (inflated > 4 * BLOCK and inflated > MAX_RATIO * file.tell())


@dataclass(frozen=True, slots=True)
class Row:
    """One row and the line on which it begins; `cells` is None when its quotes do not end."""

    line: int
    cells: list[str] | None


def rows(file: BinaryIO) -> Iterator[Row]:
    """Hand out the rows of a file that passed `inspect`, header first, without blank ones."""
    text = io.TextIOWrapper(opened(file), encoding="utf-8-sig", newline="")
    try:
        first = text.readline()
        reader = csv.reader(text, delimiter=delimiter_of(first))
        yield Row(1, next(csv.reader([first], delimiter=delimiter_of(first)), []))
        yield from _following(reader)
    finally:
        # The file is the caller's to close.
        if not text.closed:
            text.detach()


def _following(reader) -> Iterator[Row]:
    while True:
        line = reader.line_num + 2
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Row(line, None)
            continue
        if any(cells):
            yield Row(line, cells)


def delimiter_of(header: str) -> str:
    """
    Return what separates the cells: a comma, or what Indonesian spreadsheets write instead.

    >>> delimiter_of("merchant_id;amount")
    ';'
    """
    return max(DELIMITERS, key=header.count)


def unformulated(text: str) -> str:
    """
    Return a text that a spreadsheet shows instead of calculating.

    >>> unformulated('=HYPERLINK("http://x")')
    '\\'=HYPERLINK("http://x")'
    """
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def line_writer() -> Callable[[Iterable], str]:
    """Return a function that gives a row back as a line of CSV."""
    return csv.writer(_Echo()).writerow


class _Echo:
    def write(self, line: str) -> str:
        return line
