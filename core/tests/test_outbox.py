import time
from collections import Counter
from datetime import timedelta
from threading import Lock

import pytest
from celery import current_app
from django.apps import apps
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from config.celery import app
from config.events import FOLLOWERS
from core import outbox
from core.models import OutboxEvent
from core.outbox import announce, announce_many, forget_delivered, relay, relay_all, waiting
from core.redis_client import quick_redis
from core.tasks import forget_delivered_news_task, relay_outbox_task
from core.tests.hands import side_by_side

committed = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def followers(monkeypatch) -> None:
    """Two followers for one topic, none for another."""
    monkeypatch.setitem(FOLLOWERS, "tea.ready", ["tea.pour", "tea.tell"])
    monkeypatch.setitem(FOLLOWERS, "tea.cold", [])


@pytest.fixture(autouse=True)
def no_nudge_on_its_way() -> None:
    quick_redis().delete(outbox.NUDGED)


@pytest.fixture
def sent(monkeypatch) -> list:
    """What the broker got: (task name, keywords)."""
    calls, lock = [], Lock()

    def send_task(name, kwargs=None, **_):
        with lock:
            calls.append((name, kwargs))

    monkeypatch.setattr(current_app, "send_task", send_task)
    return calls


@pytest.fixture
def broker_away(monkeypatch) -> None:
    """Nobody listens where the broker should be."""
    broken = type(app)("away", broker="redis://127.0.0.1:1/0", set_as_current=False)
    monkeypatch.setattr(outbox, "current_app", broken)


def a_hundred_events(count: int = 100) -> None:
    OutboxEvent.objects.bulk_create(
        [OutboxEvent(topic="tea.ready", payload={"cup": n}) for n in range(count)]
    )


# ── Announcing ─────────────────────────────────────────────────────────────────────────


@committed
def test_news_outside_a_transaction_is_a_mistake():
    with pytest.raises(RuntimeError, match="outside a transaction"):
        announce("tea.ready", cup=1)


def test_an_unknown_topic_is_a_mistake(db):
    with pytest.raises(LookupError, match="tea.spilt is not in config/events.py"):
        announce("tea.spilt")


def test_a_rollback_leaves_no_news(db, sent):
    with pytest.raises(InterruptedError), transaction.atomic():
        announce("tea.ready", cup=1)
        raise InterruptedError

    assert not OutboxEvent.objects.exists()


