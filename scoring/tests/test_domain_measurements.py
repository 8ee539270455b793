import json
from decimal import Decimal, localcontext

import pytest

from scoring.domain.measurements import Measurements, cv_percent, growth_percent, measure
from scoring.domain.series import WINDOW_DAYS
from scoring.tests.shops import DAY_SECONDS, a_day, a_series, a_shop_with_months, noon

D = Decimal


@pytest.mark.parametrize(
    ("age_days", "offsets", "monthly_sales"),
    [
        (400, range(1, 91), "300"),  # ten a day
        (400, range(91), "303.3333"),  # with today's on top
        (400, [0], "3.3333"),  # today only, dormant before
        (0, [0], "10"),  # opened today: 30 days assumed
        (1, [1], "10"),
        (29, range(1, 30), "290"),
        (30, range(1, 31), "300"),
        (45, range(1, 46), "300"),
    ],
)
def test_volume_is_sales_per_30_observed_days(age_days, offsets, monthly_sales):
    measured = measure(a_series(age_days=age_days, offsets=offsets))

    assert measured.monthly_sales == D(monthly_sales)


def test_a_month_old_shop_keeps_its_whole_monthly_revenue():
    # Pitfall 34: not a third of it.
    measured = measure(a_series(age_days=30, offsets=range(1, 31)))

    assert measured.avg_monthly_revenue == D("30000000.00")


def test_a_shop_of_three_days_is_not_assumed_to_go_on_like_that():
    measured = measure(a_series(age_days=3, offsets=[1, 2, 3]))

    assert measured.avg_monthly_revenue == measured.revenue == D("3000000.00")


@pytest.mark.parametrize(
    ("blocks", "cv"),
    [
        ([], None),
        ([10], None),
        ([10, 10], "0"),
        ([0, 10], "100"),
        ([0, 0, 10], "141.4214"),  # the most that three months can differ
        ([9, 10, 11], "8.1650"),
        ([0, 0], "100"),  # no revenue is not a steady revenue
        ([-5, -5, -5], "100"),
        ([-5, 10, 10], "70.7107"),  # refunds beyond sales: that month brought nothing
        ([-10, 5, 5], "70.7107"),  # a total of zero divides nothing by zero
        ([10**24, 10**24 + 1, 10**24], "0"),
    ],
)
def test_cv_of_monthly_revenues(blocks, cv):
    assert cv_percent(blocks) == (cv and D(cv))


@pytest.mark.parametrize(
    ("age_days", "blocks", "has_cv", "has_growth"),
    [
        (0, 0, False, False),
        (1, 0, False, False),
        (29, 0, False, False),
        (30, 1, False, False),
        (59, 1, False, False),
        (60, 2, True, True),
        (89, 2, True, True),
        (90, 3, True, True),
        (91, 3, True, True),
    ],
)
def test_what_a_young_shop_can_show(age_days, blocks, has_cv, has_growth):
    measured = measure(a_series(age_days=age_days))

    assert len(measured.block_revenues) == blocks
    assert (measured.cv_percent is not None) == has_cv
    assert (measured.growth_percent is not None) == has_growth


def test_one_busy_day_is_not_a_steady_shop():
    # Pitfall 35: days without sales are zeros.
    measured = measure(a_series(offsets=[15]))

    assert measured.cv_percent == D("141.4214")


@pytest.mark.parametrize(
    ("recent", "earlier", "growth"),
    [
        ([10] * 30, [10] * 30, "0"),
        ([11] * 30, [10] * 30, "10"),
        ([9] * 30, [10] * 30, "-10"),
        ([0] * 30, [10] * 30, "-100"),
        ([10_010] * 30, [10] * 30, "100000"),
        ([10] * 30, [0] * 30, None),  # nothing to compare with
        ([10] * 30, [-1] * 30, None),
        ([-10] * 30, [10] * 30, "-200"),
        # Two levels, 5 and 15: variance of the sum 30 x 25.8621, standard error of the
        # difference 39.3919; a rise of 30 on 300 is less than chance.
        ([6, 16] * 15, [5, 15] * 15, "0"),
        ([8, 18] * 15, [5, 15] * 15, "16.8694"),  # a rise of 90 is more
        ([2, 12] * 15, [5, 15] * 15, "-16.8694"),
    ],
)
def test_growth_beyond_chance(recent, earlier, growth):
    beyond, _ = growth_percent(daily=recent + earlier, observed_days=60)

    assert beyond == (growth and D(growth))


