"""
Lists as files to take home: CSV for machines, Excel for people.

A short one is `sent` at once; a long one is `written` by a job, `telling` how far it is. Its first lines
say whose list it is, who took it and what the columns are.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from django.http import FileResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from core.errors import InvalidInput
from core.jobs import report
from core.tables import line_writer, unformulated

CSV, XLSX = "csv", "xlsx"
CONTENT_TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# More rows than these are a job's work.
AT_ONCE = 5_000
ROWS_PER_STATEMENT = 500
HEAD_LINES = 3
# Characters that no spreadsheet file may hold.
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_UTF8_MARK = "\ufeff"


def as_text(text: str) -> str:
    """Return a text that every spreadsheet shows as it is."""
    return unformulated(_UNWRITABLE.sub("", text))


def shape_of(query: Mapping[str, str]) -> str:
    """Return the kind of file that `bentuk` asks for, CSV without it. Raises InvalidInput."""
    shape = query.get("bentuk", CSV)
    if shape not in CONTENT_TYPES:
        raise InvalidInput(fields={"bentuk": _("There is no such kind of file.")})
    return shape


def sent(
    lines: Iterable[list[Any]], *, shape: str, name: str, title: str
) -> StreamingHttpResponse | FileResponse:
    """Answer with the lines as a file of this name; `title` is the sheet's."""
    kept = {
        "content_type": CONTENT_TYPES[shape],
        "headers": {"Content-Disposition": f'attachment; filename="{name}"'},
    }
    if shape == CSV:
        return StreamingHttpResponse(csv_lines(lines), **kept)
    return FileResponse(xlsx_file(lines, title=title), **kept)


def written(lines: Iterable[list[Any]], *, shape: str, title: str) -> BinaryIO:
    """Return the lines as a file, at its beginning; `title` is the sheet's."""
    return csv_file(lines) if shape == CSV else xlsx_file(lines, title=title)


def telling(lines: Iterable[list[Any]], *, job_id: int, total: int) -> Iterator[list[Any]]:
    """Yield the lines and tell the job from time to time how many of `total` rows are done."""
    for place, line in enumerate(lines):
        yield line
        done = place - HEAD_LINES + 1
        if done > 0 and done % ROWS_PER_STATEMENT == 0:
            report(job_id, done=done, total=total, now=timezone.now())


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
