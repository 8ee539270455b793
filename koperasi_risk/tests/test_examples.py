"""The five worked examples, from rows of the books over HTTP to what is stored, under the starter rules."""

from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest

from core.dates import add_months
from koperasi_risk.models import (
    Collateral,
    Loan,
    LoanInstallment,
    Member,
    MemberDocument,
    RiskAssessment,
)
from koperasi_risk.services.replay import differences_in
from koperasi_risk.services.rulesets import install_starter_rules
from koperasi_risk.services.settings import save_settings
from koperasi_risk.tests.factories import (
    NOON,
    TODAY,
    a_loan,
    a_member,
    a_movement,
    an_account,
    an_installment,
)

DPD = "Hari tunggakan terlama: {} hari melebihi batas 30 hari (-15 poin, tinjau manual)"
NOT_KEPT = "Tidak ada aturan risiko yang dilanggar (11 aturan diperiksa)"
YOUNG = "Lama keanggotaan: {} bulan di bawah batas 6 bulan (-10 poin, tinjau manual)"


@pytest.fixture(autouse=True)
def starters(mekar, wayan, monkeypatch):
    clock = SimpleNamespace(now=lambda: NOON)
    monkeypatch.setattr("koperasi_risk.api.views.timezone", clock)
    save_settings(tenant=mekar, by=wayan, now=NOON, mandatory_savings_amount=Decimal(10_000))
    mekar.refresh_from_db()
    install_starter_rules(tenant=mekar, by=wayan, now=NOON)


def somebody(tenant, *, joined: date, mandatory: int, voluntary: int = 0, income=None) -> Member:
    """A member with both documents and savings; an income is of this year."""
    member = a_member(
        tenant, joined_on=joined, monthly_income=income, income_verified_on=income and TODAY
    )
    a_movement(an_account(member, "MANDATORY"), mandatory, on=joined)
    if voluntary:
        a_movement(an_account(member, "VOLUNTARY"), voluntary, on=joined)
    for kind in ("KTP", "KK"):
        MemberDocument.objects.create(tenant=tenant, member=member, kind=kind, verified_on=joined)
    return member


def lend(member, *, paid=0, first=None, late=0, ahead=(), worth=0, **changes) -> Loan:
    """A loan whose first instalments, `late` of them ten days late, were paid; `ahead` are not."""
    loan = a_loan(member, **({"disbursed_on": date(2025, 2, 20)} | changes))
    for number in range(paid):
        due = add_months(first, number)
        done = due + timedelta(days=10 if number < late else 0)
        an_installment(
            loan, number + 1, due, principal_paid=1_000_000, interest_paid=100_000,
            paid_in_full_on=done,
        )  # fmt: skip
    for number, (due, amount) in enumerate(ahead, paid + 1):
        an_installment(loan, number, due, principal_due=amount, interest_due=0)
    if worth:
        Collateral.objects.create(
            tenant_id=loan.tenant_id, loan=loan, kind="BPKB", appraised_value=worth
        )
    return loan


def of_forty_months(tenant, **changes) -> Member:
    """Of 20 instalments due in a year one was late; 5 million of income bear 1.4 million."""
    details = {"joined": date(2022, 11, 1), "mandatory": 400_000, "voluntary": 580_000}
    member = somebody(tenant, **(details | {"income": 5_000_000} | changes))
    lend(
        member, paid=10, first=date(2025, 3, 25), late=1, status="SETTLED",
        closed_on=date(2025, 12, 25),
    )  # fmt: skip
    ahead = ((date(2026, 3, 25), 1_400_000), (date(2026, 4, 25), 1_400_000))
    lend(member, paid=10, first=date(2025, 4, 25), ahead=ahead, worth=2_520_000)
    return member


def in_good_order(tenant):
    return of_forty_months(tenant)


def young_and_stretched(tenant):
    details = {"mandatory": 30_000, "voluntary": 486_000, "income": 5_000_000}
    member = somebody(tenant, joined=date(2025, 11, 1), **details)
    days = (TODAY - timedelta(days=45), date(2026, 3, 16), date(2026, 4, 16))
    lend(member, ahead=[(day, 1_100_000) for day in days], worth=3_440_000)
    lend(member, paid=9, first=date(2025, 6, 20), ahead=[(date(2026, 3, 20), 1_000_000)])
    return member


def long_overdue(tenant):
    member = of_forty_months(tenant)
    oldest = LoanInstallment.objects.of(tenant).filter(paid_in_full_on=None).earliest("due_date")
    oldest.due_date = TODAY - timedelta(days=95)
    oldest.save()
    return member


def of_unknown_income(tenant):
    return of_forty_months(tenant, income=None)


def new_without_a_loan(tenant):
    return somebody(tenant, joined=date(2026, 1, 2), mandatory=20_000)


EXAMPLES = {
    in_good_order: (100, "approve", [NOT_KEPT]),
    young_and_stretched: (
        45,
        "manual_review",
        [
            DPD.format(45),
            "Rasio angsuran terhadap pendapatan: 42% melebihi batas 35% (-15 poin, tinjau manual)",
            "Rasio simpanan terhadap pinjaman: 12% di bawah batas 20% (-10 poin, tinjau manual)",
            YOUNG.format(4),
            "Pinjaman aktif: 2 pinjaman melebihi batas 1 pinjaman (-5 poin, setujui)",
        ],
    ),
    long_overdue: (
        65,
        "auto-reject",
        [
            "Kolektibilitas terburuk: Kol-3 melebihi batas Kol-2 (-20 poin, tolak)",
            DPD.format(95),
        ],
    ),
    of_unknown_income: (
        100,
        "manual_review",
        [
            "Rasio angsuran terhadap pendapatan: data pendapatan belum tersedia, perlu tinjauan manual"
        ],
    ),
    new_without_a_loan: (90, "manual_review", [YOUNG.format(2)]),
}


@pytest.mark.parametrize("prefix", ["/koperasi/risk/", "/api/koperasi/risk/"])
@pytest.mark.parametrize("example", EXAMPLES)
def test_a_worked_example_is_scored_from_the_books(engine, mekar, example, prefix):
    member = example(mekar)

    answer = engine.post("score", {"member_id": member.pk}, prefix=prefix)

    body = answer.json()
    assert (body["score"], body["decision"], body["reasons"]) == EXAMPLES[example]
    assert engine.get(f"result/{member.pk}", prefix=prefix).content == answer.content


def test_bands_reject_the_second_and_what_was_stored_before_is_replayed(engine, mekar, wayan):
    member = young_and_stretched(mekar)
    engine.post("score", {"member_id": member.pk})

    save_settings(tenant=mekar, by=wayan, now=NOON, use_score_bands=True)

    body = engine.post("score", {"member_id": member.pk}).json()
    assert (body["score"], body["decision"]) == (45, "auto-reject")
    stored = RiskAssessment.objects.of(mekar).order_by("pk")
    assert [row.decision for row in stored] == ["MANUAL_REVIEW", "AUTO_REJECT"]
    assert list(differences_in(stored)) == []
