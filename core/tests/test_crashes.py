"""A worker is killed in the middle of its work; nothing is lost, nothing has its effect twice."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
from celery import Celery
from django.conf import settings
from django.db import connection

from conftest import NOON
from core.models import IdempotencyRecord, OutboxEvent

# As in crash_worker.py, which is the worker's alone.
TOPIC, RUNS = "tests.crashed", "runs"
EVENTS = 300
VISIBILITY_SECONDS = 2


@pytest.fixture
def own_redis():
    """A Redis database that nobody else uses, and its address."""
    address = urlsplit(settings.REDIS_URL)
    number = (int(address.path.strip("/") or 0) + 8) % 16
    url = address._replace(path=f"/{number}").geturl()
    client = redis.Redis.from_url(url)
    client.flushdb()
    yield client, url
    client.flushdb()


@pytest.fixture
def worker(own_redis, tmp_path):
    """Return a context manager that runs a real worker on the test database."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": urlsplit(os.environ["DATABASE_URL"])
        ._replace(path=f"/{connection.settings_dict['NAME']}")
        .geturl(),
        "REDIS_URL": own_redis[1],
        "CELERY_VISIBILITY_TIMEOUT": str(VISIBILITY_SECONDS),
    }
    command = [
        sys.executable, "-m", "celery", "-A", "core.tests.crash_worker", "worker",
        "-Q", "fast", "-c", "2", "--without-gossip", "--without-mingle", "--without-heartbeat",
    ]  # fmt: skip

    @contextmanager
    def run():
        with (tmp_path / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                command, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        try:
            yield process
        finally:
            _kill(process)

    return run


def _kill(process: subprocess.Popen) -> None:
    """As a power cut would: the worker and its children at once, without a word."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _until(holds: Callable[[], bool], *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return False


def _tasks_in(log: Path) -> set[str]:
    """Read which tasks began, from lines that name the task's id."""
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return {line["task"] for line in lines if line["event"] == "task_started" and line["task_id"]}


@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_when_a_worker_is_killed_in_the_middle(worker, own_redis, tmp_path):
    client, url = own_redis
    # As the beat would: each nudge is one call of the relay.
    nudges = Celery("beat", broker=url, set_as_current=False)
    nudges.conf.task_default_queue = "fast"
    total = IdempotencyRecord.objects.create(owner="total", status=0, created_at=NOON)
    OutboxEvent.objects.bulk_create(
        [OutboxEvent(topic=TOPIC, payload={"number": number}) for number in range(EVENTS)]
    )
    nudges.send_task("core.relay_outbox")

    with worker() as doomed:
        assert _until(lambda: client.hlen(RUNS) > 20, seconds=15)
        _kill(doomed)
    waiting = OutboxEvent.objects.filter(published_at=None).count()
    time.sleep(VISIBILITY_SECONDS)

    with worker():
        nudges.send_task("core.relay_outbox")
        finished = _until(lambda: client.hlen(RUNS) == EVENTS, seconds=15)
        _until(lambda: client.llen("fast") == 0 and not client.hlen("unacked"), seconds=3)

    assert waiting > 0, "the worker was killed too late to prove anything"
    assert finished, f"{EVENTS - client.hlen(RUNS)} events were lost"
    assert not OutboxEvent.objects.filter(published_at=None).exists()
    total.refresh_from_db()
    assert total.status == EVENTS
    assert IdempotencyRecord.objects.filter(owner="crash").count() == EVENTS
    assert _tasks_in(tmp_path / "worker.log") == {"core.relay_outbox", "tests.count"}
    # The relay was cut off after sending: some were sent, and ran, twice.
    assert sum(int(runs) for runs in client.hvals(RUNS)) > EVENTS
