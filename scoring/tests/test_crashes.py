"""The nightly run's worker is killed in the middle; the next one finishes, and nobody is scored twice."""

import time
from functools import partial

import pytest
from celery import Celery
from django.db.models import Count
from django.utils import timezone

from core.models import OutboxEvent
from core.tests import workers
from core.tests.workers import VISIBILITY_SECONDS, kill, until
from scoring.models import CreditScore, LatestScore, ScoringRun
from scoring.tests.portfolio import many_shops

SHOPS = 2_000


def _is_finished() -> bool:
    return ScoringRun.objects.exclude(finished_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_a_nightly_run_whose_worker_is_killed_scores_everybody_once(tmp_path):
    many_shops(SHOPS, now=timezone.now(), days=30)
    with workers.own_redis() as (_client, broker):
        worker = partial(
            workers.worker,
            "scoring.tests.crash_worker",
            queues="bulk,fast",
            broker=broker,
            log=tmp_path / "worker.log",
        )
        # As the beat would, twice: the second finds the night's run begun.
        beat = Celery("beat", broker=broker, set_as_current=False)
        for _ in range(2):
            beat.send_task("scoring.recalculate_all", queue="bulk")

        with worker() as doomed:
            assert until(lambda: CreditScore.objects.count() >= 200, seconds=60)
            kill(doomed)
        # What the killed one had not acknowledged is handed out again after this long.
        time.sleep(VISIBILITY_SECONDS)
        before = CreditScore.objects.count()
        with worker():
            finished = until(_is_finished, seconds=60)

    assert 200 <= before < SHOPS, "the worker was killed too late to prove anything"
    assert finished, (tmp_path / "worker.log").read_text()[-2_000:]
    run = ScoringRun.objects.get()
    assert (run.total, run.scored) == (SHOPS, SHOPS)
    per_merchant = CreditScore.objects.filter(run=run).values("merchant").annotate(n=Count("pk"))
    assert set(per_merchant.values_list("n", flat=True)) == {1}
    assert per_merchant.count() == LatestScore.objects.count() == SHOPS
    assert OutboxEvent.objects.filter(topic="score.changed").count() == SHOPS
