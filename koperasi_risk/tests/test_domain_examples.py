"""The five worked examples, from books to reasons, under the starter rules."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from core.dates import add_months
from koperasi_risk.domain import factors, reasons, scoring
from koperasi_risk.domain.ledger import Policy, Savings
from koperasi_risk.domain.starter import STARTER_RULES
from koperasi_risk.tests.books import (
    MILLION,
    POLICY,
    TODAY,
    installment,
    ledger,
    loan,
    paid_after,
    unpaid_since,
    with_income,
)

PAID = [
    paid_after(0, due=add_months(date(2025, 4, 25), month)) for month in range(10)
]  # to 25 January 2026


def savings(total) -> Savings:
    """Savings of so much in all; forty months of mandatory ones were paid."""
    return Savings(voluntary=Decimal(total), mandatory_deposited=40 * Decimal(50_000))


def debt(*, overdue=(), ahead=(), **changes):
    """A loan whose past instalments are paid, with these still to pay."""
    return loan(*PAID, *overdue, *ahead, **changes)


# Two instalments of 1.4 million ahead, so that 5 million of income bear 28%.
AHEAD = (
    installment(date(2026, 3, 25), unpaid=1_400_000, amount=1_400_000),
    installment(date(2026, 4, 25), unpaid=1_400_000, amount=1_400_000),
)
GOOD = with_income(
    ledger(
        debt(ahead=AHEAD, collateral_value=Decimal(2_520_000)),  # 90% of 2.8 million
        savings=savings(980_000),  # 35%
    ),
    5_000_000,
)


def judge(book, *, use_bands=False, policy: Policy = POLICY) -> scoring.Assessment:
    values = factors.compute(book, policy, TODAY)
    ruleset = scoring.prepare(STARTER_RULES, scoring.Settings(use_bands))
    assessment = ruleset.assess(
        values, is_active=book.status == "ACTIVE", member_status=book.status
    )
    assert ruleset.decide(values, book.status == "ACTIVE").decision == assessment.decision
    return assessment


def test_a_member_in_good_order_is_approved():
    values = factors.compute(GOOD, POLICY, TODAY)
    assert values["debt_service_ratio"] == 28
    assert values["savings_to_loan_ratio"] == 35
    assert values["collateral_coverage_ratio"] == 90
    judged = judge(GOOD)
    assert (judged.rounded_score, judged.decision) == (Decimal("100.00"), "APPROVE")
    assert reasons.reasons(judged) == [
        "Tidak ada aturan risiko yang dilanggar (11 aturan diperiksa)"
    ]


def young_and_stretched():
    """B: 4 months a member, two loans, 45 days past due, 42% of income, savings of 12%."""
    first = loan(
        unpaid_since(45, unpaid=1_100_000, amount=1_100_000),
        installment(date(2026, 3, 16), unpaid=1_100_000, amount=1_100_000),
        installment(date(2026, 4, 16), unpaid=1_100_000, amount=1_100_000),
        collateral_value=Decimal(3_440_000),
    )
    second = loan(
        *[paid_after(0, due=add_months(date(2025, 6, 20), month)) for month in range(9)],
        installment(date(2026, 3, 20), unpaid=1_000_000),
        id=2,
    )
    book = ledger(
        first,
        second,
        joined_on=date(2025, 11, 1),
        savings=replace(savings(516_000), mandatory_deposited=Decimal(150_000)),
    )
    return with_income(book, 5_000_000)


def test_a_young_member_behind_on_a_loan_is_reviewed():
    values = factors.compute(young_and_stretched(), POLICY, TODAY)
    assert {key: values[key] for key in (
        "membership_months", "max_dpd_current", "kolektibilitas_worst", "debt_service_ratio",
        "active_loan_count", "savings_to_loan_ratio", "late_installment_ratio_12m",
        "mandatory_savings_arrears_months", "collateral_coverage_ratio", "document_completeness",
    )} == {
        "membership_months": 4, "max_dpd_current": 45, "kolektibilitas_worst": 2,
        "debt_service_ratio": 42, "active_loan_count": 2, "savings_to_loan_ratio": 12,
        "late_installment_ratio_12m": 10, "mandatory_savings_arrears_months": 1,
        "collateral_coverage_ratio": 80, "document_completeness": 100,
    }  # fmt: skip
    judged = judge(young_and_stretched())
    assert (judged.rounded_score, judged.decision) == (Decimal("45.00"), "MANUAL_REVIEW")
    assert reasons.reasons(judged) == [
        "Hari tunggakan terlama: 45 hari melebihi batas 30 hari (-15 poin, tinjau manual)",
        "Rasio angsuran terhadap pendapatan: 42% melebihi batas 35% (-15 poin, tinjau manual)",
        "Rasio simpanan terhadap pinjaman: 12% di bawah batas 20% (-10 poin, tinjau manual)",
        "Lama keanggotaan: 4 bulan di bawah batas 6 bulan (-10 poin, tinjau manual)",
        "Pinjaman aktif: 2 pinjaman melebihi batas 1 pinjaman (-5 poin, setujui)",
    ]


def test_bands_reject_the_same_member_and_say_so():
    judged = judge(young_and_stretched(), use_bands=True)
    assert (judged.rounded_score, judged.decision) == (Decimal("45.00"), "AUTO_REJECT")
    assert reasons.reasons(judged)[-1] == "Skor 45 di bawah 65: ditolak otomatis"


def long_overdue():
    """C: as A, but 95 days past due; what is late stays a tenth of what fell due."""
    overdue = unpaid_since(95, unpaid=1_000_000)
    book = debt(
        overdue=[overdue],
        ahead=[installment(date(2026, 3, 27), unpaid=1_400_000, amount=1_400_000)],
        collateral_value=Decimal(2_520_000),
    )
    return replace(GOOD, loans=(book,))


def test_a_long_overdue_loan_rejects_and_comes_first():
    judged = judge(long_overdue())
    assert (judged.rounded_score, judged.decision) == (Decimal("65.00"), "AUTO_REJECT")
    assert reasons.reasons(judged) == [
        "Kolektibilitas terburuk: Kol-3 melebihi batas Kol-2 (-20 poin, tolak)",
        "Hari tunggakan terlama: 95 hari melebihi batas 30 hari (-15 poin, tinjau manual)",
    ]


def test_unknown_income_takes_no_points_but_asks_for_a_person():
    judged = judge(replace(GOOD, monthly_income=None))
    assert (judged.rounded_score, judged.decision) == (Decimal("100.00"), "MANUAL_REVIEW")
    assert reasons.reasons(judged) == [
        "Rasio angsuran terhadap pendapatan: data pendapatan belum tersedia, perlu tinjauan manual"
    ]
    assert reasons.reasons(judged, "en") == [
        "Debt service ratio: income is not known yet, needs a manual review"
    ]


def test_a_new_member_without_a_loan_owes_nothing():
    book = ledger(
        joined_on=date(2026, 1, 2),
        savings=Savings(principal=MILLION, mandatory_deposited=Decimal(100_000)),
    )
    values = factors.compute(book, POLICY, TODAY)
    assert values["debt_service_ratio"] == 0
    assert values["savings_to_loan_ratio"].status == "NOT_APPLICABLE"
    judged = judge(book)
    assert (judged.rounded_score, judged.decision) == (Decimal("90.00"), "MANUAL_REVIEW")
    assert reasons.reasons(judged) == [
        "Lama keanggotaan: 2 bulan di bawah batas 6 bulan (-10 poin, tinjau manual)"
    ]


def test_the_starter_rules_sum_to_a_hundred_and_one_knocks_out():
    assert sum(rule.weight for rule in STARTER_RULES) == 100
    assert len(STARTER_RULES) == 11
    knock_out = STARTER_RULES[-1]
    assert (knock_out.factor, knock_out.weight, knock_out.auto_action) == (
        "membership_active",
        0,
        "REJECT",
    )


@pytest.mark.parametrize("status", ["PENDING", "INACTIVE", "LEFT"])
def test_who_is_no_active_member_is_rejected_without_points(status):
    judged = judge(replace(GOOD, status=status))
    assert (judged.rounded_score, judged.decision) == (Decimal("100.00"), "AUTO_REJECT")
    first, second = reasons.reasons(judged)
    assert first == "Status keanggotaan aktif: tidak, seharusnya ya (0 poin, tolak)"
    assert second.startswith("Status keanggotaan: ")
