"""
The daily series a score is measured from, as it was known at one instant.

Days are business days in Asia/Jakarta, counted back from the day of the score: 0 is that day
(still running), 1 is yesterday, 90 the oldest of the window. A day without sales is absent and
counts as zeros. Figures belong to the day of the *sale*: a refund lowers the revenue of the day
on which the refunded sale was made, whenever it came.

Every score row stores its series, so that the row can be recomputed and gives the same number:

    {"as_of": 1772442000, "as_of_day": "2026-03-02", "first_sale_day": "2025-11-20",
     "days": [[0, 12, 84000000, 0, 4, 0, 8, 14178000000],
              [1, 31, 214500000, 1, 31, 1814400, 0, 0]]}

Yesterday: 31 sales, Rp 2,145,000 net, one of them refunded, all settled after 16 hours on average.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple, Self

WINDOW_DAYS = 90
BLOCK_DAYS = 30


class Day(NamedTuple):
    """What is known about the sales of one business day."""

    # Days before the day of the score: 0 today, 1..90 complete days.
    offset: int
    # Paid sales, those refunded later included.
    paid_count: int
    # Net of every refund of those sales, in sen.
    revenue_minor: int
    # Sales with any refund.
    refunded_count: int
    # Sales that the gateway's statement, or cash, shows as settled.
    settled_count: int
    # Sum of settled_at - paid_at over the settled ones; cash adds nothing.
    settlement_seconds: int
    # Gateway sales paid and not yet settled.
    waiting_count: int
    # Sum of their paid_at, unix seconds, from which their age follows at any instant.
    waiting_paid_epoch: int


class Totals(NamedTuple):
    """Sums over the whole window, today included."""

    paid_count: int
    revenue_minor: int
    refunded_count: int
    settled_count: int
    settlement_seconds: int
    waiting_count: int
    waiting_paid_epoch: int


@dataclass(frozen=True)
class Series:
    """
    A merchant's window of days as of one instant.

    `as_of` is unix seconds, `as_of_day` its business day, `first_sale_day` the business day of
    the first paid sale ever (None when there is none). `days` holds each offset at most once.
    """

    as_of: int
    as_of_day: date
    first_sale_day: date | None
    days: tuple[Day, ...]

    @property
    def observed_days(self) -> int:
        """
        Count complete days since the first sale ever, at most 90.

        The day of the first sale counts once it is over; today never does. A shop whose first
        sale was yesterday has one observed day, a dormant one still has 90.
        """
        if self.first_sale_day is None:
            return 0
        return min(WINDOW_DAYS, (self.as_of_day - self.first_sale_day).days)

    @cached_property
    def totals(self) -> Totals:
        """Sum the window, today included."""
        if not self.days:
            return Totals(0, 0, 0, 0, 0, 0, 0)
        _, *columns = zip(*self.days, strict=True)
        return Totals(*map(sum, columns))

    @cached_property
    def daily_revenues(self) -> tuple[int, ...]:
        """List the revenue of the 90 complete days in sen, yesterday first, zeros included."""
        revenues = [0] * (WINDOW_DAYS + 1)
        for day in self.days:
            revenues[day.offset] = day.revenue_minor
        return tuple(revenues[1:])

    def to_json(self) -> dict[str, Any]:
        """Return plain lists and numbers; `from_json` reads back an equal series."""
        first = self.first_sale_day
        return {
            "as_of": self.as_of,
            "as_of_day": self.as_of_day.isoformat(),
            "first_sale_day": first and first.isoformat(),
            "days": [list(day) for day in self.days],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """
        Read what `to_json` wrote, or a builder in SQL made in the same form.

        Raises ValueError for figures that no window of sales can have.
        """
        first = stored["first_sale_day"]
        series = cls(
            as_of=stored["as_of"],
            as_of_day=date.fromisoformat(stored["as_of_day"]),
            first_sale_day=first and date.fromisoformat(first),
            days=_as_days(stored["days"]),
        )
        _refuse_the_impossible(series)
        return series


def _as_days(rows: Iterable[Iterable[int]]) -> tuple[Day, ...]:
    try:
        return tuple(map(Day._make, rows))
    except TypeError as error:
        raise ValueError(f"a day has {len(Day._fields)} figures: {error}") from error


def _refuse_the_impossible(series: Series) -> None:
    if type(series.as_of) is not int:
        raise ValueError(f"as_of is not a whole number: {series.as_of!r}")
    if not series.days:
        return
    # Column by column rather than day by day: a few calls in C for the whole window.
    offsets, paid, revenue, refunded, settled, seconds, waiting, epochs = columns = list(
        zip(*series.days, strict=True)
    )
    # bool is a kind of int in Python, and neither it nor a float belongs into a stored series.
    if any(set(map(type, column)) != {int} for column in columns):
        raise ValueError("a day holds something else than whole numbers")
    if len(set(offsets)) < len(offsets) or max(offsets) > WINDOW_DAYS:
        raise ValueError("offsets repeat, or lie before the window")
    if min(map(min, (offsets, paid, refunded, settled, waiting, epochs))) < 0:
        raise ValueError("a count is negative")
    if any(part > whole for part, whole in zip(refunded, paid, strict=True)):
        raise ValueError("more sales refunded than paid")
    if any(s + w > p for s, w, p in zip(settled, waiting, paid, strict=True)):
        raise ValueError("more sales settled or waiting than paid")
    _refuse_sales_before_the_first(series)


def _refuse_sales_before_the_first(series: Series) -> None:
    # A day may be listed with failed sales only, that is with zeros, before the first paid one.
    offsets_with_sales = [day.offset for day in series.days if day.paid_count]
    if not offsets_with_sales:
        return
    if series.first_sale_day is None:
        raise ValueError("sales without a first sale")
    if (series.as_of_day - series.first_sale_day).days < max(offsets_with_sales):
        raise ValueError("a sale lies before the first sale")
