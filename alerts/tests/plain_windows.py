"""The windows once more, plain and slow: day by day in Python, for comparing."""

from datetime import datetime, timedelta

from alerts.domain import Halves, Pair, Sample, Settlement, Windows
from core.dates import business_day, start_of_day
from merchants.models import Merchant


def plain_windows(merchant: Merchant, *, as_of: datetime) -> Windows:
    today = business_day(as_of)
    rows = {row.day: row for row in merchant.daily_totals.filter(day__lt=today)}
    # Yesterday first.
    days = [rows.get(today - timedelta(days=ago)) for ago in range(1, 31)]
    sold = [day for day in sorted(rows) if rows[day].paid_count]
    revenue = [int(100 * (day.paid_amount - day.refunded_amount)) if day else 0 for day in days]
    sales = [day.paid_count if day else 0 for day in days]
    refunds = [day.refunds_made_count if day else 0 for day in days]
    points = [
        score.points
        for score in merchant.credit_scores.order_by("as_of", "pk")
        if start_of_day(today - timedelta(days=30)) <= score.as_of <= as_of
    ]
    return Windows(
        observed_days=(today - sold[0]).days if sold else 0,
        revenue=Pair(Sample.of(revenue[:10]), Sample.of(revenue[10:])),
        sales=Pair(Sample.of(sales[:10]), Sample.of(sales[10:])),
        refunds=Halves(sum(refunds[:15]), sum(sales[:15]), sum(refunds[15:]), sum(sales[15:])),
        settlement=_settlement([day for day in days if day], int(start_of_day(today).timestamp())),
        highest_points=max(points, default=None),
        latest_points=points[-1] if points else None,
    )


def _settlement(days: list, end: int) -> Settlement:
    waiting = sum(day.waiting_count for day in days)
    age = sum(end * day.waiting_count - day.waiting_paid_epoch for day in days)
    return Settlement(
        settled=sum(day.settled_count for day in days),
        waiting=waiting,
        seconds=sum(day.settlement_seconds for day in days) + max(0, age),
    )
