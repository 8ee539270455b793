"""
What a scan knows of one shop: its last 30 complete business days, in sums.

Days are counted back from yesterday; a day without sales is a zero. Drops compare the last 10 days
with the 20 before, refunds the last 15 with the 15 before. Sums are enough: mean and spread of days
follow from their number, their total and the total of their squares, so that a shop with 140,000
sales a month weighs no more than one with four.

    Ten days of 3 sales each: Sample(days=10, total=30, squares=90, busy_days=10): mean 3, spread 0.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

WINDOW_DAYS = 30
RECENT_DAYS = 10
PAST_DAYS = WINDOW_DAYS - RECENT_DAYS
HALF_DAYS = WINDOW_DAYS // 2


@dataclass(frozen=True, slots=True)
class Sample:
    """Daily figures of some days: whole numbers, such as sales or sen. `busy_days` had any sale."""

    days: int
    total: int
    squares: int
    busy_days: int

    @classmethod
    def of(cls, figures: Iterable[int]) -> Self:
        """
        Sum up daily figures, zeros included.

        >>> Sample.of([3, 0, 1])
        Sample(days=3, total=4, squares=10, busy_days=2)
        """
        figures = list(figures)
        return cls(
            days=len(figures),
            total=sum(figures),
            squares=sum(figure * figure for figure in figures),
            busy_days=sum(1 for figure in figures if figure),
        )

    @property
    def mean(self) -> Fraction:
        return Fraction(self.total, self.days)

    @property
    def variance_of_mean(self) -> Fraction:
        """The sample variance of a day (divided by one less than the days), over the days."""
        spread = self.squares - Fraction(self.total * self.total, self.days)
        return spread / ((self.days - 1) * self.days)


@dataclass(frozen=True, slots=True)
class Pair:
    """The last 10 days and the 20 before."""

    recent: Sample
    past: Sample


@dataclass(frozen=True, slots=True)
class Halves:
    """Refunds made and sales, in the last 15 days and the 15 before."""

    recent_refunds: int
    recent_sales: int
    past_refunds: int
    past_sales: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """Sales of the 30 days whose money arrived or is awaited, and how long that took in all."""

    settled: int
    waiting: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Windows:
    """
    Everything the detectors look at. `observed_days` are complete days since the first sale ever.

    `revenue` is in sen, net of refunds. The points are those of the scores as of the last 30 days,
    None without one.
    """

    observed_days: int
    revenue: Pair
    sales: Pair
    refunds: Halves
    settlement: Settlement
    highest_points: int | None
    latest_points: int | None

    @property
    def stopped_selling(self) -> bool:
        """
        Not one sale in the last 10 days, after sales on at least half of the 20 before.

        By chance that happens to one such shop in a thousand (a half to the tenth power).
        """
        return not self.sales.recent.total and 2 * self.sales.past.busy_days >= PAST_DAYS
