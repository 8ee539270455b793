"""The first page of a bank's people."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Role, User
from banking.models import Installment, LoanApplication, Repayment
from banking.selectors.home import home_figures, score_changes, tasks
from banking.selectors.loans import portfolio
from banking.tests.shops import a_loan, a_score, a_warning, some_shops
from core.dates import business_day

Status = LoanApplication.Status
NOW = timezone.now()


@pytest.fixture
def page(client, budi):
    """Return a function that opens Budi's home and returns its text."""
    client.force_login(budi)
    return lambda **headers: client.get("/portal/", headers=headers).content.decode()


@pytest.fixture
def tuti(bank) -> User:
    """Decides at Budi's bank."""
    return User.objects.create(
        email="tuti@bank.example", full_name="Tuti", role=Role.BANK_APPROVER, organisation=bank
    )


def test_a_day_without_tasks_says_so(page):
    text = page()

    assert "Tidak ada tugas. Kerja bagus." in text
    assert "Pengajuan menunggu keputusan" in text


def test_the_tiles_alone_come_back_to_htmx(page):
    text = page(**{"HX-Request": "true"})

    assert 'id="tiles"' in text
    assert "<h1>" not in text


def test_the_approver_sees_what_waits_for_them_and_not_what_they_submitted(budi, tuti, warung):
    asked = a_loan(warung, by=budi, status=Status.SUBMITTED, submitted_at=NOW - timedelta(days=1))
    a_loan(warung, by=tuti, status=Status.SUBMITTED, submitted_at=NOW - timedelta(days=1))

    assert [task.application for task in tasks(tuti, now=NOW)] == [asked]
    assert home_figures(tuti, now=NOW).waiting.value == 1
    assert home_figures(budi, now=NOW).waiting.value == 2
    assert home_figures(budi, now=NOW).waiting.change == 2


def test_tasks_come_by_urgency(budi, warung):
    draft = a_loan(warung, by=budi)
    late = a_loan(
        warung,
        by=budi,
        status=Status.SUBMITTED,
        submitted_at=NOW - timedelta(days=4),
        due_at=NOW - timedelta(days=1),
    )
    grave = a_warning(warung, severity="CRITICAL")

    found = tasks(budi, now=NOW)

    assert [task.kind for task in found] == ["OVERDUE", "WARNING", "DRAFT"]
    assert (found[0].application, found[1].warning, found[2].application) == (late, grave, draft)


def test_a_merchant_that_withdrew_raises_no_task(budi, warung):
    a_loan(warung, by=budi, status=Status.APPROVED)
    a_warning(warung, severity="CRITICAL")
    warung.consents.update(withdrawn_at=NOW)

    assert tasks(budi, now=NOW) == []
    assert home_figures(budi, now=NOW).warnings.value == 0


def test_outstanding_and_npl_are_those_of_the_loan_book(budi, warung):
    today = business_day(NOW)
    loan = a_loan(warung, by=budi, status=Status.DISBURSED, disbursed_at=NOW - timedelta(days=70))
    for number, days in enumerate((-40, -10, 20), start=1):
        Installment.objects.create(
            application=loan,
            number=number,
            due_date=today + timedelta(days=days),
            principal=1_000_000,
            interest=100_000,
        )
    Repayment.objects.create(
        application=loan,
        reference="1",
        amount=600_000,
        paid_on=today - timedelta(days=3),
        recorded_by=budi,
        recorded_at=NOW,
    )
    loan.installments.filter(number=1).update(paid_amount=600_000)

    figures, book = home_figures(budi, now=NOW), portfolio(budi, today=today)

    assert figures.outstanding.value == book.outstanding_principal == Decimal(2_500_000)
    assert figures.npl_percent.value == book.npl_percent == 100
    assert figures.outstanding.change == -500_000
    assert figures.outstanding.weeks[-3] == 3_000_000


def test_big_changes_name_what_moved_the_score(budi, warung, kios):
    a_score(warung, 80, at=NOW - timedelta(days=10), refund_points=90)
    a_score(warung, 60, at=NOW, refund_points=10)
    a_score(kios, 60, at=NOW - timedelta(days=10))
    a_score(kios, 69, at=NOW)

    rises, falls = score_changes(budi, now=NOW)

    assert rises == []
    assert [(each.code, each.change, each.reason["code"]) for each in falls] == [
        (warung.code, -20, "refund_high")
    ]


def test_the_page_asks_the_same_few_questions_however_many_merchants(
    page, budi, django_assert_max_num_queries
):
    for shop in some_shops(12):
        a_score(shop, 80, at=NOW - timedelta(days=10))
        a_score(shop, 60, at=NOW)
        a_loan(shop, by=budi)
        a_warning(shop, severity="CRITICAL")

    with django_assert_max_num_queries(16):
        page()
