"""
The columns of a kind of file, and one row read by them.

    >>> table = Table("x", (Column("nama", "full_name", values.text(20), is_required=True),), ("full_name",))
    >>> layout = Layout.of(["Nama"], table)
    >>> layout.read(["Sri Rahayu"])
    ({'full_name': 'Sri Rahayu'}, [])
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from koperasi_risk.domain.imports import values
from koperasi_risk.domain.imports.values import Cell, CellRefused

Values = dict[str, Any]
# A NIK is nobody's business but the member's.
NEVER_SHOWN = frozenset({"nik"})
SHOWN_CHARACTERS = 60


@dataclass(frozen=True)
class Refusal:
    """Why a row, or one cell of it, was refused. `found` is what stood there, never a NIK."""

    reason: str
    column: str = ""
    found: str = ""


@dataclass(frozen=True)
class Column:
    """One column: its heading, the field it fills, what reads it, and what else people call it."""

    name: str
    field: str
    read: Callable[[Cell], Any]
    is_required: bool = False
    aliases: tuple[str, ...] = ()

    def refusal(self, reason: str, cell: Cell) -> Refusal:
        found = "" if self.field in NEVER_SHOWN or cell is None else str(cell)
        return Refusal(reason, self.name, _shown(found))


@dataclass(frozen=True)
class Table:
    """
    One kind of file: its columns, the fields that name a row, what must agree, and rows as examples.

    `agree` is asked with a row's values and today, and returns what does not hold. `waits` returns None
    for most rows; others are taken in after all of these, in the order of what it returns.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    agree: Callable[[Values, date], list[Refusal]] = field(default=lambda row, today: [])
    examples: tuple[Mapping[str, str], ...] = ()
    waits: Callable[[Values], date | None] = lambda row: None

    def key_of(self, row: Values) -> tuple:
        return tuple(row[name] for name in self.key)


class HeaderRefused(ValueError):
    """The header lacks columns, or names one twice."""

    def __init__(self, reason: str, columns: Sequence[str]):
        super().__init__(reason, columns)
        self.reason, self.columns = reason, tuple(columns)


@dataclass(frozen=True)
class Layout:
    """Where the columns of a table stand in a file."""

    places: tuple[tuple[int, Column], ...]
    width: int

    @classmethod
    def of(cls, header: Sequence[Cell], table: Table) -> "Layout":
        """Read a header; columns that are not ours are passed over. Raises HeaderRefused."""
        names = [values.plain(str(cell)) if cell is not None else "" for cell in header]
        places, missing, twice = [], [], []
        for column in table.columns:
            known = {values.plain(name) for name in (column.name, *column.aliases)}
            found = [place for place, name in enumerate(names) if name in known]
            if len(found) > 1:
                twice.append(column.name)
            elif found:
                places.append((found[0], column))
            elif column.is_required:
                missing.append(column.name)
        if twice:
            raise HeaderRefused("repeated_columns", twice)
        if missing:
            raise HeaderRefused("missing_columns", missing)
        return cls(tuple(places), len(names))

    def read(self, cells: Sequence[Cell]) -> tuple[Values, list[Refusal]]:
        """Return what a row says, empty cells left out, and what of it cannot be read."""
        if len(cells) > self.width and not all(map(values.is_empty, cells[self.width :])):
            return {}, [Refusal("wrong_number_of_columns")]
        row, refused, width = {}, [], len(cells)
        for place, column in self.places:
            cell = cells[place] if place < width else None
            # As `values.is_empty`; a call for each cell of a large file would take its time.
            if cell is None or cell == "" or values.is_empty(cell):
                if column.is_required:
                    refused.append(Refusal("missing_value", column.name))
                continue
            try:
                row[column.field] = column.read(cell)
            except CellRefused as refusal:
                refused.append(column.refusal(refusal.reason, cell))
        return row, refused


def _shown(text: str) -> str:
    """Cut a text, and hide what may be an identity number that stands in the wrong column."""
    shown = "".join(character if character.isprintable() else "·" for character in text)
    digits = sum(character.isdigit() for character in shown)
    return "•••" if digits >= 12 and digits > len(shown) // 2 else shown[:SHOWN_CHARACTERS]
