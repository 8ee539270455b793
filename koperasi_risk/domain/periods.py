"""
How the monitor cuts time: a quarter into weeks, longer times into months, the present step still open.

    >>> from core.dates import JAKARTA
    >>> [f"{step.label:%d.%m.}" for step in steps(3, today=date(2026, 11, 21), zone=JAKARTA)][-2:]
    ['15.11.', '21.11.']
    >>> [f"{step.label:%m/%y}" for step in steps(6, today=date(2026, 11, 21), zone=JAKARTA)][:2]
    ['06/26', '07/26']
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from core.dates import add_months

# Months that the monitor looks back on, and the one that is cut into weeks.
PERIODS = (3, 6, 12, 24)
BY_WEEK = 3
WEEKS = 13


@dataclass(frozen=True, slots=True)
class Step:
    """One stretch of time: the day that names it, and the instant before which it ends."""

    label: date
    ends_at: datetime

    @property
    def last(self) -> date:
        """The last day of it, which the present one has not reached."""
        return self.ends_at.date() - timedelta(days=1)


def steps(months: int, *, today: date, zone: tzinfo) -> Sequence[Step]:
    """
    Return the weeks or months up to today, oldest first.

    A week is named by its Sunday, the present one by today; a month by its first day.
    """
    if months == BY_WEEK:
        sunday = today + timedelta(days=6 - today.weekday())
        ends = [sunday - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1)]
        return [Step(min(end, today), _after(end, zone)) for end in ends]
    first = today.replace(day=1)
    starts = [add_months(first, -back) for back in range(months - 1, -1, -1)]
    return [Step(start, _after(_last_day(start), zone)) for start in starts]


def month_ends(months: int, *, today: date) -> Sequence[date]:
    """
    Return the last days of so many months before the present one, and one more to compare the first with.

    >>> [day.isoformat() for day in month_ends(2, today=date(2026, 3, 31))]
    ['2025-12-31', '2026-01-31', '2026-02-28']
    """
    first = today.replace(day=1)
    return [add_months(first, -back) - timedelta(days=1) for back in range(months, -1, -1)]


def month_of(day: date) -> date:
    return day.replace(day=1)


def _last_day(day: date) -> date:
    return add_months(day.replace(day=1), 1) - timedelta(days=1)


def _after(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time.min, zone)
