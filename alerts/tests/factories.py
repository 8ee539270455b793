"""Shops for the tests of warnings: daily totals without the sales, windows without the database."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from alerts.domain import PAST_DAYS, RECENT_DAYS, Halves, Pair, Sample, Settlement, Windows
from alerts.domain.detectors import Thresholds
from alerts.models import EarlyWarning
from conftest import NOON
from core.dates import business_day
from merchants.models import Merchant
from scoring.models import CreditScore
from transactions.models import DailyTotal

DEFAULTS = Thresholds(
    revenue_drop_percent=Decimal(30),
    transaction_drop_percent=Decimal(25),
    refund_spike_points=Decimal(5),
    settlement_delay_hours=Decimal(72),
    score_drop_points=Decimal(15),
    min_sigma=Decimal(3),
)
STEADY = (10,) * PAST_DAYS


def thresholds(**changed) -> Thresholds:
    return replace(DEFAULTS, **{name: Decimal(value) for name, value in changed.items()})


def some_windows(
    *,
    recent: Iterable[int] = (10,) * RECENT_DAYS,
    past: Iterable[int] = STEADY,
    price_minor: int = 1_000_000,
    **details,
) -> Windows:
    """A steady shop: ten sales of Rp 10,000 a day, settled after a day, score 80 throughout."""
    recent, past = list(recent), list(past)
    usual = {
        "observed_days": 400,
        "sales": Pair(Sample.of(recent), Sample.of(past)),
        "revenue": Pair(
            Sample.of(sales * price_minor for sales in recent),
            Sample.of(sales * price_minor for sales in past),
        ),
        "refunds": Halves(0, 150, 0, 150),
        "settlement": Settlement(settled=300, waiting=0, seconds=300 * 86_400),
        "highest_points": 80,
        "latest_points": 80,
    }
    return Windows(**(usual | details))


def a_day(merchant: Merchant, day: date, sales: int = 10, *, price: int = 10_000, **more) -> None:
    """The totals of one day on which all sales were paid and settled after a day."""
    figures = {
        "paid_count": sales,
        "paid_amount": sales * price,
        "settled_count": sales,
        "settlement_seconds": sales * 86_400,
    } | more
    DailyTotal.objects.update_or_create(merchant=merchant, day=day, defaults=figures)


def days_of_sales(merchant: Merchant, *counts: int, now: datetime = NOON, **more) -> None:
    """Daily totals for the last complete days; `counts` are sales a day, oldest first."""
    today = business_day(now)
    for ago, count in enumerate(reversed(counts), start=1):
        a_day(merchant, today - timedelta(days=ago), count, **more)


def a_score(merchant: Merchant, points: int, *, as_of: datetime = NOON, **details) -> CreditScore:
    """A score of this many points, which is all that warnings read of one."""
    score = CreditScore(
        merchant=merchant,
        as_of=as_of,
        as_of_day=business_day(as_of),
        calculated_at=as_of,
        policy_version="v1",
        points=points,
        risk_band="LOW" if points >= 80 else "MEDIUM" if points >= 60 else "HIGH",
        **dict.fromkeys(
            (
                f"{name}_points"
                for name in ("volume", "consistency", "growth", "refund", "settlement")
            ),
            points,
        ),
        average_monthly_revenue=0,
        min_limit=0,
        max_limit=0,
        sales_count=0,
        data_quality="complete",
        measurements={},
        reasons=[],
        improvements=[],
        series={},
        **details,
    )
    score.save()
    return score


def a_warning(merchant: Merchant, *, at: datetime = NOON, **details) -> EarlyWarning:
    """A warning as a scan raised it: by default that revenue fell by half."""
    usual = {
        "kind": "REVENUE_DROP",
        "severity": "MEDIUM",
        "current_value": 50_000,
        "threshold": 70_000,
        "deviation": 50,
        "facts": {
            "recent_days": 10,
            "past_days": 20,
            "past": "100000.0000",
            "stopped_selling": False,
        },
        "detected_at": at,
        "updated_at": at,
        "worsened_at": at,
    }
    return EarlyWarning.objects.create(merchant=merchant, **(usual | details))
