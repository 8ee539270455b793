"""Rules as their managers write them: the form, the simulation beside it, history and second persons."""

import json
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from koperasi_risk.domain.rule_contents import RuleContent
from koperasi_risk.models import MemberFacts, RiskRule, RuleProposal, TenantRole
from koperasi_risk.services.rules import save_rule
from koperasi_risk.tests.factories import NOON, a_koperasi, a_member, a_person

LIST = reverse("admin:koperasi_risk_riskrule_changelist")
SIMULATE = reverse("admin:koperasi_risk_riskrule_simulate")
NO_TIERS = {"tiers-TOTAL_FORMS": 0, "tiers-INITIAL_FORMS": 0}
DPD = {
    "factor": "max_dpd_current",
    "factor_text": "",
    "threshold": "30",
    "weight": "15",
    "risk_category": "sedang",
    "auto_action": "MANUAL_REVIEW",
    "why": "Rapat pengurus 12 Maret",
} | NO_TIERS


@pytest.fixture
def ratih(mekar):
    return a_person("Ratih", mekar, TenantRole.RISK_MANAGER)


@pytest.fixture
def desk(client, ratih):
    client.force_login(ratih)
    return client


@pytest.fixture
def rule(mekar, ratih) -> RiskRule:
    return write(mekar, ratih, "max_dpd_current", 30)


def write(tenant, by, factor, threshold, payload=None, **more) -> RiskRule:
    content = RuleContent(
        factor, Decimal(15), Decimal(threshold), "sedang", "MANUAL_REVIEW", payload
    )
    return save_rule(tenant=tenant, content=content, by=by, now=NOON, why="Awal", **more).rule


def behind(tenant, days: int, **member):
    """Return a member who is so many days behind today."""
    person = a_member(tenant, **member)
    MemberFacts.objects.create(
        tenant=tenant,
        member=person,
        as_of=date(2026, 3, 2),
        values={"max_dpd_current": str(days)},
        member_status="ACTIVE",
        computed_at=NOON,
    )
    return person


def page_of(rule: RiskRule, name: str = "change") -> str:
    return reverse(f"admin:koperasi_risk_riskrule_{name}", args=[rule.pk])


# ── The list ───────────────────────────────────────────────────────────────────────────
def test_the_list_says_each_rule_and_how_many_break_it(desk, mekar, rule):
    for days in (45, 31, 30):
        behind(mekar, days)

    text = desk.get(LIST).content.decode()

    assert "Hari tunggakan terlama" in text
    assert "dilanggar bila &gt; 30 hari" in text
    assert "2 dari 3" in text


def test_without_rules_the_list_offers_the_starters(desk, mekar):
    assert (
        reverse("admin:koperasi_risk_riskrule_install_starter") in desk.get(LIST).content.decode()
    )


def test_odd_rules_are_named_above_the_list(desk, mekar, ratih):
    write(mekar, ratih, "ukuran_sepatu", 40)

    text = desk.get(LIST).content.decode()

    assert "kr-warnings" in text
    assert "ukuran_sepatu" in text


def test_rules_are_found_by_what_their_factor_is_called(desk, mekar, ratih, rule):
    write(mekar, ratih, "membership_months", 6)

    text = desk.get(LIST, {"q": "tunggakan terlama"}).content.decode()

    assert "max_dpd_current" in text
    assert "membership_months" not in text


def test_rules_are_filtered_by_who_changed_them(desk, mekar, ratih, rule):
    wayan = a_person("Wayan", mekar, TenantRole.RISK_MANAGER)
    write(mekar, wayan, "membership_months", 6)

    text = desk.get(LIST, {"updated_by": str(wayan.code)}).content.decode()

    assert page_of(rule) not in text


def test_the_list_asks_the_same_few_questions(desk, mekar, ratih, django_assert_max_num_queries):
    for factor in ("max_dpd_current", "membership_months", "active_loan_count", "arrears_ratio"):
        write(mekar, ratih, factor, 1)
    for days in range(5):
        behind(mekar, days)

    with django_assert_max_num_queries(24):
        desk.get(LIST)


# ── The form ───────────────────────────────────────────────────────────────────────────
def test_a_manager_adds_a_rule_with_a_reason(desk, mekar, ratih):
    response = desk.post(LIST + "add/", DPD | {"threshold": "1.500,5"})

    rule = RiskRule.objects.get()
    assert response["Location"] == page_of(rule)
    assert (rule.threshold, rule.weight, rule.action_payload) == (Decimal("1500.5"), 15, None)
    revision = rule.revisions.get()
    assert (revision.by, revision.why, revision.via) == (ratih, "Rapat pengurus 12 Maret", "ADMIN")


