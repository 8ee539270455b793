from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from scoring.domain.measurements import measure
from scoring.domain.policy import CURRENT, POLICIES, band_for
from scoring.domain.scorecard import grade, limits, score
from scoring.domain.series import Series
from scoring.tests.shops import DAY_SECONDS, TODAY, a_day, a_series, a_shop_with_months, noon

D = Decimal
NAMES = ["volume", "consistency", "growth", "refund", "settlement"]


def some_measurements(**overrides):
    """Measurements of a flawless shop, growth included."""
    perfect = {
        "monthly_sales": D("100"),
        "cv_percent": D("0"),
        "growth_percent": D("20"),
        "refund_percent": D("0"),
        "settlement_days": D("1"),
    }
    return replace(measure(a_series()), **(perfect | overrides))


def test_the_policy_is_the_source_documents():
    assert [rule.name for rule in CURRENT.components] == NAMES
    assert [rule.weight_percent for rule in CURRENT.components] == [25, 25, 20, 10, 20]
    assert (CURRENT.version, POLICIES["v1"]) == ("v1", CURRENT)


def test_a_flawless_shop_scores_100():
    assert grade(some_measurements()).points == 100


def test_without_growth_90_is_the_most():
    card = score(a_series())

    assert list(card.component_points.values()) == [100, 100, 50, 100, 100]
    assert (card.points, card.risk_band) == (90, "LOW")


@pytest.mark.parametrize(
    ("growth", "points"),
    [
        ("-20", 80),  # 80: growth brings nothing
        ("0.2", 90),  # 50.5 -> 51 points, 90.2
        ("1", 91),  # 52.5 -> 53 points, 90.6
        ("20", 100),
        ("100000", 100),
    ],
)
def test_the_weighted_sum_is_rounded_half_up(growth, points):
    assert grade(some_measurements(growth_percent=D(growth))).points == points


def test_an_exact_half_goes_up():
    # 25 x 98 + 25 x 100 + 20 x 100 + 10 x 100 + 20 x 100 = 9950 hundredths.
    assert grade(some_measurements(monthly_sales=D("98"))).points == 100
    # And 25 x 94 = 9850.
    assert grade(some_measurements(monthly_sales=D("94"))).points == 99


@pytest.mark.parametrize(
    ("points", "band"),
    [(100, "LOW"), (80, "LOW"), (79, "MEDIUM"), (60, "MEDIUM"), (59, "HIGH"), (0, "HIGH")],
)
def test_bands(points, band):
    assert band_for(points) == band


@pytest.mark.parametrize(
    ("revenue", "band", "least", "greatest"),
    [
        ("10000000.00", "LOW", "12000000.00", "18000000.00"),
        ("10000000.00", "MEDIUM", "8000000.00", "12000000.00"),
        ("10000000.00", "HIGH", "4000000.00", "6000000.00"),
        ("0.01", "MEDIUM", "0.01", "0.01"),  # 0.008 and 0.012
        ("0.00", "LOW", "0.00", "0.00"),
        ("-5000.00", "LOW", "0.00", "0.00"),  # refunds beyond sales allow nothing
    ],
)
def test_limits_follow_the_average_month(revenue, band, least, greatest):
    low, high = limits(avg_monthly_revenue=D(revenue), risk_band=band)

    assert (str(low), str(high)) == (least, greatest)


@pytest.mark.parametrize(
    ("age_days", "points", "quality", "unmeasured"),
    [
        # Ten sales a day settled after a day, from the first day on.
        (0, 55, "insufficient", ("consistency", "growth")),  # 2.5 + 12.5 + 10 + 10 + 20
        (1, 58, "insufficient", ("consistency", "growth")),  # 5 + 12.5 + 10 + 10 + 20 = 57.5
        (29, 78, "insufficient", ("consistency", "growth")),
        (30, 78, "partial", ("consistency", "growth")),
        (59, 78, "partial", ("consistency", "growth")),
        (60, 90, "complete", ()),
        (89, 90, "complete", ()),
        (90, 90, "complete", ()),
        (91, 90, "complete", ()),
    ],
)
def test_a_young_shop(age_days, points, quality, unmeasured):
    card = score(a_series(age_days=age_days))

    assert card.data_quality == quality
    assert card.unmeasured == unmeasured
    assert card.points == points


def test_neutral_is_neither_perfect_nor_terrible():
    card = score(a_series(age_days=30))

    assert card.component_points["consistency"] == card.component_points["growth"] == 50


