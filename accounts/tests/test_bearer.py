import uuid
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from django.conf import settings

from accounts.api.authentication import BearerAuthentication
from accounts.models import User
from accounts.services.sessions import open_session
from accounts.tests.people import bearer
from accounts.tokens import read_access

pytestmark = pytest.mark.django_db
ACCESS, REFRESH = settings.JWT_ACCESS_TOKEN_SECRET, settings.JWT_REFRESH_TOKEN_SECRET


@pytest.fixture
def tokens(sari, warung):
    return open_session(user=sari, now=datetime.now(UTC))


@pytest.fixture
def claims(tokens):
    return read_access(tokens.access)


def call(token):
    return bearer(token).get("/api/merchant/profile")


def forge(claims, secret=ACCESS, algorithm="HS256", headers=None, **changes):
    changed = {name: value for name, value in (claims | changes).items() if value is not None}
    return jwt.encode(changed, secret, algorithm=algorithm, headers=headers)


def test_claims_say_who_in_which_role_for_which_company(claims, sari):
    assert claims | {"jti": "", "iat": 0, "exp": 0, "family": ""} == {
        "userId": str(sari.code),
        "email": "sari@example.com",
        "companyName": "Warung Sari",
        "role": "merchant",
        "ver": 1,
        "jti": "",
        "iat": 0,
        "exp": 0,
        "iss": "saksama",
        "aud": "saksama-api",
        "token_type": "access",
        "family": "",
    }
    assert claims["exp"] - claims["iat"] == 15 * 60


def test_no_token_is_told_so(api, db):
    response = api().get("/api/merchant/profile", HTTP_ACCEPT_LANGUAGE="en")

    body = response.json()
    assert (response.status_code, body["code"], body["message"]) == (
        401, "not_authenticated", "Token not found",
    )  # fmt: skip
    assert response["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Basic c2FyaTpzYXJp", "Bearer", "Token abc", ""])
def test_another_scheme_is_no_token(api, db, header):
    response = api().get("/api/merchant/profile", HTTP_AUTHORIZATION=header)

    assert response.json()["code"] == "not_authenticated"


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "a.b.c",
        "é.é.é",
        "..",
        "null",
        "a b",
        "x" * 9000,
        "e30.e30.e30",
        "eyJhbGciOltdfQ.e30.",
    ],
)
def test_nonsense_is_an_invalid_token(db, text):
    response = bearer(text).get("/api/merchant/profile", HTTP_ACCEPT_LANGUAGE="en")

    body = response.json()
    assert (response.status_code, body["code"]) == (401, "token_invalid")
    assert body["message"] == "Token is invalid or has expired"
    assert response["WWW-Authenticate"] == "Bearer"


FORGERIES = {
    "unsigned": lambda c: forge(c, secret="", algorithm="none"),
    "signed with the refresh secret": lambda c: forge(c, secret=REFRESH),
    "signed with a guess": lambda c: forge(c, secret="secret" * 8),
    "another algorithm": lambda c: forge(c, algorithm="HS512"),
    "another audience": lambda c: forge(c, aud="elsewhere"),
    "no audience": lambda c: forge(c, aud=None),
    "another issuer": lambda c: forge(c, iss="elsewhere"),
    "no issuer": lambda c: forge(c, iss=None),
    "expired": lambda c: forge(c, exp=c["iat"] - 6),
    "without an end": lambda c: forge(c, exp=None),
    "from the future": lambda c: forge(c, iat=c["iat"] + 3600),
    "without an id": lambda c: forge(c, jti=None),
    "a refresh token's type": lambda c: forge(c, token_type="refresh"),
    "without a type": lambda c: forge(c, token_type=None),
    "an older version": lambda c: forge(c, ver=0),
    "a later version": lambda c: forge(c, ver=2),
    "another family": lambda c: forge(c, family=str(uuid.uuid4())),
    "an unknown person": lambda c: forge(c, userId=str(uuid.uuid4())),
    "a key by path": lambda c: forge(c, secret="x" * 40, headers={"kid": "../../dev/null"}),
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES.keys())
def test_forgeries_are_refused(claims, forgery):
    response = call(forgery(claims))

    assert (response.status_code, response.json()["code"]) == (401, "token_invalid")


def test_the_forger_of_these_tests_can_sign_a_good_one(claims):
    assert call(forge(claims)).status_code == 200


def test_every_changed_letter_is_noticed(tokens):
    for place in range(0, len(tokens.access) - 1, 7):
        letter = "A" if tokens.access[place] != "A" else "B"
        changed = tokens.access[:place] + letter + tokens.access[place + 1 :]
        assert read_access(changed) is None, place


def test_a_refresh_token_opens_no_door(tokens):
    assert call(tokens.refresh).status_code == 401


def test_another_persons_id_with_my_family_is_refused(claims, rini):
    assert call(forge(claims, userId=str(rini.code))).status_code == 401


def test_an_inactive_person_is_refused_even_with_the_right_version(tokens, sari):
    User.objects.filter(pk=sari.pk).update(is_active=False)

    assert call(tokens.access).status_code == 401


def test_the_role_is_read_from_the_row_and_not_from_the_token(claims, budi):
    boasting = forge(claims, role="admin")

    assert bearer(boasting).get("/api/bank/merchants/all").status_code in (403, 404)


def test_knowing_the_caller_costs_one_query(tokens, rf, django_assert_num_queries):
    request = rf.get("/", HTTP_AUTHORIZATION=f"Bearer {tokens.access}")

    with django_assert_num_queries(1):
        BearerAuthentication().authenticate(request)


def test_a_token_ends_after_fifteen_minutes(sari, warung):
    old = open_session(user=sari, now=datetime.now(UTC) - timedelta(minutes=15, seconds=6))

    assert call(old.access).status_code == 401