def test_one_nudge_follows_the_commit(db, sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        announce("tea.ready", cup=1)
        assert sent == []

    assert sent == [("core.relay_outbox", None)]


def test_news_in_a_crowd_shares_one_nudge(db, sent, django_capture_on_commit_callbacks):
    for cup in range(3):
        with django_capture_on_commit_callbacks(execute=True):
            announce("tea.ready", cup=cup)

    assert sent == [("core.relay_outbox", None)]


def test_news_after_a_relay_nudges_again(db, sent, django_capture_on_commit_callbacks):
    for cup in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            announce("tea.ready", cup=cup)
        relay_outbox_task()

    assert [name for name, _ in sent].count("core.relay_outbox") == 2


def test_a_lost_nudge_is_forgotten_soon(db, sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        announce("tea.ready", cup=1)

    assert 0 < quick_redis().ttl(outbox.NUDGED) <= outbox.NUDGE_SECONDS


def test_with_no_redis_news_waits_for_the_clock(
    db, sent, no_redis, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        announce("tea.ready", cup=1)
    assert sent == []

    assert relay_all() == 1


def test_news_that_nobody_follows_nudges_nobody(db, sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        announce("tea.cold", cup=1)

    assert sent == []


def test_much_news_takes_one_statement(db, django_assert_num_queries):
    with django_assert_num_queries(1):
        events = announce_many("tea.ready", ({"cup": n} for n in range(50)))

    assert [event.payload["cup"] for event in events] == list(range(50))
    assert all(event.pk for event in events)


@committed
def test_with_the_broker_away_nobody_waits_and_the_news_does(broker_away):
    started = time.perf_counter()
    with transaction.atomic():
        announce("tea.ready", cup=1)

    assert time.perf_counter() - started < 1
    assert relay_all() == 0
    assert OutboxEvent.objects.get().published_at is None


# ── Relaying ───────────────────────────────────────────────────────────────────────────


def test_each_follower_gets_the_payload_and_the_events_id(db, sent):
    event = announce("tea.ready", cup=1)

    assert relay() == 1

    assert sent == [
        ("tea.pour", {"cup": 1, "event_id": event.pk}),
        ("tea.tell", {"cup": 1, "event_id": event.pk}),
    ]


def test_news_is_sent_in_the_order_it_was_announced(db, sent):
    a_hundred_events()

    relay_outbox_task()

    assert [kwargs["cup"] for name, kwargs in sent if name == "tea.pour"] == list(range(100))


def test_what_was_sent_is_not_sent_again(db, sent):
    announce("tea.ready", cup=1)

    assert (relay(), relay()) == (1, 0)


@committed
def test_four_relays_side_by_side_send_each_event_once(sent):
    a_hundred_events(400)

    totals = side_by_side(4, lambda _: sum(relay(limit=7) for _ in range(60)))

    assert sum(totals) == 400
    assert Counter(kwargs["cup"] for name, kwargs in sent if name == "tea.pour") == dict.fromkeys(
        range(400), 1
    )


@committed
def test_a_crash_after_sending_means_sending_again(sent, monkeypatch):
    a_hundred_events(3)
    with monkeypatch.context() as crash:
        crash.setattr(outbox.timezone, "now", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            relay()

    assert relay() == 3

    assert Counter(kwargs["cup"] for name, kwargs in sent if name == "tea.pour") == {
        0: 2,
        1: 2,
        2: 2,
    }


def test_a_broker_that_goes_away_keeps_what_it_did_not_get(db, monkeypatch):
    a_hundred_events(10)
    handed_over = []

    def send_task(name, kwargs, **_):
        if kwargs["cup"] == 4:
            raise OperationalError("gone")
        handed_over.append(kwargs["cup"])

    monkeypatch.setattr(current_app, "send_task", send_task)

    assert relay() == 4
    assert OutboxEvent.objects.filter(published_at=None).count() == 6


def test_news_of_a_topic_that_was_dropped_is_put_away(db, sent):
    OutboxEvent.objects.create(topic="tea.forgotten", payload={})

    assert relay() == 1
    assert sent == []


# ── Housekeeping ───────────────────────────────────────────────────────────────────────


def test_delivered_news_is_forgotten_after_two_weeks(db):
    now = timezone.now()
    a_hundred_events(3)
    old, fresh, _unsent = OutboxEvent.objects.order_by("pk")
    OutboxEvent.objects.filter(pk=old.pk).update(published_at=now - timedelta(days=15))
    OutboxEvent.objects.filter(pk=fresh.pk).update(published_at=now)

    assert forget_delivered(now=now) == 1
    forget_delivered_news_task()

    assert OutboxEvent.objects.count() == 2


def test_figures_tell_what_waits_and_for_how_long(db, client):
    a_hundred_events(3)
    OutboxEvent.objects.update(announced_at=timezone.now() - timedelta(seconds=90))

    figures = client.get("/metrics").content.decode()

    assert "outbox_waiting_events 3.0" in figures
    assert 89 < waiting(now=timezone.now()).oldest_seconds < 95


def test_nothing_waits(db):
    assert waiting(now=timezone.now()) == outbox.Waiting(events=0, oldest_seconds=0.0)


# ── The wiring ─────────────────────────────────────────────────────────────────────────


def _all_tasks() -> set[str]:
    app.loader.import_default_modules()
    return set(app.tasks)


@pytest.mark.parametrize(
    "task", sorted({name for names in FOLLOWERS.values() for name in names if "tea" not in name})
)
def test_every_follower_is_a_task(task):
    assert task in _all_tasks()


@pytest.mark.parametrize("entry", app.conf.beat_schedule)
def test_every_entry_of_the_clock_is_a_task(entry):
    assert app.conf.beat_schedule[entry]["task"] in _all_tasks()


@pytest.mark.parametrize("task", app.conf.task_routes)
def test_every_route_is_a_tasks(task):
    assert task in _all_tasks()


def test_every_task_of_ours_is_named_by_its_app_and_takes_newer_messages():
    # Other tests of this process make tasks of their own.
    foreign = ("celery.", "tests.")
    ours = {name: app.tasks[name] for name in _all_tasks() if not name.startswith(foreign)}
    labels = {config.label for config in apps.get_app_configs()}

    for name, task in ours.items():
        assert name.split(".")[0] in labels, name
        assert task.run.__code__.co_flags & 0x08, f"{name} takes no **_"
