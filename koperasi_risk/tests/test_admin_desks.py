"""What people keep at the other desks: members, settings, memberships, and what the lists ask for."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from core.models import AuditEntry, OutboxEvent
from koperasi_risk.admin.figures import figure, read_figure
from koperasi_risk.domain.records import to_json
from koperasi_risk.middleware import VISIT
from koperasi_risk.models import (
    ExternalDebt,
    Guarantor,
    Member,
    RiskAssessment,
    RiskResult,
    RiskRule,
    TenantMembership,
    TenantRole,
)
from koperasi_risk.selectors.rules import ruleset_of
from koperasi_risk.tests.factories import NOON, a_loan, a_member, a_person, a_rule, an_installment

OFFICER, MANAGER, BOARD = (
    TenantRole.FINANCING_OFFICER, TenantRole.RISK_MANAGER, TenantRole.BOARD
)  # fmt: skip
MEMBERS = reverse("admin:koperasi_risk_member_changelist")
NO_ROWS = {
    f"{rows}-{number}_FORMS": 0
    for rows in ("documents", "external_debts", "status_events")
    for number in ("TOTAL", "INITIAL")
}

NO_LOAN_ROWS = {
    f"{rows}-{number}_FORMS": 0
    for rows in ("installments", "repayments", "collaterals", "guarantors", "restructurings")
    for number in ("TOTAL", "INITIAL")
}


@pytest.fixture
def visitor(client, mekar, admin_user):
    client.force_login(admin_user)
    session = client.session
    until = timezone.now() + timedelta(minutes=60)
    session[VISIT] = {"tenant": mekar.pk, "until": until.isoformat()}
    session.save()
    return client


def page_of(member) -> str:
    return reverse("admin:koperasi_risk_member_change", args=[member.pk])


def typed(member, **changes) -> dict:
    details = {
        "full_name": member.full_name,
        "number": member.number,
        "joined_on": member.joined_on.isoformat(),
    }
    return details | NO_ROWS | changes


# ── Members ────────────────────────────────────────────────────────────────────────────
def test_a_members_identity_number_is_masked_and_changed_only_anew(at, mekar):
    member = a_member(mekar, nik="3201021504880001")
    browser = at(OFFICER)

    text = browser.get(page_of(member)).content.decode()
    assert "3201********0001" in text
    assert "3201021504880001" not in text
    browser.post(page_of(member), typed(member, full_name="Ani"))
    member.refresh_from_db()
    assert (member.full_name, member.nik) == ("Ani", "3201021504880001")
    browser.post(page_of(member), typed(member, new_nik="3201021504880002"))
    member = Member.objects.get()
    assert member.nik == "3201021504880002"


@pytest.mark.parametrize(
    "changes", [{"new_nik": "3201021504880001"}, {"number": "A-1"}, {"new_nik": "12"}]
)
def test_numbers_of_members_are_once_each(at, mekar, changes):
    a_member(mekar, number="A-1", nik="3201021504880001")
    member = a_member(mekar, number="A-2")

    response = at(OFFICER).post(page_of(member), typed(member, **changes))

    assert response.status_code == 200
    assert response.context["errors"]


def test_what_is_kept_of_a_member_makes_the_result_stale_and_goes_on_record(at, mekar):
    member = a_member(mekar)
    debt = {
        "external_debts-TOTAL_FORMS": 1,
        "external_debts-0-lender": "Bank Lain",
        "external_debts-0-outstanding": "1000000",
        "external_debts-0-monthly_installment": "100000",
        "external_debts-0-source": "DECLARED",
        "external_debts-0-as_of": "2026-02-01",
    }

    at(OFFICER).post(page_of(member), typed(member, **debt))

    member.refresh_from_db()
    assert member.changed_at > NOON
    assert ExternalDebt.objects.get().tenant == mekar
    news = OutboxEvent.objects.get(topic="koperasi.members_changed")
    assert news.payload == {"tenant_id": mekar.pk, "member_ids": [member.pk]}
    entry = AuditEntry.objects.get(action="koperasi.member_changed")
    assert entry.subject_code == str(member.code)
    assert "Bank Lain" not in str(entry.detail)


def test_a_members_status_moves_by_a_step_with_a_reason(at, mekar):
    member = a_member(mekar)
    path = reverse("admin:koperasi_risk_member_move", args=[member.pk])
    step = {"to": "INACTIVE", "on": "2026-03-01", "reason": "Cuti", "_form_submitted": "True"}

    assert at(BOARD).post(path, step).status_code == 403
    at(OFFICER).post(path, step)

    member.refresh_from_db()
    assert member.status == "INACTIVE"
    assert member.status_events.get().went_to == "INACTIVE"


def test_a_step_that_cannot_be_is_said(at, mekar):
    member = a_member(mekar, status="LEFT")
    path = reverse("admin:koperasi_risk_member_move", args=[member.pk])
    step = {"to": "ACTIVE", "on": "2026-03-01", "reason": "Kembali", "_form_submitted": "True"}

    assert at(OFFICER).post(path, step).status_code == 200
    member.refresh_from_db()
    assert member.status == "LEFT"


def test_collateral_makes_the_borrowers_result_stale(at, mekar):
    loan = a_loan(a_member(mekar))
    form = NO_LOAN_ROWS | {
        "collaterals-TOTAL_FORMS": 1,
        "collaterals-0-kind": "BPKB",
        "collaterals-0-appraised_value": "5000000",
        "collaterals-0-haircut_percent": "20",
    }

    at(MANAGER).post(reverse("admin:koperasi_risk_loan_change", args=[loan.pk]), form)

    loan.member.refresh_from_db()
    assert loan.collaterals.get().appraised_value == 5_000_000
    assert loan.member.changed_at > NOON


def test_whoever_answers_for_a_loan_no_longer_is_stale_as_well(at, mekar):
    loan = a_loan(a_member(mekar))
    was, stays = a_member(mekar), a_member(mekar)
    gone = Guarantor.objects.create(tenant=mekar, loan=loan, member=was)
    Guarantor.objects.create(tenant=mekar, loan=loan, member=stays)
    form = NO_LOAN_ROWS | {
        "guarantors-TOTAL_FORMS": 1,
        "guarantors-INITIAL_FORMS": 1,
        "guarantors-0-id": gone.pk,
        "guarantors-0-loan": loan.pk,
        "guarantors-0-member": was.pk,
        "guarantors-0-DELETE": "on",
    }

    at(MANAGER).post(reverse("admin:koperasi_risk_loan_change", args=[loan.pk]), form)

    assert Guarantor.objects.get().member == stays
    assert Member.objects.filter(changed_at__gt=NOON).count() == 3


def test_the_lists_ask_the_same_few_questions(at, mekar, django_assert_max_num_queries):
    for number in range(4):
        loan = a_loan(a_member(mekar))
        an_installment(loan, 1, loan.disbursed_on + timedelta(days=number))
    browser = at(MANAGER)

    for desk in ("member", "loan", "loaninstallment"):
        with django_assert_max_num_queries(14):
            browser.get(reverse(f"admin:koperasi_risk_{desk}_changelist"))


# ── Settings ───────────────────────────────────────────────────────────────────────────
def settings_of(tenant, **changes) -> dict:
    usual = {
        "kind": "KSP",
        "time_zone": "Asia/Jakarta",
        "mandatory_savings_due_day": 28,
        "collectability_preset": "SLIK",
        "grace_days": 3,
        "unsecured_limit": "1.500.000",
        "required_documents": ["KTP", "KK"],
        "category_multipliers": "",
        "why": "Rapat pengurus",
    }
    return usual | changes


def settings_page(tenant) -> str:
    return reverse("admin:koperasi_risk_tenant_change", args=[tenant.pk])


def test_a_manager_sets_what_scores_are_counted_by(at, mekar):
    wanted = settings_of(
        mekar, category_multipliers="tinggi: 1,5\nRendah: 0,5", use_score_bands="on"
    )

    response = at(MANAGER).post(settings_page(mekar), wanted)

    mekar.refresh_from_db()
    assert response.status_code == 302
    assert mekar.category_multipliers == {"tinggi": "1.5", "rendah": "0.5"}
    assert mekar.use_score_bands
    assert mekar.unsecured_limit == 1_500_000
    assert AuditEntry.objects.get(action="koperasi.set").reason == "Rapat pengurus"


@pytest.mark.parametrize(
    "line", ["tinggi", "tinggi: x", "tinggi: 0", "tinggi: -1", ": 2", "tinggi: 11"]
)
def test_multipliers_are_numbers_above_nothing(at, mekar, line):
    response = at(MANAGER).post(settings_page(mekar), settings_of(mekar, category_multipliers=line))

    mekar.refresh_from_db()
    assert response.status_code == 200
    assert mekar.category_multipliers == {}


def test_settings_change_for_a_reason(at, mekar):
    at(MANAGER).post(settings_page(mekar), settings_of(mekar, grace_days=9, why=""))

    mekar.refresh_from_db()
    assert mekar.grace_days == 3


def test_a_manager_alone_lifts_no_second_person_off_the_rules(at, mekar):
    mekar.rules_need_approval = True
    mekar.save()

    at(MANAGER).post(settings_page(mekar), settings_of(mekar, use_score_bands="on"))
    mekar.refresh_from_db()
    assert (mekar.rules_need_approval, mekar.use_score_bands) == (True, False)

    at(BOARD).post(settings_page(mekar), {"why": "Rapat", "use_score_bands": "on"})
    mekar.refresh_from_db()
    assert (mekar.rules_need_approval, mekar.use_score_bands) == (False, True)


def test_a_financing_officer_sees_no_settings(at, mekar):
    assert at(OFFICER).get(settings_page(mekar)).status_code == 403


# ── Who works here ─────────────────────────────────────────────────────────────────────
WORKERS = reverse("admin:koperasi_risk_tenantmembership_changelist")


def test_a_visiting_administrator_gives_and_takes_roles(visitor, mekar, wayan):
    tuti = a_person("Tuti", mekar, OFFICER)
    page = reverse("admin:koperasi_risk_tenantmembership_change", args=[tuti.memberships.get().pk])

    assert visitor.post(page, {"roles": [OFFICER, MANAGER]}).status_code == 302
    assert tuti.memberships.get().roles == [OFFICER, MANAGER]
    end = page.replace("/change/", "/end/")
    visitor.post(end, {"reason": "Pindah", "_form_submitted": "True"})
    assert tuti.memberships.get().ended_at
    assert AuditEntry.objects.filter(action__startswith="koperasi.membership").count() == 2


def test_a_visiting_administrator_adds_koperasi_staff_by_e_mail(visitor, mekar, sari):
    TenantMembership.objects.all().delete()
    added = {"email": "WAYAN@koperasi.example", "roles": [BOARD]}

    assert visitor.post(WORKERS + "add/", added | {"email": sari.email}).status_code == 200
    assert not TenantMembership.objects.exists()
    assert visitor.post(WORKERS + "add/", added).status_code == 302
    assert TenantMembership.objects.get().roles == [BOARD]


def test_managers_see_who_works_here_and_change_nothing(at, mekar):
    browser = at(MANAGER)

    assert "Tono" in browser.get(WORKERS).content.decode()
    assert browser.get(WORKERS + "add/").status_code == 403


def test_a_visiting_administrator_writes_no_rule_and_judges_nobody(visitor, mekar):
    rule = a_rule(mekar, "max_dpd_current", threshold=Decimal(30))
    rules = reverse("admin:koperasi_risk_riskrule_changelist")

    assert visitor.get(f"{rules}{rule.pk}/change/").status_code == 200
    for path in ("add/", f"{rule.pk}/hapus/", "impor/", "aturan-awal/"):
        assert visitor.post(rules + path, {"why": "x"}).status_code == 403, path
    assert visitor.post(MEMBERS + "add/", {}).status_code == 403
    assert visitor.post(reverse("admin:koperasi_risk_riskresult_rescore_all")).status_code == 403
    assert RiskRule.objects.active().count() == 1


# ── Judgements ─────────────────────────────────────────────────────────────────────────
def judged(member, **changes):
    """Return a member's latest result with one breached rule, as a scoring stores it."""
    rule = a_rule(member.tenant, "max_dpd_current", threshold=Decimal(30))
    facts = {"max_dpd_current": Decimal(45)}
    found = ruleset_of(member.tenant).assess(facts, is_active=True)
    details = {
        "tenant": member.tenant,
        "member": member,
        "score": found.rounded_score,
        "decision": found.decision,
        "reasons": ["Hari tunggakan terlama: 45 hari melebihi batas 30 hari"],
        "ruleset_hash": "0" * 64,
        "as_of": NOON.date(),
        "computed_at": NOON,
    }
    lines = to_json(found.lines)
    made = RiskAssessment.objects.create(lines=lines, seen={}, trigger="NIGHT", **details)
    return RiskResult.objects.create(assessment=made, **(details | changes)), rule


