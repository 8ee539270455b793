"""How a bank's answers look on the wire. A figure that is missing has the type its readers expect."""

from alerts.api.answers import risk_flags
from alerts.selectors import open_warnings
from banking.selectors import Overview, PortfolioRow
from core.api.fields import instant
from merchants.api.words import SCALE
from scoring.api.answers import fixed
from scoring.api.words import BANDS, NO_BAND

ELIGIBLE_POINTS = 60


def portfolio_row(row: PortfolioRow) -> dict:
    return _merchant_and_score(row) | {"monthlyRevenue": float(row.revenue)}


def found_row(row: PortfolioRow) -> dict:
    limit = 0 if row.max_limit is None else fixed(row.max_limit)
    return _merchant_and_score(row) | {"estimatedMaxLimit": limit}


def _merchant_and_score(row: PortfolioRow) -> dict:
    return {
        "merchantId": row.code,
        "companyName": row.company_name,
        "city": row.city,
        "businessCategory": row.category or None,
        "businessScale": SCALE[row.scale],
        "creditScore": row.points or 0,
        "riskBand": BANDS[row.risk_band] if row.risk_band else NO_BAND,
    }


def merchant_detail(overview: Overview) -> dict:
    merchant, score = overview.merchant, overview.score
    return {
        "merchantId": merchant.code,
        "companyName": merchant.company_name,
        "email": merchant.owner.email if merchant.owner else None,
        "city": merchant.city,
        "address": merchant.address,
        "phone": merchant.phone,
        "businessCategory": merchant.category or None,
        "businessScale": SCALE[merchant.scale],
        "joinDate": instant(merchant.joined_at),
        "creditScore": score.points if score else None,
        "riskBand": BANDS[score.risk_band] if score else NO_BAND,
        "scoreHistory": [_history_point(row) for row in overview.history],
        "financialMetrics": _financial_metrics(overview),
        "loanEligibility": {
            "estimatedMinLimit": fixed(score.min_limit) if score else 0,
            "estimatedMaxLimit": fixed(score.max_limit) if score else 0,
            "isEligible": bool(score) and score.points >= ELIGIBLE_POINTS,
            "canBorrow": overview.revenue_30_days > 0,
        },
        "riskFlags": risk_flags(open_warnings(merchant)),
    }


def _history_point(score) -> dict:
    return {
        "date": instant(score.as_of),
        "score": score.points,
        "riskBand": BANDS[score.risk_band],
    }


def _financial_metrics(overview: Overview) -> dict:
    score = overview.score
    measured = score.measurements if score else {}
    return {
        "revenue30d": float(overview.revenue_30_days),
        "transactions30d": overview.sales_30_days,
        "avgMonthlyRevenue": fixed(score.average_monthly_revenue) if score else 0,
        "revenueGrowth": _or_zero(measured.get("growth_percent"), 2),
        "refundRate": _or_zero(measured.get("refund_percent"), 2),
        "avgSettlementDays": _or_zero(measured.get("settlement_days"), 1),
    }


def _or_zero(value: str | None, places: int) -> str | int:
    return 0 if value is None else fixed(value, places=places)
