"""
A real worker for test_crashes.py: the product's own app with one more topic and its follower.

Started as `celery -A core.tests.crash_worker worker`.
"""

import time

import redis
from celery import shared_task
from celery.signals import worker_process_init
from django.conf import settings
from django.db import transaction
from django.db.models import F

from config.celery import app
from config.events import FOLLOWERS

__all__ = ["app"]

FOLLOWERS["tests.crashed"] = ["tests.count"]


@worker_process_init.connect
def slow_down(**_) -> None:
    """Make handing over take long enough for a relay to be killed in its middle."""
    from core import outbox

    hand_over = outbox._hand_over

    def slowly(event) -> None:
        time.sleep(0.004)
        hand_over(event)

    outbox._hand_over = slowly


@shared_task(name="tests.count")
def count_task(*, event_id: int, **_) -> None:
    """Add one to a total, once per event; every run is counted in Redis."""
    from core.models import IdempotencyRecord

    redis.Redis.from_url(settings.REDIS_URL).hincrby("runs", event_id, 1)
    with transaction.atomic():
        _seen, is_new = IdempotencyRecord.objects.get_or_create(
            owner="crash",
            route="",
            key=str(event_id),
            defaults={"status": 0, "created_at": "2026-03-02T05:00:00Z"},
        )
        if is_new:
            IdempotencyRecord.objects.filter(owner="total").update(status=F("status") + 1)
