"""
When in the month a shop sells best, for a lender who wonders when to lend.

Weeks of a month are its days 1-7, 8-14, 15-21 and 22 to the end. A warung that sells for half a
million a day after payday (days 1-7) and for 0.3 million otherwise gets week 1.

These are facts about the past, computed; a model may word them, nothing more.

Source: product brief, loan timing; volatility labels from the reference's contract, section 9.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from scoring.domain.arithmetic import RUPIAH, ZERO, as_points, exact, rounded
from scoring.domain.measurements import sum_variance
from scoring.domain.series import BLOCK_DAYS, WINDOW_DAYS, Series

STABLE, MODERATE, HIGH = "STABLE", "MODERATE_VOLATILITY", "HIGH_VOLATILITY"
VOLATILITY_LABELS = ((Decimal("0.15"), STABLE), (Decimal("0.30"), MODERATE))

# First day of each week of the month; the fourth runs to the month's end.
WEEK_STARTS = (1, 8, 15, 22)

# This many standard errors ahead of the runner-up is as clear as it gets.
CLEAR_LEAD_SIGMA = 3


@dataclass(frozen=True)
class LoanTiming:
    """
    Facts on timing. Money is rupiah.

    `volatility_ratio` is sigma / mean of daily revenue over the last 30 complete days (those
    observed), days without sales included; None, as its label, when they brought nothing.
    `week_means` is mean daily revenue in weeks 1 to 4; None for a week not observed yet.
    `confidence` is 0-100; `starts_on` to `ends_on`, both included, is the recommended week when
    it comes next after the day of the series.
    """

    observed_days: int
    volatility_ratio: Decimal | None
    volatility: str | None
    week_means: tuple[Decimal | None, ...]
    recommended_week: int
    confidence: int
    starts_on: date
    ends_on: date


@exact
def loan_timing(series: Series) -> LoanTiming | None:
    """
    Tell how even a shop's days are and which week of the month sells best.

    The best week has the highest mean daily revenue over the observed days; of equals the
    earlier one. None without a sale in the last 30 complete days and today, and for a shop that
    opened today: no complete day says anything about weeks.
    """
    if not series.observed_days or not _sold_lately(series):
        return None
    daily = series.daily_revenues[: series.observed_days]
    weeks = days_by_week(daily=daily, as_of_day=series.as_of_day)
    best = best_week(weeks)
    ratio = volatility_ratio(daily[:BLOCK_DAYS])
    starts_on, ends_on = next_week(best, after=series.as_of_day)
    return LoanTiming(
        observed_days=series.observed_days,
        volatility_ratio=ratio,
        volatility=None if ratio is None else volatility_label(ratio),
        week_means=tuple(_mean_rupiah(week) for week in weeks),
        recommended_week=best,
        confidence=confidence(weeks),
        starts_on=starts_on,
        ends_on=ends_on,
    )


def _sold_lately(series: Series) -> bool:
    return any(day.paid_count for day in series.days if day.offset <= BLOCK_DAYS)


@exact
def volatility_ratio(daily: Sequence[int]) -> Decimal | None:
    """
    Return population sigma / mean of daily revenues; None without revenue or for one day.

    >>> volatility_ratio([90, 110]), volatility_ratio([0, 0]), volatility_ratio([7])
    (Decimal('0.1000'), None, None)
    """
    total = sum(daily)
    if len(daily) < 2 or total <= 0:
        return None
    spread = len(daily) * sum(day * day for day in daily) - total * total
    return rounded(Decimal(spread).sqrt() / total)


def volatility_label(ratio: Decimal) -> str:
    """
    Name a ratio: up to 0.15 stable, up to 0.30 moderate, beyond it high.

    >>> volatility_label(Decimal("0.15")), volatility_label(Decimal("0.3001"))
    ('STABLE', 'HIGH_VOLATILITY')
    """
    return next((label for most, label in VOLATILITY_LABELS if ratio <= most), HIGH)


def week_of_month(day: date) -> int:
    """
    Return the week of the month, 1 to 4.

    >>> week_of_month(date(2026, 3, 7)), week_of_month(date(2026, 3, 31))
    (1, 4)
    """
    return min(4, (day.day + 6) // 7)


def days_by_week(*, daily: Sequence[int], as_of_day: date) -> list[list[int]]:
    """Sort daily revenues (sen, yesterday first) into the four weeks of the month."""
    weeks: list[list[int]] = [[], [], [], []]
    for offset, revenue in enumerate(daily, start=1):
        weeks[week_of_month(as_of_day - timedelta(days=offset)) - 1].append(revenue)
    return weeks


@exact
def best_week(weeks: Sequence[Sequence[int]]) -> int:
    """
    Return the week, 1 to 4, with the highest mean; of equals the earlier. One must hold a day.

    >>> best_week([[3], [5], [], [5]])
    2
    """
    observed = [number for number in range(len(weeks)) if weeks[number]]
    # The first of equals wins, as max() has it.
    return 1 + max(observed, key=lambda number: _mean(weeks[number]))


@exact
def confidence(weeks: Sequence[Sequence[int]]) -> int:
    """
    Say from 0 to 100 how much the best week can be relied on.

    confidence = 100 x coverage x clarity, rounded half up. Coverage is observed days / 90;
    clarity is the lead of the best week over the runner-up in standard errors of that
    difference, divided by 3, at most 1. Equal weeks, or fewer than two days in either, give 0.
    """
    coverage = Decimal(sum(map(len, weeks))) / WINDOW_DAYS
    return as_points(100 * coverage * _clarity(weeks))


def _clarity(weeks: Sequence[Sequence[int]]) -> Decimal:
    ranked = sorted((week for week in weeks if week), key=_mean, reverse=True)
    if len(ranked) < 2 or min(len(ranked[0]), len(ranked[1])) < 2:
        return ZERO
    best, runner_up = ranked[0], ranked[1]
    lead = _mean(best) - _mean(runner_up)
    if not lead:
        return ZERO
    error = (_mean_variance(best) + _mean_variance(runner_up)).sqrt()
    return min(Decimal(1), lead / (CLEAR_LEAD_SIGMA * error)) if error else Decimal(1)


def next_week(week: int, *, after: date) -> tuple[date, date]:
    """
    Return first and last day of the next such week that begins after a day.

    >>> next_week(4, after=date(2027, 1, 22))
    (datetime.date(2027, 2, 22), datetime.date(2027, 2, 28))
    """
    starts_on = after.replace(day=WEEK_STARTS[week - 1])
    if starts_on <= after:
        starts_on = _next_month(starts_on)
    if week == len(WEEK_STARTS):
        return starts_on, _next_month(starts_on.replace(day=1)) - timedelta(days=1)
    return starts_on, starts_on + timedelta(days=6)


def _next_month(day: date) -> date:
    # The 1st, 8th, 15th and 22nd exist in every month.
    if day.month == 12:
        return day.replace(year=day.year + 1, month=1)
    return day.replace(month=day.month + 1)


def _mean(days: Sequence[int]) -> Decimal:
    return Decimal(sum(days)) / len(days)


def _mean_variance(days: Sequence[int]) -> Decimal:
    return sum_variance(days) / (len(days) * len(days))


@exact
def _mean_rupiah(days: Sequence[int]) -> Decimal | None:
    return rounded(_mean(days).scaleb(-2), step=RUPIAH) if days else None
