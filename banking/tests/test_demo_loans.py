"""The demo's loans: every state, made by the banks' own people, and the same when seeded again."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from accounts.demo import add_people
from accounts.models import User
from banking.demo import STORIES, add_loans
from banking.domain.pipeline import STATUSES
from banking.models import LoanApplication, LoanTerms, LoanTransition, Repayment
from banking.selectors.loans import loan_book
from banking.tests.loans import MILLION, a_score
from core.dates import business_day
from merchants.demo import add_shops
from merchants.models import Merchant

POINTS = {"MRC-DEMO-A": 88, "MRC-DEMO-B": 68, "MRC-DEMO-C": 45}


@pytest.fixture
def now(db):
    now = timezone.now()
    add_people()
    for shop in add_shops(joined_at=now - timedelta(days=180)):
        a_score(
            shop,
            points=POINTS[shop.code],
            as_of=now - timedelta(days=150),
            max_limit=40 * MILLION,
        )
    return now


def test_the_first_bank_has_an_application_in_every_state(now):
    added = add_loans(now=now)

    states = LoanApplication.objects.filter(bank__code="BCA").values_list("status", flat=True)
    assert added == len(STORIES) == LoanApplication.objects.count()
    assert set(states) == set(STATUSES)
    assert LoanTerms.objects.count() == 3
    assert not LoanApplication.objects.filter(decided_by=F("made_by")).exists()
    assert not LoanTransition.objects.filter(at__gt=now).exists()


def test_one_loan_is_paid_on_time_one_is_late_one_repaid_whenever_one_looks(now):
    officer_of = {"email": "bank1@bca.com"}

    for days_later in (0, 7, 20, 33, 60):
        later = now + timedelta(days=days_later)
        add_loans(now=later)

        book = loan_book(User.objects.get(**officer_of), today=business_day(later))
        grades = {standing.application.code: standing.collectability for standing in book}
        assert grades == {"LA-DEMO-BCA-2": 1, "LA-DEMO-BCA-3": 2}
    assert LoanApplication.objects.get(code="LA-DEMO-BCA-1").repaid_at < now


def test_seeded_again_the_loans_stay_as_people_left_them(now):
    add_loans(now=now)
    LoanApplication.objects.filter(code="LA-DEMO-BCA-8").update(purpose="Diubah orang")
    before = list(LoanApplication.objects.order_by("pk").values())
    repaid = Repayment.objects.count()

    assert add_loans(now=now) == 0

    assert list(LoanApplication.objects.order_by("pk").values()) == before
    assert Repayment.objects.count() == repaid


def test_a_shop_that_took_its_consent_back_gets_no_loans(now):
    shop = Merchant.objects.get(code="MRC-DEMO-C")
    shop.consents.update(withdrawn_at=now)

    add_loans(now=now)

    assert not shop.loan_applications.exists()
    assert LoanApplication.objects.count() == len(STORIES) - 4
