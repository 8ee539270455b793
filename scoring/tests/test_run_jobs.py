"""A recalculation that an operator starts, watches and stops."""

import pytest
from django.utils import timezone

from core import jobs
from core.jobs import cancel
from core.models import AuditEntry
from scoring.models import ScoringRun
from scoring.services import run_jobs
from scoring.services.run_jobs import start_watched_run
from scoring.tasks import recalculate_now_task
from scoring.tests.factories import daily_sales

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_shops(warung, kios, now):
    for shop in (warung, kios):
        daily_sales(shop, days=2, now=now)


@pytest.fixture
def now():
    return timezone.now()


def test_an_operator_recalculates_all_scores(operator, two_shops, now):
    job = start_watched_run(by=operator, now=now)
    recalculate_now_task(job_id=job.pk)

    job.refresh_from_db()
    run = ScoringRun.objects.get()
    assert (job.state, job.done, job.result) == ("DONE", 2, {"scored": 2, "merchants": 2})
    assert run.finished_at and not run.is_stopped
    assert AuditEntry.objects.filter(action="scores.recalculation_started").exists()


def test_stopping_keeps_the_scores_and_closes_the_run(operator, two_shops, now, monkeypatch):
    monkeypatch.setattr(run_jobs, "BATCH", 1)
    monkeypatch.setattr(jobs, "WRITE_SHARE", 10**9)
    job = start_watched_run(by=operator, now=now)
    go_on = run_jobs.runs.continue_run

    def continue_run(**how):
        cancel(owner=operator, code=job.code, now=now)
        return go_on(**how)

    monkeypatch.setattr(run_jobs.runs, "continue_run", continue_run)
    recalculate_now_task(job_id=job.pk)

    job.refresh_from_db()
    run = ScoringRun.objects.get()
    assert (job.state, job.result["scored"], run.scored) == ("CANCELLED", 1, 1)
    assert run.finished_at and run.is_stopped


def test_work_begun_again_goes_on_with_its_run(operator, two_shops, now):
    job = start_watched_run(by=operator, now=now)
    recalculate_now_task(job_id=job.pk)
    job.refresh_from_db()
    type(job).objects.filter(pk=job.pk).update(state="RUNNING", result={"begun": 1})

    recalculate_now_task(job_id=job.pk)

    assert ScoringRun.objects.count() == 1
