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


def parse_row(cells: list[str], layout: Layout, *, latest: datetime) -> Sale:
    """
    Read one row. `latest` is the instant after which nothing can have happened yet.

    Raises RowRefused.
    """
    (
        merchant,
        external_id,
        occurred_at,
        amount,
        method,
        status,
        customer,
        channel,
        description,
        product,
        fee,
        paid_at,
        settled_at,
        refund,
        refunded_at,
    ) = _texts(cells, layout)

    occurred_at = _instant(occurred_at, "occurred_at", latest)
    amount = _amount(amount, "amount")
    if amount.strip("0.") == "":
        raise RowRefused("invalid_amount", "amount")
    method = METHODS.get(method.lower()) or _word(method, METHODS, "payment_method")
    status = STATUSES.get(status.lower()) or _word(status, STATUSES, "status")
    paid = (
        (_instant(paid_at, "paid_at", latest) if paid_at else occurred_at)
        if status in PAID
        else None
    )
    if paid_at or settled_at or refund or refunded_at or status == "REFUNDED":
        status, refund, refunded_at = _refund(
            status, amount, refund, _optional(refunded_at, "refunded_at", latest) or paid
        )
    settled_at = _optional(settled_at, "settled_at", latest)
    if settled_at and paid is None:
        raise RowRefused("not_paid", "settled_at")
    tracked = "settled_at" in layout.present
    if tracked and method == "CASH":
        # Cash is in the till at once.
        settled_at = settled_at or paid
    if paid and (
        paid < occurred_at
        or (settled_at and settled_at < paid)
        or (refunded_at and refunded_at < paid)
    ):
        raise RowRefused("wrong_order", "paid_at")
    return Sale(
        merchant,
        external_id,
        occurred_at,
        amount,
        method,
        status,
        paid,
        refund or "0",
        refunded_at or None,
        tracked,
        settled_at,
        _fee(fee, amount) if fee else None,
        customer,
        channel,
        description,
        product,
    )


def _texts(cells: list[str], layout: Layout) -> tuple[str, ...]:
    if len(cells) != layout.width:
        # Spreadsheets like to add empty cells at the end.
        if len(cells) < layout.width or any(cells[layout.width :]):
            raise RowRefused("wrong_number_of_columns", f"{len(cells)}")
        del cells[layout.width :]
    cells.append("")
    texts = tuple([cell.strip() for cell in layout.pick(cells)])
    if "\x00" in "".join(texts):
        raise RowRefused("holds_nul")
    if any(map(gt, map(len, texts), _LIMITS)):
        raise RowRefused("too_long", _too_long(texts))
    if not texts[1]:
        raise RowRefused("missing_value", "transaction_id")
    if not texts[0] and "merchant_id" in layout.present:
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


def _fee(text: str, amount: str) -> str:
    if Decimal(_amount(text, "fee_amount")) > Decimal(amount):
        raise RowRefused("invalid_amount", "fee_amount")
    return text


def _refund(
    status: str, amount: str, refund: str, refunded_at: datetime | None
) -> tuple[str, str, datetime | None]:
    """Return status, amount and instant of what was given back; refunded means: all of it."""
    given_back = Decimal(_amount(refund, "refund_amount")) if refund else Decimal(0)
    if status == "REFUNDED" and not given_back:
        given_back = Decimal(amount)
    if not given_back:
        return status, "0", None
    if status not in PAID:
        raise RowRefused("not_paid", "refund_amount")
    if given_back > Decimal(amount):
        raise RowRefused("refund_exceeds_amount", "refund_amount")
    return "REFUNDED" if given_back == Decimal(amount) else "SUCCESS", str(given_back), refunded_at