def test_plain_growth_is_kept_beside_growth_beyond_chance():
    beyond, plain = growth_percent(daily=[6, 16] * 15 + [5, 15] * 15, observed_days=90)

    assert (beyond, plain) == (D("0"), D("10"))


def test_growth_has_room_for_the_widest_totals():
    # NUMERIC(24,2) against one sen.
    beyond, _ = growth_percent(daily=[10**24 - 1] * 30 + [1] * 30, observed_days=60)

    assert beyond == D(10**24 - 2) * 100


def test_growth_needs_60_observed_days():
    assert growth_percent(daily=[1] * 60, observed_days=59) == (None, None)


def test_growth_has_no_negative_zero():
    beyond, plain = growth_percent(daily=[10**9] * 60 + [0] * 30, observed_days=90)
    tiny, _ = growth_percent(daily=[10**9] * 29 + [10**9 - 1] + [10**9] * 30, observed_days=90)

    assert [str(beyond), str(plain), str(tiny)] == ["0.0000"] * 3


def test_refund_rate_counts_sales_with_any_refund():
    measured = measure(a_series(day=lambda n: a_day(n, refunded_count=1)))

    assert measured.refund_percent == D("10")


def test_a_window_without_sales_measures_nothing():
    measured = measure(a_series(offsets=[]))

    assert measured.sales_count == 0
    assert measured.refund_percent is None
    assert measured.settlement_days is None
    assert measured.growth_percent is None


def test_settlement_is_the_mean_over_settled_sales():
    measured = measure(a_series(day=lambda n: a_day(n, settlement_seconds=10 * 216_000)))

    assert measured.settlement_days == D("2.5")


def test_cash_settles_at_once():
    def half_cash(offset):
        return a_day(offset, settlement_seconds=5 * 2 * DAY_SECONDS)

    assert measure(a_series(day=half_cash)).settlement_days == D("1")


def test_a_settlement_of_100_days_is_measured():
    # Pitfall 33. Paid within the window and settled later is impossible; a wrong clock is not.
    measured = measure(a_series(day=lambda n: a_day(n, settlement_seconds=1000 * DAY_SECONDS)))

    assert measured.settlement_days == D("100")


def test_sales_still_waiting_count_their_age():
    def day(offset):
        paid = noon() - offset * DAY_SECONDS
        return a_day(offset, settled_count=9, settlement_seconds=0,
                     waiting_count=1, waiting_paid_epoch=paid)  # fmt: skip

    # One of ten waits, for 10 and 20 days: (10 + 20) / 20.
    assert measure(a_series(offsets=[10, 20], day=day)).settlement_days == D("1.5")


@pytest.mark.parametrize("waiting", [0, 10])
def test_settlement_is_unknown_while_nothing_has_settled(waiting):
    # Pitfall 31: no statement is not a settlement in no time.
    def day(offset):
        return a_day(offset, settled_count=0, settlement_seconds=0, waiting_count=waiting,
                     waiting_paid_epoch=waiting * noon())  # fmt: skip

    assert measure(a_series(day=day)).settlement_days is None


def test_a_clock_that_is_behind_makes_no_negative_settlement():
    measured = measure(a_series(day=lambda n: a_day(n, settlement_seconds=-50)))

    assert str(measured.settlement_days) == "0.0000"


def test_the_callers_decimal_context_changes_nothing():
    series = a_shop_with_months(1_234_567_890, 987_654_300, 1_111_111_110)
    usual = measure(series)

    with localcontext(prec=3, rounding="ROUND_DOWN"):
        assert measure(series) == usual


def test_figures_have_four_decimals_and_money_two():
    measured = measure(a_shop_with_months(1_234_567_890, 987_654_300, 1_111_111_110))

    assert str(measured.cv_percent) == "9.0722"
    assert str(measured.growth_percent) == "25.0000"
    assert str(measured.avg_monthly_revenue) == "11111111.00"


def test_the_window_is_90_complete_days_and_today():
    assert WINDOW_DAYS == 90
    assert measure(a_series()).sales_count == 910


@pytest.mark.parametrize("age_days", [0, 45, 400])
def test_measurements_round_trip_through_json_text(age_days):
    measured = measure(a_series(age_days=age_days))

    again = Measurements.from_json(json.loads(json.dumps(measured.to_json())))

    assert again == measured
    assert repr(again) == repr(measured)
