"""The koperasi of the demo: whole books, made once, in every state that a score may meet."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db.models import F, Sum

from accounts.demo import add_people
from accounts.models import Organisation, User
from core.tenancy import tenant_scope
from koperasi_risk import demo
from koperasi_risk.demo.koperasi import AMANAH, KOPERASI, TANI, TRAVELLER
from koperasi_risk.models import (
    Loan,
    LoanInstallment,
    LoanRepayment,
    Member,
    SavingsAccount,
    TenantMembership,
)

SEEDED_AT = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
TABLES = (Member, SavingsAccount, Loan, LoanInstallment, LoanRepayment)


@pytest.fixture
def seed(db, monkeypatch):
    """Seed the two small koperasi."""
    monkeypatch.setattr(demo, "KOPERASI", (AMANAH, TANI))
    add_people()

    def run(now=SEEDED_AT) -> int:
        return demo.add_koperasi(now=now)

    return run


def _pk(code: str) -> int:
    return Organisation.objects.get(code=code).pk


def test_the_members_of_each_koperasi_are_in_every_state(seed):
    assert seed() > 90

    for koperasi in (AMANAH, TANI):
        with tenant_scope(_pk(koperasi.code)):
            assert set(Member.objects.values_list("status", flat=True)) == set(Member.Status)
            assert set(Loan.objects.values_list("status", flat=True)) >= {
                *Loan.OPEN, Loan.Status.PENDING, Loan.Status.SETTLED, Loan.Status.WRITTEN_OFF,
            }  # fmt: skip


def test_balances_are_what_was_moved_and_instalments_what_was_allocated(seed):
    seed()

    with tenant_scope(_pk(AMANAH.code)):
        paid = LoanInstallment.objects.annotate(
            paid=F("principal_paid") + F("interest_paid") + F("penalty_paid")
        ).aggregate(total=Sum("paid"))["total"]
        assert paid == LoanRepayment.objects.aggregate(total=Sum("amount"))["total"]
        assert not SavingsAccount.objects.filter(balance__lt=0).exists()
        assert Loan.objects.aggregate(least=Sum("principal"))["least"] > Decimal(100_000_000)


def test_seeding_again_adds_nothing(seed):
    seed()
    before = {koperasi.code: _rows(koperasi) for koperasi in (AMANAH, TANI)}

    assert seed() == 0
    assert {koperasi.code: _rows(koperasi) for koperasi in (AMANAH, TANI)} == before


def _rows(koperasi) -> list:
    with tenant_scope(_pk(koperasi.code)):
        return [list(table.objects.order_by("pk").values()) for table in TABLES]


def test_one_person_works_for_two_koperasi(db):
    add_people()
    demo.add_koperasi(now=SEEDED_AT)

    person = User.objects.get(email=TRAVELLER)
    with tenant_scope(None, person_id=person.pk):
        assert TenantMembership.objects.filter(user=person).count() == 2


def test_everybody_with_a_seat_can_sign_in(db):
    add_people()

    seats = {email for koperasi in KOPERASI for email in koperasi.seats}
    assert User.objects.filter(email__in=seats).count() == len(seats)


def test_nobody_has_a_number_of_identity_that_exists(seed):
    seed()

    with tenant_scope(_pk(TANI.code)):
        niks = [member.nik for member in Member.objects.all()]
    assert all(len(nik) == 16 and nik.startswith("99") for nik in niks)
    assert len(set(niks)) == len(niks)
