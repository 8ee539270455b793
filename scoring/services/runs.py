"""
Score every merchant, in batches that survive a crash.

A batch is one transaction under a lock on its run: scores, newest scores, news and the mark up to
which merchants are done commit together, so that a worker killed anywhere loses and doubles nothing.
"""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import transaction

from core.dates import business_day
from merchants.models import Merchant
from scoring.models import ScoringRun
from scoring.selectors import historical_series_of, series_of
from scoring.services.rows import judge, lock_merchants, refuse_future

BATCH = 1000
STANDS_STILL = timedelta(minutes=5)


def start_run(*, as_of: datetime, historical: bool = False, now: datetime) -> ScoringRun:
    """
    Open a recalculation of every merchant; `continue_run` does the work.

    A historical run sees what was known at `as_of`; a live one reads the daily totals, each batch
    at its own moment. Raises AsOfInFuture.
    """
    refuse_future(as_of, now=now)
    return ScoringRun.objects.create(
        as_of=as_of, is_historical=historical, **_at_the_start(now=now)
    )


def start_nightly_run(*, now: datetime) -> tuple[ScoringRun, bool]:
    """Return the nightly run of today's business day and whether this call opened it."""
    return ScoringRun.objects.get_or_create(
        nightly_day=business_day(now), defaults={"as_of": now, **_at_the_start(now=now)}
    )


def continue_run(*, run: ScoringRun, now: datetime, batch: int = BATCH) -> ScoringRun:
    """
    Score the next `batch` merchants of a run and return it as it stands then.

    Safe to repeat, to run side by side and to kill; a finished run stays as it is.
    """
    with transaction.atomic():
        run = ScoringRun.objects.select_for_update().get(pk=run.pk)
        if run.finished_at:
            return run
        merchant_ids = _next_merchants(run, batch=batch)
        if merchant_ids:
            run.scored += _score_batch(run, merchant_ids, now=now)
            run.done_through = merchant_ids[-1]
        if len(merchant_ids) < batch:
            run.finished_at = now
        run.progressed_at = now
        run.save(update_fields=["scored", "done_through", "progressed_at", "finished_at"])
        return run


@transaction.atomic
def stop_run(*, run: ScoringRun, now: datetime) -> ScoringRun:
    """Close a run where it stands, so that nobody goes on with it; repeating changes nothing."""
    run = ScoringRun.objects.select_for_update().get(pk=run.pk)
    if not run.finished_at:
        run.finished_at = run.progressed_at = now
        run.is_stopped = True
        run.save(update_fields=["progressed_at", "finished_at", "is_stopped"])
    return run


def unfinished_run(*, as_of: datetime, historical: bool) -> ScoringRun | None:
    """Return an unfinished run of the same kind and business day, oldest first."""
    runs = ScoringRun.objects.filter(finished_at=None, is_historical=historical).order_by("pk")
    return next((run for run in runs if business_day(run.as_of) == business_day(as_of)), None)


def standing_runs(*, now: datetime) -> list[ScoringRun]:
    """Return unfinished runs that have not moved for a while."""
    return list(ScoringRun.objects.filter(finished_at=None, progressed_at__lte=now - STANDS_STILL))


def _at_the_start(*, now: datetime) -> dict:
    return {"total": Merchant.objects.count(), "started_at": now, "progressed_at": now}


def _next_merchants(run: ScoringRun, *, batch: int) -> list[int]:
    following = Merchant.objects.filter(pk__gt=run.done_through).order_by("pk")
    return lock_merchants(following.values_list("pk", flat=True)[:batch])


def _score_batch(run: ScoringRun, merchant_ids: Sequence[int], *, now: datetime) -> int:
    read = historical_series_of if run.is_historical else series_of
    # A live batch that a crash put off is a judgement of the moment at which it reads.
    as_of = run.as_of if run.is_historical else now
    with _collector_at_rest():
        return len(judge(read(merchant_ids, as_of=as_of), as_of=as_of, now=now, run=run))


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    # A batch holds a hundred thousand small tuples and no cycles: looking for some costs a quarter.
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
