"""
What one sale adds to its merchant's daily totals.

Every figure belongs to the business day of the *sale*, whenever its payment, refund or settlement
came; only `refunds_made_*` belong to the day on which the money was given back. A change of a sale
is the difference between what it added before and what it adds now, so that a total is never
counted anew. `transactions.selectors.totals` says the same in SQL; tests compare the two.

A sale of Rp 50,000 on Monday, paid and settled at once, of which Rp 20,000 went back on Tuesday:

    Monday   paid 1 / 50,000, refunded 1 / 20,000, settled 1 after 0 seconds
    Tuesday  refunds made 1 / 20,000
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Self

from core.dates import business_day

PAID_STATUSES = frozenset({"SUCCESS", "REFUNDED"})
FAILED_STATUSES = frozenset({"FAILED", "EXPIRED"})

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Deltas:
    """Amounts to add to one daily total; the fields are the columns of `DailyTotal`."""

    paid_count: int = 0
    paid_amount: Decimal = _ZERO
    pending_count: int = 0
    pending_amount: Decimal = _ZERO
    failed_count: int = 0
    failed_amount: Decimal = _ZERO
    refunded_count: int = 0
    refunded_amount: Decimal = _ZERO
    fee_amount: Decimal = _ZERO
    settled_count: int = 0
    settlement_seconds: int = 0
    waiting_count: int = 0
    waiting_paid_epoch: int = 0
    refunds_made_count: int = 0
    refunds_made_amount: Decimal = _ZERO

    def values(self) -> tuple[int | Decimal, ...]:
        """Return the figures in the order of `COLUMNS`."""
        return tuple(getattr(self, name) for name in COLUMNS)

    def __add__(self, other: Self) -> Self:
        return Deltas(*(a + b for a, b in zip(self.values(), other.values(), strict=True)))

    def __sub__(self, other: Self) -> Self:
        return Deltas(*(a - b for a, b in zip(self.values(), other.values(), strict=True)))

    def __bool__(self) -> bool:
        return any(self.values())


COLUMNS = tuple(field.name for field in fields(Deltas))
NOTHING = Deltas()


@dataclass(frozen=True, slots=True)
class GivenBack:
    """One processed refund."""

    amount: Decimal
    processed_at: datetime


@dataclass(frozen=True, slots=True)
class SaleState:
    """What the daily totals need to know of one sale. Amounts are IDR, major units."""

    status: str
    amount: Decimal
    occurred_at: datetime
    paid_at: datetime | None = None
    settlement_tracked: bool = False
    settled_at: datetime | None = None
    fee_amount: Decimal | None = None
    refunds: tuple[GivenBack, ...] = ()

    @property
    def refunded_amount(self) -> Decimal:
        return sum((refund.amount for refund in self.refunds), _ZERO)


def contribution(sale: SaleState) -> dict[date, Deltas]:
    """
    Return what `sale` adds, by business day.

    A sale that was given back in full waits for no settlement; a settlement before the payment
    took no time.
    """
    days = {business_day(sale.occurred_at): _of_the_sale(sale)}
    for refund in sale.refunds:
        made = Deltas(refunds_made_count=1, refunds_made_amount=refund.amount)
        day = business_day(refund.processed_at)
        days[day] = days.get(day, NOTHING) + made
    return days


def difference(before: SaleState | None, after: SaleState | None) -> dict[date, Deltas]:
    """Return what must be added to turn one state of a sale into another; None is no sale."""
    old: Mapping[date, Deltas] = contribution(before) if before else {}
    new: Mapping[date, Deltas] = contribution(after) if after else {}
    changes = {day: new.get(day, NOTHING) - old.get(day, NOTHING) for day in {*old, *new}}
    return {day: changes[day] for day in sorted(changes) if changes[day]}


def _of_the_sale(sale: SaleState) -> Deltas:
    if sale.status in PAID_STATUSES:
        return _of_a_paid_sale(sale)
    if sale.status in FAILED_STATUSES:
        return Deltas(failed_count=1, failed_amount=sale.amount)
    return Deltas(pending_count=1, pending_amount=sale.amount)


def _of_a_paid_sale(sale: SaleState) -> Deltas:
    refunded = sale.refunded_amount
    is_settled = sale.settlement_tracked and sale.settled_at is not None
    is_waiting = sale.settlement_tracked and sale.settled_at is None and refunded < sale.amount
    paid = _epoch(sale.paid_at)
    return Deltas(
        paid_count=1,
        paid_amount=sale.amount,
        refunded_count=int(refunded > 0),
        refunded_amount=refunded,
        fee_amount=sale.fee_amount or _ZERO,
        settled_count=int(is_settled),
        settlement_seconds=max(0, _epoch(sale.settled_at) - paid) if is_settled else 0,
        waiting_count=int(is_waiting),
        waiting_paid_epoch=paid if is_waiting else 0,
    )


def _epoch(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(seconds=1)
