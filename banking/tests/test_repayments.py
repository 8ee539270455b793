"""Money that comes back: which instalments it pays, once, and how loans stand by it."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Organisation, Role
from banking.domain.collectability import days_of
from banking.models import Installment, LoanApplication, Repayment
from banking.selectors.loans import assessment_for, loan_book, loan_standing, portfolio, terms_of
from banking.services.lending import InvalidFigure
from banking.services.loans import record_repayment
from banking.services.repayments import (
    ExceedsOutstanding,
    InvalidPaymentDay,
    InvalidReference,
    NotDisbursed,
    ReferenceTaken,
)
from banking.tests.loans import MILLION, a_person, a_score, an_application, at_status
from core.dates import business_day
from core.errors import InvalidCursor, Refusal
from core.models import AuditEntry
from core.tests.hands import side_by_side


@pytest.fixture
def maya(bank):
    return a_person(bank, Role.BANK_APPROVER, "Maya")


@pytest.fixture
def lend(budi, maya, warung):
    """Return a function that pays a loan out: 3 million over three months, 1% a month flat."""
    a_score(warung, as_of=timezone.now() - timedelta(days=900))

    def loan(**details) -> LoanApplication:
        wanted = {
            "amount": 3 * MILLION,
            "tenor_months": 3,
            "yearly_rate_percent": Decimal(12),
            "method": "FLAT",
        } | details
        return at_status("DISBURSED", officer=budi, approver=maya, merchant=warung, **wanted)

    return loan


def _pay(loan, by, amount, reference="TRF-1", **details):
    wanted = {"paid_on": business_day(timezone.now()), "now": timezone.now()} | details
    return record_repayment(
        code=loan.code, reference=reference, amount=Decimal(amount), by=by, **wanted
    )


def _lines(loan) -> list[tuple[int, bool]]:
    lines = loan.installments.order_by("number")
    return [(int(line.paid_amount), line.paid_on is not None) for line in lines]


def test_the_oldest_instalments_are_paid_first(lend, budi):
    loan = lend()

    _pay(loan, budi, 1_040_000)

    assert _lines(loan) == [(1_030_000, True), (10_000, False), (0, False)]
    _pay(loan, budi, 1_020_000, reference="TRF-2")
    assert _lines(loan) == [(1_030_000, True), (1_030_000, True), (0, False)]
    entry = AuditEntry.objects.filter(action="loan.repayment_recorded").latest("pk")
    assert (entry.subject_code, entry.detail["amount"]) == (loan.code, "1020000.00")


def test_interest_is_paid_before_principal(lend, budi):
    loan = lend()
    today = business_day(timezone.now())

    _pay(loan, budi, 20_000)
    assert loan_standing(loan, today=today).outstanding_principal == 3 * MILLION
    _pay(loan, budi, 20_000, reference="TRF-2")

    standing = loan_standing(loan, today=today)
    assert standing.outstanding_principal == 3 * MILLION - 10_000
    assert (standing.paid, standing.remaining) == (40_000, 3_050_000)


def test_a_loan_is_repaid_with_its_last_sen(lend, budi):
    loan = lend()

    _pay(loan, budi, "3089999.99")
    loan.refresh_from_db()
    assert loan.repaid_at is None
    _pay(loan, budi, "0.01", reference="TRF-2")

    loan.refresh_from_db()
    assert loan.repaid_at
    assert loan_book(budi, today=business_day(timezone.now())) == []


def test_the_same_reference_again_changes_nothing(lend, budi):
    loan = lend()
    first = _pay(loan, budi, 5)

    assert _pay(loan, budi, 5) == first
    with pytest.raises(ReferenceTaken):
        _pay(loan, budi, 6)
    assert Repayment.objects.count() == 1
    assert _lines(loan)[0] == (5, False)
    assert _pay(lend(), budi, 6).amount == 6


@pytest.mark.parametrize(
    ("details", "refusal"),
    [
        ({"amount": "3090000.01"}, ExceedsOutstanding),
        ({"amount": 0}, InvalidFigure),
        ({"amount": "-1"}, InvalidFigure),
        ({"amount": "0.001"}, InvalidFigure),
        ({"amount": "NaN"}, InvalidFigure),
        ({"amount": 1, "reference": " "}, InvalidReference),
        ({"amount": 1, "reference": "x" * 65}, InvalidFigure),
        ({"amount": 1, "paid_on": date(2020, 1, 1)}, InvalidPaymentDay),
        ({"amount": 1, "paid_on": date(2999, 1, 1)}, InvalidPaymentDay),
    ],
)
def test_refuses_what_is_no_repayment(lend, budi, details, refusal):
    loan = lend()

    with pytest.raises(refusal):
        _pay(loan, budi, **details)
    assert not Repayment.objects.exists()
    assert _lines(loan) == [(0, False)] * 3


def test_only_a_loan_that_was_paid_out_is_paid_back(budi, warung):
    with pytest.raises(NotDisbursed):
        _pay(an_application(budi, warung), budi, 1)


def test_a_debt_is_paid_back_after_the_consent_ended(lend, budi):
    loan = lend()
    loan.merchant.consents.update(withdrawn_at=timezone.now())

    assert _pay(loan, budi, 1).amount == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_payment_at_once_counts_once(lend, budi):
    loan = lend()

    answers = side_by_side(12, lambda _: _pay(loan, budi, 1000).pk)

    assert len(set(answers)) == 1
    assert _lines(loan)[0] == (1000, False)


@pytest.mark.django_db(transaction=True)
def test_payments_at_once_never_exceed_what_is_owed(lend, budi):
    loan = lend()

    def pay(number: int) -> str:
        try:
            _pay(loan, budi, MILLION, reference=f"TRF-{number}")
            return "paid"
        except Refusal as refusal:
            return refusal.code

    answers = side_by_side(10, pay)

    assert answers.count("paid") == 3
    assert answers.count("exceeds_outstanding") == 7
    assert sum(line.paid_amount for line in Installment.objects.all()) == 3 * MILLION


# ── How loans stand ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("days_late", [0, 1, 30, 90, 91, 120, 121, 180, 181])
def test_a_loan_stands_by_its_oldest_unpaid_instalment(lend, budi, days_late):
    loan = lend(now=timezone.now() - timedelta(days=200))
    oldest = loan.installments.order_by("number").first().due_date
    today = oldest + timedelta(days=days_late)

    (standing,) = loan_book(budi, today=today)

    assert standing.days_past_due == days_late
    least, most = days_of(standing.collectability)
    assert least <= days_late and (most is None or days_late <= most)
    fallen_due = loan.installments.filter(due_date__lt=today).count()
    assert standing.overdue == 1_030_000 * fallen_due
    assert standing.due == 1_030_000 * loan.installments.filter(due_date__lte=today).count()
    assert loan_book(budi, today=today, grade=standing.collectability)
    for other in {1, 2, 3, 4, 5} - {standing.collectability}:
        assert not loan_book(budi, today=today, grade=other)


def test_the_book_shows_a_banks_own_loans_in_two_queries(lend, budi, django_assert_num_queries):
    late = lend(now=timezone.now() - timedelta(days=80))
    new = lend()
    other = Organisation.objects.create(code="BNI", name="PT Bank BNI", kind="BANK")

    with django_assert_num_queries(2):
        book = loan_book(budi, today=business_day(timezone.now()))

    assert [standing.application for standing in book] == [late, new]
    assert book[0].application.merchant.company_name == "Warung Sari"
    assert loan_book(a_person(other), today=business_day(timezone.now())) == []


def test_pages_of_the_book_hold_each_loan_once_whoever_pays_meanwhile(lend, budi):
    now = timezone.now()
    # Two of the same day, two that are late by as much, and one that is not late at all.
    loans = [lend(now=now - timedelta(days=days)) for days in (100, 100, 65, 65, 1)]
    today = business_day(now)

    whole = loan_book(budi, today=today)
    pages, cursor = [], None
    while page := loan_book(budi, today=today, limit=2, cursor=cursor):
        pages += [standing.application for standing in page]
        cursor = page[-1].cursor
        _pay(page[-1].application, budi, page[-1].remaining)

    assert pages == [standing.application for standing in whole]
    assert pages[:2] == [loans[1], loans[0]] and pages[-1] == loans[4]


@pytest.mark.parametrize("cursor", ["x", "1.LA-NOWHERE", "9" * 9 + ".{loan}", "-1.{loan}", "²."])
def test_a_cursor_of_the_book_that_is_none_is_refused(lend, budi, cursor):
    loan = lend()

    with pytest.raises(InvalidCursor):
        loan_book(budi, today=business_day(timezone.now()), cursor=cursor.format(loan=loan.code))


def test_the_portfolio_counts_what_is_thirty_days_late(lend, budi, django_assert_num_queries):
    late, fine = lend(now=timezone.now() - timedelta(days=65)), lend(amount=9 * MILLION)
    _pay(late, budi, 1)

    with django_assert_num_queries(1):
        figures = portfolio(budi, today=business_day(timezone.now()))

    assert (figures.loans, figures.outstanding_principal) == (2, 12 * MILLION)
    assert figures.npl_percent == 25
    assert figures.by_collectability == {1: 1, 2: 1, 3: 0, 4: 0, 5: 0}
    assert fine.repaid_at is None


def test_arrears_at_the_same_bank_count_against_a_new_loan(lend, warung, bank):
    lend(now=timezone.now() - timedelta(days=80))
    asked = {
        "amount": MILLION,
        "tenor_months": 12,
        "yearly_rate_percent": Decimal(12),
        "method": "FLAT",
        "now": timezone.now(),
    }
    other = Organisation.objects.create(code="BNI", name="PT Bank BNI", kind="BANK")

    here = assessment_for(warung, terms=terms_of(bank), **asked)
    there = assessment_for(warung, terms=terms_of(other), **asked)

    assert (here.recommendation, there.recommendation) == ("REJECT", "APPROVE")


def test_the_instalments_of_a_loan_paid_out_late_in_the_evening_follow_jakartas_day(lend):
    paid_out = datetime.fromisoformat("2026-01-30T18:30:00+00:00")  # The 31st in Jakarta.

    loan = lend(now=paid_out)

    days = loan.installments.order_by("number").values_list("due_date", flat=True)
    assert list(days) == [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]
