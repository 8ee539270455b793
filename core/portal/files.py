"""Lists as files to take home: CSV for machines, Excel for people."""

import re
from collections.abc import Iterable, Iterator
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from core.tables import line_writer, unformulated

CSV, XLSX = "csv", "xlsx"
CONTENT_TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# Characters that no spreadsheet file may hold.
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_UTF8_MARK = "\ufeff"


def as_text(text: str) -> str:
    """Return a text that every spreadsheet shows as it is."""
    return unformulated(_UNWRITABLE.sub("", text))


def csv_lines(lines: Iterable[list[Any]]) -> Iterator[str]:
    """Yield each line as CSV; the mark at the beginning tells Excel that it is UTF-8."""
    line = line_writer()
    yield _UTF8_MARK
    for cells in lines:
        yield line(["" if cell is None else cell for cell in cells])


def csv_file(lines: Iterable[list[Any]]) -> BinaryIO:
    """Return the lines as a file, at its beginning."""
    file = TemporaryFile()  # noqa: SIM115 (whoever takes it closes it)
    file.writelines(line.encode() for line in csv_lines(lines))
    file.seek(0)
    return file


def xlsx_file(lines: Iterable[list[Any]], *, title: str) -> BinaryIO:
    """Return a spreadsheet of one sheet as a file, at its beginning; it takes no memory by the row."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.column_dimensions["A"].width = sheet.column_dimensions["B"].width = 28
    file = TemporaryFile()  # noqa: SIM115 (the answer closes it)
    try:
        for cells in lines:
            sheet.append([_cell(sheet, value) for value in cells])
    finally:
        # Also when it is stopped: until then the book keeps its lines in a file of its own.
        book.save(file)
    file.seek(0)
    return file


def _cell(sheet, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, value=value)
    # A text is a text, whatever it begins with.
    cell.data_type = "s"
    return cell
