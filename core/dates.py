"""
Business days, and months as people count them.

The day of a sale is the date in Jakarta (UTC+7, no daylight saving). Ranges are half-open:
`start <= instant < end`. From the 31st of January one month leads to the last day of February.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

JAKARTA = ZoneInfo("Asia/Jakarta")
MONTHS_A_YEAR = 12


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


def add_months(day: date, months: int, *, on: int | None = None) -> date:
    """
    Return the same day so many months later or earlier, or the last day of a month that is shorter.

    `on` names the day of the month where `day` itself fell on the end of one that was too short.

    >>> add_months(date(2026, 1, 31), 1), add_months(date(2026, 3, 31), -1)
    (datetime.date(2026, 2, 28), datetime.date(2026, 2, 28))
    >>> add_months(date(2026, 2, 28), 1, on=31)
    datetime.date(2026, 3, 31)
    """
    year, month = divmod(day.year * MONTHS_A_YEAR + day.month - 1 + months, MONTHS_A_YEAR)
    month += 1
    number = on or day.day
    return date(year, month, number if number <= 28 else min(number, monthrange(year, month)[1]))


def whole_months(start: date, end: date) -> int:
    """
    Count the whole months from `start` to `end`; none when `end` comes first.

    >>> whole_months(date(2026, 1, 31), date(2026, 2, 28)), whole_months(date(2026, 1, 15), date(2026, 2, 14))
    (1, 0)
    """
    months = (end.year - start.year) * MONTHS_A_YEAR + end.month - start.month
    if end.day < start.day and end.day < monthrange(end.year, end.month)[1]:
        months -= 1
    return max(0, months)
