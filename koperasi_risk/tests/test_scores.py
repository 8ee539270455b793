from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from core.tenancy import tenant_scope
from koperasi_risk.domain import measures
from koperasi_risk.models import (
    LoanInstallment,
    Member,
    MemberFacts,
    RiskAssessment,
    RiskResult,
    Tenant,
)
from koperasi_risk.services.changes import note_change
from koperasi_risk.services.facts import forget_old_facts, refresh_facts
from koperasi_risk.services.members import MemberNotFound
from koperasi_risk.services.scores import rescore, score_member
from koperasi_risk.tests.factories import (
    NOON,
    TODAY,
    a_koperasi,
    a_loan,
    a_member,
    a_movement,
    a_rule,
    an_account,
    an_installment,
)

LATER = NOON + timedelta(minutes=5)
TOMORROW = NOON + timedelta(days=1)


@pytest.fixture
def late(mekar):
    """A member whose oldest unpaid instalment fell due 45 days ago."""
    member = a_member(mekar)
    an_installment(a_loan(member), 1, TODAY - timedelta(days=45))
    return member


@pytest.fixture
def rule(mekar):
    return a_rule(mekar, "max_dpd_current", weight=15, threshold=30)


def score(member, now=NOON, **more):
    return score_member(tenant=member.tenant, member_id=member.pk, now=now, **more)


def night(tenant, now=NOON):
    return rescore(tenant_id=tenant.pk, now=now, trigger="NIGHT")


def test_a_score_says_what_the_rules_find_and_why(late, rule):
    result = score(late)

    assert (result.score, result.decision) == (Decimal("85.00"), "MANUAL_REVIEW")
    assert result.reasons == [
        "Hari tunggakan terlama: 45 hari melebihi batas 30 hari (-15 poin, tinjau manual)"
    ]
    assert (result.as_of, result.computed_at) == (TODAY, NOON)
    assert result.assessment.lines[0]["rule_id"] == rule.pk
    assert result.assessment.seen["member_status"] == "ACTIVE"
    assert result.assessment.trigger == "REQUEST"


def test_scoring_keeps_the_facts_of_the_day(late, rule):
    score(late)

    facts = MemberFacts.objects.of(late.tenant).get()
    assert (facts.as_of, facts.computed_at, facts.member_status) == (TODAY, NOON, "ACTIVE")
    assert (facts.days_past_due, facts.collectability) == (45, 2)
    assert facts.outstanding == 1_100_000
    assert facts.values["max_dpd_current"] == "45"


def test_the_same_again_only_moves_the_result_on(late, rule):
    first = score(late).assessment_id

    again = score(late, now=LATER)

    assert (again.assessment_id, again.computed_at) == (first, LATER)
    assert RiskAssessment.objects.of(late.tenant).count() == 1


def test_another_value_adds_to_the_history(late, rule):
    score(late)

    result = score(late, now=TOMORROW)

    assert result.reasons[0].startswith("Hari tunggakan terlama: 46 hari")
    assert RiskAssessment.objects.of(late.tenant).count() == 2


def test_other_rules_add_to_the_history_though_they_decide_the_same(late, rule):
    score(late)
    rule.version = 2
    rule.save()

    score(late, now=LATER)

    assert RiskAssessment.objects.of(late.tenant).count() == 2


def test_the_hash_of_the_rules_is_mended_unless_somebody_changed_them_meanwhile(late, rule):
    assert score(late).ruleset_hash == late.tenant.ruleset_hash
    seen_before = Tenant.objects.get(pk=late.tenant_id)
    seen_before.ruleset_hash = "seen before"

    score_member(tenant=seen_before, member_id=late.pk, now=LATER)

    late.tenant.refresh_from_db()
    assert late.tenant.ruleset_hash == score(late, now=LATER).ruleset_hash


def test_an_older_computation_that_comes_late_changes_nothing(late, rule):
    newest = score(late, now=TOMORROW)

    late_answer = score(late, now=NOON)

    assert late_answer.assessment_id == newest.assessment_id
    assert late_answer.computed_at == TOMORROW
    assert RiskAssessment.objects.of(late.tenant).count() == 1


def test_older_facts_of_a_day_never_replace_newer_ones(late):
    refresh_facts(tenant=late.tenant, now=LATER)
    an_installment(late.loans.get(), 2, TODAY - timedelta(days=90))

    refresh_facts(tenant=late.tenant, now=NOON)

    assert MemberFacts.objects.of(late.tenant).get().days_past_due == 45


@pytest.mark.parametrize("status", ["INACTIVE", "PENDING", "LEFT"])
def test_whoever_is_not_active_is_scored_and_reviewed(mekar, status):
    a_rule(mekar, "max_dpd_current")
    member = a_member(mekar, status=status)

    result = score(member)

    assert (result.score, result.decision) == (100, "MANUAL_REVIEW")


def test_a_member_of_another_koperasi_is_not_found(mekar, late):
    with a_koperasi("KSP Lain") as other, pytest.raises(MemberNotFound):
        score_member(tenant=other, member_id=late.pk, now=NOON)


def test_whoever_joins_tomorrow_is_not_found_yet(mekar):
    with pytest.raises(MemberNotFound):
        score(a_member(mekar, joined_on=TODAY + timedelta(days=1)))


