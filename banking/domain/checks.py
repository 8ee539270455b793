"""
The checks of a loan application: each compares one figure with the bank's limit for it.

A check that lacks its figure is unknown (`passed` is None), which is not the same as failed.

Recommendation: APPROVE when every check passed. REJECT when one failed that no change of the loan can
mend: the score, the consent, or arrears on a running loan. REVIEW otherwise: a smaller amount, a
longer tenor or a person's look may mend it.

A shop with 85 points that asks for twice its limit fails AMOUNT alone: REVIEW. One with 40 points
where the bank wants 60: REJECT.

Source: product brief (bank loan view), screens S5 (policy checks with value and limit).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

SCORE, AMOUNT, INSTALLMENT_SHARE, TENOR = "SCORE", "AMOUNT", "INSTALLMENT_SHARE", "TENOR"
DATA_QUALITY, WARNINGS, CONSENT, ARREARS = "DATA_QUALITY", "WARNINGS", "CONSENT", "ARREARS"
CODES = (SCORE, AMOUNT, INSTALLMENT_SHARE, TENOR, DATA_QUALITY, WARNINGS, CONSENT, ARREARS)
BEYOND_MENDING = {SCORE, CONSENT, ARREARS}
APPROVE, REVIEW, REJECT = "APPROVE", "REVIEW", "REJECT"
INSUFFICIENT, PARTIAL = "insufficient", "partial"

Figure = Decimal | int | str | bool | None


@dataclass(frozen=True)
class Facts:
    """What is known of a merchant and the loan it asks for; None is what nobody knows."""

    amount: Decimal
    tenor_months: int
    installment: Decimal
    points: int | None
    max_limit: Decimal | None
    installment_share_percent: Decimal | None
    data_quality: str | None
    open_critical_warnings: int
    consent_stands: bool
    days_past_due: int


@dataclass(frozen=True)
class Limits:
    """What a bank lends by."""

    least_points: int
    max_installment_percent: Decimal
    max_tenor_months: int


@dataclass(frozen=True)
class Check:
    """One figure beside its limit. Amounts in rupiah, shares in per cent, arrears in days."""

    code: str
    passed: bool | None
    value: Figure
    limit: Figure


@dataclass(frozen=True)
class Assessment:
    """All checks of an application, and what follows from them."""

    checks: tuple[Check, ...]
    recommendation: str

    def as_json(self) -> dict[str, Any]:
        """Return plain values to store; decimals become text."""
        return {
            "checks": [
                {name: _plain(value) for name, value in asdict(check).items()}
                for check in self.checks
            ],
            "recommendation": self.recommendation,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Assessment":
        """Read what `as_json` wrote; figures that were decimals stay text."""
        checks = tuple(Check(**check) for check in stored.get("checks", ()))
        return cls(checks=checks, recommendation=stored.get("recommendation", ""))


def assess(facts: Facts, limits: Limits) -> Assessment:
    """Compare every figure with its limit and recommend what follows."""
    checks = (
        Check(
            SCORE, _at_least(facts.points, limits.least_points), facts.points, limits.least_points
        ),
        Check(AMOUNT, _at_most(facts.amount, facts.max_limit), facts.amount, facts.max_limit),
        Check(
            INSTALLMENT_SHARE,
            _at_most(facts.installment_share_percent, limits.max_installment_percent),
            facts.installment_share_percent,
            limits.max_installment_percent,
        ),
        Check(
            TENOR,
            facts.tenor_months <= limits.max_tenor_months,
            facts.tenor_months,
            limits.max_tenor_months,
        ),
        Check(
            DATA_QUALITY,
            None if facts.data_quality is None else facts.data_quality != INSUFFICIENT,
            facts.data_quality,
            PARTIAL,
        ),
        Check(WARNINGS, facts.open_critical_warnings == 0, facts.open_critical_warnings, 0),
        Check(CONSENT, facts.consent_stands, facts.consent_stands, True),
        Check(ARREARS, facts.days_past_due == 0, facts.days_past_due, 0),
    )
    return Assessment(checks=checks, recommendation=recommend(checks))


def recommend(checks: tuple[Check, ...]) -> str:
    """
    Return what follows from the checks.

    >>> recommend((Check(SCORE, True, 80, 60), Check(TENOR, True, 12, 36)))
    'APPROVE'
    >>> recommend((Check(SCORE, None, None, 60), Check(TENOR, False, 48, 36)))
    'REVIEW'
    >>> recommend((Check(SCORE, False, 40, 60), Check(TENOR, True, 12, 36)))
    'REJECT'
    """
    if any(check.passed is False and check.code in BEYOND_MENDING for check in checks):
        return REJECT
    return APPROVE if all(check.passed for check in checks) else REVIEW


def deviates(*, decision: str, recommendation: str) -> bool:
    """
    Tell whether a decision goes against what the checks recommended; REVIEW leaves it to people.

    >>> deviates(decision="APPROVED", recommendation=REJECT)
    True
    >>> deviates(decision="REJECTED", recommendation=REVIEW)
    False
    """
    against = {("APPROVED", REJECT), ("REJECTED", APPROVE)}
    return (decision, recommendation) in against


def _at_least(value: int | None, limit: int) -> bool | None:
    return None if value is None else value >= limit


def _at_most(value: Decimal | None, limit: Decimal | None) -> bool | None:
    return None if value is None or limit is None else value <= limit


def _plain(value: Any) -> Any:
    return f"{value:f}" if isinstance(value, Decimal) else value
