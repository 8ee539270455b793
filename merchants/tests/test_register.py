import json
import logging

import pytest
from rest_framework.test import APIClient
from structlog.testing import capture_logs

from accounts.models import Role, User
from accounts.tests.people import at_once, bearer, insist, login
from core.models import AuditEntry, OutboxEvent
from merchants.models import Consent, Merchant
from merchants.tests.forms import PASSWORD, a_form, register

pytestmark = pytest.mark.django_db


def fields_at_fault(response) -> set[str]:
    return {error["field"] for error in response.json()["errors"]}


def test_answers_with_the_new_account_and_its_merchant_id():
    response = register()

    owner = User.objects.get()
    body = response.json()
    assert response.status_code == 201
    assert body["success"] is True
    assert body["data"] | {"message": ""} == {
        "userId": str(owner.code),
        "email": "dewi@example.com",
        "companyName": "Toko Melati",
        "merchantId": owner.merchant.code,
        "message": "",
    }
    assert body["message"] and body["data"]["message"]


def test_makes_person_shop_consent_audit_and_news_together():
    register()

    merchant = Merchant.objects.get()
    assert merchant.owner.role == Role.MERCHANT
    assert merchant.phone == "+6281234567890"
    assert merchant.address == "Jl. Cempaka 12"
    assert Consent.objects.standing().filter(merchant=merchant).count() == 1
    assert merchant.consents.get().valid_until
    entry = AuditEntry.objects.get(action="merchant.registered")
    assert (entry.subject_code, entry.actor_code) == (merchant.code, str(merchant.owner.code))
    event = OutboxEvent.objects.get(topic="merchant.registered")
    assert event.payload == {"merchant_id": merchant.pk}


def test_the_new_account_signs_in_and_reads_its_profile():
    register()

    signed_in = login("dewi@example.com", PASSWORD).json()["data"]

    profile = bearer(signed_in["accessToken"]).get("/api/merchant/profile")
    assert profile.json()["data"]["user"]["phoneNumber"] == "+6281234567890"


def test_a_mail_address_belongs_to_one_account_whatever_its_capitals():
    register()

    response = register(a_form(email="DEWI@Example.COM"))

    assert response.status_code == 400
    assert response.json()["code"] == "email_taken"
    assert fields_at_fault(response) == {"email"}
    assert User.objects.count() == Merchant.objects.count() == 1


def test_stores_the_mail_address_in_lower_case():
    register(a_form(email="  Dewi.L@Example.COM "))

    assert User.objects.get().email == "dewi.l@example.com"


@pytest.mark.parametrize("field", list(a_form()))
@pytest.mark.parametrize("value", ["", "   ", None, [], {"a": 1}])
def test_every_field_is_compulsory_and_a_text(field, value):
    response = register(a_form(**{field: value}))

    assert response.status_code == 400
    assert fields_at_fault(response) == {field}
    assert not User.objects.exists()


@pytest.mark.parametrize("field", list(a_form()))
def test_a_missing_field_is_named(field):
    form = a_form()
    del form[field]

    assert fields_at_fault(register(form)) == {field}


@pytest.mark.parametrize(
    ("field", "longest"),
    [("email", 100), ("companyName", 100), ("fullName", 100), ("city", 50), ("address", 500)],
)
def test_widths_are_checked_before_the_database_complains(field, longest):
    at = "@example.com"
    fill = lambda n: "a" * (n - len(at)) + at if field == "email" else "x" * n  # noqa: E731

    assert fields_at_fault(register(a_form(**{field: fill(longest + 1)}))) == {field}
    if field != "email":  # a local part of 88 characters is no address
        assert register(a_form(**{field: fill(longest)})).status_code == 201


@pytest.mark.parametrize(
    "email", ["dewi", "dewi@", "@example.com", "a b@example.com", "dewi@exämple.com", "a@b"]
)
def test_only_real_looking_ascii_addresses_are_taken(email):
    response = register(a_form(email=email))

    assert response.status_code == 400
    assert fields_at_fault(response) == {"email"}


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("081234567890", "+6281234567890"),
        ("+62 812-3456-789", "+628123456789"),
        ("(021) 555 1234", "+62215551234"),
        ("6281234567890", "+6281234567890"),
    ],
)
def test_phone_numbers_are_stored_in_one_form(typed, stored):
    register(a_form(phoneNumber=typed))

    assert Merchant.objects.get().phone == stored
    assert Merchant.objects.filter(
        phone_index=Merchant._meta.get_field("phone_index").index_of(stored)
    ).exists()


