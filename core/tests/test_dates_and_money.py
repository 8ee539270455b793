from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dates import add_months, as_of_end_of, business_day, day_range, start_of_day
from core.money import from_minor, round_half_up, to_minor


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 3, 1, 16, 59, 59, tzinfo=UTC), date(2026, 3, 1)),
        (datetime(2026, 3, 1, 17, 0, tzinfo=UTC), date(2026, 3, 2)),  # midnight in Jakarta
        (datetime(2026, 12, 31, 17, 0, tzinfo=UTC), date(2027, 1, 1)),
    ],
)
def test_the_business_day_begins_at_midnight_in_jakarta(instant, day):
    assert business_day(instant) == day


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2025, 12, 31), 0, date(2025, 12, 31)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 31), 2, date(2026, 3, 31)),
        (date(2026, 1, 31), 3, date(2026, 4, 30)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 2, 28), 120, date(2036, 2, 28)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2024, 3, 31), -1, date(2024, 2, 29)),
    ],
)
def test_a_month_that_is_too_short_ends_on_its_last_day(day, months, expected):
    assert add_months(day, months) == expected


def test_a_day_that_a_month_lacks_comes_back_in_the_next():
    assert add_months(date(2026, 2, 28), 1, on=31) == date(2026, 3, 31)
    assert add_months(date(2026, 1, 28), 1, on=31) == date(2026, 2, 28)


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_a_day_holds_its_own_instants(day):
    start, end = day_range(day, day)

    assert end - start == timedelta(days=1)
    assert business_day(start) == day
    assert business_day(end - timedelta(microseconds=1)) == day
    assert as_of_end_of(day) == end == start_of_day(day + timedelta(days=1))


@pytest.mark.parametrize(
    ("value", "places", "rounded"),
    [
        ("0.5", 0, "1"),
        ("1.5", 0, "2"),
        ("2.5", 0, "3"),
        ("-2.5", 0, "-3"),
        ("2.345", 2, "2.35"),
        ("2.3449", 2, "2.34"),
    ],
)
def test_halves_go_away_from_zero(value, places, rounded):
    assert round_half_up(Decimal(value), places) == Decimal(rounded)


@given(st.integers(-(10**17), 10**17))
def test_sen_and_rupiah_turn_into_each_other(minor):
    assert to_minor(from_minor(minor)) == minor


def test_less_than_a_sen_is_no_money():
    with pytest.raises(ValueError, match="finer than one sen"):
        to_minor(Decimal("0.001"))
