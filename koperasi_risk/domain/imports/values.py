"""
What stands in a cell: text of a CSV file, or what a spreadsheet holds, becomes a value or a reason.

Amounts are read as Indonesians and as machines write them:

    >>> amount("1.500.000,00"), amount("1500000.00"), amount("Rp 50.000,-")
    (Decimal('1500000.00'), Decimal('1500000.00'), Decimal('50000'))

50.000 alone may be fifty thousand or fifty; a thousandth of a loan is no loan, so it is refused.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

Cell = str | int | float | Decimal | date | datetime | bool | None

EARLIEST = date(1900, 1, 1)
MAX_AMOUNT = Decimal("9999999999999.99")
_NOISE = re.compile(r"[\s_.\-/()]+")
_PLAIN = re.compile(r"[0-9]{1,13}(?:[.,][0-9]{1,2})?", re.ASCII)
_INDONESIAN = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]{1,2})?", re.ASCII)
_ENGLISH = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]{1,2})?", re.ASCII)
# One group and no decimals: thousands, or a fraction.
_EITHER = re.compile(r"[0-9]{1,3}[.,][0-9]{3}", re.ASCII)
_PERCENT = re.compile(r"[0-9]{1,5}(?:[.,][0-9]{1,4})?", re.ASCII)
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]00:00(?::00)?)?", re.ASCII)
_DAY = re.compile(r"([0-9]{1,2})[/.\-]([0-9]{1,2})[/.\-]([0-9]{4})", re.ASCII)
_NIK = re.compile(r"[0-9]{16}", re.ASCII)
_CURRENCY = re.compile(r"^(?:rp|idr)\.?\s*", re.IGNORECASE)
_ERRORS = ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!")


class CellRefused(ValueError):
    """A cell does not hold what its column asks for: `reason` for machines."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


def plain(name: str) -> str:
    """
    Reduce a name to what matters.

    >>> plain(" No. Anggota"), plain("no_anggota")
    ('noanggota', 'noanggota')
    """
    return _NOISE.sub("", name.lstrip("\ufeff")).lower()


def is_empty(cell: Cell) -> bool:
    """Say whether nothing stands there; a dash is how many write nothing."""
    return cell is None or (isinstance(cell, str) and cell.strip() in ("", "-"))


def text(most: int) -> Callable[[Cell], str]:
    """Return what reads a text of at most so many characters."""

    def read(cell: Cell) -> str:
        found = " ".join(_written(cell).split())
        if found.startswith(("=", "@")) or found in _ERRORS:
            raise CellRefused("formula")
        if not found.isprintable():
            raise CellRefused("unprintable")
        if len(found) > most:
            raise CellRefused("too_long")
        return found

    return read


