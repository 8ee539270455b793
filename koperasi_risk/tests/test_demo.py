"""The koperasi of the demo: whole books, made once, in every state that a score may meet."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db.models import F, Sum

from accounts.demo import add_people
from accounts.models import Organisation, User
from core.tenancy import tenant_scope
from koperasi_risk import demo
from koperasi_risk.demo.koperasi import AMANAH, KOPERASI, TRAVELLER
from koperasi_risk.models import (
    Decision,
    DecisionOverride,
    Loan,
    LoanInstallment,
    LoanRepayment,
    Member,
    MemberFacts,
    RiskResult,
    RuleProposal,
    SavingsAccount,
    Tenant,
    TenantMembership,
)
from koperasi_risk.services.savings import rebuild_balances

SEEDED_AT = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
TABLES = (Member, SavingsAccount, Loan, LoanInstallment, LoanRepayment, RiskResult, MemberFacts)


@pytest.fixture
def books_alone(monkeypatch):
    """Leave out the year of rules and scores, which takes its time."""
    monkeypatch.setattr(demo, "live_through", lambda *args, **kwargs: None)


@pytest.fixture
def seed(db, monkeypatch):
    """Seed one small koperasi."""
    monkeypatch.setattr(demo, "KOPERASI", (AMANAH,))
    add_people()

    def run(now=SEEDED_AT) -> int:
        return demo.add_koperasi(now=now)

    return run


def _pk(code: str) -> int:
    return Organisation.objects.get(code=code).pk


def test_the_members_of_each_koperasi_are_in_every_state(seed, books_alone, monkeypatch):
    monkeypatch.setattr(demo, "KOPERASI", KOPERASI)
    assert seed() > 200

    for koperasi in KOPERASI:
        with tenant_scope(_pk(koperasi.code)):
            assert set(Member.objects.values_list("status", flat=True)) == set(Member.Status)
            assert set(Loan.objects.values_list("status", flat=True)) >= {
                *Loan.OPEN, Loan.Status.PENDING, Loan.Status.SETTLED, Loan.Status.WRITTEN_OFF,
            }  # fmt: skip


def test_balances_are_what_was_moved_and_instalments_what_was_allocated(seed, books_alone):
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
    before = _rows(AMANAH)

    assert seed() == 0
    assert _rows(AMANAH) == before


def test_members_go_on_saving_and_paying_as_they_did(seed):
    seed()
    with tenant_scope(_pk(AMANAH.code)):
        before = dict(_classes())
        paid = LoanRepayment.objects.count()

    seed(SEEDED_AT + timedelta(days=40))

    with tenant_scope(_pk(AMANAH.code)):
        tenant = Tenant.objects.get()
        assert LoanRepayment.objects.count() > paid + 20
        assert rebuild_balances(tenant=tenant) == []
        worse = [pk for pk, worst in _classes().items() if worst > before.get(pk, 1)]
        assert len(worse) <= 2
        assert (
            RiskResult.objects.exclude(as_of=tenant.today(SEEDED_AT) + timedelta(days=40)).count()
            <= 1
        )


def _classes() -> dict[int, int]:
    newest = MemberFacts.objects.order_by("member", "-as_of").distinct("member")
    return dict(newest.values_list("member", "collectability"))


def test_rules_results_and_overrides_tell_a_year(seed):
    seed()

    with tenant_scope(_pk(AMANAH.code)):
        assert RuleProposal.objects.filter(state="WAITING").count() == 1
        assert set(DecisionOverride.objects.values_list("state", flat=True)) == {
            "WAITING", "APPROVED", "REJECTED",
        }  # fmt: skip
        assert MemberFacts.objects.values("as_of").distinct().count() == 14
        assert {*RiskResult.objects.values_list("decision", flat=True)} == set(Decision)


def _rows(koperasi) -> list:
    with tenant_scope(_pk(koperasi.code)):
        return [list(table.objects.order_by("pk").values()) for table in TABLES]


def test_one_person_works_for_two_koperasi(seed, books_alone, monkeypatch):
    monkeypatch.setattr(demo, "KOPERASI", KOPERASI)
    seed()

    person = User.objects.get(email=TRAVELLER)
    with tenant_scope(None, person_id=person.pk):
        assert TenantMembership.objects.filter(user=person).count() == 2


def test_everybody_with_a_seat_can_sign_in(db):
    add_people()

    seats = {email for koperasi in KOPERASI for email in koperasi.seats}
    assert User.objects.filter(email__in=seats).count() == len(seats)


def test_nobody_has_a_number_of_identity_that_exists(seed, books_alone):
    seed()

    with tenant_scope(_pk(AMANAH.code)):
        niks = [member.nik for member in Member.objects.all()]
    assert all(len(nik) == 16 and nik.startswith("99") for nik in niks)
    assert len(set(niks)) == len(niks)
