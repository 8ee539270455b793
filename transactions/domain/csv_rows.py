"""
One row of a sales file becomes a sale, or a reason why it cannot.

A file has a header; ours knows these columns (capitals, spaces and underscores do not matter):

    merchant_id, transaction_id, occurred_at, amount, payment_method, status      compulsory
    customer_id, channel, description, product_name, fee_amount,
    paid_at, settled_at, refund_amount, refunded_at                               as they come

Methods and statuses are the words of the wire ("E-Wallet", "Success"). Instants are ISO 8601; without
an offset they are Jakarta time. Without a column `settled_at` settlement is unknown, not instant.

    >>> layout = Layout.of(["transaction_id", "occurred_at", "amount", "payment_method", "status"],
    ...                    own_merchant=True)
    >>> row = ["A-1", "2026-03-02T12:00:00+07:00", "15000", "QRIS", "Success"]
    >>> parse_row(row, layout, latest=datetime(2026, 3, 3, tzinfo=UTC)).amount
    '15000'
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from operator import gt, itemgetter
from typing import NamedTuple

from core.dates import JAKARTA

REQUIRED = ("merchant_id", "transaction_id", "occurred_at", "amount", "payment_method", "status")
OPTIONAL = (
    "customer_id",
    "channel",
    "description",
    "product_name",
    "fee_amount",
    "paid_at",
    "settled_at",
    "refund_amount",
    "refunded_at",
)
COLUMNS = REQUIRED + OPTIONAL
# What our own export, and the wire, call them.
ALIASES = {
    "transactiondate": "occurred_at",
    "paymentchannel": "channel",
    "settlementdate": "settled_at",
}
WIDTHS = {
    "merchant_id": 50,
    "transaction_id": 64,
    "customer_id": 100,
    "channel": 50,
    "description": 200,
    "product_name": 100,
}
# Amounts, instants and words are shorter; what is longer cannot be one.
_LIMITS = tuple(WIDTHS.get(name, 40) for name in COLUMNS)
METHODS = {
    "qris": "QRIS",
    "virtualaccount": "VIRTUAL_ACCOUNT",
    "ewallet": "E_WALLET",
    "creditcard": "CREDIT_CARD",
    "debitcard": "DEBIT_CARD",
    "cash": "CASH",
}
STATUSES = {
    "success": "SUCCESS",
    "pending": "PENDING",
    "failed": "FAILED",
    "expired": "EXPIRED",
    "refunded": "REFUNDED",
}
PAID = ("SUCCESS", "REFUNDED")
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
# Thirteen digits and two decimals: 9,999,999,999,999.99, the most one sale may be.
_AMOUNT = re.compile(r"[0-9]{1,13}(?:\.[0-9]{1,2})?", re.ASCII)
# A date and a time: Python alone would also take "20260302" and "2026-W10-1".
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", re.ASCII)
_NOISE = re.compile(r"[\s_-]+")


class RowRefused(ValueError):
    """A row cannot become a sale: `reason` for machines, `detail` says where (never personal data)."""

    def __init__(self, reason: str, detail: str = ""):
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail


class HeaderRefused(ValueError):
    """The header lacks columns, or names one twice."""

    def __init__(self, reason: str, columns: Sequence[str]):
        super().__init__(reason, columns)
        self.reason, self.columns = reason, tuple(columns)


class Sale(NamedTuple):
    """A row that holds. Amounts are plain texts of rupiah; "" or None means absent."""

    merchant: str
    external_id: str
    occurred_at: datetime
    amount: str
    method: str
    status: str
    paid_at: datetime | None
    refunded_amount: str
    refunded_at: datetime | None
    settlement_tracked: bool
    settled_at: datetime | None
    fee_amount: str | None
    customer_ref: str
    channel: str
    description: str
    product_name: str
    # JSON of what was sold; files do not tell.
    items: str = "[]"


def plain(name: str) -> str:
    """
    Reduce a name to what matters: "Transaction ID", "transaction_id" and "transactionId" are one.

    >>> plain(" Transaction ID ")
    'transactionid'
    """
    return _NOISE.sub("", name.strip().lstrip("\ufeff")).lower()


@dataclass(frozen=True)
class Layout:
    """Where our columns stand in a file. `pick` brings a row's cells into the order of COLUMNS."""

    width: int
    present: frozenset[str]
    pick: Callable[[Sequence[str]], tuple[str, ...]]

    @classmethod
    def of(
        cls,
        header: Sequence[str],
        *,
        renamed: Mapping[str, str] | None = None,
        own_merchant: bool = False,
    ) -> "Layout":
        """
        Read a header. `renamed` says what a file calls our columns (ours → theirs).

        With `own_merchant` the column merchant_id may be missing. Raises HeaderRefused.
        """
        theirs = _places(header)
        places = {name: theirs.get(plain((renamed or {}).get(name, name))) for name in COLUMNS}
        for alias, name in ALIASES.items():
            if places[name] is None and name not in (renamed or {}):
                places[name] = theirs.get(alias)
        needed = [name for name in REQUIRED if not (own_merchant and name == "merchant_id")]
        if missing := [name for name in needed if places[name] is None]:
            raise HeaderRefused("missing_columns", missing)
        # An absent column is read from the empty cell that `parse_row` adds at the end.
        order = [len(header) if places[name] is None else places[name] for name in COLUMNS]
        present = frozenset(name for name in COLUMNS if places[name] is not None)
        return cls(width=len(header), present=present, pick=itemgetter(*order))


