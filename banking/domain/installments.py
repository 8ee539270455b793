"""
Instalments: what a loan costs a month, and how each payment splits into interest and principal.

**Annuity** (effective rate): every month the same payment; interest is charged on what is still
owed. **Flat**: every month the same share of the principal, with interest on the first principal.

A loan of Rp 12.000.000 over 12 months at 12% a year costs Rp 1.066.185,46 a month as an annuity
(interest Rp 794.225,58 in all) and Rp 1.120.000 flat (Rp 1.440.000), the same rate by name.

Amounts are rupiah, exact to the sen: every line is rounded, and the last one takes the rest, so that
the principal of all lines is what was lent, and their interest what was quoted.

Source: annuity formula of any textbook of finance, A = P·r / (1 − (1 + r)^−n) with r = yearly rate / 12.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal, localcontext

from core.dates import add_months
from core.money import CENT, round_half_up

ANNUITY, FLAT = "ANNUITY", "FLAT"
LEAST_TENOR, LONGEST_TENOR = 1, 120
# Enough for 120 powers of a rate with every digit of the largest loan behind them.
_DIGITS = 60


@dataclass(frozen=True)
class Line:
    """One payment: its number from 1, the day it is due, and what it is made of."""

    number: int
    due_date: date
    principal: Decimal
    interest: Decimal

    @property
    def amount(self) -> Decimal:
        return self.principal + self.interest


@dataclass(frozen=True)
class Quote:
    """What a loan costs: the usual payment of a month, all interest, and all that is paid back."""

    installment: Decimal
    total_interest: Decimal
    total: Decimal


def schedule(
    *,
    principal: Decimal,
    yearly_rate_percent: Decimal,
    tenor_months: int,
    method: str,
    first_due: date,
    due_day: int | None = None,
) -> tuple[Line, ...]:
    """
    Return the payments of a loan, one a month from `first_due`, each on its day of the month.

    `due_day` names that day where the first month is too short for it (paid out on 31 January, first
    due on 28 February). A day that a month does not have becomes its last one, and comes back in
    longer months:

    >>> lines = schedule(principal=Decimal(100), yearly_rate_percent=Decimal(0), tenor_months=3,
    ...                  method=FLAT, first_due=date(2026, 1, 31))
    >>> [f"{line.due_date} {line.principal} {line.interest}" for line in lines]
    ['2026-01-31 33.33 0.00', '2026-02-28 33.33 0.00', '2026-03-31 33.34 0.00']

    Raises ValueError for a principal below one sen or finer, a negative rate, a tenor outside
    1 to 120, or an unknown method.
    """
    parts = _parts(principal, yearly_rate_percent, tenor_months, method)
    day = due_day or first_due.day
    return tuple(
        Line(number + 1, add_months(first_due, number, on=day), paid_back, interest)
        for number, (paid_back, interest) in enumerate(parts)
    )


def quote(
    *, principal: Decimal, yearly_rate_percent: Decimal, tenor_months: int, method: str
) -> Quote:
    """
    Return what a loan costs. The last payment may differ from `installment` by some sen.

    >>> quote(principal=Decimal(12_000_000), yearly_rate_percent=Decimal(12), tenor_months=12,
    ...       method=ANNUITY)
    Quote(installment=Decimal('1066185.46'), total_interest=Decimal('794225.58'), total=Decimal('12794225.58'))

    Raises ValueError as `schedule` does.
    """
    parts = list(_parts(principal, yearly_rate_percent, tenor_months, method))
    total_interest = sum((interest for _, interest in parts), start=Decimal(0))
    return Quote(
        installment=sum(parts[0], start=Decimal(0)),
        total_interest=total_interest,
        total=principal + total_interest,
    )


def installment(
    *, principal: Decimal, yearly_rate_percent: Decimal, tenor_months: int, method: str
) -> Decimal:
    """
    Return the payment of a month, rounded to the sen. A zero rate divides the principal evenly.

    >>> installment(principal=Decimal(12_000_000), yearly_rate_percent=Decimal(12),
    ...             tenor_months=12, method=FLAT)
    Decimal('1120000.00')

    Raises ValueError as `schedule` does.
    """
    return quote(
        principal=principal,
        yearly_rate_percent=yearly_rate_percent,
        tenor_months=tenor_months,
        method=method,
    ).installment


def affordable_principal(
    *, payment: Decimal, yearly_rate_percent: Decimal, tenor_months: int, method: str
) -> Decimal:
    """
    Return the most that can be lent for `payment` a month, in whole rupiah, rounded down.

    >>> affordable_principal(payment=Decimal("1066185.47"), yearly_rate_percent=Decimal(12),
    ...                      tenor_months=12, method=ANNUITY)
    Decimal('12000000')

    Raises ValueError for a negative rate, a tenor outside 1 to 120, or an unknown method.
    """
    _check_terms(yearly_rate_percent, tenor_months, method)
    with localcontext(prec=_DIGITS):
        rate = _monthly(yearly_rate_percent)
        per_rupiah = (
            _annuity(rate, tenor_months) if method == ANNUITY else 1 / Decimal(tenor_months) + rate
        )
        return max(Decimal(0), payment / per_rupiah).quantize(Decimal(1), rounding=ROUND_DOWN)


# ── The arithmetic ─────────────────────────────────────────────────────────────────────


def _parts(
    principal: Decimal, yearly_rate_percent: Decimal, tenor_months: int, method: str
) -> Iterator[tuple[Decimal, Decimal]]:
    """Yield principal and interest of each payment."""
    _check_terms(yearly_rate_percent, tenor_months, method)
    if not principal.is_finite() or principal < CENT or principal != round(principal, 2):
        raise ValueError("the principal must be at least one sen, and not finer")
    split = _annuity_parts if method == ANNUITY else _flat_parts
    with localcontext(prec=_DIGITS):
        return iter(
            list(split(principal.quantize(CENT), _monthly(yearly_rate_percent), tenor_months))
        )


def _check_terms(yearly_rate_percent: Decimal, tenor_months: int, method: str) -> None:
    if not LEAST_TENOR <= tenor_months <= LONGEST_TENOR:
        raise ValueError("the tenor must be 1 to 120 months")
    if not yearly_rate_percent.is_finite() or yearly_rate_percent < 0:
        raise ValueError("the rate must not be negative")
    if method not in (ANNUITY, FLAT):
        raise ValueError(f"{method} is no method of repayment")


def _annuity_parts(principal: Decimal, rate: Decimal, tenor: int):
    level = round_half_up(principal * _annuity(rate, tenor), 2)
    owed = principal
    for _ in range(tenor - 1):
        interest = round_half_up(owed * rate, 2)
        # Of a few sen, the rounded payments may be more than what is left.
        paid_back = min(level - interest, owed)
        owed -= paid_back
        yield paid_back, interest
    yield owed, round_half_up(owed * rate, 2)


def _flat_parts(principal: Decimal, rate: Decimal, tenor: int):
    all_interest = round_half_up(principal * rate * tenor, 2)
    # Rounded down, so that the rest that the last line takes is never negative.
    paid_back, interest = (_down(amount / tenor) for amount in (principal, all_interest))
    for _ in range(tenor - 1):
        yield paid_back, interest
    yield principal - paid_back * (tenor - 1), all_interest - interest * (tenor - 1)


def _annuity(rate: Decimal, tenor: int) -> Decimal:
    """Return the level payment for one rupiah."""
    if not rate:
        return 1 / Decimal(tenor)
    return rate / (1 - (1 + rate) ** -tenor)


def _monthly(yearly_rate_percent: Decimal) -> Decimal:
    return yearly_rate_percent / 1200


def _down(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_DOWN)