@pytest.mark.parametrize(
    "phone",
    [
        "abc",
        "0812",
        "+12025550123",
        "0812-FLOWERS",
        "0812345678901234567",
        "0000000000",
        "٠٨١٢٣٤٥٦٧٨٩٠",
    ],
)
def test_other_numbers_are_refused_at_their_field(phone):
    response = register(a_form(phoneNumber=phone))

    assert response.status_code == 400
    assert fields_at_fault(response) == {"phoneNumber"}
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "password",
    [
        "short-7",
        "password123",
        "Toko Melati",  # the shop's own name
        "dewi@example.com",
        "Dewi Lestari",
        "a" * 129,
    ],
)
def test_passwords_that_are_easy_to_guess_are_refused_at_their_field(password):
    response = register(a_form(password=password))

    assert response.status_code == 400
    assert fields_at_fault(response) == {"password"}
    assert not User.objects.exists()


def test_a_password_may_be_as_long_as_a_poem():
    poem = "laut biru memanggil perahu kecil " * 3

    register(a_form(password=poem))

    assert login("dewi@example.com", poem).status_code == 200


def test_nobody_chooses_their_own_role_or_rights():
    extra = {
        "role": "ADMIN",
        "is_superuser": True,
        "isSuperuser": True,
        "is_active": False,
        "organisation": 1,
        "session_version": 9,
        "code": "MRC-MINE",
        "merchantId": "MRC-MINE",
        "scale": "LARGE",
        "userId": "00000000-0000-4000-8000-000000000000",
    }

    assert register(a_form(**extra)).status_code == 201

    user = User.objects.get()
    assert (user.role, user.is_superuser, user.is_active, user.session_version) == (
        Role.MERCHANT, False, True, 1,
    )  # fmt: skip
    assert (user.merchant.code != "MRC-MINE", user.merchant.scale) == (True, "MICRO")


@pytest.mark.parametrize("body", [b"", b"[]", b'"x"', b"{", b'{"email":"a","email":"b"}', b"null"])
def test_a_strange_body_is_a_refusal(body):
    response = APIClient().post("/api/auth/register", body, content_type="application/json")

    assert response.status_code == 400
    assert response.json()["success"] is False


def test_a_repeated_call_under_one_key_makes_one_account():
    first = register(HTTP_IDEMPOTENCY_KEY="k1")
    again = register(HTTP_IDEMPOTENCY_KEY="k1")

    assert again.json() == first.json()
    assert User.objects.count() == 1


def test_a_stale_token_does_not_stand_in_the_way():
    assert register(HTTP_AUTHORIZATION="Bearer old").status_code == 201


def test_a_failure_half_way_leaves_nothing(monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("half way")

    monkeypatch.setattr("merchants.services.announce", fail)

    assert APIClient(raise_request_exception=False).post(
        "/api/auth/register", a_form(), format="json"
    ).status_code == 500  # fmt: skip
    assert not User.objects.exists()
    assert not Merchant.objects.exists()


def test_personal_data_stays_out_of_logs_news_and_audit(caplog):
    caplog.set_level(logging.DEBUG)
    with capture_logs() as events:
        register()
        login("dewi@example.com", PASSWORD)
        login("dewi@example.com", "wrong-password-1")

    kept = [
        json.dumps(events, default=str),
        # What PostgreSQL was asked is only logged by developers.
        " ".join(r.getMessage() for r in caplog.records if not r.name.startswith("django.db")),
        json.dumps(list(OutboxEvent.objects.values("topic", "payload"))),
        json.dumps(list(AuditEntry.objects.values("detail", "reason", "subject_code"))),
    ]
    for secret in ["dewi@example.com", "81234567890", "0812-3456-7890", "Cempaka", PASSWORD]:
        assert not any(secret in text for text in kept)


@pytest.mark.django_db(transaction=True)
def test_a_hundred_and_twenty_registrations_at_once_leave_only_whole_accounts():
    mails = [f"pedagang{number}@example.com" for number in range(120)]

    answers = at_once(lambda mail: register(a_form(email=mail)).status_code, mails)

    assert set(answers) <= {201, 429}
    made = {mail for mail, status in zip(mails, answers, strict=True) if status == 201}
    assert made == set(User.objects.values_list("email", flat=True))
    assert Merchant.objects.count() == Consent.objects.count() == len(made) > 0
    for mail in mails:
        if mail not in made:
            assert register(a_form(email=mail)).status_code == 201
    for mail in mails[::10]:
        token = login(mail, PASSWORD).json()["data"]["accessToken"]
        assert bearer(token).get("/api/merchant/profile").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_ten_equal_registrations_at_once_exactly_one_succeeds():
    capitals = ["dewi@example.com", "DEWI@example.com"] * 5

    answers = at_once(lambda mail: insist(lambda: register(a_form(email=mail))), capitals)

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201] + [400] * 9
    assert {a.json()["code"] for a in answers if a.status_code == 400} == {"email_taken"}
    assert User.objects.count() == Merchant.objects.count() == Consent.objects.count() == 1
