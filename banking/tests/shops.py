"""Shops that consented, with a score, a warning, a loan: as little as a list needs."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from accounts.models import User
from alerts.models import EarlyWarning
from banking.models import LoanApplication
from conftest import NOON
from core.dates import business_day
from merchants.models import Consent, Merchant
from scoring.domain.policy import band_for
from scoring.models import CreditScore, LatestScore

COMPONENTS = ("volume", "consistency", "growth", "refund", "settlement")


def some_shops(count: int, **details) -> list[Merchant]:
    return [a_shop(f"{number:03}", **details) for number in range(count)]


def a_shop(name: str, **details) -> Merchant:
    shop = Merchant.objects.create(
        **{"code": f"M-{name}", "company_name": f"Toko {name}", "joined_at": NOON} | details
    )
    Consent.objects.create(merchant=shop, text_version="t", granted_at=NOON)
    return shop


def a_score(shop: Merchant, points: int, *, at: datetime | None = None, **details) -> CreditScore:
    """Give a shop a score, which is its newest one from now on."""
    at = at or timezone.now()
    each = {f"{name}_points": points for name in COMPONENTS}
    score = CreditScore.objects.create(
        **{
            "merchant": shop,
            "as_of": at,
            "as_of_day": business_day(at),
            "calculated_at": at,
            "policy_version": "v1",
            "points": points,
            "risk_band": band_for(points),
            "average_monthly_revenue": 5_000_000,
            "min_limit": 4_000_000,
            "max_limit": 6_000_000,
            "sales_count": 90,
            "data_quality": "complete",
            "measurements": {"monthly_sales": "30", "refund_percent": "4.0000"},
            "reasons": [
                {
                    "code": "refund_high",
                    "kind": "risk",
                    "component": "refund",
                    "points_lost": "9.00",
                    "params": {"points": 10, "refund_percent": "4.0000"},
                }
            ],
            "improvements": [],
            "series": {},
        }
        | each
        | details
    )
    newest = {
        "score": score,
        "as_of": at,
        "points": points,
        "risk_band": score.risk_band,
        "max_limit": score.max_limit,
    }
    LatestScore.objects.update_or_create(merchant=shop, defaults=newest)
    return score


def a_warning(shop: Merchant, **details) -> EarlyWarning:
    now = timezone.now()
    return EarlyWarning.objects.create(
        **{
            "merchant": shop,
            "kind": "REVENUE_DROP",
            "severity": "MEDIUM",
            "current_value": 100_000,
            "threshold": 200_000,
            "deviation": -50,
            "facts": {"past": "200000", "recent_days": 10, "past_days": 20},
            "detected_at": now - timedelta(days=1),
            "updated_at": now,
            "worsened_at": now - timedelta(days=1),
        }
        | details
    )


def a_loan(shop: Merchant, *, by: User, **details) -> LoanApplication:
    """Make an application as it stands, without its way there."""
    now = timezone.now()
    if details.get("status", "DRAFT") != "DRAFT":
        details = {"submitted_by": by, "due_at": now + timedelta(days=2)} | details
    return LoanApplication.objects.create(
        **{
            "bank": by.organisation,
            "merchant": shop,
            "amount": Decimal(3_000_000),
            "tenor_months": 6,
            "yearly_rate_percent": 12,
            "method": "FLAT",
            "made_by": by,
            "made_at": now,
            "updated_at": now,
        }
        | details
    )
