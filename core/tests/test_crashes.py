"""A worker is killed or stopped in the middle of its work; nothing is lost, nothing has its effect twice."""

import json
import time
from functools import partial
from pathlib import Path

import pytest
from celery import Celery

from conftest import NOON
from core.models import IdempotencyRecord, OutboxEvent
from core.tests import workers
from core.tests.workers import VISIBILITY_SECONDS, kill, until

# As in crash_worker.py, which is the worker's alone.
TOPIC, RUNS = "tests.crashed", "runs"
EVENTS = 300


@pytest.fixture
def own_redis():
    with workers.own_redis() as client_and_address:
        yield client_and_address


@pytest.fixture
def worker(own_redis, tmp_path):
    """Return a context manager that runs a real worker on the test database."""
    return partial(
        workers.worker,
        "core.tests.crash_worker",
        queues="fast",
        broker=own_redis[1],
        log=tmp_path / "worker.log",
    )


def _tasks_in(log: Path) -> set[str]:
    """Read which tasks began, from lines that name the task's id."""
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return {line["task"] for line in lines if line["event"] == "task_started" and line["task_id"]}


@pytest.fixture
def nudges(own_redis) -> Celery:
    """Call the relay, as the beat would."""
    beat = Celery("beat", broker=own_redis[1], set_as_current=False)
    beat.conf.task_default_queue = "fast"
    return beat


@pytest.fixture
def total() -> IdempotencyRecord:
    """Announce what is to be counted; return where the count is kept."""
    OutboxEvent.objects.bulk_create(
        [OutboxEvent(topic=TOPIC, payload={"number": number}) for number in range(EVENTS)]
    )
    return IdempotencyRecord.objects.create(owner="total", status=0, created_at=NOON)


@pytest.mark.django_db(transaction=True)
def test_a_worker_told_to_stop_finishes_what_it_began_and_nothing_runs_twice(
    worker, own_redis, nudges, total
):
    client, _url = own_redis
    nudges.send_task("core.relay_outbox")

    with worker() as leaving:
        assert until(lambda: client.hlen(RUNS) > 20, seconds=60)
        leaving.terminate()
        status = leaving.wait(timeout=60)
    unfinished = client.hlen("unacked")
    with worker():
        nudges.send_task("core.relay_outbox")
        until(lambda: client.hlen(RUNS) == EVENTS, seconds=60)
        until(lambda: client.llen("fast") == 0 and not client.hlen("unacked"), seconds=3)

    total.refresh_from_db()
    assert (status, unfinished) == (0, 0)
    assert total.status == EVENTS
    assert sum(int(runs) for runs in client.hvals(RUNS)) == EVENTS


@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_when_a_worker_is_killed_in_the_middle(
    worker, own_redis, nudges, total, tmp_path
):
    client, _url = own_redis
    nudges.send_task("core.relay_outbox")

    with worker() as doomed:
        assert until(lambda: client.hlen(RUNS) > 20, seconds=60)
        kill(doomed)
    waiting = OutboxEvent.objects.filter(published_at=None).count()
    time.sleep(VISIBILITY_SECONDS)

    with worker():
        nudges.send_task("core.relay_outbox")
        finished = until(lambda: client.hlen(RUNS) == EVENTS, seconds=60)
        until(lambda: client.llen("fast") == 0 and not client.hlen("unacked"), seconds=3)

    assert waiting > 0, "the worker was killed too late to prove anything"
    assert finished, f"{EVENTS - client.hlen(RUNS)} events were lost"
    assert not OutboxEvent.objects.filter(published_at=None).exists()
    total.refresh_from_db()
    assert total.status == EVENTS
    assert IdempotencyRecord.objects.filter(owner="crash").count() == EVENTS
    assert _tasks_in(tmp_path / "worker.log") == {"core.relay_outbox", "tests.count"}
    # The relay was cut off after sending: some were sent, and ran, twice.
    assert sum(int(runs) for runs in client.hvals(RUNS)) > EVENTS
