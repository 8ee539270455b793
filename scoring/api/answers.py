"""
How scores look on the wire: stored figures as text with fixed decimals, computed ones as numbers.

A missing figure has the type that clients of the contract read: 0, "N/A", or null.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core.api.fields import instant
from core.money import round_half_up
from merchants.models import Merchant
from scoring.ai_texts import credit_words, product_words, timing_words
from scoring.api.words import BANDS, COMPONENTS, NO_BAND
from scoring.domain.policy import POLICIES
from scoring.domain.scorecard import Scorecard
from scoring.domain.timing import LoanTiming
from scoring.models import CreditScore
from scoring.selectors import Dashboard, ProductFacts
from scoring.wording import improvement_text, reason_text


def dashboard(merchant: Merchant, page: Dashboard) -> dict[str, Any]:
    latest = page.latest
    return {
        "merchantId": merchant.code,
        "companyName": merchant.company_name,
        "currentCreditScore": latest.points if latest else 0,
        "riskBand": BANDS[latest.risk_band] if latest else NO_BAND,
        "estimatedMinLimit": fixed(latest.score.min_limit) if latest else 0,
        "estimatedMaxLimit": fixed(latest.score.max_limit) if latest else 0,
        "monthlyTransactionVolume": float(page.revenue),
        "monthlyGrowth": as_number(page.growth_percent),
        "refundRate": as_number(page.refund_percent),
        "totalTransactions": page.transactions,
        "avgDailyTransaction": page.transactions_per_day,
        "scoreHistory": [
            {"date": instant(score.as_of), "score": score.points} for score in page.history
        ],
    }


def credit_detail(score: CreditScore) -> dict[str, Any]:
    words = credit_words(score)
    return {
        "score": score.points,
        "riskBand": BANDS[score.risk_band],
        "estimatedMinLimit": fixed(score.min_limit),
        "estimatedMaxLimit": fixed(score.max_limit),
        "components": _components(score),
        "metrics": _metrics(score),
        "explanation": words.explanation,
        "recommendation": words.recommendation,
        "explanationSource": words.source,
        "reasonCodes": [reason["code"] for reason in score.reasons],
        "reasons": [_reason(reason) for reason in score.reasons],
        "improvements": [_improvement(item) for item in score.improvements],
        "dataQuality": score.data_quality,
        "policyVersion": score.policy_version,
        "calculatedAt": instant(score.calculated_at),
    }


def recalculated(score: CreditScore) -> dict[str, Any]:
    return {
        "creditScore": score.points,
        "riskBand": BANDS[score.risk_band],
        "calculatedAt": instant(score.calculated_at),
    }


def history_row(score: Any) -> dict[str, Any]:
    return {
        "date": instant(score.as_of),
        "score": score.points,
        "riskBand": BANDS[score.risk_band],
    }


def loan_timing(merchant: Merchant, timing: LoanTiming) -> dict[str, Any]:
    words = timing_words(merchant, timing)
    return {
        "recommended_week": timing.recommended_week,
        "confidence": timing.confidence,
        "reasoning": words.reasoning,
        "date_range": f"{timing.starts_on} to {timing.ends_on}",
        "source": words.source,
    }


def too_early_for_timing() -> dict[str, Any]:
    return {
        "message": _("There are not enough transactions for a recommendation yet."),
        "recommended_week": None,
        "confidence": 0,
    }


def product_insights(merchant: Merchant, facts: ProductFacts, *, now: datetime) -> dict[str, Any]:
    words = product_words(merchant, facts, now=now)
    insights = words.insights
    return {
        "performance_summary": insights.summary,
        "top_trending_products": [
            {"name": name, "reason": reason} for name, reason in insights.trending
        ],
        "inventory_advice": insights.inventory_advice,
        "growth_opportunity": insights.growth_opportunity,
        "source": words.source,
    }


def supposed(card: Scorecard, current: CreditScore) -> dict[str, Any]:
    """Word a scorecard that somebody wondered about, beside the score that stands."""
    return {
        "score": card.points,
        "riskBand": BANDS[card.risk_band],
        "estimatedMinLimit": fixed(card.estimated_min_limit),
        "estimatedMaxLimit": fixed(card.estimated_max_limit),
        "components": {
            COMPONENTS[component.name]: {
                "score": component.points,
                "weight": float(component.weight),
            }
            for component in card.components
        },
        "currentScore": current.points,
        "currentRiskBand": BANDS[current.risk_band],
        "difference": card.points - current.points,
    }


def fixed(value: Decimal | str | None, *, places: int = 2) -> str:
    """
    Write a figure as text with fixed decimals; a missing one is zero, as the contract types it.

    >>> fixed(Decimal("12.3456")), fixed(None, places=1)
    ('12.35', '0.0')
    """
    return f"{round_half_up(Decimal(value or 0), places):f}"


def as_number(value: Decimal | None) -> float:
    return float(round_half_up(value, 2)) if value is not None else 0


def _components(score: CreditScore) -> dict[str, Any]:
    return {
        COMPONENTS[rule.name]: {
            "score": getattr(score, f"{rule.name}_points"),
            "weight": rule.weight_percent / 100,
        }
        for rule in POLICIES[score.policy_version].components
    }


def _metrics(score: CreditScore) -> dict[str, Any]:
    measured = score.measurements
    growth = measured["growth_percent"]
    return {
        "avgMonthlyRevenue": fixed(score.average_monthly_revenue),
        "revenueVolatility": fixed(measured["cv_percent"]),
        "growthPercentageMoM": None if growth is None else fixed(growth),
        "refundRatePercentage": fixed(measured["refund_percent"]),
        "avgSettlementDays": fixed(measured["settlement_days"], places=1),
        "transactionCount3m": score.sales_count,
    }


def _reason(reason: dict[str, Any]) -> dict[str, Any]:
    return {
        "code": reason["code"],
        "kind": reason["kind"],
        "component": COMPONENTS[reason["component"]],
        "pointsLost": float(reason["points_lost"]),
        "text": reason_text(reason),
    }


def _improvement(improvement: dict[str, Any]) -> dict[str, Any]:
    return {
        "component": COMPONENTS[improvement["component"]],
        "points": float(improvement["points_to_win"]),
        "current": improvement["current"],
        "target": improvement["target"],
        "text": improvement_text(improvement),
    }
