import re

import pytest
from django.urls import reverse

from accounts.models import Role, User

HOMES = {
    Role.MERCHANT: "/m/",
    Role.BANK_OFFICER: "/portal/",
    Role.BANK_APPROVER: "/portal/",
    Role.KOPERASI_STAFF: "/koperasi/",
    Role.FRAUD_ANALYST: "/fraud/",
    Role.FRAUD_LEAD: "/fraud/",
    Role.OPERATOR: "/admin/",
    Role.ADMIN: "/admin/",
}
PASSWORD = "sungguh-panjang-dan-unik-7"


@pytest.fixture
def someone(bank):
    """Return a function that makes a person of a role."""

    def make(role: Role) -> User:
        return User.objects.create(
            email=f"{role.lower()}@example.com", full_name="Somebody", role=role, organisation=bank
        )

    return make


@pytest.mark.parametrize(("role", "home"), HOMES.items())
def test_each_role_has_its_own_home(client, someone, role, home):
    client.force_login(someone(role))

    response = client.get("/", follow=True)

    assert response.redirect_chain[-1][0] == home
    assert response.status_code == 200


@pytest.mark.parametrize("role", HOMES)
def test_the_homes_of_others_are_closed(client, someone, role):
    client.force_login(someone(role))
    others = set(HOMES.values()) - {HOMES[role]}

    assert {client.get(home, follow=True).status_code for home in others} == {403}


@pytest.mark.parametrize("home", sorted(set(HOMES.values())))
def test_who_is_not_signed_in_is_asked_to(client, home):
    response = client.get(home, follow=True)

    assert response.redirect_chain[-1][0].startswith("/accounts/login/?next=")


def test_signing_in_leads_home(client, sari):
    sari.set_password(PASSWORD)
    sari.save()

    response = client.post(
        "/accounts/login/", {"login": "SARI@example.com", "password": PASSWORD}, follow=True
    )

    assert response.redirect_chain[-1][0] == "/m/"


def test_a_wrong_password_is_told_in_one_sentence(client, sari):
    response = client.post("/accounts/login/", {"login": sari.email, "password": "salah"})

    assert response.status_code == 200
    assert "E-mail atau kata sandi salah." in response.content.decode()


def test_signing_out_takes_a_post(client, sari):
    client.force_login(sari)

    assert client.get("/accounts/logout/").status_code == 200
    assert client.post("/accounts/logout/")["Location"] == "/accounts/login/"
    assert client.get("/m/").status_code == 302


@pytest.mark.parametrize(
    "path", ["signup/", "email/", "password/change/", "inactive/", "reauthenticate/"]
)
def test_nothing_else_of_the_sign_in_package_is_reachable(client, path):
    assert client.get(f"/accounts/{path}").status_code == 404


def test_asking_for_a_new_password_says_the_same_to_everybody(client, sari):
    pages = [
        client.post("/accounts/password/reset/", {"email": email}, follow=True)
        for email in (sari.email, "nobody@example.com")
    ]

    assert {page.redirect_chain[-1][0] for page in pages} == {"/accounts/password/reset/done/"}


def test_an_old_reset_link_says_so(client, db):
    response = client.get("/accounts/password/reset/key/1-abc-def/")

    assert response.status_code == 200
    assert "Tautan ini tidak berlaku lagi" in response.content.decode()


def test_forms_need_their_token(sari):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(sari)

    response = strict.post(reverse("choose"), {"theme": "dark"})

    assert response.status_code == 403
    assert "Formulir ini sudah kedaluwarsa" in response.content.decode()


@pytest.mark.parametrize("path", ["/accounts/login/", "/nowhere/"])
def test_pages_keep_the_strict_policy(client, db, path):
    policy = client.get(path)["Content-Security-Policy"]

    assert "script-src 'self';" in policy + ";"
    assert "style-src 'self';" in policy + ";"
    assert "unsafe" not in policy


def test_only_the_back_office_has_the_relaxed_policy(client, operator):
    client.force_login(operator)

    assert "'unsafe-eval'" in client.get("/admin/")["Content-Security-Policy"]
    assert "unsafe" not in client.get("/akun/preferensi/")["Content-Security-Policy"]


def test_pages_speak_indonesian_unless_the_browser_asks_otherwise(client, db):
    assert '<html lang="id"' in client.get("/accounts/login/").content.decode()
    english = client.get("/accounts/login/", headers={"Accept-Language": "en"})
    assert '<html lang="en"' in english.content.decode()


def test_the_language_of_a_person_wins_over_the_browser(client, sari):
    client.force_login(sari)

    page = client.get("/akun/preferensi/", headers={"Accept-Language": "en"})

    assert '<html lang="id"' in page.content.decode()


def test_choosing_a_language_keeps_it_on_the_person(client, sari):
    client.force_login(sari)

    client.post(reverse("choose"), {"language": "en", "next": "/akun/preferensi/"})

    sari.refresh_from_db()
    assert sari.language == "en"
    assert '<html lang="en"' in client.get("/akun/preferensi/").content.decode()


def test_who_is_not_signed_in_keeps_choices_in_the_browser(client, db):
    client.post(reverse("choose"), {"language": "en", "theme": "dark"})

    page = client.get("/accounts/login/").content.decode()
    assert '<html lang="en" data-theme="dark">' in page


def test_a_way_back_that_is_no_address_leads_home(client, sari):
    client.force_login(sari)

    response = client.post(reverse("choose"), {"theme": "dark", "next": "9999-12-31T23:59:59"})

    assert response["Location"] == "/"


def test_choosing_what_does_not_exist_changes_nothing(client, sari):
    client.force_login(sari)

    response = client.post(reverse("choose"), {"theme": "pink"})

    sari.refresh_from_db()
    assert response.status_code == 400
    assert sari.theme == "auto"


def test_single_keys_can_be_switched_off(client, sari, warung):
    client.force_login(sari)
    assert 'data-key="/"' in client.get("/m/penjualan/").content.decode()

    client.post(reverse("choose"), {"single_keys": "off"})

    for page in ("/m/", "/m/penjualan/"):
        text = client.get(page).content.decode()
        assert 'data-key="' not in text
        # Control+K is no single key.
        assert set(re.findall('aria-keyshortcuts="([^"]+)"', text)) <= {"Control+K"}


def test_choosing_never_leads_to_another_site(client, sari):
    client.force_login(sari)

    response = client.post(reverse("choose"), {"theme": "dark", "next": "https://evil.example/"})

    assert response["Location"] == "/"


def test_times_are_shown_in_the_time_zone_of_the_person(client, sari, warung):
    from conftest import NOON
    from transactions.models import Transaction

    sari.time_zone = "Asia/Jayapura"
    sari.save()
    Transaction.objects.create(
        merchant=warung,
        amount=5000,
        method="CASH",
        occurred_at=NOON,
        recorded_at=NOON,
        updated_at=NOON,
    )
    client.force_login(sari)

    assert "14.00 WIT" in client.get("/m/").content.decode()


def test_an_error_of_ours_has_a_page_without_the_database(client, db, monkeypatch):
    from accounts.portal import views

    def break_down(request):
        raise RuntimeError("the database went away")

    monkeypatch.setattr(views, "home_of", break_down)
    client.raise_request_exception = False
    client.force_login(User.objects.create(email="a@example.com", role=Role.MERCHANT))

    response = client.get("/")

    assert response.status_code == 500
    text = response.content.decode()
    assert "Terjadi kesalahan di pihak kami" in text
    assert response["X-Request-ID"][:8] in text
