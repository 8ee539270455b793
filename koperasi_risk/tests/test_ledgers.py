from datetime import date
from decimal import Decimal

import pytest

from koperasi_risk.models import (
    AnnualMeeting,
    Collateral,
    ExternalDebt,
    Guarantor,
    LoanRepayment,
    LoanRestructuring,
    MeetingAttendance,
    MemberDocument,
    MemberStatusEvent,
    RepaymentAllocation,
)
from koperasi_risk.selectors.ledgers import ledgers_of, policy_of
from koperasi_risk.tests.factories import (
    NOON,
    TODAY,
    a_koperasi,
    a_loan,
    a_member,
    a_movement,
    an_account,
    an_installment,
)

JANUARY = date(2026, 1, 31)


@pytest.fixture
def member(mekar):
    return a_member(mekar)


def ledger(member, as_of=TODAY):
    found = [row[2] for row in ledgers_of(member.tenant, as_of=as_of, member_ids=[member.pk])]
    return found[0] if found else None


def a_repayment(installment, paid_on, by, principal, reverses=None):
    count = LoanRepayment.objects.count()
    repayment = LoanRepayment.objects.create(
        tenant_id=installment.tenant_id,
        loan=installment.loan,
        reference=f"R-{count}",
        amount=principal,
        paid_on=paid_on,
        reverses=reverses,
        by=by,
        recorded_at=NOON,
    )
    if not reverses:
        RepaymentAllocation.objects.create(
            tenant_id=installment.tenant_id,
            repayment=repayment,
            installment=installment,
            principal=principal,
        )
    return repayment


def test_an_instalment_is_unpaid_by_what_was_not_paid_of_principal_and_interest(member):
    an_installment(
        a_loan(member),
        1,
        date(2026, 2, 5),
        principal_paid=400_000,
        interest_paid=100_000,
        penalty_due=50_000,
    )

    (installment,) = ledger(member).loans[0].installments

    assert (installment.amount, installment.unpaid) == (1_100_000, 600_000)
    assert installment.paid_in_full_on is None


def test_what_was_paid_later_was_unpaid_then(member, wayan):
    installment = an_installment(
        a_loan(member),
        1,
        date(2026, 1, 5),
        principal_paid=1_000_000,
        interest_paid=100_000,
        paid_in_full_on=date(2026, 2, 20),
    )
    a_repayment(installment, date(2026, 1, 6), wayan, 300_000)
    a_repayment(installment, date(2026, 2, 20), wayan, 700_000)
    undone = a_repayment(installment, date(2026, 2, 19), wayan, 700_000)
    a_repayment(installment, date(2026, 2, 20), wayan, 700_000, reverses=undone)

    then, now = ledger(member, JANUARY).loans[0], ledger(member).loans[0]

    assert (then.installments[0].unpaid, then.installments[0].paid_in_full_on) == (700_000, None)
    assert now.installments[0].unpaid == 0
    assert now.installments[0].paid_in_full_on == date(2026, 2, 20)


def test_what_was_paid_later_without_a_repayment_on_record_was_all_unpaid_then(member):
    an_installment(
        a_loan(member),
        1,
        date(2026, 1, 5),
        principal_paid=1_000_000,
        interest_paid=100_000,
        paid_in_full_on=date(2026, 2, 20),
    )

    assert ledger(member, JANUARY).loans[0].installments[0].unpaid == 1_100_000


def test_a_loan_is_open_until_the_day_it_was_closed(member):
    loan = a_loan(member, status="SETTLED", closed_on=date(2026, 2, 10), closed_collectability=2)
    LoanRestructuring.objects.create(tenant=member.tenant, loan=loan, on=date(2026, 2, 1))

    assert ledger(member, JANUARY).loans[0].status == "DISBURSED"
    assert ledger(member, JANUARY).loans[0].closed_collectability is None
    assert ledger(member, date(2026, 2, 1)).loans[0].status == "RESTRUCTURED"
    assert ledger(member, date(2026, 2, 1)).loans[0].restructured_on == (date(2026, 2, 1),)
    assert ledger(member).loans[0].status == "SETTLED"
    assert ledger(member).loans[0].closed_collectability == 2


@pytest.mark.parametrize(
    "loan",
    [
        {"status": "PENDING", "disbursed_on": None},
        {"status": "REJECTED", "disbursed_on": None},
        {"disbursed_on": date(2026, 3, 3)},
        {"status": "SETTLED", "closed_on": date(2021, 1, 1), "disbursed_on": date(2020, 1, 1)},
    ],
)
def test_loans_that_say_nothing_are_left_out(member, loan):
    a_loan(member, **loan)

    assert ledger(member).loans == ()


def test_bad_ends_of_loans_are_remembered(member):
    long_ago = {"disbursed_on": date(2015, 1, 1), "closed_on": date(2016, 1, 1)}
    a_loan(member, status="SETTLED", closed_collectability=5, **long_ago)
    a_loan(member, status="WRITTEN_OFF", **long_ago)

    assert [loan.status for loan in ledger(member).loans] == ["SETTLED", "WRITTEN_OFF"]


def test_collateral_counts_after_its_haircut_while_it_is_valid_and_held(member):
    loan = a_loan(member)
    for worth, more in (
        (10_000_000, {"haircut_percent": 20}),
        (1_000, {"valid_until": date(2026, 3, 1)}),
        (2_000, {"released_on": TODAY}),
        (4_000, {"valid_until": TODAY}),
    ):
        Collateral.objects.create(
            tenant=member.tenant, loan=loan, kind="BPKB", appraised_value=worth, **more
        )

    assert ledger(member).loans[0].collateral_value == 8_004_000
    assert ledger(member, JANUARY).loans[0].collateral_value == 8_007_000