def _written(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        # A number of a member that a spreadsheet took for an amount.
        return str(int(cell))
    return cell if isinstance(cell, str) else str(cell)


def nik(cell: Cell) -> str:
    """Read an identity number. As a number, a spreadsheet has lost its last digits."""
    if not isinstance(cell, str):
        raise CellRefused("nik_as_number")
    found = cell.strip().lstrip("'").replace(" ", "")
    if not _NIK.fullmatch(found):
        raise CellRefused("invalid_nik")
    return found


def amount(cell: Cell) -> Decimal:
    """Read rupiah, exact to the sen and not below 0."""
    found = _number(cell) if isinstance(cell, int | float | Decimal) else _amount(str(cell))
    if not 0 <= found <= MAX_AMOUNT:
        raise CellRefused("invalid_amount")
    return found


def positive_amount(cell: Cell) -> Decimal:
    if not (found := amount(cell)):
        raise CellRefused("invalid_amount")
    return found


def signed_amount(cell: Cell) -> Decimal:
    """Read rupiah that may be taken away: -50000, or (50.000,00) as bookkeepers write it."""
    if isinstance(cell, str):
        found = cell.strip()
        if found.startswith("(") and found.endswith(")"):
            return -amount(found[1:-1])
        return -amount(found[1:]) if found.startswith("-") else amount(found)
    if isinstance(cell, int | float | Decimal) and cell < 0:
        return -amount(-cell)
    return amount(cell)


def _amount(found: str) -> Decimal:
    found = _CURRENCY.sub("", found.replace("\xa0", " ").strip())
    is_indonesian = found.endswith(",-")
    found = found.removesuffix(",-").replace(" ", "")
    if _EITHER.fullmatch(found) and not is_indonesian:
        raise CellRefused("ambiguous_amount")
    if _INDONESIAN.fullmatch(found):
        return Decimal(found.replace(".", "").replace(",", "."))
    if _PLAIN.fullmatch(found):
        return Decimal(found.replace(",", "."))
    if _ENGLISH.fullmatch(found):
        return Decimal(found.replace(",", ""))
    raise CellRefused("invalid_amount")


def _number(cell: int | float | Decimal) -> Decimal:
    if isinstance(cell, bool):
        raise CellRefused("invalid_amount")
    try:
        exact = Decimal(repr(cell)) if isinstance(cell, float) else Decimal(cell)
        found = exact.quantize(Decimal("0.01"))
    except ArithmeticError:
        raise CellRefused("invalid_amount") from None
    # Spreadsheets calculate in fractions of two: 0.1 + 0.2 is 0.30000000000000004 there.
    if not found.is_finite() or abs(found - exact) > Decimal("0.000001"):
        raise CellRefused("invalid_amount")
    return found


def percent(cell: Cell) -> Decimal:
    """Read a percentage of at most four decimals."""
    if isinstance(cell, bool):
        raise CellRefused("invalid_percent")
    if isinstance(cell, int | float):
        cell = f"{cell:.4f}"
    found = str(cell).strip().removesuffix("%").strip()
    if not _PERCENT.fullmatch(found):
        raise CellRefused("invalid_percent")
    return Decimal(found.replace(",", "."))


def whole(least: int, most: int) -> Callable[[Cell], int]:
    """Return what reads a whole number between two others."""

    def read(cell: Cell) -> int:
        if isinstance(cell, float) and cell.is_integer():
            cell = int(cell)
        found = _written(cell).strip()
        if isinstance(cell, bool) or not (found.isascii() and found.isdigit() and len(found) < 10):
            raise CellRefused("invalid_whole")
        if not least <= int(found) <= most:
            raise CellRefused("out_of_range")
        return int(found)

    return read


def day(cell: Cell) -> date:
    """
    Read a day: a spreadsheet's own, 2026-03-02, or 02/03/2026, where the day comes first.

    >>> day("2/3/2026")
    datetime.date(2026, 3, 2)
    """
    if isinstance(cell, datetime):
        cell = cell.date()
    found = cell if isinstance(cell, date) else _day(str(cell).strip())
    if found < EARLIEST:
        raise CellRefused("too_long_ago")
    return found


def _day(found: str) -> date:
    if match := _ISO_DAY.fullmatch(found):
        year, month, number = match.groups()
    elif match := _DAY.fullmatch(found):
        number, month, year = match.groups()
    else:
        raise CellRefused("invalid_day")
    try:
        return date(int(year), int(month), int(number))
    except ValueError:
        raise CellRefused("invalid_day") from None


def word(words: Mapping[str, Any]) -> Callable[[Cell], Any]:
    """Return what reads one of some words; capitals and spaces do not matter."""

    def read(cell: Cell) -> Any:
        try:
            return words[plain(_written(cell))]
        except KeyError:
            raise CellRefused("unknown_word") from None

    return read


def words(**meanings: str) -> dict[str, str]:
    """Return the words of each meaning, written beside it with commas between."""
    return {
        plain(each): meaning for meaning, texts in meanings.items() for each in texts.split(",")
    }


flag = word({"ya": True, "y": True, "yes": True, "true": True, "1": True,
             "tidak": False, "t": False, "no": False, "false": False, "0": False})  # fmt: skip