def test_a_change_needs_a_reason(desk, rule):
    response = desk.post(page_of(rule), DPD | {"threshold": "45", "why": " "})

    rule.refresh_from_db()
    assert response.status_code == 400
    assert rule.threshold == 30


def test_a_manager_changes_a_rule(desk, rule):
    desk.post(page_of(rule), DPD | {"threshold": "45", "base_version": rule.version})

    rule.refresh_from_db()
    assert (rule.threshold, rule.version) == (45, 2)


def test_a_second_rule_for_a_factor_shows_the_first(desk, rule):
    response = desk.post(LIST + "add/", DPD)

    assert response.status_code == 409
    assert page_of(rule) in response.content.decode()
    assert RiskRule.objects.count() == 1


def test_whoever_was_slower_sees_what_the_other_wrote(desk, mekar, rule):
    wayan = a_person("Wayan", mekar, TenantRole.RISK_MANAGER)
    write(mekar, wayan, "max_dpd_current", 60, rule_id=rule.pk)

    mine = DPD | {"threshold": "45", "base_version": 1}
    response = desk.post(page_of(rule), mine)

    text = response.content.decode()
    assert response.status_code == 409
    assert "Wayan" in text
    assert "<del>60 hari</del>" in text
    assert 'name="base_version" value="2"' in text


def test_a_name_that_nobody_knows_may_be_typed_and_is_warned_of(desk, mekar):
    named = DPD | {"factor": "-", "factor_text": " Ukuran_Sepatu "}

    assert "tahu cara mengukur" in desk.post(SIMULATE, named).content.decode()
    desk.post(LIST + "add/", named)
    assert RiskRule.objects.get().factor == "Ukuran_Sepatu"


def test_an_alias_stays_as_it_was_written(desk, mekar, ratih):
    rule = write(mekar, ratih, "dpd", 30)
    page = desk.get(page_of(rule)).content.decode()
    assert "Hari tunggakan terlama" in page

    desk.post(page_of(rule), DPD | {"factor": "-", "factor_text": "dpd", "threshold": "31"})

    rule.refresh_from_db()
    assert (rule.factor, rule.threshold) == ("dpd", 31)


def tiers(*rows) -> dict:
    """Return what these rows of (threshold, weight, action) are in the form."""
    names = ("threshold", "weight", "auto_action")
    return {"tiers-TOTAL_FORMS": len(rows), "tiers-INITIAL_FORMS": 0} | {
        f"tiers-{place}-{name}": value
        for place, row in enumerate(rows)
        for name, value in zip(names, row, strict=True)
    }


def test_tiers_are_typed_and_the_rest_of_the_payload_stays(desk, mekar, ratih):
    payload = {
        "note": "SK 12",
        "tiers": [{"threshold": 90, "weight": 40, "auto_action": "reject", "code": "T1"}],
    }
    rule = write(mekar, ratih, "max_dpd_current", 30, payload)
    assert "SK 12" in desk.get(page_of(rule)).content.decode()

    rows = tiers(("120", "40", "REJECT"), ("60", "20,5", "MANUAL_REVIEW"), ("", "", ""))
    desk.post(page_of(rule), DPD | rows)

    rule.refresh_from_db()
    assert rule.action_payload == {
        "note": "SK 12",
        "tiers": [
            {"threshold": 120, "weight": 40, "auto_action": "reject", "code": "T1"},
            {"threshold": 60, "weight": 20.5, "auto_action": "manual_review"},
        ],
    }


@pytest.mark.parametrize(
    "row",
    [("20", "40", "REJECT"), ("90", "", "REJECT"), ("90", "101", "REJECT"), ("x", "1", "REJECT")],
)
def test_a_tier_that_cannot_be_is_refused(desk, mekar, row):
    response = desk.post(LIST + "add/", DPD | tiers(row))

    assert response.status_code == 400
    assert not RiskRule.objects.exists()


def test_saving_what_is_there_changes_nothing(desk, mekar, ratih):
    rule = write(mekar, ratih, "max_dpd_current", 30, {"tiers": [], "x": 1})

    desk.post(page_of(rule), DPD)

    rule.refresh_from_db()
    assert (rule.version, rule.action_payload) == (1, {"tiers": [], "x": 1})


@pytest.mark.parametrize(
    "typed",
    [
        {"threshold": "banyak"},
        {"weight": "101"},
        {"weight": ""},
        {"auto_action": "X"},
        {"factor": ""},
    ],
)
def test_what_cannot_be_kept_is_said_beside_its_field(desk, mekar, typed):
    response = desk.post(LIST + "add/", DPD | typed)

    assert response.status_code == 400
    assert "kr-errors" in response.content.decode()


