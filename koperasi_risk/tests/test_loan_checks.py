from datetime import timedelta
from decimal import Decimal

import pytest

from core.errors import InvalidInput
from koperasi_risk.models import DecisionOverride, LoanCheck, RiskResult
from koperasi_risk.services.loan_checks import check_loan
from koperasi_risk.services.members import MemberNotFound
from koperasi_risk.services.replay import differences_in
from koperasi_risk.services.scores import score_member
from koperasi_risk.tests.factories import NOON, TODAY, a_koperasi, a_member, a_person, a_rule


@pytest.fixture
def member(mekar):
    """Earns Rp5,000,000 a month; 35% of it may go to instalments."""
    a_rule(mekar, "debt_service_ratio", weight=15, threshold=35, auto_action="REJECT")
    return a_member(mekar, monthly_income=5_000_000, income_verified_on=TODAY)


def check(member, by, **more):
    asked = {"amount": Decimal(12_000_000), "tenor_months": 12} | more
    return check_loan(tenant=member.tenant, member_id=member.pk, by=by, now=NOON, **asked)


def an_override(member, by, checker, **changes):
    result = score_member(tenant=member.tenant, member_id=member.pk, now=NOON)
    details = {
        "came_from": "AUTO_REJECT",
        "went_to": "APPROVE",
        "reason_code": "NEW_COLLATERAL",
        "state": "APPROVED",
        "valid_until": TODAY,
    }
    return DecisionOverride.objects.create(
        tenant=member.tenant,
        member=member,
        assessment=result.assessment,
        maker=by,
        made_at=NOON,
        checker=checker,
        decided_at=NOON,
        **(details | changes),
    )


def test_without_an_instalment_the_amount_is_spread_evenly_over_the_tenor(member, wayan):
    answer = check(member, wayan)

    assert answer.monthly_installment == 1_000_000
    assert answer.lines[0]["value"] == "20"
    assert answer.seen["is_installment_assumed"] is True
    assert (answer.decision, answer.is_rejected) == ("APPROVE", False)


def test_the_new_instalment_counts_in_the_debt_service_ratio(member, wayan):
    answer = check(member, wayan, monthly_installment=Decimal(1_750_001))

    assert answer.is_rejected
    assert answer.score == 85
    assert answer.seen["is_installment_assumed"] is False
    assert answer.reasons[0].startswith("Rasio angsuran terhadap pendapatan: 35,00002%")


def test_every_answer_is_kept_and_the_latest_result_stays(member, wayan):
    check(member, wayan)
    check(member, wayan, amount=Decimal(60_000_000))

    asked = LoanCheck.objects.of(member.tenant).order_by("pk").values_list("decision", flat=True)
    assert list(asked) == ["APPROVE", "AUTO_REJECT"]
    assert not RiskResult.objects.of(member.tenant).exists()


def test_an_approved_override_decides_and_says_so(member, wayan, mekar):
    override = an_override(member, wayan, a_person("Ketua", mekar, "PENGURUS"))

    answer = check(member, wayan, amount=Decimal(60_000_000))

    assert (answer.decision, answer.override) == ("APPROVE", override)
    assert (answer.score, list(differences_in([answer]))) == (85, [])
    assert answer.reasons[0] == "Pengecualian yang berlaku sampai 02-03-2026: disetujui"
    assert answer.reasons[1].startswith("Rasio angsuran")


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "WAITING"},
        {"state": "REJECTED"},
        {"valid_until": TODAY - timedelta(days=1)},
        {"ended_at": NOON},
    ],
)
def test_an_override_that_does_not_count_today_decides_nothing(member, wayan, mekar, changes):
    an_override(member, wayan, a_person("Ketua", mekar, "PENGURUS"), **changes)

    answer = check(member, wayan, amount=Decimal(60_000_000))

    assert (answer.is_rejected, answer.override) == (True, None)


def test_a_rejection_graver_than_what_people_looked_at_stands(member, wayan, mekar):
    checker = a_person("Ketua", mekar, "PENGURUS")
    an_override(member, wayan, checker, came_from="MANUAL_REVIEW", went_to="APPROVE")

    answer = check(member, wayan, amount=Decimal(60_000_000))

    assert (answer.is_rejected, answer.override) == (True, None)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"amount": Decimal(0)}, "amount"),
        ({"amount": Decimal("1e15")}, "amount"),
        ({"tenor_months": 0}, "tenor_months"),
        ({"tenor_months": 361}, "tenor_months"),
        ({"monthly_installment": Decimal(0)}, "monthly_installment"),
    ],
)
def test_nonsense_is_refused_and_not_kept(member, wayan, asked, field):
    with pytest.raises(InvalidInput) as refusal:
        check(member, wayan, **asked)

    assert list(refusal.value.fields) == [field]
    assert not LoanCheck.objects.of(member.tenant).exists()


def test_a_member_of_another_koperasi_is_not_found(member, wayan):
    with a_koperasi("KSP Lain") as other, pytest.raises(MemberNotFound):
        check_loan(
            tenant=other,
            member_id=member.pk,
            amount=Decimal(1),
            tenor_months=1,
            by=wayan,
            now=NOON,
        )
