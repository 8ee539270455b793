"""
One row of a settlement file becomes a line of a statement, or says why it cannot.

A file has a header; ours knows these columns (capitals, spaces and underscores do not matter), by these
names or by what gateways and banks call them (`SYNONYMS`):

    trade_number or transaction_id, amount, fee, settled_at     compulsory
    merchant_id, net_amount                                     as they come

A sale is known by the gateway's trade number; with a column `merchant_id` also by that merchant's own id for
it. Instants are ISO 8601, without an offset in Jakarta time; a date alone means 10.00, when banks pay out.

    >>> layout = SettlementLayout.of(["Nomor Transaksi", "Jumlah", "Biaya", "Tanggal Settlement"])
    >>> line = layout.line(2, ["a1b2c3", "50000", "350", "2026-03-03"])
    >>> line.trade_number, line.fee, f"{line.settled_at:%H:%M %z}"
    ('a1b2c3', Decimal('350'), '10:00 +0700')
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from core.dates import JAKARTA
from transactions.domain.csv_rows import EARLIEST, HeaderRefused, plain
from transactions.domain.settlements import SettlementLine, UnreadableLine

COLUMNS = (
    "trade_number",
    "transaction_id",
    "merchant_id",
    "amount",
    "fee",
    "net_amount",
    "settled_at",
)
REQUIRED = ("amount", "fee", "settled_at")
# What gateways, banks and our own export call them, in both languages.
SYNONYMS = {
    "trade_number": (
        "merchant trade no",
        "trade no",
        "nomor transaksi",
        "no transaksi",
        "nomor referensi",
    ),
    "transaction_id": ("id transaksi", "order id", "external id"),
    "merchant_id": ("merchant code", "id merchant", "kode merchant"),
    "amount": ("gross amount", "jumlah", "nominal", "jumlah kotor"),
    "fee": ("fee amount", "total trans fee", "mdr", "biaya", "biaya mdr", "potongan"),
    "net_amount": ("net", "jumlah bersih", "nominal bersih"),
    "settled_at": (
        "settlement time",
        "settlement date",
        "waktu settlement",
        "tanggal settlement",
        "tanggal pencairan",
    ),
}
# The hour at which banks pay out.
USUAL_TIME = time(10)
WIDEST = 64
_AMOUNT = re.compile(r"[0-9]{1,13}(?:\.[0-9]{1,2})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", re.ASCII)


class _Unreadable(ValueError):
    """A cell says nothing that can be understood."""


@dataclass(frozen=True)
class SettlementLayout:
    """Where our columns stand in a file."""

    width: int
    places: Mapping[str, int]

    @classmethod
    def of(
        cls, header: Sequence[str], *, renamed: Mapping[str, str] | None = None
    ) -> "SettlementLayout":
        """Read a header. `renamed` says what a file calls our columns (ours → theirs). Raises HeaderRefused."""
        theirs = _places(header)
        found = {name: _place(name, theirs, renamed or {}) for name in COLUMNS}
        places = {name: place for name, place in found.items() if place is not None}
        missing = [name for name in REQUIRED if name not in places]
        if not places.keys() & {"trade_number", "transaction_id"}:
            missing.insert(0, "trade_number")
        if missing:
            raise HeaderRefused("missing_columns", missing)
        return cls(width=len(header), places=places)

    def line(self, number: int, cells: Sequence[str] | None) -> SettlementLine | UnreadableLine:
        """Read the row that begins on line `number`; `cells` is None when its quotes do not end."""
        try:
            row = self._row(cells)
        except _Unreadable as unreadable:
            return UnreadableLine(line=number, detail=str(unreadable))
        try:
            return _line(number, row)
        except _Unreadable as unreadable:
            return UnreadableLine(line=number, trade_number=_number_of(row), detail=str(unreadable))

    def _row(self, cells: Sequence[str] | None) -> dict[str, str]:
        if cells is None:
            raise _Unreadable("quotes")
        # Spreadsheets like to add empty cells at the end.
        if len(cells) < self.width or any(cells[self.width :]):
            raise _Unreadable(f"{len(cells)} ≠ {self.width}")
        row = {name: cells[place].strip() for name, place in self.places.items()}
        for name, text in row.items():
            if len(text) > WIDEST or "\0" in text:
                raise _Unreadable(name)
        return row


def _places(header: Sequence[str]) -> dict[str, int]:
    names = [plain(name) for name in header]
    if twice := sorted({name for name in names if name and names.count(name) > 1}):
        raise HeaderRefused("repeated_columns", twice)
    return {name: place for place, name in enumerate(names) if name}


def _place(name: str, theirs: Mapping[str, int], renamed: Mapping[str, str]) -> int | None:
    called = (renamed[name],) if name in renamed else (name, *SYNONYMS[name])
    return next((theirs[plain(word)] for word in called if plain(word) in theirs), None)


def _line(number: int, row: Mapping[str, str]) -> SettlementLine:
    settled_at, day_only = _instant(row["settled_at"])
    line = SettlementLine(
        line=number,
        trade_number=_number_of(row),
        amount=_amount(row, "amount"),
        fee=_optional_amount(row, "fee"),
        net=_optional_amount(row, "net_amount"),
        settled_at=settled_at,
        day_only=day_only,
        merchant=row.get("merchant_id", ""),
        external_id=row.get("transaction_id") or row.get("trade_number", ""),
    )
    if not line.trade_number:
        raise _Unreadable("trade_number")
    if "merchant_id" in row and not line.merchant:
        raise _Unreadable("merchant_id")
    return line


def _number_of(row: Mapping[str, str]) -> str:
    return row.get("trade_number") or row.get("transaction_id", "")


def _amount(row: Mapping[str, str], name: str) -> Decimal:
    if not _AMOUNT.fullmatch(row[name]):
        raise _Unreadable(f"{name}: {row[name]}")
    return Decimal(row[name])


def _optional_amount(row: Mapping[str, str], name: str) -> Decimal | None:
    return _amount(row, name) if row.get(name) else None


def _instant(text: str) -> tuple[datetime, bool]:
    """Return an instant, and whether only its day was told."""
    day_only = bool(_DATE.fullmatch(text))
    try:
        if day_only:
            instant = datetime.combine(date.fromisoformat(text), USUAL_TIME)
        else:
            instant = datetime.fromisoformat(text)
    except ValueError:
        raise _Unreadable(f"settled_at: {text}") from None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=JAKARTA)
    if not (day_only or _INSTANT.match(text)) or instant < EARLIEST:
        raise _Unreadable(f"settled_at: {text}")
    return instant, day_only
