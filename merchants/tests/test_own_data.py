import uuid

import pytest

from accounts.tests.people import at_once
from conftest import NOON
from core.models import AuditEntry, OutboxEvent
from merchants.models import Consent, Merchant
from merchants.services import grant_consent, withdraw_consent

pytestmark = pytest.mark.django_db

DOORS = [
    ("get", "/api/merchant/profile"),
    ("get", "/api/merchant/consents"),
    ("post", "/api/merchant/consents"),
    ("delete", f"/api/merchant/consents/{uuid.uuid4()}"),
]


def knock(client, door):
    method, path = door
    return getattr(client, method)(path)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("person", ["budi", "wayan", "operator", "admin_user"])
def test_the_doors_are_for_merchants_alone(api, request, person, door):
    response = knock(api(request.getfixturevalue(person)), door)

    assert (response.status_code, response.json()["code"]) == (403, "not_allowed")


@pytest.mark.parametrize("door", DOORS)
def test_strangers_are_asked_to_sign_in(api, db, door):
    assert knock(api(), door).status_code == 401


@pytest.mark.parametrize("door", DOORS)
def test_a_merchant_without_a_shop_is_told_so(api, sari, door):
    response = knock(api(sari), door)

    assert (response.status_code, response.json()["code"]) == (404, "merchant_not_found")


def test_the_profile_has_the_fields_of_the_reference(api, sari, warung):
    warung.phone, warung.address = "+6281234567890", "Jl. Cempaka 12"
    warung.save()

    body = api(sari).get("/api/merchant/profile").json()

    assert body == {
        "success": True,
        "data": {
            "user": {
                "id": str(sari.code),
                "email": "sari@example.com",
                "fullName": "Sari",
                "companyName": "Warung Sari",
                "phoneNumber": "+6281234567890",
                "city": "Bandung",
                "address": "Jl. Cempaka 12",
            },
            "merchant": {
                "merchantId": warung.code,
                "businessCategory": "Retail",
                "businessScale": "Micro",
                "joinDate": "2026-03-02T05:00:00.000Z",
            },
        },
    }


def test_an_unknown_category_is_null(api, sari, warung):
    Merchant.objects.update(category="")

    profile = api(sari).get("/api/merchant/profile").json()["data"]

    assert profile["merchant"]["businessCategory"] is None


def test_each_reads_their_own_profile(api, sari, warung, rini, kios):
    profile = api(rini).get("/api/merchant/profile").json()["data"]

    assert profile["merchant"]["merchantId"] == kios.code


def test_the_profile_costs_few_queries(api, sari, warung, django_assert_num_queries):
    caller = api(sari)

    with django_assert_num_queries(2):
        caller.get("/api/merchant/profile")


def test_consents_are_listed_newest_first(api, sari, warung, kios):
    response = api(sari).get("/api/merchant/consents")

    consent = warung.consents.get()
    assert response.json() == {
        "success": True,
        "data": [
            {
                "id": str(consent.code),
                "scope": "partner_banks",
                "textVersion": "2026-01",
                "grantedAt": "2026-03-02T05:00:00.000Z",
                "validUntil": None,
                "withdrawnAt": None,
            }
        ],
        "pagination": {"total": 1, "page": 1, "limit": 20, "pages": 1},
    }


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "page=0", "page=-1"])
def test_a_strange_page_is_400(api, sari, warung, query):
    assert api(sari).get(f"/api/merchant/consents?{query}").status_code == 400


def test_a_withdrawn_consent_hides_the_shop_from_banks_at_once(api, sari, warung, budi):
    consent = warung.consents.get()
    assert warung in Merchant.objects.visible_to(budi)

    response = api(sari).delete(f"/api/merchant/consents/{consent.code}")

    assert response.status_code == 200
    assert response.json()["data"]["withdrawnAt"]
    assert warung not in Merchant.objects.visible_to(budi)
    assert AuditEntry.objects.filter(action="consent.withdrawn").count() == 1
    event = OutboxEvent.objects.get(topic="consent.withdrawn")
    assert event.payload == {"merchant_id": warung.pk, "consent_id": consent.pk}


def test_withdrawing_twice_is_one_withdrawal(api, sari, warung):
    path = f"/api/merchant/consents/{warung.consents.get().code}"

    first, second = api(sari).delete(path), api(sari).delete(path)

    assert first.json()["data"] == second.json()["data"]
    assert OutboxEvent.objects.filter(topic="consent.withdrawn").count() == 1


def test_somebody_elses_consent_is_not_there(api, rini, kios, warung):
    response = api(rini).delete(f"/api/merchant/consents/{warung.consents.get().code}")

    assert (response.status_code, response.json()["code"]) == (404, "consent_not_found")
    assert Consent.objects.standing().filter(merchant=warung).exists()


def test_a_code_that_is_none_is_404(api, sari, warung):
    response = api(sari).delete("/api/merchant/consents/1")

    assert (response.status_code, response.json()["success"]) == (404, False)


def test_consent_can_be_given_again(api, sari, warung, budi):
    withdraw_consent(merchant=warung, code=warung.consents.get().code, by=sari, now=NOON)

    response = api(sari).post("/api/merchant/consents")

    assert response.status_code == 201
    assert response.json()["data"]["validUntil"]
    assert warung in Merchant.objects.visible_to(budi)
    assert warung.consents.count() == 2
    assert AuditEntry.objects.filter(action="consent.granted").count() == 1


def test_a_consent_that_stands_is_kept(api, sari, warung):
    response = api(sari).post("/api/merchant/consents")

    assert (response.status_code, warung.consents.count()) == (200, 1)
    assert response.json()["data"]["id"] == str(warung.consents.get().code)


def test_nobody_chooses_the_terms_of_their_consent(api, sari, warung):
    Consent.objects.all().delete()

    api(sari).post(
        "/api/merchant/consents",
        {"textVersion": "mine", "validUntil": None, "merchant": 1, "scope": "ALL"},
        format="json",
    )

    consent = warung.consents.get()
    assert (consent.text_version, consent.scope) == ("2026-01", "PARTNER_BANKS")


@pytest.mark.django_db(transaction=True)
def test_six_grants_at_once_make_one_consent(sari, warung):
    Consent.objects.all().delete()

    at_once(lambda _: grant_consent(merchant=warung, by=sari, now=NOON), range(6))

    assert warung.consents.count() == 1


@pytest.mark.django_db(transaction=True)
def test_six_withdrawals_at_once_are_one(sari, warung):
    code = warung.consents.get().code

    at_once(lambda _: withdraw_consent(merchant=warung, code=code, by=sari, now=NOON), range(6))

    assert OutboxEvent.objects.filter(topic="consent.withdrawn").count() == 1
