"""Scores that were given: the newest of a merchant, and the last one of each business day."""

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.db.models.functions import Now

from accounts.models import User
from merchants.models import Merchant
from merchants.selectors import MerchantNotFound
from scoring.models import CreditScore, LatestScore

# What fills a row; the series alone is four kilobytes.
_WIDE = ["series", "reasons", "measurements", "improvements"]
# What pages and API show of history.
_SHOWN = ["as_of", "points", "risk_band"]


def shop_with_newest(owner: User) -> Merchant:
    """Return a person's shop with its newest score, in one query. Raises MerchantNotFound."""
    shops = Merchant.objects.filter(owner=owner).select_related("latest_score__score")
    shop = shops.defer(*(f"latest_score__score__{name}" for name in _WIDE)).first()
    if shop is None:
        raise MerchantNotFound()
    return shop


def newest_of(merchant: Merchant) -> LatestScore | None:
    """Return the newest score of a merchant in short; None when it has none."""
    return getattr(merchant, "latest_score", None)


def latest_score(merchant: Merchant) -> CreditScore | None:
    """Return the newest score of a merchant in full; None when it has none."""
    return CreditScore.objects.filter(
        pk__in=LatestScore.objects.filter(merchant=merchant).values("score")
    ).first()


def score_history(merchant: Merchant, *, days: int = 365, now: datetime | None = None) -> QuerySet:
    """
    Return the last score of each business day of the last `days` days, newest first.

    Rows are named tuples of `as_of, points, risk_band`: a year of full scores is two megabytes.
    `now` is the database's own unless it is handed in.
    """
    now = now or Now()
    return (
        CreditScore.objects.filter(merchant=merchant)
        .filter(as_of__gt=now - timedelta(days=days), as_of__lte=now)
        .order_by("-as_of_day", "-as_of", "-id")
        .distinct("as_of_day")
        .values_list(*_SHOWN, named=True)
    )
