"""
Business days. The day of a sale is the date in Jakarta (UTC+7, no daylight saving).

Ranges are half-open: `start <= instant < end`.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

JAKARTA = ZoneInfo("Asia/Jakarta")


def business_day(instant: datetime) -> date:
    """
    Return the Jakarta date of an aware `instant`.

    >>> business_day(datetime(2026, 3, 1, 17, 0, tzinfo=UTC))
    datetime.date(2026, 3, 2)
    """
    return instant.astimezone(JAKARTA).date()


def start_of_day(day: date) -> datetime:
    """Return the first instant of a business day, in UTC."""
    return datetime.combine(day, time.min, JAKARTA).astimezone(UTC)


def day_range(first: date, last: date) -> tuple[datetime, datetime]:
    """Return the instants [start, end) that cover the business days `first` to `last`, both included."""
    return start_of_day(first), start_of_day(last + timedelta(days=1))


def as_of_end_of(day: date) -> datetime:
    """Return the instant at which a business day is complete: the start of the next one."""
    return start_of_day(day + timedelta(days=1))
