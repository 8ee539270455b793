"""
A member's books read once on one day: the figures that several factors share.

    active loan   disbursed or restructured, with something unpaid
    outstanding   unpaid principal and interest (jasa) of active loans; never a penalty
    in 12 months  from the same day twelve months ago (month-end safe) up to the day itself
    late          paid, or still unpaid, more than the days of grace after it fell due
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.dates import MONTHS_A_YEAR, add_months
from koperasi_risk.domain import collectability
from koperasi_risk.domain.collectability import SETTLED, Standing
from koperasi_risk.domain.ledger import ZERO, Installment, Ledger, Loan, Policy


@dataclass(frozen=True, slots=True)
class Reading:
    """A member's books on one day, with the figures that several factors share."""

    ledger: Ledger
    policy: Policy
    as_of: date
    new_installment: Decimal
    active: tuple[Standing, ...]
    outstanding: Decimal
    # Of the instalments that fell due in 12 months: how many, how many late, the longest delay in days.
    due_count: int
    late_count: int
    longest_delay: int
    # Months for which mandatory savings have fallen due so far.
    months_obliged: int


def read(ledger: Ledger, policy: Policy, as_of: date, new_installment: Decimal) -> Reading:
    """Read a member's books at the end of a day; `new_installment` is that of a loan asked for, a month."""
    standings = [collectability.standing(loan, as_of) for loan in ledger.loans]
    active = tuple(standing for standing in standings if standing.unpaid)
    outstanding = sum([standing.outstanding for standing in active], ZERO)
    return Reading(
        ledger,
        policy,
        as_of,
        new_installment,
        active,
        outstanding,
        *_delays(ledger, policy, as_of),
        _months_obliged(ledger, policy, as_of),
    )


def _delays(ledger: Ledger, policy: Policy, as_of: date) -> tuple[int, int, int]:
    """Count what fell due in 12 months on any loan, what of it came late, and the longest delay."""
    since = add_months(as_of, -MONTHS_A_YEAR)
    due = late = longest = 0
    for loan in ledger.loans:
        for installment in loan.installments:
            if since <= installment.due_date < as_of and installment.amount:
                delay = (_paid_on(installment, loan, as_of) - installment.due_date).days
                due += 1
                late += delay > policy.grace_days
                longest = max(longest, delay)
    return due, late, longest


def _paid_on(installment: Installment, loan: Loan, as_of: date) -> date:
    """
    Return the day of full payment, or today. Paid on an unknown day is taken as punctual.

    Who settles a loan early owes no more of its instalments, even where interest was waived.
    """
    if not installment.unpaid:
        return installment.paid_in_full_on or installment.due_date
    if loan.status == SETTLED:
        return loan.closed_on or installment.due_date
    return as_of


def _months_obliged(ledger: Ledger, policy: Policy, as_of: date) -> int:
    """Count the due days of mandatory savings before the day, the month of joining included."""
    first = ledger.joined_on
    if policy.mandatory_savings_since:
        first = max(first, policy.mandatory_savings_since)
    if first >= as_of:
        return 0
    months = (as_of.year - first.year) * MONTHS_A_YEAR + as_of.month - first.month
    return months + (policy.mandatory_savings_due_day < as_of.day)
