"""
Tell other apps what happened, without losing or inventing news.

`announce` saves the news in the transaction of the change itself; `relay` hands it to the followers'
tasks afterwards, at least once, so followers are idempotent. Beat relays whatever a lost nudge left.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from celery import current_app
from django.db import connection, transaction
from django.db.models import Count, Min
from django.utils import timezone

from config.events import FOLLOWERS
from core.models import OutboxEvent
from core.redis_client import RedisAway, ask, quick_redis

log = structlog.get_logger("saksama.outbox")

KEEP_DELIVERED_DAYS = 14
ONE_TRY = {"max_retries": 0}
# Set while a nudge is on its way to a worker; after this long it counts as lost.
NUDGED = "outbox:nudged"
NUDGE_SECONDS = 5


def announce(topic: str, **payload) -> OutboxEvent:
    """
    Record news for the followers of `topic`. The payload carries ids and plain values.

    Raises RuntimeError outside a transaction, LookupError for a topic nobody listed.
    """
    return announce_many(topic, [payload])[0]


def announce_many(topic: str, payloads: Iterable[Mapping]) -> list[OutboxEvent]:
    """Record many pieces of news of one topic with one statement; see `announce`."""
    if not connection.in_atomic_block:
        raise RuntimeError(f"{topic} was announced outside a transaction")
    if topic not in FOLLOWERS:
        raise LookupError(f"{topic} is not in config/events.py")
    events = OutboxEvent.objects.bulk_create(
        [OutboxEvent(topic=topic, payload=dict(payload)) for payload in payloads]
    )
    if FOLLOWERS[topic]:
        transaction.on_commit(_nudge, robust=True)
    return events


def _nudge() -> None:
    # For promptness only: one quick try, so that no request waits for an absent broker. A nudge that
    # is still on its way will find this news too.
    try:
        if ask(lambda: quick_redis().set(NUDGED, 1, nx=True, ex=NUDGE_SECONDS)):
            ask(lambda: current_app.send_task("core.relay_outbox", retry_policy=ONE_TRY))
    except RedisAway:
        log.warning("nudge_failed")


def _take_the_nudge() -> None:
    # Before the news is read: what is announced from here on needs a nudge of its own.
    with suppress(RedisAway):
        ask(lambda: quick_redis().delete(NUDGED))


@transaction.atomic
def relay(*, limit: int = 200) -> int:
    """
    Send up to `limit` waiting events to their followers and return how many were sent.

    Safe to run side by side and to crash anywhere: an event is marked only after it was handed over.
    With the broker away the rest of the batch goes on waiting.
    """
    waiting = OutboxEvent.objects.filter(published_at=None).order_by("id")
    sent = []
    # skip_locked lets several relays work at once, each on its own batch.
    for event in waiting.select_for_update(skip_locked=True)[:limit]:
        try:
            _hand_over(event)
        # A broker that talks nonsense raises anything; what was handed over before it did stays so.
        except Exception as error:
            log.warning("broker_away", event_id=event.pk, error=type(error).__name__)
            break
        sent.append(event.pk)
    OutboxEvent.objects.filter(pk__in=sent).update(published_at=timezone.now())
    return len(sent)


def _hand_over(event: OutboxEvent) -> None:
    for task_name in FOLLOWERS.get(event.topic, []):
        current_app.send_task(
            task_name, kwargs={**event.payload, "event_id": event.pk}, retry_policy=ONE_TRY
        )


def relay_all() -> int:
    """Relay until nothing waits; return how many events were sent."""
    _take_the_nudge()
    total = 0
    while sent := relay():
        total += sent
    return total


@dataclass(frozen=True)
class Waiting:
    """News that no follower was told yet; NaN when nobody can tell."""

    events: float
    oldest_seconds: float


def waiting(*, now: datetime) -> Waiting:
    """Tell how much news waits to be relayed, and for how long."""
    row = OutboxEvent.objects.filter(published_at=None).aggregate(
        events=Count("pk"), oldest=Min("announced_at")
    )
    age = (now - row["oldest"]).total_seconds() if row["oldest"] else 0.0
    return Waiting(events=row["events"], oldest_seconds=age)


def forget_delivered(*, now: datetime) -> int:
    """Delete news delivered more than KEEP_DELIVERED_DAYS ago; return how many."""
    old = OutboxEvent.objects.filter(published_at__lt=now - timedelta(days=KEEP_DELIVERED_DAYS))
    total = 0
    # Small bites: no statement runs long, no relay waits.
    while pks := list(old.values_list("pk", flat=True)[:10_000]):
        total += OutboxEvent.objects.filter(pk__in=pks).delete()[0]
    return total