def test_all_who_have_not_left_are_scored(mekar, late, rule):
    a_member(mekar, status="INACTIVE")
    a_member(mekar, status="LEFT")

    report = night(mekar)

    assert asdict(report) == {"total": 2, "members": 2, "changed": 2, "failed": ()}
    assert RiskResult.objects.of(mekar).count() == 2


def test_a_second_run_in_one_night_adds_nothing(mekar, late, rule):
    a_member(mekar)
    night(mekar)

    assert night(mekar, now=LATER).changed == 0
    assert RiskAssessment.objects.of(mekar).count() == 2
    assert MemberFacts.objects.of(mekar).count() == 2


def test_books_that_cannot_be_read_stop_nobody_else(mekar, late, rule, monkeypatch):
    broken = a_member(mekar)
    night(mekar)
    compute = measures.compute

    def stumble(ledger, *args, **more):
        if not ledger.loans:
            raise ArithmeticError
        return compute(ledger, *args, **more)

    monkeypatch.setattr("koperasi_risk.domain.factors.compute", stumble)

    report = night(mekar, now=TOMORROW)

    assert (report.members, report.changed, report.failed) == (1, 1, (str(broken.code),))
    assert RiskResult.objects.of(mekar).get(member=broken).computed_at == NOON
    assert MemberFacts.objects.of(mekar).get(member=broken).as_of == TODAY


def test_work_that_is_stopped_keeps_what_was_scored(mekar, late, rule):
    def stop(report):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rescore(tenant_id=mekar.pk, now=NOON, trigger="RULES", report=stop)

    assert RiskResult.objects.of(mekar).count() == 1


def test_a_batch_takes_the_same_statements_however_many_members(
    mekar, late, rule, django_assert_num_queries
):
    night(mekar, now=NOON + timedelta(seconds=1))

    for minute in range(1, 4):
        member = a_member(mekar)
        an_installment(a_loan(member), 1, TODAY)
        a_movement(an_account(member, "MANDATORY"), 50_000, TODAY)
        with django_assert_num_queries(31):
            night(mekar, now=NOON + timedelta(minutes=minute))


@pytest.fixture
def books_read(monkeypatch):
    """The books that factors were computed from, one after the other."""
    ledgers = []

    def compute(ledger, *args, **more):
        ledgers.append(ledger)
        return measures.compute(ledger, *args, **more)

    monkeypatch.setattr("koperasi_risk.domain.factors.compute", compute)
    return ledgers


def test_books_are_read_again_only_of_whoever_changed(mekar, late, rule, books_read):
    for _ in range(3):
        a_member(mekar)
    night(mekar, now=LATER)
    books_read.clear()

    a_rule(mekar, "membership_months", weight=5, threshold=600)
    after_rules = night(mekar, now=LATER + timedelta(minutes=1))
    LoanInstallment.objects.of(mekar).update(due_date=TODAY - timedelta(days=80))
    with tenant_scope(mekar.pk):
        note_change(mekar, [late.pk], now=LATER + timedelta(minutes=2))
    after_books = night(mekar, now=LATER + timedelta(minutes=3))

    assert (after_rules.changed, after_books.changed) == (4, 1)
    assert [len(ledger.loans) for ledger in books_read] == [1]
    assert "80 hari" in RiskResult.objects.of(mekar).get(member=late).reasons[0]


def test_books_are_read_again_for_a_factor_that_is_new_in_the_catalogue(mekar, late, rule):
    night(mekar, now=LATER)
    facts = MemberFacts.objects.of(mekar).get()
    del facts.values["max_dpd_current"]
    facts.save(update_fields=["values"])

    report = night(mekar, now=LATER + timedelta(minutes=1))

    facts.refresh_from_db()
    assert (report.members, report.changed) == (1, 0)
    assert facts.values["max_dpd_current"] == "45"


def test_the_command_reads_all_books(mekar, late, rule, books_read):
    for _ in range(2):
        call_command("rescore_members", tenant=mekar.organisation.code, stdout=StringIO())

    assert len(books_read) == 2


def test_facts_of_a_past_day_are_those_known_of_it(mekar, late):
    MemberFacts.objects.of(mekar).delete()

    kept = refresh_facts(tenant=mekar, now=NOON, as_of=date(2026, 1, 31))

    facts = MemberFacts.objects.of(mekar).get()
    assert kept == 1
    assert (facts.as_of, facts.days_past_due) == (date(2026, 1, 31), 15)


def test_old_facts_are_forgotten_but_for_the_last_of_each_month(mekar, late):
    kept = [TODAY, TODAY - timedelta(days=60), date(2025, 10, 30), date(2023, 6, 30)]
    for day in [*kept, date(2025, 10, 29), date(2025, 10, 1), date(2023, 1, 31)]:
        MemberFacts.objects.create(
            tenant=mekar,
            member=late,
            as_of=day,
            values={},
            member_status="ACTIVE",
            computed_at=NOON,
        )

    assert forget_old_facts(tenant=mekar, now=NOON) == 3
    days = MemberFacts.objects.of(mekar).values_list("as_of", flat=True)
    assert sorted(days, reverse=True) == kept


def test_nobody_else_is_scored_along(mekar, rule):
    with a_koperasi("KSP Lain") as other:
        a_member(other)
    a_member(mekar)

    night(mekar)

    with tenant_scope(other.pk):
        assert not RiskResult.objects.exists()
        assert Member.objects.count() == 1
