"""Doorbells: what follows a change of members, what happens by night, and long work that people watch."""

from celery import shared_task
from django.utils import timezone
from django.utils.translation import gettext_lazy

from accounts.models import User
from core import jobs
from core.errors import NotAllowed, Unavailable
from core.jobs import job_task
from core.models import Job
from core.tenancy import tenant_scope
from koperasi_risk.models import RiskAssessment, Tenant, tenant_ids
from koperasi_risk.portal import member_exports
from koperasi_risk.services import facts, imports, scores

_PATIENT = {
    "acks_late": True,
    "autoretry_for": (Unavailable,),
    "retry_backoff": True,
    "max_retries": 5,
}


@shared_task(name="koperasi_risk.score_changed", **_PATIENT)
def score_changed_task(*, tenant_id: int, member_ids: list[int], **_) -> None:
    """Follow `koperasi.members_changed`, which names at most 500 members."""
    with tenant_scope(tenant_id):
        tenant = Tenant.objects.get(pk=tenant_id)
        scores.score_changed(tenant=tenant, member_ids=member_ids, now=timezone.now())


@shared_task(name="koperasi_risk.rescore_all", **_PATIENT)
def rescore_all_task(**_) -> None:
    """Send for the nightly scoring of each koperasi."""
    for tenant_id in tenant_ids():
        rescore_tenant_task.delay(tenant_id=tenant_id)


@shared_task(name="koperasi_risk.rescore_tenant", **_PATIENT)
def rescore_tenant_task(*, tenant_id: int, **_) -> None:
    """Score all members of one koperasi; a second time in one night adds nothing."""
    scores.rescore(tenant_id=tenant_id, now=timezone.now(), trigger=RiskAssessment.Trigger.NIGHT)


@shared_task(name="koperasi_risk.forget_old_facts", **_PATIENT)
def forget_old_facts_task(**_) -> None:
    for tenant_id in tenant_ids():
        with tenant_scope(tenant_id):
            for tenant in Tenant.objects.filter(pk=tenant_id):
                facts.forget_old_facts(tenant=tenant, now=timezone.now())


@job_task(
    scores.KIND,
    title=gettext_lazy("Scoring of all members"),
    figures={
        "members": gettext_lazy("Members"),
        "changed": gettext_lazy("Changed"),
        "failed": gettext_lazy("Not scored"),
    },
)
def rescore_members_task(job: Job) -> None:
    so_far = scores.RescoreReport()

    def report(progress: scores.RescoreReport) -> None:
        nonlocal so_far
        so_far = progress
        jobs.report(job.pk, done=progress.done, total=progress.total, now=timezone.now())

    end = jobs.finish
    try:
        scores.rescore(
            tenant_id=job.parameters["tenant_id"],
            now=timezone.now(),
            trigger=RiskAssessment.Trigger.RULES,
            report=report,
        )
    except jobs.Cancelled:
        end = jobs.cancelled
    figures = {"members": so_far.members, "changed": so_far.changed, "failed": len(so_far.failed)}
    end(job.pk, now=timezone.now(), result=figures)


IMPORT_FIGURES = {
    "rows": gettext_lazy("Read"),
    "added": gettext_lazy("New"),
    "changed": gettext_lazy("Changed"),
    "same": gettext_lazy("Known already"),
    "refused": gettext_lazy("Refused"),
}


@job_task(imports.CHECK, title=gettext_lazy("Check of a file"), figures=IMPORT_FIGURES)
def check_import_task(job: Job) -> None:
    imports.run_check(job)


@job_task(imports.TAKE_IN, title=gettext_lazy("Data import"), figures=IMPORT_FIGURES)
def take_in_import_task(job: Job) -> None:
    imports.run_take_in(job)


@shared_task(name="koperasi_risk.forget_undecided_imports", **_PATIENT)
def forget_undecided_imports_task(**_) -> None:
    for tenant_id in tenant_ids():
        with tenant_scope(tenant_id):
            for tenant in Tenant.objects.filter(pk=tenant_id):
                imports.forget_undecided(tenant=tenant, now=timezone.now())


@job_task(
    member_exports.JOB,
    title=gettext_lazy("Export of members"),
    figures={"rows": gettext_lazy("Members")},
    is_open=member_exports.is_open,
)
def export_members(job: Job) -> None:
    """Write the members of one filter into a file, as the person sees them who asked."""
    user = User.objects.filter(code=job.owner_code, is_active=True).first()
    if user is None:
        raise NotAllowed()
    asked, now = job.parameters, timezone.now()
    file, name, rows = member_exports.file_of_job(
        job_id=job.pk, tenant_id=asked["tenant_id"], user=user, query=asked["query"], now=now
    )
    jobs.finish(job.pk, now=timezone.now(), result={"rows": rows}, file=file, file_name=name)