def test_the_board_reads_a_rule_and_saves_none(client, mekar, rule):
    client.force_login(a_person("Ketua", mekar, TenantRole.BOARD))

    assert client.get(page_of(rule)).status_code == 200
    client.post(page_of(rule), DPD | {"threshold": "45"})
    rule.refresh_from_db()
    assert rule.threshold == 30


# ── The simulation ─────────────────────────────────────────────────────────────────────
def test_the_simulation_tells_who_would_be_decided_otherwise(desk, mekar, rule):
    ani = behind(mekar, 45, full_name="Ani")
    behind(mekar, 10)

    text = desk.post(
        SIMULATE, DPD | {"rule": rule.pk, "threshold": "60", "why": ""}
    ).content.decode()

    assert reverse("koperasi_risk:member", args=[ani.code]) in text
    assert "0 dari 2" in text
    assert RiskRule.objects.get().threshold == 30


def test_the_simulation_says_kindly_what_is_missing(desk, mekar):
    response = desk.post(SIMULATE, DPD | {"threshold": "banyak"})

    assert response.status_code == 200
    assert "Ambang" in response.content.decode()


def test_without_javascript_a_button_simulates(desk, mekar):
    ani = behind(mekar, 10, full_name="Ani")

    text = desk.post(LIST + "add/", DPD | {"_simulate": ""}).content.decode()

    assert "Ani" in text
    assert str(ani.code) in text
    assert not RiskRule.objects.exists()


def test_the_simulation_of_another_koperasis_rule_is_that_of_a_new_one(desk, mekar):
    with a_koperasi("KSP Seberang") as other:
        theirs = write(other, None, "max_dpd_current", 77)

    assert "77" not in desk.post(SIMULATE, DPD | {"rule": theirs.pk}).content.decode()


# ── History, deletion ──────────────────────────────────────────────────────────────────
def test_the_history_shows_what_changed_and_puts_it_back(desk, mekar, ratih, rule):
    write(mekar, ratih, "max_dpd_current", 60, rule_id=rule.pk)
    text = desk.get(page_of(rule, "history")).content.decode()
    assert "<del>30 hari</del>" in text
    assert "<ins>60 hari</ins>" in text
    back = reverse("admin:koperasi_risk_riskrule_restore", args=[rule.revisions.get(version=1).pk])
    assert back in text

    assert desk.get(back).status_code == 200
    assert desk.post(back, {"why": ""}).status_code == 400
    desk.post(back, {"why": "Terlalu longgar"})

    rule.refresh_from_db()
    assert (rule.threshold, rule.version) == (30, 3)
    assert rule.revisions.get(version=3).why == "Terlalu longgar"


def test_a_deleted_rule_keeps_its_history_and_comes_back(desk, rule):
    assert desk.post(page_of(rule, "delete_rule"), {"why": ""}).status_code == 400
    desk.post(page_of(rule, "delete_rule"), {"why": "Tidak terpakai"})
    rule.refresh_from_db()
    assert rule.deleted_at
    assert desk.get(page_of(rule)).status_code == 404

    assert desk.get(page_of(rule, "history")).status_code == 200
    latest = rule.revisions.latest("version")
    desk.post(
        reverse("admin:koperasi_risk_riskrule_restore", args=[latest.pk]), {"why": "Ternyata perlu"}
    )
    rule.refresh_from_db()
    assert rule.deleted_at is None


def test_history_and_restoring_know_no_other_koperasi(desk, mekar):
    with a_koperasi("KSP Seberang") as other:
        theirs = write(other, None, "max_dpd_current", 77)
        revision = theirs.revisions.get().pk

    assert desk.get(page_of(theirs, "history")).status_code == 404
    restore = reverse("admin:koperasi_risk_riskrule_restore", args=[revision])
    assert desk.post(restore, {"why": "Curi"}).status_code == 404


# ── The rule set ───────────────────────────────────────────────────────────────────────
def test_starter_rules_are_shown_and_installed_for_a_reason(desk, mekar):
    path = reverse("admin:koperasi_risk_riskrule_install_starter")
    assert "Rasio angsuran terhadap pendapatan" in desk.get(path).content.decode()

    desk.post(path, {"why": "Mulai"})

    assert RiskRule.objects.count() == 11


def document(**changes) -> SimpleUploadedFile:
    rule = {
        "factor": "max_dpd_current", "weight": 15, "threshold": 45, "risk_category": "sedang",
        "auto_action": "manual_review",
    } | changes  # fmt: skip
    whole = {"format": "saksama.koperasi.rules", "version": 1, "rules": [rule]}
    return SimpleUploadedFile("aturan.json", json.dumps(whole).encode())


