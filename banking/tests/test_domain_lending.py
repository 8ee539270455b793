"""Collectability, checks, offers and the legal moves, case by case."""

from dataclasses import replace
from decimal import Decimal

import pytest

from banking.domain import checks, collectability, pipeline, reasons
from banking.domain.offers import offers
from banking.wording import CHECKS, COLLECTABILITY, REASONS, RECOMMENDATIONS

MILLION = Decimal(1_000_000)
LIMITS = checks.Limits(least_points=60, max_installment_percent=Decimal(30), max_tenor_months=36)
GOOD = checks.Facts(
    amount=12 * MILLION,
    tenor_months=12,
    installment=MILLION,
    points=80,
    max_limit=12 * MILLION,
    installment_share_percent=Decimal(30),
    data_quality="partial",
    open_critical_warnings=0,
    consent_stands=True,
    days_past_due=0,
)


@pytest.mark.parametrize(
    ("days", "grade", "is_npl"),
    [
        (0, 1, False),
        (1, 2, False),
        (29, 2, False),
        (30, 2, True),
        (90, 2, True),
        (91, 3, True),
        (120, 3, True),
        (121, 4, True),
        (180, 4, True),
        (181, 5, True),
        (9999, 5, True),
    ],
)
def test_collectability_by_days_past_due(days, grade, is_npl):
    assert (collectability.of(days), collectability.is_npl(days)) == (grade, is_npl)


def test_every_day_belongs_to_the_grade_whose_days_hold_it():
    for days in range(400):
        least, most = collectability.days_of(collectability.of(days))
        assert least <= days and (most is None or days <= most)


@pytest.mark.parametrize(
    ("code", "change", "passed", "recommendation"),
    [
        # Each limit itself, and one step beyond.
        (checks.SCORE, {"points": 60}, True, "APPROVE"),
        (checks.SCORE, {"points": 59}, False, "REJECT"),
        (checks.SCORE, {"points": 0}, False, "REJECT"),
        (checks.SCORE, {"points": None}, None, "REVIEW"),
        (checks.AMOUNT, {"max_limit": 12 * MILLION - Decimal("0.01")}, False, "REVIEW"),
        (checks.AMOUNT, {"max_limit": None}, None, "REVIEW"),
        (checks.INSTALLMENT_SHARE, {"installment_share_percent": Decimal("30.1")}, False, "REVIEW"),
        (checks.INSTALLMENT_SHARE, {"installment_share_percent": None}, None, "REVIEW"),
        (checks.TENOR, {"tenor_months": 36}, True, "APPROVE"),
        (checks.TENOR, {"tenor_months": 37}, False, "REVIEW"),
        (checks.DATA_QUALITY, {"data_quality": "insufficient"}, False, "REVIEW"),
        (checks.DATA_QUALITY, {"data_quality": None}, None, "REVIEW"),
        (checks.WARNINGS, {"open_critical_warnings": 1}, False, "REVIEW"),
        (checks.CONSENT, {"consent_stands": False}, False, "REJECT"),
        (checks.ARREARS, {"days_past_due": 1}, False, "REJECT"),
    ],
)
def test_one_check_decides_as_stated(code, change, passed, recommendation):
    found = checks.assess(replace(GOOD, **change), LIMITS)

    others = [check.passed for check in found.checks if check.code != code]
    assert {check.code: check.passed for check in found.checks}[code] is passed
    assert all(others)
    assert found.recommendation == recommendation


def test_all_checks_passed_at_their_limits_recommend_approval():
    found = checks.assess(GOOD, LIMITS)

    assert found.recommendation == checks.APPROVE
    assert [check.code for check in found.checks] == list(checks.CODES)


def test_an_assessment_survives_being_stored():
    found = checks.assess(replace(GOOD, points=None), LIMITS)

    again = checks.Assessment.from_json(found.as_json())

    assert again.recommendation == "REVIEW"
    assert [(check.code, check.passed) for check in again.checks] == [
        (check.code, check.passed) for check in found.checks
    ]
    assert again.as_json() == found.as_json()
    assert checks.Assessment.from_json({}).checks == ()


@pytest.mark.parametrize(
    ("revenue", "longest", "percent", "made"),
    [
        # Within the limits of 8 and 12 million.
        (10, 36, 30, [("8000000", 6), ("10000000", 12), ("12000000", 24)]),
        # A twentieth of the revenue carries less.
        (10, 36, 5, [("2800000", 6), ("5600000", 12), ("10600000", 24)]),
        (10, 3, 30, [("2900000", 1), ("5900000", 2), ("8800000", 3)]),
        (10, 1, 30, [("2900000", 1)]),
        (0, 36, 30, []),
    ],
)
def test_three_offers_within_limits_and_revenue(revenue, longest, percent, made):
    found = offers(
        min_limit=8 * MILLION,
        max_limit=12 * MILLION,
        average_monthly_revenue=revenue * MILLION,
        yearly_rate_percent=Decimal(12),
        method="ANNUITY",
        max_tenor_months=longest,
        max_installment_percent=Decimal(percent),
    )

    assert [(str(offer.amount), offer.tenor_months) for offer in found] == made
    assert all(offer.share_of_revenue_percent <= percent for offer in found)
    assert all(offer.total == offer.amount + offer.total_interest for offer in found)


def test_no_offer_without_limits():
    assert (
        offers(
            min_limit=Decimal(0),
            max_limit=Decimal(0),
            average_monthly_revenue=Decimal(0),
            yearly_rate_percent=Decimal(12),
            method="FLAT",
            max_tenor_months=36,
            max_installment_percent=Decimal(30),
        )
        == ()
    )


def test_every_status_but_the_two_last_has_a_way_on():
    begun = {came_from for came_from, _ in pipeline.MOVES}

    assert begun == set(pipeline.STATUSES) - {pipeline.REJECTED, pipeline.DISBURSED}


def test_every_code_has_its_words():
    assert set(CHECKS) == set(checks.CODES)
    assert set(RECOMMENDATIONS) == {"APPROVE", "REVIEW", "REJECT"}
    assert set(COLLECTABILITY) == {1, 2, 3, 4, 5}
    assert set(REASONS) == {*reasons.APPROVAL, *reasons.REJECTION, reasons.OTHER}
