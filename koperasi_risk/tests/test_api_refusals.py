"""Who is refused, in which order, and that every refusal has the one envelope."""

import json
import re
from datetime import datetime

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from accounts.models import BANK_ROLES, Role
from accounts.services.people import suspend_user
from koperasi_risk.models import Member, TenantMembership, TenantRole
from koperasi_risk.tests.factories import a_koperasi, a_member, a_person

PREFIXES = ("/koperasi/risk/", "/api/koperasi/risk/")
RULE = {
    "factor": "tenor",
    "weight": 1,
    "threshold": 1,
    "risk_category": "sedang",
    "auto_action": "approve",
}
OFFICERS = [
    ("POST", "score", {"member_id": 1}),
    ("GET", "result/1", None),
    ("POST", "loan-check", {"member_id": 1, "amount": 1000, "tenor_months": 1}),
]
MANAGERS = [
    ("GET", "monitor", None),
    ("GET", "config", None),
    ("POST", "config", RULE),
    ("DELETE", "config/1", None),
]
ALL = [*OFFICERS, *MANAGERS]
DOORS = pytest.mark.parametrize(
    ("prefix", "method", "path", "body"),
    [(prefix, *call) for prefix in PREFIXES for call in ALL],
    ids=lambda value: str(value) if isinstance(value, str) else "",
)


def knock(engine, call, **more):
    method, path, body = call
    return engine.call(method, path, body if body is not None else b"", **more)


def refused(answer, status: int) -> dict:
    """Assert that this is a refusal in the envelope; return it."""
    body = answer.json()
    assert answer.status_code == status, body
    assert answer["Content-Type"] == "application/json"
    assert list(body) == ["success", "message", "data", "meta", "errors"]
    assert (body["success"], body["data"]) == (False, None)
    assert isinstance(body["message"], str) and body["message"]
    assert body["meta"].keys() == {"request_id", "timestamp", "status_code"}
    assert body["meta"]["status_code"] == status
    assert body["meta"]["request_id"] == answer["X-Request-ID"]
    assert datetime.fromisoformat(body["meta"]["timestamp"]).tzinfo
    for texts in (body["errors"] or {}).values():
        assert texts and all(isinstance(text, str) and text for text in texts)
    return body


# ── Who calls ──────────────────────────────────────────────────────────────────────────


@DOORS
def test_strangers_are_asked_for_a_token(caller, mekar, prefix, method, path, body):
    stranger = caller(None, mekar)

    answer = knock(stranger, (method, path, body), prefix=prefix)

    refused(answer, 401)
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("token", ["x", "", "Bearer", "Bearer x", "Bearer x y", "Basic eDp4"])
def test_a_bad_token_is_none(mekar, caller, token):
    stranger = caller(None, mekar)
    stranger.headers["Authorization"] = token

    refused(stranger.get("monitor"), 401)


def test_a_suspended_person_has_no_token(engine, wayan, admin_user):
    suspend_user(user=wayan, by=admin_user, reason="Uji", now=timezone.now())

    refused(engine.get("monitor"), 401)


@DOORS
def test_without_a_tenant_nobody_is_signed_out(caller, wayan, mekar, prefix, method, path, body):
    answer = knock(caller(wayan), (method, path, body), prefix=prefix)

    assert refused(answer, 403)["message"] == "tenant context missing"


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_missing_tenant_is_said_in_the_same_words(caller, wayan, mekar, language):
    answer = caller(wayan, "").get("monitor", headers={"Accept-Language": language})

    assert refused(answer, 403)["message"] == "tenant context missing"


@pytest.mark.parametrize("text", ["x", "1.5", "-1", "1,2", "0x1", "٣", "1 2", "1e3"])
def test_a_tenant_is_a_number(caller, wayan, mekar, text):
    said = refused(
        caller(wayan, mekar).get(
            "monitor", headers={"X-Tenant-ID": text.encode().decode("latin-1")}
        ),
        400,
    )

    assert list(said["errors"]) == ["X-Tenant-ID"]


@pytest.mark.parametrize("method_path_body", ALL, ids=lambda call: f"{call[0]} {call[1]}")
def test_a_koperasi_of_others_a_banks_number_and_nobodys_are_one(
    caller, wayan, mekar, bank, method_path_body
):
    with a_koperasi("KSP Lain") as other:
        pass

    said = [
        refused(knock(caller(wayan, number), method_path_body), 403)
        for number in (other.pk, bank.pk, 0, 10**15, 10**25)
    ]

    assert len({(body["message"], str(body["errors"])) for body in said}) == 1


def test_a_membership_that_ended_opens_nothing(engine, wayan):
    TenantMembership.objects.filter(user=wayan).update(ended_at=timezone.now())

    refused(engine.get("monitor"), 403)


