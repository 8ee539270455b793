import uuid

import pytest

from accounts.models import Role, User
from accounts.selectors import HOMES, home_of
from accounts.services.people import suspend_user
from accounts.tests.people import PASSWORD, login, with_password
from conftest import NOON
from core.models import AuditEntry
from fraud.services import BLOCK, CHALLENGE, Decision

pytestmark = pytest.mark.django_db
PATH = "/accounts/login/"


@pytest.fixture
def sari(sari):
    return with_password(sari)


def enter(client, email="sari@example.com", password=PASSWORD):
    return client.post(PATH, {"login": email, "password": password})


def is_signed_in(client) -> bool:
    return "_auth_user_id" in client.session


def test_the_page_lets_in_and_audits(client, sari):
    response = enter(client, "SARI@example.com")

    assert response.status_code == 302
    assert is_signed_in(client)
    entry = AuditEntry.objects.get(action="user.signed_in")
    assert (entry.actor_code, entry.detail) == (str(sari.code), {"way": "page"})


def test_wrong_unknown_and_suspended_read_the_same(client, sari, rini, admin_user):
    suspend_user(user=with_password(rini), by=admin_user, reason="Fraud", now=NOON)

    pages = [
        enter(client, "sari@example.com", "wrong-password-1"),
        enter(client, "nobody@example.com"),
        enter(client, "rini@example.com"),
    ]

    assert len({str(page.context["form"].errors) for page in pages}) == 1
    assert not is_signed_in(client)
    assert AuditEntry.objects.filter(action="user.sign_in_failed").count() == 3


def test_page_and_api_share_one_count(client, sari):
    for _ in range(3):
        enter(client, password="wrong-password-1")
    for _ in range(2):
        login("sari@example.com", "wrong-password-1")

    page = enter(client)

    assert page.context["form"].errors
    assert not is_signed_in(client)
    assert login("sari@example.com").status_code == 429


@pytest.mark.parametrize("outcome", [BLOCK, CHALLENGE])
def test_the_engine_decides_on_pages_too(client, sari, monkeypatch, outcome):
    monkeypatch.setattr(
        "accounts.api.sign_in.fraud.decide",
        lambda **_: Decision(decision_id=uuid.uuid4(), outcome=outcome),
    )

    assert enter(client).status_code == 200
    assert not is_signed_in(client)


def test_the_rate_limit_holds_for_pages(client, sari, settings):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"sign_in": 0}

    assert enter(client).context["form"].errors
    assert not is_signed_in(client)


def test_the_back_office_has_no_door_of_its_own(client, admin_user):
    with_password(admin_user)

    for form in (None, {"username": "admin@saksama.example", "password": PASSWORD}):
        response = client.post("/admin/login/", form) if form else client.get("/admin/login/")
        assert (response.status_code, response.url) == (302, f"{PATH}?next=%2Fadmin%2Flogin%2F")
    assert not is_signed_in(client)


def test_every_role_has_a_home():
    assert set(HOMES) == set(Role)
    assert home_of(User(role=Role.FRAUD_LEAD)) == "fraud:home"
