"""Doorbells: what follows a sale and an import, and the run of every merchant."""

from celery import shared_task
from django.utils import timezone
from django.utils.translation import gettext_lazy

from core.errors import Unavailable
from core.jobs import job_task
from core.models import Job
from scoring.models import ScoringRun
from scoring.services import runs, scores
from scoring.services.run_jobs import KIND, run_watched

_PATIENT = {
    "acks_late": True,
    "autoretry_for": (Unavailable,),
    "retry_backoff": True,
    "max_retries": 5,
}


@shared_task(name="scoring.refresh_score", **_PATIENT)
def refresh_score_task(*, merchant_id: int, **_) -> None:
    """Follow `transaction.recorded` and `transaction.paid`."""
    scores.refresh_when_due(merchant_id=merchant_id, now=timezone.now())


@shared_task(name="scoring.score_merchants", **_PATIENT)
def score_merchants_task(*, merchant_ids: list[int], event_id: int, **_) -> None:
    """Follow news of imports, settlements and refunds, which names at most a thousand merchants."""
    scores.score_merchants(merchant_ids=merchant_ids, event_id=event_id, now=timezone.now())


@shared_task(name="scoring.recalculate_all", **_PATIENT)
def recalculate_all_task(**_) -> None:
    """Open the nightly run, once per business day, and start its first batch."""
    run, is_new = runs.start_nightly_run(now=timezone.now())
    if is_new:
        score_batch_task.delay(run_id=run.pk)


@shared_task(name="scoring.score_batch", **_PATIENT)
def score_batch_task(*, run_id: int, **_) -> None:
    """Score one batch of a run and send for the next, until the run is finished."""
    run = runs.continue_run(run=ScoringRun(pk=run_id), now=timezone.now())
    if not run.finished_at:
        score_batch_task.delay(run_id=run_id)


@shared_task(name="scoring.resume_runs", **_PATIENT)
def resume_runs_task(**_) -> None:
    """Go on with runs whose batches a crash swallowed."""
    for run in runs.standing_runs(now=timezone.now()):
        score_batch_task.delay(run_id=run.pk)


@job_task(
    KIND,
    title=gettext_lazy("Recalculation of all scores"),
    figures={"merchants": gettext_lazy("Merchants"), "scored": gettext_lazy("Scored")},
)
def recalculate_now_task(job: Job) -> None:
    run_watched(job)