@pytest.mark.parametrize("role", [role for role in Role if role != Role.KOPERASI_STAFF])
def test_only_koperasi_staff_enters_whatever_memberships_are_left(caller, wayan, mekar, bank, role):
    wayan.role, wayan.organisation = role, bank if role in BANK_ROLES else None
    wayan.save()

    refused(caller(wayan, mekar).get("monitor"), 403)


@pytest.mark.parametrize("call", ALL, ids=lambda call: f"{call[0]} {call[1]}")
def test_the_board_and_members_have_no_place_here(caller, mekar, call):
    for role in (TenantRole.BOARD, TenantRole.MEMBER):
        refused(knock(caller(a_person("Ketut", mekar, role), mekar), call), 403)


@pytest.mark.parametrize("call", MANAGERS, ids=lambda call: f"{call[0]} {call[1]}")
def test_financing_officers_leave_rules_alone(caller, mekar, call):
    officer = a_person("Putu", mekar, TenantRole.FINANCING_OFFICER)

    refused(knock(caller(officer, mekar), call), 403)


@pytest.mark.parametrize("call", OFFICERS, ids=lambda call: f"{call[0]} {call[1]}")
def test_risk_managers_leave_members_to_officers(caller, mekar, call):
    manager = a_person("Made", mekar, TenantRole.RISK_MANAGER)

    refused(knock(caller(manager, mekar), call), 403)


@pytest.mark.parametrize(
    ("role", "calls"),
    [(TenantRole.FINANCING_OFFICER, OFFICERS), (TenantRole.RISK_MANAGER, MANAGERS)],
)
def test_each_role_opens_its_own_doors(caller, mekar, role, calls):
    person = caller(a_person("Putu", mekar, role), mekar)

    assert 403 not in {knock(person, call).status_code for call in calls}


def test_roles_are_those_of_the_koperasi_that_is_asked(caller, wayan, mekar):
    with a_koperasi("KSP Lain", wayan, roles=[TenantRole.FINANCING_OFFICER]) as other:
        pass

    assert caller(wayan, mekar).get("monitor").status_code == 200
    refused(caller(wayan, other).get("monitor"), 403)


# ── What is looked at first ────────────────────────────────────────────────────────────


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "score", "POST"),
        ("PUT", "score", "POST"),
        ("POST", "result/1", "GET"),
        ("DELETE", "monitor", "GET"),
        ("PATCH", "config", "GET, POST"),
        ("GET", "config/1", "DELETE"),
        ("PUT", "config/1", "DELETE"),
        ("GET", "loan-check", "POST"),
        ("OPTIONS", "score", "POST"),
        ("TRACE", "score", "POST"),
        ("SEAT", "score", "POST"),
    ],
)
def test_a_method_that_is_not_served_is_so_for_strangers_too(
    caller, db, prefix, method, path, allowed
):
    answer = caller().call(method, path, prefix=prefix)

    refused(answer, 405)
    assert set(allowed.split(", ")) <= set(answer["Allow"].split(", "))


def test_the_token_comes_before_the_tenant(caller, db):
    refused(caller(None, "x").get("monitor"), 401)


def test_the_tenant_comes_before_the_role_and_the_body(caller, mekar):
    nobody = a_person("Putu", mekar)

    refused(caller(nobody, "x").post("config", b"{"), 400)
    refused(caller(nobody, mekar.pk + 999).post("config", b"{"), 403)


def test_the_role_comes_before_the_body(caller, mekar):
    officer = a_person("Putu", mekar, TenantRole.FINANCING_OFFICER)

    refused(caller(officer, mekar).post("config", b"{"), 403)
    refused(caller(officer, mekar).delete("config/x"), 403)


# ── Bodies ─────────────────────────────────────────────────────────────────────────────

WRITES = [(path, body) for method, path, body in ALL if method == "POST"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"x",
        b"[]",
        b'"x"',
        b"12",
        b"null",
        b"true",
        b'{"member_id": NaN}',
        b'{"weight": Infinity}',
        b'{"threshold": -Infinity}',
        b'{"member_id": 1, "member_id": 2}',
        b'{"factor": "\\u0000"}',
        b'{"factor": "\\ud800"}',
        b"\xff\xfe{}",
        b'{"a":' * 40 + b"1" + b"}" * 40,
    ],
    ids=range(16),
)
@pytest.mark.parametrize("path", [path for path, _ in WRITES])
def test_a_body_that_is_no_json_object_is_refused(engine, path, raw):
    refused(engine.post(path, raw, content_type="application/json"), 400)


