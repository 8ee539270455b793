"""What follows news of warnings, loans and objections (notices, mails), and what banks have exported."""

from celery import shared_task
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from banking.portal import exports
from banking.services import notice_mails, notices
from core.errors import NotAllowed
from core.jobs import finish, job_task
from core.models import Job


@shared_task(name="banking.tell_banks")
def tell_banks_task(
    warning_id: int, event: str = "", severity: str = "", event_id: int = 0, **_
) -> None:
    """Follow `alert.raised` and, without an event, `alert.resolved`."""
    now = timezone.now()
    notices.tell_banks(
        warning_id=warning_id, event=event, severity=severity, news=event_id, now=now
    )
    notice_mails.mail_notices(now=now)


@shared_task(name="banking.tell_bank_of_loan")
def tell_bank_of_loan_task(application_id: int, **_) -> None:
    """Follow `loan.submitted`, `loan.decided` and `loan.disbursed`."""
    now = timezone.now()
    notices.tell_bank_of_loan(application_id=application_id, now=now)
    notice_mails.mail_notices(now=now)


@shared_task(name="banking.tell_bank_of_objection")
def tell_bank_of_objection_task(objection_id: int, **_) -> None:
    """Follow `objection.raised`."""
    now = timezone.now()
    notices.tell_bank_of_objection(objection_id=objection_id, now=now)
    notice_mails.mail_notices(now=now)


@shared_task(name="banking.mail_notices")
def mail_notices_task(**_) -> None:
    """Mail what an absent server left waiting."""
    notice_mails.mail_notices(now=timezone.now())


@shared_task(name="banking.forget_old_notices")
def forget_old_notices_task(**_) -> None:
    notices.forget_old_notices(now=timezone.now())


@job_task(
    "banking.export_merchants", title=_("Export of merchants"), figures={"rows": _("Merchants")}
)
def export_merchants(job: Job) -> None:
    """Write the directory of one filter into a file, as the person sees it who asked."""
    people = User.objects.select_related("organisation").filter(is_active=True)
    user = people.filter(code=job.owner_code).first()
    if user is None:
        raise NotAllowed()
    made = exports.asked(user, job.parameters["query"], now=timezone.now())
    file, rows = exports.file_of_job(job_id=job.pk, made=made)
    finish(job.pk, now=timezone.now(), result={"rows": rows}, file=file, file_name=made.file_name)
