"""One merchant's sales as a bank sees them: figures per day, hours and methods; no customer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import connection
from django.db.models import F

from core.dates import business_day, start_of_day
from core.kept import kept
from merchants.models import Merchant
from scoring.domain.series import WINDOW_DAYS
from transactions.models import DailyTotal

# Enough to show a pattern, read in some hundredths of a second; of a larger shop the newest count.
NEWEST_SALES = 20_000
PATTERN_SECONDS = 10 * 60

_DAY = (
    "day",
    "paid_count",
    "paid_amount",
    "pending_count",
    "pending_amount",
    "failed_count",
    "failed_amount",
    "refunded_count",
    "refunded_amount",
    "refunds_made_count",
    "refunds_made_amount",
)


def sales_days(merchant: Merchant, *, since: date) -> Sequence:
    """
    Return the daily totals from `since` on, oldest first, as named tuples with `revenue`.

    Days without a sale are absent. Revenue is net of the refunds of that day's sales.
    """
    totals = DailyTotal.objects.filter(merchant=merchant, day__gte=since).order_by("day")
    totals = totals.annotate(revenue=F("paid_amount") - F("refunded_amount"))
    return list(totals.values_list(*_DAY, "revenue", named=True))


class PatternRow(NamedTuple):
    """Sales of one method and state in one hour (0-23) of one weekday (1 is Monday), WIB."""

    method: str
    status: str
    weekday: int
    hour: int
    count: int
    oldest: datetime


@dataclass(frozen=True)
class Pattern:
    """When and how customers pay. `is_part`: only the newest NEWEST_SALES were counted."""

    rows: Sequence[PatternRow]

    @property
    def counted(self) -> int:
        return sum(row.count for row in self.rows)

    @property
    def is_part(self) -> bool:
        return self.counted >= NEWEST_SALES

    @property
    def since(self) -> datetime | None:
        """When the oldest counted sale was made; None without one."""
        return min((row.oldest for row in self.rows), default=None)


_PATTERN = """
SELECT method, status, extract(isodow FROM at AT TIME ZONE 'Asia/Jakarta')::int,
    extract(hour FROM at AT TIME ZONE 'Asia/Jakarta')::int, count(*), min(at)
FROM (
    SELECT occurred_at AS at, method, status FROM transactions_transaction
    WHERE merchant_id = %(merchant)s AND occurred_at >= %(since)s
    ORDER BY occurred_at DESC, id DESC LIMIT %(newest)s
) AS newest
GROUP BY 1, 2, 3, 4
"""


def sales_pattern(merchant: Merchant, *, now: datetime) -> Pattern:
    """
    Count the sales of the last 90 days by hour, weekday, method and state, within the index.

    Of more than NEWEST_SALES it counts the newest. Kept for PATTERN_SECONDS.
    """
    return kept(
        f"banking.pattern:{merchant.code}",
        seconds=PATTERN_SECONDS,
        find=lambda: _pattern(merchant, now=now),
    )


def _pattern(merchant: Merchant, *, now: datetime) -> Pattern:
    since = start_of_day(business_day(now) - timedelta(days=WINDOW_DAYS))
    with connection.cursor() as cursor:
        cursor.execute(_PATTERN, {"merchant": merchant.pk, "since": since, "newest": NEWEST_SALES})
        return Pattern(rows=[PatternRow(*row) for row in cursor])
