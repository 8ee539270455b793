"""
Five figures about a shop, taken from its daily series.

    volume       sales per 30 observed days
    consistency  how much revenue differs between blocks of 30 complete days (CV, %)
    growth       the last 30 complete days against the 30 before, beyond chance (%)
    refund       refunded sales of all sales (%)
    settlement   mean days from payment to settlement

A shop with monthly revenues of 9, 10 and 11 million has a CV of 8.1650 %, and if each day sold
the same within its month, it grew by 10.0000 %. Had its days varied at random by half, the
standard error of that difference would be 1.36 million: more than the million it grew by, so its
growth beyond chance would be 0.

What cannot be measured is None. Figures are rounded once, halves up, to four decimals; points are
taken from the rounded figures, so that a stored row explains itself.

Source: merchant score, policy v1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Self

from scoring.domain.arithmetic import ZERO, exact, rounded, rupiah
from scoring.domain.series import BLOCK_DAYS, Series, Totals

SECONDS_PER_DAY = 86_400
HUNDRED_PERCENT = Decimal(100)


@dataclass(frozen=True)
class Measurements:
    """
    What the score is made of. Percentages are 0-100 (growth has no upper end), money is rupiah.

    `revenue` and `sales_count` cover the window of 90 complete days and today, net of refunds.
    `avg_monthly_revenue` is revenue per 30 observed days, at least 30 assumed.
    `block_revenues` are the observed blocks of 30 complete days, newest first.
    `raw_growth_percent` is the plain difference, before one standard error is taken off.
    """

    observed_days: int
    sales_count: int
    revenue: Decimal
    avg_monthly_revenue: Decimal
    block_revenues: tuple[Decimal, ...]
    raw_growth_percent: Decimal | None
    monthly_sales: Decimal
    cv_percent: Decimal | None
    growth_percent: Decimal | None
    refund_percent: Decimal | None
    settlement_days: Decimal | None

    def to_json(self) -> dict[str, Any]:
        """Return plain values, decimals as text; `from_json` reads back equal measurements."""
        figures = {field.name: getattr(self, field.name) for field in fields(self)}
        plain = {name: _plain(figure) for name, figure in figures.items()}
        return plain | {"block_revenues": list(map(str, self.block_revenues))}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        figures = {field.name: _figure(stored[field.name]) for field in fields(cls)}
        return cls(**figures)


def _plain(figure: Any) -> Any:
    return str(figure) if isinstance(figure, Decimal) else figure


def _figure(stored: Any) -> Any:
    if isinstance(stored, list):
        return tuple(map(Decimal, stored))
    return Decimal(stored) if isinstance(stored, str) else stored


@exact
def measure(series: Series) -> Measurements:
    """Measure a series. Without a sale there are zeros and None, and no score."""
    totals, observed = series.totals, series.observed_days
    blocks = block_revenues(daily=series.daily_revenues, observed_days=observed)
    growth, raw_growth = growth_percent(daily=series.daily_revenues, observed_days=observed)
    return Measurements(
        observed_days=observed,
        sales_count=totals.paid_count,
        revenue=rupiah(totals.revenue_minor),
        avg_monthly_revenue=monthly_revenue(totals=totals, observed_days=observed),
        block_revenues=tuple(map(rupiah, blocks)),
        raw_growth_percent=raw_growth,
        monthly_sales=monthly_sales(totals=totals, observed_days=observed),
        cv_percent=cv_percent(blocks),
        growth_percent=growth,
        refund_percent=refund_percent(totals),
        settlement_days=settlement_days(totals=totals, as_of=series.as_of),
    )


def per_month(*, amount: int, observed_days: int) -> Decimal:
    """
    Spread an amount over months of 30 observed days; a younger shop counts as 30 days old.

    A shop of three days is not assumed to go on like that for a month.

    >>> per_month(amount=150, observed_days=45), per_month(amount=150, observed_days=3)
    (Decimal('100'), Decimal('150'))
    """
    return Decimal(amount * BLOCK_DAYS) / max(observed_days, BLOCK_DAYS)


@exact
def monthly_sales(*, totals: Totals, observed_days: int) -> Decimal:
    """Return paid sales of the window per 30 observed days."""
    return rounded(per_month(amount=totals.paid_count, observed_days=observed_days))


@exact
def monthly_revenue(*, totals: Totals, observed_days: int) -> Decimal:
    """Return revenue of the window per 30 observed days, rupiah, rounded to the sen."""
    minor = per_month(amount=totals.revenue_minor, observed_days=observed_days)
    return rounded(minor.scaleb(-2), step=Decimal("0.01"))


def block_revenues(*, daily: Sequence[int], observed_days: int) -> list[int]:
    """
    Sum revenue over the observed whole blocks of 30 complete days, newest first.

    `daily` is sen, yesterday first. Days beyond the last whole block are left out.

    >>> block_revenues(daily=[1] * 30 + [2] * 60, observed_days=75)
    [30, 60]
    """
    whole_blocks = observed_days // BLOCK_DAYS
    return [sum(daily[n * BLOCK_DAYS : (n + 1) * BLOCK_DAYS]) for n in range(whole_blocks)]


@exact
def cv_percent(blocks: Sequence[int]) -> Decimal | None:
    """
    Return the population coefficient of variation of monthly revenues, in percent.

    None for fewer than two blocks. A month whose refunds exceed its sales brought nothing: it
    counts as zero, so that CV keeps its ordinary range. When no month brought anything, CV is
    100 by definition: no revenue is not a steady revenue.

    >>> cv_percent([11, 10, 9]), cv_percent([5, 5]), cv_percent([0, 0, 0])
    (Decimal('8.1650'), Decimal('0.0000'), Decimal('100.0000'))
    """
    if len(blocks) < 2:
        return None
    earned = [max(0, block) for block in blocks]
    total = sum(earned)
    if not total:
        return rounded(HUNDRED_PERCENT)
    # sigma / mean = sqrt(k x sum of squares - total^2) / total: whole numbers under the root.
    spread = len(earned) * sum(block * block for block in earned) - total * total
    return rounded(HUNDRED_PERCENT * Decimal(spread).sqrt() / total)


@exact
def growth_percent(
    *, daily: Sequence[int], observed_days: int
) -> tuple[Decimal | None, Decimal | None]:
    """
    Return growth beyond chance and plain growth of the last 30 complete days, in percent.

    Beyond chance: the difference of the two sums comes one standard error nearer to zero, and
    stops there. The variance of a sum of 30 days is 30 times their sample variance (divided
    by 29); those of the two sums add up.

    Both are None for fewer than 60 observed days, or when the earlier 30 brought nothing.

    >>> growth_percent(daily=[12] * 30 + [10] * 30, observed_days=60)
    (Decimal('20.0000'), Decimal('20.0000'))
    """
    recent, earlier = daily[:BLOCK_DAYS], daily[BLOCK_DAYS : 2 * BLOCK_DAYS]
    before = sum(earlier)
    if observed_days < 2 * BLOCK_DAYS or before <= 0:
        return None, None
    difference = sum(recent) - before
    chance = (sum_variance(recent) + sum_variance(earlier)).sqrt()
    beyond = max(ZERO, abs(difference) - chance).copy_sign(Decimal(difference))
    return (
        rounded(HUNDRED_PERCENT * beyond / before),
        rounded(HUNDRED_PERCENT * difference / before),
    )


@exact
def sum_variance(days: Sequence[int]) -> Decimal:
    """
    Estimate the variance of a sum of independent days from the days themselves.

    n times the sample variance, which is (n x sum of squares - sum^2) / (n - 1).

    >>> sum_variance([1, 3])
    Decimal('4')
    """
    total = sum(days)
    return Decimal(len(days) * sum(day * day for day in days) - total * total) / (len(days) - 1)


@exact
def refund_percent(totals: Totals) -> Decimal | None:
    """Return sales with any refund in percent of all paid sales; None without a sale."""
    if not totals.paid_count:
        return None
    return rounded(HUNDRED_PERCENT * totals.refunded_count / totals.paid_count)


@exact
def settlement_days(*, totals: Totals, as_of: int) -> Decimal | None:
    """
    Return mean days from payment to settlement; sales still waiting count their age.

    None when nothing has settled: without a statement and without cash, the age of what waits
    tells how young the sales are, not how quickly the gateway pays.
    """
    if not totals.settled_count:
        return None
    waited = as_of * totals.waiting_count - totals.waiting_paid_epoch
    # A statement's clock may be seconds behind; money never arrives before it was paid.
    seconds = max(0, totals.settlement_seconds + waited)
    sales = totals.settled_count + totals.waiting_count
    return rounded(Decimal(seconds) / (SECONDS_PER_DAY * sales))
