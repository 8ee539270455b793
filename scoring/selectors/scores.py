"""Scores that were given: the newest of a merchant, and the last one of each business day."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from merchants.models import Merchant
from scoring.models import CreditScore, LatestScore


def latest_score(merchant: Merchant) -> CreditScore | None:
    """Return the newest score of a merchant that still stands; None when it has none."""
    latest = LatestScore.objects.select_related("score").filter(merchant=merchant).first()
    return latest.score if latest else None


def score_history(merchant: Merchant, *, now: datetime, days: int = 365) -> QuerySet[CreditScore]:
    """Return the last score of each business day of the last `days` days, newest first."""
    return (
        CreditScore.objects.filter(merchant=merchant, as_of__gt=now - timedelta(days=days))
        .filter(as_of__lte=now)
        .order_by("-as_of_day", "-as_of", "-id")
        .distinct("as_of_day")
    )
