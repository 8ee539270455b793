"""A person's own jobs: what runs, how far it is, what came of it."""

import uuid

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.access import signed_in
from core.errors import NotFound
from core.jobs import KEEP_FILES, Job, cancel, job_of, jobs_of, kind_of

SHOWN = 50


@require_GET
@signed_in
def job_list(request: HttpRequest) -> HttpResponse:
    """The newest jobs of whoever asks."""
    jobs = [(job, kind_of(job).title) for job in jobs_of(request.user)[:SHOWN]]
    return render(request, "core/jobs/list.html", {"jobs": jobs})


@require_GET
@signed_in
def detail(request: HttpRequest, code: uuid.UUID) -> HttpResponse:
    """One job; htmx asks every second for what has moved, until it ends."""
    job = job_of(request.user, code=code)
    template = "core/jobs/_job.html" if request.htmx else "core/jobs/detail.html"
    return render(request, template, _page_of(job) | {"is_fragment": bool(request.htmx)})


def _page_of(job: Job) -> dict:
    kind = kind_of(job)
    return {
        "job": job,
        "title": kind.title,
        "figures": [
            (name, job.result[key]) for key, name in kind.figures.items() if key in job.result
        ],
        "message": job.result.get("message", ""),
        "back": job.parameters.get("back", ""),
        "kept_until": job.finished_at + KEEP_FILES if job.finished_at and job.file else None,
    }


@require_POST
@signed_in
def stop(request: HttpRequest, code: uuid.UUID) -> HttpResponse:
    """Ask a job to stop."""
    job = cancel(owner=request.user, code=code, now=timezone.now())
    if not job.is_finished:
        messages.info(request, _("The job stops as soon as it can."))
    return redirect("jobs:detail", code)


@require_GET
@signed_in
def download(request: HttpRequest, code: uuid.UUID) -> HttpResponse:
    """The file that a job made, for its owner alone."""
    job = job_of(request.user, code=code)
    if not kind_of(job).is_open(job):
        raise NotFound()
    try:
        file = default_storage.open(job.file or "")
    except (OSError, ValueError) as missing:
        raise NotFound() from missing
    return FileResponse(file, as_attachment=True, filename=job.file_name)