def test_one_missing_component_makes_the_data_partial():
    card = grade(some_measurements(settlement_days=None))

    assert (card.data_quality, card.unmeasured) == ("partial", ("settlement",))
    assert card.points == 90


def test_three_missing_components_are_insufficient():
    card = grade(some_measurements(settlement_days=None, growth_percent=None, cv_percent=None))

    assert card.data_quality == "insufficient"


def test_failed_sales_alone_make_no_score():
    # Pitfall 29: 120 failed sales scored 90. They are rows without a paid sale, or no rows.
    failed_only = a_series(day=lambda n: a_day(n, paid_count=0, revenue_minor=0))

    assert score(failed_only) is None
    assert score(a_series(offsets=[])) is None


def test_nobody_ever_sold_anything():
    assert score(Series(as_of=noon(), as_of_day=TODAY, first_sale_day=None, days=())) is None


def test_a_shop_with_nothing_but_refunds_is_high_risk():
    # Pitfall 30: it scored 100 on refunds.
    def refunded(offset):
        return a_day(offset, revenue_minor=0, refunded_count=10)

    card = score(a_series(day=refunded))

    assert card.component_points == dict(zip(NAMES, [100, 0, 50, 0, 100], strict=True))
    assert (card.points, card.risk_band) == (55, "HIGH")
    assert (card.estimated_min_limit, card.estimated_max_limit) == (0, 0)


def test_no_settlement_data_is_neutral():
    # Pitfall 31: it scored 100.
    card = score(a_series(day=lambda n: a_day(n, settled_count=0, settlement_seconds=0)))

    assert card.component_points["settlement"] == 50
    assert card.unmeasured == ("settlement",)


@pytest.mark.parametrize("day_of_year", range(366))
def test_a_flat_shop_scores_the_same_on_every_day_of_the_year(day_of_year):
    # Pitfalls 32 and 37: neither the 1st, the 21st nor the 31st of a month is special.
    card = score(a_series(as_of_day=date(2028, 1, 1) + timedelta(days=day_of_year)))

    assert (card.points, card.measurements.growth_percent) == (90, 0)
    assert card.measurements.sales_count == 910


@pytest.mark.parametrize("last_month", [1_000 * 30_000_000_000, 30_000_000_000 * 10**9])
def test_any_real_growth_has_a_score(last_month):
    # Pitfall 33: 1000 % overflowed a column.
    card = score(a_shop_with_months(last_month, 30_000_000_000, 30_000_000_000))

    assert card.measurements.growth_percent >= 99_900
    assert card.component_points["growth"] == 100


def test_growth_of_a_hundred_thousand_percent():
    card = score(a_shop_with_months(1_001 * 300, 300, 300))

    assert card.measurements.growth_percent == D("100000")


def test_settlement_of_a_hundred_days():
    card = score(a_series(day=lambda n: a_day(n, settlement_seconds=1000 * DAY_SECONDS)))

    assert card.measurements.settlement_days == 100
    assert card.component_points["settlement"] == 0


def test_settlement_does_not_jump():
    # Pitfall 36: 100 -> 85 just above one day.
    card = score(a_series(day=lambda n: a_day(n, settlement_seconds=10 * DAY_SECONDS + 9)))

    assert card.component_points["settlement"] == 100


def test_a_dormant_shop_that_sold_once_is_high_risk():
    card = score(a_series(age_days=300, offsets=[80]))

    assert card.measurements.observed_days == 90
    assert (card.points, card.risk_band) == (41, "HIGH")  # 3 + 0 + 50 neutral + 100 + 100
    assert card.unmeasured == ("growth",)


def test_an_average_month_is_a_month():
    # Pitfall 39: not a day.
    card = score(a_series(offsets=range(1, 91)))

    assert card.avg_monthly_revenue == D("30000000.00")
    assert (card.estimated_min_limit, card.estimated_max_limit) == (36_000_000, 54_000_000)


def test_stored_measurements_give_the_stored_card_again():
    card = score(a_shop_with_months(1_234_567_890, 987_654_300, 1_111_111_110))

    assert grade(card.measurements, policy=POLICIES[card.policy_version]) == card


def test_a_stored_series_gives_the_same_bytes_again():
    series = a_shop_with_months(1_234_567_890, 987_654_300, 1_111_111_110)

    assert repr(score(Series.from_json(series.to_json()))) == repr(score(series))


def test_the_order_of_days_does_not_matter():
    series = a_shop_with_months(1_234_567_890, 987_654_300, 1_111_111_110)

    assert score(replace(series, days=series.days[::-1])) == score(series)
