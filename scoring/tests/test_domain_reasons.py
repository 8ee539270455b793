import json
from dataclasses import replace
from decimal import Decimal

import pytest

from scoring.domain.measurements import measure
from scoring.domain.reasons import REASON_CODES, RISK, STRENGTH, UNMEASURED
from scoring.domain.scorecard import grade, score
from scoring.tests.shops import a_series, a_shop_with_months
from scoring.tests.test_domain_scorecard import NAMES, some_measurements

D = Decimal
NO_REVENUE = {"cv_percent": D("100"), "block_revenues": (D(0), D(0), D(0))}

# What makes each code appear, on an otherwise flawless shop.
CAUSES = [
    ("volume_low", RISK, {"monthly_sales": D("79")}),
    ("volume_high", STRENGTH, {"monthly_sales": D("80")}),
    ("consistency_low", RISK, {"cv_percent": D("21")}),
    ("consistency_low", RISK, {"cv_percent": D("100")}),
    ("consistency_no_revenue", RISK, NO_REVENUE),
    ("consistency_not_measurable", UNMEASURED, {"cv_percent": None}),
    ("consistency_high", STRENGTH, {"cv_percent": D("20")}),
    ("consistency_high", STRENGTH, NO_REVENUE | {"cv_percent": D("20")}),  # asked for, what if
    ("growth_negative", RISK, {"growth_percent": D("-0.0001")}),
    ("growth_flat", RISK, {"growth_percent": D("0.0000")}),
    ("growth_modest", RISK, {"growth_percent": D("11")}),
    ("growth_not_measurable", UNMEASURED, {"growth_percent": None, "observed_days": 59}),
    ("growth_no_earlier_revenue", UNMEASURED, {"growth_percent": None, "observed_days": 60}),
    ("growth_strong", STRENGTH, {"growth_percent": D("12")}),
    ("refund_high", RISK, {"refund_percent": D("1.1")}),
    ("refund_low", STRENGTH, {"refund_percent": D("1")}),
    ("settlement_slow", RISK, {"settlement_days": D("1.9")}),
    ("settlement_not_measurable", UNMEASURED, {"settlement_days": None}),
    ("settlement_fast", STRENGTH, {"settlement_days": D("1.8")}),
]


@pytest.mark.parametrize(("code", "kind", "cause"), CAUSES)
def test_each_cause_has_its_code(code, kind, cause):
    reasons = grade(some_measurements(**cause)).reasons

    assert (code, kind) in [(reason.code, reason.kind) for reason in reasons]


def test_every_listed_code_can_happen_and_nothing_else():
    assert {code for code, _, _ in CAUSES} == set(REASON_CODES)


@pytest.mark.parametrize(("code", "kind", "cause"), CAUSES)
def test_parameters_are_those_that_the_list_names(code, kind, cause):
    reason = next(r for r in grade(some_measurements(**cause)).reasons if r.code == code)
    named = REASON_CODES[code].rsplit("[", 1)[1].rstrip("]")

    assert list(reason.params) == ["points", *filter(None, named.split(", "))]


def test_most_points_lost_come_first_and_strengths_last():
    card = grade(
        some_measurements(
            monthly_sales=D("60"),  # loses 40 x .25 = 10
            refund_percent=D("5"),  # loses 100 x .10 = 10: later in the policy's order
            growth_percent=None,  # neutral, loses 50 x .20 = 10
            settlement_days=D("7"),  # loses 20
            cv_percent=D("10"),  # a strength, loses 2.5
        )
    )

    assert [(reason.component, str(reason.points_lost)) for reason in card.reasons] == [
        ("settlement", "20.00"),
        ("volume", "10.00"),
        ("growth", "10.00"),
        ("refund", "10.00"),
        ("consistency", "2.50"),
    ]


def test_every_component_gives_one_reason():
    reasons = score(a_series(age_days=10)).reasons

    assert sorted(reason.component for reason in reasons) == sorted(NAMES)


def test_a_neutral_component_says_how_many_days_it_waits_for():
    reason = score(a_series(age_days=45)).reasons[0]

    assert reason.to_json() == {
        "code": "consistency_not_measurable",
        "kind": "unmeasured",
        "component": "consistency",
        "points_lost": "12.50",
        "params": {"points": 50, "observed_days": 45, "needed_days": 60},
    }


def test_a_fall_is_told_with_both_figures():
    card = score(a_shop_with_months(2_700_000, 3_000_000, 3_000_000))

    fall = next(reason for reason in card.reasons if reason.component == "growth")

    assert fall.code == "growth_negative"
    assert fall.to_json()["params"] == {
        "points": 25,
        "growth_percent": "-10.0000",
        "raw_growth_percent": "-10.0000",
    }


def test_improvements_name_what_is_to_be_won_and_where():
    card = grade(some_measurements(settlement_days=D("3"), growth_percent=D("0")))

    assert [improvement.to_json() for improvement in card.improvements] == [
        {
            "component": "growth",
            "points_to_win": "10.00",
            "measurement": "growth_percent",
            "current": "0",
            "target": "20",
        },
        {
            "component": "settlement",
            "points_to_win": "10.00",
            "measurement": "settlement_days",
            "current": "3",
            "target": "1",
        },
    ]


def test_a_flawless_shop_has_nothing_to_win():
    card = grade(some_measurements())

    assert card.improvements == ()
    assert {reason.kind for reason in card.reasons} == {STRENGTH}


@pytest.mark.parametrize("age_days", [0, 30, 60, 400])
def test_reaching_every_target_makes_100(age_days):
    measured = measure(a_series(age_days=age_days))
    targets = {i.measurement: i.target for i in grade(measured).improvements}

    assert grade(replace(measured, **targets)).points == 100


@pytest.mark.parametrize("age_days", [0, 30, 60, 400])
def test_points_and_what_is_to_be_won_add_up_to_100(age_days):
    card = score(a_series(age_days=age_days))

    won = sum(component.points * component.weight for component in card.components)

    assert won + sum(improvement.points_to_win for improvement in card.improvements) == 100


def test_reasons_are_plain_values():
    card = score(a_series(age_days=10))

    json.dumps([entry.to_json() for entry in (*card.reasons, *card.improvements)])
