"""
Long work in the background that its owner watches: how far it is, how to stop it, what came of it.

    @job_task("banking.export_merchants", title=_("Export of merchants"))
    def export_merchants(job):
        for done in …:
            report(job.pk, done=done, total=total, now=timezone.now())
        finish(job.pk, now=timezone.now(), result={"rows": 12}, file=file, file_name="merchant.csv")

Whoever works on a job holds its lock; it falls with the worker. So a repeated delivery does nothing while
somebody is at work, and begins anew what a killed worker left. Work is therefore safe to begin again.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, wraps

import structlog
from celery import current_app, shared_task
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone, translation
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext as _

from core.errors import NotFound, Refusal, TooManyAttempts, Unavailable
from core.models import Job
from core.outbox import ONE_TRY
from core.redis_client import RedisAway, ask

log = structlog.get_logger("saksama.jobs")

UNFINISHED = (Job.State.WAITING, Job.State.RUNNING)
UNFINISHED_AT_MOST = 5
# Progress is written no more often than this, or when so much more is done.
WRITE_EVERY = timedelta(milliseconds=500)
WRITE_SHARE = 100
STANDS_STILL = timedelta(minutes=1)
BEGUN_AT_MOST = 3
KEEP_FILES = timedelta(days=7)
KEEP_JOBS = timedelta(days=90)
# The first of the two numbers of an advisory lock: "jobs".
LOCK_SPACE = 0x6A6F6273
SIX_HOURS = 6 * 3600


class Cancelled(Exception):
    """The owner asked to stop: end here, with everything committed so far."""


class TooManyJobs(TooManyAttempts):
    code = "too_many_jobs"


@dataclass(frozen=True)
class Kind:
    """
    What people are told of a kind of job: its name, and the names of the figures it ends with.

    `is_open` tells whether a job's owner may still have its file.
    """

    title: object
    figures: Mapping[str, object] = field(default_factory=dict)
    is_open: Callable[[Job], bool] = lambda job: True


_kinds: dict[str, Kind] = {}
# When this process last wrote how far a job is, and what.
_reported: dict[int, tuple[datetime, int]] = {}


# ── Starting, watching, stopping ───────────────────────────────────────────────────────
@transaction.atomic
def start_job(
    *, kind: str, owner, parameters: Mapping, now: datetime, back: str = "", upload=None
) -> Job:
    """
    Store long work for the task named `kind`, which begins after commit; `back` is the page it is of.

    `upload`, a file that was sent, is kept for the work until it ends. With the broker away the work waits
    for a sweep. Raises TooManyJobs when the person has several at work.
    """
    own = Job.objects.filter(owner_code=str(owner.code), state__in=UNFINISHED)
    if own.count() >= UNFINISHED_AT_MOST:
        raise TooManyJobs(_("Several of your jobs are still at work. Please wait until one ends."))
    job = Job.objects.create(
        kind=kind,
        owner_code=str(owner.code),
        parameters={**parameters, "language": translation.get_language(), "back": back},
        created_at=now,
        progressed_at=now,
    )
    if upload is not None:
        default_storage.save(_upload_of(job), File(upload))
    transaction.on_commit(lambda: _send(job), robust=True)
    return job


def open_upload(job: Job) -> File:
    """Open the file that was sent with a job."""
    return default_storage.open(_upload_of(job))


def _send(job: Job) -> None:
    with suppress(RedisAway):
        ask(
            lambda: current_app.send_task(
                job.kind, kwargs={"job_id": job.pk}, queue="bulk", retry_policy=ONE_TRY
            )
        )


def jobs_of(owner):
    """Return a person's jobs, newest first."""
    return Job.objects.filter(owner_code=str(owner.code)).order_by("-created_at", "-pk")


def job_of(owner, *, code) -> Job:
    """Return one of a person's own jobs. Raises NotFound."""
    job = Job.objects.filter(owner_code=str(owner.code), code=code).first()
    if job is None:
        raise NotFound()
    return job


def kind_of(job: Job) -> Kind:
    """Return what people are told of a job."""
    _meet_all_kinds()
    return _kinds.get(job.kind) or Kind(job.kind)


@cache
def _meet_all_kinds() -> None:
    # Pages do not import tasks by themselves.
    autodiscover_modules("tasks")


def cancel(*, owner, code, now: datetime) -> Job:
    """
    Stop a job: at once while it waits, else at its next report. Repeating changes nothing.

    Raises NotFound.
    """
    job = job_of(owner, code=code)
    waiting = Job.objects.filter(pk=job.pk, state=Job.State.WAITING)
    if waiting.update(state=Job.State.CANCELLED, finished_at=now, progressed_at=now):
        default_storage.delete(_upload_of(job))
    else:
        Job.objects.filter(pk=job.pk, state=Job.State.RUNNING).update(is_cancel_asked=True)
    job.refresh_from_db()
    return job


# ── What the work itself says ──────────────────────────────────────────────────────────
def report(job_id: int, *, done: int, total: int, now: datetime) -> None:
    """
    Say how far the work is. Call it often, outside of transactions: few calls reach the database.

    Raises Cancelled when the owner asked to stop, or the job has been ended.
    """
    at, before = _reported.get(job_id, (None, 0))
    if at and now - at < WRITE_EVERY and (done - before) * WRITE_SHARE < max(total, 1):
        return
    running = Job.objects.filter(pk=job_id, state=Job.State.RUNNING)
    progress = {"done": done, "total": total, "progressed_at": now}
    if not running.filter(is_cancel_asked=False).update(**progress):
        # What was done until it stops counts, too.
        running.update(**progress)
        raise Cancelled
    _reported[job_id] = (now, done)


