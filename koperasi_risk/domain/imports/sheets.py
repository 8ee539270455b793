"""
A spreadsheet (XLSX) that somebody sent, opened with suspicion and read row by row.

An XLSX file is an archive of XML. One that is damaged, swells beyond reason, brings a document type of
its own (which can swell in the reader's hands), or holds no sheet is refused before it is read. Where a
cell holds a formula, what the spreadsheet last calculated counts.
"""

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from openpyxl import load_workbook

from koperasi_risk.domain.imports.values import Cell, is_empty

ZIP_MAGIC = b"PK\x03\x04"
MAX_ENTRIES, MAX_COLUMNS, MAX_RATIO = 500, 60, 150
MEGABYTE = 1024 * 1024
# Blank rows that a sheet drags along at its end.
MAX_BLANK_ROWS = 1_000


class SheetRefused(ValueError):
    """A file cannot be read as a spreadsheet: `reason` for machines."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class SheetRow:
    line: int
    cells: tuple[Cell, ...]


def is_sheet(file: BinaryIO) -> bool:
    """Say whether a file's content, whatever its name, is an archive as spreadsheets are."""
    file.seek(0)
    magic = file.read(len(ZIP_MAGIC))
    file.seek(0)
    return magic == ZIP_MAGIC


def inspect(file: BinaryIO, *, max_bytes: int) -> None:
    """Look at the archive without unpacking it. Raises SheetRefused."""
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            _refuse_bombs(entries, max_bytes=max_bytes)
            if "xl/workbook.xml" not in archive.namelist():
                raise SheetRefused("not_a_sheet")
            for entry in entries:
                if entry.filename.endswith((".xml", ".rels")):
                    with archive.open(entry) as part:
                        _refuse_document_type(part.read(2048))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        # The last two: packed in a strange way, or locked with a password.
        raise SheetRefused("broken_sheet") from error
    finally:
        file.seek(0)


def _refuse_bombs(entries: list[zipfile.ZipInfo], *, max_bytes: int) -> None:
    inflated = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries) or 1
    if len(entries) > MAX_ENTRIES or inflated > max_bytes:
        raise SheetRefused("inflates_too_much")
    if inflated > 20 * MEGABYTE and inflated > MAX_RATIO * packed:
        raise SheetRefused("inflates_too_much")


def _refuse_document_type(beginning: bytes) -> None:
    if b"<!doctype" in beginning.replace(b"\0", b"").lower():
        raise SheetRefused("not_a_sheet")


def rows(file: BinaryIO) -> Iterator[SheetRow]:
    """Hand out the rows of the first sheet of a file that passed `inspect`, without blank ones."""
    try:
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        try:
            yield from _rows(book)
        finally:
            book.close()
    except SheetRefused:
        raise
    # openpyxl meets damaged XML with whatever error is nearest.
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, SyntaxError, OSError,
            zipfile.BadZipFile, zlib.error, EOFError) as error:  # fmt: skip
        raise SheetRefused("broken_sheet") from error


def _rows(book) -> Iterator[SheetRow]:
    if not book.worksheets:
        raise SheetRefused("not_a_sheet")
    sheet, blank = book.worksheets[0], 0
    # Some writers tell a size that is not the sheet's.
    sheet.reset_dimensions()
    for line, cells in enumerate(sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS), start=1):
        if all(map(is_empty, cells)):
            blank += 1
            if blank > MAX_BLANK_ROWS:
                return
            continue
        blank = 0
        yield SheetRow(line, cells)
