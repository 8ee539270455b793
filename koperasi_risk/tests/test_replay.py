from datetime import date
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from koperasi_risk.models import LoanCheck, MemberFacts, RiskAssessment
from koperasi_risk.services.loan_checks import check_loan
from koperasi_risk.services.replay import differences_in
from koperasi_risk.services.scores import score_member
from koperasi_risk.tests.factories import (
    NOON,
    TODAY,
    a_loan,
    a_member,
    a_rule,
    an_installment,
)


@pytest.fixture
def assessment(mekar, wayan):
    """A scoring with a breach, missing data and an unknown factor; and a loan check of the member."""
    a_rule(mekar, "dpd", threshold=30, risk_category="tinggi")
    a_rule(mekar, "debt_service_ratio", threshold=35)
    a_rule(mekar, "shoe_size", threshold="41.5")
    mekar.category_multipliers = {"tinggi": "1.5"}
    mekar.save()
    member = a_member(mekar)
    an_installment(a_loan(member), 1, date(2025, 12, 5))
    check_loan(
        tenant=mekar,
        member_id=member.pk,
        amount=Decimal(1_000_000),
        tenor_months=7,
        by=wayan,
        now=NOON,
    )
    return score_member(tenant=mekar, member_id=member.pk, now=NOON).assessment


def test_what_was_stored_gives_the_same_again(mekar, assessment, capsys):
    call_command("replay_risk", tenant=mekar.organisation.code)

    assert capsys.readouterr().out == "2 judgements recomputed, 0 differences\n"


def test_one_judgement_can_be_replayed_alone(mekar, assessment, capsys):
    call_command("replay_risk", assessment=assessment.code)

    assert capsys.readouterr().out == "1 judgements recomputed, 0 differences\n"


def test_another_score_is_found(assessment):
    assessment.score = Decimal(99)

    (difference,) = differences_in([assessment])

    assert (difference.field, difference.stored) == ("score", 99)
    assert difference.recomputed == 85


def test_a_judgement_that_cannot_be_read_is_a_difference(assessment):
    assessment.seen = {}

    assert [difference.field for difference in differences_in([assessment])] == ["lines"]


def test_differences_are_told_by_the_exit_code(mekar, assessment, capsys):
    kept = LoanCheck.objects.of(mekar).get()
    kept.pk, kept.code, kept.decision = None, assessment.code, "APPROVE"
    kept.save(force_insert=True)

    with pytest.raises(SystemExit) as stop:
        call_command("replay_risk", tenant=mekar.organisation.code)

    assert stop.value.code == 1
    assert f"{assessment.code} decision: stored APPROVE" in capsys.readouterr().out


def test_an_unknown_koperasi_is_refused(db):
    with pytest.raises(CommandError):
        call_command("replay_risk", tenant="NOWHERE")


def test_all_members_are_scored_by_a_command(mekar, assessment, capsys):
    a_member(mekar)

    call_command("rescore_members", tenant=mekar.organisation.code)

    assert "2 members scored, 2 changed, 0 failed" in capsys.readouterr().out
    assert RiskAssessment.objects.of(mekar).count() == 3


def test_facts_of_past_month_ends_are_filled_in_once(mekar, assessment, capsys):
    for _ in range(2):
        call_command("backfill_facts", tenant=mekar.organisation.code, months=2)

    days = MemberFacts.objects.of(mekar).exclude(as_of=TODAY).values_list("as_of", flat=True)
    assert len(days) == 2
    assert capsys.readouterr().out.count(" 1 members") == 2
