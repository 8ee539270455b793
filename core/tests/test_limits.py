import time
import uuid
from collections import Counter

import pytest
import redis
from django.test import RequestFactory
from rest_framework.test import APIClient

from core import metrics
from core.api.limits import over_limit
from core.request_context import client_address
from core.tests.hands import side_by_side


@pytest.fixture
def heavy_20(settings):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"heavy": 20}


@pytest.fixture
def caller_name() -> str:
    return f"test-{uuid.uuid4()}"


def test_exactly_twenty_of_five_hundred_at_once_pass(heavy_20, caller_name):
    waits = side_by_side(500, lambda _: over_limit(scope="heavy", caller=caller_name), workers=16)

    assert Counter(wait is None for wait in waits) == {True: 20, False: 480}


def test_says_how_long_to_wait(heavy_20, caller_name):
    waits = [over_limit(scope="heavy", caller=caller_name) for _ in range(21)]

    assert 58 <= waits[-1] <= 60


def test_each_class_of_route_counts_by_itself(heavy_20, caller_name):
    for _ in range(21):
        over_limit(scope="heavy", caller=caller_name)

    assert over_limit(scope="read", caller=caller_name) is None


def test_a_count_ends_by_itself(heavy_20, caller_name, settings):
    over_limit(scope="heavy", caller=caller_name)

    left = redis.Redis.from_url(settings.REDIS_URL).ttl(f"limit:heavy:{caller_name}")

    assert 0 < left <= 60


@pytest.mark.urls("core.tests.urls")
def test_the_view_answers_429_in_the_envelope(db, settings):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"heavy": 0}

    response = APIClient().get("/api/scarce", REMOTE_ADDR="203.0.113.9")

    assert response.status_code == 429
    assert response.json()["code"] == "too_many_requests"
    assert 1 <= int(response["Retry-After"]) <= 60


@pytest.mark.urls("core.tests.urls")
def test_another_address_in_a_header_of_ones_own_changes_nothing(db, heavy_20):
    address = f"2001:db8::{uuid.uuid4().hex[:4]}"

    statuses = [
        APIClient()
        .get("/api/scarce", REMOTE_ADDR=address, HTTP_X_FORWARDED_FOR=f"10.0.0.{n}")
        .status_code
        for n in range(25)
    ]

    assert Counter(statuses) == {200: 20, 429: 5}


def test_with_redis_away_calls_pass_at_once_and_that_is_said(no_redis, heavy_20, caplog):
    skipped = metrics.RATE_LIMIT_SKIPPED._value.get()
    started = time.perf_counter()

    waits = [over_limit(scope="heavy", caller="x") for _ in range(25)]

    assert waits == [None] * 25
    assert time.perf_counter() - started < 1
    assert metrics.RATE_LIMIT_SKIPPED._value.get() == skipped + 25
    assert caplog.text.count("rate_limit_skipped") == 25


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.9", "10.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),  # the first was the caller's own claim
        (2, "198.51.100.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "203.0.113.9", "10.0.0.1"),  # a proxy was gone around
        (1, "", "10.0.0.1"),
        (1, "unknown", "10.0.0.1"),
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "'; DROP TABLE x", "10.0.0.1"),
    ],
)
def test_the_address_is_what_trusted_proxies_say(settings, proxies, forwarded, address):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)

    assert client_address(request) == address


def test_a_unix_socket_has_no_address():
    assert client_address(RequestFactory().get("/", REMOTE_ADDR="")) == ""
