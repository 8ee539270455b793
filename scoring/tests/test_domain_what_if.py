from decimal import Decimal

import pytest

from scoring.domain.measurements import measure
from scoring.domain.scorecard import grade
from scoring.domain.what_if import RANGES, Changes, what_if
from scoring.tests.shops import a_series
from scoring.tests.test_domain_scorecard import some_measurements

D = Decimal


def test_no_change_is_the_score_itself():
    measured = measure(a_series())

    assert what_if(measured, Changes()) == grade(measured)


@pytest.mark.parametrize(
    ("changes", "points"),
    [
        (Changes(monthly_sales=0), 75),
        (Changes(cv_percent=100), 75),
        (Changes(growth_percent=-20), 80),
        (Changes(refund_percent=5), 90),
        (Changes(settlement_days=7), 80),
        (Changes(monthly_sales=50, cv_percent=50, growth_percent=0, refund_percent=2.5,
                 settlement_days=3), 50),
    ],
)  # fmt: skip
def test_replaces_measurements(changes, points):
    assert what_if(some_measurements(), changes).points == points


def test_changes_band_and_limits_with_the_points():
    shop = some_measurements(avg_monthly_revenue=D("10000000.00"))

    card = what_if(shop, Changes(monthly_sales=0, cv_percent=100))

    assert (card.points, card.risk_band) == (50, "HIGH")
    assert card.estimated_max_limit == D("6000000.00")


def test_a_revenue_factor_moves_limits_and_no_points():
    shop = some_measurements(avg_monthly_revenue=D("10000000.00"))

    card = what_if(shop, Changes(revenue_factor="1.5"))

    assert card.points == grade(shop).points
    assert card.avg_monthly_revenue == D("15000000.00")
    assert card.estimated_max_limit == D("27000000.00")


def test_measures_what_was_not_measurable():
    young = measure(a_series(age_days=45))

    card = what_if(young, Changes(growth_percent=10, cv_percent=5))

    assert card.unmeasured == ()
    assert card.data_quality == "complete"


@pytest.mark.parametrize("number", [0.1, "0.1", D("0.1")])
def test_takes_a_float_as_it_is_written(number):
    card = what_if(some_measurements(), Changes(refund_percent=number))

    assert card.component_points["refund"] == 98


@pytest.mark.parametrize("name", list(RANGES))
@pytest.mark.parametrize(
    "value",
    ["NaN", "sNaN", "Infinity", "-Infinity", float("nan"), float("inf"), D("NaN"),
     True, "", "abc", "1e400", "9" * 5000],
)  # fmt: skip
def test_refuses_what_is_no_finite_number_in_range(name, value):
    with pytest.raises(ValueError, match=name):
        what_if(some_measurements(), Changes(**{name: value}))


@pytest.mark.parametrize("name", list(RANGES))
def test_ranges_hold_their_ends_and_nothing_beyond(name):
    least, greatest = RANGES[name]

    what_if(some_measurements(), Changes(**{name: least}))
    what_if(some_measurements(), Changes(**{name: greatest}))
    for outside in (least - D("0.01"), greatest + D("0.01")):
        with pytest.raises(ValueError, match=name):
            what_if(some_measurements(), Changes(**{name: outside}))


def test_there_is_nothing_to_change_without_a_sale():
    with pytest.raises(ValueError, match="no sale"):
        what_if(measure(a_series(offsets=[])), Changes(refund_percent=0))


def test_a_growth_asked_for_does_not_keep_the_measured_difference():
    card = what_if(some_measurements(), Changes(growth_percent=-5))

    growth = next(reason for reason in card.reasons if reason.component == "growth")
    assert growth.params["raw_growth_percent"] is None
