import json
from datetime import timedelta

import pytest

from scoring.domain.series import Series
from scoring.tests.shops import TODAY, a_day, a_series


def test_round_trips_through_json_text():
    series = a_series()

    again = Series.from_json(json.loads(json.dumps(series.to_json())))

    assert again == series
    assert json.dumps(again.to_json()) == json.dumps(series.to_json())


def test_round_trips_without_a_sale():
    series = Series(as_of=0, as_of_day=TODAY, first_sale_day=None, days=())

    assert Series.from_json(series.to_json()) == series


def test_round_trips_amounts_beyond_the_reach_of_floats():
    series = a_series(offsets=[1], day=lambda n: a_day(n, revenue_minor=9_007_199_254_740_993))

    assert Series.from_json(json.loads(json.dumps(series.to_json()))) == series


def test_stores_a_day_as_a_list_of_whole_numbers():
    day = a_day(1, waiting_count=0, refunded_count=2)

    assert a_series(offsets=[1], day=lambda _: day).to_json()["days"] == [
        [1, 10, 100_000_000, 2, 10, 864_000, 0, 0]
    ]


@pytest.mark.parametrize(
    ("age_days", "observed_days"),
    [
        (0, 0),  # opened today: no complete day yet
        (1, 1),  # the day of the first sale counts once it is over
        (29, 29),
        (30, 30),
        (89, 89),
        (90, 90),
        (91, 90),
        (4000, 90),
    ],
)
def test_observes_complete_days_since_the_first_sale(age_days, observed_days):
    assert a_series(age_days=age_days).observed_days == observed_days


def test_a_dormant_shop_is_not_taken_for_young():
    series = a_series(age_days=200, offsets=[3])

    assert series.observed_days == 90


def test_days_without_sales_are_zeros():
    daily = a_series(offsets=[1, 3, 90]).daily_revenues

    assert (daily[0], daily[1], daily[2], daily[89]) == (100_000_000, 0, 100_000_000, 100_000_000)
    assert len(daily) == 90


def test_daily_revenues_leave_today_out_and_totals_count_it():
    series = a_series(offsets=[0, 1])

    assert sum(series.daily_revenues) == 100_000_000
    assert series.totals.paid_count == 20


@pytest.mark.parametrize(
    "day",
    [
        [91, 1, 100, 0, 0, 0, 0, 0],  # before the window
        [-1, 1, 100, 0, 0, 0, 0, 0],  # tomorrow
        [1, -1, 100, 0, 0, 0, 0, 0],
        [1, 1, 100, 2, 0, 0, 0, 0],  # more refunded than sold
        [1, 1, 100, 0, 1, 0, 1, 0],  # settled and waiting at once
        [1, 1, 100.0, 0, 0, 0, 0, 0],  # a binary float
        [1, True, 100, 0, 0, 0, 0, 0],
        [1, 1, "100", 0, 0, 0, 0, 0],
        [1, 1, None, 0, 0, 0, 0, 0],
        [1, 1, 100],  # an older or torn form
        1,
    ],
)
def test_refuses_a_day_that_cannot_be(day):
    stored = a_series(offsets=[]).to_json() | {"days": [day]}

    with pytest.raises(ValueError):
        Series.from_json(stored)


def test_refuses_the_same_day_twice():
    stored = a_series(offsets=[1, 2]).to_json()

    with pytest.raises(ValueError, match="repeat"):
        Series.from_json(stored | {"days": stored["days"] * 2})


@pytest.mark.parametrize("first_sale_day", [None, TODAY.isoformat()])
def test_refuses_sales_before_the_first_one(first_sale_day):
    stored = a_series(offsets=[1]).to_json()

    with pytest.raises(ValueError, match="first sale"):
        Series.from_json(stored | {"first_sale_day": first_sale_day})


def test_accepts_a_day_of_failed_sales_before_the_first_paid_one():
    failed_only = [5, 0, 0, 0, 0, 0, 0, 0]
    stored = a_series(age_days=2, offsets=[1]).to_json()

    series = Series.from_json(stored | {"days": [*stored["days"], failed_only]})

    assert series.observed_days == 2
    assert series.first_sale_day == TODAY - timedelta(days=2)
