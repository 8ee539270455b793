"""Health, figures, headers, the API's description: what every deployment looks at."""

import os
import re
import shutil

import pytest
from django.core.management import call_command
from django.test import Client

STRICT = {
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:",
    "font-src 'self'", "connect-src 'self'", "manifest-src 'self'", "form-action 'self'",
    "base-uri 'none'", "frame-ancestors 'none'", "object-src 'none'",
}  # fmt: skip


def policy(response) -> set[str]:
    return {part.strip() for part in response["Content-Security-Policy"].split(";")}


# ── Health and figures ─────────────────────────────────────────────────────────────────


def test_alive(client):
    assert client.get("/health/live").json() == {"status": "ok"}


def test_ready(db, client):
    response = client.get("/health/ready")

    assert response.status_code == 200
    assert response.json()["checks"] == {"database": True, "redis": True}


def test_not_ready_without_redis(db, client, no_redis):
    response = client.get("/health/ready")

    assert response.status_code == 503
    assert response.json() == {
        "status": "unavailable",
        "checks": {"database": True, "redis": False},
    }


def test_figures_are_for_this_machine(db, client):
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 404


def test_a_proxy_on_this_machine_opens_the_figures_to_nobody(db, client):
    assert client.get("/metrics", HTTP_X_FORWARDED_FOR="203.0.113.9").status_code == 404


@pytest.mark.parametrize(
    ("header", "status"),
    [("Bearer right", 200), ("Bearer wrong", 404), ("", 404), ("Bearer é", 404)],
)
def test_with_a_token_only_its_bearer_reads_the_figures(db, client, settings, header, status):
    settings.METRICS_TOKEN = "right"

    assert client.get("/metrics", headers={"Authorization": header}).status_code == status


# ── Headers ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/health/live", "/api/nowhere", "/api-docs", "/api-docs/schema"])
def test_every_answer_is_locked_down(db, client, path):
    response = client.get(path)

    assert policy(response) == STRICT
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response["Cache-Control"] == "no-store"
    assert "camera=()" in response["Permissions-Policy"]


def test_a_page_is_sent_compressed_to_who_understands_it(db, client):
    page = client.get("/accounts/login/", HTTP_ACCEPT_ENCODING="gzip")

    assert page["Content-Encoding"] == "gzip"
    assert len(page.content) < 4_000


def test_an_answer_of_the_api_stays_as_it_is(db, client):
    answer = client.get("/api-docs/schema", HTTP_ACCEPT_ENCODING="gzip")

    assert "Content-Encoding" not in answer


def test_only_the_back_office_has_a_wider_policy(db, client):
    back_office = policy(client.get("/admin/login/"))

    assert back_office - STRICT == {
        "script-src 'self' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
    }


@pytest.mark.parametrize("path", ["/administration", "/api/admin/", "/x/admin/"])
def test_a_name_like_the_back_offices_widens_nothing(db, path):
    response = Client(raise_request_exception=False).get(path)

    assert policy(response) == STRICT


def test_https_is_insisted_on_where_it_is_spoken(settings):
    settings.SECURE_HSTS_SECONDS = 63_072_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True

    assert Client().get("/health/live", secure=True)["Strict-Transport-Security"] == (
        "max-age=63072000; includeSubDomains; preload"
    )
    assert "Strict-Transport-Security" not in Client().get("/health/live")


# ── Other origins ──────────────────────────────────────────────────────────────────────


@pytest.fixture
def friend(settings) -> str:
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example"]
    return "https://app.example"


def preflight(path: str, origin: str):
    return Client().options(
        path,
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, idempotency-key",
        },
    )


def test_a_listed_origin_may_call_the_api(db, friend):
    response = preflight("/api/auth/login", friend)

    assert response.status_code == 200
    assert response["Access-Control-Allow-Origin"] == friend
    assert response["Access-Control-Allow-Credentials"] == "true"
    assert {"authorization", "idempotency-key"} <= set(
        response["Access-Control-Allow-Headers"].split(", ")
    )


@pytest.mark.parametrize(
    ("path", "origin"),
    [
        ("/api/auth/login", "https://evil.example"),
        ("/api/auth/login", "https://app.example.evil"),
        ("/api/auth/login", "null"),
        ("/admin/login/", "https://app.example"),
    ],
)
def test_no_other_origin_nor_path_is_opened(db, friend, path, origin):
    assert "Access-Control-Allow-Origin" not in preflight(path, origin)


def test_a_listed_origin_may_read_our_headers(db, friend):
    response = Client().get("/api/nowhere", headers={"Origin": friend})

    assert "X-Request-ID" in response["Access-Control-Expose-Headers"]


# ── The API's description ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/api-docs/schema", "/api-docs/swagger.json"])
@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html"])
def test_the_schema_is_json_for_everybody(db, client, path, accept):
    response = client.get(path, headers={"Accept": accept})

    assert response["Content-Type"] == "application/json"
    assert response.json()["openapi"].startswith("3.")


def test_the_schema_is_valid_and_without_warnings(tmp_path):
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yml"))


def test_the_schema_draws_the_envelope_and_the_errors(db, client):
    schema = client.get("/api-docs/schema").json()

    alerts = schema["paths"]["/api/merchant/alerts"]["get"]
    envelope = alerts["responses"]["200"]["content"]["application/json"]["schema"]
    assert envelope["required"] == ["success", "data"]
    assert envelope["properties"]["data"]["$ref"].startswith("#/components/schemas/")
    assert {"400", "401", "403", "404", "429", "500"} <= set(alerts["responses"])
    assert alerts["security"] == [{"bearer": []}]
    for path, operations in schema["paths"].items():
        # The gateway is refused in its own words, save for what goes wrong on our side.
        refusals = {"Error", "Acknowledgement"} if "webhook" in path else {"Error"}
        if path.startswith("/api/koperasi/"):
            refusals = {"RiskError"}
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if status[0] in "45":
                    body = response["content"]["application/json"]["schema"]
                    assert body["$ref"].removeprefix("#/components/schemas/") in refusals


def test_the_docs_hold_nothing_inline(db, client):
    page = client.get("/api-docs").content.decode()

    assert "<style" not in page
    assert " style=" not in page
    assert re.findall(r"<script[^>]*>([^<]*)</script>", page) == [""] * 3
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", page)


def test_the_docs_script_comes_on_its_own(db, client):
    page = client.get("/api-docs").content.decode()
    source = re.search(r'src="(/api-docs\?script=?)"', page).group(1)

    response = client.get(source)

    assert response["Content-Type"].startswith("application/javascript")
    assert "SwaggerUIBundle(" in response.content.decode()


@pytest.mark.skipif(not shutil.which("chromium"), reason="no Chromium here")
def test_the_docs_open_in_a_browser_without_a_word_from_its_policy(
    transactional_db, live_server, monkeypatch
):
    api = pytest.importorskip("playwright.sync_api")
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    complaints = []

    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page()
        page.on(
            "console",
            lambda message: complaints.append(message.text) if message.type == "error" else None,
        )
        page.goto(f"{live_server.url}/api-docs")
        page.wait_for_selector(".opblock", timeout=15_000)
        browser.close()

    assert complaints == []
