"""Every merchant's score: in batches, once a night, whole after a crash."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from config.celery import app
from config.events import FOLLOWERS
from conftest import NOON
from core.models import OutboxEvent
from merchants.models import Merchant
from scoring.models import CreditScore, LatestScore, ScoringRun
from scoring.selectors import latest_score
from scoring.services import rows
from scoring.services.rows import AsOfInFuture
from scoring.services.runs import (
    continue_run,
    standing_runs,
    start_nightly_run,
    start_run,
    unfinished_run,
)
from scoring.services.scores import recalculate
from scoring.tasks import recalculate_all_task, resume_runs_task, score_batch_task
from scoring.tests.factories import a_sale, daily_sales
from scoring.tests.portfolio import many_shops

DAY = timedelta(days=1)


def finished(run: ScoringRun, *, now=NOON, batch: int = 10) -> ScoringRun:
    while not run.finished_at:
        run = continue_run(run=run, now=now, batch=batch)
    return run


def test_scores_every_merchant_that_sold(warung, kios):
    a_sale(warung)

    run = finished(start_run(as_of=NOON, now=NOON))

    assert (run.total, run.scored) == (2, 1)
    assert CreditScore.objects.get().merchant == warung


def test_a_run_gives_what_recalculating_one_by_one_gives(db):
    many_shops(12, now=NOON)
    finished(start_run(as_of=NOON, now=NOON), batch=5)

    for merchant in Merchant.objects.all():
        by_run = latest_score(merchant)
        alone = recalculate(merchant=merchant, now=NOON)
        assert (alone.points, alone.series) == (by_run.points, by_run.series)


def test_a_batch_takes_the_same_statements_for_any_number(db, django_assert_max_num_queries):
    many_shops(30, now=NOON)
    run = start_run(as_of=NOON, now=NOON)

    with django_assert_max_num_queries(12):
        continue_run(run=run, now=NOON, batch=30)


def test_a_finished_run_stays_as_it_is(warung):
    a_sale(warung)
    run = finished(start_run(as_of=NOON, now=NOON))

    continue_run(run=run, now=NOON)

    assert CreditScore.objects.count() == 1


def test_the_future_cannot_be_scored(db):
    with pytest.raises(AsOfInFuture):
        start_run(as_of=NOON + DAY, now=NOON)


def test_a_batch_that_fails_leaves_nothing_and_is_done_again(db, monkeypatch):
    many_shops(25, now=NOON)
    run = continue_run(run=start_run(as_of=NOON, now=NOON), now=NOON, batch=10)

    with monkeypatch.context() as patched:
        patched.setattr(rows, "announce_many", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            continue_run(run=run, now=NOON, batch=10)
    assert CreditScore.objects.count() == LatestScore.objects.count() == 10

    finished(run)
    assert CreditScore.objects.count() == LatestScore.objects.count() == 25
    assert OutboxEvent.objects.filter(topic="score.changed").count() == 25


def test_a_merchant_that_no_longer_sells_loses_its_newest_score_and_keeps_its_history(warung):
    a_sale(warung)
    finished(start_run(as_of=NOON, now=NOON))
    later = NOON + 100 * DAY
    run = start_run(as_of=later, now=later)

    finished(run, now=later)

    assert latest_score(warung) is None
    assert CreditScore.objects.filter(merchant=warung).count() == 1
    news = OutboxEvent.objects.filter(topic="score.changed").latest("pk").payload
    assert (news["score_id"], news["points_after"], news["run_id"]) == (None, None, run.pk)


def test_the_news_of_a_run_name_it(warung):
    a_sale(warung)
    run = start_run(as_of=NOON, now=NOON)

    finished(run)

    assert OutboxEvent.objects.get(topic="score.changed").payload["run_id"] == run.pk


def test_a_run_of_the_past_takes_nobodys_newest_score(warung):
    a_sale(warung)
    newest = recalculate(merchant=warung, now=NOON)

    past = NOON - 30 * DAY
    finished(start_run(as_of=past, historical=True, now=NOON))

    assert latest_score(warung) == newest


def test_a_run_of_the_past_sees_what_was_known_then(warung):
    daily_sales(warung, days=60)

    # Of the sales 1 to 60 days ago, those of 30 to 60 days ago had been made.
    finished(start_run(as_of=NOON - 30 * DAY, historical=True, now=NOON))

    assert CreditScore.objects.get().sales_count == 31


def test_a_run_put_off_to_the_next_day_judges_the_moment_at_which_it_reads(warung):
    a_sale(warung)
    run = start_run(as_of=NOON, now=NOON)

    finished(run, now=NOON + DAY)

    assert CreditScore.objects.get().as_of == NOON + DAY


def test_the_nightly_run_starts_once_a_business_day(db):
    first, is_new = start_nightly_run(now=NOON)
    again, is_new_again = start_nightly_run(now=NOON + timedelta(hours=1))

    assert (first, is_new, is_new_again) == (again, True, False)
    assert start_nightly_run(now=NOON + DAY)[1]


def test_the_nightly_task_fired_twice_sends_one_chain_of_batches(db, monkeypatch):
    sent = []
    monkeypatch.setattr(score_batch_task, "delay", lambda **kwargs: sent.append(kwargs))

    recalculate_all_task()
    recalculate_all_task()

    assert sent == [{"run_id": ScoringRun.objects.get().pk}]


def test_a_batch_sends_for_the_next_until_the_run_is_finished(warung, monkeypatch):
    a_sale(warung, at=timezone.now() - DAY)
    monkeypatch.setattr("scoring.services.runs.BATCH", 1)
    monkeypatch.setattr(score_batch_task, "delay", lambda **kwargs: score_batch_task(**kwargs))

    recalculate_all_task()

    assert ScoringRun.objects.get().finished_at
    assert CreditScore.objects.count() == 1


def test_a_run_that_stands_still_is_resumed(warung, monkeypatch):
    sent = []
    monkeypatch.setattr(score_batch_task, "delay", lambda **kwargs: sent.append(kwargs))
    now = timezone.now()
    standing = start_run(as_of=now - DAY, now=now - timedelta(minutes=6))
    start_run(as_of=now, now=now)

    resume_runs_task()

    assert sent == [{"run_id": standing.pk}]
    assert standing_runs(now=now) == [standing]


def test_an_unfinished_run_is_found_again_by_its_day_and_kind(db):
    run = start_run(as_of=NOON, now=NOON)

    assert unfinished_run(as_of=NOON + timedelta(hours=1), historical=False) == run
    assert unfinished_run(as_of=NOON, historical=True) is None
    assert unfinished_run(as_of=NOON + DAY, historical=False) is None


@pytest.mark.django_db(transaction=True)
def test_four_workers_on_one_run_score_everybody_once():
    many_shops(60, now=NOON)
    run = start_run(as_of=NOON, now=NOON)
    together = threading.Barrier(4)

    def work(_):
        connection.ensure_connection()
        together.wait()
        try:
            finished(run, batch=7)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(work, range(4)))

    assert CreditScore.objects.count() == LatestScore.objects.count() == 60
    assert ScoringRun.objects.get().scored == 60


@pytest.mark.django_db(transaction=True)
def test_a_command_killed_in_the_middle_goes_on_where_it_stopped():
    many_shops(2_000, now=timezone.now())

    killed = _command_in_a_process()
    _wait_until(lambda: CreditScore.objects.count() >= 100)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    done = _settled_count()
    assert 0 < done < 2_000

    resumed = _command_in_a_process()
    assert resumed.wait(timeout=60) == 0

    run = ScoringRun.objects.get()
    assert (run.scored, run.finished_at is not None) == (2_000, True)
    assert CreditScore.objects.count() == LatestScore.objects.count() == 2_000
    assert OutboxEvent.objects.filter(topic="score.changed").count() == 2_000


def _command_in_a_process() -> subprocess.Popen:
    app, database = settings.APP_CREDENTIALS, connection.settings_dict
    address = f"{database['HOST']}:{database['PORT']}/{database['NAME']}"
    url = f"postgres://{app['USER']}:{app['PASSWORD']}@{address}"
    return subprocess.Popen(
        [sys.executable, "manage.py", "recalculate_scores", "--batch", "20", "--skip-checks"],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DATABASE_URL": url},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _wait_until(holds, *, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def _settled_count() -> int:
    # The killed client's last transaction ends when its server process notices.
    time.sleep(0.5)
    return CreditScore.objects.count()


def test_the_command_scores_as_of_the_end_of_a_day(warung, capsys):
    yesterday = timezone.localdate() - DAY
    daily_sales(warung, days=40, now=timezone.now())

    call_command("recalculate_scores", as_of=yesterday)

    row = CreditScore.objects.get()
    assert row.as_of_day == timezone.localdate()
    assert row.series["days"][0][0] == 1
    assert "1 scores of 1 merchants" in capsys.readouterr().out


def test_the_command_scores_one_merchant(warung, kios, capsys):
    a_sale(warung, at=timezone.now() - DAY)

    call_command("recalculate_scores", merchant=warung.code)

    assert CreditScore.objects.get().merchant == warung
    assert warung.code in capsys.readouterr().out


def test_the_command_refuses_an_unknown_merchant(db):
    with pytest.raises(CommandError):
        call_command("recalculate_scores", merchant="MRC-UNKNOWN")


def test_the_command_refuses_a_day_that_is_not_over(db):
    with pytest.raises(CommandError):
        call_command("recalculate_scores", as_of=timezone.localdate())


def test_replaying_finds_no_difference(db, capsys):
    many_shops(20, now=NOON)
    finished(start_run(as_of=NOON, now=NOON))

    call_command("replay_scores")

    assert "20 scores recomputed, 0 differences" in capsys.readouterr().out


def test_replaying_reports_a_score_that_its_series_does_not_give(warung, capsys):
    a_sale(warung)
    row = recalculate(merchant=warung, now=NOON)
    row.pk, row._state.adding, row.points, row.run = None, True, 99, None
    row.code = "11111111-1111-1111-1111-111111111111"
    row.save()

    with pytest.raises(SystemExit):
        call_command("replay_scores")

    assert "points: stored 99" in capsys.readouterr().out


def test_the_clock_and_the_news_know_these_tasks():
    named = {entry["task"] for entry in app.conf.beat_schedule.values()}
    named |= {follower for followers in FOLLOWERS.values() for follower in followers}

    ours = {name for name in named if name.startswith("scoring.")}
    assert ours <= app.tasks.keys()
    assert {"scoring.refresh_score", "scoring.score_merchants"} <= ours