def _places(header: Sequence[str]) -> dict[str, int]:
    names = [plain(name) for name in header]
    if twice := sorted({name for name in names if name and names.count(name) > 1}):
        raise HeaderRefused("repeated_columns", twice)
    return {name: place for place, name in enumerate(names) if name}


class _Cells(NamedTuple):
    """The texts of one row, in the order of COLUMNS."""

    merchant_id: str
    transaction_id: str
    occurred_at: str
    amount: str
    payment_method: str
    status: str
    customer_id: str
    channel: str
    description: str
    product_name: str
    fee_amount: str
    paid_at: str
    settled_at: str
    refund_amount: str
    refunded_at: str


class _Course(NamedTuple):
    """What became of a sale after it was made."""

    status: str
    paid_at: datetime | None
    refunded_amount: str = "0"
    refunded_at: datetime | None = None
    settled_at: datetime | None = None


def parse_row(cells: list[str], layout: Layout, *, latest: datetime) -> Sale:
    """
    Read one row. `latest` is the instant after which nothing can have happened yet.

    Raises RowRefused.
    """
    row = _texts(cells, layout)
    occurred_at = _instant(row.occurred_at, "occurred_at", latest)
    amount = _positive_amount(row.amount)
    method = METHODS.get(row.payment_method.lower()) or _word(
        row.payment_method, METHODS, "payment_method"
    )
    course = _course(row, occurred_at, amount, latest)
    tracked = "settled_at" in layout.present
    # Cash is in the till at once.
    in_hand = course.paid_at if tracked and method == "CASH" else None
    return Sale(
        row.merchant_id,
        row.transaction_id,
        occurred_at,
        amount,
        method,
        course.status,
        course.paid_at,
        course.refunded_amount,
        course.refunded_at,
        tracked,
        course.settled_at or in_hand,
        _fee(row.fee_amount, amount) if row.fee_amount else None,
        row.customer_id,
        row.channel,
        row.description,
        row.product_name,
    )


