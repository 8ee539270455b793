import json
import logging
import logging.config
import os
import subprocess
import sys
from copy import copy

import pytest
from allauth.account.views import PasswordResetFromKeyView
from django.db import IntegrityError
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from accounts.reset_tokens import make_reset_token
from config.settings import BASE_DIR, LOGGING


@pytest.fixture
def lines(caplog):
    """Return a function that gives the log so far as the product writes it: JSON, a line each."""
    caplog.set_level(logging.INFO)
    formatter = logging.config.DictConfigurator(LOGGING).configure_formatter(
        dict(LOGGING["formatters"]["line"])
    )
    return lambda event=None: [
        line
        for record in caplog.records
        for line in [json.loads(formatter.format(_untouched(record)))]
        if event in (None, line["event"])
    ]


def _untouched(record: logging.LogRecord) -> logging.LogRecord:
    # Pytest's own handler has already written the traceback onto the record.
    record = copy(record)
    record.exc_text = None
    return record


@pytest.mark.urls("core.tests.urls")
def test_a_request_is_one_line_without_its_query(db, lines):
    response = APIClient().get("/api/echo?search=+6281234567890&email=sari@example.com")

    (line,) = lines("request")
    assert {
        "request_id": response["X-Request-ID"],
        "method": "GET",
        "path": "/api/echo",
    }.items() <= line.items()
    assert line["status"] == 200
    assert "6281234567890" not in json.dumps(lines())
    assert "sari@example.com" not in json.dumps(lines())


@pytest.mark.urls("core.tests.urls")
def test_a_body_is_never_logged(db, lines):
    APIClient().post("/api/echo", {"password": "rahasia-sekali"}, format="json")

    assert "rahasia-sekali" not in json.dumps(lines())


def test_a_request_names_its_person(api, sari, lines):
    api(sari).get("/api/merchant/profile")

    assert lines("request")[-1]["user"] == str(sari.code)


@pytest.mark.urls("core.tests.urls")
def test_one_request_does_not_inherit_the_others_person(api, sari, lines):
    api(sari).get("/api/members")
    APIClient().get("/api/echo")

    assert "user" not in lines("request")[-1]


@pytest.mark.parametrize("path", ["/health/live", "/metrics"])
def test_those_who_watch_us_leave_no_lines(db, client, lines, path):
    client.get(path)

    assert lines("request") == []


@pytest.mark.urls("core.tests.urls")
def test_an_invented_method_makes_no_series_of_its_own(db, client):
    client.generic("BREW", "/api/echo")

    figures = client.get("/metrics").content.decode()
    assert 'method="OTHER"' in figures
    assert "BREW" not in figures


def test_an_error_of_the_database_does_not_quote_the_row(sari, lines):
    try:
        User.objects.create(email=sari.email, full_name="Other", role="MERCHANT")
    except IntegrityError:
        logging.getLogger("saksama.test").exception("broken")

    (line,) = lines("broken")
    assert "duplicate key" in line["exception"]
    assert sari.email not in line["exception"]


@pytest.fixture
def reset_link(sari) -> str:
    return f"/accounts/password/reset/key/{make_reset_token(sari)}/"


def token_of(reset_link: str) -> str:
    return reset_link.split("/")[-2].partition("-")[2]


def test_a_reset_link_is_not_logged(client, reset_link, lines):
    client.get(reset_link)

    (line,) = lines("request")
    assert line["path"] == "/accounts/password/reset/key/…/"
    assert token_of(reset_link) not in json.dumps(lines())


def test_a_reset_link_whose_page_breaks_is_not_logged(client, reset_link, lines, monkeypatch):
    def break_down(view, request, **kwargs):
        raise RuntimeError(f"no page for {request.get_full_path()}")

    monkeypatch.setattr(PasswordResetFromKeyView, "dispatch", break_down)
    client.raise_request_exception = False

    assert client.get(reset_link).status_code == 500

    (line,) = lines("Internal Server Error: /accounts/password/reset/key/…/")
    assert "no page for /accounts/password/reset/key/…/" in line["exception"]
    assert token_of(reset_link) not in json.dumps(lines())


def test_a_reset_link_sent_from_elsewhere_is_not_logged(reset_link, lines):
    client = Client(enforce_csrf_checks=True)

    assert client.post(reset_link, {"password1": "x"}).status_code == 403

    assert any(line["event"].startswith("Forbidden (CSRF") for line in lines())
    assert token_of(reset_link) not in json.dumps(lines())


AS_IN_A_WEB_SERVER = """
import logging, sys
import django
for logger in map(logging.getLogger, ("gunicorn.error", "gunicorn.access")):
    logger.propagate = False
    logger.addHandler(logging.StreamHandler())
django.setup()
for logger in map(logging.getLogger, ("gunicorn.error", "gunicorn.access")):
    logger.error("GET %s", sys.argv[1])
"""


def test_the_web_servers_own_lines_hold_no_reset_link(reset_link):
    result = subprocess.run(
        [sys.executable, "-c", AS_IN_A_WEB_SERVER, reset_link],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"},
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )

    events = [json.loads(line)["event"] for line in result.stderr.splitlines()]
    assert events == ["GET /accounts/password/reset/key/…/"] * 2
