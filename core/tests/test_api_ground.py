"""Whatever a client sends, it gets an answer in the envelope: never a 500, never our inner words."""

import json
import logging

import pytest
from django.test import Client
from django.utils import translation
from rest_framework import fields, serializers
from rest_framework.test import APIClient

from core.api.fields import AmountField
from core.tests.urls import TROUBLE

pytestmark = [pytest.mark.django_db, pytest.mark.urls("core.tests.urls")]


@pytest.fixture
def caller() -> APIClient:
    return APIClient(raise_request_exception=False)


def post(caller, body, *, path="/api/echo", content_type="application/json"):
    return caller.generic("POST", path, body, content_type=content_type)


def assert_refused(response, status: int, code: str):
    body = response.json()
    assert response.status_code == status
    assert body["success"] is False
    assert body["code"] == code
    assert body["message"]
    assert len(response["X-Request-ID"]) == 32
    assert response["Content-Type"] == "application/json"


# ── Refusals ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("refusal", 400, "invalid_input"),
        ("conflict", 409, "conflict"),
        ("away", 503, "unavailable"),
        ("too_often", 429, "too_many_requests"),
        ("http404", 404, "not_found"),
        ("denied", 403, "not_allowed"),
        ("suspicious", 400, "unreadable_request"),
        ("rest_not_found", 404, "not_found"),
        ("throttled", 429, "too_many_requests"),
        ("database_away", 503, "unavailable"),
        ("surprise", 500, "internal_error"),
    ],
)
def test_every_trouble_is_worded_in_the_envelope(caller, kind, status, code):
    response = caller.get(f"/api/trouble/{kind}")

    assert_refused(response, status, code)
    assert "secret" not in response.content.decode()


def test_every_trouble_has_a_case():
    assert len(TROUBLE) == 11


def test_a_refusal_names_the_fields(caller):
    assert caller.get("/api/trouble/refusal").json()["errors"] == [
        {"field": "amount", "message": "Too small."}
    ]


@pytest.mark.parametrize(
    ("kind", "seconds"),
    [("away", "7"), ("database_away", "1"), ("too_often", "3"), ("throttled", "2")],
)
def test_says_when_to_come_back(caller, kind, seconds):
    assert caller.get(f"/api/trouble/{kind}")["Retry-After"] == seconds


@pytest.mark.parametrize(
    "path",
    ["/api/nowhere", "/api", "/api/", "/api/echo/a/b", "/api-docs/nowhere", "/health/nowhere"],
)
def test_a_road_that_leads_nowhere(caller, path):
    assert_refused(caller.get(path), 404, "route_not_found")


def test_a_stranger_is_asked_to_sign_in(caller):
    response = caller.get("/api/members")

    assert_refused(response, 401, "not_authenticated")
    assert response["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "BREW"])
def test_a_method_that_is_not_there(caller, method):
    response = caller.generic(method, "/api/echo")

    assert_refused(response, 405, "method_not_allowed")
    assert response["Allow"] == "GET, POST, HEAD, OPTIONS"


def test_head_is_get_without_a_body(caller):
    response = caller.head("/api/echo")

    assert response.status_code == 200
    assert response.content == b""


def test_options_tells_the_methods_and_nothing_else(caller):
    response = caller.options("/api/echo")

    assert response.json() == {
        "success": True,
        "data": {"methods": ["GET", "POST", "HEAD", "OPTIONS"]},
    }


def test_a_form_that_we_cannot_answer_in(caller):
    assert_refused(caller.get("/api/echo", HTTP_ACCEPT="text/csv"), 406, "not_acceptable")


def test_a_query_cannot_choose_another_form(caller):
    assert caller.get("/api/echo?format=xml").json()["data"]["query"] == {"format": "xml"}


def test_a_host_that_is_not_ours(caller):
    assert_refused(caller.get("/api/echo", HTTP_HOST="evil.example"), 400, "unreadable_request")


def test_a_slash_at_the_end_is_forgiven(caller):
    assert caller.get("/api/echo/").status_code == 200


# ── Bodies ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"   ",
        b"\xef\xbb\xbf{}",  # a byte order mark
        b'{"a": "\xff"}',  # not UTF-8
        '{"a": 1}'.encode("utf-16"),
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1e400}',
        b'{"a": ' + b"9" * 400 + b"}",  # beyond a double
        b'{"a": ' + b"9" * 5000 + b"}",  # beyond what Python turns into an int
        b'{"a": -' + b"9" * 5000 + b"}",
        b'{"a": "\\u0000"}',
        b'{"a\\u0000": 1}',
        b'{"a": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'{"a": ' + b"[" * 33 + b"]" * 33 + b"}",
        b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"[]",
        b'"text"',
        b"1",
        b"null",
        b"{}{}",
        b"{'a': 1}",
        b'{"a": 1,}',
    ],
    ids=lambda body: repr(body[:14]),
)
def test_a_body_that_two_parsers_could_read_differently(caller, body):
    assert_refused(post(caller, body), 400, "invalid_json")


