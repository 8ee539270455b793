from datetime import timedelta

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, User
from conftest import NOON
from core.models import AuditEntry
from merchants.models import Merchant
from transactions.models import Transaction

# A koperasi's desks open by seats in it: koperasi_risk/tests/test_admin_access.py.
PRODUCT = {
    model: desk
    for model, desk in admin.site._registry.items()
    if model._meta.app_label != "koperasi_risk"
}
DESKS = [
    reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist") for model in PRODUCT
]


@pytest.fixture
def desk(client, operator):
    """The browser of a signed-in operator."""
    client.force_login(operator)
    return client


@pytest.mark.parametrize("path", ["/admin/", *DESKS])
def test_operators_and_administrators_open_every_desk_of_the_product(
    client, operator, admin_user, path
):
    for person in (operator, admin_user):
        client.force_login(person)
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("year", ["0001", "9999", "9223372036854775808", "x"])
def test_a_year_that_no_calendar_has_is_no_filter(desk, year):
    response = desk.get(f"/admin/core/auditentry/?at__year={year}", follow=True)

    assert response.status_code == 200


@pytest.mark.parametrize("path", ["/admin/", DESKS[0], "/admin/login/"])
def test_other_roles_are_refused(client, sari, budi, wayan, path):
    for person in (sari, budi, wayan):
        client.force_login(person)
        assert client.get(path, follow=True).status_code == 403


@pytest.mark.parametrize("path", DESKS)
def test_people_of_a_koperasi_open_no_desk_of_the_product(client, wayan, mekar, path):
    client.force_login(wayan)

    assert client.get("/admin/").status_code == 200
    assert client.get(path).status_code == 403


def test_signing_in_happens_on_our_own_page(client, db):
    response = client.get("/admin/", follow=True)

    assert response.redirect_chain[-1][0].startswith("/accounts/login/?next=")


def test_operators_change_nothing(desk, sari, operator):
    for model, model_admin in admin.site._registry.items():
        request = desk.get("/admin/").wsgi_request
        assert not model_admin.has_add_permission(request), model
        assert not model_admin.has_change_permission(request), model
        assert not model_admin.has_delete_permission(request), model


def test_nobody_deletes_or_edits_money_judgements_and_logs(client, admin_user):
    client.force_login(admin_user)
    request = client.get("/admin/").wsgi_request

    editable = {
        model.__name__
        for model, model_admin in admin.site._registry.items()
        if model_admin.has_change_permission(request) or model_admin.has_delete_permission(request)
    }

    assert editable == {"User", "Organisation", "LoanTerms"}


def test_an_operator_suspends_a_person_with_a_reason(desk, sari, operator):
    path = reverse("admin:accounts_user_suspend", args=[sari.pk])

    response = desk.post(path, {"reason": "Dilaporkan dicuri", "_form_submitted": "True"})

    sari.refresh_from_db()
    assert response["HX-Redirect"] == reverse("admin:accounts_user_change", args=[sari.pk])
    assert not sari.is_active
    entry = AuditEntry.objects.get(action="user.suspended")
    assert (entry.actor_code, entry.reason) == (str(operator.code), "Dilaporkan dicuri")


def test_suspending_needs_a_reason(desk, sari):
    desk.post(reverse("admin:accounts_user_suspend", args=[sari.pk]), {"reason": ""})

    sari.refresh_from_db()
    assert sari.is_active


def test_an_administrator_adds_a_person_with_a_role(client, admin_user, bank):
    client.force_login(admin_user)
    password = "kuda-laut-berjemur-42-kali"

    client.post(
        "/admin/accounts/user/add/",
        {
            "email": "Tuti@Bank.example",
            "full_name": "Tuti",
            "role": "BANK_OFFICER",
            "organisation": bank.pk,
            "password1": password,
            "password2": password,
        },
    )

    tuti = User.objects.get(email="tuti@bank.example")
    assert tuti.check_password(password)
    assert AuditEntry.objects.get(action="user.added").subject_code == str(tuti.code)


def test_bank_people_need_their_bank(client, admin_user, sari):
    client.force_login(admin_user)

    response = client.post(
        f"/admin/accounts/user/{sari.pk}/change/",
        {"email": sari.email, "full_name": "Sari", "role": "BANK_OFFICER", "language": "id"},
    )

    sari.refresh_from_db()
    assert "Petugas bank harus memiliki bank." in response.content.decode()
    assert sari.role == Role.MERCHANT


def test_a_new_role_ends_every_session(client, admin_user, sari):
    client.force_login(admin_user)

    client.post(
        f"/admin/accounts/user/{sari.pk}/change/",
        {"email": sari.email, "full_name": "Sari", "role": "OPERATOR", "language": "id"},
    )

    before = sari.session_version
    sari.refresh_from_db()
    assert (sari.role, sari.session_version) == (Role.OPERATOR, before + 1)


def test_the_page_of_a_person_shows_no_password_hash(client, admin_user, sari):
    sari.set_password("kuda-laut-berjemur-42-kali")
    sari.save()
    client.force_login(admin_user)

    assert "argon2" not in client.get(f"/admin/accounts/user/{sari.pk}/change/").content.decode()


def test_personal_data_is_masked(desk, warung):
    warung.phone, warung.national_id = "+6281234566789", "3201021504880001"
    warung.save()

    text = desk.get(f"/admin/merchants/merchant/{warung.pk}/change/").content.decode()
    assert "+62 812-****-6789" in text
    assert "3201********0001" in text
    assert "81234566789" not in text


def test_the_list_of_sales_asks_the_same_few_questions(
    desk, warung, kios, django_assert_max_num_queries
):
    Transaction.objects.bulk_create(
        Transaction(
            merchant=merchant,
            amount=1000,
            method="CASH",
            occurred_at=NOON,
            recorded_at=NOON,
            updated_at=NOON,
        )
        for merchant in (warung, kios) * 20
    )

    with django_assert_max_num_queries(6) as captured:
        desk.get("/admin/transactions/transaction/")

    assert not any("COUNT(" in query["sql"] for query in captured)


def test_the_index_warns_about_stuck_news(desk, db):
    from core.models import OutboxEvent

    event = OutboxEvent.objects.create(topic="score.changed", payload={})
    OutboxEvent.objects.filter(pk=event.pk).update(announced_at=timezone.now() - timedelta(hours=1))

    text = desk.get("/admin/").content.decode()
    assert "Adakah kabar yang belum terkirim?" in text
    assert "tertua: 1" in text


def test_texts_of_people_are_never_evaluated(desk):
    name = "<img x-init=\"alert('x')\">{{ 7*7 }}"
    shop = Merchant.objects.create(company_name=name, joined_at=NOON)

    for path in ("/admin/merchants/merchant/", f"/admin/merchants/merchant/{shop.pk}/change/"):
        assert "<img x-init" not in desk.get(path).content.decode()