def test_a_file_is_looked_at_before_it_is_taken_in(desk, rule):
    path = reverse("admin:koperasi_risk_riskrule_import_rules")

    preview = desk.post(path, {"file": document()})

    assert "<ins>45 hari</ins>" in preview.content.decode()
    rule.refresh_from_db()
    assert rule.threshold == 30
    confirm = {field.name: field.value() or "" for field in preview.context["form"]}
    desk.post(path, confirm | {"why": "Dari pusat", "_confirm": ""})
    rule.refresh_from_db()
    assert rule.threshold == 45


@pytest.mark.parametrize("file", [document(weight=101), SimpleUploadedFile("x.json", b"{")])
def test_a_file_that_is_no_rule_set_is_refused_in_words(desk, mekar, file):
    path = reverse("admin:koperasi_risk_riskrule_import_rules")

    response = desk.post(path, {"file": file})

    assert response.status_code == 400
    assert "kr-notice bad" in response.content.decode()


def test_rules_are_copied_from_another_koperasi_of_ones_own_alone(desk, mekar, ratih):
    with a_koperasi("KSP Kedua", ratih) as second:
        write(second, ratih, "arrears_ratio", 10)
    with a_koperasi("KSP Seberang") as other:
        write(other, None, "membership_months", 6)
    path = reverse("admin:koperasi_risk_riskrule_import_rules")
    assert "KSP Seberang" not in desk.get(path).content.decode()

    assert desk.post(path, {"source": other.pk}).status_code == 400
    preview = desk.post(path, {"source": second.pk})
    confirm = {field.name: field.value() or "" for field in preview.context["form"]}
    desk.post(path, confirm | {"why": "Disamakan", "_confirm": ""})

    assert RiskRule.objects.of(mekar).get().factor == "arrears_ratio"
    forged = {"source": other.pk, "why": "Curi", "_confirm": ""}
    assert desk.post(path, forged).status_code == 404


def test_rules_are_exported_without_numbers_of_rows(desk, rule):
    response = desk.get(reverse("admin:koperasi_risk_riskrule_export_rules"))

    assert response["Content-Disposition"].startswith("attachment")
    assert response.json()["rules"][0]["factor"] == "max_dpd_current"
    assert "id" not in response.json()["rules"][0]


def test_two_days_are_compared(desk, mekar, ratih, rule):
    path = reverse("admin:koperasi_risk_riskrule_compare")

    text = desk.get(path, {"since": "2026-03-01", "until": "2026-03-02"}).content.decode()

    assert "<ins>30 hari</ins>" in text
    assert desk.get(path, {"since": "x", "until": "9999-12-31"}).status_code == 200
    assert desk.get(path, {"since": "0001-01-01", "until": "9999-12-31"}).status_code == 200


# ── A second person ────────────────────────────────────────────────────────────────────
@pytest.fixture
def careful(mekar):
    """Mekar, with its changes of rules approved by a second person."""
    mekar.rules_need_approval = True
    mekar.save()
    return mekar


@pytest.fixture
def proposal(desk, careful) -> RuleProposal:
    desk.post(LIST + "add/", DPD)
    return RuleProposal.objects.get()


def proposal_page(proposal) -> str:
    return reverse("admin:koperasi_risk_ruleproposal_change", args=[proposal.pk])


def test_where_a_second_person_is_asked_for_a_change_is_proposed(desk, careful):
    assert "Usulkan perubahan" in desk.get(LIST + "add/").content.decode()

    response = desk.post(LIST + "add/", DPD)

    assert response["Location"] == proposal_page(RuleProposal.objects.get())
    assert not RiskRule.objects.exists()


def test_nobody_approves_their_own_proposal(desk, proposal):
    assert desk.post(proposal_page(proposal), {"approve": ""}).status_code == 403
    proposal.refresh_from_db()
    assert proposal.state == "WAITING"


@pytest.mark.parametrize(
    ("deed", "state", "rules"), [("approve", "APPROVED", 1), ("reject", "REJECTED", 0)]
)
def test_a_second_person_decides(client, careful, proposal, deed, state, rules):
    client.force_login(a_person("Ketua", careful, TenantRole.BOARD))
    assert client.get(proposal_page(proposal)).status_code == 200

    client.post(proposal_page(proposal), {deed: "", "note": "Sesuai"})

    proposal.refresh_from_db()
    assert (proposal.state, proposal.note, RiskRule.objects.count()) == (state, "Sesuai", rules)


def test_a_second_proposal_for_a_factor_shows_the_first(desk, proposal):
    response = desk.post(LIST + "add/", DPD | {"threshold": "60"})

    assert response.status_code == 409
    assert proposal_page(proposal) in response.content.decode()


def test_the_maker_withdraws(desk, proposal):
    desk.post(proposal_page(proposal), {"withdraw": ""})

    proposal.refresh_from_db()
    assert proposal.state == "WITHDRAWN"