def test_savings_are_what_was_counted_until_the_day(member):
    mandatory = an_account(member, "MANDATORY")
    a_movement(mandatory, 50_000, date(2024, 1, 28))
    a_movement(mandatory, 60_000, date(2026, 1, 28))
    a_movement(mandatory, -10_000, date(2026, 1, 29), kind="CORRECTION")
    a_movement(mandatory, 50_000, date(2026, 2, 28), status="APPROVED")
    a_movement(mandatory, 50_000, date(2026, 2, 28), status="PENDING")
    a_movement(mandatory, 7_000, date(2026, 2, 28), kind="SURPLUS")
    voluntary = an_account(member, "VOLUNTARY", blocked_amount=20_000)
    a_movement(voluntary, 500_000, date(2025, 9, 2))
    a_movement(voluntary, 100_000, date(2025, 9, 3))
    a_movement(voluntary, 30_000, date(2026, 2, 1), kind="WITHDRAWAL")
    a_movement(voluntary, 5_000, date(2026, 2, 2), kind="INTEREST")
    for _ in range(2):
        a_movement(an_account(member, "TERM"), 1_000_000, date(2025, 1, 1))

    now, then = ledger(member).savings, ledger(member, JANUARY).savings

    assert (now.mandatory, now.mandatory_deposited) == (157_000, 150_000)
    assert now.mandatory_months == {(2026, 1), (2026, 2)}
    assert (now.voluntary, now.voluntary_flow) == (575_000, 70_000)
    assert (now.principal, now.term, now.blocked) == (0, 2_000_000, 20_000)
    assert (then.mandatory, then.mandatory_months) == (100_000, {(2026, 1)})


def test_guarantees_are_loans_of_others(member, mekar):
    other = a_member(mekar)
    theirs = a_loan(other)
    an_installment(theirs, 1, date(2025, 10, 5))
    for loan, more in (
        (theirs, {}),
        (a_loan(member), {}),
        (a_loan(other), {"ended_on": date(2026, 2, 1)}),
    ):
        Guarantor.objects.create(tenant=mekar, loan=loan, member=member, **more)

    assert [loan.id for loan in ledger(member).guaranteed] == [theirs.pk]
    assert ledger(member).guaranteed[0].installments[0].unpaid == 1_100_000
    assert len(ledger(member).loans) == 1
    assert len(ledger(member, JANUARY).guaranteed) == 2


def test_what_became_known_later_is_not_known_yet(member, mekar):
    member.monthly_income, member.income_verified_on = Decimal(4_000_000), date(2026, 2, 1)
    member.save()
    MemberDocument.objects.create(tenant=mekar, member=member, kind="KTP", verified_on=TODAY)
    MemberDocument.objects.create(tenant=mekar, member=member, kind="KK")
    meeting = AnnualMeeting.objects.create(tenant=mekar, held_on=date(2026, 2, 14))
    MeetingAttendance.objects.create(tenant=mekar, meeting=meeting, member=member)
    for closed_on in (None, date(2026, 2, 28)):
        ExternalDebt.objects.create(
            tenant=mekar,
            member=member,
            lender="Bank",
            outstanding=1,
            source="SLIK",
            as_of=date(2026, 1, 1),
            closed_on=closed_on,
        )

    now, then = ledger(member), ledger(member, JANUARY)

    assert (now.monthly_income, now.income_verified_on) == (4_000_000, date(2026, 2, 1))
    assert now.verified_documents == {"KTP"}
    assert now.meetings_attended == {meeting.held_on}
    assert policy_of(mekar, TODAY).meetings == (meeting.held_on,)
    assert len(now.external_debts) == 1
    assert (then.monthly_income, then.income_verified_on) == (None, None)
    assert (then.verified_documents, then.meetings_attended) == (frozenset(), frozenset())
    assert policy_of(mekar, JANUARY).meetings == ()
    assert len(then.external_debts) == 2


def test_whoever_joined_later_has_no_ledger(mekar):
    assert ledger(a_member(mekar, joined_on=TODAY), JANUARY) is None


def test_a_status_of_the_past_is_the_one_before_the_next_change(mekar):
    member = a_member(mekar, status="LEFT", left_on=date(2026, 2, 10))
    MemberStatusEvent.objects.create(
        tenant=mekar,
        member=member,
        came_from="INACTIVE",
        went_to="LEFT",
        on=date(2026, 2, 10),
        recorded_at=NOON,
    )

    assert ledger(member, JANUARY).status == "INACTIVE"
    assert ledger(member).status == "LEFT"
    assert [row[0] for row in ledgers_of(mekar, as_of=JANUARY)] == [member.pk]
    assert list(ledgers_of(mekar, as_of=TODAY)) == []


def test_a_batch_takes_the_same_statements_however_many_members(mekar, django_assert_num_queries):
    def read():
        return list(ledgers_of(mekar, as_of=TODAY))

    for _ in range(4):
        member = a_member(mekar)
        an_installment(a_loan(member), 1, TODAY)
        a_movement(an_account(member, "VOLUNTARY"), 1, TODAY)
        with django_assert_num_queries(10):
            read()


def test_nobody_of_another_koperasi_is_read_even_without_the_second_lock(mekar, member):
    with a_koperasi("KSP Lain") as other:
        assert list(ledgers_of(other, as_of=TODAY, member_ids=[member.pk])) == []
