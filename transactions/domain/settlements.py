"""
One line of a settlement statement beside the sale it speaks of: what follows, or why nothing does.

A statement says that a sale of an amount reached the merchant's bank, less a fee, at some instant. It is
believed about instant and fee, never about the sale: that is known here, or the line is refused.

A sale of Rp 50,000, paid on Monday at noon. On Tuesday's statement:

    50,000, fee 350, Tuesday 10.00      settled after 22 hours; net 49,650
    the same once more                  known already
    the same on Wednesday               settled_differently
    55,000                              amount_differs
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from core.dates import JAKARTA, business_day
from transactions.domain.totals import PAID_STATUSES

# How far the clocks of gateway and bank may be off.
CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True, slots=True)
class SettlementLine:
    """
    One sale that was paid out. `net` is what arrived; None where the statement does not say.

    `line` is where it stood; `merchant` and `external_id` name a sale that has no trade number. With
    `day_only` nobody told the time of the day, and `settled_at` is the usual one.
    """

    line: int
    trade_number: str
    amount: Decimal
    fee: Decimal | None
    net: Decimal | None
    settled_at: datetime
    merchant: str = ""
    external_id: str = ""
    day_only: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class UnreadableLine:
    """A line that says nothing that can be understood; `detail` tells where."""

    line: int
    trade_number: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class KnownSale:
    """What a statement is compared with. Amounts are IDR, major units."""

    pk: int
    merchant_id: int
    status: str
    amount: Decimal
    paid_at: datetime | None
    settled_at: datetime | None = None
    fee_amount: Decimal | None = None
    net_amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """When the money of a sale arrived, and how much of it; None is not known."""

    settled_at: datetime
    fee_amount: Decimal | None
    net_amount: Decimal | None


class LineRefused(ValueError):
    """A line does not fit our books: `reason` for machines, `detail` what was told and what is known."""

    def __init__(self, reason: str, detail: str = ""):
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail


def judge(line: SettlementLine, sale: KnownSale | None, *, now: datetime) -> Settlement | None:
    """
    Return what the sale becomes, None when all of it is known already.

    Raises LineRefused: unknown_sale, amount_differs, not_paid, malformed, settled_in_future,
    settled_before_paid, settled_differently.
    """
    if sale is None:
        raise LineRefused("unknown_sale")
    if line.amount != sale.amount:
        raise LineRefused("amount_differs", f"{line.amount} ≠ {sale.amount}")
    if sale.status not in PAID_STATUSES:
        raise LineRefused("not_paid", sale.status)
    told = Settlement(_instant(line, sale), *_fee_and_net(line))
    if told.settled_at > now + CLOCK_SKEW:
        raise LineRefused("settled_in_future", _worded(told.settled_at))
    if told.settled_at < sale.paid_at - CLOCK_SKEW:
        raise LineRefused(
            "settled_before_paid", f"{_worded(told.settled_at)} < {_worded(sale.paid_at)}"
        )
    return _added(told, sale)


def _instant(line: SettlementLine, sale: KnownSale) -> datetime:
    # The usual time of a day on which the sale was paid later than that.
    if (
        line.day_only
        and sale.paid_at
        and business_day(line.settled_at) == business_day(sale.paid_at)
    ):
        return max(line.settled_at, sale.paid_at)
    return line.settled_at


def _fee_and_net(line: SettlementLine) -> tuple[Decimal | None, Decimal | None]:
    """Of amount, fee and net, the third follows from two. Raises LineRefused when they contradict."""
    fee, net = line.fee, line.net
    if fee is None:
        fee = None if net is None else line.amount - net
    elif net is None:
        net = line.amount - fee
    if fee is not None and (min(fee, net) < 0 or fee + net != line.amount):
        raise LineRefused("malformed", f"{line.amount} − {fee} ≠ {net}")
    return fee, net


def _added(told: Settlement, sale: KnownSale) -> Settlement | None:
    if sale.settled_at is None:
        # The statement's fee is the last word; where it says none, what the payment said stays.
        return told if told.fee_amount is not None else _with_fee_of(sale, told)
    if told.settled_at != sale.settled_at:
        raise LineRefused(
            "settled_differently", f"{_worded(told.settled_at)} ≠ {_worded(sale.settled_at)}"
        )
    if told.fee_amount in (None, sale.fee_amount):
        return None
    if sale.fee_amount is None:
        return told
    raise LineRefused("settled_differently", f"{told.fee_amount} ≠ {sale.fee_amount}")


def _with_fee_of(sale: KnownSale, told: Settlement) -> Settlement:
    return Settlement(told.settled_at, sale.fee_amount, sale.net_amount)


def _worded(instant: datetime) -> str:
    return f"{instant.astimezone(JAKARTA):%Y-%m-%d %H:%M:%S}"
