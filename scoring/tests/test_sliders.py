from decimal import Decimal

import pytest
from django.utils import timezone

from scoring.services.scores import recalculate
from scoring.sliders import Rail, place, read, suppose, within
from scoring.tests.factories import daily_sales
from scoring.tests.test_domain_scorecard import some_measurements

NUMBERS = {"low": Decimal(0), "high": Decimal(10), "step": Decimal("0.5"), "unit": ""}
REFUND = Rail("refund", "Refunds", "refund_percent", words=str, **NUMBERS)
SETTLED = Rail("cair", "Days", "settlement_days", words=str, otherwise=Decimal(3), **NUMBERS)


@pytest.mark.parametrize(
    ("refund", "text", "moved_to", "written_exactly"),
    [
        ("2.3", None, None, "2.3"),
        # At rest: the nearest step, which is what the form sends of an untouched slider.
        ("2.3", "2.5", None, "2.3"),
        ("2.25", "2.5", None, "2.25"),
        ("2.3", "2.0", "2", "2.0"),
        ("2.3", "0", "0", "0"),
        ("2.3", "10", "10", "10"),
        # What no slider sends.
        ("2.3", "10.5", None, "2.3"),
        ("2.3", "-0.5", None, "2.3"),
        ("2.3", "NaN", None, "2.3"),
        ("2.3", "x", None, "2.3"),
        # Beyond its rail a shop may go on, to twice its figure, but never to more than all sales.
        ("12", "24", "24", "24"),
        ("12", "24.5", None, "12"),
        ("60", "100", "100", "100"),
        ("60", "100.5", None, "60"),
        # Not measured: it stands where the rail says.
        (None, None, None, "0.0"),
        (None, "1", "1", "1"),
    ],
)
def test_a_slider_moves_within_its_ends(refund, text, moved_to, written_exactly):
    measured = some_measurements(refund_percent=refund and Decimal(refund))

    slider = place(REFUND, measured, text)

    assert slider.moved_to == (moved_to and Decimal(moved_to))
    assert slider.written_exactly == written_exactly


def test_a_slider_that_was_not_measured_begins_where_its_rail_says():
    slider = place(SETTLED, some_measurements(settlement_days=None), None)

    assert (slider.value, slider.measured, slider.is_moved) == (3, None, False)


@pytest.mark.parametrize(
    ("text", "number"), [("5", 5), ("99", 10), ("-1", 0), ("Infinity", None), ("", None)]
)
def test_a_number_is_read_as_far_as_it_may_go(text, number):
    assert within(read(text), Decimal(0), Decimal(10)) == number


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "revenue", "is_changed"),
    [({}, 0, False), ({"refund": "10"}, 0, True), ({}, 20, True), ({"other": "5"}, 0, False)],
)
def test_only_what_was_moved_changes_the_card(warung, typed, revenue, is_changed):
    now = timezone.now()
    daily_sales(warung, days=70, now=now, amount=500_000)
    score = recalculate(merchant=warung, now=now)

    supposed = suppose(score, typed, rails=[REFUND], revenue_percent=Decimal(revenue))

    assert supposed.is_changed is is_changed
    assert (supposed.difference < 0) is ("refund" in typed)
    assert (supposed.card.estimated_max_limit > score.max_limit) is (revenue > 0)
