"""A file that somebody sent, whatever it is, as rows under a header that is ours."""

from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

from core import tables
from core.errors import InvalidInput
from koperasi_risk.domain.imports import sheets
from koperasi_risk.domain.imports.tables import HeaderRefused, Layout, Table
from koperasi_risk.domain.imports.values import Cell
from koperasi_risk.services.imports.words import FILE_REASONS

MAX_INFLATED = 150 * 1024 * 1024
MAX_ROWS = 200_000


class FileRefused(InvalidInput):
    """The file as a whole is refused; nothing of it was stored."""

    def __init__(self, reason: str, columns: Sequence[str] = ()):
        self.code = reason
        self.status = 413 if reason in ("inflates_too_much", "too_many_rows") else 400
        text = FILE_REASONS[reason] % {"columns": ", ".join(columns)}
        super().__init__(text, fields={"file": text})


class FileRow(NamedTuple):
    """A row and the line it is on; `cells` is None when its quotes do not end."""

    line: int
    cells: Sequence[Cell] | None


def open_rows(file: BinaryIO, table: Table) -> tuple[Layout, Iterator[FileRow]]:
    """Return where the table's columns stand in a file, and its rows. Raises FileRefused."""
    try:
        rows = _sheet(file) if sheets.is_sheet(file) else _csv(file)
        header = next(rows, None)
        if header is None or not header.cells:
            raise FileRefused("empty_file")
        return Layout.of(header.cells, table), _watched(rows)
    except (tables.FileRefused, sheets.SheetRefused) as refusal:
        raise FileRefused(refusal.reason) from refusal
    except HeaderRefused as refusal:
        raise FileRefused(refusal.reason, refusal.columns) from refusal


def _sheet(file: BinaryIO) -> Iterator[FileRow]:
    sheets.inspect(file, max_bytes=MAX_INFLATED)
    return (FileRow(row.line, row.cells) for row in sheets.rows(file))


def _csv(file: BinaryIO) -> Iterator[FileRow]:
    tables.inspect(file, max_bytes=MAX_INFLATED)
    return (FileRow(row.line, row.cells) for row in tables.rows(file))


def _watched(rows: Iterator[FileRow]) -> Iterator[FileRow]:
    try:
        for count, row in enumerate(rows, start=1):
            if count > MAX_ROWS:
                raise FileRefused("too_many_rows")
            yield row
    except sheets.SheetRefused as refusal:
        raise FileRefused(refusal.reason) from refusal
