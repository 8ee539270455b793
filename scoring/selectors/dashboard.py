"""The figures of a merchant's front page, read together."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import F, QuerySet, Sum

from core.dates import business_day
from merchants.models import Merchant
from scoring.domain.measurements import measure
from scoring.domain.series import BLOCK_DAYS
from scoring.models import LatestScore
from scoring.selectors.scores import newest_of, score_history
from scoring.selectors.series import series_of
from transactions.models import DailyTotal


@dataclass(frozen=True)
class Dashboard:
    """
    What a merchant sees first. Percentages are 0-100, None when they cannot be measured.

    `revenue` and `transactions` tell of the 30 complete days before today and of today; revenue is
    net of refunds, transactions are all there were, paid or not.
    """

    latest: LatestScore | None
    revenue: Decimal
    transactions: int
    growth_percent: Decimal | None
    refund_percent: Decimal | None
    history: QuerySet

    @property
    def transactions_per_day(self) -> float:
        return round(self.transactions / BLOCK_DAYS, 2)


def dashboard_of(merchant: Merchant, *, now: datetime) -> Dashboard:
    """
    Read a merchant's front page: growth and refunds as the score defines them, from the sales of now.

    The same few statements however long the history is.
    """
    revenue, transactions = _last_days(merchant, now=now)
    measured = measure(series_of([merchant.pk], as_of=now)[merchant.pk])
    return Dashboard(
        latest=newest_of(merchant),
        revenue=revenue,
        transactions=transactions,
        growth_percent=measured.growth_percent,
        refund_percent=measured.refund_percent,
        history=score_history(merchant, now=now),
    )


def _last_days(merchant: Merchant, *, now: datetime) -> tuple[Decimal, int]:
    today = business_day(now)
    days = DailyTotal.objects.filter(
        merchant=merchant, day__range=(today - timedelta(days=BLOCK_DAYS), today)
    )
    sums = days.aggregate(
        revenue=Sum(F("paid_amount") - F("refunded_amount")),
        transactions=Sum(F("paid_count") + F("pending_count") + F("failed_count")),
    )
    return sums["revenue"] or Decimal(0), int(sums["transactions"] or 0)