@pytest.mark.parametrize(
    "kind",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x", "*/*"],
)
def test_json_is_json_whatever_its_header_says(engine, kind):
    assert engine.post("config", RULE, content_type=kind).status_code == 201


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "x/y;z"])
def test_what_is_no_json_is_400_whatever_its_header_says(engine, kind):
    refused(engine.post("config", b"factor=tenor&weight=1", content_type=kind), 400)


def test_a_form_is_no_json(engine):
    form = b'--x\r\nContent-Disposition: form-data; name="factor"\r\n\r\ntenor\r\n--x--\r\n'

    refused(engine.post("config", form, content_type="multipart/form-data; boundary=x"), 400)


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "*/*", "", "x"])
def test_whatever_is_accepted_json_is_answered(engine, accept):
    answer = engine.get("monitor", headers={"Accept": accept})

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


def test_reading_and_deleting_need_no_content_type(engine):
    assert engine.get("config").status_code == 200
    refused(engine.delete("config/999999"), 404)


def test_a_body_beyond_a_megabyte_is_too_large(engine):
    refused(engine.post("config", b'{"x":"' + b"x" * 1024 * 1024 + b'"}'), 413)


# ── Addresses ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize(
    "path",
    [
        "/koperasi/risk",
        "/koperasi/risk/",
        "/koperasi/risk/nowhere",
        "/koperasi/risk/score/1",
        "/koperasi/risk/result",
        "/koperasi/risk/config/1/2",
        "/koperasi/risk//config",
        "/api/koperasi",
        "/api/koperasi/risk",
        "/api/koperasi/risk/nowhere",
        "/api/koperasi/loan",
        "/api/koperasi/risk/scores",
    ],
)
def test_an_unknown_address_is_refused_in_the_envelope(db, method, path):
    refused(Client().generic(method, path), 404)


@pytest.mark.parametrize("path", ["/koperasi/risk/config%00", "/api/koperasi/risk/config?term=%00"])
def test_an_address_that_nobody_can_read_is_refused_in_the_envelope(engine, path):
    refused(engine.call("GET", "", prefix=path), 400)


@pytest.mark.parametrize("path", ["/api/nowhere", "/api/merchant/nowhere"])
def test_other_doors_keep_their_own_envelope(client, db, path):
    assert client.get(path).json().keys() == {"success", "message", "code"}


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_slash_at_the_end_is_forgiven(engine, prefix):
    for slashes in ("/", "//"):
        assert engine.get("monitor" + slashes, prefix=prefix).status_code == 200
    assert engine.post("config/", RULE, prefix=prefix).status_code == 201
    refused(engine.delete("config/999999/", prefix=prefix), 404)


# ── What breaks ────────────────────────────────────────────────────────────────────────


@pytest.fixture
def breaks(monkeypatch, engine):
    """Return a function that makes scoring write a member and then fail with this error."""

    def with_error(error: Exception):
        def score_member(*, tenant, **_):
            a_member(tenant, full_name="Separuh")
            raise error

        monkeypatch.setattr("koperasi_risk.api.views.score_member", score_member)
        engine.client.raise_request_exception = False

    return with_error


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize(
    ("error", "status"), [(RuntimeError("rahasia"), 500), (OperationalError("rahasia"), 503)]
)
def test_what_breaks_leaves_nothing_half_written(engine, mekar, breaks, prefix, error, status):
    breaks(error)

    answer = engine.post("score", {"member_id": 1}, prefix=prefix)

    assert "rahasia" not in answer.content.decode()
    refused(answer, status)
    assert not Member.objects.exists()


def test_a_database_that_is_away_is_said_to_be_away(engine, monkeypatch):
    def away(*_, **__):
        raise OperationalError("rahasia")

    monkeypatch.setattr("koperasi_risk.api.views.tenant_scope", away)

    answer = engine.get("monitor")

    refused(answer, 503)
    assert answer["Retry-After"] == "1"


@pytest.mark.parametrize("path", ["/koperasi/risk/x", "/api/koperasi/risk/x"])
def test_what_breaks_before_a_view_is_in_the_envelope_too(db, monkeypatch, path):
    def broken(*_, **__):
        raise RuntimeError("rahasia")

    monkeypatch.setattr("django.middleware.locale.LocaleMiddleware.process_request", broken)
    answer = Client(raise_request_exception=False).get(path)

    assert "rahasia" not in answer.content.decode()
    refused(answer, 500)


def test_djangos_own_page_of_errors_is_no_answer(db, settings):
    settings.DEBUG = True

    refused(Client().get("/koperasi/risk/nowhere"), 404)


def test_too_many_calls_are_told_when_to_come_back(engine, settings):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"read": 1}
    engine.get("monitor")

    answer = engine.get("monitor")

    refused(answer, 429)
    assert re.fullmatch(r"[1-9]\d*", answer["Retry-After"])


# ── What every answer has ──────────────────────────────────────────────────────────────


