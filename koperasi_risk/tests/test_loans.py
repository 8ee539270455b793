from contextlib import suppress
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from django.db.models import Sum

from accounts.tests.people import at_once
from core.errors import Refusal
from core.tenancy import tenant_scope
from koperasi_risk.models import Loan, LoanInstallment, LoanRepayment, RepaymentAllocation
from koperasi_risk.services import loans, repayments
from koperasi_risk.services.loans import LoanTerms
from koperasi_risk.services.savings import ReferenceTaken
from koperasi_risk.tests.factories import NOON, TODAY, a_koperasi, a_loan, a_member, an_installment

TERMS = LoanTerms(principal=Decimal(12_000_000), tenor_months=12, rate_percent=Decimal(12))
PAID_OUT = date(2025, 11, 3)


def lend(tenant, member, by, number="P-1") -> Loan:
    step = {"tenant": tenant, "by": by, "now": NOON}
    loan = loans.add_loan(
        member_id=member.pk, number=number, terms=TERMS, applied_on=PAID_OUT, **step
    )
    loans.decide_loan(loan_id=loan.pk, approve=True, on=PAID_OUT, **step)
    return loans.disburse_loan(loan_id=loan.pk, on=PAID_OUT, **step)


@pytest.fixture
def loan(mekar, wayan):
    """Twelve instalments of Rp 1.120.000, three of which are due."""
    return lend(mekar, a_member(mekar), wayan)


@pytest.fixture
def pay(mekar, wayan, loan):
    def run(amount, reference="B-1", paid_on=TODAY, **changes) -> LoanRepayment:
        details = {"tenant": mekar, "loan_id": loan.pk, "by": wayan, "now": NOON}
        return repayments.record_repayment(
            amount=Decimal(amount), reference=reference, paid_on=paid_on, **(details | changes)
        )

    return run


@pytest.mark.parametrize(
    ("status", "changes", "field"),
    [
        ("LEFT", {}, "member"),
        ("ACTIVE", {"rate_percent": Decimal(1001)}, "rate_percent"),
        ("ACTIVE", {"principal": Decimal(0)}, "principal"),
    ],
)
def test_a_loan_that_cannot_be_is_refused(mekar, wayan, status, changes, field):
    member = a_member(mekar, status=status)

    with pytest.raises(loans.InvalidLoan) as refusal:
        loans.add_loan(
            tenant=mekar,
            member_id=member.pk,
            number="P-1",
            terms=replace(TERMS, **changes),
            applied_on=PAID_OUT,
            by=wayan,
            now=NOON,
        )

    assert [*refusal.value.fields] == [field]
    assert not Loan.objects.exists()


def lines(loan) -> list[LoanInstallment]:
    return list(LoanInstallment.objects.filter(loan=loan).order_by("number"))


def test_a_loan_that_is_paid_out_has_its_instalments(loan):
    rows = lines(loan)

    assert (len(rows), rows[0].due_date, rows[-1].due_date) == (
        12, date(2025, 12, 3), date(2026, 11, 3),
    )  # fmt: skip
    assert sum(row.principal_due for row in rows) == 12_000_000
    assert rows[0].interest_due == 120_000


def test_steps_come_in_order_and_each_once(mekar, wayan, loan):
    step = {"tenant": mekar, "loan_id": loan.pk, "by": wayan, "now": NOON}
    loans.disburse_loan(on=PAID_OUT, **step)

    assert len(lines(loan)) == 12
    with pytest.raises(loans.ImpossibleLoanStep):
        loans.decide_loan(approve=False, on=TODAY, **step)
    with pytest.raises(loans.LoanNumberTaken):
        lend(mekar, loan.member, wayan)


def test_partial_payments_add_up(loan, pay):
    pay(500_000)
    assert lines(loan)[0].paid_in_full_on is None
    pay(620_000, "B-2", TODAY)

    first, second, *_ = lines(loan)
    assert (first.principal_paid, first.interest_paid) == (1_000_000, 120_000)
    assert first.paid_in_full_on == TODAY
    assert (second.principal_paid, second.interest_paid) == (0, 0)


def test_a_penalty_is_paid_first_and_does_not_make_the_instalment_late(loan, pay):
    LoanInstallment.objects.filter(loan=loan, number=1).update(penalty_due=11_200)
    pay(1_131_200)
    LoanInstallment.objects.filter(loan=loan, number=1).update(penalty_due=20_000)
    pay(8_800, "B-2", TODAY)

    first = lines(loan)[0]
    assert (first.penalty_paid, first.paid_in_full_on) == (20_000, TODAY)


