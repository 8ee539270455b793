"""A recalculation of every merchant that somebody starts and watches."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from core import audit, jobs
from core.models import Job
from merchants.models import Merchant
from scoring.models import ScoringRun
from scoring.services import runs

KIND = "scoring.recalculate_now"
# Short enough that a bar moves and a wish to stop is heard.
BATCH = 250


@transaction.atomic
def start_watched_run(*, by: User, now: datetime) -> Job:
    """Start the job that scores every merchant anew, on record. Raises jobs.TooManyJobs."""
    back = reverse("admin:scoring_scoringrun_changelist")
    job = jobs.start_job(kind=KIND, owner=by, parameters={}, back=back, now=now)
    audit.record("scores.recalculation_started", now=now, by=by, subject=job)
    return job


def run_watched(job: Job) -> None:
    """
    Score every merchant anew in a run of this job's own; beginning again goes on with that run.

    Stopping it keeps the scores made until then and closes the run.
    """
    run = _run_of(job)
    end = jobs.finish
    try:
        while not run.finished_at:
            run = runs.continue_run(run=run, now=timezone.now(), batch=BATCH)
            jobs.report(job.pk, done=_done(run), total=run.total, now=timezone.now())
    except jobs.Cancelled:
        end = jobs.cancelled
        run = runs.stop_run(run=run, now=timezone.now())
    end(job.pk, now=timezone.now(), result={"scored": run.scored, "merchants": run.total})


def _run_of(job: Job) -> ScoringRun:
    if pk := job.parameters.get("run"):
        return ScoringRun.objects.get(pk=pk)
    now = timezone.now()
    run = runs.start_run(as_of=now, now=now)
    job.parameters["run"] = run.pk
    job.save(update_fields=["parameters"])
    return run


def _done(run: ScoringRun) -> int:
    # Some merchants have no sales to be judged by.
    return min(run.total, Merchant.objects.filter(pk__lte=run.done_through).count())
