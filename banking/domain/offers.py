"""
Three offers within what a score allows: a small short loan, a middle one, a large long one.

Offer | amount before the bank's bound      | tenor
small | the score's lowest limit            | 6 months
middle| halfway between the limits          | 12 months
large | the score's highest limit           | 24 months

No tenor passes the bank's longest: three months as the longest make offers over 1, 2 and 3. Each
amount is cut to what the bank's bound on the instalment affords (highest share of the average
monthly revenue), then rounded down to Rp 100.000 (below that, to Rp 1.000).

A shop with Rp 10.000.000 a month in band "medium" has limits of 8 and 12 million. At 12% a year and
30% of revenue it is offered 8 million over 6 months, 10 over 12 and 12 over 24.

Source: screens S4 "Usulan limit" (three side by side), product brief (limits).
"""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from banking.domain.installments import affordable_principal, quote
from core.money import round_half_up

TENORS = (6, 12, 24)
STEP, SMALL_STEP = Decimal(100_000), Decimal(1_000)


@dataclass(frozen=True)
class Offer:
    """One loan that a merchant could carry; the share is of its average monthly revenue."""

    amount: Decimal
    tenor_months: int
    installment: Decimal
    total_interest: Decimal
    total: Decimal
    share_of_revenue_percent: Decimal


def offers(
    *,
    min_limit: Decimal,
    max_limit: Decimal,
    average_monthly_revenue: Decimal,
    yearly_rate_percent: Decimal,
    method: str,
    max_tenor_months: int,
    max_installment_percent: Decimal,
) -> tuple[Offer, ...]:
    """
    Return three offers, smallest first; fewer where the revenue carries less than Rp 1.000.

    >>> three = offers(min_limit=Decimal(8_000_000), max_limit=Decimal(12_000_000),
    ...                average_monthly_revenue=Decimal(10_000_000), yearly_rate_percent=Decimal(12),
    ...                method="ANNUITY", max_tenor_months=36, max_installment_percent=Decimal(30))
    >>> [(str(offer.amount), offer.tenor_months, str(offer.share_of_revenue_percent)) for offer in three]
    [('8000000', 6, '13.8'), ('10000000', 12, '8.9'), ('12000000', 24, '5.6')]
    """
    bound = average_monthly_revenue * max_installment_percent / 100
    wanted = (min_limit, (min_limit + max_limit) / 2, max_limit)
    made = []
    for amount, tenor in zip(wanted, _tenors(max_tenor_months), strict=False):
        terms = {
            "yearly_rate_percent": yearly_rate_percent,
            "tenor_months": tenor,
            "method": method,
        }
        carried = rounded_down(min(amount, affordable_principal(payment=bound, **terms)))
        if carried > 0:
            made.append(_offer(carried, average_monthly_revenue, terms))
    return tuple(made)


def rounded_down(amount: Decimal) -> Decimal:
    """
    Round an amount down to one that people speak of.

    >>> [str(rounded_down(Decimal(amount))) for amount in (8_766_543, 87_654, 999)]
    ['8700000', '87000', '0']
    """
    step = STEP if amount >= STEP else SMALL_STEP
    return (amount / step).to_integral_value(rounding=ROUND_DOWN) * step


def share_percent(installment: Decimal, average_monthly_revenue: Decimal) -> Decimal | None:
    """
    Return what share of a month's revenue an instalment takes; None without revenue.

    >>> share_percent(Decimal(1_000_000), Decimal(3_000_000))
    Decimal('33.3')
    """
    if average_monthly_revenue <= 0:
        return None
    return round_half_up(100 * installment / average_monthly_revenue, 1)


def _tenors(longest: int) -> tuple[int, ...]:
    """
    >>> [_tenors(longest) for longest in (36, 12, 8, 3, 2, 1)]
    [(6, 12, 24), (6, 9, 12), (4, 6, 8), (1, 2, 3), (1, 2), (1,)]
    """
    if longest >= TENORS[-1]:
        return TENORS
    if longest >= TENORS[1]:
        return (TENORS[0], (TENORS[0] + longest) // 2, longest)
    return tuple(
        sorted({max(1, longest - 2 * _gap(longest)), max(1, longest - _gap(longest)), longest})
    )


def _gap(longest: int) -> int:
    return max(1, longest // 4)


def _offer(amount: Decimal, average_monthly_revenue: Decimal, terms: dict) -> Offer:
    cost = quote(principal=amount, **terms)
    return Offer(
        amount=amount,
        tenor_months=terms["tenor_months"],
        installment=cost.installment,
        total_interest=cost.total_interest,
        total=cost.total,
        share_of_revenue_percent=share_percent(cost.installment, average_monthly_revenue),
    )
