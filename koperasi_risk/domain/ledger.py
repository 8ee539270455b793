"""
What one member's factors are computed from: loans, savings, debts elsewhere, and how they take part.

Amounts are rupiah, dates are days of the koperasi. Only what counts is in here: savings movements that
were verified or approved, instalments of loans that were disbursed. Unknown is None, never 0.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

ZERO = Decimal(0)
Month = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Installment:
    """One instalment: principal and interest (jasa) due, and what of them is unpaid; never a penalty."""

    due_date: date
    amount: Decimal
    unpaid: Decimal
    paid_in_full_on: date | None = None


@dataclass(frozen=True, slots=True)
class Loan:
    """A loan that was disbursed. `status` is DISBURSED, RESTRUCTURED, SETTLED or WRITTEN_OFF."""

    id: int
    status: str
    principal: Decimal
    disbursed_on: date
    installments: tuple[Installment, ...] = ()
    closed_on: date | None = None
    closed_collectability: int | None = None
    restructured_on: tuple[date, ...] = ()
    # Of collateral that is valid and not released: appraised values after their haircut.
    collateral_value: Decimal = ZERO
    is_in_litigation: bool = False


@dataclass(frozen=True, slots=True)
class ExternalDebt:
    """A debt elsewhere that is not closed. `source` is SLIK or DECLARED."""

    outstanding: Decimal
    monthly_installment: Decimal
    collectability: int | None
    source: str
    as_of: date


@dataclass(frozen=True, slots=True)
class Savings:
    """Balances by kind, and the movements that the factors look at."""

    principal: Decimal = ZERO
    mandatory: Decimal = ZERO
    voluntary: Decimal = ZERO
    term: Decimal = ZERO
    blocked: Decimal = ZERO
    # Everything ever deposited as mandatory savings, and the months of the last thirteen with a deposit.
    mandatory_deposited: Decimal = ZERO
    mandatory_months: frozenset[Month] = frozenset()
    # Deposits less withdrawals of voluntary savings in six months; no interest, no surplus share.
    voluntary_flow: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Ledger:
    """One member as the books know them at the end of a day."""

    status: str
    joined_on: date
    monthly_income: Decimal | None = None
    income_verified_on: date | None = None
    is_board_member: bool = False
    loans: tuple[Loan, ...] = ()
    savings: Savings = field(default_factory=Savings)
    external_debts: tuple[ExternalDebt, ...] = ()
    # Loans of others that the member answers for.
    guaranteed: tuple[Loan, ...] = ()
    meetings_attended: frozenset[date] = frozenset()
    verified_documents: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Policy:
    """What one koperasi computes by. `preset` is SLIK, BPR or KEMENKOP; `meetings` the RAT held."""

    preset: str = "SLIK"
    grace_days: int = 3
    principal_savings_amount: Decimal | None = None
    mandatory_savings_amount: Decimal | None = None
    mandatory_savings_since: date | None = None
    mandatory_savings_due_day: int = 28
    own_capital: Decimal | None = None
    unsecured_limit: Decimal = ZERO
    required_documents: frozenset[str] = frozenset()
    meetings: tuple[date, ...] = ()
