from datetime import date, timedelta
from decimal import Decimal

import pytest

from scoring.domain.timing import (
    confidence,
    loan_timing,
    next_week,
    volatility_label,
    volatility_ratio,
    week_of_month,
)
from scoring.tests.shops import TODAY, a_day, a_series

D = Decimal


def a_payday_shop(offset):
    """Rp 5 million on days 1-7 of a month, Rp 3 million on others, a little up and down."""
    usual = 500_000_000 if (TODAY - timedelta(days=offset)).day <= 7 else 300_000_000
    return a_day(offset, revenue_minor=usual + (offset % 3) * 1_000_000)


@pytest.mark.parametrize(
    ("ratio", "label"),
    [
        ("0", "STABLE"),
        ("0.15", "STABLE"),
        ("0.1501", "MODERATE_VOLATILITY"),
        ("0.30", "MODERATE_VOLATILITY"),
        ("0.3001", "HIGH_VOLATILITY"),
        ("5", "HIGH_VOLATILITY"),
    ],
)
def test_volatility_labels(ratio, label):
    assert volatility_label(D(ratio)) == label


def test_days_without_sales_make_a_shop_volatile():
    # Pitfall 35: one trading day in thirty.
    assert volatility_ratio([0] * 29 + [100]) == D("5.3852")


@pytest.mark.parametrize("daily", [[], [5], [0, 0], [-5, 5], [-5, -5]])
def test_volatility_needs_revenue_and_two_days(daily):
    assert volatility_ratio(daily) is None


@pytest.mark.parametrize(
    ("day", "week"),
    [(1, 1), (7, 1), (8, 2), (14, 2), (15, 3), (21, 3), (22, 4), (28, 4), (29, 4), (31, 4)],
)
def test_weeks_of_a_month(day, week):
    assert week_of_month(date(2026, 3, day)) == week


@pytest.mark.parametrize(
    ("week", "after", "starts_on", "ends_on"),
    [
        (1, "2026-03-02", "2026-04-01", "2026-04-07"),  # already begun: the next one
        (2, "2026-03-02", "2026-03-08", "2026-03-14"),
        (2, "2026-03-07", "2026-03-08", "2026-03-14"),
        (2, "2026-03-08", "2026-04-08", "2026-04-14"),
        (3, "2026-01-31", "2026-02-15", "2026-02-21"),
        (4, "2026-01-31", "2026-02-22", "2026-02-28"),
        (4, "2028-02-01", "2028-02-22", "2028-02-29"),  # leap year
        (4, "2026-12-22", "2027-01-22", "2027-01-31"),
        (1, "2026-12-31", "2027-01-01", "2027-01-07"),
        (4, "2026-11-30", "2026-12-22", "2026-12-31"),
    ],
)
def test_the_next_such_week(week, after, starts_on, ends_on):
    found = next_week(week, after=date.fromisoformat(after))

    assert found == (date.fromisoformat(starts_on), date.fromisoformat(ends_on))


def test_recommends_the_week_that_sells_best():
    timing = loan_timing(a_series(day=a_payday_shop))

    assert timing.recommended_week == 1
    assert timing.confidence == 100
    assert (timing.starts_on, timing.ends_on) == (date(2026, 4, 1), date(2026, 4, 7))
    assert timing.week_means[0] == D("5010000.00")


def test_a_flat_shop_has_no_better_week():
    timing = loan_timing(a_series())

    assert (timing.recommended_week, timing.confidence) == (1, 0)
    assert (timing.volatility_ratio, timing.volatility) == (0, "STABLE")


@pytest.mark.parametrize(
    ("weeks", "expected"),
    [
        ([[], [], [], []], 0),
        ([[5, 5], [], [], []], 0),  # nothing to compare with
        ([[5], [4, 4], [], []], 0),  # one day is no week
        ([[5] * 45, [4] * 45, [], []], 100),
        ([[5] * 30, [4] * 15, [], []], 50),  # half the window observed
        ([[4, 6] * 23, [4, 6] * 22, [], []], 0),
        # Means 5.2 and 5, standard error of a mean of 45 days of variance 1.0 each about .149:
        # a lead of .2 is .95 standard errors of the difference, a third of that is clarity .32.
        ([[4.2, 6.2] * 22 + [5.2], [4, 6] * 22 + [5], [], []], 32),
    ],
)
def test_confidence_is_coverage_times_clarity(weeks, expected):
    in_sen = [[round(revenue * 100) for revenue in week] for week in weeks]

    assert confidence(in_sen) == expected


def test_a_younger_shop_is_less_certain():
    old = loan_timing(a_series(day=a_payday_shop))
    young = loan_timing(a_series(day=a_payday_shop, age_days=45))

    assert young.recommended_week == old.recommended_week
    assert young.confidence == 50


def test_weeks_not_observed_are_unknown():
    timing = loan_timing(a_series(age_days=5, day=a_payday_shop))  # 25 February to 1 March

    assert timing.week_means[1:3] == (None, None)
    assert timing.recommended_week == 1
    assert timing.confidence == 0


@pytest.mark.parametrize(
    ("age_days", "offsets"),
    [
        (400, []),
        (400, range(31, 91)),  # nothing in the last 30 days
        (0, [0]),  # opened today
    ],
)
def test_no_timing_without_recent_sales(age_days, offsets):
    assert loan_timing(a_series(age_days=age_days, offsets=offsets)) is None


def test_a_sale_30_days_ago_is_recent():
    assert loan_timing(a_series(offsets=[30])) is not None


def test_a_shop_that_woke_up_today_has_no_volatility():
    timing = loan_timing(a_series(offsets=[0]))

    assert (timing.volatility_ratio, timing.volatility) == (None, None)
    assert timing.confidence == 0
