"""
Shops for the tests of the domain, as series and as raw sales.

`a_series` is the usual shop unless told otherwise: ten sales of Rp 100,000 every day, settled
after a day, for 90 days and today. `series_from_sales` folds raw sales into a series, one by one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta

from scoring.domain.series import WINDOW_DAYS, Day, Series

TODAY = date(2026, 3, 2)
DAY_SECONDS = 86_400


def noon(day: date = TODAY) -> int:
    """12.00 WIB of a day, in unix seconds."""
    return int(datetime(day.year, day.month, day.day, 5, tzinfo=UTC).timestamp())


def a_day(offset: int, **overrides) -> Day:
    count = overrides.pop("paid_count", 10)
    figures = {
        "offset": offset,
        "paid_count": count,
        "revenue_minor": count * 10_000_000,
        "refunded_count": 0,
        "settled_count": count,
        "settlement_seconds": count * DAY_SECONDS,
        "waiting_count": 0,
        "waiting_paid_epoch": 0,
    }
    return Day(**(figures | overrides))


def a_series(
    *,
    age_days: int = 400,
    offsets: Iterable[int] = range(WINDOW_DAYS + 1),
    day: Callable[[int], Day] = a_day,
    as_of_day: date = TODAY,
) -> Series:
    """A shop whose first sale was `age_days` ago and that sold on the given days."""
    return Series(
        as_of=noon(as_of_day),
        as_of_day=as_of_day,
        first_sale_day=as_of_day - timedelta(days=age_days),
        days=tuple(day(offset) for offset in offsets if offset <= age_days),
    )


def a_shop_with_months(*revenues_minor: int, age_days: int = 400) -> Series:
    """A shop whose blocks of 30 complete days brought so much, newest first, evenly."""

    def day(offset: int) -> Day:
        return a_day(offset, revenue_minor=revenues_minor[(offset - 1) // 30] // 30)

    return a_series(age_days=age_days, offsets=range(1, 30 * len(revenues_minor) + 1), day=day)


def series_from_sales(sales: Iterable[dict], *, as_of: datetime) -> Series:
    """Fold raw sales (see plain_score) into the series that was known at `as_of`."""
    today = _jakarta_day(as_of)
    rows: dict[int, list[int]] = defaultdict(lambda: [0] * 7)
    first = None
    for sale in sales:
        if sale["paid_at"] is None or max(sale["paid_at"], sale["occurred_at"]) > as_of:
            continue
        day = _jakarta_day(sale["occurred_at"])
        first = day if first is None else min(first, day)
        if 0 <= (today - day).days <= WINDOW_DAYS:
            _add(rows[(today - day).days], sale, as_of)
    days = tuple(Day(offset, *rows[offset]) for offset in sorted(rows))
    return Series(as_of=int(as_of.timestamp()), as_of_day=today, first_sale_day=first, days=days)


def _add(row: list[int], sale: dict, as_of: datetime) -> None:
    refunds = [minor for at, minor in sale["refunds"] if at <= as_of]
    row[0] += 1
    row[1] += sale["amount_minor"] - sum(refunds)
    row[2] += bool(refunds)
    if sale["method"] == "CASH":
        row[3] += 1
    elif sale["method"] == "QRIS" and sale["settled_at"] and sale["settled_at"] <= as_of:
        row[3] += 1
        row[4] += int((sale["settled_at"] - sale["paid_at"]).total_seconds())
    # Nothing is left to settle of a sale that was given back in full.
    elif sale["method"] == "QRIS" and sum(refunds) < sale["amount_minor"]:
        row[5] += 1
        row[6] += int(sale["paid_at"].timestamp())


def _jakarta_day(instant: datetime) -> date:
    return (instant + timedelta(hours=7)).date()
