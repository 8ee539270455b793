"""
Months as people count them: from the 31st of January one month leads to the last day of February.
"""

from calendar import monthrange
from datetime import date

MONTHS_A_YEAR = 12


def add_months(day: date, months: int) -> date:
    """
    Return the same day so many months later or earlier, or the last day of a month that is shorter.

    >>> add_months(date(2026, 1, 31), 1), add_months(date(2026, 3, 31), -1)
    (datetime.date(2026, 2, 28), datetime.date(2026, 2, 28))
    """
    year, month = divmod(day.year * MONTHS_A_YEAR + day.month - 1 + months, MONTHS_A_YEAR)
    month += 1
    if day.day <= 28:
        return date(year, month, day.day)
    return date(year, month, min(day.day, monthrange(year, month)[1]))


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
