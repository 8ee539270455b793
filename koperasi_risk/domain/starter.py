"""
The rules that a koperasi may start from: ten that sum to 100 points, and one that only knocks out.

They are offered, never installed by themselves. Thresholds and actions are those of the catalogue.
"""

from decimal import Decimal

from koperasi_risk.domain.catalogue import APPROVE, CATALOGUE, REJECT, REVIEW
from koperasi_risk.domain.scoring import Rule

_CATEGORIES = {APPROVE: "rendah", REVIEW: "sedang", REJECT: "tinggi"}

_WEIGHTS = {
    "kolektibilitas_worst": 20,
    "max_dpd_current": 15,
    "debt_service_ratio": 15,
    "late_installment_ratio_12m": 10,
    "savings_to_loan_ratio": 10,
    "membership_months": 10,
    "active_loan_count": 5,
    "mandatory_savings_arrears_months": 5,
    "collateral_coverage_ratio": 5,
    "document_completeness": 5,
    "membership_active": 0,
}


def _rule(number: int, key: str, weight: int) -> Rule:
    factor = CATALOGUE[key]
    return Rule(
        id=number,
        version=1,
        factor=key,
        weight=Decimal(weight),
        threshold=factor.threshold,
        risk_category=_CATEGORIES[factor.action],
        auto_action=factor.action,
    )


# Numbered 1 to 11, so that they can be tried before they are installed.
STARTER_RULES: tuple[Rule, ...] = tuple(
    _rule(number, key, weight) for number, (key, weight) in enumerate(_WEIGHTS.items(), 1)
)