def test_an_old_result_says_so_and_leads_to_an_override(at, mekar):
    result, _rule = judged(a_member(mekar))
    browser = at(OFFICER)
    results = reverse("admin:koperasi_risk_riskresult_changelist")

    assert "Perlu dinilai ulang" in browser.get(results, {"stale": "yes"}).content.decode()
    text = browser.get(f"{results}{result.pk}/change/").content.decode()
    assert reverse("koperasi_risk:ask-override", args=[result.member.code]) in text
    assert "Hari tunggakan terlama" in text
    assert "&gt; 30 hari" in text


def test_an_assessment_reads_as_a_table(at, mekar):
    result, _rule = judged(a_member(mekar))
    page = reverse("admin:koperasi_risk_riskassessment_change", args=[result.assessment.pk])

    text = at(OFFICER).get(page).content.decode()

    assert "Dilanggar" in text
    assert "45 hari" in text


@pytest.mark.parametrize(
    ("typed", "language", "amount"),
    [
        ("Rp1.500.000", "id", 1_500_000),
        ("1.500,50", "id", Decimal("1500.50")),
        ("0.5", "id", Decimal("0.5")),
        ("0.125", "id", Decimal("0.125")),
        ("1,500", "en", 1500),
        ("12.125", "en", Decimal("12.125")),
        ("-20 %", "id", -20),
        ("1.50.000", "id", None),
        ("٣", "id", None),
        ("", "id", None),
    ],
)
def test_figures_are_read_as_people_write_them(typed, language, amount):
    assert read_figure(typed, language) == amount


def test_every_figure_of_a_rule_is_read_as_it_is_shown():
    for language in ("id", "en"):
        with override(language):
            for value in ("0", "12.125", "1500", "1234567.000001", "-0.5", "1000000000000000"):
                assert read_figure(figure(Decimal(value)), language) == Decimal(value)