def test_the_same_reference_is_one_repayment(loan, pay):
    first = pay(500_000)

    assert pay(500_000) == first
    assert lines(loan)[0].interest_paid + lines(loan)[0].principal_paid == 500_000
    with pytest.raises(ReferenceTaken):
        pay(1)


def test_more_than_is_owed_is_refused_and_says_what_is(loan, pay):
    with pytest.raises(repayments.ExceedsDebt) as refused:
        pay(13_440_000 + 1)

    assert refused.value.owed == 13_440_000
    assert not LoanRepayment.objects.exists()


def test_a_loan_that_is_paid_back_is_settled_as_bad_as_it_was(loan, pay):
    pay(13_440_000)

    loan.refresh_from_db()
    # 89 days past due until then: two by SLIK.
    assert (loan.status, loan.closed_on, loan.closed_collectability) == ("SETTLED", TODAY, 2)
    with pytest.raises(repayments.NotDisbursed):
        pay(1, "B-2")


def test_a_repayment_is_undone_by_a_row_of_its_own(mekar, wayan, loan, pay):
    paid = pay(13_440_000)
    before = [row.principal_due for row in lines(loan)]
    undo = {"tenant": mekar, "repayment_id": paid.pk, "by": wayan, "now": NOON}

    reversal = repayments.reverse_repayment(reference="BATAL-1", **undo)
    again = repayments.reverse_repayment(reference="BATAL-2", **undo)

    loan.refresh_from_db()
    assert again == reversal
    assert (loan.status, loan.closed_on) == ("DISBURSED", None)
    assert [row.principal_due - row.principal_paid for row in lines(loan)] == before
    assert not any(row.paid_in_full_on for row in lines(loan))
    assert RepaymentAllocation.objects.aggregate(all=Sum("principal"))["all"] == 0


@pytest.mark.parametrize("paid_on", [date(2025, 11, 2), date(2026, 3, 3)])
def test_nobody_pays_before_the_loan_or_tomorrow(pay, paid_on):
    with pytest.raises(repayments.InvalidRepayment):
        pay(1, paid_on=paid_on)


def test_restructuring_spreads_what_is_left_and_keeps_what_was_paid(mekar, wayan, loan, pay):
    pay(1_500_000)

    loans.restructure_loan(
        tenant=mekar, loan_id=loan.pk, on=TODAY, tenor_months=20, by=wayan, now=NOON, reason="Panen gagal"
    )  # fmt: skip

    rows = lines(loan)
    loan.refresh_from_db()
    assert loan.status == "RESTRUCTURED"
    assert sum(row.principal_due for row in rows) == 12_000_000
    assert sum(row.principal_paid + row.interest_paid for row in rows) == 1_500_000
    assert (len(rows), rows[0].paid_in_full_on, rows[1].principal_due) == (22, TODAY, 260_000)
    # Interest of two months, of which the second was paid, and the first new one.
    assert rows[2].due_date == date(2026, 4, 2)


def test_early_settlement_waives_interest_that_is_not_due(mekar, wayan, loan):
    due = loans.payoff(mekar, loan, on=TODAY)
    settle = {"tenant": mekar, "loan_id": loan.pk, "on": TODAY, "by": wayan, "now": NOON}

    with pytest.raises(repayments.ExceedsDebt):
        loans.settle_loan(reference="L-1", amount=due + 1, **settle)
    for _again in range(2):
        loans.settle_loan(reference="L-1", amount=due, **settle)

    loan.refresh_from_db()
    assert (due, loan.status) == (12_360_000, "SETTLED")


def test_a_loan_that_is_written_off_stays_in_the_books(mekar, wayan, loan):
    for _again in range(2):
        loans.write_off_loan(tenant=mekar, loan_id=loan.pk, on=TODAY, by=wayan, now=NOON)

    loan.refresh_from_db()
    assert (loan.status, loan.closed_collectability, len(lines(loan))) == ("WRITTEN_OFF", 5, 12)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("references", "counted"), [(["B-1"] * 4, 1), (list("ABCD"), 2)])
def test_of_repayments_at_once_equal_ones_count_once_and_none_overpays(wayan, references, counted):
    with a_koperasi("KSP Balap", wayan) as tenant:
        loan = a_loan(a_member(tenant))
        an_installment(loan, 1, TODAY)

    def repay(reference):
        with suppress(Refusal), tenant_scope(tenant.pk):
            repayments.record_repayment(
                tenant=tenant, loan_id=loan.pk, reference=reference, amount=Decimal(450_000),
                paid_on=TODAY, by=wayan, now=NOON,
            )  # fmt: skip

    at_once(repay, references)

    with tenant_scope(tenant.pk):
        assert LoanRepayment.objects.count() == counted
        line = LoanInstallment.objects.get()
        assert line.principal_paid + line.interest_paid == 450_000 * counted