def test_an_answer_names_its_request_in_body_and_header(engine):
    answer = engine.get("config")

    assert answer.json()["meta"]["request_id"] == answer["X-Request-ID"]
    assert "status_code" not in answer.json()["meta"]


@pytest.mark.parametrize(
    ("language", "message"),
    [("", "Validasi gagal"), ("id", "Validasi gagal"), ("en", "Validation failed.")],
)
def test_refusals_speak_the_callers_language(engine, language, message):
    answer = engine.post("score", {}, headers={"Accept-Language": language})

    assert answer.json()["message"] == message


def test_answers_are_kept_out_of_caches(engine):
    assert engine.get("config")["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/koperasi/risk/config", "/api/koperasi/risk/config"])
def test_a_listed_origin_may_send_the_tenant(db, settings, path):
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example"]

    answer = Client().options(
        path,
        headers={
            "Origin": "https://app.example",
            "Access-Control-Request-Method": "DELETE",
            "Access-Control-Request-Headers": "authorization,content-type,x-tenant-id",
        },
    )

    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == "https://app.example"
    assert {"authorization", "content-type", "accept", "x-tenant-id"} <= set(
        answer["Access-Control-Allow-Headers"].split(", ")
    )


def test_a_refusal_can_be_read_from_a_listed_origin(db, settings):
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example"]

    answer = Client().get("/koperasi/risk/nowhere", headers={"Origin": "https://app.example"})

    assert answer["Access-Control-Allow-Origin"] == "https://app.example"
    assert {"X-Request-ID", "Retry-After"} <= set(
        answer["Access-Control-Expose-Headers"].split(", ")
    )


# ── Own koperasi ───────────────────────────────────────────────────────────────────────


def test_staff_find_the_numbers_of_their_koperasi(caller, wayan, mekar):
    with a_koperasi("KSP Awal", wayan, roles=[TenantRole.RISK_MANAGER]) as first:
        pass
    with a_koperasi("KSP Lain"):
        pass

    body = caller(wayan).get("tenants", prefix="/api/koperasi/").json()

    assert list(body) == ["success", "message", "data", "meta", "errors"]
    assert body["data"] == [
        {"tenant_id": first.pk, "name": "KSP Awal", "roles": ["manajer_risiko"]},
        {
            "tenant_id": mekar.pk,
            "name": "KSP Mekar",
            "roles": ["petugas_pembiayaan", "manajer_risiko", "pengurus", "anggota"],
        },
    ]


def test_a_membership_that_ended_is_not_listed(caller, wayan, mekar):
    TenantMembership.objects.filter(user=wayan).update(ended_at=timezone.now())

    assert caller(wayan).get("tenants", prefix="/api/koperasi/").json()["data"] == []


def test_whoever_is_no_koperasi_staff_has_no_koperasi(caller, sari):
    refused(caller(sari).get("tenants", prefix="/api/koperasi/"), 403)
    refused(caller().get("tenants", prefix="/api/koperasi/"), 401)


# ── The document ───────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def document(django_db_setup, django_db_blocker) -> dict:
    with django_db_blocker.unblock():
        return json.loads(Client().get("/api-docs/schema").content)


DOCUMENTED = [("post", "score"), ("get", "result/{member_id}"), ("get", "monitor")]
DOCUMENTED += [("get", "config"), ("post", "config"), ("delete", "config/{rule_id}")]
DOCUMENTED += [("post", "loan-check")]


@pytest.mark.parametrize(("method", "path"), DOCUMENTED)
def test_the_document_knows_each_door_its_header_and_its_refusals(document, method, path):
    door = document["paths"]["/api/koperasi/risk/" + path][method]
    tenant = next(at for at in door["parameters"] if at["name"] == "X-Tenant-ID")

    assert (tenant["in"], tenant["required"]) == ("header", True)
    assert {"400", "401", "403", "404", "429", "500", "503"} <= door["responses"].keys()
    for status, answer in door["responses"].items():
        if int(status) >= 400:
            schema = answer["content"]["application/json"]["schema"]
            assert schema["$ref"].endswith("/RiskError")


@pytest.mark.parametrize(("method", "path"), DOCUMENTED)
def test_the_document_draws_the_envelope_where_there_is_one(document, method, path):
    responses = document["paths"]["/api/koperasi/risk/" + path][method]["responses"]
    good = [answer for status, answer in responses.items() if status < "300"]

    for answer in good:
        schema = answer["content"]["application/json"]["schema"]
        if path.startswith("config"):
            assert schema["required"] == ["success", "message", "data", "meta", "errors"]
        else:
            assert schema["$ref"].rsplit("/")[-1] in ("RiskResult", "Monitor")


def test_a_door_has_one_place_in_the_document(document):
    assert not any(path.startswith("/koperasi/") for path in document["paths"])
