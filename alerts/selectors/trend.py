"""How many warnings each month brought and closed, among the merchants that a person may see."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q
from django.db.models.functions import TruncMonth

from accounts.models import User
from alerts.models import EarlyWarning
from alerts.models.warnings import Severity
from core.dates import JAKARTA, business_day, start_of_day
from merchants.models import Merchant


@dataclass(frozen=True)
class TrendMonth:
    """One calendar month: warnings raised in it, by the severity they have now, and closed in it."""

    month: date
    raised: int = 0
    critical: int = 0
    medium: int = 0
    low: int = 0
    resolved: int = 0


def monthly_trend(user: User, *, months: int = 6, now: datetime) -> list[TrendMonth]:
    """Return the last `months` calendar months, this one included, oldest first, without gaps."""
    wanted = _last_months(business_day(now), months)
    since = start_of_day(wanted[0])
    raised = _by_month("detected_at", user, since)
    resolved = _by_month("resolved_at", user, since)
    return [
        TrendMonth(
            month=month,
            **raised.get(month, {}),
            resolved=resolved.get(month, {}).get("raised", 0),
        )
        for month in wanted
    ]


def _by_month(instant: str, user: User, since: datetime) -> dict[date, dict[str, int]]:
    seen = EarlyWarning.objects.filter(
        merchant__in=Merchant.objects.visible_to(user), **{f"{instant}__gte": since}
    )
    counted = {"raised": Count("pk")} | {
        severity.lower(): Count("pk", filter=Q(severity=severity)) for severity in Severity.values
    }
    months = (
        seen.annotate(month=TruncMonth(instant, tzinfo=JAKARTA))
        .values("month")
        .annotate(**counted)
        .order_by("month")
    )
    return {business_day(row.pop("month")): row for row in months}


def _last_months(today: date, count: int) -> list[date]:
    newest = today.year * 12 + today.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(newest - count + 1, newest + 1)]
