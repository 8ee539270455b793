"""Warnings of the demo shops, out of the real scan: one a week in the past, and one now."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db.models import Max

from alerts.models import WarningStep
from alerts.services import ScanReport, scan
from core.dates import business_day, start_of_day
from merchants.models import Merchant

# From ten weeks ago; what happened lately is found by the scan of now, and told.
HISTORY_BEGINS_DAYS_AGO, HISTORY_ENDS_DAYS_AGO = 70, 14


def add_missing_warnings(*, merchants: Iterable[Merchant], now: datetime) -> ScanReport:
    """
    Scan as of each Monday since the last step, with what was known then, and as of now.

    Call it when sales and scores are there. Repeating is safe.
    """
    ids = [merchant.pk for merchant in merchants]
    since = now - timedelta(days=HISTORY_BEGINS_DAYS_AGO)
    newest = WarningStep.objects.filter(warning__merchant__in=ids).aggregate(at=Max("at"))["at"]
    report = ScanReport()
    for monday in _mondays(max(since, newest or since), now):
        report += scan(now=monday, merchant_ids=ids, historical=True)
    return report + scan(now=now, merchant_ids=ids)


def _mondays(since: datetime, now: datetime) -> Iterator[datetime]:
    """Yield the first instant of each Monday after `since`, those of the last two weeks excluded."""
    day = business_day(since) + timedelta(days=1)
    day += timedelta(days=-day.weekday() % 7)
    while day <= business_day(now) - timedelta(days=HISTORY_ENDS_DAYS_AGO):
        yield start_of_day(day)
        day += timedelta(days=7)
