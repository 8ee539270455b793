"""Redis away, silent or senseless: nobody notices, and nobody waits twice."""

import time
import uuid

import pytest
from django.db import transaction

from core import outbox
from core.api.limits import over_limit
from core.kept import kept
from core.models import OutboxEvent
from core.redis_client import PAUSE_SECONDS, RedisAway, ask, quick_redis

NONSENSE = [
    b"HTTP/1.1 200 OK\r\n\r\n<html>Please sign in</html>\r\n",
    b"\x16\x03\x01\x02\xff\xfe\r\n",
    b"+OK\r\n",
    b":many\r\n",
    b":7\r\n",
    b"$5\r\nhello\r\n",
    b"$1\r\n7\r\n",
    b"*1\r\n*1\r\n$-1\r\n",
    b"$99999999999999999999\r\n",
    b"-WRONGTYPE no\r\n",
    b"",
]
babbling = pytest.mark.parametrize("babbling_redis", NONSENSE, indirect=True)
silent = pytest.mark.parametrize("babbling_redis", [b""], indirect=True)


@babbling
def test_a_senseless_redis_lets_calls_pass(babbling_redis):
    assert over_limit(scope="heavy", caller="x") is None


@babbling
def test_a_senseless_redis_keeps_nothing(babbling_redis):
    assert kept("tea:1", seconds=60, find=lambda: ["green"]) == ["green"]


@babbling
def test_a_senseless_redis_stops_no_sale(babbling_redis, db, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        outbox.announce("transaction.recorded", merchant_id=1, transaction_id=1)

    assert OutboxEvent.objects.filter(published_at=None).count() == 1


@babbling
def test_a_senseless_redis_is_not_ready(babbling_redis, db, client):
    assert client.get("/health/ready").status_code == 503


@silent
def test_of_many_questions_one_waits(babbling_redis):
    begun = time.perf_counter()

    for _ in range(20):
        over_limit(scope="heavy", caller="x")
        kept("tea:1", seconds=60, find=lambda: "green")

    # Each of the twenty would add 0.2 s.
    assert 0.15 < time.perf_counter() - begun < 2


@silent
def test_after_a_pause_redis_is_asked_again(babbling_redis, monkeypatch):
    with pytest.raises(RedisAway):
        ask(quick_redis().ping)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + PAUSE_SECONDS + 0.1)

    assert ask(lambda: "answer") == "answer"


def test_what_is_kept_is_found_once():
    key, found = f"tea:{uuid.uuid4()}", iter(["green", "black"])

    answers = [kept(key, seconds=5, find=lambda: next(found)) for _ in range(2)]

    assert answers == ["green", "green"]


def test_answers_are_found_once_without_redis(no_redis):
    found = iter(["green"])

    assert kept("tea:1", seconds=5, find=lambda: next(found)) == "green"


def test_a_broker_that_breaks_halfway_keeps_what_it_took(db, monkeypatch):
    taken = []

    class Broker:
        def send_task(self, name, **_):
            if taken:
                raise ValueError("invalid literal for int()")
            taken.append(name)

    monkeypatch.setattr(outbox, "current_app", Broker())
    OutboxEvent.objects.bulk_create(
        [OutboxEvent(topic="transaction.recorded", payload={}) for _ in range(3)]
    )

    assert outbox.relay() == 1
    assert OutboxEvent.objects.filter(published_at=None).count() == 2
