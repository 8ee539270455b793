import json
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone
from rest_framework.test import APIClient

from core.api.idempotency import forget_old_keys
from core.models import IdempotencyRecord, OutboxEvent
from core.tasks import forget_idempotency_keys_task
from core.tests.hands import side_by_side

pytestmark = [pytest.mark.django_db, pytest.mark.urls("core.tests.urls")]


def call(key, body=None, *, path="/api/make", user=None):
    caller = APIClient(raise_request_exception=False)
    caller.force_authenticate(user)
    return caller.generic(
        "POST",
        path,
        json.dumps(body or {}),
        content_type="application/json",
        **({"HTTP_IDEMPOTENCY_KEY": key} if key is not None else {}),
    )


@pytest.mark.parametrize("path", ["/api/make", "/api/make-once"])
def test_the_same_call_twice_has_one_effect_and_one_answer(path):
    first, again = call("k", path=path), call("k", path=path)

    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    assert again["Content-Type"] == first["Content-Type"]
    assert OutboxEvent.objects.count() == 1


def test_the_same_key_with_another_body_is_refused():
    call("k", {"a": 1})

    response = call("k", {"a": 2})

    assert response.status_code == 422
    assert response.json()["code"] == "idempotency_mismatch"
    assert OutboxEvent.objects.count() == 1


@pytest.mark.parametrize("key", [None, ""])
def test_without_a_key_every_call_counts(key):
    call(key), call(key)

    assert OutboxEvent.objects.count() == 2
    assert not IdempotencyRecord.objects.exists()


@pytest.mark.parametrize("key", ["x" * 256, "a\tb", "a\x7fb"])
def test_a_key_that_is_none(key):
    assert call(key).json()["code"] == "invalid_idempotency_key"


def test_a_key_may_have_255_characters():
    assert call("x" * 255).status_code == 201


@pytest.mark.parametrize(("wish", "status"), [("refuse", 409), ("fail", 500)])
def test_a_refusal_or_failure_leaves_neither_key_nor_effect(wish, status):
    assert call("k", {wish: True}).status_code == status

    assert not IdempotencyRecord.objects.exists()
    assert not OutboxEvent.objects.exists()


def test_each_person_has_keys_of_their_own(sari, rini):
    call("k", {"a": 1}, user=sari)

    assert call("k", {"a": 2}, user=rini).status_code == 201
    assert "Idempotent-Replayed" not in call("k", {"a": 1})


def test_each_route_has_keys_of_its_own():
    call("k")

    assert "Idempotent-Replayed" not in call("k", path="/api/make-once")


def test_a_slash_at_the_end_makes_no_other_route():
    call("k")

    assert call("k", path="/api/make/")["Idempotent-Replayed"] == "true"


def test_the_stored_answer_is_nobody_elses_to_read():
    call("k")

    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM core_idempotencyrecord")
        assert cursor.fetchone()[0].startswith("v1.")


def test_a_call_that_still_runs_is_not_started_again():
    from core.api.idempotency import Attempt

    lock = Attempt(
        owner="anonymous 127.0.0.1", route="POST /api/make", key="k", fingerprint=""
    ).lock
    other = connections.create_connection("default")
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [lock])
        response = call("k")
        other.close()

    assert response.status_code == 409
    assert response.json()["code"] == "in_progress"
    assert response["Retry-After"] == "1"
    assert not OutboxEvent.objects.exists()


def test_the_key_is_free_again_when_the_call_is_over():
    call("k", {"refuse": True})

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        )
        assert cursor.fetchone()[0] == 0


@pytest.mark.django_db(transaction=True)
def test_eight_callers_for_each_of_forty_keys_have_forty_effects():
    keys = [f"key-{number // 8}" for number in range(320)]

    answers = side_by_side(320, lambda number: (keys[number], call(keys[number])), workers=8)

    statuses = Counter(answer.status_code for _, answer in answers)
    bodies = {(key, answer.content) for key, answer in answers if answer.status_code == 201}
    assert set(statuses) <= {201, 409}
    assert len(bodies) == 40
    assert OutboxEvent.objects.count() == IdempotencyRecord.objects.count() == 40


def test_keys_are_kept_seven_days():
    call("old"), call("new")
    now = timezone.now()
    week = timedelta(days=7)
    IdempotencyRecord.objects.filter(key="old").update(created_at=now - week - timedelta(seconds=1))

    assert forget_old_keys(now=now) == 1
    forget_idempotency_keys_task()

    assert IdempotencyRecord.objects.get().key == "new"
