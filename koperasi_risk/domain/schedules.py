"""
Instalments of a member's loan: what is due each month, and how it splits into principal and interest (jasa).

**Flat** (and **margin**, the sharia akad): interest on what was lent, the same each month. **Declining**
(menurun): equal principal, interest on what is still owed. **Annuity**: every month the same payment.

A rate is a month's, a year's, or of the whole tenor: 12 % over a tenor of 12 months is 1 % a month.
Rp 12.000.000 over 12 months at 1 % a month: flat Rp 1.120.000 each month; declining Rp 1.120.000 first
and Rp 1.010.000 last; annuity Rp 1.066.185,46.

Amounts are rupiah, exact to the sen: every line is rounded down or half up, and the last one takes the
rest, so that the principal of all lines is what was lent.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal, localcontext

from core.dates import add_months
from core.money import CENT, round_half_up

FLAT, DECLINING, ANNUITY, MARGIN = METHODS = ("FLAT", "DECLINING", "ANNUITY", "MARGIN")
MONTH, YEAR, TENOR = PERIODS = ("MONTH", "YEAR", "TENOR")
LONGEST_TENOR = 360
# Enough for 360 powers of a rate with every digit of the largest loan behind them.
_DIGITS = 80
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Line:
    """One instalment: its number from 1, the day it is due, and what it is made of."""

    number: int
    due_date: date
    principal: Decimal
    interest: Decimal


def schedule(
    *,
    principal: Decimal,
    rate_percent: Decimal,
    rate_period: str,
    tenor_months: int,
    method: str,
    disbursed_on: date,
) -> tuple[Line, ...]:
    """
    Return the instalments of a loan, the first one a month after it was disbursed.

    A day that a month does not have becomes its last one, and comes back in longer months:

    >>> lines = schedule(principal=Decimal(300), rate_percent=Decimal(3), rate_period=TENOR,
    ...                  tenor_months=3, method=FLAT, disbursed_on=date(2025, 12, 31))
    >>> [f"{line.due_date} {line.principal} {line.interest}" for line in lines]
    ['2026-01-31 100.00 3.00', '2026-02-28 100.00 3.00', '2026-03-31 100.00 3.00']

    Raises ValueError for a principal below one sen or finer, a negative rate, a tenor outside 1 to 360,
    or a method or period that is not known.
    """
    parts = _parts(principal, rate_percent, rate_period, tenor_months, method)
    return tuple(
        Line(number, add_months(disbursed_on, number), paid_back, interest)
        for number, (paid_back, interest) in enumerate(parts, start=1)
    )


def monthly_rate(*, rate_percent: Decimal, rate_period: str, tenor_months: int) -> Decimal:
    """
    Return what a rate is a month, as a fraction.

    >>> monthly_rate(rate_percent=Decimal(18), rate_period=YEAR, tenor_months=10)
    Decimal('0.015')
    """
    months = {MONTH: 1, YEAR: 12, TENOR: tenor_months}[rate_period]
    return rate_percent / (100 * months)


def _parts(principal, rate_percent, rate_period, tenor, method) -> list[tuple[Decimal, Decimal]]:
    if not 1 <= tenor <= LONGEST_TENOR:
        raise ValueError("the tenor must be 1 to 360 months")
    if not rate_percent.is_finite() or rate_percent < 0:
        raise ValueError("the rate must not be negative")
    if not principal.is_finite() or principal < CENT or principal != round(principal, 2):
        raise ValueError("the principal must be at least one sen, and not finer")
    if method not in METHODS or rate_period not in PERIODS:
        raise ValueError(f"{method} {rate_period} is no way to lend")
    with localcontext(prec=_DIGITS):
        rate = monthly_rate(rate_percent=rate_percent, rate_period=rate_period, tenor_months=tenor)
        return list(_SPLITS[method](principal.quantize(CENT), rate, tenor))


def _flat(principal: Decimal, rate: Decimal, tenor: int) -> Iterator[tuple[Decimal, Decimal]]:
    all_interest = round_half_up(principal * rate * tenor, 2)
    # Rounded down, so that the rest that the last line takes is never negative.
    paid_back, interest = (_down(amount / tenor) for amount in (principal, all_interest))
    for _ in range(tenor - 1):
        yield paid_back, interest
    yield principal - paid_back * (tenor - 1), all_interest - interest * (tenor - 1)


def _declining(principal: Decimal, rate: Decimal, tenor: int) -> Iterator[tuple[Decimal, Decimal]]:
    paid_back, owed = _down(principal / tenor), principal
    for _ in range(tenor - 1):
        yield paid_back, round_half_up(owed * rate, 2)
        owed -= paid_back
    yield owed, round_half_up(owed * rate, 2)


def _annuity(principal: Decimal, rate: Decimal, tenor: int) -> Iterator[tuple[Decimal, Decimal]]:
    share = rate / (1 - (1 + rate) ** -tenor) if rate else 1 / Decimal(tenor)
    level, owed = round_half_up(principal * share, 2), principal
    for _ in range(tenor - 1):
        interest = round_half_up(owed * rate, 2)
        # Of a few sen, the rounded payments may be more than what is left.
        paid_back = max(_ZERO, min(level - interest, owed))
        owed -= paid_back
        yield paid_back, interest
    yield owed, round_half_up(owed * rate, 2)


def _down(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_DOWN)


_SPLITS = {FLAT: _flat, MARGIN: _flat, DECLINING: _declining, ANNUITY: _annuity}