def _course(row: _Cells, occurred_at: datetime, amount: str, latest: datetime) -> _Course:
    status = STATUSES.get(row.status.lower()) or _word(row.status, STATUSES, "status")
    told = row.paid_at or row.settled_at or row.refund_amount or row.refunded_at
    if not told and status != "REFUNDED":
        # Most rows: nothing more is told than whether it was paid.
        return _Course(status, occurred_at if status == "SUCCESS" else None)
    if status not in PAID:
        _refuse_what_needs_payment(row)
        return _Course(status, None)
    paid_at = _optional(row.paid_at, "paid_at", latest) or occurred_at
    settled_at = _optional(row.settled_at, "settled_at", latest)
    refunded_at = _optional(row.refunded_at, "refunded_at", latest) or paid_at
    if paid_at < occurred_at or (settled_at or paid_at) < paid_at or refunded_at < paid_at:
        raise RowRefused("wrong_order", "paid_at")
    return _given_back(row, _Course(status, paid_at, "0", refunded_at, settled_at), amount)


def _refuse_what_needs_payment(row: _Cells) -> None:
    for column in ("paid_at", "settled_at", "refund_amount", "refunded_at"):
        if getattr(row, column).strip("0."):
            raise RowRefused("not_paid", column)


def _given_back(row: _Cells, course: _Course, amount: str) -> _Course:
    """Settle status, amount and instant of what was given back; refunded means: all of it."""
    given_back = Decimal(_amount(row.refund_amount, "refund_amount") if row.refund_amount else 0)
    if course.status == "REFUNDED" and not given_back:
        given_back = Decimal(amount)
    if not given_back:
        return course._replace(refunded_at=None)
    if given_back > Decimal(amount):
        raise RowRefused("refund_exceeds_amount", "refund_amount")
    status = "REFUNDED" if given_back == Decimal(amount) else "SUCCESS"
    return course._replace(status=status, refunded_amount=str(given_back))


def _texts(cells: list[str], layout: Layout) -> _Cells:
    if len(cells) != layout.width:
        # Spreadsheets like to add empty cells at the end.
        if len(cells) < layout.width or any(cells[layout.width :]):
            raise RowRefused("wrong_number_of_columns", f"{len(cells)}")
        del cells[layout.width :]
    cells.append("")
    texts = _Cells._make([cell.strip() for cell in layout.pick(cells)])
    if "\x00" in "".join(texts):
        raise RowRefused("holds_nul")
    if any(map(gt, map(len, texts), _LIMITS)):
        raise RowRefused("too_long", _too_long(texts))
    if not texts.transaction_id:
        raise RowRefused("missing_value", "transaction_id")
    if not texts.merchant_id and "merchant_id" in layout.present:
        raise RowRefused("missing_value", "merchant_id")
    return texts


def _too_long(texts: Sequence[str]) -> str:
    fits = zip(COLUMNS, texts, _LIMITS, strict=True)
    return next(name for name, text, limit in fits if len(text) > limit)


def _word(text: str, words: Mapping[str, str], column: str) -> str:
    try:
        return words[plain(text)]
    except KeyError:
        raise RowRefused("unknown_word", f"{column}: {text}") from None


def _instant(text: str, column: str, latest: datetime) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise RowRefused("invalid_instant", f"{column}: {text}") from None
    if not _INSTANT.match(text):
        raise RowRefused("invalid_instant", f"{column}: {text}")
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=JAKARTA)
    if instant > latest:
        raise RowRefused("in_the_future", column)
    if instant < EARLIEST:
        raise RowRefused("too_long_ago", column)
    return instant


def _optional(text: str, column: str, latest: datetime) -> datetime | None:
    return _instant(text, column, latest) if text else None


def _amount(text: str, column: str) -> str:
    if not _AMOUNT.fullmatch(text):
        raise RowRefused("invalid_amount", f"{column}: {text}")
    return text


def _positive_amount(text: str) -> str:
    if not _amount(text, "amount").strip("0."):
        raise RowRefused("invalid_amount", "amount")
    return text


def _fee(text: str, amount: str) -> str:
    if Decimal(_amount(text, "fee_amount")) > Decimal(amount):
        raise RowRefused("invalid_amount", "fee_amount")
    return text