def test_a_good_body_is_read(caller):
    body = {"a": [1, 2.5, None, True, "☂ 😀 \u202e"], "b": {"c": "x"}}

    assert post(caller, json.dumps(body)).json()["data"] == body


def test_no_body_is_an_empty_one(caller):
    assert post(caller, b"").json()["data"] == {}


def test_depth_32_is_still_read(caller):
    assert post(caller, '{"a": ' + "[" * 31 + "]" * 31 + "}").status_code == 200


def test_a_body_beyond_a_megabyte_is_refused_unread(caller):
    body = b'{"a": "' + b"x" * (1024 * 1024) + b'"}'

    assert_refused(post(caller, body), 413, "body_too_large")


def test_a_body_beyond_a_megabyte_is_refused_under_a_key_too(caller):
    body = b'{"a": "' + b"x" * (1024 * 1024) + b'"}'

    response = caller.generic(
        "POST", "/api/make", body, content_type="application/json", HTTP_IDEMPOTENCY_KEY="k"
    )

    assert_refused(response, 413, "body_too_large")


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/xml", "application/x-www-form-urlencoded", "", "junk"],
)
def test_a_body_that_is_not_json(caller, content_type):
    assert_refused(post(caller, b"{}", content_type=content_type), 415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("amount", "read"),
    [
        ("0.01", "0.01"),
        (15000, "15000.00"),
        (10.1, "10.10"),
        ("9999999999999.99", "9999999999999.99"),
    ],
)
def test_an_amount(caller, amount, read):
    response = post(caller, json.dumps({"amount": amount}), path="/api/amount")

    assert response.json()["data"]["amount"] in (read, str(amount))


@pytest.mark.parametrize(
    "amount",
    [0, -1, "-1", 0.001, "0.001", True, False, None, "", " 5", "1e3", "1_000", "NaN", "Infinity",
     "٣", "²", "1.2.3", ".", [], {}, 1e14, "10000000000000", int("9" * 300), "9" * 5000, "Rp 5"],
)  # fmt: skip
def test_what_is_not_an_amount(caller, amount):
    response = post(caller, json.dumps({"amount": amount}), path="/api/amount")

    assert_refused(response, 400, "validation_failed")
    assert response.json()["errors"][0]["field"] == "amount"


# ── Addresses ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "path",
    ["/api/echo/%00", "/api/echo?q=%00", "/api/echo?%00=1"],
)
def test_nul_in_an_address(caller, path):
    assert_refused(caller.get(path), 400, "unreadable_request")


def test_nul_in_a_pages_address_is_refused_too(client):
    assert client.get("/somewhere/%00").status_code == 400


@pytest.mark.parametrize(
    "junk",
    [
        "%ff%fe",
        "%ed%a0%80",
        "a" * 5000,
        "%f0%9f%98%80",
        "..%2f..%2fetc",
        "%0d%0aSet-Cookie:x",
        "{}[]|",
    ],
)
def test_junk_in_an_address_is_never_our_fault(caller, junk):
    assert caller.get(f"/api/echo/{junk}").status_code in (200, 404)
    assert caller.get(f"/api/echo?q={junk}").status_code == 200


# ── Language, ids, logs ────────────────────────────────────────────────────────────────


def test_messages_follow_the_callers_language(caller):
    english = caller.get("/api/nowhere", HTTP_ACCEPT_LANGUAGE="en").json()["message"]

    assert english == "This address does not exist."


@pytest.mark.parametrize(
    "path",
    [
        "/api/echo",
        "/api/nowhere",
        "/nowhere",
        "/api/trouble/surprise",
        "/health/live",
        "/static/no.css",
    ],
)
def test_every_answer_has_a_request_id_of_its_own(path):
    client = Client(raise_request_exception=False)

    ids = {client.get(path)["X-Request-ID"] for _ in range(2)}

    assert len(ids) == 2


def test_a_surprise_is_logged_for_developers(caller, caplog):
    with caplog.at_level(logging.ERROR):
        caller.get("/api/trouble/surprise")

    assert "unexpected_error" in caplog.text


# ── Words ──────────────────────────────────────────────────────────────────────────────

FIELDS = [
    fields.CharField, fields.IntegerField, fields.ChoiceField, fields.DateField, fields.UUIDField,
    fields.BooleanField, fields.EmailField, AmountField, serializers.ListSerializer,
    serializers.Serializer,
]  # fmt: skip


@pytest.mark.parametrize("field", FIELDS)
def test_refusals_of_fields_are_worded_in_indonesian(field):
    words = {
        name: text
        for part in reversed(field.__mro__)
        for name, text in getattr(part, "default_error_messages", {}).items()
    }

    def in_language(language):
        with translation.override(language):
            return {str(text) for text in words.values()}

    assert not in_language("en") & in_language("id")


def test_a_method_that_is_not_there_is_refused_in_indonesian(caller):
    response = caller.put("/api/echo", {}, format="json")

    assert_refused(response, 405, "method_not_allowed")
    assert response.json()["message"] == 'Metode "PUT" tidak tersedia di alamat ini.'
