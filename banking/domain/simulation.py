"""
What could be lent if a shop's figures were different: the score's own limits, and one amount in them.

    amount = average monthly revenue x multiplier of the risk band x stance

The multiplier is the score policy's (low 1.5, medium 1.0, high 0.5), and so are the stances: the lower
and the upper end of its limits, and their middle. No other haircut is invented.

A shop with Rp 10.000.000 a month in band "medium" could be lent Rp 8 million by a careful officer, 10 by
a moderate and 12 by an optimistic one.

Source: merchant score, policy v1 (limits); product brief (limit simulator).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from banking.domain.installments import Quote, quote
from banking.domain.offers import rounded_down, share_percent

CONSERVATIVE, MODERATE, OPTIMISTIC = "CONSERVATIVE", "MODERATE", "OPTIMISTIC"

_AMOUNTS: Mapping[str, Callable[[Decimal, Decimal], Decimal]] = MappingProxyType(
    {
        CONSERVATIVE: lambda low, high: low,
        MODERATE: lambda low, high: (low + high) / 2,
        OPTIMISTIC: lambda low, high: high,
    }
)
STANCES = tuple(_AMOUNTS)


@dataclass(frozen=True)
class Loan:
    """One amount with what it costs; `cost` and share are None where nothing can be lent."""

    amount: Decimal
    cost: Quote | None
    share_of_revenue_percent: Decimal | None


def amount_at(stance: str, *, min_limit: Decimal, max_limit: Decimal) -> Decimal:
    """
    Return the amount of a stance within two limits, rounded down as offers are.

    >>> [str(amount_at(stance, min_limit=Decimal(8_000_000), max_limit=Decimal(12_000_000)))
    ...  for stance in STANCES]
    ['8000000', '10000000', '12000000']
    """
    return rounded_down(_AMOUNTS[stance](min_limit, max_limit))


def loan_of(
    amount: Decimal,
    *,
    average_monthly_revenue: Decimal,
    yearly_rate_percent: Decimal,
    tenor_months: int,
    method: str,
) -> Loan:
    """
    Return what a loan of this amount costs, and its share of a month's revenue.

    Raises ValueError as `installments.quote` does.
    """
    if amount <= 0:
        return Loan(Decimal(0), None, None)
    cost = quote(
        principal=amount,
        yearly_rate_percent=yearly_rate_percent,
        tenor_months=tenor_months,
        method=method,
    )
    return Loan(amount, cost, share_percent(cost.installment, average_monthly_revenue))
