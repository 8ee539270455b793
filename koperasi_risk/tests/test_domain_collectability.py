"""Kolektibilitas in three ways, at every limit; and what a portfolio has at risk."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.dates import add_months
from koperasi_risk.domain import collectability
from koperasi_risk.domain.collectability import PRESETS, _check, of_loan, par30, risk_loan_ratio
from koperasi_risk.tests.books import MILLION, TODAY, installment, ledger, loan, unpaid_since

FAR_AHEAD = installment(date(2030, 1, 1), unpaid=MILLION)
COVERED = 10 * MILLION


def class_of(one, preset, as_of=TODAY):
    return of_loan(one, preset=preset, as_of=as_of)


@pytest.mark.parametrize(
    ("preset", "days", "expected"),
    [
        *[("SLIK", *case) for case in (
            (0, 1), (1, 2), (90, 2), (91, 3), (120, 3), (121, 4), (180, 4), (181, 5), (9999, 5),
        )],
        *[("BPR", *case) for case in (
            (0, 1), (1, 1), (30, 1), (31, 2), (90, 2), (91, 3), (180, 3), (181, 4), (360, 4), (361, 5),
        )],
    ],
)  # fmt: skip
def test_days_past_due_decide_the_class(preset, days, expected):
    assert class_of(loan(unpaid_since(days), FAR_AHEAD), preset) == expected


@pytest.mark.parametrize(
    ("days", "expected"), [(0, 1), (1, 2), (15, 2), (16, 3), (30, 3), (31, 4), (60, 4), (61, 5)]
)
def test_bpr_judges_a_matured_loan_more_strictly(days, expected):
    assert class_of(loan(unpaid_since(days)), "BPR") == expected


def test_the_worse_of_arrears_and_maturity_counts():
    assert class_of(loan(unpaid_since(200), unpaid_since(10)), "BPR") == 4
    assert class_of(loan(unpaid_since(200), unpaid_since(61)), "BPR") == 5


MONTH_END = date(2025, 11, 30)


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (MONTH_END, 1),
        (date(2026, 2, 28), 1),
        (date(2026, 3, 1), 3),
        (date(2026, 5, 30), 3),
        (date(2026, 5, 31), 4),
        (date(2028, 2, 29), 4),
        (date(2028, 3, 1), 5),
    ],
)
def test_the_ministry_counts_months(as_of, expected):
    overdue = loan(installment(MONTH_END, unpaid=MILLION), collateral_value=MILLION)
    assert class_of(overdue, "KEMENKOP", as_of) == expected


@pytest.mark.parametrize(("cover", "expected"), [(750_000, 4), (749_999, 5), (0, 5)])
def test_a_doubtful_debt_is_covered_by_three_quarters(cover, expected):
    overdue = loan(unpaid_since(200), collateral_value=Decimal(cover))
    assert class_of(overdue, "KEMENKOP") == expected


def test_cover_is_measured_against_all_that_is_outstanding():
    overdue = loan(unpaid_since(200), FAR_AHEAD, collateral_value=Decimal(1_499_999))
    assert class_of(overdue, "KEMENKOP") == 5


def test_a_loan_before_a_court_is_lost():
    disputed = loan(FAR_AHEAD, is_in_litigation=True, collateral_value=COVERED)
    assert class_of(disputed, "KEMENKOP") == 5
    assert class_of(disputed, "SLIK") == 1


@pytest.mark.parametrize("preset", PRESETS)
def test_written_off_is_lost_and_nothing_unpaid_is_current(preset):
    assert class_of(loan(unpaid_since(1), status="WRITTEN_OFF"), preset) == 5
    assert class_of(loan(status="WRITTEN_OFF"), preset) == 5
    assert class_of(loan(unpaid_since(400), status="SETTLED"), preset) == 1
    assert class_of(loan(installment(date(2020, 1, 1))), preset) == 1
    assert class_of(loan(), preset) == 1


@pytest.mark.parametrize("preset", PRESETS)
def test_a_restructured_loan_starts_no_new_count(preset):
    changes = {"status": "RESTRUCTURED", "restructured_on": (TODAY,)}
    assert class_of(loan(unpaid_since(400), **changes), preset) == 5


def test_the_days_of_the_example_are_counted():
    january = installment(date(2024, 1, 21), paid_on=date(2024, 1, 21))
    months = [installment(date(2024, month, 21), unpaid=MILLION) for month in (2, 3, 4)]
    one = loan(january, *months)
    assert collectability.days_past_due(one, date(2024, 4, 30)) == 69
    assert class_of(one, "SLIK", date(2024, 4, 30)) == 2


def test_a_member_is_as_good_as_the_worst_loan():
    book = ledger(loan(unpaid_since(10)), loan(unpaid_since(150), id=2))
    assert collectability.of_member(book, preset="SLIK", as_of=TODAY) == 4
    assert collectability.of_member(ledger(), preset="SLIK", as_of=TODAY) == 1


@pytest.mark.parametrize(
    "steps",
    [
        ((30, 1), (30, 2), (None, 3)),
        ((90, 1), (30, 2), (None, 3)),
        ((30, 1), (90, 2)),
        ((30, 1), (None, 2), (None, 3)),
        ((-1, 1), (None, 2)),
        ((0, 2), (30, 1), (None, 3)),
        ((0, 1), (None, 6)),
    ],
)
def test_steps_with_gaps_or_overlaps_are_refused(steps):
    with pytest.raises(ValueError):
        _check(steps)


@pytest.mark.parametrize("preset", ["SLIK", "BPR", "KEMENKOP"])
def test_no_day_makes_a_loan_better(preset):
    one = loan(unpaid_since(0), FAR_AHEAD, collateral_value=COVERED)
    classes = [class_of(one, preset, TODAY + timedelta(days=day)) for day in range(900)]
    assert classes == sorted(classes)
    assert {*classes} >= {1, 3, 4, 5}


def test_outstanding_leaves_out_what_is_closed():
    assert collectability.outstanding(loan(unpaid_since(1), FAR_AHEAD)) == 2 * MILLION
    assert collectability.outstanding(loan(unpaid_since(1), status="WRITTEN_OFF")) == 0
    assert collectability.is_active(loan(FAR_AHEAD))
    assert not collectability.is_active(loan(installment(TODAY)))


@pytest.mark.parametrize(
    ("balances", "percent"),
    [
        ({}, None),
        ({1: Decimal(0)}, None),
        ({1: Decimal(50), 2: Decimal(50)}, 0),
        ({3: Decimal(100)}, 50),
        ({4: Decimal(100)}, 75),
        ({5: Decimal(100)}, 100),
        ({1: Decimal(60), 3: Decimal(20), 4: Decimal(10), 5: Decimal(10)}, Decimal("27.5")),
    ],
)
def test_risk_loans_are_weighted_by_class(balances, percent):
    assert risk_loan_ratio(balances) == percent


def test_par30_is_beyond_thirty_days():
    assert par30([]) is None
    assert par30([(30, MILLION)]) == 0
    assert par30([(31, MILLION), (0, 3 * MILLION)]) == 25


def test_three_months_after_the_last_of_november_is_the_last_of_february():
    assert add_months(MONTH_END, 3) == date(2026, 2, 28)
