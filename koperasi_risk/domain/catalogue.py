"""
The factors that rules may name: what each is measured in, which way is risky, and where a rule may start.

A rule names a factor by its key or by an alias; case and spaces around do not matter. `membership_years`
and its like come from earlier revisions of the contract: they can be used, and are not offered.

    >>> find(" DSR ").key, find("loan_count").key, find("shoe_size")
    ('debt_service_ratio', 'active_loan_count', None)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from koperasi_risk.domain import words

APPROVE, REVIEW, REJECT = "APPROVE", "MANUAL_REVIEW", "REJECT"


@dataclass(frozen=True)
class Factor:
    """
    One thing that is measured of a member.

    `unit` is days, class, percent, times, loans, months, years, flag, rupiah or ratio. `threshold`,
    `weight` and `action` are what a new rule may start from; only listed factors have all three.
    """

    key: str
    unit: str
    is_higher_riskier: bool
    threshold: Decimal | None = None
    weight: Decimal | None = None
    action: str | None = None
    aliases: tuple[str, ...] = ()

    @property
    def is_listed(self) -> bool:
        return self.threshold is not None

    def label(self, language: str = "id") -> str:
        return words.said(words.FACTORS[self.key], language)

    def is_breached(self, value: Decimal, threshold: Decimal) -> bool:
        """Tell whether a value lies beyond the last acceptable one; equal to it is no breach."""
        return value > threshold if self.is_higher_riskier else value < threshold


def _higher(key: str, unit: str, threshold=None, weight=None, action=None, *, aliases=()) -> Factor:
    return _factor(key, unit, True, threshold, weight, action, aliases)


def _lower(key: str, unit: str, threshold=None, weight=None, action=None, *, aliases=()) -> Factor:
    return _factor(key, unit, False, threshold, weight, action, aliases)


def _factor(key, unit, is_higher_riskier, threshold, weight, action, aliases) -> Factor:
    start = (None, None) if threshold is None else (Decimal(threshold), Decimal(weight))
    return Factor(key, unit, is_higher_riskier, *start, action, tuple(aliases))


_LISTED = (
    _higher(
        "max_dpd_current", "days", 30, 15, REVIEW, aliases=("overdue_days", "dpd", "days_past_due")
    ),
    _higher(
        "kolektibilitas_worst", "class", 2, 20, REJECT, aliases=("kolektibilitas", "collectibility")
    ),
    _higher("max_dpd_12m", "days", 60, 10, REVIEW),
    _higher("late_installment_ratio_12m", "percent", 20, 10, APPROVE),
    _higher("arrears_ratio", "percent", 10, 10, REVIEW),
    _higher("restructured_loan_count", "times", 0, 10, REVIEW),
    _higher("written_off_loan_count", "times", 0, 20, REJECT),
    _higher("active_loan_count", "loans", 1, 5, APPROVE, aliases=("loan_count", "active_loans")),
    _lower(
        "membership_months",
        "months",
        6,
        10,
        REVIEW,
        aliases=("tenure", "tenure_months", "membership_duration"),
    ),
    _lower("membership_active", "flag", 1, 20, REJECT),
    _higher("mandatory_savings_arrears_months", "months", 2, 5, REVIEW),
    _lower("principal_savings_paid_ratio", "percent", 100, 10, REVIEW),
    _lower("savings_deposit_consistency_12m", "percent", 70, 5, APPROVE),
    _lower("net_savings_flow_6m", "rupiah", 0, 5, APPROVE),
    _lower("savings_to_loan_ratio", "percent", 20, 10, REVIEW),
    _higher(
        "debt_service_ratio",
        "percent",
        35,
        15,
        REVIEW,
        aliases=("dsr", "dti", "debt_to_income", "debt_ratio"),
    ),
    _lower("collateral_coverage_ratio", "percent", 75, 5, APPROVE),
    _higher("guaranteed_npl_count", "loans", 0, 10, REVIEW),
    _lower("rat_attendance_rate_3y", "percent", 50, 5, APPROVE),
    _lower("document_completeness", "percent", 80, 5, REVIEW),
    _higher("equity_exposure_ratio", "percent", 10, 0, REVIEW),
    _higher("external_loan_count", "loans", 2, 5, REVIEW),
)

_BY_OTHER_NAMES = (
    _lower("membership_years", "years"),
    _lower("repayment_history", "ratio"),
    _higher("late_payments", "times", aliases=("late_payment_count",)),
    _lower("total_savings", "rupiah", aliases=("savings_balance",)),
    _higher("outstanding", "rupiah", aliases=("outstanding_loan", "total_loan")),
    _lower("monthly_income", "rupiah", aliases=("income",)),
    _lower("collateral_value", "rupiah", aliases=("collateral",)),
)

CATALOGUE: Mapping[str, Factor] = MappingProxyType(
    {factor.key: factor for factor in _LISTED + _BY_OTHER_NAMES}
)

_NAMES: Mapping[str, Factor] = MappingProxyType(
    {name: factor for factor in CATALOGUE.values() for name in (factor.key, *factor.aliases)}
)


def find(text: str) -> Factor | None:
    """Return the factor that a rule's text names; None when there is none."""
    return _NAMES.get(text.strip().lower())
