"""Who opens which desk of a koperasi, and that nothing of another koperasi is on any of them."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from koperasi_risk.middleware import VISIT
from koperasi_risk.models import Member, RiskRule, TenantRole
from koperasi_risk.tests.factories import (
    a_koperasi,
    a_loan,
    a_member,
    a_rule,
    an_account,
    step_into,
)

DESKS = {
    model._meta.model_name: reverse(f"admin:koperasi_risk_{model._meta.model_name}_changelist")
    for model in admin.site._registry
    if model._meta.app_label == "koperasi_risk"
}
OF_RULES = {"riskrule", "riskrulerevision", "ruleproposal"}
OF_THE_HOUSE = {"tenant", "tenantmembership"}
OFFICER, MANAGER, BOARD = (
    TenantRole.FINANCING_OFFICER, TenantRole.RISK_MANAGER, TenantRole.BOARD
)  # fmt: skip


@pytest.fixture
def other(mekar):
    """Another koperasi, with one row of what members have."""
    with a_koperasi("KSP Seberang") as tenant:
        member = a_member(tenant, full_name="Rahasia Seberang", number="S-1")
        a_loan(member, number="P-Seberang")
        an_account(member, "MANDATORY")
        a_rule(tenant, "membership_months")
        a_rule(tenant, "rahasia_seberang")
        tenant.member = member
        tenant.rule = RiskRule.objects.get(factor="rahasia_seberang")
    return tenant


@pytest.fixture
def visitor(client, mekar, admin_user):
    """The browser of an administrator who visits Mekar."""
    client.force_login(admin_user)
    session = client.session
    until = timezone.now() + timedelta(minutes=60)
    session[VISIT] = {"tenant": mekar.pk, "until": until.isoformat()}
    session.save()
    return client


def opened(browser) -> set[str]:
    return {
        name for name, path in DESKS.items() if browser.get(path, follow=True).status_code == 200
    }


def test_every_table_is_on_a_desk_or_below_a_row_of_one():
    below = {inline.model for desk in admin.site._registry.values() for inline in desk.inlines}
    tables = set(apps.get_app_config("koperasi_risk").get_models())

    assert tables <= set(admin.site._registry) | below


def test_a_risk_manager_opens_every_desk(at):
    assert opened(at(MANAGER)) == set(DESKS)


def test_the_board_opens_every_desk_and_changes_no_books(at):
    browser = at(BOARD)

    assert opened(browser) == set(DESKS)
    assert browser.get(DESKS["member"] + "add/").status_code == 403
    assert browser.get(DESKS["riskrule"] + "add/").status_code == 403


def test_a_financing_officer_opens_members_and_judgements_but_no_rules(at):
    browser = at(OFFICER)

    assert opened(browser) == set(DESKS) - OF_RULES - OF_THE_HOUSE
    assert browser.get(DESKS["member"] + "add/").status_code == 200
    assert browser.get(DESKS["riskrule"] + "add/").status_code == 403


def test_a_member_of_the_koperasi_opens_no_desk(at):
    assert opened(at(TenantRole.MEMBER)) == set()


def test_staff_of_no_koperasi_find_the_back_office_closed(client, wayan):
    client.force_login(wayan)

    assert client.get("/admin/").status_code == 403
    assert opened(client) == set()


def test_operators_open_no_desk_of_a_koperasi(client, operator, mekar):
    client.force_login(operator)

    assert opened(client) == set()
    assert client.get(DESKS["member"]).status_code == 403


def test_an_administrator_is_led_to_a_visit(client, admin_user, mekar):
    a_member(mekar, full_name="Rahasia Mekar")
    client.force_login(admin_user)

    response = client.get(DESKS["member"])

    assert response.status_code == 403
    assert reverse("koperasi_risk:visit") in response.content.decode()
    assert "Rahasia Mekar" not in response.content.decode()


def test_a_visiting_administrator_looks_and_keeps_settings_and_memberships_alone(visitor):
    assert opened(visitor) == set(DESKS)

    request = visitor.get(DESKS["member"]).wsgi_request
    kept = {
        model.__name__
        for model, desk in admin.site._registry.items()
        if model._meta.app_label == "koperasi_risk" and desk.has_change_permission(request)
    }
    assert kept == {"Tenant", "TenantMembership"}


def test_an_administrators_visit_shows_no_other_koperasi(visitor, other):
    assert "Rahasia Seberang" not in visitor.get(DESKS["member"]).content.decode()


@pytest.mark.parametrize("desk", DESKS)
def test_no_list_shows_another_koperasis_rows(at, other, desk):
    text = at(MANAGER).get(DESKS[desk]).content.decode()

    assert "eberang" not in text


@pytest.mark.parametrize("deed", ["change", "delete", "history"])
@pytest.mark.parametrize("desk", ["member", "riskrule"])
def test_a_row_of_another_koperasi_is_nowhere(at, other, desk, deed):
    row = other.member if desk == "member" else other.rule

    assert at(MANAGER).get(f"{DESKS[desk]}{row.pk}/{deed}/").status_code in (403, 404)
    assert at(MANAGER).post(f"{DESKS[desk]}{row.pk}/{deed}/", {"post": "yes"}).status_code != 200


def test_the_first_lock_holds_where_the_second_is_open(at, other, rf, mekar):
    """The desks' own filter: the transaction stands in the other koperasi's scope."""
    browser = at(MANAGER)
    request = browser.get(DESKS["member"]).wsgi_request
    step_into(other)

    for model, desk in admin.site._registry.items():
        if model._meta.app_label == "koperasi_risk":
            assert not desk.get_queryset(request).exists(), model
    assert Member.objects.exists()


def test_a_search_for_members_finds_the_own_ones_alone(at, other, mekar):
    a_member(mekar, full_name="Ani")
    query = {"app_label": "koperasi_risk", "model_name": "guarantor", "field_name": "member"}

    found = at(MANAGER).get("/admin/autocomplete/", query | {"term": ""}).json()["results"]

    assert [row["text"].split(" (")[0] for row in found] == ["Ani"]


def test_a_guarantor_of_another_koperasi_is_no_choice(at, other, mekar):
    loan = a_loan(a_member(mekar))
    browser = at(MANAGER)
    page = browser.get(f"{DESKS['loan']}{loan.pk}/change/")
    form = {
        f"{formset.formset.prefix}-{name}": 0
        for formset in page.context["inline_admin_formsets"]
        for name in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    form |= {"guarantors-TOTAL_FORMS": 1, "guarantors-0-member": other.member.pk}

    response = browser.post(f"{DESKS['loan']}{loan.pk}/change/", form)

    assert response.status_code == 200
    assert not loan.guarantors.exists()


def test_the_log_of_the_back_office_names_no_member(at, mekar):
    browser = at(OFFICER)
    form = {"full_name": "Bu Rahasia", "number": "A-77", "joined_on": "2024-01-05"}
    for prefix in ("documents", "external_debts", "status_events"):
        form |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}

    assert browser.post(DESKS["member"] + "add/", form).status_code == 302

    member = Member.objects.get(number="A-77")
    entry = LogEntry.objects.get()
    assert (entry.object_repr, entry.object_id) == (f"#{member.pk}", str(member.pk))


def test_the_index_asks_a_koperasi_its_own_questions_and_no_others(at):
    text = at(MANAGER).get("/admin/").content.decode()

    assert "Apakah ada hasil yang perlu dinilai ulang?" in text
    assert "menunggu verifikasi?" in text
    assert "kabar" not in text
    assert "/admin/core/" not in text
    assert "/admin/merchants/" not in text


def test_the_sidebar_shows_what_opens(at, client, operator):
    def links(browser) -> str:
        text = browser.get("/admin/").content.decode()
        return text[text.index("nav-sidebar-apps") :]

    officer = links(at(OFFICER))
    assert DESKS["member"] in officer
    assert DESKS["riskrule"] not in officer
    client.force_login(operator)
    assert "/admin/koperasi_risk/" not in links(client)
    assert "/admin/core/auditentry/" in links(client)