def finish(
    job_id: int, *, now: datetime, result: Mapping | None = None, file=None, file_name: str = ""
) -> None:
    """Record that the work is done, with its figures and a file (bytes to read) for its owner alone."""
    _end(job_id, Job.State.DONE, now=now, result=result, file=file, file_name=file_name)


def fail(job_id: int, *, message: str, now: datetime) -> None:
    """Record that the work failed, in words for its owner."""
    _end(job_id, Job.State.FAILED, now=now, result={"message": str(message)})


def cancelled(
    job_id: int, *, now: datetime, result: Mapping | None = None, file=None, file_name: str = ""
) -> None:
    """Record that the work stopped when it was asked to, and what was done until then."""
    _end(job_id, Job.State.CANCELLED, now=now, result=result, file=file, file_name=file_name)


def _end(job_id: int, state: str, *, now: datetime, result=None, file=None, file_name="") -> None:
    job = Job.objects.filter(pk=job_id, state__in=UNFINISHED).first()
    if job is None:
        return
    changes = {"state": state, "finished_at": now, "progressed_at": now, "result": result or {}}
    if state == Job.State.DONE and job.total:
        changes["done"] = job.total
    if file is not None:
        changes |= {"file": _keep_file(job, file), "file_name": file_name}
    Job.objects.filter(pk=job.pk, state__in=UNFINISHED).update(**changes)
    default_storage.delete(_upload_of(job))
    _reported.pop(job_id, None)


def _keep_file(job: Job, file) -> str:
    # One name per job: work that begins again replaces what was left half-written.
    default_storage.delete(_file_of(job))
    return default_storage.save(_file_of(job), File(file))


def _file_of(job: Job) -> str:
    return f"jobs/{job.code}"


def _upload_of(job: Job) -> str:
    return f"jobs/{job.code}.upload"


# ── The worker's side ──────────────────────────────────────────────────────────────────
def job_task(
    name: str,
    *,
    title,
    figures: Mapping | None = None,
    resumes: bool = True,
    is_open: Callable[[Job], bool] = lambda job: True,
) -> Callable:
    """
    Make a function of a Job the task called `name`.

    What a killed worker left is begun again; with `resumes=False` it fails instead. A refusal's message
    is told to the owner. Work that returns without `finish` is finished without a result. Its file is
    given out while `is_open`.
    """
    _kinds[name] = Kind(title, dict(figures or {}), is_open)

    def decorate(work: Callable[[Job], None]):
        @shared_task(name=name, acks_late=True, time_limit=SIX_HOURS)
        @wraps(work)
        def task(*, job_id: int, **_kwargs) -> None:
            with _held(job_id) as is_ours:
                job = _begin(job_id, resumes=resumes) if is_ours else None
                if job:
                    _do(work, job)

        return task

    return decorate


@contextmanager
def _held(job_id: int) -> Iterator[bool]:
    """Hold a job's lock, if nobody else does; a worker that dies lets it go."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_SPACE, job_id])
        is_ours = cursor.fetchone()[0]
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_SPACE, job_id])


def _begin(job_id: int, *, resumes: bool) -> Job | None:
    job = Job.objects.filter(pk=job_id, state__in=UNFINISHED).first()
    if job is None:
        return None
    now, begun = timezone.now(), job.result.get("begun", 0)
    if job.is_cancel_asked:
        cancelled(job.pk, now=now)
        return None
    if begun >= (BEGUN_AT_MOST if resumes else 1):
        fail(job.pk, message=_interrupted(job), now=now)
        return None
    changes = {"state": Job.State.RUNNING, "progressed_at": now, "result": {"begun": begun + 1}}
    if not Job.objects.filter(pk=job.pk, state=job.state).update(**changes):
        return None
    _reported.pop(job.pk, None)
    job.refresh_from_db()
    return job


def _interrupted(job: Job) -> str:
    with translation.override(job.parameters.get("language")):
        return _("The work was interrupted. Please start it again.")


def _do(work: Callable[[Job], None], job: Job) -> None:
    with translation.override(job.parameters.get("language")):
        try:
            work(job)
            finish(job.pk, now=timezone.now())
        except Cancelled:
            cancelled(job.pk, now=timezone.now())
        except Unavailable:
            # A sweep begins it again.
            log.warning("job_put_off", job=job.pk, kind=job.kind)
        except Refusal as refusal:
            fail(job.pk, message=refusal.message, now=timezone.now())
        except Exception:
            log.exception("job_failed", job=job.pk, kind=job.kind)
            text = _(
                "Something went wrong on our side. Please start it again, or tell us: %(code)s."
            )
            fail(job.pk, message=text % {"code": str(job.code)[:8]}, now=timezone.now())


# ── The nightly and minutely sweeps ────────────────────────────────────────────────────
def resume(*, now: datetime) -> int:
    """Send again for jobs that stand still; whoever still works on one is left alone. Return how many."""
    standing = Job.objects.filter(state__in=UNFINISHED, progressed_at__lte=now - STANDS_STILL)
    jobs = list(standing.order_by("progressed_at")[:100])
    for job in jobs:
        _send(job)
    return len(jobs)


def forget_old(*, now: datetime) -> int:
    """Remove files after a week and jobs after three months; return how many files went."""
    with_files = Job.objects.filter(finished_at__lte=now - KEEP_FILES).exclude(file="")
    gone = 0
    for job in with_files.iterator():
        default_storage.delete(job.file)
        gone += Job.objects.filter(pk=job.pk).update(file="")
    Job.objects.filter(created_at__lte=now - KEEP_JOBS, finished_at__isnull=False).delete()
    return gone
