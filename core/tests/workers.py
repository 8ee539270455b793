"""Real Celery workers on the test database, to be killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.db import connection

VISIBILITY_SECONDS = 2


@contextmanager
def own_redis() -> Iterator[tuple[redis.Redis, str]]:
    """Empty a Redis database that nobody else uses; yield a client and its address."""
    address = urlsplit(settings.REDIS_URL)
    number = (int(address.path.strip("/") or 0) + 8) % 16
    url = address._replace(path=f"/{number}").geturl()
    client = redis.Redis.from_url(url)
    client.flushdb()
    yield client, url
    client.flushdb()


@contextmanager
def worker(app: str, *, queues: str, broker: str, log: Path) -> Iterator[subprocess.Popen]:
    """Run `app` on the test database until the end of the block, or until it is killed."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": urlsplit(os.environ["DATABASE_URL"])
        ._replace(path=f"/{connection.settings_dict['NAME']}")
        .geturl(),
        "REDIS_URL": broker,
        "CELERY_VISIBILITY_TIMEOUT": str(VISIBILITY_SECONDS),
    }
    command = [
        sys.executable, "-m", "celery", "-A", app, "worker",
        "-Q", queues, "-c", "2", "--without-gossip", "--without-mingle", "--without-heartbeat",
    ]  # fmt: skip
    with log.open("ab") as lines:
        process = subprocess.Popen(
            command, env=environment, stdout=lines, stderr=lines, start_new_session=True
        )
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen) -> None:
    """As a power cut would: the worker and its children at once, without a word."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def until(holds: Callable[[], bool], *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return False
